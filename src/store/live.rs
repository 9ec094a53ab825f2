//! The store of a running program: owned, cared for, and the same to its readers while it is written anew.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use url::Url;

use super::open::{open, open_unchanged};
use super::place::Place;
use super::sled::SledStore;
use super::{
    Batch, Beside, Decision, Incoming, IsKnown, Known, Met, PageState, Rule, SourceState, Store, StoreError,
    Subscription, io,
};
use crate::model::{ArticleId, SourceId, Story};
use crate::text::Sought;

/// A store that takes more than this on disk and this many times what is in it is written anew. A fresh one takes
/// little more than what is in it, one in use up to twice as much.
const WASTE_BYTES_MIN: u64 = 32 << 20;
const WASTE_TIMES: u64 = 3;
/// How long readers may take to let go of a store that is to be closed.
const LEAVE_MAX: Duration = Duration::from_secs(10);
const LEAVE_STEP: Duration = Duration::from_millis(5);

/// A [`SledStore`] in its place.
#[derive(Debug)]
pub struct LiveStore {
    pub(super) place: Place,
    /// Nothing only when a store that was closed could not be opened again.
    inner: RwLock<Option<Arc<SledStore>>>,
    /// How often it was opened anew.
    openings: AtomicU64,
    /// Held by writers for reading; who wants none to write holds it for writing.
    pub(super) writers: RwLock<()>,
    /// Held while the backup is written.
    pub(super) backing_up: Mutex<()>,
    /// Moves on with the inner one, whichever store that is.
    generation: watch::Sender<u64>,
    /// The inner generation that the outer one has followed.
    followed: Mutex<u64>,
    /// A write has failed; sled takes none until it is opened again.
    broken: AtomicBool,
    /// A writer has met damage.
    pub(super) damaged: AtomicBool,
}

impl LiveStore {
    /// Opens the store in `path`, which is made when it is missing.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::Version`], [`StoreError::Damaged`], or [`StoreError::Open`] with the
    /// system's words.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let place = Place::take(path)?;
        let store = open(&place)?;
        Ok(Self::over(place, store))
    }

    /// As [`LiveStore::open`], for a look: one of an earlier format is left as it is, and none is made.
    ///
    /// # Errors
    /// [`StoreError::Earlier`] and [`StoreError::Missing`] besides.
    pub fn open_unchanged(path: &Path) -> Result<Self, StoreError> {
        // What is wrong with a file in its place, opening tells.
        if !path.is_file() && !path.join("db").exists() {
            return Err(StoreError::Missing);
        }
        let place = Place::take(path)?;
        let store = open_unchanged(&place)?;
        Ok(Self::over(place, store))
    }

    pub(super) fn over(place: Place, store: SledStore) -> Self {
        let generation = store.generation();
        Self {
            place,
            inner: RwLock::new(Some(Arc::new(store))),
            openings: AtomicU64::default(),
            writers: RwLock::default(),
            backing_up: Mutex::default(),
            generation: watch::Sender::new(generation),
            followed: Mutex::new(generation),
            broken: AtomicBool::new(false),
            damaged: AtomicBool::new(false),
        }
    }

    /// Whether the last owner closed the store, and nobody has touched its database since; what a kill or a damaged disk
    /// left is not so.
    #[must_use]
    pub fn was_closed_well(&self) -> bool {
        self.place.was_closed_well()
    }

    /// Something of the store may be damaged until it was checked.
    pub(super) fn note_damage(&self) {
        self.place.set_sound(false);
        self.damaged.store(true, Ordering::Release);
    }

    /// Whether a writer has met damage since the last [`LiveStore::check`].
    #[must_use]
    pub fn is_suspect(&self) -> bool {
        self.damaged.load(Ordering::Acquire)
    }

    /// Writes the store anew when most of its disk space holds nothing any more. Returns the bytes before and after.
    ///
    /// # Errors
    /// When the disk fails; the store is then as it was.
    pub fn compact_if_wasteful(&self) -> Result<Option<(u64, u64)>, StoreError> {
        if self.disk_bytes()? < WASTE_BYTES_MIN {
            return Ok(None);
        }
        let size = self.store()?.size()?;
        if size.disk_bytes > size.live_bytes * WASTE_TIMES { self.compact().map(Some) } else { Ok(None) }
    }

    /// Writes the store anew. Returns the bytes that it took on disk before and takes after.
    ///
    /// # Errors
    /// When the disk fails; the store is then as it was.
    pub fn compact(&self) -> Result<(u64, u64), StoreError> {
        let _alone = self.writers.write().unwrap_or_else(PoisonError::into_inner);
        self.takes_writes()?;
        let before = self.disk_bytes()?;
        let partial = self.place.partial();
        // A rescue that broke off may have left its own.
        if partial.exists() {
            std::fs::remove_dir_all(&partial).map_err(|error| io(&error))?;
        }
        if let Err(error) = self.store()?.copy_to(&partial) {
            if matches!(error, StoreError::Damaged(_)) {
                self.note_damage();
            }
            // What is left of the copy goes at the next start, if not now.
            let _ = std::fs::remove_dir_all(partial);
            return Err(error);
        }
        self.exchange(|| self.place.replace().map_err(|error| io(&error)))?;
        Ok((before, self.disk_bytes()?))
    }

    /// Indexes the words of some stories that are not indexed yet, for [`Store::search`]. Returns whether there may be more.
    ///
    /// # Errors
    /// When the disk fails or is full, or a record is damaged.
    pub fn index_words(&self) -> Result<bool, StoreError> {
        self.write("index", SledStore::index_words)
    }

    /// Closes the store, lets `work` change its place, and opens what is there then.
    pub(super) fn exchange(&self, work: impl FnOnce() -> Result<(), StoreError>) -> Result<(), StoreError> {
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = inner.take() {
            let mut store = Some(store);
            let started = Instant::now();
            while store.as_ref().is_some_and(|store| Arc::strong_count(store) > 1) {
                if started.elapsed() > LEAVE_MAX {
                    *inner = store.take();
                    return Err(StoreError::Io("readers did not let go of the store".to_owned()));
                }
                std::thread::sleep(LEAVE_STEP);
            }
        }
        let done = work();
        let opened = open(&self.place)?.numbered(self.openings.fetch_add(1, Ordering::Relaxed) + 1);
        *self.followed.lock().unwrap_or_else(PoisonError::into_inner) = opened.generation();
        *inner = Some(Arc::new(opened));
        self.broken.store(false, Ordering::Release);
        done
    }

    /// What the store takes on disk.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn disk_bytes(&self) -> Result<u64, StoreError> {
        self.store()?.disk_bytes()
    }

    pub(super) fn store(&self) -> Result<Arc<SledStore>, StoreError> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        inner.clone().ok_or_else(|| StoreError::Io("it was closed and cannot be opened again".to_owned()))
    }

    /// Writes while the disk takes writes and nobody wants the store for itself.
    fn write<T>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&SledStore) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.place.has_room()?;
        if self.broken.load(Ordering::Acquire) {
            let _alone = self.writers.write().unwrap_or_else(PoisonError::into_inner);
            if self.broken.load(Ordering::Acquire) {
                // Until the disk takes writes the store stays as it is, and can be read; it could not be opened again.
                self.takes_writes()?;
                self.exchange(|| Ok(()))?;
                self.tell_of_change();
            }
        }
        let _turn = self.turn();
        let store = self.store()?;
        let started = Instant::now();
        let done = work(&store);
        metrics::histogram!("bantin_store_operation_duration_seconds", "operation" => operation)
            .record(started.elapsed().as_secs_f64());
        self.follow(&store);
        match done {
            Err(StoreError::Io(_)) => {
                // What it has written last may be torn.
                self.place.set_sound(false);
                self.broken.store(true, Ordering::Release);
            }
            Err(StoreError::Damaged(_)) => self.note_damage(),
            _ => {}
        }
        if store.take_met_damage() {
            self.note_damage();
        }
        done
    }

    /// Tells of a change of the inner store, once.
    fn follow(&self, store: &SledStore) {
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        if *followed != store.generation() {
            *followed = store.generation();
            self.generation.send_modify(|generation| *generation += 1);
        }
    }

    /// Tells of stories that another store in this place may hold.
    pub(super) fn tell_of_change(&self) {
        self.generation.send_modify(|generation| *generation += 1);
    }

    /// A writer's turn. The runtime's other tasks go on while it is waited for.
    fn turn(&self) -> RwLockReadGuard<'_, ()> {
        if let Ok(turn) = self.writers.try_read() {
            return turn;
        }
        let wait = || self.writers.read().unwrap_or_else(PoisonError::into_inner);
        match tokio::runtime::Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
            Ok(tokio::runtime::RuntimeFlavor::MultiThread) => tokio::task::block_in_place(wait),
            _ => wait(),
        }
    }
}

impl Drop for LiveStore {
    fn drop(&mut self) {
        let inner = self.inner.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        // Without the note the next owner reads all of the store, which does no harm.
        if inner.and_then(Arc::into_inner).map(drop).is_some() {
            let _ = self.place.close();
        }
    }
}

impl Store for LiveStore {
    fn admit(&self, batches: &[Batch], rule: Rule) -> Result<Vec<Decision>, StoreError> {
        let operation = if batches.iter().any(Batch::is_of_stories) { "admit" } else { "remember" };
        self.write(operation, |store| store.admit(batches, rule))
    }

    fn known(&self, incoming: &Incoming) -> Result<Known, StoreError> {
        self.store()?.known(incoming)
    }

    fn story(&self, id: ArticleId) -> Result<Option<Story>, StoreError> {
        self.store()?.story(id)
    }

    fn at_address(&self, identity: &str) -> Result<Option<ArticleId>, StoreError> {
        self.store()?.at_address(identity)
    }

    fn sources_at(&self, identity: &str) -> Result<Vec<SourceId>, StoreError> {
        self.store()?.sources_at(identity)
    }

    fn split(&self, id: ArticleId, address: Option<&str>) -> Result<Vec<ArticleId>, StoreError> {
        self.write("split", |store| store.split(id, address))
    }

    fn join(&self, one: ArticleId, other: ArticleId) -> Result<ArticleId, StoreError> {
        self.write("join", |store| store.join(one, other))
    }

    fn visit(
        &self,
        sought: &[Sought],
        sources: Option<&[SourceId]>,
        is_known: IsKnown,
        visit: &mut dyn FnMut(Met) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.store()?.visit(sought, sources, is_known, visit)
    }

    fn page(&self, address: &Url) -> Result<Option<PageState>, StoreError> {
        self.store()?.page(address)
    }

    fn source(&self, id: &SourceId) -> Result<SourceState, StoreError> {
        self.store()?.source(id)
    }

    fn settle(&self) -> Result<(), StoreError> {
        self.write("settle", SledStore::settle)
    }

    fn prune(&self, before: DateTime<Utc>) -> Result<usize, StoreError> {
        self.write("prune", |store| store.prune(before))
    }

    fn takes_writes(&self) -> Result<(), StoreError> {
        self.place.has_room()?;
        if self.broken.load(Ordering::Acquire) { self.place.takes_writes() } else { Ok(()) }
    }

    fn between(
        &self,
        source: Option<&SourceId>,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<ArticleId>, StoreError> {
        self.store()?.between(source, from, to)
    }

    fn orders_beside(&self, before: DateTime<Utc>, from: DateTime<Utc>) -> Result<Beside, StoreError> {
        self.store()?.orders_beside(before, from)
    }

    fn subscriptions(&self) -> Result<Vec<Subscription>, StoreError> {
        self.store()?.subscriptions()
    }

    fn set_subscription(&self, subscription: &Subscription) -> Result<(), StoreError> {
        self.write("set_subscription", |store| store.set_subscription(subscription))
    }

    fn drop_subscription(&self, topic: &str, callback: &str) -> Result<(), StoreError> {
        self.write("drop_subscription", |store| store.drop_subscription(topic, callback))
    }

    fn generation(&self) -> u64 {
        *self.generation.borrow()
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }

    fn len(&self) -> usize {
        self.store().map(|store| store.len()).unwrap_or_default()
    }
}
