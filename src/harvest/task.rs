//! One page or entry of a pass, from its address to an article.

use futures_util::future::{Either, ready};
use url::Url;

use super::ask::{state_of, text_of};
use super::{HarvestError, Harvester, Pass, Recheck, is_due, reading, recheck};
use crate::address::identity;
use crate::fetch::FetchError;
use crate::model::{Draft, Fill, Listed, Verdict};
use crate::store::{Incoming, PageState};

/// A page to read, or an entry that needs no page.
pub(super) struct Task {
    pub(super) address: Url,
    /// What the listing or feed says of it.
    pub(super) listed: Option<Listed>,
    pub(super) entry: Option<Draft>,
    /// Of the entry.
    pub(super) fingerprint: Option<u64>,
    /// Its page is to be read.
    pub(super) follow: bool,
}

/// A task that was carried out.
pub(super) enum Done {
    Article(Box<Incoming>, (Url, PageState, Fill)),
    /// A feed's own words, and their fingerprint when they need no second reading.
    Entry(Box<Incoming>, Option<u64>),
    Unchanged(Option<(Url, PageState)>),
    /// A page that another source printed, which this one lists too.
    Listed(Url),
    /// An article after all, from the feed's own words, though its page failed.
    Fallback(Box<Incoming>, (Url, PageState), HarvestError),
    Failed(Option<(Url, PageState)>, HarvestError),
    /// A known article whose page is gone.
    Gone(Url, PageState),
}

impl Harvester {
    /// Carries out a task, at once where it needs no page. Only one that does takes the room for asking, 16 KB.
    pub(super) fn carry_out<'a>(&'a self, pass: &'a Pass<'_>, task: Task) -> impl Future<Output = Done> + use<'a> {
        if task.follow {
            Either::Left(Box::pin(self.follow(pass, task)))
        } else {
            Either::Right(ready(self.entry_alone(pass, task)))
        }
    }

    async fn follow(&self, pass: &Pass<'_>, task: Task) -> Done {
        let address = task.address.clone();
        let before = match self.store.page(&address) {
            Ok(before) => before,
            Err(error) => return Done::Failed(None, error.into()),
        };
        let listed_by = match self.store.sources_at(&identity(&address)) {
            Ok(sources) => sources,
            Err(error) => return Done::Failed(None, error.into()),
        };
        let named = listed_by.is_empty() || listed_by.contains(&pass.source.id);
        let as_it_is = if named { Done::Unchanged(None) } else { Done::Listed(address.clone()) };
        // Another source reads the page: this one is named beside it.
        if self.roster.leaves(&pass.source.id, &listed_by) {
            return as_it_is;
        }
        let known = !listed_by.is_empty() || self.is_known(&address);
        let again = match &before {
            Some(page) => page.reading != pass.reading || is_due(page, known, self.clock.now()),
            None => !known || task.entry.is_none(),
        };
        if !again && pass.recheck == Recheck::Due {
            return as_it_is;
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

    pub(super) fn turn(&self, address: &Url) -> (bool, bool, u32) {
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
        let parsed = self.desk.parse_article(&task.address, move || {
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

    fn failed_page(&self, pass: &Pass<'_>, before: Option<PageState>) -> PageState {
        let now = self.clock.now();
        let before = before.unwrap_or_else(|| PageState { first_asked: now, ..PageState::default() });
        PageState { asked: now, failures: before.failures.saturating_add(1), reading: pass.reading, ..before }
    }
}
