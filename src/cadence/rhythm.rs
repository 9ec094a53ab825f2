//! How often a source publishes, hour by hour of its own day, learned from what its passes found.

use chrono::{DateTime, TimeDelta, Timelike as _, Utc};
use chrono_tz::Tz;

/// What is expected of an hour of which nothing is known: one story in half an hour, in thousandths.
const MILLI_STORIES_START: u32 = 2_000;
/// A source is read when half a story is to be expected, so that a story waits half its gap in the mean.
const MILLI_STORIES_WANTED: f64 = 500.0;
/// An hour's rate moves by this share of what a whole hour of watching says differently.
const LEARNED_SHARE: f64 = 0.3;
/// No source is believed to publish more in an hour, so that a flood is forgotten within days.
const MILLI_STORIES_MAX: f64 = 120_000.0;
/// How far ahead a story is looked for.
const AHEAD_HOURS_MAX: i64 = 48;

/// Stories an hour, in thousandths, for each hour of the source's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm(pub [u32; 24]);

impl Default for Rhythm {
    fn default() -> Self {
        Self([MILLI_STORIES_START; 24])
    }
}

impl Rhythm {
    /// Takes in that so many stories came between two passes.
    pub fn learn(&mut self, from: DateTime<Utc>, to: DateTime<Utc>, stories: usize, zone: Tz) {
        let minutes = (to - from).num_minutes();
        if minutes < 1 {
            return;
        }
        let seen = f64::from(u32::try_from(stories).unwrap_or(u32::MAX)) * 60_000.0 / f64::from(to_i32(minutes));
        for (hour, share) in hours(from.max(to - TimeDelta::days(1)), to, zone) {
            let known = f64::from(self.0[hour]);
            let moved = known + (seen.min(MILLI_STORIES_MAX) - known) * LEARNED_SHARE * share;
            // Lies between 0 and MILLI_STORIES_MAX.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let rate = moved.round() as u32;
            self.0[hour] = rate;
        }
    }

    /// When half a story is to be expected, at most two days ahead.
    #[must_use]
    pub fn next_story(&self, now: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
        let mut expected = 0.0;
        let mut at = now;
        for (hour, share) in hours(now, now + TimeDelta::hours(AHEAD_HOURS_MAX), zone) {
            let here = f64::from(self.0[hour]) * share;
            if expected + here >= MILLI_STORIES_WANTED {
                let part = (MILLI_STORIES_WANTED - expected) / here * share * 3_600.0;
                // A share of one hour in seconds.
                #[allow(clippy::cast_possible_truncation)]
                return at + TimeDelta::seconds(part.round() as i64);
            }
            expected += here;
            // As above.
            #[allow(clippy::cast_possible_truncation)]
            let passed = TimeDelta::seconds((share * 3_600.0).round() as i64);
            at += passed;
        }
        at
    }
}

/// The hours of a source's day that a span touches, and how much of each. A clock that is moved within the span is off
/// for the rest of it, which no rhythm notices.
fn hours(from: DateTime<Utc>, to: DateTime<Utc>, zone: Tz) -> impl Iterator<Item = (usize, f64)> {
    let local = from.with_timezone(&zone);
    let mut hour = local.hour() as usize;
    let mut rest = 3_600 - i64::from(local.minute() * 60 + local.second());
    let mut left = (to - from).num_seconds();
    std::iter::from_fn(move || {
        if left <= 0 {
            return None;
        }
        let part = (hour, f64::from(to_i32(rest.min(left))) / 3_600.0);
        (left, rest, hour) = (left - rest, 3_600, (hour + 1) % 24);
        Some(part)
    })
}

fn to_i32(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
