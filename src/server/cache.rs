//! Rendered feeds: made and packed once when an article changes, shared by all requests until the next change.

use std::collections::{HashMap, VecDeque};
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::HeaderValue;
use bytes::Bytes;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use super::conditional::Coding;
use crate::config::Config;
use crate::date::write;

/// Rendered feeds kept at once; filters in addresses could make any number of them.
const CACHE_BYTES_MAX: usize = 128 << 20;
/// Feeds whose earlier states are remembered.
const PAST_FEEDS_MAX: usize = 256;
/// Earlier states of a feed that are remembered for readers who ask for what is new (RFC 3229).
const PAST_STATES_MAX: usize = 8;
/// Brotli's effort, from 0 to 11: 5 packs better than gzip and no slower.
const BROTLI_QUALITY: i32 = 5;
const BROTLI_WINDOW_BITS: i32 = 22;

/// An item's guid and a hash of its state, see [`crate::publish::digests`].
pub(super) type Digest = (String, [u8; 16]);

/// How many feeds of its kind there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One of the few that everybody asks for.
    Common,
    /// A filtered feed or an archive: one of any number, and the first to go where room is wanted.
    Rare,
    /// One that counts from now, as `since=24h` does: made for each request.
    Moving,
}

/// What a feed is kept under.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// One rendered feed.
#[derive(Debug)]
pub(super) struct Rendered {
    /// By the order of [`Coding::ALL`].
    bodies: [Bytes; 3],
    etags: [HeaderValue; 3],
    /// Of the plain bytes, without quotes.
    pub(super) hash: String,
    /// When it was first made, to the second; each change of the stamp gives a later one.
    pub(super) made: DateTime<Utc>,
    pub(super) last_modified: Option<HeaderValue>,
    items: Vec<Digest>,
}

impl Rendered {
    pub(super) fn new(plain: Vec<u8>, items: Vec<Digest>, made: DateTime<Utc>) -> Self {
        let mut hash = blake3::hash(&plain).to_hex().to_string();
        hash.truncate(32);
        // Writing to memory does not fail.
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        let gzip = gzip.write_all(&plain).and_then(|()| gzip.finish()).unwrap_or_default();
        let params = brotli::enc::BrotliEncoderParams {
            quality: BROTLI_QUALITY,
            lgwin: BROTLI_WINDOW_BITS,
            size_hint: plain.len(),
            ..Default::default()
        };
        let mut packed = Vec::new();
        let brotli = brotli::BrotliCompress(&mut plain.as_slice(), &mut packed, &params).map(|_| packed);
        let brotli = brotli.unwrap_or_default();
        // Hexadecimal digits and dates are header text.
        let etag = |coding: Coding| HeaderValue::from_str(&coding.etag(&hash)).ok();
        let etags = Coding::ALL.map(|coding| etag(coding).unwrap_or(HeaderValue::from_static("\"\"")));
        let last_modified = HeaderValue::from_str(&write::http(made)).ok();
        Self { bodies: [plain.into(), gzip.into(), brotli.into()], etags, hash, made, last_modified, items }
    }

    fn bytes(&self) -> usize {
        let items = self.items.iter().map(|(guid, state)| guid.len() + state.len());
        self.bodies.iter().map(Bytes::len).chain(items).sum()
    }

    pub(super) fn body(&self, coding: Coding) -> Bytes {
        self.bodies[coding as usize].clone()
    }

    pub(super) fn etag(&self, coding: Coding) -> HeaderValue {
        self.etags[coding as usize].clone()
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

/// The feeds rendered since the last change, and what readers may have from before.
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
    bytes: usize,
    /// The names of common and of rare feeds, the oldest first.
    common: VecDeque<String>,
    rare: VecDeque<String>,
    past: HashMap<String, VecDeque<Past>>,
}

/// An earlier state of a feed: its hash and its items.
#[derive(Debug)]
struct Past {
    hash: String,
    items: Arc<HashMap<String, [u8; 16]>>,
}

impl Cache {
    pub(super) fn get(&self, stamp: &Stamp, key: &Key) -> Option<Arc<Rendered>> {
        let kept = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        (kept.stamp.as_ref() == Some(stamp)).then(|| kept.feeds.get(&key.name).cloned()).flatten()
    }

    /// The moment for feeds of this stamp: `now`, to the second, but later than that of any stamp before. A stamp that
    /// a change has overtaken does not clear what was made since.
    pub(super) fn moment(&self, stamp: &Stamp, now: DateTime<Utc>) -> DateTime<Utc> {
        let mut kept = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.stamp.as_ref().is_none_or(|newest| newest != stamp && newest.generation <= stamp.generation) {
            kept.made = now.trunc_subsecs(0).max(kept.made + TimeDelta::seconds(1));
            kept.stamp = Some(stamp.clone());
            kept.clear();
        }
        kept.made
    }

    pub(super) fn put(&self, stamp: &Stamp, key: Key, feed: Arc<Rendered>) {
        let mut kept = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.stamp.as_ref() != Some(stamp) {
            return;
        }
        if !feed.items.is_empty() {
            kept.remember(&key.name, &feed);
        }
        kept.keep(key, feed);
    }

    /// The items of an earlier state of a feed.
    pub(super) fn past(&self, key: &str, hash: &str) -> Option<Arc<HashMap<String, [u8; 16]>>> {
        let kept = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
        kept.past.get(key)?.iter().find(|past| past.hash == hash).map(|past| past.items.clone())
    }
}

impl Shelf {
    fn clear(&mut self) {
        self.feeds.clear();
        self.common.clear();
        self.rare.clear();
        self.bytes = 0;
    }

    fn keep(&mut self, Key { name, kind }: Key, feed: Arc<Rendered>) {
        let names = match kind {
            Kind::Common => &mut self.common,
            Kind::Rare => &mut self.rare,
            Kind::Moving => return,
        };
        self.bytes += feed.bytes();
        match self.feeds.insert(name.clone(), feed) {
            Some(before) => self.bytes -= before.bytes(),
            None => names.push_back(name),
        }
        while self.bytes > CACHE_BYTES_MAX {
            let Some(oldest) = self.rare.pop_front().or_else(|| self.common.pop_front()) else { break };
            self.bytes -= self.feeds.remove(&oldest).map_or(0, |feed| feed.bytes());
        }
    }

    fn remember(&mut self, key: &str, feed: &Rendered) {
        if self.past.len() >= PAST_FEEDS_MAX && !self.past.contains_key(key) {
            self.past.clear();
        }
        let states = self.past.entry(key.to_owned()).or_default();
        states.retain(|past| past.hash != feed.hash);
        if states.len() >= PAST_STATES_MAX {
            states.pop_front();
        }
        states.push_back(Past { hash: feed.hash.clone(), items: Arc::new(feed.items.iter().cloned().collect()) });
    }
}
