//! What finds an article by its text: the numbers of its sketch.
//!
//! On disk the sketches stand in runs, one a write, in the order in which they were filed. Which articles a number leads
//! to is kept in memory: 8 bytes for each number of an article and 16 for the article itself, read from the runs when a
//! text is first looked for. An entry for each number, as format 2 had it, made up most of a store's entries and of the
//! work of admitting an article.

use std::collections::HashSet;
use std::sync::{MutexGuard, PoisonError};

use sled::Db;

use super::{SledStore, failed};
use crate::model::ArticleId;
use crate::store::{StoreError, keys};

/// Articles that a number leads to, the newest ones; what more share is boilerplate.
pub(super) const SHARED_MAX: usize = 32;
/// Pairs that are looked at for them: an article that was filed several times counts once.
const PAIRS_MAX: usize = 4 * SHARED_MAX;
/// Articles in one run of a store that is written anew.
const RUN_ARTICLES_MAX: usize = 100;

/// Most numbers of a new text are in no list, which one look at a bit for each of so many remainders tells.
const MARKS: u32 = 1 << 23;
/// A list is at least so many times as long as the next one: few lists are searched, and a pair is moved seldom.
const SHORTER_TIMES: usize = 16;

pub(super) type Id = [u8; keys::ID_BYTES];

/// Articles and the numbers of their sketches.
#[derive(Debug, Default)]
pub(super) struct Run(Vec<(Id, Vec<u32>)>);

impl Run {
    pub(super) fn add(&mut self, id: Id, numbers: Vec<u32>) {
        if !numbers.is_empty() {
            self.0.push((id, numbers));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Without some articles.
    fn without(mut self, gone: &HashSet<Id>) -> Self {
        self.0.retain(|(id, _)| !gone.contains(id));
        self
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// For each article its id, how many numbers follow (two bytes), and these, big-endian.
    pub(super) fn write(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (id, numbers) in &self.0 {
            let numbers = &numbers[..numbers.len().min(usize::from(u16::MAX))];
            bytes.extend(id);
            bytes.extend(u16::try_from(numbers.len()).unwrap_or(u16::MAX).to_be_bytes());
            bytes.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
        }
        bytes
    }

    pub(super) fn read(mut bytes: &[u8]) -> Result<Self, StoreError> {
        let mut run = Self::default();
        while !bytes.is_empty() {
            let (id, numbers);
            (id, numbers, bytes) =
                Self::read_one(bytes).ok_or_else(|| StoreError::Damaged("a run of sketches".into()))?;
            run.add(id, numbers);
        }
        Ok(run)
    }

    fn read_one(bytes: &[u8]) -> Option<(Id, Vec<u32>, &[u8])> {
        let (id, rest) = bytes.split_first_chunk()?;
        let (count, rest) = rest.split_first_chunk()?;
        let (numbers, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*count)) * size_of::<u32>())?;
        Some((*id, numbers.as_chunks().0.iter().map(|number| u32::from_be_bytes(*number)).collect(), rest))
    }
}

/// All runs in memory.
#[derive(Debug)]
pub(super) struct Texts {
    /// The articles in the order in which they were filed; one that was filed twice stands here twice.
    ids: Vec<Id>,
    /// Sorted pairs of a number, above, and the place of an article in `ids`, below; each list is much longer than the next.
    sorted: Vec<Vec<u64>>,
    /// Numbers that may be in a list, by their remainders.
    marks: Vec<u64>,
    /// Of the next run.
    next: u64,
}

impl Texts {
    fn load(store: &SledStore) -> Result<Self, StoreError> {
        let marks = vec![0; (MARKS / u64::BITS) as usize];
        let mut texts = Self { ids: Vec::new(), sorted: Vec::new(), marks, next: next_run(&store.db)? };
        let mut pairs = Vec::new();
        for entry in store.walk(keys::SKETCHED) {
            texts.pair(&Run::read(&entry?.1)?, &mut pairs);
        }
        pairs.sort_unstable();
        pairs.shrink_to_fit();
        texts.sorted.push(pairs);
        Ok(texts)
    }

    /// The key of the next run.
    pub(super) fn next_key(&self) -> Vec<u8> {
        keys::sketched(self.next)
    }

    /// Takes in the run that was written under [`Texts::next_key`].
    pub(super) fn file(&mut self, run: &Run) {
        self.next += 1;
        let mut pairs = Vec::new();
        self.pair(run, &mut pairs);
        while let Some(shorter) = self.sorted.pop_if(|last| last.len() <= SHORTER_TIMES * pairs.len()) {
            pairs.extend(shorter);
        }
        sort_parts(&mut pairs);
        self.sorted.push(pairs);
    }

    fn forget(&mut self, gone: &HashSet<Id>) {
        let mut places = Vec::with_capacity(self.ids.len());
        let mut kept = Vec::new();
        for id in &self.ids {
            places.push(kept.len() as u64);
            kept.extend(Some(*id).filter(|id| !gone.contains(id)));
        }
        places.push(kept.len() as u64);
        // A place whose article is gone is that of the next one that is kept.
        let moved = |pair: &u64| {
            let place = place_of(*pair);
            (places[place] < places[place + 1]).then(|| pair >> u32::BITS << u32::BITS | places[place])
        };
        for sorted in &mut self.sorted {
            *sorted = sorted.iter().filter_map(moved).collect();
        }
        self.ids = kept;
    }

    fn pair(&mut self, run: &Run, pairs: &mut Vec<u64>) {
        for (id, numbers) in &run.0 {
            let place = self.ids.len() as u64;
            self.ids.push(*id);
            for number in numbers {
                pairs.push(u64::from(*number) << u32::BITS | place);
                let (at, bit) = mark(*number);
                self.marks[at] |= bit;
            }
        }
    }

    /// The articles whose sketches hold a number, the newest of them, in the order in which they were filed.
    pub(super) fn holding(&self, number: u32) -> Vec<Id> {
        let (at, bit) = mark(number);
        if self.marks[at] & bit == 0 {
            return Vec::new();
        }
        let mut pairs: Vec<u64> = Vec::new();
        for sorted in &self.sorted {
            let from = sorted.partition_point(|pair| pair >> u32::BITS < u64::from(number));
            let to = from + sorted[from..].partition_point(|pair| pair >> u32::BITS == u64::from(number));
            pairs.extend(&sorted[from.max(to.saturating_sub(PAIRS_MAX))..to]);
        }
        pairs.sort_unstable();
        newest(&pairs.iter().map(|pair| self.ids[place_of(*pair)]).collect::<Vec<_>>())
    }
}

/// The place of an article in [`Texts::ids`].
fn place_of(pair: u64) -> usize {
    usize::try_from(pair & u64::from(u32::MAX)).unwrap_or_default()
}

/// The place of a number's mark.
fn mark(number: u32) -> (usize, u64) {
    let mark = number % MARKS;
    ((mark / u64::BITS) as usize, 1 << (mark % u64::BITS))
}

#[expect(clippy::stable_sort_primitive, reason = "it merges parts that are sorted, which the other one does not")]
fn sort_parts(pairs: &mut [u64]) {
    pairs.sort();
}

/// The newest of some articles, the last of which were filed last, each once.
pub(super) fn newest(ids: &[Id]) -> Vec<Id> {
    let mut newest: Vec<Id> = Vec::new();
    for id in ids.iter().rev() {
        if newest.len() == SHARED_MAX {
            break;
        }
        if !newest.contains(id) {
            newest.push(*id);
        }
    }
    newest.reverse();
    newest
}

fn next_run(db: &Db) -> Result<u64, StoreError> {
    let Some(last) = db.scan_prefix(keys::SKETCHED).keys().next_back() else { return Ok(0) };
    let last = last.map_err(failed)?;
    let number = last[keys::SKETCHED.len()..].try_into().map(u64::from_be_bytes);
    number.map(|number| number + 1).map_err(|_| StoreError::Damaged("the key of a run of sketches".to_owned()))
}

impl SledStore {
    /// Works with what finds articles by their texts.
    pub(super) fn with_texts<T>(&self, work: impl FnOnce(&mut Texts) -> T) -> Result<T, StoreError> {
        let mut texts = self.texts();
        let loaded = match texts.take() {
            Some(texts) => texts,
            None => Texts::load(self)?,
        };
        Ok(work(texts.insert(loaded)))
    }

    fn texts(&self) -> MutexGuard<'_, Option<Texts>> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes articles out of what finds them by their texts: their earlier versions too.
    pub(super) fn forget_texts(&self, gone: &HashSet<Id>) -> Result<(), StoreError> {
        for entry in self.walk(keys::SKETCHED) {
            let (key, run) = entry?;
            let before = Run::read(&run)?;
            let all = before.len();
            let run = before.without(gone);
            if run.is_empty() {
                self.db.remove(key).map_err(failed)?;
            } else if run.len() < all {
                self.db.insert(key, run.write()).map_err(failed)?;
            }
        }
        if let Some(texts) = self.texts().as_mut() {
            texts.forget(gone);
        }
        Ok(())
    }
}

/// Articles on their way to the runs of a store that nothing else reads or writes.
pub(super) struct Filing<'a> {
    store: &'a SledStore,
    next: u64,
    run: Run,
}

impl<'a> Filing<'a> {
    /// Behind all runs that the store has.
    pub(super) fn to(store: &'a SledStore) -> Result<Self, StoreError> {
        Ok(Self { store, next: next_run(&store.db)?, run: Run::default() })
    }

    /// Files an article as the newest.
    pub(super) fn file(&mut self, id: Id, numbers: Vec<u32>) -> Result<(), StoreError> {
        self.run.add(id, numbers);
        if self.run.len() < RUN_ARTICLES_MAX { Ok(()) } else { self.write() }
    }

    /// Files all articles of another store, in its order.
    pub(super) fn file_all_of(&mut self, other: &SledStore) -> Result<(), StoreError> {
        for entry in other.walk(keys::SKETCHED) {
            for (id, numbers) in Run::read(&entry?.1)?.0 {
                // A kill between the steps of pruning leaves what belongs to nobody.
                if other.db.contains_key(keys::head(ArticleId::from_bytes(id))).map_err(failed)? {
                    self.file(id, numbers)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<(), StoreError> {
        self.write()
    }

    fn write(&mut self) -> Result<(), StoreError> {
        if !self.run.is_empty() {
            let run = std::mem::take(&mut self.run).write();
            self.store.db.insert(keys::sketched(self.next), run).map_err(failed)?;
            self.next += 1;
        }
        Ok(())
    }
}
