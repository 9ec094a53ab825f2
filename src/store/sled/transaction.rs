//! Reads that see what is about to be written, and one atomic write at the end.
//!
//! sled's own transactions read the same way, but cost twice as much a key and are retried; here one writer works at a
//! time, so nothing can come between a read and its write.

use std::cell::RefCell;
use std::collections::HashMap;

use sled::{Batch, IVec};

use super::texts::{Id, Run, newest};
use super::{SledStore, failed};
use crate::store::StoreError;

/// What a key holds for the rest of a transaction.
struct Held {
    value: Option<IVec>,
    written: bool,
}

/// A view of the store in which its own writes already stand; nothing is kept before [`Transaction::commit`].
pub(super) struct Transaction<'a> {
    store: &'a SledStore,
    held: RefCell<HashMap<Vec<u8>, Held>>,
    filed: RefCell<Filed>,
}

/// Texts that are about to be filed.
#[derive(Default)]
struct Filed {
    run: Run,
    by_number: HashMap<u32, Vec<Id>>,
}

impl<'a> Transaction<'a> {
    /// Begins one. Whoever means to commit holds the writers' lock until then.
    pub(super) fn begin(store: &'a SledStore) -> Self {
        Self { store, held: RefCell::default(), filed: RefCell::default() }
    }

    pub(super) fn get(&self, key: impl Into<Vec<u8>>) -> Result<Option<IVec>, StoreError> {
        let key = key.into();
        if let Some(held) = self.held.borrow().get(&key) {
            return Ok(held.value.clone());
        }
        let value = self.store.db.get(&key).map_err(failed)?;
        self.held.borrow_mut().insert(key, Held { value: value.clone(), written: false });
        Ok(value)
    }

    pub(super) fn insert(&self, key: impl Into<Vec<u8>>, value: impl Into<IVec>) {
        self.held.borrow_mut().insert(key.into(), Held { value: Some(value.into()), written: true });
    }

    pub(super) fn remove(&self, key: impl Into<Vec<u8>>) {
        self.held.borrow_mut().insert(key.into(), Held { value: None, written: true });
    }

    /// For each number of a sketch the articles whose sketches hold it, the newest of them, the newest last.
    pub(super) fn holding(&self, sketch: &[u32]) -> Result<Vec<Vec<Id>>, StoreError> {
        let by_number = &self.filed.borrow().by_number;
        self.store.with_texts(|texts| {
            let holding = |number| {
                let mut ids = texts.holding(number);
                ids.extend(by_number.get(&number).into_iter().flatten());
                newest(&ids)
            };
            sketch.iter().copied().map(holding).collect()
        })
    }

    /// Files an article under the numbers of its sketch, as the newest.
    pub(super) fn file_text(&self, id: Id, sketch: &[u32]) {
        let mut filed = self.filed.borrow_mut();
        filed.run.add(id, sketch.to_vec());
        for number in sketch {
            filed.by_number.entry(*number).or_default().push(id);
        }
    }

    /// Writes everything at once, so that a crash leaves all of it or nothing.
    pub(super) fn commit(self) -> Result<(), StoreError> {
        let run = self.filed.into_inner().run;
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
        if !run.is_empty() {
            any = true;
            batch.insert(self.store.with_texts(|texts| texts.next_key())?, run.write());
        }
        if any {
            self.store.db.apply_batch(batch).map_err(failed)?;
        }
        if run.is_empty() { Ok(()) } else { self.store.with_texts(|texts| texts.file(&run)) }
    }
}
