//! When a source is read next: its crontab or its own rhythm, a stable jitter, and patience after failures.

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::{Cadence, Source, SourceId};

/// Runs of one minute are spread over so many seconds, so that sources on one schedule do not start at once.
const JITTER_SECONDS: u64 = 50;
/// The wait after a first failure, doubled with each further one.
const BACKOFF_MIN: TimeDelta = TimeDelta::minutes(5);
const BACKOFF_MAX: TimeDelta = TimeDelta::hours(6);
/// Bounds of a learned interval.
const AUTO_MIN: TimeDelta = TimeDelta::minutes(10);
const AUTO_MAX: TimeDelta = TimeDelta::hours(6);
/// What a source is read by while too few of its articles are known.
const AUTO_START: TimeDelta = TimeDelta::minutes(30);
/// Articles that a learned interval is drawn from.
pub const AUTO_ARTICLES: usize = 20;

/// The first run after `now` of a source that failed so many times in a row.
///
/// `published` holds the times of its newest articles and matters for the cadence `auto` only. `None` for a schedule
/// that never comes.
#[must_use]
pub fn next_run(
    source: &Source,
    failures: u32,
    published: &[DateTime<Utc>],
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let planned = match &source.cadence {
        Cadence::Cron(crontab) => crontab.next_after(now - jitter(&source.id), source.zone)? + jitter(&source.id),
        Cadence::Auto => now + auto_interval(published),
    };
    Some(planned.max(now + backoff(failures)))
}

/// The same few seconds for a source at every run.
fn jitter(id: &SourceId) -> TimeDelta {
    let hash = blake3::hash(id.as_str().as_bytes());
    let byte = u64::from(hash.as_bytes()[0]) * JITTER_SECONDS / 256;
    TimeDelta::seconds(i64::try_from(byte).unwrap_or_default())
}

/// How long to wait after so many failures in a row.
#[must_use]
pub fn backoff(failures: u32) -> TimeDelta {
    match failures {
        0 => TimeDelta::zero(),
        _ => (BACKOFF_MIN * (1 << (failures - 1).min(10))).min(BACKOFF_MAX),
    }
}

/// Half the median time between a source's articles, within bounds.
#[must_use]
pub fn auto_interval(published: &[DateTime<Utc>]) -> TimeDelta {
    let mut times = published.to_vec();
    times.sort_unstable();
    let mut gaps: Vec<TimeDelta> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    gaps.sort_unstable();
    match gaps.get(gaps.len() / 2) {
        Some(median) => (*median / 2).clamp(AUTO_MIN, AUTO_MAX),
        None => AUTO_START,
    }
}
