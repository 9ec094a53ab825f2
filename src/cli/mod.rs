//! The command line: one file a command.

mod backup;
mod check;
mod demo;
mod export;
mod extract;
mod feed;
mod fetch;
mod import;
mod import_opml;
mod learn;
mod list;
mod man;
mod preview;
mod probe;
mod progress;
mod run;
mod split;
mod status;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::daemon::{AnswerError, DaemonError, Question, ask};
use crate::edition::{Desk, EditionError, Filter};
use crate::store::{LiveStore, StoreError, TransferError};
use crate::telemetry::{self, LogFormat};

/// A bad configuration: `EX_CONFIG` of sysexits.h, which systemd knows.
const EXIT_CONFIG: u8 = 78;

/// Reads provincial news pages and feeds on a schedule and publishes each story once, in one clean feed.
#[derive(Debug, Parser)]
#[command(name = "bantin", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    /// The configuration file.
    #[arg(long, global = true, value_name = "FILE", default_value = "feeds.toml")]
    config: PathBuf,
    /// Tell more; twice tells most.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// Tell errors only; twice tells nothing.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    quiet: u8,
    /// How log lines look.
    #[arg(long, global = true, value_enum, default_value_t = LogStyle::Text)]
    log_format: LogStyle,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogStyle {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read all sources in their time and serve the feeds, until SIGTERM; SIGHUP reads the configuration again.
    Run,
    /// Read all sources once, or those named, and print what came of it.
    Fetch(fetch::FetchArgs),
    /// Check the configuration and print each source's next three runs.
    Check,
    /// Show what would be read from one page or source, and why; writes nothing.
    Preview(preview::PreviewArgs),
    /// Look at a home or section page and print a ready `[[source]]` block.
    Learn(learn::LearnArgs),
    /// Ask each source once and show what of it can be read, and what to change in the configuration.
    Probe(probe::ProbeArgs),
    /// List stored articles, newest first.
    List(list::ListArgs),
    /// Take a story that several papers tell apart, for good, and print the new stories' guids.
    Split(split::SplitArgs),
    /// Make one story of two and print its guid.
    Merge(split::MergeArgs),
    /// Tell how each source fares.
    Status(status::StatusArgs),
    /// Write a feed to standard output.
    Feed(feed::FeedArgs),
    /// Print `[[source]]` blocks for the feeds of an OPML list.
    ImportOpml(import_opml::ImportOpmlArgs),
    /// Write all articles and states as JSON lines, also while the daemon runs.
    Export(export::ExportArgs),
    /// Fill an empty store with what `export` or `backup` wrote; all of it is kept or nothing.
    Import(import::ImportArgs),
    /// Write all articles, states and the configuration to a directory, also while the daemon runs.
    Backup(backup::BackupArgs),
    /// Write the store anew without what it no longer needs; the daemon does so by itself.
    Compact,
    /// Explain a command, or every key of `feeds.toml`.
    Help(man::HelpArgs),
    /// Write completions for a shell to standard output.
    Completions(man::CompletionsArgs),
    /// Write the manual page to standard output.
    Man,
    /// Run the whole daemon on two bundled sample papers; needs no network.
    Demo(demo::DemoArgs),
    /// Read pages as JSON lines from standard input and write what they say; needs no network and no store.
    Extract,
}

/// Filters that `list` and `feed` share.
#[derive(Debug, Args)]
struct FilterArgs {
    /// Only this source.
    #[arg(long, value_name = "ID")]
    source: Option<String>,
    /// Only sources of this province.
    #[arg(long, value_name = "SLUG")]
    province: Option<String>,
    /// Only sources of this category.
    #[arg(long, value_name = "SLUG")]
    category: Option<String>,
    /// Nothing older than this day (2020-08-24) or span (24h, 7d).
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Only articles that hold these words, "phrases" and no -words; accents aside unless typed.
    #[arg(long, value_name = "WORDS")]
    query: Option<String>,
    /// At most so many.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
}

impl From<FilterArgs> for Filter {
    fn from(args: FilterArgs) -> Self {
        Self {
            source: args.source,
            province: args.province,
            category: args.category,
            query: args.query,
            since: args.since,
            limit: args.limit.and_then(|limit| usize::try_from(limit).ok()),
        }
    }
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Daemon(#[from] DaemonError),
    #[error(transparent)]
    Edition(#[from] EditionError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Transfer(#[from] TransferError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Failed(String),
}

impl From<AnswerError> for CommandError {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::Edition(error) => Self::Edition(error),
            AnswerError::Io(error) => Self::Io(error),
        }
    }
}

/// Runs the command and says how the process ends: 0 done, 1 failed, 78 bad configuration.
#[must_use]
pub fn main(cli: Cli) -> ExitCode {
    let verbosity = i8::try_from(cli.verbose).unwrap_or(i8::MAX) - i8::try_from(cli.quiet).unwrap_or(i8::MAX).min(2);
    let format = match cli.log_format {
        LogStyle::Text => LogFormat::Text,
        LogStyle::Json => LogFormat::Json,
    };
    telemetry::start(verbosity, format);
    let file = cli.config.as_path();
    let result = match cli.command {
        Command::Run => run::run(file),
        Command::Fetch(args) => fetch::fetch(file, &args),
        Command::Check => check::check(file),
        Command::Preview(args) => preview::preview(file, &args),
        Command::Probe(args) => probe::probe(file, &args),
        Command::Learn(args) => learn::learn(file, &args),
        Command::List(args) => list::list(file, args),
        Command::Split(args) => split::split(file, &args),
        Command::Merge(args) => split::merge(file, &args),
        Command::Status(args) => status::status(file, &args),
        Command::Feed(args) => feed::feed(file, args),
        Command::ImportOpml(args) => import_opml::import_opml(&args),
        Command::Export(args) => export::export(file, &args),
        Command::Import(args) => import::import(file, &args),
        Command::Backup(args) => backup::backup(file, &args),
        Command::Compact => backup::compact(file),
        Command::Help(args) => man::help(&args),
        Command::Completions(args) => {
            man::completions(&args);
            Ok(())
        }
        Command::Man => man::man(),
        Command::Demo(args) => demo::demo(&args),
        Command::Extract => extract::extract(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of a pipe has seen enough.
        Err(CommandError::Io(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(if matches!(error, CommandError::Config(_)) { EXIT_CONFIG } else { 1 })
        }
    }
}

/// How long a page that is still being parsed may hold up the end of the program.
const LEAVE_SECONDS_MAX: u64 = 1;

/// Runs the work of a command that needs a runtime.
fn block_on<T>(work: impl Future<Output = Result<T, CommandError>>) -> Result<T, CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(work);
    runtime.shutdown_timeout(std::time::Duration::from_secs(LEAVE_SECONDS_MAX));
    result
}

/// Writes what is stored of what a question asks for: as the running daemon answers, or from the store itself.
fn answer(config: &Config, question: &Question, out: &mut dyn Write) -> Result<(), CommandError> {
    if by_daemon(config, question, out)? {
        return Ok(());
    }
    by_store(&LiveStore::open(&config.store)?, config, question, out)
}

/// Writes the running daemon's answer; `false` when there is none to ask.
fn by_daemon(config: &Config, question: &Question, out: &mut dyn Write) -> Result<bool, CommandError> {
    let Some(mut answer) = ask(&config.store, question)? else { return Ok(false) };
    std::io::copy(&mut answer, out)?;
    Ok(true)
}

/// Writes the answer from the store itself.
fn by_store(store: &LiveStore, config: &Config, question: &Question, out: &mut dyn Write) -> Result<(), CommandError> {
    let now = Clock::system().now();
    let desk = Desk { site: &config.site, sources: &config.sources, zone: config.zone, store, now };
    Ok(question.answer(&desk, config, out)?)
}
