//! What is counted, under the names of Prometheus: <https://prometheus.io/docs/practices/naming/>.
//!
//! Rooms count by the macros of the `metrics` crate where something happens; here stand the names, their meaning and
//! the text that `/metrics` gives. Nothing is counted until [`start`] was called.

mod arrivals;

use std::sync::OnceLock;

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

pub use self::arrivals::{admitted, shown};

/// Upper bounds for spans from a millisecond to a minute: requests, store operations, passes.
const SHORT_SECONDS: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0];
/// Upper bounds for a story's wait for a feed, which is made when a reader asks for it: milliseconds to an hour.
const FEED_SECONDS: [f64; 13] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 15.0, 60.0, 600.0, 3_600.0];
/// Upper bounds for a story's way from its paper into the store: a minute to two days.
const LONG_SECONDS: [f64; 10] = [60.0, 120.0, 300.0, 600.0, 1_200.0, 1_800.0, 3_600.0, 10_800.0, 43_200.0, 172_800.0];

/// The one recorder of the process, which the macros write to.
static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// Starts counting; a second start goes on with the first one's counts.
///
/// # Errors
/// When another recorder was installed, in words.
pub fn start() -> Result<(), String> {
    if RECORDER.get().is_some() {
        return Ok(());
    }
    let own = [("bantin_publication_", &LONG_SECONDS[..]), ("bantin_admission_", &FEED_SECONDS[..])];
    let builder = own.into_iter().try_fold(PrometheusBuilder::new(), |builder, (metrics, buckets)| {
        builder.set_buckets_for_metric(Matcher::Prefix(metrics.to_owned()), buckets)
    });
    let builder = builder.and_then(|builder| builder.set_buckets(&SHORT_SECONDS));
    let installed = builder.and_then(PrometheusBuilder::install_recorder).map_err(|error| error.to_string());
    match installed {
        Ok(handle) => {
            let _ = RECORDER.set(handle);
            describe();
            arrivals::start();
            gauge!("bantin_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
            Ok(())
        }
        // Two daemons of one process may start at once.
        Err(_) if RECORDER.get().is_some() => Ok(()),
        Err(error) => Err(error),
    }
}

/// All counts as Prometheus' text format, version 0.0.4. How sources fare is told of those that are `read` alone: a
/// recorder forgets nothing, but a source that was taken out of the configuration has no health.
#[must_use]
pub fn text(read: impl Fn(&str) -> bool) -> String {
    let text = RECORDER.get().map(PrometheusHandle::render).unwrap_or_default();
    let is_told = |line: &&str| {
        let labels = line.strip_prefix("bantin_source_").and_then(|rest| rest.split_once("{source=\""));
        labels.and_then(|(_, rest)| rest.split_once('"')).is_none_or(|(source, _)| read(source))
    };
    text.split_inclusive('\n').filter(is_told).collect()
}

/// Files what the histograms have been given since the last time; without it they grow until [`text`] is called.
pub fn tidy() {
    if let Some(handle) = RECORDER.get() {
        handle.run_upkeep();
    }
}

fn describe() {
    describe_gauge!("bantin_build_info", "Always 1; the label tells the release.");
    describe_counter!("bantin_harvests_total", "Passes over a source, by how they ended: done, partly or failed.");
    describe_histogram!("bantin_harvest_duration_seconds", Unit::Seconds, "How long a pass over a source took.");
    describe_counter!(
        "bantin_articles_total",
        "Articles that passes read, by what became of them: new, revised, copy or unchanged."
    );
    describe_histogram!(
        "bantin_publication_to_admission_seconds",
        Unit::Seconds,
        "From the time that a page states, to the minute or finer, to its story's place in the store."
    );
    describe_histogram!(
        "bantin_admission_to_feed_seconds",
        Unit::Seconds,
        "From a new story's place in the store to the first feed of everything that holds it; one is made when a reader \
         asks for it."
    );
    describe_counter!("bantin_fetch_requests_total", "Pages asked for, by the kind of answer.");
    describe_counter!("bantin_fetch_body_bytes_total", Unit::Bytes, "Bodies received, unpacked.");
    describe_histogram!(
        "bantin_fetch_duration_seconds",
        Unit::Seconds,
        "From asking for a page to its last byte, waiting for the host's turn included."
    );
    describe_histogram!("bantin_store_operation_duration_seconds", Unit::Seconds, "How long the store took to write.");
    describe_gauge!("bantin_store_size_bytes", Unit::Bytes, "What the store takes on disk.");
    describe_gauge!("bantin_store_stories", "Stories kept.");
    describe_gauge!(
        "bantin_store_writable",
        "1 while the disk takes writes, 0 while harvests pause because it is full or fails."
    );
    describe_gauge!("bantin_schedule_waiting_sources", "Sources that wait for their time.");
    describe_gauge!("bantin_schedule_running_harvests", "Passes under way.");
    describe_gauge!(
        "bantin_source_last_success_timestamp_seconds",
        Unit::Seconds,
        "When the last pass that read something began; 0 for none."
    );
    describe_gauge!("bantin_source_healthy", "1 when the last pass over the source went well, 0 otherwise.");
    describe_counter!(
        "bantin_hub_deliveries_total",
        "Feeds sent to subscribers, by the result: taken, gone or failed."
    );
    describe_counter!("bantin_http_requests_total", "Answers given, by what was asked for and the status.");
    describe_counter!(
        "bantin_feeds_rendered_total",
        "Feeds made because an article or the configuration had changed, by how many ask for their like: common ones, \
         rare ones such as searches and archives, and those that count from now."
    );
    describe_counter!(
        "bantin_feed_items_total",
        "Items of the feeds that were made: written anew, or kept as they were in the feed before because their stories \
         have not changed."
    );
    describe_histogram!("bantin_http_request_duration_seconds", Unit::Seconds, "How long answering took.");
}
