//! What finds an article by its text: the numbers of its sketch.
//!
//! Which articles a number leads to is kept in memory: 8 bytes for each number of an article and 16 for the article itself,
//! read from the runs when a text is first looked for.

use std::collections::HashSet;
use std::sync::{MutexGuard, PoisonError};

use super::run::{Id, Run};
use super::{SledStore, loaded};
use crate::store::StoreError;

/// Articles that a number leads to, the newest ones; what more share is boilerplate.
pub(super) const SHARED_MAX: usize = 32;
/// Pairs that are looked at for them: an article that was filed several times counts once.
const PAIRS_MAX: usize = 4 * SHARED_MAX;

/// Most numbers of a new text are in no list, which one look at a bit for each of so many remainders tells.
const MARKS: u32 = 1 << 23;
/// A list is at least so many times as long as the next one: few lists are searched, and a pair is moved seldom.
const SHORTER_TIMES: usize = 16;

/// The sketches of all runs in memory.
#[derive(Debug)]
pub(super) struct Texts {
    /// The articles in the order in which they were filed; one that was filed twice stands here twice.
    ids: Vec<Id>,
    /// Sorted pairs of a number, above, and the place of an article in `ids`, below; each list is much longer than the next.
    sorted: Vec<Vec<u64>>,
    /// Numbers that may be in a list, by their remainders.
    marks: Vec<u64>,
}

impl Texts {
    fn load(store: &SledStore) -> Result<Self, StoreError> {
        let marks = vec![0; (MARKS / u64::BITS) as usize];
        let mut texts = Self { ids: Vec::new(), sorted: Vec::new(), marks };
        let mut pairs = Vec::new();
        for run in store.runs() {
            texts.pair(&run?.1, &mut pairs);
        }
        pairs.sort_unstable();
        pairs.shrink_to_fit();
        texts.sorted.push(pairs);
        Ok(texts)
    }

    /// Takes in a run that was written.
    fn file(&mut self, run: &Run) {
        let mut pairs = Vec::new();
        self.pair(run, &mut pairs);
        if pairs.is_empty() {
            return;
        }
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
        for filing in run.0.iter().filter(|filing| !filing.sketch.is_empty()) {
            let place = self.ids.len() as u64;
            self.ids.push(filing.id);
            for number in filing.numbers() {
                pairs.push(u64::from(number) << u32::BITS | place);
                let (at, bit) = mark(number);
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

impl SledStore {
    /// Works with what finds articles by their texts.
    pub(super) fn with_texts<T>(&self, work: impl FnOnce(&mut Texts) -> T) -> Result<T, StoreError> {
        Ok(work(loaded(&mut self.texts(), || Texts::load(self))?))
    }

    fn texts(&self) -> MutexGuard<'_, Option<Texts>> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in the sketches of a run that was written, if those before it were.
    pub(super) fn file_texts(&self, run: &Run) {
        if let Some(texts) = self.texts().as_mut() {
            texts.file(run);
        }
    }

    /// Takes articles out of what finds them by their texts: their earlier versions too.
    pub(super) fn forget_texts(&self, gone: &HashSet<Id>) {
        if let Some(texts) = self.texts().as_mut() {
            texts.forget(gone);
        }
    }
}
