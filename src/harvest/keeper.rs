//! Keeping what the passes of many sources have come to: what waits at the same time is kept together.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::{Desk, Roster};
use crate::dedupe::MergeRules;
use crate::store::{Batch, Decision, Store, StoreError};

/// Articles kept together; what goes beyond them waits for the next turn. With four times as many a poll into an empty
/// store takes the same time and 10 MB more.
const ARTICLES_TOGETHER_MAX: usize = 64;
/// Who keeps at once: one packs articles while another one writes.
const AT_WORK_MAX: usize = 2;
/// What is done, for the error when it breaks off.
const KEEPING: &str = "keeping what was read";

/// Where all passes have kept what they come to.
///
/// A commit costs the store about the same for one source as for some, so whoever keeps takes what waits, up to a bound.
/// Nobody waits for company: who comes first is kept at once, and others gather meanwhile.
#[derive(Clone)]
pub struct Keeper {
    store: Arc<dyn Store>,
    desk: Desk,
    merge: MergeRules,
    queue: Arc<Mutex<Queue>>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Handed>,
    at_work: usize,
}

/// A batch, the roster of its pass, and who waits for what becomes of it.
struct Handed {
    batch: Batch,
    roster: Roster,
    kept: oneshot::Sender<Result<Vec<Decision>, StoreError>>,
}

impl Queue {
    /// What waits longest, and what came after it by the same roster, up to a bound.
    fn take(&mut self) -> Option<(Roster, Vec<Handed>)> {
        let first = self.waiting.pop_front()?;
        let roster = first.roster.clone();
        let mut articles = first.batch.articles.len();
        let fit = self.waiting.iter().take_while(|next| {
            articles += next.batch.articles.len();
            articles <= ARTICLES_TOGETHER_MAX && next.roster.is(&roster)
        });
        let fit = fit.count();
        Some((roster, std::iter::once(first).chain(self.waiting.drain(..fit)).collect()))
    }
}

impl Keeper {
    /// One that keeps in a store, at a desk; `merge` says what happens to copies.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, desk: Desk, merge: MergeRules) -> Self {
        Self { store, desk, merge, queue: Arc::default() }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a batch as [`Store::admit`] does, by the roster of its pass, with those that others hand over meanwhile.
    ///
    /// # Errors
    /// When the store fails; then nothing of the batch is kept.
    pub async fn keep(&self, batch: Batch, roster: &Roster) -> Result<Vec<Decision>, StoreError> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let (kept, decisions) = oneshot::channel();
        let is_wanted = {
            let mut queue = self.queue();
            queue.waiting.push_back(Handed { batch, roster: roster.clone(), kept });
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
        while let Some((roster, handed)) = self.next() {
            let (batches, waiting): (Vec<_>, Vec<_>) = handed.into_iter().map(|one| (one.batch, one.kept)).unzip();
            for (kept, decisions) in waiting.into_iter().zip(self.keep_all(batches, &roster).await) {
                // Whoever waits no more has stopped.
                let _ = kept.send(decisions);
            }
        }
    }

    fn next(&self) -> Option<(Roster, Vec<Handed>)> {
        let mut queue = self.queue();
        let next = queue.take();
        queue.at_work -= usize::from(next.is_none());
        next
    }

    /// What becomes of each batch: what is wrong with one of them does not bear on the others.
    async fn keep_all(&self, batches: Vec<Batch>, roster: &Roster) -> Vec<Result<Vec<Decision>, StoreError>> {
        let batches: Arc<[Batch]> = batches.into();
        let all = 0..batches.len();
        match self.admit(&batches, all.clone(), roster).await {
            Ok(decisions) => {
                let mut decisions = decisions.into_iter();
                let own = |batch: &Batch| Ok(decisions.by_ref().take(batch.articles.len()).collect());
                batches.iter().map(own).collect()
            }
            Err(error) if error.is_pause() || batches.len() == 1 => {
                vec![Err(error); batches.len()]
            }
            Err(_) => {
                let mut done: Vec<Result<Vec<Decision>, StoreError>> = Vec::with_capacity(batches.len());
                for at in all {
                    // A disk that fails once more fails the rest too.
                    done.push(match done.last() {
                        Some(Err(error)) if error.is_pause() || matches!(error, StoreError::Io(_)) => {
                            Err(error.clone())
                        }
                        _ => self.admit(&batches, at..at + 1, roster).await,
                    });
                }
                done
            }
        }
    }

    /// Has some of the batches kept together, off the threads that serve.
    async fn admit(
        &self,
        batches: &Arc<[Batch]>,
        some: Range<usize>,
        roster: &Roster,
    ) -> Result<Vec<Decision>, StoreError> {
        let (store, roster, merge, batches) = (self.store.clone(), roster.clone(), self.merge, batches.clone());
        let admit = move || store.admit(&batches[some], &|incoming, known| roster.decide(incoming, known, &merge));
        self.desk.store(KEEPING, admit).await
    }
}
