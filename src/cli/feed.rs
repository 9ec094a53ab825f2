//! `bantin feed`

use std::io::Write;
use std::path::Path;

use clap::{Args, ValueEnum};

use super::{CommandError, FilterArgs, with_desk};
use crate::edition::FeedAddress;
use crate::publish::{Format, render};

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
    with_desk(file, |desk, _| {
        let feed = desk.feed(&FeedAddress::filtered(args.filter.into()))?;
        std::io::stdout().lock().write_all(&render(&feed, format))?;
        Ok(())
    })
}
