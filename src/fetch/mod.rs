//! HTTP in: one client, one request a host at a time with a gap between, robots.txt, conditional GET, limits.

mod client;
mod guard;
mod lane;
mod robots;

use std::time::Duration;

use chrono::{DateTime, Utc};
use url::Url;

pub use client::Fetcher;

/// Redirects that one request follows (the Fetch standard allows 20; news sites need 2).
pub const REDIRECTS_MAX: usize = 5;
/// How long connecting may take.
pub const CONNECT_SECONDS_MAX: u64 = 10;
/// The largest robots.txt that is read (RFC 9309 §2.5 asks for at least 500 KiB).
pub const ROBOTS_BYTES_MAX: usize = 512 << 10;

/// How pages are asked for: the `[fetch]` table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manners {
    /// Who runs this, for the User-Agent.
    pub contact: Option<String>,
    /// Between two requests to one host:port.
    pub host_gap: Duration,
    /// Requests to one host:port at once.
    pub host_concurrency: usize,
    /// Requests at once, over all hosts.
    pub concurrency: usize,
    /// For one request from first byte to last.
    pub timeout: Duration,
    /// The largest body, unpacked, in bytes.
    pub max_body: usize,
    /// Obey robots.txt.
    pub robots: bool,
    /// A robots.txt Crawl-delay counts up to this.
    pub crawl_delay_max: Duration,
    /// Loopback and private addresses may be asked.
    pub allow_private: bool,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            contact: None,
            host_gap: Duration::from_secs(2),
            host_concurrency: 1,
            concurrency: 16,
            timeout: Duration::from_secs(30),
            max_body: 8 << 20,
            robots: true,
            crawl_delay_max: Duration::from_secs(30),
            allow_private: false,
        }
    }
}

/// What a server said a page may be asked for by, when it changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`
    pub etag: Option<String>,
    /// `Last-Modified`
    pub last_modified: Option<String>,
}

/// A page as it came.
#[derive(Clone, Debug)]
pub struct Page {
    /// Where it came from in the end.
    pub address: Url,
    /// Unpacked.
    pub body: Vec<u8>,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// For the next time.
    pub validators: Validators,
}

/// What came of a request.
#[derive(Clone, Debug)]
pub enum Fetched {
    /// The page.
    Page(Page),
    /// It is as it was (304).
    Unchanged,
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
    #[error("{url}: {host} is a private address; set fetch.allow_private = true to read it")]
    Private {
        /// What was asked for.
        url: Url,
        /// The host in it.
        host: String,
    },
    /// The server redirects too often or to nowhere.
    #[error("{url}: {reason}")]
    Redirect {
        /// What was asked for.
        url: Url,
        /// What is wrong with the redirect.
        reason: String,
    },
    /// The body is too long.
    #[error("{url}: more than {max} bytes; raise fetch.max_body to read it")]
    TooLarge {
        /// What was asked for.
        url: Url,
        /// The limit.
        max: usize,
    },
    /// No answer in time.
    #[error("{url}: no complete answer within {seconds} s")]
    Timeout {
        /// What was asked for.
        url: Url,
        /// The limit.
        seconds: u64,
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

impl FetchError {
    /// Whether the server said that the page is gone for good (404, 410).
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Status { status: 404 | 410, .. })
    }
}
