//! Opening and closing the database.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use sled::Db;
use tokio::sync::watch;

use super::index::Index;
use super::{SledStore, failed};
use crate::store::{StoreError, keys, record};

/// How long a lock that another handle holds is waited for.
const LOCK_WAIT_MAX: Duration = Duration::from_secs(1);
const LOCK_WAIT_STEP: Duration = Duration::from_millis(10);
/// sled's own default is 1 GiB.
const CACHE_BYTES: u64 = 4 << 20;

impl SledStore {
    /// Opens the store in `path`, which is made when it is missing.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::Version`], or [`StoreError::Open`] with the system's words.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_as(path, record::FORMAT)?.indexed()
    }

    /// As [`SledStore::open`], but leaves one of an earlier format as it is.
    ///
    /// # Errors
    /// [`StoreError::Earlier`] besides.
    pub(in crate::store) fn open_unchanged(path: &Path) -> Result<Self, StoreError> {
        let store = Self::open_whatever(path)?;
        match store.format()? {
            Some(record::FORMAT) => store.indexed(),
            Some(found) if (1..record::FORMAT).contains(&found) => Err(StoreError::Earlier { path: path.to_owned() }),
            found => {
                let found = found.unwrap_or_default();
                Err(StoreError::Version { path: path.to_owned(), found, known: record::FORMAT })
            }
        }
    }

    fn indexed(mut self) -> Result<Self, StoreError> {
        let index = Index::load(self.runs())?;
        *self.index.get_mut().unwrap_or_else(PoisonError::into_inner) = index;
        Ok(self)
    }

    /// Numbers this opening of a store among those before it, for [`Met::version`](crate::store::Met::version).
    pub(in crate::store) fn numbered(self, opening: u64) -> Self {
        Self { opening, ..self }
    }

    /// As [`SledStore::open`], to be filled and then opened anew: until then its lists stay as they are.
    pub(in crate::store) fn open_to_fill(path: &Path) -> Result<Self, StoreError> {
        let mut store = Self::open(path)?;
        store.index.get_mut().unwrap_or_else(PoisonError::into_inner).leave_unlisted();
        Ok(store)
    }

    /// Opens the store in `path`, which has this format, or is made in today's. Nothing is found in it by its index.
    pub(in crate::store) fn open_as(path: &Path, format: u32) -> Result<Self, StoreError> {
        let store = Self::open_whatever(path)?;
        if let Some(found) = store.format()? {
            if (found, format) == (record::FORMAT_WITHOUT_WORDS, record::FORMAT) {
                store.set_format()?;
            } else if found != format {
                return Err(StoreError::Version { path: path.to_owned(), found, known: record::FORMAT });
            }
        } else {
            store.set_format()?;
        }
        Ok(store)
    }

    /// Nothing in one that was just made.
    fn format(&self) -> Result<Option<u32>, StoreError> {
        let bytes = self.db.get(keys::VERSION).map_err(failed)?;
        Ok(bytes.map(|bytes| bytes.as_ref().try_into().map_or(0, u32::from_be_bytes)))
    }

    /// Makes a store one of today's format, which an earlier release does not write to.
    fn set_format(&self) -> Result<(), StoreError> {
        self.db.insert(keys::VERSION, &record::FORMAT.to_be_bytes()).map_err(failed)?;
        self.db.flush().map_err(failed)?;
        Ok(())
    }

    /// Opens the store in `path`, whatever its format, of which nothing is read.
    pub(in crate::store) fn open_whatever(path: &Path) -> Result<Self, StoreError> {
        let db = open_db(path)?;
        let generation = db.generate_id().map_err(failed)?;
        // Once sled has met damage it writes nothing any more, and would leave a log with holes.
        db.flush().map_err(failed)?;
        Ok(Self {
            db,
            opening: 0,
            generation: watch::Sender::new(generation << 20),
            index: RwLock::default(),
            texts: Mutex::default(),
            terms: Mutex::default(),
            reworded: Mutex::default(),
            writer: Mutex::default(),
            written: AtomicU64::default(),
            flushed: Mutex::default(),
            met_damage: AtomicBool::default(),
        })
    }
}

/// Opens the database; a lock that is held is waited for a moment, since sled's own threads let go of it late.
fn open_db(path: &Path) -> Result<Db, StoreError> {
    let started = Instant::now();
    loop {
        let opened = sled::Config::new()
            .path(path)
            .mode(sled::Mode::LowSpace)
            .cache_capacity(CACHE_BYTES)
            .flush_every_ms(None)
            .open();
        match opened {
            Ok(db) => return Ok(db),
            Err(sled::Error::Io(io)) if is_lock(&io) => {
                if started.elapsed() > LOCK_WAIT_MAX {
                    return Err(StoreError::InUse { path: path.to_owned() });
                }
                std::thread::sleep(LOCK_WAIT_STEP);
            }
            Err(error @ sled::Error::Corruption { .. }) => return Err(failed(error)),
            Err(error) => return Err(StoreError::Open { path: path.to_owned(), reason: error.to_string() }),
        }
    }
}

/// sled 0.34 takes an exclusive lock on its file and reports a taken one as this kind of error.
fn is_lock(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::WouldBlock || error.to_string().contains("could not acquire lock")
}
