//! `bantin list`

use std::path::Path;

use clap::Args;

use super::{CommandError, FilterArgs, answer};
use crate::config::Config;
use crate::daemon::Question;

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    filter: FilterArgs,
    /// Write JSON lines, each an item as in the JSON feed.
    #[arg(long)]
    json: bool,
}

pub(super) fn list(file: &Path, args: ListArgs) -> Result<(), CommandError> {
    let filter = args.filter.into();
    let question = if args.json { Question::Items(filter) } else { Question::List(filter) };
    answer(&Config::read(file)?, &question, &mut std::io::stdout().lock())
}
