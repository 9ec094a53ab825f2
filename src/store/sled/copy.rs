//! A store written anew, without what sled no longer needs but does not give back.

use std::path::Path;
use std::sync::atomic::Ordering;

use super::texts::Filing;
use super::{SledStore, Writes, failed};
use crate::store::{StoreError, keys};

/// Entries written at once.
const COPY_ENTRIES_MAX: usize = 1_000;

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
        for entry in self.db.iter() {
            let (key, value) = entry.map_err(failed)?;
            live_bytes += (key.len() + value.len()) as u64;
        }
        Ok(Size { disk_bytes: self.disk_bytes()?, live_bytes })
    }

    pub(in crate::store) fn disk_bytes(&self) -> Result<u64, StoreError> {
        self.db.size_on_disk().map_err(failed)
    }

    /// Writes all entries to a new store in `path`, and has it on disk. Nothing else may write meanwhile.
    pub(in crate::store) fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        let fresh = Self::open(path)?;
        let mut writes = Writes::default();
        let mut count = 0;
        for entry in self.db.iter() {
            let (key, value) = entry.map_err(failed)?;
            if key.starts_with(keys::SKETCHED) {
                continue;
            }
            writes.insert(key, value);
            count += 1;
            if count == COPY_ENTRIES_MAX {
                fresh.db.apply_batch(std::mem::take(&mut writes)).map_err(failed)?;
                count = 0;
            }
        }
        fresh.db.apply_batch(writes).map_err(failed)?;
        let mut filing = Filing::to(&fresh)?;
        filing.file_all_of(self)?;
        filing.finish()?;
        fresh.stories.store(self.stories.load(Ordering::Relaxed), Ordering::Relaxed);
        fresh.db.flush().map_err(failed)?;
        Ok(())
    }
}
