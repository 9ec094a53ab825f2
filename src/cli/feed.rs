//! `bantin feed`

use std::path::Path;

use clap::{Args, ValueEnum};

use super::{CommandError, FilterArgs, answer};
use crate::config::Config;
use crate::daemon::Question;
use crate::publish::Format;

#[derive(Debug, Args)]
pub(super) struct FeedArgs {
    /// The kind of feed.
    #[arg(long, value_enum, default_value_t = Kind::Rss)]
    format: Kind,
    #[command(flatten)]
    filter: FilterArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Rss,
    Atom,
    Json,
}

pub(super) fn feed(file: &Path, args: FeedArgs) -> Result<(), CommandError> {
    let format = match args.format {
        Kind::Rss => Format::Rss,
        Kind::Atom => Format::Atom,
        Kind::Json => Format::Json,
    };
    answer(&Config::read(file)?, &Question::Feed(format, args.filter.into()), &mut std::io::stdout().lock())
}
