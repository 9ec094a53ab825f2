//! A store written anew, without what sled no longer needs but does not give back.

use std::path::Path;
use std::sync::atomic::Ordering;

use super::texts::Filing;
use super::{SledStore, failed};
use crate::store::{StoreError, keys};

/// Of sled 0.34; one more, and the leaf is split.
const LEAF_ENTRIES_MAX: usize = 16;

/// How much of its disk space a store uses.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Size {
    /// What it takes on disk.
    pub(in crate::store) disk_bytes: u64,
    /// What is in its entries.
    pub(in crate::store) live_bytes: u64,
}

impl SledStore {
    /// Reads every entry, which proves that all of them can be read.
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
    /// fill it.
    pub(in crate::store) fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        let fresh = Self::open(path)?;
        for first in [true, false] {
            let others = |key: &[u8]| key.starts_with(keys::SKETCHED) || key == keys::VERSION;
            let entries = self.walk(&[]).filter(|entry| !matches!(entry, Ok((key, _)) if others(key)));
            for (entry, place) in entries.zip((0..LEAF_ENTRIES_MAX).cycle()) {
                let (key, value) = entry?;
                if first == (place % 2 == 0 || place == LEAF_ENTRIES_MAX - 1) {
                    fresh.db.insert(key, value).map_err(failed)?;
                }
            }
        }
        let mut filing = Filing::to(&fresh)?;
        filing.file_all_of(self)?;
        filing.finish()?;
        fresh.stories.store(self.stories.load(Ordering::Relaxed), Ordering::Relaxed);
        fresh.db.flush().map_err(failed)?;
        Ok(())
    }
}
