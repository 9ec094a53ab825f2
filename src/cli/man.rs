//! `bantin help`, `bantin completions` and `bantin man`: all from one definition of the command line.

use std::io::Write;

use clap::{Args, Command, CommandFactory};
use clap_complete::Shell;

use super::{Cli, CommandError};
use crate::config;

/// The topic that is no command.
const FEEDS: &str = "feeds.toml";

#[derive(Debug, Args)]
pub(super) struct HelpArgs {
    /// A command, or `feeds.toml` for every key of the configuration.
    #[arg(value_name = "TOPIC")]
    topic: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell.
    shell: Shell,
}

pub(super) fn help(args: &HelpArgs) -> Result<(), CommandError> {
    let mut command = Cli::command();
    command.build();
    let mut out = std::io::stdout().lock();
    let Some(topic) = &args.topic else {
        return Ok(write!(out, "{}", command.render_help())?);
    };
    if topic == FEEDS {
        return Ok(write!(out, "{}", config::plain())?);
    }
    if let Some(known) = command.find_subcommand_mut(topic) {
        return Ok(write!(out, "{}", known.render_long_help())?);
    }
    let names = command.get_subcommands().map(Command::get_name).chain([FEEDS]);
    let near = config::nearest(topic, names).map(|near| format!("; did you mean `{near}`?"));
    Err(CommandError::Failed(format!("no help on `{topic}`{}", near.unwrap_or_default())))
}

/// Writes what a shell completes the command line by.
pub(super) fn completions(args: &CompletionsArgs) {
    clap_complete::generate(args.shell, &mut Cli::command(), "bantin", &mut std::io::stdout().lock());
}

/// Writes the manual page, with a section for each command.
pub(super) fn man() -> Result<(), CommandError> {
    let mut command = Cli::command();
    command.build();
    let mut out = std::io::stdout().lock();
    let page = clap_mangen::Man::new(command.clone());
    page.render_title(&mut out)?;
    page.render_name_section(&mut out)?;
    page.render_synopsis_section(&mut out)?;
    page.render_description_section(&mut out)?;
    page.render_options_section(&mut out)?;
    for known in command.get_subcommands() {
        writeln!(out, ".SH \"{}\"", known.get_name().to_uppercase())?;
        let page = clap_mangen::Man::new(known.clone());
        page.render_description_section(&mut out)?;
        page.render_synopsis_section(&mut out)?;
        if known.get_arguments().next().is_some() {
            page.render_options_section(&mut out)?;
        }
    }
    writeln!(
        out,
        ".SH \"EXIT STATUS\"\n0 done, 1 failed, 2 wrong usage, 78 bad configuration.\n.SH FILES\n\
         feeds.toml: see `bantin help feeds.toml`."
    )?;
    Ok(())
}
