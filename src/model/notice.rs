//! What a pass heard of when and where its source wants to be read the next time.

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

/// What a feed says of itself for those who read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Channel {
    /// RSS `ttl`: it does not change before this is over.
    pub ttl: Option<TimeDelta>,
    /// RSS `skipHours`: bit n is the hour n of the day in UTC in which it does not change.
    pub skip_hours: u32,
    /// RSS `skipDays`: bit n is the day n days after Monday, in UTC, on which it does not change.
    pub skip_days: u8,
    /// `link rel="hub"`: who tells when it changes (W3C `WebSub`).
    pub hub: Option<Url>,
    /// `link rel="self"`: what the hub calls it.
    pub topic: Option<Url>,
}

/// What a pass heard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notice {
    /// Of a feed that was read; nothing when it was as before.
    pub channel: Option<Channel>,
    /// No page that a pass begins with changes before this (`Cache-Control`, `Expires`).
    pub fresh_until: Option<DateTime<Utc>>,
    /// The host wants to be left alone until then (`Retry-After`).
    pub wait_until: Option<DateTime<Utc>>,
    /// Where a feed has moved for good, or that it is back at its old address.
    pub moved: Option<Option<Url>>,
    /// All that a pass begins with is gone for good (410).
    pub gone: bool,
}

impl Notice {
    /// One of several first pages is fresh until then, or not at all: the earliest counts.
    pub fn note_freshness(&mut self, until: Option<DateTime<Utc>>, first: bool) {
        self.fresh_until = if first { until } else { self.fresh_until.min(until) };
    }
}
