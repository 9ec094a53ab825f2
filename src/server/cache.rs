//! Rendered feeds: made once when an article changes, shared by all requests until the next change.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use crate::config::Config;

/// Feeds kept at once; filters in addresses could make any number of them.
const FEEDS_MAX: usize = 256;

/// One rendered feed.
#[derive(Debug)]
pub(super) struct Rendered {
    pub(super) plain: Bytes,
    pub(super) gzip: Bytes,
    /// Of the plain bytes, without quotes.
    pub(super) hash: String,
    /// When it was first made, to the second; each change of the stamp gives a later one.
    pub(super) made: DateTime<Utc>,
}

impl Rendered {
    pub(super) fn new(plain: Vec<u8>, made: DateTime<Utc>) -> Self {
        let mut hash = blake3::hash(&plain).to_hex().to_string();
        hash.truncate(32);
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        // Writing to memory does not fail.
        let gzip = encoder.write_all(&plain).and_then(|()| encoder.finish()).unwrap_or_default();
        Self { plain: plain.into(), gzip: gzip.into(), hash, made }
    }
}

/// What a rendered feed belongs to: the store's generation and the configuration it was made by, which is kept so that
/// no other one can stand at its address.
#[derive(Clone, Debug)]
pub(super) struct Stamp {
    pub(super) generation: u64,
    pub(super) config: Arc<Config>,
}

impl PartialEq for Stamp {
    fn eq(&self, other: &Self) -> bool {
        self.generation == other.generation && Arc::ptr_eq(&self.config, &other.config)
    }
}

/// The feeds rendered since the last change.
#[derive(Debug, Default)]
pub(super) struct Cache {
    shelf: Mutex<Shelf>,
}

/// Feeds of one stamp by their addresses.
#[derive(Debug, Default)]
struct Shelf {
    stamp: Option<Stamp>,
    made: DateTime<Utc>,
    feeds: HashMap<String, Arc<Rendered>>,
}

impl Cache {
    pub(super) fn get(&self, stamp: &Stamp, key: &str) -> Option<Arc<Rendered>> {
        let kept = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        (kept.stamp.as_ref() == Some(stamp)).then(|| kept.feeds.get(key).cloned()).flatten()
    }

    /// The moment for feeds of this stamp: `now`, to the second, but later than that of any stamp before.
    pub(super) fn moment(&self, stamp: &Stamp, now: DateTime<Utc>) -> DateTime<Utc> {
        let mut kept = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.stamp.as_ref() != Some(stamp) {
            let made = now.trunc_subsecs(0).max(kept.made + TimeDelta::seconds(1));
            *kept = Shelf { stamp: Some(stamp.clone()), made, feeds: HashMap::new() };
        }
        kept.made
    }

    pub(super) fn put(&self, stamp: &Stamp, key: String, feed: Arc<Rendered>) {
        let mut kept = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.stamp.as_ref() == Some(stamp) {
            if kept.feeds.len() >= FEEDS_MAX {
                kept.feeds.clear();
            }
            kept.feeds.insert(key, feed);
        }
    }
}
