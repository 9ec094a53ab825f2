//! Rendered feeds: made once when an article changes, shared by all requests until the next change.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use super::past::{Digest, Past};
use super::rendered::Rendered;
use crate::config::Config;

/// Earlier states of feeds may take this part of what rendered feeds may.
const PAST_PART: usize = 8;

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
    /// Its path and query as they stand in addresses, without the first `/`; the query in its one order.
    pub(super) name: String,
    pub(super) kind: Kind,
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

/// Feeds of one stamp by their names.
#[derive(Debug, Default)]
struct Shelf {
    stamp: Option<Stamp>,
    made: DateTime<Utc>,
    feeds: HashMap<String, Arc<Rendered>>,
    bytes: usize,
    /// The names of common and of rare feeds, the oldest first.
    common: VecDeque<String>,
    rare: VecDeque<String>,
    past: Past,
}

impl Cache {
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, stamp: &Stamp, name: &str) -> Option<Arc<Rendered>> {
        let kept = self.shelf();
        (kept.stamp.as_ref() == Some(stamp)).then(|| kept.feeds.get(name).cloned()).flatten()
    }

    /// The moment for feeds of this stamp: `now`, to the second, but later than that of any stamp before. A stamp that
    /// a change has overtaken does not clear what was made since.
    pub(super) fn moment(&self, stamp: &Stamp, now: DateTime<Utc>) -> DateTime<Utc> {
        let mut kept = self.shelf();
        if kept.stamp.as_ref().is_none_or(|newest| newest != stamp && newest.generation <= stamp.generation) {
            kept.made = now.trunc_subsecs(0).max(kept.made + TimeDelta::seconds(1));
            kept.stamp = Some(stamp.clone());
            kept.clear();
        }
        kept.made
    }

    pub(super) fn put(&self, stamp: &Stamp, key: Key, feed: Arc<Rendered>) {
        let mut kept = self.shelf();
        if kept.stamp.as_ref() != Some(stamp) {
            return;
        }
        let bytes_max = stamp.config.cache_bytes;
        if !feed.items.is_empty() {
            kept.past.remember(&key.name, &feed.hash, &feed.items, bytes_max / PAST_PART);
        }
        kept.keep(key, feed, bytes_max);
    }

    /// The items of an earlier state of a feed.
    pub(super) fn past(&self, name: &str, hash: &str) -> Option<Arc<[Digest]>> {
        self.shelf().past.items(name, hash)
    }
}

impl Shelf {
    fn clear(&mut self) {
        self.feeds.clear();
        self.common.clear();
        self.rare.clear();
        self.bytes = 0;
    }

    /// Keeps a feed. Where there is no room the oldest rare ones go, then the oldest of all: filters in addresses could
    /// make any number of feeds.
    fn keep(&mut self, Key { name, kind }: Key, feed: Arc<Rendered>, bytes_max: usize) {
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
        while self.bytes > bytes_max {
            let Some(oldest) = self.rare.pop_front().or_else(|| self.common.pop_front()) else { break };
            self.bytes -= self.feeds.remove(&oldest).map_or(0, |feed| feed.bytes());
        }
    }
}
