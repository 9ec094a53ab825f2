//! A store written anew, without what sled no longer needs but does not give back.

use std::path::Path;

use sled::IVec;

use super::run::Run;
use super::{SledStore, failed};
use crate::store::record::Packer;
use crate::store::{StoreError, keys};

/// Of sled 0.34; one more, and the leaf is split.
const LEAF_ENTRIES_MAX: usize = 16;
/// Entries of a leaf that are not written first.
const OTHERS: usize = 7;
/// Of sled 0.34: entries that are written alone after a leaf's whole form; with one more the leaf is written whole.
const LEAF_ADDITIONS_MAX: usize = 9;
/// Filings in one run. A leaf of 16 runs stays in sled's cache until another leaf of its part of the cache is looked at:
/// with 100 filings a run a store of 100,000 stories takes 4 MB more of memory after its start, and 1 % more on disk.
const RUN_FILINGS_MAX: usize = 16;

/// How much of its disk space a store uses.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Size {
    /// What it takes on disk.
    pub(in crate::store) disk_bytes: u64,
    /// What is in its entries.
    pub(in crate::store) live_bytes: u64,
}

/// Whether the entry at a place of a leaf is written first; all but [`OTHERS`] are.
fn is_first(place: usize) -> bool {
    place.is_multiple_of(2) || place == LEAF_ENTRIES_MAX - 1
}

impl SledStore {
    /// Reads every entry.
    pub(in crate::store) fn size(&self) -> Result<Size, StoreError> {
        let mut live_bytes = 0;
        for entry in self.walk(&[]) {
            let (key, value) = entry?;
            live_bytes += (key.len() + value.len()) as u64;
        }
        Ok(Size { disk_bytes: self.disk_bytes()?, live_bytes })
    }

    pub(in crate::store) fn disk_bytes(&self) -> Result<u64, StoreError> {
        self.db.size_on_disk().map_err(failed)
    }

    /// Writes all entries to a new store in `path`, and has it on disk. Nothing else may write meanwhile.
    ///
    /// sled splits a leaf of 17 entries into 9 and 8, so leaves that are written in order stay half empty, and each takes
    /// its place in memory and on disk. Of 16 entries 9 are written first, which then stand alone in a leaf; the others
    /// fill it. And it writes an entry alone until a leaf has 9 of them besides its last whole form, then the whole leaf,
    /// which leaves the others behind as waste among what is needed. So the 9 are empty at first; the others are made part
    /// of the whole leaf, by writes of nothing, once all leaves have theirs: their places are all waste then, and used
    /// again for the 9.
    pub(in crate::store) fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        let fresh = Self::open(path)?;
        let empty = |_: IVec| IVec::default();
        self.copy_entries(&fresh, is_first, 1, empty)?;
        self.copy_entries(&fresh, |place| !is_first(place), 1, |value| value)?;
        self.copy_entries(&fresh, |place| place == 0, LEAF_ADDITIONS_MAX + 1 - OTHERS, empty)?;
        self.copy_entries(&fresh, is_first, 1, |value| value)?;
        self.copy_runs_to(&fresh)?;
        fresh.db.flush().map_err(failed)?;
        Ok(())
    }

    /// Writes the entries at some places of leaves, so many times, with what becomes of their values.
    fn copy_entries(
        &self,
        fresh: &Self,
        is_wanted: impl Fn(usize) -> bool,
        times: usize,
        value_of: impl Fn(IVec) -> IVec,
    ) -> Result<(), StoreError> {
        let is_copied_apart = |key: &[u8]| key.starts_with(keys::RUNS) || key == keys::VERSION;
        let entries = self.walk(&[]).filter(|entry| !matches!(entry, Ok((key, _)) if is_copied_apart(key)));
        for (entry, place) in entries.zip((0..LEAF_ENTRIES_MAX).cycle()) {
            let (key, value) = entry?;
            if is_wanted(place) {
                let value = value_of(value);
                for _ in 0..times {
                    fresh.db.insert(&key, &value).map_err(failed)?;
                }
            }
        }
        fresh.db.flush().map_err(failed)?;
        Ok(())
    }

    /// Writes what finds articles as it is now, in the order in which it came to be so.
    fn copy_runs_to(&self, fresh: &Self) -> Result<(), StoreError> {
        let mut packer = Packer::new()?;
        let mut survey = self.survey();
        let mut left = Run::default();
        let mut numbers = 0..;
        let mut write = |run: &Run| {
            let number = numbers.next().unwrap_or_default();
            fresh.db.insert(keys::run(number), run.write(&mut packer)?).map_err(failed).map(drop)
        };
        for run in self.runs() {
            for filing in run?.1.0 {
                left.0.extend(survey.current(&self.index(), filing));
                if left.0.len() == RUN_FILINGS_MAX {
                    write(&std::mem::take(&mut left))?;
                }
            }
        }
        if left.0.is_empty() { Ok(()) } else { write(&left) }
    }
}
