//! What is kept: articles, what was read where, and how each source fares.

mod backup;
mod error;
mod keys;
mod line;
mod live;
mod open;
mod place;
mod record;
mod rescue;
mod sled;
mod state;
mod subscription;

use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use url::Url;

use self::error::io;
pub use self::error::{StoreError, TransferError};
pub use self::live::LiveStore;
pub use self::rescue::Rescue;
pub use self::sled::SledStore;
pub use self::state::{Change, Lease, PageState, SourceState};
pub use self::subscription::Subscription;
use crate::model::{Article, ArticleId, Joined, SourceId, Story};
use crate::text::Sought;

/// An article on its way into the store, with all that may show that it is known already.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The article as it would be if it were new.
    pub article: Article,
    /// Identities of its addresses, as [`crate::address::identity`] writes them; the first one named it.
    pub identities: Vec<String>,
    /// The number under which its site files it, see [`crate::address::number`].
    pub number: Option<String>,
    /// The guid that its source's feed gives it.
    pub guid: Option<String>,
    /// Of its text, see [`sketch`](crate::dedupe::sketch).
    pub sketch: Vec<u32>,
    /// Its source is read for the first time.
    pub first_pass: bool,
}

impl Incoming {
    /// An article that nothing but its addresses shows to be known.
    #[must_use]
    pub fn of(article: Article, identities: Vec<String>) -> Self {
        Self { article, identities, number: None, guid: None, sketch: Vec::new(), first_pass: false }
    }

    /// Its guid, with the source that gives it.
    fn own_guid(&self) -> Option<(SourceId, String)> {
        self.guid.clone().map(|guid| (self.article.source.clone(), guid))
    }
}

/// What the store knows of an incoming article.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The article that stands at one of its addresses.
    pub by_address: Option<Article>,
    /// The article that its site files under the same number; looked for when its address is not known.
    pub by_number: Option<Article>,
    /// The article to which the same source gave the same guid.
    pub by_guid: Option<Article>,
    /// Stories that share parts of its text, the likeliest first; looked for when its address is not known.
    pub stories: Vec<Story>,
    /// One of its addresses belongs to an article that was dropped after its time.
    pub dropped: bool,
}

/// What becomes of an incoming article; the article in it is what is kept.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// A new story.
    New(Article),
    /// A known article whose text changed.
    Revised(Article),
    /// A known article that has another address now, or one more.
    Moved(Article),
    /// Another telling of known stories, which are one story from now on.
    Copy {
        /// The telling.
        article: Article,
        /// The stories that it tells, each by one of its articles, the likeliest first; one as a rule.
        of: Vec<ArticleId>,
        /// Why.
        joined: Joined,
    },
    /// A known article that gained something that is no text, such as a date or a picture.
    Amended(Article),
    /// A known article as it was.
    Unchanged(ArticleId),
    /// A story that was kept for its time and dropped.
    Dropped,
}

/// What an article shows of tellings that are alike and yet not one story.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parting {
    /// Tellings that leave their story; those of one list become one of their own.
    pub leave: Vec<Vec<ArticleId>>,
    /// Pairs that are alike but belong to two stories. They bear on what later articles tell, so each is looked at
    /// wherever the other one is.
    pub beside: Vec<[ArticleId; 2]>,
}

/// What one harvest hands over at once.
#[derive(Debug, Default)]
pub struct Batch {
    /// Articles, in the order in which they were read.
    pub articles: Vec<Incoming>,
    /// Pages read, with their addresses.
    pub pages: Vec<(Url, PageState)>,
    /// Pages of articles that another source prints, and the source that lists them too.
    pub listed: Vec<(Url, SourceId)>,
    /// Pages of articles that their sites say are gone (404 or 410), and when they said so.
    pub gone: Vec<(Url, DateTime<Utc>)>,
    /// Sources, and what has become of them.
    pub states: Vec<(SourceId, Change)>,
}

impl Batch {
    /// Whether there is nothing to decide on or to keep.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.is_of_stories() && self.pages.is_empty() && self.states.is_empty()
    }

    /// Whether it bears on stories. What is remembered of pages and sources can be asked for again.
    #[must_use]
    pub fn is_of_stories(&self) -> bool {
        !(self.articles.is_empty() && self.listed.is_empty() && self.gone.is_empty())
    }
}

/// What [`Store::orders_beside`] finds.
pub type Beside = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

/// What a rule says of an article.
#[derive(Clone, Debug, PartialEq)]
pub struct Ruling {
    /// What becomes of it.
    pub decision: Decision,
    /// What it shows of others.
    pub parting: Parting,
}

impl From<Decision> for Ruling {
    fn from(decision: Decision) -> Self {
        Self { decision, parting: Parting::default() }
    }
}

/// A story that is met in a list.
#[derive(Clone, Debug)]
pub struct Met {
    /// Its name.
    pub id: ArticleId,
    /// Moves with every write of the story, and differs between openings of the store by one owner: equal ones
    /// stand for equal stories.
    pub version: u64,
    /// As it is published; nothing when it is known by its version already.
    pub article: Option<Article>,
}

/// Whether a story is known as it is at a version, so that it need not be read.
pub type IsKnown<'a> = &'a dyn Fn(ArticleId, u64) -> bool;

/// A pure rule that decides on one article.
pub type Rule<'a> = &'a dyn Fn(&Incoming, &Known) -> Ruling;

/// Where articles are kept.
///
/// The contract, which `tests/it/store.rs` asserts for every implementation:
/// - What [`Store::admit`] returned of stories is on disk: no kill and no power cut loses it.
/// - Batches that are admitted together are all there or not at all, and later articles see the earlier ones.
/// - Batches that come at once are decided one after the other, so no story is new twice.
/// - [`Store::generation`] changes whenever a story changes, and only then.
/// - An article's `first_seen` and `id` never change. A story is named by the article that opened it; stories that turn
///   out to be one keep the name of the oldest. Only while their sources are read for the first time does the one with the
///   earliest time name them, so that a store that is rebuilt gives the names of the one that was lost. Articles that
///   leave a story without the one that opened it are named as a story of their own.
pub trait Store: Send + Sync {
    /// Decides on batches by `rule` and keeps what it says, at once and for good: a decision for each article, in their
    /// order. Where none of the batches [is of stories](Batch::is_of_stories), all is on disk after the next one that is,
    /// or after [`Store::settle`]: what a kill before then loses is only asked for again.
    ///
    /// # Errors
    /// When the disk fails or a record is damaged; then nothing of the batches is kept.
    fn admit(&self, batches: &[Batch], rule: Rule) -> Result<Vec<Decision>, StoreError>;

    /// What is known of an article, as [`Store::admit`] would tell its rule; keeps nothing.
    ///
    /// # Errors
    /// When the disk fails or a record is damaged.
    fn known(&self, incoming: &Incoming) -> Result<Known, StoreError>;

    /// The story that an article opened or joined.
    ///
    /// # Errors
    /// When the disk fails or the record is damaged.
    fn story(&self, id: ArticleId) -> Result<Option<Story>, StoreError>;

    /// A story as it is published.
    ///
    /// # Errors
    /// When the disk fails or the record is damaged.
    fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        Ok(self.story(id)?.map(Story::published))
    }

    /// The article at an address, by its identity.
    ///
    /// # Errors
    /// When the disk fails.
    fn at_address(&self, identity: &str) -> Result<Option<ArticleId>, StoreError>;

    /// The sources that list the article at an address, by its identity, the one that prints it first; none without one.
    ///
    /// # Errors
    /// When the disk fails or the record is damaged.
    fn sources_at(&self, identity: &str) -> Result<Vec<SourceId>, StoreError>;

    /// Takes a story apart for good: every telling of it becomes a story of its own, or only the one at an address. Returns
    /// the new stories.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when there is no such story, or nothing to take apart; and when the disk fails.
    fn split(&self, id: ArticleId, address: Option<&str>) -> Result<Vec<ArticleId>, StoreError>;

    /// Makes one story of two, whatever their texts say. Returns its name, which is the older one's.
    ///
    /// # Errors
    /// [`StoreError::Refused`] when there are no such two stories; and when the disk fails.
    fn join(&self, one: ArticleId, other: ArticleId) -> Result<ArticleId, StoreError>;

    /// Visits stories as they are published, from the newest [`Article::order`] on, of all sources or of those named, until told to stop.
    ///
    /// # Errors
    /// When the disk fails or a record is damaged.
    fn newest(
        &self,
        sources: Option<&[SourceId]>,
        visit: &mut dyn FnMut(Article) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.search(&[], sources, visit)
    }

    /// As [`Store::newest`], of the stories that hold all of some words in title, lead or text as they are published. Some
    /// that do not may be visited too; with no words all are.
    ///
    /// # Errors
    /// When the disk fails or a record is damaged.
    fn search(
        &self,
        sought: &[Sought],
        sources: Option<&[SourceId]>,
        visit: &mut dyn FnMut(Article) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut read = |met: Met| met.article.map_or(ControlFlow::Continue(()), &mut *visit);
        self.visit(sought, sources, &|_, _| false, &mut read)
    }

    /// As [`Store::search`]; stories that are known already are met without being read.
    ///
    /// # Errors
    /// When the disk fails or a record is damaged.
    fn visit(
        &self,
        sought: &[Sought],
        sources: Option<&[SourceId]>,
        is_known: IsKnown,
        visit: &mut dyn FnMut(Met) -> ControlFlow<()>,
    ) -> Result<(), StoreError>;

    /// The articles, of all sources or of one, whose [`Article::order`] lies from one moment up to another, the oldest
    /// first.
    ///
    /// # Errors
    /// When the disk fails.
    fn between(
        &self,
        source: Option<&SourceId>,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<ArticleId>, StoreError>;

    /// The newest [`Article::order`] before one moment and the oldest from another on.
    ///
    /// # Errors
    /// When the disk fails.
    fn orders_beside(&self, before: DateTime<Utc>, from: DateTime<Utc>) -> Result<Beside, StoreError>;

    /// Who is told of changes, see [`Subscription`].
    ///
    /// # Errors
    /// When the disk fails or a record is damaged.
    fn subscriptions(&self) -> Result<Vec<Subscription>, StoreError>;

    /// Keeps a subscription in the place of any other one of its topic and callback.
    ///
    /// # Errors
    /// When the disk fails.
    fn set_subscription(&self, subscription: &Subscription) -> Result<(), StoreError>;

    /// Forgets the subscription of a topic and callback.
    ///
    /// # Errors
    /// When the disk fails.
    fn drop_subscription(&self, topic: &str, callback: &str) -> Result<(), StoreError>;

    /// What is remembered of a page.
    ///
    /// # Errors
    /// When the disk fails or the record is damaged.
    fn page(&self, address: &Url) -> Result<Option<PageState>, StoreError>;

    /// How a source fares; the default for one never read.
    ///
    /// # Errors
    /// When the disk fails or the record is damaged.
    fn source(&self, id: &SourceId) -> Result<SourceState, StoreError>;

    /// Remembers how a source fares, from what is remembered: no change by another comes between.
    ///
    /// # Errors
    /// When the disk fails or the record is damaged.
    fn update_source(&self, id: &SourceId, change: Change) -> Result<(), StoreError> {
        let batch = Batch { states: vec![(id.clone(), change)], ..Batch::default() };
        self.admit(&[batch], &|incoming, _| Decision::Unchanged(incoming.article.id).into())?;
        self.settle()
    }

    /// Has all on disk that was written.
    ///
    /// # Errors
    /// When the disk fails.
    fn settle(&self) -> Result<(), StoreError>;

    /// Drops stories first seen before a moment, and pages last asked for before it. Their addresses stay known, so
    /// that a page that is still listed is not published again. Returns how many stories went.
    ///
    /// # Errors
    /// When the disk fails.
    fn prune(&self, before: DateTime<Utc>) -> Result<usize, StoreError>;

    /// Whether there is room to write, and the disk writes again after it has failed.
    ///
    /// # Errors
    /// [`StoreError::Full`] with what is left, or [`StoreError::Unwritable`] with the system's words.
    fn takes_writes(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Changes with every change of an article; also differs between two openings of the store.
    fn generation(&self) -> u64;

    /// Follows [`Store::generation`].
    fn changes(&self) -> watch::Receiver<u64>;

    /// How many stories are kept.
    fn len(&self) -> usize;

    /// Whether no story is kept.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
