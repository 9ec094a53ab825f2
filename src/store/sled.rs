//! The store on disk, by sled 0.34: one tree, one transaction a batch, flushed before it is acknowledged.

use std::collections::{BinaryHeap, HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sled::transaction::{ConflictableTransactionError, TransactionError, TransactionalTree};
use sled::{Batch as Writes, Db, IVec};
use url::Url;

use super::record::{self, Handles};
use super::{Batch, Decision, Incoming, Known, PageState, Rule, SourceState, Store, StoreError, keys};
use crate::model::{Article, ArticleId, SourceId};

/// How long a lock that another handle holds is waited for.
const LOCK_WAIT_MAX: Duration = Duration::from_secs(1);
const LOCK_WAIT_STEP: Duration = Duration::from_millis(10);
/// sled's own default is 1 GiB.
const CACHE_BYTES: u64 = 64 << 20;
/// Articles compared with an incoming one.
const ALIKE_MAX: usize = 8;
/// Articles kept for one number of a sketch; what more share is boilerplate.
const SKETCHED_MAX: usize = 32;
/// Entries removed in one write while pruning.
const PRUNE_ENTRIES_MAX: usize = 1_000;

/// A store in a directory of its own.
#[derive(Debug)]
pub struct SledStore {
    db: Db,
    generation: AtomicU64,
    articles: AtomicUsize,
}

impl SledStore {
    /// Opens the store in `path`, which is made when it is missing.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::Version`], or [`StoreError::Open`] with the system's words.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let db = open_db(path)?;
        if let Some(bytes) = db.get(keys::VERSION).map_err(failed)? {
            let found = bytes.as_ref().try_into().map_or(0, u32::from_be_bytes);
            if found != record::FORMAT {
                return Err(StoreError::Version { path: path.to_owned(), found, known: record::FORMAT });
            }
        } else {
            db.insert(keys::VERSION, &record::FORMAT.to_be_bytes()).map_err(failed)?;
            db.flush().map_err(failed)?;
        }
        let articles = db.scan_prefix(keys::HEADS).count();
        let generation = db.generate_id().map_err(failed)?;
        Ok(Self { db, generation: AtomicU64::new(generation << 20), articles: AtomicUsize::new(articles) })
    }

    fn with_body(&self, mut article: Article) -> Result<Article, StoreError> {
        if let Some(bytes) = self.db.get(keys::body(article.id)).map_err(failed)? {
            (article.html, article.text) = record::read_body(&bytes)?;
        }
        Ok(article)
    }

    /// Takes articles out of all that finds them by their texts: what their copies and earlier versions filed too.
    fn forget_texts(&self, gone: &HashSet<[u8; keys::ID_BYTES]>) -> Result<(), StoreError> {
        let kept = |ids: &[u8]| without(ids, |id| gone.contains(id));
        for prefix in [keys::SKETCHED, keys::FINGERPRINTS] {
            for entry in self.db.scan_prefix(prefix) {
                let (key, ids) = entry.map_err(failed)?;
                if kept(&ids).len() < ids.len() {
                    let rest = |ids: Option<&[u8]>| ids.map(kept).filter(|ids| !ids.is_empty());
                    self.db.update_and_fetch(key, rest).map_err(failed)?;
                }
            }
        }
        Ok(())
    }

    fn read(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        match self.db.get(keys::head(id)).map_err(failed)? {
            Some(bytes) => self.with_body(record::read_head(id, &bytes)?.0).map(Some),
            None => Ok(None),
        }
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
            Err(error) => return Err(StoreError::Open { path: path.to_owned(), reason: error.to_string() }),
        }
    }
}

/// All entries of an article but its addresses, which outlive it, and those by its texts, see
/// [`SledStore::forget_texts`].
fn forget(id: ArticleId, head: &[u8], writes: &mut Writes) -> Result<usize, StoreError> {
    let (article, handles) = record::read_head(id, head)?;
    let mut gone = vec![keys::head(id), keys::body(id)];
    gone.extend(keys::index_entries(&article));
    gone.extend(handles.guids.iter().map(|(source, guid)| keys::guid(source, guid)));
    let count = gone.len();
    for key in gone {
        writes.remove(key);
    }
    Ok(count)
}

/// sled 0.34 takes an exclusive lock on its file and reports a taken one as this kind of error.
fn is_lock(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::WouldBlock || error.to_string().contains("could not acquire lock")
}

fn failed(error: sled::Error) -> StoreError {
    match error {
        sled::Error::Corruption { .. } => StoreError::Damaged(error.to_string()),
        error => StoreError::Io(error.to_string()),
    }
}

type Abort = ConflictableTransactionError<StoreError>;

fn abort(error: StoreError) -> Abort {
    ConflictableTransactionError::Abort(error)
}

/// Why a transaction kept nothing.
fn undone(error: TransactionError<StoreError>) -> StoreError {
    match error {
        TransactionError::Abort(error) => error,
        TransactionError::Storage(error) => failed(error),
    }
}

/// What the transaction knows of an incoming article, its own earlier writes included.
fn known(tx: &TransactionalTree, incoming: &Incoming) -> Result<Known, Abort> {
    let mut known = Known::default();
    for identity in &incoming.identities {
        if let Some(id) = tx.get(keys::address(identity))? {
            match article_in(tx, &id)? {
                Some(article) => known.by_address = Some(article),
                None => known.dropped = true,
            }
            break;
        }
    }
    if let Some(guid) = &incoming.guid
        && let Some(id) = tx.get(keys::guid(&incoming.article.source, guid))?
    {
        known.by_guid = article_in(tx, &id)?;
    }
    if let Some(print) = incoming.fingerprint
        && let Some(id) = tx.get(keys::fingerprint(print))?
    {
        known.by_text = article_in(tx, &id)?;
    }
    if known.by_address.is_none() && !known.dropped {
        known.alike = alike(tx, &incoming.sketch)?;
    }
    Ok(known)
}

/// The articles whose sketches share the most numbers with one.
fn alike(tx: &TransactionalTree, sketch: &[u32]) -> Result<Vec<Article>, Abort> {
    let mut shared: HashMap<[u8; keys::ID_BYTES], usize> = HashMap::new();
    for number in sketch {
        if let Some(ids) = tx.get(keys::sketched(*number))? {
            for id in ids.as_chunks().0 {
                *shared.entry(*id).or_default() += 1;
            }
        }
    }
    let mut shared: Vec<([u8; keys::ID_BYTES], usize)> = shared.into_iter().collect();
    shared.sort_unstable_by_key(|(id, count)| (std::cmp::Reverse(*count), *id));
    let mut found = Vec::new();
    for (id, _) in shared {
        found.extend(article_in(tx, &IVec::from(&id))?);
        if found.len() == ALIKE_MAX {
            break;
        }
    }
    Ok(found)
}

fn id_from(bytes: &IVec) -> Result<ArticleId, Abort> {
    let bytes = bytes.as_ref().try_into().map_err(|_| abort(StoreError::Damaged("an article id".to_owned())))?;
    Ok(ArticleId::from_bytes(bytes))
}

fn article_in(tx: &TransactionalTree, id: &IVec) -> Result<Option<Article>, Abort> {
    let id = id_from(id)?;
    let Some(head) = tx.get(keys::head(id))? else { return Ok(None) };
    let (mut article, _) = record::read_head(id, &head).map_err(abort)?;
    if let Some(body) = tx.get(keys::body(id))? {
        (article.html, article.text) = record::read_body(&body).map_err(abort)?;
    }
    Ok(Some(article))
}

/// A list of ids without those that are gone.
fn without(ids: &[u8], gone: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    ids.chunks_exact(keys::ID_BYTES).filter(|id| !gone(id)).flatten().copied().collect()
}

/// Writes an article and all entries that find it.
fn put(tx: &TransactionalTree, article: &Article, incoming: &Incoming) -> Result<(), Abort> {
    let mut handles = Handles::default();
    if let Some(head) = tx.get(keys::head(article.id))? {
        let (before, known) = record::read_head(article.id, &head).map_err(abort)?;
        for key in keys::index_entries(&before) {
            tx.remove(key)?;
        }
        handles = known;
    }
    let guid = incoming.guid.clone().map(|guid| (incoming.article.source.clone(), guid));
    handles.add(&incoming.identities, guid, incoming.fingerprint);
    let id = &article.id.to_bytes();
    tx.insert(keys::head(article.id), record::write_head(article, &handles).map_err(abort)?)?;
    tx.insert(keys::body(article.id), record::write_body(article).map_err(abort)?)?;
    for key in keys::index_entries(article) {
        tx.insert(key, &[])?;
    }
    for identity in &handles.identities {
        tx.insert(keys::address(identity), id)?;
    }
    for (source, guid) in &handles.guids {
        tx.insert(keys::guid(source, guid), id)?;
    }
    if let Some(print) = incoming.fingerprint {
        tx.insert(keys::fingerprint(print), id)?;
    }
    for number in &incoming.sketch {
        let key = keys::sketched(*number);
        let mut ids = without(tx.get(&key)?.as_deref().unwrap_or_default(), |other| other == id);
        ids.extend_from_slice(id);
        let cut = ids.len().saturating_sub(SKETCHED_MAX * keys::ID_BYTES);
        tx.insert(key, &ids[cut..])?;
    }
    Ok(())
}

impl Store for SledStore {
    fn admit(&self, batch: Batch, rule: Rule) -> Result<Vec<Decision>, StoreError> {
        let decided = self.db.transaction(|tx| {
            let mut decisions = Vec::with_capacity(batch.articles.len());
            for incoming in &batch.articles {
                let decision = rule(incoming, &known(tx, incoming)?);
                match &decision {
                    Decision::New(article)
                    | Decision::Revised(article)
                    | Decision::Copy(article)
                    | Decision::Amended(article) => put(tx, article, incoming)?,
                    Decision::Unchanged(id) => {
                        for key in incoming.identities.iter().map(|identity| keys::address(identity)) {
                            if tx.get(&key)?.is_none() {
                                tx.insert(key, &id.to_bytes())?;
                            }
                        }
                    }
                    Decision::Dropped => {}
                }
                decisions.push(decision);
            }
            for (address, page) in &batch.pages {
                tx.insert(keys::page(address.as_str()), record::write_page(page).map_err(abort)?)?;
            }
            Ok(decisions)
        });
        let decisions = decided.map_err(undone)?;
        self.db.flush().map_err(failed)?;
        let new = decisions.iter().filter(|decision| matches!(decision, Decision::New(_))).count();
        self.articles.fetch_add(new, Ordering::Relaxed);
        if !decisions.iter().all(|decision| matches!(decision, Decision::Unchanged(_) | Decision::Dropped)) {
            self.generation.fetch_add(1, Ordering::Release);
        }
        Ok(decisions)
    }

    fn known(&self, incoming: &Incoming) -> Result<Known, StoreError> {
        self.db.transaction(|tx| known(tx, incoming)).map_err(undone)
    }

    fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        self.read(id)
    }

    fn at_address(&self, identity: &str) -> Result<Option<ArticleId>, StoreError> {
        let found = self.db.get(keys::address(identity)).map_err(failed)?;
        found.map(|bytes| id_from(&bytes).map_err(|_| StoreError::Damaged("an article id".to_owned()))).transpose()
    }

    fn newest(
        &self,
        sources: Option<&[SourceId]>,
        visit: &mut dyn FnMut(Article) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let prefixes = match sources {
            Some(sources) => sources.iter().map(|source| keys::index(Some(source))).collect(),
            None => vec![keys::index(None)],
        };
        let mut scans: Vec<_> = prefixes.iter().map(|prefix| self.db.scan_prefix(prefix).keys().rev()).collect();
        let mut heap: BinaryHeap<(Vec<u8>, usize)> = BinaryHeap::new();
        let mut advance = |at: usize, heap: &mut BinaryHeap<(Vec<u8>, usize)>| -> Result<(), StoreError> {
            if let Some(key) = scans[at].next() {
                let key = key.map_err(failed)?;
                let (tail, _) =
                    keys::index_tail(&key).ok_or_else(|| StoreError::Damaged("an index entry".to_owned()))?;
                heap.push((tail.to_vec(), at));
            }
            Ok(())
        };
        for at in 0..prefixes.len() {
            advance(at, &mut heap)?;
        }
        let mut last = None;
        while let Some((tail, at)) = heap.pop() {
            advance(at, &mut heap)?;
            let id = keys::index_tail(&tail).map(|(_, id)| id);
            if id == last {
                continue;
            }
            last = id;
            if let Some(article) = id.map(|id| self.read(id)).transpose()?.flatten()
                && visit(article).is_break()
            {
                break;
            }
        }
        Ok(())
    }

    fn page(&self, address: &Url) -> Result<Option<PageState>, StoreError> {
        let found = self.db.get(keys::page(address.as_str())).map_err(failed)?;
        found.map(|bytes| record::read_page(&bytes)).transpose()
    }

    fn source(&self, id: &SourceId) -> Result<SourceState, StoreError> {
        let found = self.db.get(keys::source(id)).map_err(failed)?;
        found.map_or_else(|| Ok(SourceState::default()), |bytes| record::read_source(&bytes))
    }

    fn set_source(&self, id: &SourceId, state: &SourceState) -> Result<(), StoreError> {
        self.db.insert(keys::source(id), record::write_source(state)?).map_err(failed)?;
        self.db.flush().map_err(failed)?;
        Ok(())
    }

    fn prune(&self, before: DateTime<Utc>) -> Result<usize, StoreError> {
        let mut dropped = 0;
        let mut entries = 0;
        let mut gone = HashSet::new();
        let mut writes = Writes::default();
        for entry in self.db.scan_prefix(keys::HEADS) {
            let (key, head) = entry.map_err(failed)?;
            let Some(((), id)) = keys::index_tail(&[&[0; 8], &key[1..]].concat()).map(|(_, id)| ((), id)) else {
                continue;
            };
            if record::read_head(id, &head)?.0.first_seen < before {
                gone.insert(id.to_bytes());
                entries += forget(id, &head, &mut writes)?;
                dropped += 1;
            }
            if entries >= PRUNE_ENTRIES_MAX {
                self.db.apply_batch(std::mem::take(&mut writes)).map_err(failed)?;
                entries = 0;
            }
        }
        for entry in self.db.scan_prefix(keys::PAGES) {
            let (key, page) = entry.map_err(failed)?;
            if record::read_page(&page)?.asked < before {
                writes.remove(key);
            }
        }
        self.db.apply_batch(writes).map_err(failed)?;
        if !gone.is_empty() {
            self.forget_texts(&gone)?;
        }
        self.db.flush().map_err(failed)?;
        if dropped > 0 {
            self.articles.fetch_sub(dropped, Ordering::Relaxed);
            self.generation.fetch_add(1, Ordering::Release);
        }
        Ok(dropped)
    }

    fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    fn len(&self) -> usize {
        self.articles.load(Ordering::Relaxed)
    }
}
