//! Numbers under keys that are not kept themselves: 13 bytes a key, where a map of the keys would take 100.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};

/// The newest keys are kept apart until they are so many, or such a share of all.
const NEWEST_MIN: usize = 1 << 10;
const NEWEST_SHARE: usize = 8;

/// Hashes that have the same first bits, on average up to twice as many.
const FIRST_SHARED_BY: usize = 8;

/// Keys by their hashes, which nobody outside the process can foresee: that two of a million keys share one has a chance
/// of 1 to 2²⁵.
#[derive(Debug, Default)]
pub(super) struct Places {
    hasher: RandomState,
    /// Sorted.
    hashes: Vec<u64>,
    /// Each at the place of its hash.
    numbers: Vec<u32>,
    /// Where the hashes begin that have the same first bits, and where the last ones end.
    starts: Vec<u32>,
    newest: HashMap<u64, u32>,
}

impl Places {
    pub(super) fn get(&self, key: &(impl Hash + ?Sized)) -> Option<u32> {
        let hash = self.hasher.hash_one(key);
        self.newest.get(&hash).copied().or_else(|| self.find(hash).map(|at| self.numbers[at]))
    }

    /// Where an older hash stands.
    fn find(&self, hash: u64) -> Option<usize> {
        let first = first_bits(hash, self.hashes.len());
        let (from, to) = (*self.starts.get(first)? as usize, *self.starts.get(first + 1)? as usize);
        self.hashes[from..to].binary_search(&hash).ok().map(|at| from + at)
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
        self.find(self.hasher.hash_one(key))
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
        self.mark_starts();
    }

    fn mark_starts(&mut self) {
        let all = self.hashes.len();
        self.starts.clear();
        for (at, hash) in self.hashes.iter().enumerate() {
            let first = first_bits(*hash, all);
            self.starts.resize(self.starts.len().max(first + 1), u32::try_from(at).unwrap_or(u32::MAX));
        }
        self.starts.resize(first_bits(u64::MAX, all) + 2, u32::try_from(all).unwrap_or(u32::MAX));
    }
}

/// The first bits of a hash, as many as few of so many hashes share.
fn first_bits(hash: u64, hashes: usize) -> usize {
    let bits = (hashes / FIRST_SHARED_BY).checked_ilog2().unwrap_or_default();
    usize::try_from(hash.checked_shr(u64::BITS - bits).unwrap_or_default()).unwrap_or_default()
}
