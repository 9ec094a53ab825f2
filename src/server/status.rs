//! How each source fares, for the status page and the `status` command.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::cadence::next_run;
use crate::config::Config;
use crate::date::{prints_month_for_minutes, states_local_as_utc};
use crate::edition::{Desk, EditionError};
use crate::model::{Fill, Habits, PARTS, Precision, Source};
use crate::store::{SourceState, StoreError};

/// Days in a chart.
const CHART_DAYS: u64 = 14;
/// The newest articles that the time to publish is drawn from.
const TIMED_ARTICLES: usize = 30;
/// What was admitted later than this was there before its source was read.
const WAIT_MAX: TimeDelta = TimeDelta::hours(12);

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
    /// How a source fares by its state.
    #[must_use]
    pub fn of(state: &SourceState) -> Self {
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
    /// Stories of each of the last days on the site's clock, today's last.
    pub per_day: Vec<usize>,
    /// How many of a hundred articles state which part; empty before the first one was read.
    pub fill: BTreeMap<&'static str, u32>,
    /// The median of the minutes between a story's own time and its admission, of the newest stories.
    pub publish_minutes: Option<i64>,
}

/// One line a source, in the configuration's order.
///
/// # Errors
/// When the store fails.
pub fn rows(config: &Config, desk: &Desk) -> Result<Vec<Row>, EditionError> {
    config.sources.iter().map(|source| row(source, desk.store.source(&source.id)?, desk)).collect()
}

/// How many of a hundred articles state which part.
fn fill(usual: &Fill) -> BTreeMap<&'static str, u32> {
    let percent = |count: u32| (count * 100).checked_div(usual.articles);
    PARTS.into_iter().zip(usual.parts).filter_map(|(part, count)| Some((part, percent(count)?))).collect()
}

/// Of stories that state a time of day; those that were old when their source was first read say nothing.
fn publish_minutes(desk: &Desk, source: &Source) -> Result<Option<i64>, StoreError> {
    let (mut minutes, mut seen) = (Vec::new(), 0);
    desk.store.newest(Some(std::slice::from_ref(&source.id)), &mut |article| {
        let exact = article.published.precision.is_some_and(|precision| precision != Precision::Day);
        let waited = article.published.instant.filter(|_| exact).map(|instant| article.first_seen - instant);
        minutes.extend(waited.filter(|waited| *waited < WAIT_MAX).map(|waited| waited.num_minutes().max(0)));
        seen += 1;
        if seen < TIMED_ARTICLES { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    minutes.sort_unstable();
    Ok(minutes.get(minutes.len() / 2).copied())
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

fn row(source: &Source, state: SourceState, desk: &Desk) -> Result<Row, EditionError> {
    let now = desk.now;
    let last = state.last_pass.unwrap_or(now);
    let next_run = next_run(source, state.failures, &state.outlook, last).map(|next| next.max(now));
    let next_run = next_run.filter(|_| source.enabled);
    let place = place_of(source, &state);
    let health = if source.enabled { Health::of(&state) } else { Health::Disabled };
    let (drift, clock) = (state.drift.told(), clock_of(&state.habits));
    let (last_error_at, last_error) = state.last_error.unzip();
    Ok(Row {
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
        per_day: desk.per_day(&source.id, CHART_DAYS)?,
        fill: fill(&state.usual),
        publish_minutes: publish_minutes(desk, source)?,
    })
}
