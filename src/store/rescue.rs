//! A damaged store: found, set aside, and replaced by what can be read of it and the last backup.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use chrono::{DateTime, Utc};

use super::live::LiveStore;
use super::open::{RESCUE_MARK, fill, open, unless_it_panics};
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
        place.has_room()?;
        let damaged = reopened(&place)?;
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
        self.damaged.store(false, Ordering::Release);
        let reason = match unless_it_panics(path, || self.store()?.check()) {
            Err(StoreError::Damaged(reason)) => reason,
            read => {
                read?;
                self.place.set_sound(true);
                return Ok(None);
            }
        };
        let rescued = self.rescue(reason, now);
        if rescued.is_err() {
            self.note_damage();
        }
        rescued.map(Some)
    }

    fn rescue(&self, reason: String, now: DateTime<Utc>) -> Result<Rescue, StoreError> {
        let _alone = self.writers.write().unwrap_or_else(PoisonError::into_inner);
        self.place.has_room()?;
        let mut rescue = gather(&self.place, Some((&*self.store()?, Gaps::Told)), reason)?;
        self.exchange(|| {
            rescue.aside = put(&self.place, now)?;
            Ok(())
        })?;
        rescue.stories = self.len();
        self.tell_of_change();
        Ok(rescue)
    }
}

/// Whether reading what a damaged store lacks fails, or is not noticed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Gaps {
    Told,
    Silent,
}

/// Opens a store that could not be opened as it was, as far as that can be done. A mark says that it is being changed, so
/// that it is not taken for a whole one after a kill.
fn reopened(place: &Place) -> Result<Option<(SledStore, Gaps)>, StoreError> {
    let path = place.path();
    let begun = prepare(path).map_err(|error| io(&error))?;
    match unless_it_panics(path, || SledStore::open_whatever(path)) {
        Ok(store) => return Ok(Some((store, if begun { Gaps::Silent } else { Gaps::Told }))),
        Err(StoreError::Damaged(_)) => {}
        Err(error) => return Err(error),
    }
    // Without its snapshot, which may be what is damaged, sled reads the log from its beginning. What it cannot read it
    // passes over, as if it had never been written.
    set_snapshots_aside(path).map_err(|error| io(&error))?;
    match unless_it_panics(path, || SledStore::open_whatever(path)) {
        Ok(store) => Ok(Some((store, Gaps::Silent))),
        Err(StoreError::Damaged(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Marks the store, calls off what is damaged at the end of its log, and makes the places of a file that was cut off be
/// there again, empty, since its snapshot may speak of them. Says whether it was marked already.
fn prepare(path: &Path) -> io::Result<bool> {
    let mark = path.join(RESCUE_MARK);
    let begun = mark.exists();
    if !begun {
        File::create(mark)?.sync_all()?;
        File::open(path)?.sync_all()?;
        let file = File::options().write(true).create(true).truncate(false).open(path.join("db"))?;
        file.set_len(file.metadata()?.len().saturating_mul(2))?;
    }
    tip::mend(path)?;
    Ok(begun)
}

fn set_snapshots_aside(path: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with("snap.") {
            let mut aside = std::ffi::OsString::from("damaged.");
            aside.push(name);
            std::fs::rename(entry.path(), path.join(aside))?;
        }
    }
    Ok(())
}

/// Writes the last backup, and over it what can be read of a damaged store, to a store in the partial place.
fn gather(place: &Place, damaged: Option<(&SledStore, Gaps)>, reason: String) -> Result<Rescue, StoreError> {
    let path = place.backup();
    let restore = || fill(place, &mut BufReader::new(zstd::Decoder::new(File::open(&path)?)?));
    let restored: Result<(), TransferError> = if path.exists() { restore() } else { Ok(()) };
    if let Err(error) = &restored {
        tracing::error!(%error, store.backup = %path.display(), "the last backup cannot be read");
    }
    let fresh = SledStore::open_to_fill(&place.partial())?;
    let articles = damaged.map_or(Ok(0), |(damaged, gaps)| fresh.take_from(damaged, gaps, place.path()))?;
    Ok(Rescue { reason, aside: PathBuf::new(), backup: restored.is_ok() && path.exists(), articles, stories: 0 })
}

/// Puts the store in the partial place in the place of the damaged one, which is closed. Returns where that is kept.
fn put(place: &Place, now: DateTime<Utc>) -> Result<PathBuf, StoreError> {
    place.replace_damaged(&now.format("%Y%m%dT%H%M%SZ").to_string()).map_err(|error| io(&error))
}
