//! `bantin list`

use std::io::Write;
use std::path::Path;

use clap::Args;

use super::{CommandError, FilterArgs, with_desk};
use crate::edition::FeedAddress;
use crate::publish::{self, Format, History};

/// Articles listed when no limit is given.
const LIMIT_DEFAULT: usize = 50;

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    filter: FilterArgs,
    /// Write JSON lines, each an item as in the JSON feed.
    #[arg(long)]
    json: bool,
}

pub(super) fn list(file: &Path, args: ListArgs) -> Result<(), CommandError> {
    with_desk(file, |desk, _| {
        let articles = desk.list(&args.filter.into(), LIMIT_DEFAULT)?;
        let mut out = std::io::stdout().lock();
        if args.json {
            let feed = desk.feed_of(&FeedAddress::default(), &articles, History::default());
            let feed: serde_json::Value = serde_json::from_slice(&publish::render(&feed, Format::Json))
                .map_err(|error| CommandError::Failed(error.to_string()))?;
            for item in feed["items"].as_array().into_iter().flatten() {
                writeln!(out, "{item}")?;
            }
            return Ok(());
        }
        for item in articles.iter().map(|article| desk.item(article)) {
            let dateline = item.dateline.unwrap_or_else(|| "--:--, --/--/----".to_owned());
            writeln!(out, "{dateline:>17}  {}  {}", item.title, item.source.name)?;
        }
        Ok(())
    })
}
