//! Work that keeps a processor busy or waits for the disk, off the threads that serve, and not too much of it at once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use url::Url;

use super::HarvestError;
use crate::parse::ParseError;
use crate::store::StoreError;

/// Pieces of work at once for each processor: some compute while others wait for the store.
const AT_ONCE_PER_PROCESSOR: usize = 2;

/// What is nearest to its end goes first, so that an article that was read is not kept waiting by feeds that were not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Articles and states are kept.
    Keeping,
    /// The page of an article is parsed.
    Page,
    /// A pass begins: a feed, listing or sitemap is parsed, recent stories are looked up.
    List,
}

const STAGES: usize = 3;

/// Where all harvests do such work. Without a bound, every source under way would hold a thread, its stack and its heap.
#[derive(Clone, Debug)]
pub struct Desk(Arc<Mutex<Places>>);

#[derive(Debug)]
struct Places {
    free: usize,
    /// By stage, who comes first stands first.
    waiting: [VecDeque<oneshot::Sender<()>>; STAGES],
}

/// A place that is held until it is dropped.
struct Place(Desk);

impl Default for Desk {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self::of(processors * AT_ONCE_PER_PROCESSOR)
    }
}

impl Desk {
    /// A desk with some places, at least one.
    #[must_use]
    pub fn of(places: usize) -> Self {
        Self(Arc::new(Mutex::new(Places { free: places.max(1), waiting: Default::default() })))
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn place(&self, stage: Stage) -> Place {
        let turn = {
            let mut places = self.places();
            if let Some(free) = places.free.checked_sub(1) {
                places.free = free;
                None
            } else {
                let (sender, turn) = oneshot::channel();
                places.waiting[stage as usize].push_back(sender);
                Some(turn)
            }
        };
        if let Some(turn) = turn {
            // Whoever leaves hands its place on; no sender is dropped before.
            let _ = turn.await;
        }
        Place(self.clone())
    }

    /// Waits for a place and does the work there; `None` when it panics, which is a fault of bantin. Of those who wait, who
    /// is nearest to its end comes first, and of one stage who has waited longest.
    ///
    /// A task of its own waits: a pass does not poll the pages that it has under way while it keeps others, and a page
    /// that was given a place then would hold it for ever.
    pub async fn work<T: Send + 'static>(&self, stage: Stage, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let desk = self.clone();
        let waiting = tokio::spawn(async move {
            let place = desk.place(stage).await;
            let done = tokio::task::spawn_blocking(move || {
                let done = work();
                drop(place);
                done
            });
            done.await.ok()
        });
        waiting.await.ok()?
    }

    /// Parses what leads to articles.
    pub(super) async fn parse<T: Send + 'static>(
        &self,
        address: &Url,
        work: impl FnOnce() -> Result<T, ParseError> + Send + 'static,
    ) -> Result<T, HarvestError> {
        self.parsed(Stage::List, address, work).await
    }

    /// Parses the page of an article.
    pub(super) async fn parse_article<T: Send + 'static>(
        &self,
        address: &Url,
        work: impl FnOnce() -> Result<T, ParseError> + Send + 'static,
    ) -> Result<T, HarvestError> {
        self.parsed(Stage::Page, address, work).await
    }

    async fn parsed<T: Send + 'static>(
        &self,
        stage: Stage,
        address: &Url,
        work: impl FnOnce() -> Result<T, ParseError> + Send + 'static,
    ) -> Result<T, HarvestError> {
        let done = self.work(stage, work).await.ok_or_else(|| HarvestError::Broken(address.clone()))?;
        done.map_err(|error| HarvestError::Parse(address.clone(), error))
    }

    /// Keeps something in the store; `what` is done is for the error when it breaks off.
    pub(super) async fn store<T: Send + 'static>(
        &self,
        what: &str,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.with_store(Stage::Keeping, what, work).await
    }

    /// Looks something up in the store for the tasks of a pass; `what` as above.
    pub(super) async fn look_up<T: Send + 'static>(
        &self,
        what: &str,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.with_store(Stage::List, what, work).await
    }

    async fn with_store<T: Send + 'static>(
        &self,
        stage: Stage,
        what: &str,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.work(stage, work).await.ok_or_else(|| StoreError::BrokeOff(what.to_owned()))?
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = self.0.places();
        while let Some(next) = places.waiting.iter_mut().find_map(VecDeque::pop_front) {
            if next.send(()).is_ok() {
                return;
            }
        }
        places.free += 1;
    }
}
