//! What a pass counts for `/metrics`.

use chrono::{DateTime, TimeDelta, Utc};
use metrics::histogram;

use crate::model::{Article, Precision};

/// A story that is first seen later than this after its publication comes from an archive.
const LATE_MAX: TimeDelta = TimeDelta::days(2);

/// How late a new story is, when its time is stated to the minute.
pub(super) fn delay(article: &Article, now: DateTime<Utc>) {
    let exact = article.published.instant.filter(|_| article.published.precision >= Some(Precision::Minute));
    if let Some(late) = exact.map(|instant| now - instant).filter(|late| (TimeDelta::zero()..LATE_MAX).contains(late)) {
        histogram!("bantin_publication_to_admission_seconds").record(late.as_seconds_f64());
    }
}
