//! What is counted of answers; see [`crate::measure`].

use std::time::Duration;

use axum::http::StatusCode;
use metrics::{Counter, Histogram, counter, histogram};

use super::cache::Kind;
pub(super) use crate::measure::shown;

/// What may be asked for; a path by itself could be anything.
const KINDS: [&str; 5] = ["rss", "atom", "json", "probe", "page"];
/// How almost all answers end.
const USUAL: [StatusCode; 2] = [StatusCode::OK, StatusCode::NOT_MODIFIED];

/// The number of a kind in [`KINDS`], by the path that is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked(usize);

impl Asked {
    pub(super) fn of(path: &str) -> Self {
        Self(match path.rsplit('/').next() {
            Some("feed.xml") => 0,
            Some("feed.atom") => 1,
            Some("feed.json") => 2,
            _ if path.starts_with("/health/") || path == "/metrics" => 3,
            _ => 4,
        })
    }
}

/// Counters looked up beforehand, by [`KINDS`] and [`USUAL`]; they count where the recorder was there before them.
pub(super) struct Counts {
    usual: [[Counter; USUAL.len()]; KINDS.len()],
    seconds: [Histogram; KINDS.len()],
}

impl Counts {
    pub(super) fn new() -> Self {
        let usual = KINDS.map(|kind| USUAL.map(|status| requests(kind, status)));
        Self { usual, seconds: KINDS.map(|kind| histogram!("bantin_http_request_duration_seconds", "kind" => kind)) }
    }

    /// Counts one answer.
    pub(super) fn note(&self, Asked(kind): Asked, status: StatusCode, took: Duration) {
        match USUAL.iter().position(|usual| *usual == status) {
            Some(at) => self.usual[kind][at].increment(1),
            None => requests(KINDS[kind], status).increment(1),
        }
        self.seconds[kind].record(took.as_secs_f64());
    }
}

/// Counts a feed that was made.
pub(super) fn rendered(kind: Kind) {
    let kind = match kind {
        Kind::Common => "common",
        Kind::Rare => "rare",
        Kind::Moving => "moving",
    };
    counter!("bantin_feeds_rendered_total", "kind" => kind).increment(1);
}

/// Counts the items of a feed that was made: those that were written anew, and those that stand in it as in the feed
/// before.
pub(super) fn written(anew: usize, kept: usize) {
    for (how, items) in [("anew", anew), ("kept", kept)] {
        counter!("bantin_feed_items_total", "written" => how).increment(items as u64);
    }
}

fn requests(kind: &'static str, status: StatusCode) -> Counter {
    counter!("bantin_http_requests_total", "kind" => kind, "status" => status.as_str().to_owned())
}
