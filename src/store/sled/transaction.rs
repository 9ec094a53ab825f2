//! Reads that see what is about to be written, and one atomic write at the end.
//!
//! sled's own transactions read the same way, but cost twice as much a key and are retried; here one writer works at a
//! time, so nothing can come between a read and its write.

use std::cell::RefCell;
use std::collections::HashMap;

use sled::{Batch, Db, IVec};

use super::failed;
use crate::store::StoreError;

/// What a key holds for the rest of a transaction.
struct Held {
    value: Option<IVec>,
    written: bool,
}

/// A view of the store in which its own writes already stand; nothing is kept before [`Transaction::commit`].
pub(super) struct Transaction<'a> {
    db: &'a Db,
    held: RefCell<HashMap<Vec<u8>, Held>>,
}

impl<'a> Transaction<'a> {
    /// Begins one. Whoever means to commit holds the writers' lock until then.
    pub(super) fn begin(db: &'a Db) -> Self {
        Self { db, held: RefCell::default() }
    }

    pub(super) fn get(&self, key: impl Into<Vec<u8>>) -> Result<Option<IVec>, StoreError> {
        let key = key.into();
        if let Some(held) = self.held.borrow().get(&key) {
            return Ok(held.value.clone());
        }
        let value = self.db.get(&key).map_err(failed)?;
        self.held.borrow_mut().insert(key, Held { value: value.clone(), written: false });
        Ok(value)
    }

    pub(super) fn insert(&self, key: impl Into<Vec<u8>>, value: impl Into<IVec>) {
        self.held.borrow_mut().insert(key.into(), Held { value: Some(value.into()), written: true });
    }

    pub(super) fn remove(&self, key: impl Into<Vec<u8>>) {
        self.held.borrow_mut().insert(key.into(), Held { value: None, written: true });
    }

    /// Writes everything at once, so that a crash leaves all of it or nothing.
    pub(super) fn commit(self) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        let mut any = false;
        for (key, held) in self.held.into_inner() {
            if held.written {
                any = true;
                match held.value {
                    Some(value) => batch.insert(key, value),
                    None => batch.remove(key),
                }
            }
        }
        if any { self.db.apply_batch(batch).map_err(failed) } else { Ok(()) }
    }
}
