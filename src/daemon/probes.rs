//! What machines ask a running daemon: whether it lives, whether it is ready, and what it has counted.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{DateTime, TimeDelta, Utc};
use metrics::gauge;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::Config;
use crate::measure;
use crate::schedule::Pulse;
use crate::server::Health;
use crate::store::{LiveStore, Store, StoreError};

/// A daemon that has read nothing for so long since its start is no longer starting.
const STARTING_MAX: TimeDelta = TimeDelta::minutes(10);
/// How long the schedule may take to answer.
const PULSE_WAIT_MAX: Duration = Duration::from_secs(5);

/// What the probes look at.
#[derive(Clone)]
pub(super) struct Probes {
    pub(super) store: Arc<LiveStore>,
    pub(super) config: watch::Receiver<Arc<Config>>,
    pub(super) clock: Clock,
    pub(super) started: DateTime<Utc>,
    /// Nothing where no schedule runs.
    pub(super) pulse: Option<Pulse>,
}

impl Probes {
    /// `/health/live`, `/health/ready` and `/metrics`.
    pub(super) fn router(self) -> Router {
        Router::new()
            .route("/health/live", get(|| async { "alive\n" }))
            .route("/health/ready", get(ready))
            .route("/metrics", get(metrics_text))
            .with_state(self)
    }

    /// Whether store and schedule answer; the reason why not.
    pub(super) async fn answer(&self) -> Result<(), String> {
        let store = self.store.clone();
        let asked = move || store.newest(None, &mut |_| std::ops::ControlFlow::Break(()));
        match tokio::task::spawn_blocking(asked).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(format!("the store does not answer: {error}")),
            Err(_) => return Err("the store does not answer".to_owned()),
        }
        let Some(pulse) = &self.pulse else { return Ok(()) };
        let beats = tokio::time::timeout(PULSE_WAIT_MAX, pulse.answers()).await.unwrap_or(false);
        if beats { Ok(()) } else { Err("the schedule does not answer".to_owned()) }
    }

    /// Whether there is something to serve, or soon may be.
    fn has_read(&self) -> Result<bool, StoreError> {
        let config = self.config.borrow().clone();
        if self.clock.now() - self.started < STARTING_MAX || config.enabled().next().is_none() {
            return Ok(true);
        }
        for source in config.enabled() {
            if self.store.source(&source.id)?.last_success.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn gauge_all(&self) -> Result<(), StoreError> {
        let config = self.config.borrow().clone();
        for source in config.enabled() {
            let (id, state) = (source.id.to_string(), self.store.source(&source.id)?);
            let success = state.last_success.map_or(0, |at| at.timestamp());
            let healthy = Health::of(&state) == Health::Ok;
            gauge!("bantin_source_last_success_timestamp_seconds", "source" => id.clone()).set(float(success));
            gauge!("bantin_source_healthy", "source" => id).set(f64::from(u8::from(healthy)));
        }
        let bytes = i64::try_from(self.store.disk_bytes()?).unwrap_or(i64::MAX);
        gauge!("bantin_store_size_bytes").set(float(bytes));
        gauge!("bantin_store_stories").set(float(i64::try_from(self.store.len()).unwrap_or(i64::MAX)));
        gauge!("bantin_store_writable").set(f64::from(u8::from(self.store.takes_writes().is_ok())));
        Ok(())
    }
}

/// Exact up to 2⁵³.
#[allow(clippy::cast_precision_loss)]
fn float(number: i64) -> f64 {
    number as f64
}

/// Ready when store and schedule answer and there is something to serve, or soon may be. A disk that takes no writes stops
/// no reader.
async fn ready(State(probes): State<Probes>) -> Response {
    let trouble = match probes.answer().await {
        Err(reason) => Some(reason),
        Ok(()) => match probes.has_read() {
            Ok(true) => None,
            Ok(false) => Some("no source could be read so far".to_owned()),
            Err(error) => Some(error.to_string()),
        },
    };
    let headers = [(header::CACHE_CONTROL, "no-store")];
    match (trouble, probes.store.takes_writes()) {
        (Some(reason), _) => (StatusCode::SERVICE_UNAVAILABLE, headers, format!("{reason}\n")).into_response(),
        (None, Err(refused)) => (headers, format!("ready; harvests pause: {refused}\n")).into_response(),
        (None, Ok(())) => (headers, "ready\n").into_response(),
    }
}

async fn metrics_text(State(probes): State<Probes>) -> Response {
    let config = probes.config.borrow().clone();
    let gauged = tokio::task::spawn_blocking(move || probes.gauge_all()).await;
    if !matches!(gauged, Ok(Ok(()))) {
        return (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response();
    }
    let is_read = |id: &str| config.enabled().any(|source| source.id.as_str() == id);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], measure::text(is_read)).into_response()
}
