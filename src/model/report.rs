//! What one pass over one source came to.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Fill, Notice, SourceId};

/// How a pass ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything that was asked for was read.
    Done,
    /// Some articles could not be read; the first reason.
    Partly(String),
    /// Nothing could be read; the reason.
    Failed(String),
}

/// What one pass over one source came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The source that was read.
    pub source: SourceId,
    /// When the pass began.
    pub started: DateTime<Utc>,
    /// How long it took.
    pub took: TimeDelta,
    /// How it ended.
    pub outcome: Outcome,
    /// Stories published for the first time.
    pub new: usize,
    /// Stories whose text changed.
    pub revised: usize,
    /// Stories that another paper had already published, or that stand at another address now.
    pub copies: usize,
    /// Stories that were as before.
    pub unchanged: usize,
    /// Pages that could not be read.
    pub failed: usize,
    /// What the articles stated.
    pub fill: Fill,
    /// When and where the source wants to be read next.
    pub notice: Notice,
}

impl Report {
    /// A pass that began at `started` and has read nothing yet.
    #[must_use]
    pub fn new(source: SourceId, started: DateTime<Utc>) -> Self {
        Self {
            source,
            started,
            took: TimeDelta::zero(),
            outcome: Outcome::Done,
            new: 0,
            revised: 0,
            copies: 0,
            unchanged: 0,
            failed: 0,
            fill: Fill::default(),
            notice: Notice::default(),
        }
    }

    /// Why the pass did not end well, when it did not.
    #[must_use]
    pub fn trouble(&self) -> Option<&str> {
        match &self.outcome {
            Outcome::Done => None,
            Outcome::Partly(why) | Outcome::Failed(why) => Some(why),
        }
    }

    /// Whether nothing at all could be read.
    #[must_use]
    pub fn failed_whole(&self) -> bool {
        matches!(self.outcome, Outcome::Failed(_))
    }
}
