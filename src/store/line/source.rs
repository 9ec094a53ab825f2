//! How a source fares, as a JSON line.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{source_id, web_address};
use crate::cadence::{Outlook, Rhythm};
use crate::model::{Channel, Drift, Fill, Habits, PARTS, RULES, Secret, SourceId};
use crate::store::{Lease, SourceState};

/// How a source fares.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::store) struct SourceLine {
    id: String,
    last_pass: Option<DateTime<Utc>>,
    last_success: Option<DateTime<Utc>>,
    last_error: Option<ErrorPart>,
    failures: u32,
    articles: u64,
    clock: ClockLine,
    usual: UsualPart,
    drift: DriftPart,
    outlook: OutlookPart,
    moved: Option<MovedPart>,
    lease: Option<LeasePart>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrorPart {
    at: DateTime<Utc>,
    what: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockLine {
    local_as_utc: u32,
    honest: u32,
    month_minutes: u32,
    free_minutes: u32,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UsualPart {
    passes: u32,
    links: u32,
    articles: u32,
    /// In the order of [`PARTS`].
    parts: [u32; PARTS.len()],
    /// In the order of [`RULES`].
    missed: [u32; RULES.len()],
    disputed: u32,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DriftPart {
    links: Option<String>,
    parts: Option<String>,
}

/// When it is worth reading.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OutlookPart {
    rhythm: [u32; 24],
    ttl_seconds: Option<i64>,
    /// Bits, the lowest for 00:00.
    skip_hours: u32,
    /// Bits, the lowest for the first day of the week.
    skip_days: u8,
    hub: Option<String>,
    topic: Option<String>,
    fresh_until: Option<DateTime<Utc>>,
    wait_until: Option<DateTime<Utc>>,
    /// Hexadecimal.
    gone: Option<String>,
    pushed: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MovedPart {
    from: String,
    to: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LeasePart {
    hub: String,
    topic: String,
    token: String,
    secret: String,
    asked: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
}

impl SourceLine {
    pub(in crate::store) fn of(id: String, state: SourceState) -> Self {
        let Fill { passes, links, articles, parts, missed, disputed } = state.usual;
        Self {
            id,
            last_pass: state.last_pass,
            last_success: state.last_success,
            last_error: state.last_error.map(|(at, what)| ErrorPart { at, what }),
            failures: state.failures,
            articles: state.articles,
            clock: ClockLine::of(state.habits),
            usual: UsualPart { passes, links, articles, parts, missed, disputed },
            drift: DriftPart { links: state.drift.links, parts: state.drift.parts },
            outlook: OutlookPart::of(state.outlook),
            moved: state.moved.map(|(from, to)| MovedPart { from: from.into(), to: to.into() }),
            lease: state.lease.map(|lease| LeasePart {
                hub: lease.hub.into(),
                topic: lease.topic.into(),
                token: lease.token.expose().to_owned(),
                secret: lease.secret.expose().to_owned(),
                asked: lease.asked,
                until: lease.until,
            }),
        }
    }

    pub(in crate::store) fn read(self) -> Result<(SourceId, SourceState), String> {
        let UsualPart { passes, links, articles, parts, missed, disputed } = self.usual;
        let moved = |moved: MovedPart| Ok::<_, String>((web_address(&moved.from)?, web_address(&moved.to)?));
        let lease = |lease: LeasePart| {
            Ok::<_, String>(Lease {
                hub: web_address(&lease.hub)?,
                topic: web_address(&lease.topic)?,
                token: Secret::new(lease.token),
                secret: Secret::new(lease.secret),
                asked: lease.asked,
                until: lease.until,
            })
        };
        let state = SourceState {
            last_pass: self.last_pass,
            last_success: self.last_success,
            last_error: self.last_error.map(|error| (error.at, error.what)),
            failures: self.failures,
            articles: self.articles,
            habits: self.clock.read(),
            usual: Fill { passes, links, articles, parts, missed, disputed },
            drift: Drift { links: self.drift.links, parts: self.drift.parts },
            outlook: self.outlook.read()?,
            moved: self.moved.map(moved).transpose()?,
            lease: self.lease.map(lease).transpose()?,
        };
        Ok((source_id(&self.id)?, state))
    }
}

impl ClockLine {
    fn of(habits: Habits) -> Self {
        let Habits { local_as_utc, honest, month_minutes, free_minutes } = habits;
        Self { local_as_utc, honest, month_minutes, free_minutes }
    }

    fn read(self) -> Habits {
        let Self { local_as_utc, honest, month_minutes, free_minutes } = self;
        Habits { local_as_utc, honest, month_minutes, free_minutes }
    }
}

impl Habits {
    /// The counts in one JSON line without its end, see [`Habits::of_line`].
    #[must_use]
    pub fn to_line(self) -> String {
        // Numbers: serde_json has no way to fail on these.
        serde_json::to_string(&ClockLine::of(self)).unwrap_or_default()
    }

    /// Reads what [`Habits::to_line`] wrote.
    ///
    /// # Errors
    /// What is wrong with the line.
    pub fn of_line(line: &str) -> Result<Self, String> {
        serde_json::from_str(line).map(ClockLine::read).map_err(|error| error.to_string())
    }
}

impl OutlookPart {
    fn of(outlook: Outlook) -> Self {
        let Channel { ttl, skip_hours, skip_days, hub, topic } = outlook.channel;
        Self {
            rhythm: outlook.rhythm.0,
            ttl_seconds: ttl.map(|ttl| ttl.num_seconds()),
            skip_hours,
            skip_days,
            hub: hub.map(Url::into),
            topic: topic.map(Url::into),
            fresh_until: outlook.fresh_until,
            wait_until: outlook.wait_until,
            gone: outlook.gone.map(|gone| format!("{gone:016x}")),
            pushed: outlook.pushed,
        }
    }

    fn read(self) -> Result<Outlook, String> {
        let address = |text: Option<String>| text.as_deref().map(web_address).transpose();
        Ok(Outlook {
            rhythm: Rhythm(self.rhythm),
            channel: Channel {
                ttl: self.ttl_seconds.and_then(TimeDelta::try_seconds),
                skip_hours: self.skip_hours,
                skip_days: self.skip_days,
                hub: address(self.hub)?,
                topic: address(self.topic)?,
            },
            fresh_until: self.fresh_until,
            wait_until: self.wait_until,
            gone: self.gone.as_deref().map(super::hexadecimal).transpose()?,
            pushed: self.pushed,
        })
    }
}
