//! What a running daemon can be asked, and what is answered: by it, or by the command itself where none runs.

use std::io::{self, Write};
use std::ops::ControlFlow;

use crate::config::Config;
use crate::edition::{Desk, EditionError, FeedAddress, Filter};
use crate::model::Article;
use crate::publish::{Format, History, render};
use crate::server::rows;

/// Articles listed when a filter has no limit.
const LISTED_ARTICLES: usize = 50;

/// A question about what is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Everything, as JSON lines packed with zstd.
    Export,
    /// How each source fares, as JSON.
    Status,
    /// Articles as lines for people, newest first.
    List(Filter),
    /// Articles as JSON lines, each an item as in the JSON feed.
    Items(Filter),
    /// A feed.
    Feed(Format, Filter),
}

/// Why a question was not answered.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// The filter cannot be used, or the store failed.
    #[error(transparent)]
    Edition(#[from] EditionError),
    /// Writing the answer failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Question {
    /// The question in one line.
    pub(super) fn line(&self) -> String {
        match self {
            Self::Export => "export".to_owned(),
            Self::Status => "status".to_owned(),
            Self::List(filter) => format!("list {}", filter.to_query()),
            Self::Items(filter) => format!("items {}", filter.to_query()),
            Self::Feed(format, filter) => format!("{} {}", format.file(), filter.to_query()),
        }
    }

    pub(super) fn read(line: &str) -> Option<Self> {
        let (word, query) = line.split_once(' ').unwrap_or((line, ""));
        let filter = Filter::from_query(query).ok()?;
        match word {
            "export" => Some(Self::Export),
            "status" => Some(Self::Status),
            "list" => Some(Self::List(filter)),
            "items" => Some(Self::Items(filter)),
            file => Some(Self::Feed(Format::ALL.into_iter().find(|format| format.file() == file)?, filter)),
        }
    }

    /// Writes the answer; that to [`Question::Export`] is the store's.
    ///
    /// # Errors
    /// When the filter means nothing, the store fails or `out` takes no more.
    pub fn answer(&self, desk: &Desk, config: &Config, out: &mut dyn Write) -> Result<(), AnswerError> {
        match self {
            Self::Export => {}
            Self::Status => serde_json::to_writer(out, &rows(config, desk)?).map_err(io::Error::from)?,
            Self::List(filter) => each(desk, filter, &mut |article| {
                let item = desk.item(&article);
                let dateline = item.dateline.unwrap_or_else(|| "--:--, --/--/----".to_owned());
                writeln!(out, "{dateline:>17}  {}  {}", item.title, item.source.name)
            })?,
            Self::Items(filter) => each(desk, filter, &mut |article| {
                let feed = desk.feed_of(&FeedAddress::default(), &[article], History::default());
                let feed: serde_json::Value = serde_json::from_slice(&render(&feed, Format::Json).bytes)?;
                feed["items"].as_array().into_iter().flatten().try_for_each(|item| writeln!(out, "{item}"))
            })?,
            Self::Feed(format, filter) => {
                let feed = desk.feed(&FeedAddress::filtered(filter.clone()))?;
                out.write_all(&render(&feed, *format).bytes)?;
            }
        }
        Ok(())
    }
}

/// Shows articles to `write` until it fails.
fn each(desk: &Desk, filter: &Filter, write: &mut dyn FnMut(Article) -> io::Result<()>) -> Result<(), AnswerError> {
    let mut written = Ok(());
    desk.each(filter, LISTED_ARTICLES, &mut |article| {
        written = write(article);
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(written?)
}
