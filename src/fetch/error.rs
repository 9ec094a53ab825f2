//! Why a page did not come, each in words of its own.

use std::time::Duration;

use chrono::{DateTime, Utc};
use url::Url;

use super::guard::NoPublicAddress;

/// The part of a request that has a time limit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Name, TCP and TLS.
    Connect,
    /// From the request to the head of the answer.
    FirstByte,
    /// Between two pieces of the body.
    Idle,
    /// All of it.
    Whole,
}

/// Why a page did not come.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FetchError {
    /// The server answered with something else than a page.
    #[error("{url}: the server answered {status}")]
    Status {
        /// What was asked for.
        url: Url,
        /// The HTTP status.
        status: u16,
    },
    /// The server asks to be left alone for a while.
    #[error("{host} asks to wait until {until}")]
    Wait {
        /// `host:port`
        host: String,
        /// When it may be asked again.
        until: DateTime<Utc>,
    },
    /// robots.txt forbids the page.
    #[error("{url}: robots.txt forbids it")]
    Forbidden {
        /// What was asked for.
        url: Url,
    },
    /// robots.txt cannot be read, which forbids everything for now (RFC 9309 §2.3.1.4).
    #[error("{host}: robots.txt cannot be read ({reason}); nothing is asked for until it can")]
    RobotsUnreachable {
        /// `host:port`
        host: String,
        /// Why.
        reason: String,
    },
    /// The address is on a private network.
    #[error(
        "{url}: {host} is no public address; fetch.allow_private = true opens private networks, fetch.allow single ones"
    )]
    Private {
        /// What was asked for.
        url: Url,
        /// The host in it, or what it resolves to.
        host: String,
    },
    /// The address has a port that no source of this configuration names.
    #[error("{url}: port {port} is neither 80 nor 443 nor one of the source's own addresses")]
    Port {
        /// What was asked for.
        url: Url,
        /// Its port.
        port: u16,
    },
    /// The server redirects too often or to nowhere.
    #[error("{url}: {reason}")]
    Redirect {
        /// What was asked for.
        url: Url,
        /// What is wrong with the redirect.
        reason: String,
    },
    /// The head of the answer is too long.
    #[error("{url}: the answer's headers are more than {max} bytes or {count} lines")]
    HeadTooLarge {
        /// What was asked for.
        url: Url,
        /// The limit in bytes.
        max: usize,
        /// The limit in lines.
        count: usize,
    },
    /// The body is too long.
    #[error("{url}: more than {max} bytes; raise fetch.max_body to read it")]
    TooLarge {
        /// What was asked for.
        url: Url,
        /// The limit.
        max: usize,
    },
    /// The body is too long before it is unpacked.
    #[error("{url}: more than {max} packed bytes; raise fetch.max_body to read it")]
    PackedTooLarge {
        /// What was asked for.
        url: Url,
        /// The limit.
        max: usize,
    },
    /// The body unpacks to far more than it came as, which no text does.
    #[error("{url}: the body unpacks to more than {max} times its size, like a bomb")]
    Bomb {
        /// What was asked for.
        url: Url,
        /// The limit.
        max: usize,
    },
    /// The body cannot be unpacked.
    #[error("{url}: the body cannot be unpacked: {reason}")]
    Packing {
        /// What was asked for.
        url: Url,
        /// Why.
        reason: String,
    },
    /// The connection ended before the answer did.
    #[error("{url}: the answer broke off before its end")]
    BrokenOff {
        /// What was asked for.
        url: Url,
    },
    /// A part of the request took too long.
    #[error("{url}: {}", late(*phase, *limit))]
    Timeout {
        /// What was asked for.
        url: Url,
        /// Which part.
        phase: Phase,
        /// How long it may take.
        limit: Duration,
    },
    /// A bot wall answered instead of the site.
    #[error("{url}: a bot wall answered instead of the page ({wall}); ask the site to let bantin in")]
    Wall {
        /// What was asked for.
        url: Url,
        /// Whose wall, or what it wants.
        wall: &'static str,
    },
    /// The connection failed: DNS, TCP, TLS or HTTP.
    #[error("{url}: {reason}")]
    Network {
        /// What was asked for.
        url: Url,
        /// The innermost reason.
        reason: String,
    },
}

fn late(phase: Phase, limit: Duration) -> String {
    match phase {
        Phase::Connect => format!("no connection within {limit:?} (fetch.connect_timeout)"),
        Phase::FirstByte => format!("no answer within {limit:?} (fetch.first_byte_timeout)"),
        Phase::Idle => format!("the answer stopped for {limit:?} (fetch.idle_timeout)"),
        Phase::Whole => format!("no complete answer within {limit:?} (fetch.timeout)"),
    }
}

impl FetchError {
    /// Whether the server said that the page is gone for good (404, 410).
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Status { status: 404 | 410, .. })
    }
}

/// Why a connection failed.
pub(super) fn failure(url: &Url, error: &reqwest::Error) -> FetchError {
    let mut here: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = here {
        if error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse_too_large) {
            return super::head::too_large(url);
        }
        let cut_off = |error: &hyper::Error| error.is_incomplete_message();
        let ended = |error: &std::io::Error| error.kind() == std::io::ErrorKind::UnexpectedEof;
        if error.downcast_ref().is_some_and(cut_off) || error.downcast_ref().is_some_and(ended) {
            return FetchError::BrokenOff { url: url.clone() };
        }
        if let Some(NoPublicAddress(host)) = error.downcast_ref::<NoPublicAddress>() {
            return FetchError::Private { url: url.clone(), host: host.clone() };
        }
        here = error.source();
    }
    network(url, innermost(error))
}

pub(super) fn network(url: &Url, reason: String) -> FetchError {
    FetchError::Network { url: url.clone(), reason }
}

/// The last error of a chain says what happened; the ones before say where.
pub(super) fn innermost(error: &dyn std::error::Error) -> String {
    let mut here = error;
    while let Some(source) = here.source() {
        here = source;
    }
    here.to_string()
}
