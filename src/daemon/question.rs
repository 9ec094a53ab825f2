//! What a running daemon can be asked, and what is answered: by it, or by the command itself where none runs.

use std::io::{self, Write};
use std::ops::ControlFlow;

use crate::config::Config;
use crate::edition::{Desk, EditionError, FeedAddress, Filter};
use crate::harvest::Roster;
use crate::model::{Article, SourceId};
use crate::publish::{Format, History, render};
use crate::server::rows;
use crate::store::{Decision, Incoming};

/// Articles listed when a filter has no limit.
const LISTED_ARTICLES: usize = 50;

/// A question about what is stored.
#[derive(Clone, Debug)]
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
    /// What a source's pages have proved about its clock, see [`Habits::of_line`](crate::model::Habits::of_line).
    Habits(SourceId),
    /// What would become of an article that was read, in words.
    Decision(Box<Incoming>),
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
            Self::Habits(id) => format!("habits {id}"),
            Self::Decision(incoming) => format!("decision {}", incoming.to_line()),
        }
    }

    /// Reads what [`Question::line`] wrote, or says why it cannot.
    pub(super) fn read(line: &str) -> Result<Self, String> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let unreadable =
            |reason: &dyn std::fmt::Display| format!("the daemon cannot read the question `{word}`: {reason}");
        let filter = || Filter::from_query(rest).map_err(|error| unreadable(&error));
        if let Some(format) = Format::ALL.into_iter().find(|format| format.file() == word) {
            return Ok(Self::Feed(format, filter()?));
        }
        match word {
            "export" => Ok(Self::Export),
            "status" => Ok(Self::Status),
            "list" => Ok(Self::List(filter()?)),
            "items" => Ok(Self::Items(filter()?)),
            "habits" => {
                let id = SourceId::parse(rest).ok_or_else(|| unreadable(&format!("`{rest}` is no source id")))?;
                Ok(Self::Habits(id))
            }
            "decision" => Ok(Self::Decision(Incoming::of_line(rest).map_err(|error| unreadable(&error))?.into())),
            _ => Err(format!("the daemon is of another release and does not know the question `{word}`; restart it")),
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
            Self::Habits(id) => {
                let habits = desk.store.source(id).map_err(EditionError::from)?.habits;
                write!(out, "{}", habits.to_line())?;
            }
            Self::Decision(incoming) => {
                let known = desk.store.known(incoming).map_err(EditionError::from)?;
                let ruling = Roster::of(desk.sources).decide(incoming, &known, &config.merge);
                write!(out, "{}", in_words(&ruling.decision))?;
            }
        }
        Ok(())
    }
}

/// What a story would be.
fn in_words(decision: &Decision) -> String {
    match decision {
        Decision::New(_) => "new: neither its address nor its text is known".to_owned(),
        Decision::Revised(article) => format!("revised: known as {} with another text", article.id),
        Decision::Moved(article) => format!("known as {}, now at another address or at one more", article.id),
        Decision::Copy { of, joined, .. } => {
            let stories: Vec<String> = of.iter().map(ToString::to_string).collect();
            let how = joined.how.as_str();
            format!("copy ({how}, sure to {} %) of {}", joined.score_percent, stories.join(" and "))
        }
        Decision::Amended(article) => format!("known as {}, with something to add", article.id),
        Decision::Unchanged(id) => format!("known as {id}, unchanged"),
        Decision::Dropped => "known and dropped after its time".to_owned(),
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
