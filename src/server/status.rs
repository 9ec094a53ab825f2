//! How each source fares, for the status page and the `status` command.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::cadence::next_run;
use crate::config::Config;
use crate::date::{prints_month_for_minutes, states_local_as_utc};
use crate::model::{Habits, Source};
use crate::store::{SourceState, Store, StoreError};

/// How a source fares, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// The last pass read nothing.
    Failing,
    /// The last pass read a part, or the source's pages have changed for the worse.
    Degraded,
    /// Not read yet.
    Waiting,
    /// The last pass went well.
    Ok,
    /// `enabled = false`: it is not read.
    Disabled,
}

impl Health {
    fn of(state: &SourceState) -> Self {
        let troubled = state.last_error.as_ref().is_some_and(|(at, _)| state.last_pass == Some(*at));
        match state.last_pass {
            None => Self::Waiting,
            Some(_) if state.failures > 0 => Self::Failing,
            Some(_) if troubled || state.drift.told().is_some() => Self::Degraded,
            Some(_) => Self::Ok,
        }
    }

    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Degraded => "degraded",
            Self::Waiting => "waiting",
            Self::Ok => "ok",
            Self::Disabled => "disabled",
        }
    }
}

/// One source's line.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// In one word.
    pub health: Health,
    /// Stories it was the first to give.
    pub articles: u64,
    /// The start of the last pass that read something.
    pub last_success: Option<DateTime<Utc>>,
    /// The start of the last pass.
    pub last_pass: Option<DateTime<Utc>>,
    /// When the last trouble was.
    pub last_error_at: Option<DateTime<Utc>>,
    /// The last trouble, in words.
    pub last_error: Option<String>,
    /// What has changed for the worse on its pages.
    pub drift: Option<String>,
    /// What its clock was proved to do.
    pub clock: Option<&'static str>,
    /// That it is gone for good, or where its feed has moved.
    pub place: Option<String>,
    /// Passes in a row that read nothing.
    pub failures: u32,
    /// When it is read next; nothing for a schedule that never comes, and while the source is paused.
    pub next_run: Option<DateTime<Utc>>,
}

/// One line a source, in the configuration's order.
///
/// # Errors
/// When the store fails.
pub fn rows(config: &Config, store: &dyn Store, now: DateTime<Utc>) -> Result<Vec<Row>, StoreError> {
    config.sources.iter().map(|source| Ok(row(source, store.source(&source.id)?, now))).collect()
}

/// A clock that lies in a known way, and is put right.
fn clock_of(habits: &Habits) -> Option<&'static str> {
    if states_local_as_utc(habits) {
        Some("states local time as UTC; read as local")
    } else if prints_month_for_minutes(habits) {
        Some("prints the month for the minutes in its feed; times are read from the pages")
    } else {
        None
    }
}

/// What is to be known of a source's address.
fn place_of(source: &Source, state: &SourceState) -> Option<String> {
    if state.outlook.is_paused(source) {
        return Some("gone for good (410); not read until its configuration changes".to_owned());
    }
    let (from, to) = state.moved.as_ref()?;
    let still = source.reads.addresses().contains(from);
    still.then(|| format!("moved for good to {to}; write that into feeds.toml"))
}

fn row(source: &Source, state: SourceState, now: DateTime<Utc>) -> Row {
    let last = state.last_pass.unwrap_or(now);
    let next_run = next_run(source, state.failures, &state.outlook, last).map(|next| next.max(now));
    let next_run = next_run.filter(|_| source.enabled);
    let place = place_of(source, &state);
    let health = if source.enabled { Health::of(&state) } else { Health::Disabled };
    let (drift, clock) = (state.drift.told(), clock_of(&state.habits));
    let (last_error_at, last_error) = state.last_error.unzip();
    Row {
        id: source.id.to_string(),
        name: source.name.clone(),
        health,
        articles: state.articles,
        last_success: state.last_success,
        last_pass: state.last_pass,
        last_error_at,
        last_error,
        drift,
        clock,
        place,
        failures: state.failures,
        next_run,
    }
}
