//! The on-disk form of how a source fares. Each version holds the one before, and all stay readable.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{RECORD_VERSION, instant, pack_as, unpack_as};
use crate::cadence::{Outlook, Rhythm};
use crate::model::{Channel, Drift, Fill, Habits, PARTS, RULES, Secret};
use crate::store::{Lease, SourceState, StoreError};

const USUAL_VERSION: u8 = 2;
const SOURCE_VERSION: u8 = 3;

#[derive(Serialize, Deserialize)]
struct State {
    last_pass: Option<i64>,
    last_success: Option<i64>,
    last_error: Option<(i64, String)>,
    failures: u32,
    articles: u64,
    /// The counts of [`Habits`], in the order of its fields.
    habits: [u32; 4],
}

/// The second version of [`State`]: what its articles usually state, and what has changed.
#[derive(Serialize, Deserialize)]
struct StateAndUsual {
    state: State,
    passes: u32,
    links: u32,
    articles: u32,
    parts: [u32; PARTS.len()],
    missed: [u32; RULES.len()],
    disputed: u32,
    /// The fields of [`Drift`], in their order.
    drift: [Option<String>; 2],
}

/// The third version: when and where it is read.
#[derive(Serialize, Deserialize)]
struct StateAndOutlook {
    before: StateAndUsual,
    rhythm: [u32; 24],
    ttl_seconds: Option<i64>,
    skip_hours: u32,
    skip_days: u8,
    hub: Option<String>,
    topic: Option<String>,
    fresh_until: Option<i64>,
    wait_until: Option<i64>,
    gone: Option<u64>,
    pushed: Option<i64>,
    moved: Option<(String, String)>,
    lease: Option<LeaseRecord>,
}

#[derive(Serialize, Deserialize)]
struct LeaseRecord {
    hub: String,
    topic: String,
    token: String,
    secret: String,
    asked: i64,
    until: Option<i64>,
}

pub(in crate::store) fn write_source(state: &SourceState) -> Result<Vec<u8>, StoreError> {
    let outlook = &state.outlook;
    let record = StateAndOutlook {
        before: usual(state),
        rhythm: outlook.rhythm.0,
        ttl_seconds: outlook.channel.ttl.map(|ttl| ttl.num_seconds()),
        skip_hours: outlook.channel.skip_hours,
        skip_days: outlook.channel.skip_days,
        hub: outlook.channel.hub.as_ref().map(Url::to_string),
        topic: outlook.channel.topic.as_ref().map(Url::to_string),
        fresh_until: outlook.fresh_until.map(millis),
        wait_until: outlook.wait_until.map(millis),
        gone: outlook.gone,
        pushed: outlook.pushed.map(millis),
        moved: state.moved.as_ref().map(|(from, to)| (from.to_string(), to.to_string())),
        lease: state.lease.as_ref().map(|lease| LeaseRecord {
            hub: lease.hub.to_string(),
            topic: lease.topic.to_string(),
            token: lease.token.expose().to_owned(),
            secret: lease.secret.expose().to_owned(),
            asked: millis(lease.asked),
            until: lease.until.map(millis),
        }),
    };
    pack_as(SOURCE_VERSION, &record)
}

fn millis(instant: DateTime<Utc>) -> i64 {
    instant.timestamp_millis()
}

fn usual(state: &SourceState) -> StateAndUsual {
    let habits = state.habits;
    let first = State {
        last_pass: state.last_pass.map(millis),
        last_success: state.last_success.map(millis),
        last_error: state.last_error.as_ref().map(|(at, why)| (millis(*at), why.clone())),
        failures: state.failures,
        articles: state.articles,
        habits: [habits.local_as_utc, habits.honest, habits.month_minutes, habits.free_minutes],
    };
    let usual = state.usual;
    StateAndUsual {
        state: first,
        passes: usual.passes,
        links: usual.links,
        articles: usual.articles,
        parts: usual.parts,
        missed: usual.missed,
        disputed: usual.disputed,
        drift: [state.drift.links.clone(), state.drift.parts.clone()],
    }
}

pub(in crate::store) fn read_source(bytes: &[u8]) -> Result<SourceState, StoreError> {
    match bytes.first() {
        Some(&RECORD_VERSION) => first(unpack_as(RECORD_VERSION, bytes)?),
        Some(&USUAL_VERSION) => second(unpack_as(USUAL_VERSION, bytes)?),
        _ => third(unpack_as(SOURCE_VERSION, bytes)?),
    }
}

fn first(state: State) -> Result<SourceState, StoreError> {
    let [local_as_utc, honest, month_minutes, free_minutes] = state.habits;
    Ok(SourceState {
        last_pass: state.last_pass.map(instant).transpose()?,
        last_success: state.last_success.map(instant).transpose()?,
        last_error: state.last_error.map(|(at, why)| Ok::<_, StoreError>((instant(at)?, why))).transpose()?,
        failures: state.failures,
        articles: state.articles,
        habits: Habits { local_as_utc, honest, month_minutes, free_minutes },
        ..SourceState::default()
    })
}

fn second(record: StateAndUsual) -> Result<SourceState, StoreError> {
    let StateAndUsual { state, passes, links, articles, parts, missed, disputed, drift } = record;
    let [fewer, lost] = drift;
    Ok(SourceState {
        usual: Fill { passes, links, articles, parts, missed, disputed },
        drift: Drift { links: fewer, parts: lost },
        ..first(state)?
    })
}

fn third(record: StateAndOutlook) -> Result<SourceState, StoreError> {
    let url = |text: &String| Url::parse(text).map_err(|error| StoreError::Damaged(format!("{text}: {error}")));
    let lease = |lease: LeaseRecord| {
        Ok::<_, StoreError>(Lease {
            hub: url(&lease.hub)?,
            topic: url(&lease.topic)?,
            token: Secret::new(lease.token),
            secret: Secret::new(lease.secret),
            asked: instant(lease.asked)?,
            until: lease.until.map(instant).transpose()?,
        })
    };
    Ok(SourceState {
        outlook: Outlook {
            rhythm: Rhythm(record.rhythm),
            channel: Channel {
                ttl: record.ttl_seconds.and_then(TimeDelta::try_seconds),
                skip_hours: record.skip_hours,
                skip_days: record.skip_days,
                hub: record.hub.as_ref().map(url).transpose()?,
                topic: record.topic.as_ref().map(url).transpose()?,
            },
            fresh_until: record.fresh_until.map(instant).transpose()?,
            wait_until: record.wait_until.map(instant).transpose()?,
            gone: record.gone,
            pushed: record.pushed.map(instant).transpose()?,
        },
        moved: record.moved.map(|(from, to)| Ok::<_, StoreError>((url(&from)?, url(&to)?))).transpose()?,
        lease: record.lease.map(lease).transpose()?,
        ..second(record.before)?
    })
}
