//! One lane a host:port: how many requests at once, how far apart, and when it asked to be left alone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use url::Url;

use super::{LANES_MAX, Robots};

/// What is known of a host's robots.txt.
pub(super) enum Rules {
    /// It was read, or there is none.
    Read(Robots),
    /// It cannot be read, so nothing may be.
    Unreachable(String),
}

/// What is known of one host:port.
pub(super) struct Lane {
    permits: Arc<Semaphore>,
    state: Mutex<State>,
    /// robots.txt and until when it counts; held while it is being read.
    pub(super) robots: tokio::sync::Mutex<Option<(DateTime<Utc>, Arc<Rules>)>>,
}

#[derive(Default)]
struct State {
    free_at: Option<Instant>,
    closed_until: Option<DateTime<Utc>>,
}

/// The right to send one request now; the gap starts when it is dropped.
pub(super) struct Turn {
    lane: Arc<Lane>,
    gap: Duration,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.lane.state().free_at = Some(Instant::now() + self.gap);
    }
}

impl Lane {
    fn new(concurrency: usize) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(concurrency)),
            state: Mutex::default(),
            robots: tokio::sync::Mutex::new(None),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn; `gap` is kept before the next one.
    pub(super) async fn turn(self: &Arc<Self>, gap: Duration) -> Option<Turn> {
        let permit = self.permits.clone().acquire_owned().await.ok()?;
        loop {
            let free_at = self.state().free_at.filter(|at| *at > Instant::now());
            if let Some(at) = free_at {
                tokio::time::sleep_until(at).await;
            } else {
                self.state().free_at = Some(Instant::now() + gap);
                return Some(Turn { lane: self.clone(), gap, _permit: permit });
            }
        }
    }

    /// Until when the host asked to be left alone, when that is after `now`.
    pub(super) fn closed_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.state().closed_until.filter(|until| *until > now)
    }

    /// Whether forgetting the lane changes nothing for a host but that its robots.txt is read again.
    fn is_idle(self: &Arc<Self>, now: DateTime<Utc>) -> bool {
        let rested = self.state().free_at.is_none_or(|at| at <= Instant::now());
        self.is_unheld() && rested && self.closed_until(now).is_none()
    }

    fn is_unheld(self: &Arc<Self>) -> bool {
        Arc::strong_count(self) == 1
    }

    pub(super) fn close(&self, until: DateTime<Utc>) {
        let mut state = self.state();
        state.closed_until = state.closed_until.max(Some(until));
    }
}

/// All lanes.
pub(super) struct Lanes {
    concurrency: usize,
    lanes: Mutex<HashMap<String, Arc<Lane>>>,
}

impl Lanes {
    pub(super) fn new(concurrency: usize) -> Self {
        Self { concurrency, lanes: Mutex::default() }
    }

    pub(super) fn of(&self, url: &Url, now: DateTime<Utc>) -> Arc<Lane> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let name = host_port(url);
        if lanes.len() >= LANES_MAX && !lanes.contains_key(&name) {
            lanes.retain(|_, lane| !lane.is_idle(now));
            // Hosts that all ask for patience are no way around the limit either.
            if lanes.len() >= LANES_MAX {
                lanes.retain(|_, lane| !lane.is_unheld());
            }
        }
        lanes.entry(name).or_insert_with(|| Arc::new(Lane::new(self.concurrency))).clone()
    }
}

/// `host:port`
pub(super) fn host_port(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
}
