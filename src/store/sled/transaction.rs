//! Reads that see what is about to be written, and one atomic write at the end.
//!
//! sled's own transactions read the same way, but cost twice as much a key and are retried; here one writer works at a
//! time, so nothing can come between a read and its write.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::atomic::Ordering;

use sled::{Batch, IVec};
use smallvec::SmallVec;

use super::run::{Filing, Id, Listing, Run, sketched};
use super::texts::newest;
use super::{SledStore, failed};
use crate::model::{Article, ArticleId};
use crate::store::record::{Kept, Packer};
use crate::store::{StoreError, keys};

/// What a key holds for the rest of a transaction.
struct Held {
    value: Option<IVec>,
    written: bool,
}

/// A view of the store in which its own writes already stand; nothing is kept before [`Transaction::commit`].
pub(super) struct Transaction<'a> {
    store: &'a SledStore,
    packer: Cell<Option<Packer>>,
    held: RefCell<HashMap<Vec<u8>, Held>>,
    filed: RefCell<Filed>,
    /// The articles that are written, and the stories that they tell.
    kept: RefCell<Vec<ArticleId>>,
    reworded: RefCell<Vec<ArticleId>>,
}

/// What is about to be filed.
#[derive(Default)]
struct Filed {
    run: Run,
    /// Where an article stands in the run.
    at: HashMap<Id, usize>,
    by_name: HashMap<String, Id>,
    by_number: HashMap<u32, SmallVec<[Id; 1]>>,
}

impl Filed {
    fn of(&self, id: ArticleId) -> Option<&Filing> {
        self.at.get(&id.to_bytes()).map(|at| &self.run.0[*at])
    }

    /// What is filed of an article, which was first seen at a moment or dropped.
    fn filing(&mut self, id: ArticleId, first_seen: Option<i64>) -> &mut Filing {
        let id = id.to_bytes();
        let at = *self.at.entry(id).or_insert_with(|| {
            self.run.0.push(Filing::of(id, first_seen));
            self.run.0.len() - 1
        });
        &mut self.run.0[at]
    }

    /// All that is filed; what an article's filings say of it is the same in each.
    fn into_run(mut self) -> Run {
        for at in 0..self.run.0.len() {
            let first = self.at.get(&self.run.0[at].id).copied().unwrap_or(at);
            self.run.0[at].first_seen = self.run.0[first].first_seen;
        }
        self.run
    }

    /// The same where it is the last thing filed, and else one more: names come to lead to articles in their order.
    fn latest(&mut self, id: ArticleId, first_seen: Option<i64>) -> &mut Filing {
        if self.run.0.last().is_none_or(|last| last.article() != id) {
            self.at.entry(id.to_bytes()).or_insert(self.run.0.len());
            self.run.0.push(Filing::of(id.to_bytes(), first_seen));
        }
        let last = self.run.0.len() - 1;
        &mut self.run.0[last]
    }
}

impl<'a> Transaction<'a> {
    /// Begins one. Whoever means to commit holds the writers' lock until then.
    pub(super) fn begin(store: &'a SledStore) -> Self {
        Self {
            store,
            packer: Cell::default(),
            held: RefCell::default(),
            filed: RefCell::default(),
            kept: RefCell::default(),
            reworded: RefCell::default(),
        }
    }

    /// Has a packer used that is ready already.
    pub(super) fn lend(&self, packer: Option<Packer>) {
        self.packer.set(packer);
    }

    fn pack<T>(&self, work: impl FnOnce(&mut Packer) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut packer = self.packer.take().map_or_else(Packer::new, Ok)?;
        let done = work(&mut packer);
        self.packer.set(Some(packer));
        done
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

    /// The packed record of an article.
    pub(super) fn article(&self, id: ArticleId) -> Result<Option<IVec>, StoreError> {
        let Some(first_seen) = self.first_seen(id) else { return Ok(None) };
        self.get(keys::article(first_seen, id))
    }

    /// When an article was first seen, in milliseconds; nothing for one that is not there.
    fn first_seen(&self, id: ArticleId) -> Option<i64> {
        let filed = self.filed.borrow().of(id).map(|filing| filing.first_seen);
        filed.unwrap_or_else(|| self.store.index().first_seen(id))
    }

    /// Writes an article.
    pub(super) fn keep(&self, kept: &Kept) -> Result<(), StoreError> {
        let packed = self.pack(|packer| packer.pack_article(&kept.article, &kept.handles, &kept.place))?;
        self.keep_packed(&kept.article, packed);
        self.kept.borrow_mut().extend(kept.place.story);
        Ok(())
    }

    /// Writes an article that is packed already.
    pub(super) fn keep_packed(&self, article: &Article, packed: Vec<u8>) {
        let (id, first_seen) = (article.id, article.first_seen.timestamp_millis());
        self.insert(keys::article(first_seen, id), packed);
        self.kept.borrow_mut().push(id);
        let before = self.first_seen(id);
        if before != Some(first_seen) {
            self.filed.borrow_mut().filing(id, Some(first_seen)).first_seen = Some(first_seen);
            if let Some(before) = before {
                self.remove(keys::article(before, id));
            }
        }
    }

    /// The article that a name leads to, which may have been dropped.
    pub(super) fn named(&self, name: &str) -> Option<ArticleId> {
        let filed = self.filed.borrow().by_name.get(name).map(|id| ArticleId::from_bytes(*id));
        filed.or_else(|| self.store.index().named(name))
    }

    /// Has a name lead to an article.
    pub(super) fn name(&self, name: String, id: ArticleId) {
        if self.named(&name) != Some(id) {
            let first_seen = self.first_seen(id);
            let mut filed = self.filed.borrow_mut();
            filed.by_name.insert(name.clone(), id.to_bytes());
            filed.latest(id, first_seen).names.push(name);
        }
    }

    /// Has the story that an article opened stand in lists, or in none.
    pub(super) fn list(&self, id: ArticleId, listing: Listing) {
        let filed = self.filed.borrow().of(id).and_then(|filing| filing.listing.clone());
        let before = filed.or_else(|| self.store.index().listing(id)).unwrap_or_default();
        if before != listing {
            let first_seen = self.first_seen(id);
            self.filed.borrow_mut().filing(id, first_seen).listing = Some(listing);
        }
    }

    /// Has the story that an article opened indexed by its words again, if it may have been before.
    pub(super) fn reword(&self, id: ArticleId) {
        let index = self.store.index();
        if index.place_of(id).is_some() && !index.is_being_filled() {
            self.insert(keys::reworded(id), IVec::default());
            self.reworded.borrow_mut().push(id);
        }
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
    pub(super) fn file_text(&self, id: ArticleId, sketch: &[u32]) {
        let first_seen = self.first_seen(id);
        let mut filed = self.filed.borrow_mut();
        if filed.of(id).is_some_and(|filing| !filing.sketch.is_empty()) {
            filed.run.0.push(Filing { sketch: sketched(sketch), ..Filing::of(id.to_bytes(), first_seen) });
        } else {
            filed.filing(id, first_seen).sketch = sketched(sketch);
        }
        for number in sketch {
            filed.by_number.entry(*number).or_default().push(id.to_bytes());
        }
    }

    /// Drops an article for good: what leads to it is known from now on to lead to one that was dropped.
    pub(super) fn drop_article(&self, kept: &Kept) {
        let id = kept.article.id;
        self.remove(keys::article(kept.article.first_seen.timestamp_millis(), id));
        self.remove(keys::beside(id));
        let mut filed = self.filed.borrow_mut();
        let filing = filed.filing(id, None);
        (filing.first_seen, filing.listing) = (None, Some(Listing::default()));
    }

    /// Writes everything at once, so that a crash leaves all of it or nothing.
    pub(super) fn commit(self) -> Result<(), StoreError> {
        let run = self.filed.take().into_run();
        if !run.0.is_empty() {
            let key = keys::run(self.store.index().next_run());
            self.insert(key, self.pack(|packer| run.write(packer))?);
        }
        let kept = self.kept.take();
        if let Err(error) = self.write() {
            // sled may have written some of it.
            self.store.take_in(&Run::default(), &kept);
            return Err(error);
        }
        self.store.take_in(&run, &kept);
        self.store.reworded().append(&mut self.reworded.take());
        Ok(())
    }

    fn write(&self) -> Result<(), StoreError> {
        let held = self.held.borrow();
        if !held.values().any(|held| held.written) {
            return Ok(());
        }
        let writes = || {
            let mut batch = Batch::default();
            for (key, held) in held.iter().filter(|(_, held)| held.written) {
                match &held.value {
                    Some(value) => batch.insert(&key[..], value),
                    None => batch.remove(&key[..]),
                }
            }
            batch
        };
        match self.store.db.apply_batch(writes()) {
            // With what is written sled moves a page out of a segment that it empties, and says so of the write where that
            // page is damaged. The next time it moves another one.
            Err(sled::Error::Corruption { .. }) => {
                self.store.met_damage.store(true, Ordering::Release);
                self.store.db.apply_batch(writes()).map_err(failed)
            }
            written => written.map_err(failed),
        }
    }
}
