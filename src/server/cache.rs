//! Rendered feeds: made once when an article changes, shared by all requests until the next change, and what the next
//! ones are made from.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use super::past::{Digest, Past};
use super::rendered::Rendered;
use crate::config::Config;
use crate::edition::Before;

/// Earlier states of feeds may take this part of what rendered feeds may.
const PAST_PART: usize = 8;
/// For how long a feed that was overtaken, and that nobody asks for again, is kept to make the next one from.
const OVERTAKEN_MAX: TimeDelta = TimeDelta::hours(1);

/// How many feeds of its kind there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// One of the few that everybody asks for.
    Common,
    /// A filtered feed or an archive: one of any number, which goes before the common ones where room is wanted.
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

/// Stands in no path or query.
const SINCE: char = '#';

impl Key {
    /// Of what is new in a feed since a state that a reader has.
    pub(super) fn since(&self, state: &str) -> Self {
        Self { name: format!("{}{SINCE}{state}", self.name), kind: Kind::Rare }
    }

    /// The name of the feed, also for what is new in it.
    fn whole(&self) -> &str {
        self.name.split(SINCE).next().unwrap_or_default()
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

/// The feeds rendered since the last change and those that they overtook, and what readers may have from before.
#[derive(Debug, Default)]
pub(super) struct Cache {
    shelf: Mutex<Shelf>,
}

/// Which feeds go first where room is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// Those of an earlier generation, which only the next ones are made from; since when they are.
    Overtaken(DateTime<Utc>),
    Rare,
    Common,
}

/// A feed's place among those that go first: by its rank, then the oldest.
type Place = (Rank, u64);

/// Feeds by their names.
#[derive(Debug, Default)]
struct Shelf {
    /// Of all feeds but those that were overtaken, which are by the same configuration.
    stamp: Option<Stamp>,
    made: DateTime<Utc>,
    feeds: HashMap<String, (Place, Arc<Rendered>)>,
    names: BTreeMap<Place, String>,
    /// How many feeds were placed so far.
    placed: u64,
    bytes: usize,
    past: Past,
}

impl Cache {
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, stamp: &Stamp, name: &str) -> Option<Arc<Rendered>> {
        let kept = self.shelf();
        let ((rank, _), feed) = kept.feeds.get(name).filter(|_| kept.stamp.as_ref() == Some(stamp))?;
        (!matches!(rank, Rank::Overtaken(_))).then(|| feed.clone())
    }

    /// What a feed of this stamp is made from: the newest one at its address by the same configuration.
    pub(super) fn before(&self, stamp: &Stamp, key: &Key) -> Arc<Before> {
        let kept = self.shelf();
        let by_same = kept.stamp.as_ref().is_some_and(|kept| Arc::ptr_eq(&kept.config, &stamp.config));
        let feed = kept.feeds.get(key.whole()).filter(|_| by_same);
        feed.map(|(_, feed)| feed.before.clone()).unwrap_or_default()
    }

    /// The moment for feeds of this stamp: `now`, to the second, but later than that of any stamp before. A stamp that
    /// a change has overtaken does not clear what was made since.
    pub(super) fn moment(&self, stamp: &Stamp, now: DateTime<Utc>) -> DateTime<Utc> {
        let mut kept = self.shelf();
        if kept.stamp.as_ref().is_none_or(|newest| newest != stamp && newest.generation <= stamp.generation) {
            kept.made = now.trunc_subsecs(0).max(kept.made + TimeDelta::seconds(1));
            kept.overtake(stamp);
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
        let rank = match key.kind {
            Kind::Common => Rank::Common,
            Kind::Rare => Rank::Rare,
            Kind::Moving => return,
        };
        kept.keep(rank, key.name, feed);
        kept.make_room(bytes_max);
    }

    /// The items of an earlier state of a feed.
    pub(super) fn past(&self, name: &str, hash: &str) -> Option<Arc<[Digest]>> {
        self.shelf().past.items(name, hash)
    }
}

impl Shelf {
    /// Has feeds belong to another stamp. The next ones are made from those before them, unless by another configuration.
    fn overtake(&mut self, stamp: &Stamp) {
        let is_same = |before: &Stamp| Arc::ptr_eq(&before.config, &stamp.config);
        let is_same = self.stamp.as_ref().is_some_and(is_same);
        self.stamp = Some(stamp.clone());
        for ((rank, _), name) in std::mem::take(&mut self.names) {
            let Some(feed) = self.take(&name) else { continue };
            let since = if let Rank::Overtaken(since) = rank { since } else { self.made };
            if is_same && self.made - since <= OVERTAKEN_MAX && !feed.before.is_empty() {
                self.keep(Rank::Overtaken(since), name, Arc::new(feed.unpacked()));
            }
        }
    }

    /// Keeps a feed in the place of another of its name.
    fn keep(&mut self, rank: Rank, name: String, feed: Arc<Rendered>) {
        self.take(&name);
        self.placed += 1;
        let place = (rank, self.placed);
        self.bytes += feed.bytes();
        self.names.insert(place, name.clone());
        self.feeds.insert(name, (place, feed));
    }

    fn take(&mut self, name: &str) -> Option<Arc<Rendered>> {
        let (place, feed) = self.feeds.remove(name)?;
        self.names.remove(&place);
        self.bytes -= feed.bytes();
        Some(feed)
    }

    /// Where there is no room, feeds go that others can be made without, then the oldest rare ones, then the oldest of
    /// all: filters in addresses could make any number of feeds.
    fn make_room(&mut self, bytes_max: usize) {
        while self.bytes > bytes_max
            && let Some((_, name)) = self.names.pop_first()
        {
            self.take(&name);
        }
    }
}
