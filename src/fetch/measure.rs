//! What a request counts for `/metrics`.

use std::time::Duration;

use metrics::{counter, histogram};

use super::{FetchError, Fetched};

/// Counts one page that was asked for, redirects included.
pub(super) fn fetched(fetched: &Result<Fetched, FetchError>, took: Duration) {
    let result = match fetched {
        Ok(Fetched::Page(page)) => {
            counter!("bantin_fetch_body_bytes_total").increment(page.body.len() as u64);
            "page"
        }
        Ok(Fetched::Unchanged(_)) => "unchanged",
        Err(FetchError::Status { .. }) => "status",
        Err(FetchError::Timeout { .. }) => "timeout",
        Err(FetchError::Network { .. } | FetchError::BrokenOff { .. }) => "network",
        Err(FetchError::Wait { .. } | FetchError::Forbidden { .. } | FetchError::RobotsUnreachable { .. }) => "manners",
        Err(_) => "refused",
    };
    counter!("bantin_fetch_requests_total", "result" => result).increment(1);
    histogram!("bantin_fetch_duration_seconds").record(took.as_secs_f64());
}
