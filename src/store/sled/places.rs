//! Numbers under keys that are not kept themselves: 12 bytes a key, where a map of the keys would take 100.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};

/// The newest keys are kept apart until they are so many, or such a share of all.
const NEWEST_MIN: usize = 1 << 10;
const NEWEST_SHARE: usize = 8;

/// Keys by their hashes, which nobody outside the process can foresee: that two of a million keys share one has a chance
/// of 1 to 2²⁵.
#[derive(Debug, Default)]
pub(super) struct Places {
    hasher: RandomState,
    /// Sorted.
    hashes: Vec<u64>,
    /// Each at the place of its hash.
    numbers: Vec<u32>,
    newest: HashMap<u64, u32>,
}

impl Places {
    pub(super) fn get(&self, key: &(impl Hash + ?Sized)) -> Option<u32> {
        let hash = self.hasher.hash_one(key);
        let older = || self.hashes.binary_search(&hash).ok().map(|at| self.numbers[at]);
        self.newest.get(&hash).copied().or_else(older)
    }

    pub(super) fn insert(&mut self, key: &(impl Hash + ?Sized), place: u32) {
        self.newest.insert(self.hasher.hash_one(key), place);
        if self.newest.len() > NEWEST_MIN.max(self.hashes.len() / NEWEST_SHARE) {
            self.merge();
        }
    }

    /// The keys so far, which a rank tells apart until another is inserted.
    pub(super) fn ranks(&mut self) -> usize {
        self.merge();
        self.hashes.len()
    }

    pub(super) fn rank(&self, key: &(impl Hash + ?Sized)) -> Option<usize> {
        self.hashes.binary_search(&self.hasher.hash_one(key)).ok()
    }

    fn merge(&mut self) {
        let mut newest: Vec<(u64, u32)> = self.newest.drain().collect();
        newest.sort_unstable();
        let (hashes, numbers) = (std::mem::take(&mut self.hashes), std::mem::take(&mut self.numbers));
        let capacity = hashes.len() + newest.len();
        (self.hashes, self.numbers) = (Vec::with_capacity(capacity), Vec::with_capacity(capacity));
        let mut newest = newest.into_iter().peekable();
        for (hash, place) in hashes.into_iter().zip(numbers) {
            while let Some((newer, newer_place)) = newest.next_if(|(newer, _)| *newer < hash) {
                self.hashes.push(newer);
                self.numbers.push(newer_place);
            }
            let replaced = newest.next_if(|(newer, _)| *newer == hash).map_or(place, |(_, place)| place);
            self.hashes.push(hash);
            self.numbers.push(replaced);
        }
        for (hash, place) in newest {
            self.hashes.push(hash);
            self.numbers.push(place);
        }
        self.newest.shrink_to(NEWEST_MIN);
    }
}
