//! The store on disk, by sled 0.34: one tree, one writer at a time, one atomic write for the batches that are
//! handed over together, flushed before it is acknowledged; writers that wait for the disk at the same time share one flush.

mod admit;
mod check;
mod copy;
mod earlier;
mod filling;
mod index;
mod open;
mod places;
mod prune;
mod run;
mod salvage;
mod segment;
mod stories;
mod terms;
mod texts;
pub(super) mod tip;
mod transaction;
mod transfer;
mod upgrade;

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};

use chrono::{DateTime, Utc};
use sled::{Db, IVec};
use tokio::sync::watch;
use url::Url;

use self::admit::Prepared;
use self::index::{Index, Survey};
use self::run::Run;
use self::stories::{Found, Reader};
use self::terms::Terms;
use self::texts::Texts;
use self::transaction::Transaction;
use super::record::{self, Kept};
use super::{
    Batch, Beside, Decision, Incoming, IsKnown, Known, Met, PageState, Rule, SourceState, Store, StoreError,
    Subscription, keys,
};
use crate::model::{ArticleId, SourceId, Story};
use crate::text::Sought;

/// See [`SledStore::look_up_again`].
const LOOK_UPS: usize = 4;
/// Stories that a reader visits before it is taken for one who reads all.
const LONG_VISIT: usize = 1_000;
/// Stories that are looked up at once for a reader, who holds up no writer while they are read.
const NEWEST_AT_ONCE: usize = 128;

/// A store in a directory of its own.
#[derive(Debug)]
pub struct SledStore {
    db: Db,
    /// See [`SledStore::numbered`].
    opening: u64,
    generation: watch::Sender<u64>,
    /// What finds articles.
    index: RwLock<Index>,
    /// What finds articles by their texts, once it was asked for.
    texts: Mutex<Option<Texts>>,
    /// What finds stories by their words, once it was asked for.
    terms: Mutex<Option<Terms>>,
    /// See [`SledStore::reworded`].
    reworded: Mutex<Vec<ArticleId>>,
    /// Held from a writer's first read to its write.
    writer: Mutex<()>,
    /// Writes so far.
    written: AtomicU64,
    /// How many of them are on disk.
    flushed: Mutex<u64>,
    /// See [`SledStore::take_met_damage`].
    met_damage: AtomicBool,
}

impl SledStore {
    fn index(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in a run and articles that were written.
    fn take_in(&self, run: &Run, kept: &[ArticleId]) {
        if !run.0.is_empty() || !kept.is_empty() {
            self.index.write().unwrap_or_else(PoisonError::into_inner).apply(run, kept);
            self.file_texts(run);
        }
    }

    /// See [`Survey`].
    fn survey(&self) -> Survey {
        self.index.write().unwrap_or_else(PoisonError::into_inner).survey()
    }

    /// All runs with their numbers, in the order in which they were written.
    fn runs(&self) -> impl Iterator<Item = Result<(u64, Run), StoreError>> + use<'_> {
        self.walk(keys::RUNS).map(|entry| {
            let (key, run) = entry?;
            let number = key[keys::RUNS.len()..].try_into().map(u64::from_be_bytes);
            Ok((number.map_err(|_| StoreError::Damaged("the key of a run".to_owned()))?, Run::read(&run)?))
        })
    }

    /// The entries whose keys begin so, of which there may be many.
    ///
    /// An iterator counts one look-up for a whole leaf, see [`SledStore::look_up_again`].
    fn walk(&self, beginning: &[u8]) -> impl Iterator<Item = Result<(IVec, IVec), StoreError>> + use<'_> {
        self.db.scan_prefix(beginning).map(|entry| {
            let (key, value) = entry.map_err(failed)?;
            self.look_up_again(&key, LOOK_UPS)?;
            Ok((key, value))
        })
    }

    /// Keeps what a long read takes of memory within bounds. sled's cache is looked after whenever 64 look-ups were counted
    /// in one of its 256 parts: reading a store of 250 MB took 230 MB of memory. So each entry is looked up as often as
    /// makes 64 of a full leaf.
    fn look_up_again(&self, key: &[u8], times: usize) -> Result<(), StoreError> {
        (0..times).try_for_each(|_| self.db.contains_key(key).map(drop).map_err(failed))
    }

    /// Where an article stands that is there.
    fn key_of(&self, id: ArticleId) -> Option<Vec<u8>> {
        self.index().first_seen(id).map(|first_seen| keys::article(first_seen, id))
    }

    /// All articles, in the order in which they were first seen.
    fn articles(&self) -> impl Iterator<Item = Result<Kept, StoreError>> + use<'_> {
        self.walk(keys::ARTICLES).map(|entry| {
            let (key, packed) = entry?;
            record::read_article(keys::article_id(&key)?, &packed)
        })
    }

    fn reader(&self) -> Reader<impl Fn(ArticleId) -> Found> {
        let article = |id| match self.key_of(id) {
            Some(key) => self.db.get(key).map_err(failed),
            None => Ok(None),
        };
        Reader { article }
    }

    /// Visits stories, the newest first, that are wanted by their places in the index.
    fn walk_newest(
        &self,
        sources: Option<&[SourceId]>,
        is_wanted: impl Fn(u32) -> bool,
        is_known: IsKnown,
        visit: &mut dyn FnMut(Met) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut before = None;
        let mut visited = 0;
        loop {
            let orders = self.index().newest(sources, before, NEWEST_AT_ONCE, &is_wanted);
            for (_, id) in &orders {
                let id = ArticleId::from_bytes(*id);
                let Some(version) = self.version(id) else { continue };
                if is_known(id, version) {
                    if visit(Met { id, version, article: None }).is_break() {
                        return Ok(());
                    }
                    continue;
                }
                visited += 1;
                if visited > LONG_VISIT
                    && let Some(key) = self.key_of(id)
                {
                    self.look_up_again(&key, LOOK_UPS - 1)?;
                }
                // One that has joined another since it was looked up is met as that one, by a search perhaps the next time.
                let story = self.read(id)?.filter(|story| story.id() == id);
                let article = story.map(Story::published);
                if article.is_some_and(|article| visit(Met { id, version, article: Some(article) }).is_break()) {
                    return Ok(());
                }
            }
            before = orders.last().copied();
            if before.is_none() {
                return Ok(());
            }
        }
    }

    /// See [`Met::version`].
    fn version(&self, id: ArticleId) -> Option<u64> {
        self.index().version(id).map(|version| self.opening << u32::BITS | u64::from(version))
    }

    fn read(&self, id: ArticleId) -> Result<Option<Story>, StoreError> {
        self.reader().story(id)
    }

    /// Carries out one transaction and has it on disk.
    fn transact<T>(&self, work: impl FnOnce(&Transaction) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let done = self.carry_out(work)?;
        self.flush()?;
        Ok(done)
    }

    /// Carries out one transaction, which is on disk after the next flush.
    fn carry_out<T>(&self, work: impl FnOnce(&Transaction) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let _turn = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = Transaction::begin(self);
        let done = work(&transaction)?;
        transaction.commit()?;
        self.wrote();
        Ok(done)
    }

    /// Whether a write has met damage that was not its own since this was last asked.
    pub(super) fn take_met_damage(&self) -> bool {
        self.met_damage.swap(false, Ordering::AcqRel)
    }

    /// Something was written that is not on disk yet.
    fn wrote(&self) {
        self.written.fetch_add(1, Ordering::AcqRel);
    }

    /// Has all that was written before the call on disk. Of several callers one flushes for all.
    fn flush(&self) -> Result<(), StoreError> {
        let own = self.written.load(Ordering::Acquire);
        let mut flushed = self.flushed.lock().unwrap_or_else(PoisonError::into_inner);
        if *flushed < own {
            let written = self.written.load(Ordering::Acquire);
            self.db.flush().map_err(failed)?;
            *flushed = written;
        }
        Ok(())
    }

    /// Changes stories.
    fn change<T>(&self, work: impl FnOnce(&Transaction) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let done = self.transact(work)?;
        self.generation.send_modify(|generation| *generation += 1);
        Ok(done)
    }
}

/// What is held, loaded before where nothing is.
fn loaded<T>(held: &mut Option<T>, load: impl FnOnce() -> Result<T, StoreError>) -> Result<&mut T, StoreError> {
    let value = match held.take() {
        Some(value) => value,
        None => load()?,
    };
    Ok(held.insert(value))
}

fn failed(error: sled::Error) -> StoreError {
    match error {
        sled::Error::Corruption { .. } => StoreError::Damaged(error.to_string()),
        error => StoreError::Io(error.to_string()),
    }
}

impl Store for SledStore {
    fn admit(&self, batches: &[Batch], rule: Rule) -> Result<Vec<Decision>, StoreError> {
        let prepared = Prepared::of(batches)?;
        let admitted = self.carry_out(|tx| admit::admit(tx, batches, prepared, rule))?;
        if batches.iter().any(Batch::is_of_stories) {
            self.flush()?;
        }
        if admitted.changed {
            self.generation.send_modify(|generation| *generation += 1);
        }
        Ok(admitted.decisions)
    }

    fn known(&self, incoming: &Incoming) -> Result<Known, StoreError> {
        admit::known(&Transaction::begin(self), incoming)
    }

    fn story(&self, id: ArticleId) -> Result<Option<Story>, StoreError> {
        self.read(id)
    }

    fn split(&self, id: ArticleId, address: Option<&str>) -> Result<Vec<ArticleId>, StoreError> {
        self.change(|tx| stories::split(tx, id, address))
    }

    fn join(&self, one: ArticleId, other: ArticleId) -> Result<ArticleId, StoreError> {
        self.change(|tx| stories::join(tx, one, other))
    }

    fn at_address(&self, identity: &str) -> Result<Option<ArticleId>, StoreError> {
        Ok(self.index().named(&keys::address(identity)))
    }

    fn sources_at(&self, identity: &str) -> Result<Vec<SourceId>, StoreError> {
        let Some(id) = self.at_address(identity)? else { return Ok(Vec::new()) };
        let kept = self.reader().kept(id)?;
        Ok(kept.map_or_else(Vec::new, |kept| kept.article.listed_by().cloned().collect()))
    }

    fn visit(
        &self,
        sought: &[Sought],
        sources: Option<&[SourceId]>,
        is_known: IsKnown,
        visit: &mut dyn FnMut(Met) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        if sought.is_empty() {
            return self.walk_newest(sources, |_| true, is_known, visit);
        }
        let candidates = self.candidates(sought)?;
        self.walk_newest(sources, |place| candidates.hold(place), is_known, visit)
    }

    fn between(
        &self,
        source: Option<&SourceId>,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<ArticleId>, StoreError> {
        Ok(self.index().between(source, from, to))
    }

    fn orders_beside(&self, before: DateTime<Utc>, from: DateTime<Utc>) -> Result<Beside, StoreError> {
        Ok(self.index().beside(before, from))
    }

    fn subscriptions(&self) -> Result<Vec<Subscription>, StoreError> {
        let records = self.db.scan_prefix(keys::SUBSCRIPTIONS).values();
        records.map(|bytes| Subscription::read(&bytes.map_err(failed)?)).collect()
    }

    fn set_subscription(&self, subscription: &Subscription) -> Result<(), StoreError> {
        let key = keys::subscription(&subscription.topic, &subscription.callback);
        let value = subscription.write()?;
        self.transact(|tx| {
            tx.insert(key, value);
            Ok(())
        })
    }

    fn drop_subscription(&self, topic: &str, callback: &str) -> Result<(), StoreError> {
        self.transact(|tx| {
            tx.remove(keys::subscription(topic, callback));
            Ok(())
        })
    }

    fn page(&self, address: &Url) -> Result<Option<PageState>, StoreError> {
        let found = self.db.get(keys::page(address.as_str())).map_err(failed)?;
        found.map(|bytes| record::read_page(&bytes)).transpose()
    }

    fn source(&self, id: &SourceId) -> Result<SourceState, StoreError> {
        let found = self.db.get(keys::source(id)).map_err(failed)?;
        found.map_or_else(|| Ok(SourceState::default()), |bytes| record::read_source(&bytes))
    }

    fn settle(&self) -> Result<(), StoreError> {
        self.flush()
    }

    fn prune(&self, before: DateTime<Utc>) -> Result<usize, StoreError> {
        let turn = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let dropped = self.prune_stories(before)?;
        let swept = self.prune_pages(before)?;
        drop(turn);
        if dropped > 0 {
            self.generation.send_modify(|generation| *generation += 1);
        }
        if swept || dropped > 0 {
            self.wrote();
            self.flush()?;
        }
        Ok(dropped)
    }

    fn generation(&self) -> u64 {
        *self.generation.borrow()
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }

    fn len(&self) -> usize {
        self.index().len()
    }
}
