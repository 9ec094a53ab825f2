//! HTTP in: one client, one request a host at a time with a gap between, robots.txt, conditional GET, limits.

mod access;
mod body;
mod client;
mod error;
mod guard;
mod head;
mod lane;
mod measure;
mod robots;
mod wall;

use std::time::Duration;

use chrono::{DateTime, Utc};
use ipnet::IpNet;
use url::Url;

pub use access::check_header;
pub use client::Fetcher;
pub use error::{FetchError, Phase};
pub use robots::{PRODUCT, Robots};

use crate::model::Secret;

/// Redirects that one request follows (the Fetch standard allows 20; news sites need 2).
pub const REDIRECTS_MAX: usize = 5;
/// The longest head of an answer.
pub const HEAD_BYTES_MAX: usize = 64 << 10;
/// Headers of one answer.
pub const HEAD_LINES_MAX: usize = 100;
/// The largest robots.txt that is read; the rest of a longer one is not (RFC 9309 §2.5 asks for at least 500 KiB).
pub const ROBOTS_BYTES_MAX: usize = 512 << 10;
/// Hosts of which gap, patience and robots.txt are kept in mind; beyond, those that nobody asks now are forgotten.
pub const LANES_MAX: usize = 1_024;
/// A body unpacks to at most so many times its size: text gives 3 to 30, a bomb a thousand.
pub const RATIO_MAX: usize = 100;
/// So much may be unpacked from any few bytes.
pub const RATIO_FREE_BYTES: usize = 1 << 20;

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
    /// For name, TCP and TLS.
    pub connect_timeout: Duration,
    /// From the request to the head of the answer.
    pub first_byte_timeout: Duration,
    /// Between two pieces of a body.
    pub idle_timeout: Duration,
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
    /// Networks that may be asked whatever they are.
    pub allow: Vec<IpNet>,
    /// The proxy to go through; those of the environment are not used, for they would resolve names unguarded.
    pub proxy: Option<Secret>,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            contact: None,
            host_gap: Duration::from_secs(2),
            host_concurrency: 1,
            concurrency: 16,
            connect_timeout: Duration::from_secs(10),
            first_byte_timeout: Duration::from_secs(20),
            idle_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
            max_body: 8 << 20,
            robots: true,
            crawl_delay_max: Duration::from_secs(30),
            allow_private: false,
            allow: Vec::new(),
            proxy: None,
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

/// What a page's server says of the time and place of the next request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The page does not change before this (`Cache-Control`, `Expires`), at most a day ahead.
    pub fresh_until: Option<DateTime<Utc>>,
    /// Where the page has moved for good.
    pub moved: Option<Url>,
    /// The `WebSub` hub of its `Link` header.
    pub hub: Option<Url>,
    /// The address that its `Link` header says is its own.
    pub topic: Option<Url>,
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
    /// For the next time.
    pub terms: Terms,
}

/// What came of a request.
#[derive(Clone, Debug)]
pub enum Fetched {
    /// The page.
    Page(Page),
    /// It is as it was (304).
    Unchanged(Terms),
}
