//! What is remembered of pages and sources between two passes.

use chrono::{DateTime, Utc};
use url::Url;

use crate::cadence::Outlook;
use crate::model::{Drift, Fill, Habits, Secret};

/// What is remembered of a page that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageState {
    /// The server's `ETag`, sent back as `If-None-Match`.
    pub etag: Option<String>,
    /// The server's `Last-Modified`, sent back as `If-Modified-Since`.
    pub last_modified: Option<String>,
    /// Of the body's bytes.
    pub body_hash: u64,
    /// The rules it was read by; other rules read it anew.
    pub reading: u64,
    /// When it was first asked for.
    pub first_asked: DateTime<Utc>,
    /// When it was last asked for.
    pub asked: DateTime<Utc>,
    /// How often in a row it could not be read.
    pub failures: u32,
    /// The links that a listing or sitemap held.
    pub links: Vec<Url>,
    /// The listing's next page; of an index of sitemaps the first one.
    pub next: Option<Url>,
    /// Fingerprints of a feed's entries that need no second reading, see
    /// [`FeedEntry`](crate::parse::FeedEntry).
    pub entries: Vec<u64>,
}

/// How a source fares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceState {
    /// The start of the last pass.
    pub last_pass: Option<DateTime<Utc>>,
    /// The start of the last pass that read something.
    pub last_success: Option<DateTime<Utc>>,
    /// When the last trouble was, and what.
    pub last_error: Option<(DateTime<Utc>, String)>,
    /// Passes in a row that read nothing.
    pub failures: u32,
    /// Stories it was the first to give.
    pub articles: u64,
    /// What its pages have proved about its clock.
    pub habits: Habits,
    /// What its articles usually state.
    pub usual: Fill,
    /// What has changed for the worse.
    pub drift: Drift,
    /// What bears on when it is read.
    pub outlook: Outlook,
    /// Its feed's address in the configuration, and where that has moved for good.
    pub moved: Option<(Url, Url)>,
    /// What its hub has been asked for.
    pub lease: Option<Lease>,
}

/// What has become of a source: it is made to what is remembered of it at the moment when it is kept, perhaps more than once
/// to what was remembered before.
pub struct Change(Box<dyn Fn(&mut SourceState) + Send + Sync>);

impl Change {
    /// What a function makes of a state.
    pub fn by(change: impl Fn(&mut SourceState) + Send + Sync + 'static) -> Self {
        Self(Box::new(change))
    }

    pub(super) fn make(&self, state: &mut SourceState) {
        (self.0)(state);
    }
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Change")
    }
}

/// A subscription at a source's hub (W3C `WebSub`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The hub.
    pub hub: Url,
    /// What the hub calls the feed.
    pub topic: Url,
    /// The end of the callback's address, known to the hub alone.
    pub token: Secret,
    /// The key of the hub's signatures.
    pub secret: Secret,
    /// When it was last asked for.
    pub asked: DateTime<Utc>,
    /// Until when the hub has promised to tell; nothing before it has confirmed.
    pub until: Option<DateTime<Utc>>,
}
