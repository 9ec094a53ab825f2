//! The store to JSON lines and back, whole: exports, imports, and the backup beside it.

use std::fs::File;
use std::io::{BufRead, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use super::live::LiveStore;
use super::open::{fill, open};
use super::place::Place;
use super::{Store, StoreError, TransferError};

/// Of zstd: the first takes the least memory, which a daemon keeps.
const BACKUP_LEVEL: i32 = 1;

impl LiveStore {
    /// Fills the store in `path`, which must be empty or missing, with lines that [`LiveStore::export`] wrote. All of
    /// them are kept or none, whatever happens. Returns how many stories there are.
    ///
    /// # Errors
    /// See [`TransferError`].
    pub fn import(path: &Path, input: &mut dyn BufRead) -> Result<usize, TransferError> {
        let place = Place::take(path)?;
        if path.exists() {
            let store = open(&place)?;
            if !store.is_blank()? {
                return Err(TransferError::NotEmpty { path: path.to_owned(), stories: store.len() });
            }
        }
        fill(&place, input)?;
        place.replace()?;
        let store = open(&place)?;
        // All is kept; what cannot be indexed now is so later.
        while store.index_words().unwrap_or_default() {}
        Ok(store.len())
    }

    /// Writes everything as JSON lines; nothing is written to the store meanwhile, so that they fit together. `step`
    /// hears how many of how many articles are written.
    ///
    /// # Errors
    /// When a record is damaged, the disk fails, or `out` takes no more.
    pub fn export(&self, out: &mut dyn Write, step: &mut dyn FnMut(u64, u64)) -> Result<(), TransferError> {
        let _alone = self.writers.write().unwrap_or_else(PoisonError::into_inner);
        let exported = self.store()?.export(out, step);
        if matches!(exported, Err(TransferError::Store(StoreError::Damaged(_)))) {
            self.note_damage();
        }
        exported
    }

    /// Writes everything to the backup beside the store, which the next damage is mended from. Returns its path.
    ///
    /// # Errors
    /// As [`LiveStore::export`]; the backup before then stays.
    pub fn back_up(&self) -> Result<PathBuf, TransferError> {
        let _turn = self.backing_up.lock().unwrap_or_else(PoisonError::into_inner);
        self.takes_writes()?;
        let (backup, partial) = (self.place.backup(), self.place.backup_partial());
        let mut packed = zstd::Encoder::new(BufWriter::new(File::create(&partial)?), BACKUP_LEVEL)?;
        packed.include_checksum(true)?;
        self.export(&mut packed, &mut |_, _| ())?;
        let file = packed.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.sync_all()?;
        std::fs::rename(partial, &backup)?;
        Ok(backup)
    }

    /// When the last backup was written.
    #[must_use]
    pub fn backup_made(&self) -> Option<std::time::SystemTime> {
        std::fs::metadata(self.place.backup()).and_then(|backup| backup.modified()).ok()
    }
}
