//! The one place where the time of day comes from.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

/// Tells the moment: the system's, or one that stands still until it is moved.
#[derive(Clone, Debug)]
pub struct Clock {
    /// Milliseconds since the Unix epoch; `None` asks the system.
    stopped: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self { stopped: None }
    }

    /// A clock that shows `moment` (to the millisecond) until [`Clock::advance`] moves it.
    #[must_use]
    pub fn fixed(moment: DateTime<Utc>) -> Self {
        Self { stopped: Some(Arc::new(AtomicI64::new(moment.timestamp_millis()))) }
    }

    /// The moment now, in whole milliseconds.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let millis = match &self.stopped {
            Some(millis) => millis.load(Ordering::SeqCst),
            None => Utc::now().timestamp_millis(),
        };
        DateTime::from_timestamp_millis(millis).unwrap_or_default()
    }

    /// Moves a fixed clock and every clone of it; the system's clock does not move.
    pub fn advance(&self, by: TimeDelta) {
        if let Some(millis) = &self.stopped {
            millis.fetch_add(by.num_milliseconds(), Ordering::SeqCst);
        }
    }
}
