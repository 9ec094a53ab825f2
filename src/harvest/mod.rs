//! One source, one pass: find its pages, read them, decide, keep, report.

mod decide;
mod discover;
mod learn;
mod measure;
mod preview;
mod probe;
mod reading;
mod recheck;
mod remember;
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
pub use learn::{Lesson, learn};
pub use preview::{Preview, Seen, preview, source_for};
pub use probe::{Probe, Sight, look, probe};
pub use reading::{Reading, read_page};
pub use recheck::is_due;

use remember::Gained;

use crate::address::identity;
use crate::clock::Clock;
use crate::dedupe::MergeRules;
use crate::fetch::{FetchError, Fetched, Fetcher, Page, Terms, Validators};
use crate::model::{Charset, Draft, Fill, Habits, Listed, Outcome, Reads, Report, Source, Verdict};
use crate::parse::{ParseError, decode};
use crate::store::{Batch, Decision, Incoming, PageState, SourceState, Store, StoreError};

/// Articles that one pass reads, new ones first; the rest of a longer list waits for the next pass.
pub const ARTICLES_PER_PASS_MAX: usize = 500;
/// A page that has failed so often waits until its feed changes.
const RETRIES_SOON_MAX: u32 = 4;
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
    /// What happens to copies.
    pub merge: MergeRules,
    /// Set when the program stops: what has been read is kept, nothing more is asked for.
    pub stop: CancellationToken,
}

/// A page to read, or an entry that needs no page.
struct Task {
    address: Url,
    /// What the listing or feed says of it.
    listed: Option<Listed>,
    entry: Option<Draft>,
    /// Of the entry.
    fingerprint: Option<u64>,
    /// Its page is to be read.
    follow: bool,
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

/// A task that was carried out.
enum Done {
    Article(Box<Incoming>, (Url, PageState, Fill)),
    /// A feed's own words, and their fingerprint when they need no second reading.
    Entry(Box<Incoming>, Option<u64>),
    Unchanged(Option<(Url, PageState)>),
    /// An article after all, from the feed's own words, though its page failed.
    Fallback(Box<Incoming>, (Url, PageState), HarvestError),
    Failed(Option<(Url, PageState)>, HarvestError),
    /// A known article whose page is gone.
    Gone(Url, PageState),
}

impl Harvester {
    /// Reads one source once. `step` is told how many of how many articles are done.
    pub async fn harvest(&self, source: &Source, recheck: Recheck, step: &(dyn Fn(usize, usize) + Sync)) -> Report {
        let started = self.clock.now();
        let mut report = Report::new(source.id.clone(), started);
        let own = Self { fetcher: self.fetcher.for_source(source), ..self.clone() };
        let mut gained = Gained::default();
        match own.pass(source, recheck, &mut report, &mut gained, step).await {
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
        let (reading, first, started) = (source.reading(), last_success.is_none(), report.started);
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
        let cut = long && matches!(source.reads, Reads::Feed(_));
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
        let settled = tokio::task::spawn_blocking(move || times.settle(&*store, now));
        gained.habits = settled.await.map_err(|_| StoreError::Io("setting times broke off".to_owned()))??;
        if stopped || self.stop.is_cancelled() {
            return Err(HarvestError::Stopped);
        }
        for error in found.troubles {
            report.failed += 1;
            note(report, &error);
        }
        // A feed that has not changed lists nothing, so it is read anew until its entries are.
        let unread = left && matches!(source.reads, Reads::Feed(_));
        if !(cut || unread) {
            gained.pages = found.pages;
            if let (Reads::Feed(_), Some((_, feed))) = (&source.reads, gained.pages.first_mut()) {
                feed.entries.append(&mut gained.entries);
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

    async fn carry_out(&self, pass: &Pass<'_>, task: Task) -> Done {
        if !task.follow {
            return self.entry_alone(pass, task);
        }
        let address = task.address.clone();
        let before = match self.store.page(&address) {
            Ok(before) => before,
            Err(error) => return Done::Failed(None, error.into()),
        };
        let known = self.is_known(&address);
        let again = match &before {
            Some(page) => page.reading != pass.reading || is_due(page, known, self.clock.now()),
            None => !known || task.entry.is_none(),
        };
        if !again && pass.recheck == Recheck::Due {
            return Done::Unchanged(None);
        }
        let result = self.or_stopped(self.read_article(pass, &task, before.as_ref())).await;
        match result {
            Ok(done) => done,
            // The page itself was not asked for, so nothing is held against it.
            Err(error) if !error.is_of_the_page() => Done::Failed(None, error),
            Err(HarvestError::Fetch(FetchError::Status { status: 404 | 410, .. })) if known => {
                Done::Gone(address, self.failed_page(pass, before))
            }
            Err(error) => {
                let page = (address, self.failed_page(pass, before));
                match task.entry.is_some().then(|| self.entry_alone(pass, task)) {
                    Some(Done::Entry(incoming, _)) if !known => Done::Fallback(incoming, page, error),
                    _ => Done::Failed(Some(page), error),
                }
            }
        }
    }

    fn turn(&self, address: &Url) -> (bool, bool, u32) {
        let page = self.store.page(address).unwrap_or_default();
        recheck::turn(page.as_ref(), self.is_known(address), self.clock.now())
    }

    fn is_known(&self, address: &Url) -> bool {
        self.store.at_address(&identity(address)).is_ok_and(|found| found.is_some())
    }

    fn entry_alone(&self, pass: &Pass<'_>, task: Task) -> Done {
        let Some(draft) = task.entry else { return Done::Unchanged(None) };
        let reader = reading::reader(pass.source, &pass.habits, self.clock.now());
        match reading::from_draft(draft, task.listed.as_ref(), &reader) {
            Ok(reading) => {
                // What is refused now, such as a time to come, may be believed later.
                let sure = reading.published.evidence.iter().all(|said| !matches!(said.verdict, Verdict::Refused(_)));
                let incoming = Box::new(reading.into_incoming(pass.source, pass.started, pass.first));
                Done::Entry(incoming, task.fingerprint.filter(|_| sure))
            }
            Err(error) => Done::Failed(None, HarvestError::Parse(task.address, error)),
        }
    }

    async fn read_article(
        &self,
        pass: &Pass<'_>,
        task: &Task,
        before: Option<&PageState>,
    ) -> Result<Done, HarvestError> {
        let source = pass.source;
        let now = self.clock.now();
        let (Some(page), _) = self.ask(pass.reading, &task.address, before).await? else {
            let page = before.map(|before| PageState { asked: now, failures: 0, ..before.clone() });
            return Ok(Done::Unchanged(page.map(|page| (task.address.clone(), page))));
        };
        let state = state_of(&page, pass.reading, before, now);
        let (rules, listed, entry) = (source.clone(), task.listed.clone(), task.entry.clone());
        let reader = reading::reader(source, &pass.habits, now);
        let parsed = parse(&task.address, move || {
            let text = text_of(&page, rules.encoding);
            reading::read_followed(&text, &page.address, listed.as_ref(), entry, &rules, &reader)
        });
        let reading = parsed.await?;
        let mut fill = Fill::default();
        fill.add(reading.parts, reading.missed, reading.published.is_disputed());
        let mut incoming = reading.into_incoming(source, pass.started, pass.first);
        let listed_at = identity(&task.address);
        if !incoming.identities.contains(&listed_at) {
            incoming.identities.push(listed_at);
        }
        Ok(Done::Article(Box::new(incoming), (task.address.clone(), state, fill)))
    }

    /// Asks for a page; `None` when it is as it was and was read by the same rules. Either way its server's terms.
    async fn ask(
        &self,
        reading: u64,
        address: &Url,
        before: Option<&PageState>,
    ) -> Result<(Option<Page>, Terms), HarvestError> {
        let usable = before.filter(|before| before.reading == reading && before.failures == 0);
        let validators = usable.map_or_else(Validators::default, |before| Validators {
            etag: before.etag.clone(),
            last_modified: before.last_modified.clone(),
        });
        match self.fetcher.get(address, &validators).await? {
            Fetched::Unchanged(terms) => Ok((None, terms)),
            Fetched::Page(mut page) => {
                let terms = std::mem::take(&mut page.terms);
                let same = usable.is_some_and(|before| before.body_hash == body_hash(&page.body));
                Ok(((!same).then_some(page), terms))
            }
        }
    }

    /// Asks for a page whatever is known of it.
    async fn ask_anew(&self, address: &Url) -> Result<Page, HarvestError> {
        match self.fetcher.get(address, &Validators::default()).await? {
            Fetched::Page(page) => Ok(page),
            Fetched::Unchanged(_) => Err(HarvestError::Broken(address.clone())),
        }
    }

    fn failed_page(&self, pass: &Pass<'_>, before: Option<PageState>) -> PageState {
        let now = self.clock.now();
        let before = before.unwrap_or_else(|| PageState { first_asked: now, ..PageState::default() });
        PageState { asked: now, failures: before.failures.saturating_add(1), reading: pass.reading, ..before }
    }

    /// Keeps what a chunk of a pass has come to; whether some of it is soon to be tried again.
    async fn keep(
        &self,
        chunk: Vec<Done>,
        times: &mut times::Times,
        report: &mut Report,
        entries: &mut Vec<u64>,
    ) -> Result<bool, HarvestError> {
        let mut batch = Batch::default();
        let (mut stopped, mut left) = (false, false);
        for done in chunk {
            match done {
                Done::Article(incoming, (address, page, fill)) => {
                    batch.articles.push(*incoming);
                    batch.pages.push((address, page));
                    report.fill.sum(&fill);
                }
                Done::Entry(incoming, fingerprint) => {
                    batch.articles.push(*incoming);
                    entries.extend(fingerprint);
                }
                Done::Unchanged(page) => {
                    report.unchanged += 1;
                    batch.pages.extend(page);
                }
                Done::Fallback(incoming, page, error) => {
                    left |= page.1.failures < RETRIES_SOON_MAX;
                    batch.articles.push(*incoming);
                    batch.pages.push(page);
                    report.failed += 1;
                    note(report, &error);
                }
                Done::Gone(address, page) => {
                    report.unchanged += 1;
                    batch.gone.push((address.clone(), page.asked));
                    batch.pages.push((address, page));
                }
                Done::Failed(_, HarvestError::Store(error)) => return Err(error.into()),
                Done::Failed(_, HarvestError::Stopped) => stopped = true,
                Done::Failed(page, error) => {
                    left |= page.as_ref().map_or(!error.is_of_the_page(), |page| page.1.failures < RETRIES_SOON_MAX);
                    batch.pages.extend(page);
                    if !matches!(error, HarvestError::Fetch(FetchError::Forbidden { .. })) {
                        report.failed += 1;
                        note(report, &error);
                    }
                }
            }
        }
        for decision in self.admit(batch).await? {
            match decision {
                Decision::New(article) => {
                    measure::delay(&article, self.clock.now());
                    times.add(article);
                    report.new += 1;
                }
                Decision::Revised(_) => report.revised += 1,
                Decision::Copy { .. } | Decision::Moved(_) => report.copies += 1,
                Decision::Amended(_) | Decision::Unchanged(_) | Decision::Dropped => report.unchanged += 1,
            }
        }
        if stopped { Err(HarvestError::Stopped) } else { Ok(left) }
    }

    /// Keeps a batch, off the threads that serve.
    async fn admit(&self, batch: Batch) -> Result<Vec<Decision>, HarvestError> {
        if batch.articles.is_empty() && batch.pages.is_empty() && batch.gone.is_empty() {
            return Ok(Vec::new());
        }
        let (store, merge) = (self.store.clone(), self.merge);
        let kept =
            tokio::task::spawn_blocking(move || store.admit(batch, &|incoming, known| decide(incoming, known, &merge)));
        Ok(kept.await.map_err(|_| StoreError::Io("keeping a batch broke off".to_owned()))??)
    }
}

/// Parses off the threads that serve.
async fn parse<T: Send + 'static>(
    address: &Url,
    work: impl FnOnce() -> Result<T, ParseError> + Send + 'static,
) -> Result<T, HarvestError> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| HarvestError::Broken(address.clone()))?;
    done.map_err(|error| HarvestError::Parse(address.clone(), error))
}

fn note(report: &mut Report, error: &HarvestError) {
    tracing::debug!(source.id = %report.source, error = %error, "page not read");
    if report.outcome == Outcome::Done {
        report.outcome = Outcome::Partly(error.to_string());
    }
}

fn state_of(page: &Page, reading: u64, before: Option<&PageState>, now: DateTime<Utc>) -> PageState {
    PageState {
        etag: page.validators.etag.clone(),
        last_modified: page.validators.last_modified.clone(),
        body_hash: body_hash(&page.body),
        reading,
        first_asked: before.map_or(now, |before| before.first_asked),
        asked: now,
        failures: 0,
        links: Vec::new(),
        next: None,
        entries: Vec::new(),
    }
}

/// The page as text.
fn text_of(page: &Page, charset: Option<Charset>) -> String {
    decode(&page.body, page.content_type.as_deref(), charset)
}

fn body_hash(body: &[u8]) -> u64 {
    let hash = blake3::hash(body);
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_le_bytes(first)
}
