//! Rendered feeds: made once when an article changes, shared by all requests until the next change.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use chrono::{DateTime, Utc};

/// Feeds kept at once; filters in addresses could make any number of them.
const FEEDS_MAX: usize = 256;

/// One rendered feed.
#[derive(Debug)]
pub(super) struct Rendered {
    pub(super) plain: Bytes,
    pub(super) gzip: Bytes,
    /// Of the plain bytes, without quotes.
    pub(super) hash: String,
    /// The newest change in it, to the second.
    pub(super) changed: Option<DateTime<Utc>>,
}

impl Rendered {
    pub(super) fn new(plain: Vec<u8>, changed: Option<DateTime<Utc>>) -> Self {
        let mut hash = blake3::hash(&plain).to_hex().to_string();
        hash.truncate(32);
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        // Writing to memory does not fail.
        let gzip = encoder.write_all(&plain).and_then(|()| encoder.finish()).unwrap_or_default();
        Self { plain: plain.into(), gzip: gzip.into(), hash, changed }
    }
}

/// What a rendered feed belongs to: the store's generation and the configuration it was made by.
type Stamp = (u64, usize);

/// The feeds rendered since the last change.
#[derive(Debug, Default)]
pub(super) struct Cache {
    feeds: Mutex<(Stamp, HashMap<String, Arc<Rendered>>)>,
}

impl Cache {
    pub(super) fn get(&self, stamp: Stamp, key: &str) -> Option<Arc<Rendered>> {
        let feeds = self.feeds.lock().unwrap_or_else(PoisonError::into_inner);
        (feeds.0 == stamp).then(|| feeds.1.get(key).cloned()).flatten()
    }

    pub(super) fn put(&self, stamp: Stamp, key: String, feed: Arc<Rendered>) {
        let mut feeds = self.feeds.lock().unwrap_or_else(PoisonError::into_inner);
        if feeds.0 != stamp || feeds.1.len() >= FEEDS_MAX {
            *feeds = (stamp, HashMap::new());
        }
        feeds.1.insert(key, feed);
    }
}
