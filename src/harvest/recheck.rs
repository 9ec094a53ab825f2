//! When a page that was read is asked for again.

use chrono::{DateTime, TimeDelta, Utc};

use crate::store::PageState;

/// A published page is looked at again after this at the earliest.
const RECHECK_MIN: TimeDelta = TimeDelta::minutes(30);
/// Pages older than this are left alone: corrections come on the first days.
pub(super) const RECHECK_AGE_MAX: TimeDelta = TimeDelta::days(7);
/// A page that could not be read is tried again after this, doubled with each failure.
const RETRY_MIN: TimeDelta = TimeDelta::minutes(10);
const RETRY_MAX: TimeDelta = TimeDelta::days(1);

/// Whether a page is due: a failed one after ten minutes, then twenty and so on up to a day; a published one when it
/// has doubled its age since the last look, so that most looks fall on the first day and none after a week.
#[must_use]
pub fn is_due(page: &PageState, published: bool, now: DateTime<Utc>) -> bool {
    let rested = now - page.asked;
    if page.failures > 0 || !published {
        let doublings = page.failures.saturating_sub(1).min(10);
        return page.failures == 0 || rested >= (RETRY_MIN * (1 << doublings)).min(RETRY_MAX);
    }
    let age = page.asked - page.first_asked;
    now - page.first_asked <= RECHECK_AGE_MAX && rested >= age.max(RECHECK_MIN)
}

/// The order in which the tasks of a list that is too long for one pass are carried out, lowest first: what was never
/// tried, what failed and is due (the fewest failures first), what is published, and what failed and rests.
pub(super) fn turn(page: Option<&PageState>, published: bool, now: DateTime<Utc>) -> (bool, bool, u32) {
    let failures = page.map_or(0, |page| page.failures);
    let rests = failures > 0 && page.is_some_and(|page| !is_due(page, published, now));
    (rests, published, failures)
}
