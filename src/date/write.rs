//! Instants as people and feeds read them, always in the source's zone.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// `10:08, 24/08/2020`
#[must_use]
pub fn dateline(instant: DateTime<Utc>, zone: Tz) -> String {
    instant.with_timezone(&zone).format("%H:%M, %d/%m/%Y").to_string()
}

/// `24/08/2020`
#[must_use]
pub fn day(instant: DateTime<Utc>, zone: Tz) -> String {
    instant.with_timezone(&zone).format("%d/%m/%Y").to_string()
}

/// `Mon, 24 Aug 2020 10:08:00 +0700` (RFC 2822)
#[must_use]
pub fn rfc2822(instant: DateTime<Utc>, zone: Tz) -> String {
    instant.with_timezone(&zone).format("%a, %d %b %Y %H:%M:%S %z").to_string()
}

/// `2020-08-24T10:08:00+07:00` (RFC 3339)
#[must_use]
pub fn rfc3339(instant: DateTime<Utc>, zone: Tz) -> String {
    instant.with_timezone(&zone).format("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// `Mon, 24 Aug 2020 03:08:00 GMT` (RFC 9110 §5.6.7)
#[must_use]
pub fn http(instant: DateTime<Utc>) -> String {
    instant.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
