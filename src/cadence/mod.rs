//! When a source is read next: its crontab or its own rhythm, a stable jitter, the publisher's wishes, and patience
//! after failures.

mod plan;
mod rhythm;

use std::collections::HashMap;

use chrono::{DateTime, Datelike as _, DurationRound as _, NaiveDate, NaiveTime, TimeDelta, Timelike as _, Utc};
use chrono_tz::Tz;

pub use plan::Plan;
pub use rhythm::Rhythm;

use crate::model::{Cadence, Channel, Crontab, Notice, Source, SourceId};

/// Runs of one minute are spread over so much of it, so that sources on one schedule do not start at once.
const JITTER_MILLIS: u64 = 50_000;
/// The wait after a first failure, doubled with each further one.
const BACKOFF_MIN: TimeDelta = TimeDelta::minutes(5);
/// A wait after failures is shorter by up to this part of it, so that sources that failed together come apart.
const BACKOFF_JITTER_PERCENT: u64 = 20;
/// A publisher's wish to be read later counts up to this.
const WISH_MAX: TimeDelta = TimeDelta::days(1);
/// A hub that has told nothing for so long is not relied on.
const PUSH_SILENCE_MAX: TimeDelta = TimeDelta::days(1);

/// What is known of a source that bears on when it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// How often it publishes.
    pub rhythm: Rhythm,
    /// What its feed says of itself.
    pub channel: Channel,
    /// It does not change before this.
    pub fresh_until: Option<DateTime<Utc>>,
    /// Its host wants to be left alone until then.
    pub wait_until: Option<DateTime<Utc>>,
    /// It is gone for good; the value is that of [`Source::reading`], so that a changed configuration tries again.
    pub gone: Option<u64>,
    /// When its hub last told that it changed; nothing once a pass has found what the hub did not tell.
    pub pushed: Option<DateTime<Utc>>,
}

impl Outlook {
    /// Takes in what a pass heard.
    pub fn hear(&mut self, notice: &Notice, reading: u64) {
        if let Some(channel) = &notice.channel {
            self.channel.clone_from(channel);
        }
        self.fresh_until = notice.fresh_until;
        self.wait_until = notice.wait_until;
        self.gone = notice.gone.then_some(reading);
    }

    /// Whether the source is not read until its configuration changes.
    #[must_use]
    pub fn is_paused(&self, source: &Source) -> bool {
        self.gone.is_some_and(|gone| gone == source.reading())
    }
}

/// Runs of a schedule that [`shortest_gap`] looks at.
const GAP_RUNS_MAX: usize = 24;

/// The shortest time between two runs of any of the sources; `None` without a source.
#[must_use]
pub fn shortest_gap(sources: &[Source]) -> Option<TimeDelta> {
    let mut gaps = HashMap::new();
    let gap = |source: &Source| match &source.cadence {
        Cadence::Auto => source.pace.min_interval,
        // Many sources run on one schedule, and walking it costs about as much as reading a source's table.
        Cadence::Cron(crontab) => *gaps
            .entry((crontab.to_string(), source.zone))
            .or_insert_with_key(|(_, zone)| shortest_gap_of(crontab, *zone)),
    };
    sources.iter().map(gap).min()
}

/// The shortest time between two runs of a schedule, as far as its first runs of a year show it.
fn shortest_gap_of(crontab: &Crontab, zone: Tz) -> TimeDelta {
    let start = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap_or_default().and_time(NaiveTime::MIN).and_utc();
    let next = |moment: &DateTime<Utc>| crontab.next_after(*moment, zone);
    let runs: Vec<DateTime<Utc>> = std::iter::successors(next(&start), next).take(GAP_RUNS_MAX).collect();
    runs.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap_or(WISH_MAX)
}

/// The first run after `now` of a source that failed so many times in a row.
///
/// `None` for a schedule that never comes, and for a source that is paused.
#[must_use]
pub fn next_run(source: &Source, failures: u32, outlook: &Outlook, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if outlook.is_paused(source) {
        return None;
    }
    let (pace, own) = (source.pace, jitter(&source.id));
    let planned = match &source.cadence {
        Cadence::Cron(crontab) => crontab.next_after(now - own, source.zone)? + own,
        Cadence::Auto => {
            let story = outlook.rhythm.next_story(now, source.zone);
            let planned = story.clamp(now + pace.min_interval, now + pace.max_interval);
            wished(outlook, now, planned) + own
        }
    };
    // A pass that failed has not read what the hub told of.
    let told = outlook.pushed.filter(|pushed| failures == 0 && now - *pushed < PUSH_SILENCE_MAX);
    let pushed = told.map(|_| now + pace.max_interval);
    let patient = now + backoff(&source.id, failures, pace.max_backoff);
    Some(planned.max(patient)).max(pushed).max(outlook.wait_until)
}

/// The first moment from `planned` on that the publisher has nothing against, at most a day after `now`.
fn wished(outlook: &Outlook, now: DateTime<Utc>, planned: DateTime<Utc>) -> DateTime<Utc> {
    let channel = &outlook.channel;
    let mut at =
        planned.max(now + channel.ttl.unwrap_or_default().min(WISH_MAX)).max(outlook.fresh_until.unwrap_or(now));
    let skipped = |at: DateTime<Utc>| {
        channel.skip_hours >> at.hour() & 1 == 1 || channel.skip_days >> at.weekday().num_days_from_monday() & 1 == 1
    };
    while skipped(at) && at - now < WISH_MAX {
        at = at.duration_trunc(TimeDelta::hours(1)).unwrap_or(at) + TimeDelta::hours(1);
    }
    at.min((now + WISH_MAX).max(planned))
}

/// The same moment of a minute for a source at every run.
#[must_use]
pub fn jitter(id: &SourceId) -> TimeDelta {
    TimeDelta::milliseconds(i64::try_from(drawn(id, 0) % JITTER_MILLIS).unwrap_or_default())
}

/// How long to wait after so many failures in a row.
#[must_use]
pub fn backoff(id: &SourceId, failures: u32, max: TimeDelta) -> TimeDelta {
    if failures == 0 {
        return TimeDelta::zero();
    }
    let whole = (BACKOFF_MIN * (1 << (failures - 1).min(16))).min(max);
    let percent = drawn(id, failures) % (BACKOFF_JITTER_PERCENT + 1);
    whole - whole * i32::try_from(percent).unwrap_or_default() / 100
}

/// A number that looks drawn by lot and is the same whenever it is asked for.
fn drawn(id: &SourceId, turn: u32) -> u64 {
    let hash = blake3::Hasher::new().update(id.as_str().as_bytes()).update(&turn.to_le_bytes()).finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_le_bytes(first)
}
