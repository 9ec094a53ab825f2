//! Keeping what the passes of many sources have come to: what waits at the same time is kept together.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::{Desk, Roster};
use crate::dedupe::MergeRules;
use crate::store::{Batch, Decision, Store, StoreError};

/// Articles kept together; what goes beyond them waits for the next turn.
const ARTICLES_TOGETHER_MAX: usize = 256;
/// Who keeps at once: one packs articles while another one writes.
const AT_WORK_MAX: usize = 2;
/// What is done, for the error when it breaks off.
const KEEPING: &str = "keeping what was read";

/// Where all passes have kept what they come to, and what decides on it.
///
/// A commit costs the store about the same for one source as for many, so whoever keeps takes all that waits. Nobody waits
/// for company: who comes first is kept at once, and others gather meanwhile.
#[derive(Clone)]
pub struct Keeper {
    store: Arc<dyn Store>,
    desk: Desk,
    roster: Roster,
    merge: MergeRules,
    queue: Arc<Mutex<Queue>>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Handed>,
    at_work: usize,
}

/// A batch, and who waits for what becomes of it.
struct Handed {
    batch: Batch,
    kept: oneshot::Sender<Result<Vec<Decision>, StoreError>>,
}

impl Queue {
    /// All that waits, up to a bound, the first of it in any case.
    fn take(&mut self) -> Vec<Handed> {
        let mut articles = 0;
        let fit = self.waiting.iter().take_while(|handed| {
            let before = articles;
            articles += handed.batch.articles.len();
            before == 0 || articles <= ARTICLES_TOGETHER_MAX
        });
        let count = fit.count();
        self.waiting.drain(..count).collect()
    }
}

impl Keeper {
    /// One that keeps in a store, at a desk, by what a roster and the rules for copies say.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, desk: Desk, roster: Roster, merge: MergeRules) -> Self {
        Self { store, desk, roster, merge, queue: Arc::default() }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a batch as [`Store::admit`] does, with those that others hand over meanwhile.
    ///
    /// # Errors
    /// When the store fails; then nothing of the batch is kept.
    pub async fn keep(&self, batch: Batch) -> Result<Vec<Decision>, StoreError> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let (kept, decisions) = oneshot::channel();
        let is_wanted = {
            let mut queue = self.queue();
            queue.waiting.push_back(Handed { batch, kept });
            let is_wanted = queue.at_work < AT_WORK_MAX;
            queue.at_work += usize::from(is_wanted);
            is_wanted
        };
        if is_wanted {
            tokio::spawn(self.clone().work());
        }
        decisions.await.unwrap_or_else(|_| Err(StoreError::BrokeOff(KEEPING.to_owned())))
    }

    /// Keeps what waits until nothing does.
    async fn work(self) {
        while let Some(handed) = self.next() {
            let (batches, waiting): (Vec<_>, Vec<_>) =
                handed.into_iter().map(|Handed { batch, kept }| (batch, kept)).unzip();
            for (kept, decisions) in waiting.into_iter().zip(self.keep_all(batches).await) {
                // Whoever waits no more has stopped.
                let _ = kept.send(decisions);
            }
        }
    }

    fn next(&self) -> Option<Vec<Handed>> {
        let mut queue = self.queue();
        let next = Some(queue.take()).filter(|handed| !handed.is_empty());
        queue.at_work -= usize::from(next.is_none());
        next
    }

    /// What becomes of each batch: what is wrong with one of them does not bear on the others.
    async fn keep_all(&self, batches: Vec<Batch>) -> Vec<Result<Vec<Decision>, StoreError>> {
        let batches: Arc<[Batch]> = batches.into();
        let each = 0..batches.len();
        match self.admit(&batches, each.clone()).await {
            Ok(decisions) => {
                let mut decisions = decisions.into_iter();
                let own = |batch: &Batch| Ok(decisions.by_ref().take(batch.articles.len()).collect());
                batches.iter().map(own).collect()
            }
            Err(StoreError::Damaged(_) | StoreError::BrokeOff(_)) if batches.len() > 1 => {
                let mut done = Vec::with_capacity(batches.len());
                for at in each {
                    done.push(self.admit(&batches, at..at + 1).await);
                }
                done
            }
            Err(error) => vec![Err(error); batches.len()],
        }
    }

    /// Has some of the batches kept together, off the threads that serve.
    async fn admit(&self, batches: &Arc<[Batch]>, some: Range<usize>) -> Result<Vec<Decision>, StoreError> {
        let (store, roster, merge, batches) = (self.store.clone(), self.roster.clone(), self.merge, batches.clone());
        let admit = move || store.admit(&batches[some], &|incoming, known| roster.decide(incoming, known, &merge));
        self.desk.store(KEEPING, admit).await
    }
}
