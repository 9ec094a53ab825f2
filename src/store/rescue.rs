//! A damaged store: found, set aside, and replaced by what can be read of it and the last backup.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use chrono::{DateTime, Utc};

use super::live::LiveStore;
use super::open::{fill, open, open_as_it_is, unless_it_panics};
use super::place::Place;
use super::sled::{SledStore, tip};
use super::{Store, StoreError, TransferError, io};

/// What became of a store that could not be read as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rescue {
    /// What is wrong with it.
    pub reason: String,
    /// Where it is kept.
    pub aside: PathBuf,
    /// The last backup was read.
    pub backup: bool,
    /// How many articles were read of the damaged store.
    pub articles: u64,
    /// How many stories there are now.
    pub stories: usize,
}

impl LiveStore {
    /// Opens the store. What can be read of one that cannot be opened, and the last backup, take its place.
    ///
    /// # Errors
    /// As [`LiveStore::open`], but for damage.
    pub fn open_or_rescue(path: &Path, now: DateTime<Utc>) -> Result<(Self, Option<Rescue>), StoreError> {
        let place = Place::take(path)?;
        let reason = match open(&place) {
            Ok(store) => return Ok((Self::over(place, store), None)),
            Err(StoreError::Damaged(reason)) => reason,
            Err(error) => return Err(error),
        };
        let damaged = reopened(&place);
        let mut rescue = gather(&place, damaged.as_ref().map(|(store, gaps)| (store, *gaps)), reason)?;
        drop(damaged);
        rescue.aside = put(&place, now)?;
        let store = open(&place)?;
        rescue.stories = store.len();
        Ok((Self::over(place, store), Some(rescue)))
    }

    /// Reads all of the store. Where something of it cannot be read, what can be, and the last backup, take its place;
    /// its readers wait only for the exchange.
    ///
    /// # Errors
    /// When the disk fails, or has no room for another store.
    pub fn check(&self, now: DateTime<Utc>) -> Result<Option<Rescue>, StoreError> {
        let path = self.place.path();
        let reason = match unless_it_panics(path, || self.store()?.size()) {
            Err(StoreError::Damaged(reason)) => reason,
            read => return read.map(|_| None),
        };
        let _alone = self.writers.write().unwrap_or_else(PoisonError::into_inner);
        self.place.has_room()?;
        let mut rescue = gather(&self.place, Some((&*self.store()?, Gaps::Told)), reason)?;
        self.exchange(|| {
            rescue.aside = put(&self.place, now)?;
            Ok(())
        })?;
        rescue.stories = self.len();
        self.tell_of_change();
        Ok(Some(rescue))
    }
}

/// Whether reading what a damaged store lacks fails, or is not noticed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Gaps {
    Told,
    Silent,
}

/// Opens a store that could not be opened as it was. What is damaged at the end of its log is called off. Of a file that was cut off, the places that its snapshot speaks of
/// are made to be there again, empty. Without its snapshot, which may be what is damaged, sled reads the log from its
/// beginning up to the first part that is damaged; it does not get far where that comes early.
fn reopened(place: &Place) -> Option<(SledStore, Gaps)> {
    let file = File::options().write(true).open(place.path().join("db")).ok()?;
    file.set_len(file.metadata().ok()?.len().checked_mul(2)?).ok()?;
    let mended = tip::mend(place.path()).ok()?;
    if let Ok(store) = open_as_it_is(place) {
        return Some((store, Gaps::Told));
    }
    for entry in std::fs::read_dir(place.path()).ok()?.flatten() {
        let name = entry.file_name();
        if name.to_string_lossy().starts_with("snap.") {
            let mut aside = std::ffi::OsString::from("damaged.");
            aside.push(name);
            std::fs::rename(entry.path(), place.path().join(aside)).ok()?;
        }
    }
    // From its beginning the log is read as if what was called off had never been written.
    let gaps = if mended { Gaps::Silent } else { Gaps::Told };
    open_as_it_is(place).ok().map(|store| (store, gaps))
}

/// Writes the last backup, and over it what can be read of a damaged store, to a store in the partial place.
fn gather(place: &Place, damaged: Option<(&SledStore, Gaps)>, reason: String) -> Result<Rescue, StoreError> {
    let path = place.backup();
    let restore = || fill(place, &mut BufReader::new(zstd::Decoder::new(File::open(&path)?)?));
    let restored: Result<(), TransferError> = if path.exists() { restore() } else { Ok(()) };
    if let Err(error) = &restored {
        tracing::error!(%error, store.backup = %path.display(), "the last backup cannot be read");
    }
    let fresh = SledStore::open(&place.partial())?;
    let articles = damaged.map_or(Ok(0), |(damaged, gaps)| fresh.take_from(damaged, gaps, place.path()))?;
    Ok(Rescue { reason, aside: PathBuf::new(), backup: restored.is_ok() && path.exists(), articles, stories: 0 })
}

/// Puts the store in the partial place in the place of the damaged one, which is closed. Returns where that is kept.
fn put(place: &Place, now: DateTime<Utc>) -> Result<PathBuf, StoreError> {
    place.replace_damaged(&format!("damaged-{}", now.format("%Y%m%dT%H%M%SZ"))).map_err(|error| io(&error))
}
