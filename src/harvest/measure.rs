//! What a pass counts for `/metrics`.

use chrono::{DateTime, TimeDelta, Utc};
use metrics::histogram;

use crate::measure;
use crate::model::{Article, Precision};

/// A story that is first seen later than this after its publication comes from an archive.
const LATE_MAX: TimeDelta = TimeDelta::days(2);

/// A new story is there; how late it is, when its time is stated to the minute.
pub(super) fn admitted(article: &Article, now: DateTime<Utc>) {
    measure::admitted(article.id, now);
    let exact = article.published.instant.filter(|_| article.published.precision >= Some(Precision::Minute));
    if let Some(late) = exact.map(|instant| now - instant).filter(|late| (TimeDelta::zero()..LATE_MAX).contains(late)) {
        histogram!("bantin_publication_to_admission_seconds").record(late.as_seconds_f64());
    }
}
