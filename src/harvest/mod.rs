//! One source, one pass: find its pages, read them, decide, keep, report.

mod ask;
mod decide;
mod desk;
mod discover;
mod keep;
mod keeper;
mod learn;
mod measure;
mod preview;
mod probe;
mod reading;
mod recheck;
mod remember;
mod roster;
mod task;
mod ties;
mod times;
mod unlisted;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::StreamExt as _;
use tokio_stream::StreamExt as _;
use tokio_util::sync::CancellationToken;
use url::Url;

pub use decide::decide;
pub use desk::{Desk, Stage};
pub use keeper::Keeper;
pub use learn::{Lesson, learn};
pub use preview::{Preview, Seen, preview, source_for};
pub use probe::{Probe, Sight, look, probe};
pub use reading::{Reading, from_draft, read_page};
pub use recheck::is_due;
pub use roster::Roster;

use self::keep::note;
use self::remember::Gained;
use self::task::Task;

use crate::clock::Clock;
use crate::fetch::{FetchError, Fetcher};
use crate::model::{Habits, Outcome, Reads, Report, Source};
use crate::parse::ParseError;
use crate::store::{PageState, SourceState, Store, StoreError};

/// Articles that one pass reads, new ones first; the rest of a longer list waits for the next pass.
pub const ARTICLES_PER_PASS_MAX: usize = 500;
/// Articles kept at once.
const BATCH_ARTICLES_MAX: usize = 64;
/// How long a read article waits for others to be kept with.
const BATCH_WAIT: Duration = Duration::from_millis(10);
/// Pages of one source under way at once; the host's own lane decides how many are asked for.
const PAGES_AHEAD: usize = 4;

/// Why something could not be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum HarvestError {
    /// The page did not come.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The page cannot be read; its address, and why.
    #[error("{0}: {1}")]
    Parse(Url, ParseError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The program is stopping.
    #[error("the program is stopping")]
    Stopped,
    /// The reading of a page broke off.
    #[error("{0}: the page could not be read to its end")]
    Broken(Url),
}

impl HarvestError {
    /// Whether the page was asked for and is to blame.
    fn is_of_the_page(&self) -> bool {
        match self {
            Self::Stopped | Self::Store(_) => false,
            Self::Fetch(error) => !matches!(error, FetchError::Wait { .. } | FetchError::RobotsUnreachable { .. }),
            Self::Parse(..) | Self::Broken(_) => true,
        }
    }

    /// Whether the server said that what was asked for will not come again (410).
    fn is_gone_for_good(&self) -> bool {
        matches!(self, Self::Fetch(FetchError::Status { status: 410, .. }))
    }
}

/// Which known articles are read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recheck {
    /// Those whose time has come, see [`is_due`].
    Due,
    /// All that the source lists.
    All,
}

/// What one pass needs.
#[derive(Clone)]
pub struct Harvester {
    /// HTTP in.
    pub fetcher: Fetcher,
    /// Where articles are kept.
    pub store: Arc<dyn Store>,
    /// The time of day.
    pub clock: Clock,
    /// The sources that are read: what another one of them prints is left to that one.
    pub roster: Roster,
    /// Set when the program stops: what has been read is kept, nothing more is asked for.
    pub stop: CancellationToken,
    /// Where pages are parsed and articles are kept.
    pub desk: Desk,
    /// Where passes have kept what they come to, and what happens to copies.
    pub keeper: Keeper,
}

/// What all tasks of a pass share.
struct Pass<'a> {
    source: &'a Source,
    /// The fingerprint of its rules, see [`Source::reading`].
    reading: u64,
    recheck: Recheck,
    /// What the source's pages had proved about its clock when the pass began.
    habits: Habits,
    /// Nothing of the source has been read before.
    first: bool,
    /// Its feed's address in the configuration, and where that has moved for good.
    moved: Option<(Url, Url)>,
    /// All articles of a pass are first seen at its start, so that the source's own order is theirs.
    started: DateTime<Utc>,
}

impl Harvester {
    /// Reads one source once. `step` is told how many of how many articles are done.
    pub async fn harvest(&self, source: &Source, recheck: Recheck, step: &(dyn Fn(usize, usize) + Sync)) -> Report {
        let started = self.clock.now();
        let mut report = Report::new(source.id.clone(), started);
        let own = Self { fetcher: self.fetcher.for_source(source), ..self.clone() };
        let mut gained = Gained { reading: source.reading(), ..Gained::default() };
        let pass = Box::pin(own.pass(source, recheck, &mut report, &mut gained, step));
        match pass.await {
            Ok(()) | Err(HarvestError::Stopped) => {}
            Err(error) => {
                report.notice.gone = error.is_gone_for_good();
                report.outcome = Outcome::Failed(error.to_string());
            }
        }
        report.notice.wait_until = own.fetcher.asked_to_wait();
        report.took = self.clock.now() - started;
        if let Err(error) = self.remember(source, &report, gained).await {
            report.outcome = Outcome::Failed(error.to_string());
        }
        report
    }

    async fn pass(
        &self,
        source: &Source,
        recheck: Recheck,
        report: &mut Report,
        gained: &mut Gained,
        step: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<(), HarvestError> {
        let SourceState { habits, last_success, moved, .. } = self.store.source(&source.id)?;
        let (reading, first, started) = (gained.reading, last_success.is_none(), report.started);
        let pass = Pass { source, reading, recheck, habits, first, moved, started };
        let found = self.or_stopped(discover::discover(self, &pass)).await?;
        report.notice = found.notice;
        let mut tasks = found.tasks;
        // A listing that did not come says nothing of how many links there are.
        if matches!(source.reads, Reads::Listing(_)) && found.troubles.is_empty() {
            report.fill.passes = 1;
            report.fill.links = u32::try_from(tasks.len()).unwrap_or(u32::MAX);
        }
        let long = tasks.len() > ARTICLES_PER_PASS_MAX;
        if long {
            tasks.sort_by_cached_key(|task| self.turn(&task.address));
            tasks.truncate(ARTICLES_PER_PASS_MAX);
        }
        // The links of listings and sitemaps are remembered: the rest of a long one comes up again if it is unchanged.
        let (cut, listed) = (long && matches!(source.reads, Reads::Feed(_)), !tasks.is_empty());
        tasks.extend(unlisted::unlisted(self, &pass, &tasks).await?);
        let total = tasks.len();
        report.unchanged += found.known.len();
        gained.entries = found.known;
        let mut times = times::Times::of(source.clone(), habits);
        let read = futures_util::stream::iter(tasks.into_iter().map(|task| self.carry_out(&pass, task)));
        let chunks = read.buffered(PAGES_AHEAD).chunks_timeout(BATCH_ARTICLES_MAX, BATCH_WAIT);
        let mut chunks = std::pin::pin!(chunks);
        let (mut count, mut left, mut stopped) = (0, false, false);
        while let Some(chunk) = futures_util::StreamExt::next(&mut chunks).await {
            count += chunk.len();
            match self.keep(chunk, &mut times, report, &mut gained.entries).await {
                Ok(more) => left |= more,
                Err(HarvestError::Stopped) => {
                    stopped = true;
                    break;
                }
                Err(error) => return Err(error),
            }
            step(count, total);
        }
        // What was kept gets its times, however the pass ends.
        let (store, now) = (self.store.clone(), self.clock.now());
        let proved = times.proved();
        if !times.is_settled() {
            self.desk.store("setting times", move || times.settle(&*store, now)).await?;
        }
        gained.habits = proved;
        if stopped || self.stop.is_cancelled() {
            return Err(HarvestError::Stopped);
        }
        for error in found.troubles {
            report.failed += 1;
            note(report, &error);
        }
        gained.pages = found.pages;
        if let (Reads::Feed(_), Some((_, feed))) = (&source.reads, gained.pages.first_mut()) {
            feed.entries.append(&mut gained.entries);
            // A feed that has not changed lists nothing, so it is asked for anew until all of its entries are read.
            if cut || (left && listed) {
                *feed = PageState { etag: None, last_modified: None, body_hash: 0, ..std::mem::take(feed) };
            }
        }
        Ok(())
    }

    async fn or_stopped<T>(&self, work: impl Future<Output = Result<T, HarvestError>>) -> Result<T, HarvestError> {
        tokio::select! {
            result = work => result,
            () = self.stop.cancelled() => Err(HarvestError::Stopped),
        }
    }
}
