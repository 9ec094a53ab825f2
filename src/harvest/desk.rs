//! Work that keeps a processor busy or waits for the disk, off the threads that serve, and not too much of it at once.

use std::sync::Arc;

use tokio::sync::Semaphore;
use url::Url;

use super::HarvestError;
use crate::parse::ParseError;
use crate::store::StoreError;

/// Pieces of work at once for each processor: one that computes, one that waits for the store.
const AT_ONCE_PER_PROCESSOR: usize = 2;

/// Where all harvests do such work. Without a bound, every source under way would hold a thread, its stack and its heap.
#[derive(Clone, Debug)]
pub struct Desk(Arc<Semaphore>);

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
        Self(Arc::new(Semaphore::new(places.max(1))))
    }

    /// Waits for a place and does the work there; `None` when it panics, which is a fault of bantin.
    ///
    /// A task of its own waits: a pass does not poll the pages that it has under way while it keeps others, and a page
    /// that was given a place then would hold it for ever.
    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let places = self.0.clone();
        let waiting = tokio::spawn(async move {
            let place = places.acquire_owned().await.ok()?;
            let done = tokio::task::spawn_blocking(move || {
                let done = work();
                drop(place);
                done
            });
            done.await.ok()
        });
        waiting.await.ok()?
    }

    /// Parses a page.
    pub(super) async fn parse<T: Send + 'static>(
        &self,
        address: &Url,
        work: impl FnOnce() -> Result<T, ParseError> + Send + 'static,
    ) -> Result<T, HarvestError> {
        let done = self.work(work).await.ok_or_else(|| HarvestError::Broken(address.clone()))?;
        done.map_err(|error| HarvestError::Parse(address.clone(), error))
    }

    /// Works with the store; `what` is done is for the error when it breaks off.
    pub(super) async fn store<T: Send + 'static>(
        &self,
        what: &str,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.work(work).await.ok_or_else(|| StoreError::Io(format!("{what} broke off")))?
    }
}
