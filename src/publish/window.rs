//! Which articles a feed holds.

use std::collections::{BTreeMap, HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

use super::Site;
use crate::model::{Article, ArticleId, SourceId};

/// How far a window looks back for other sources' articles when one has had its share, in windows.
const LOOK_BACK_WINDOWS_MAX: usize = 10;

/// What a feed's window is bounded by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The newest articles ...
    pub items: usize,
    /// ... and all that are no more than this older than the newest ...
    pub min_age: TimeDelta,
    /// ... but never more than so many.
    pub max_items: usize,
    /// The share of the window that one source may take while others can fill it, above 0 and up to 1.
    pub max_per_source: f64,
}

impl Bounds {
    /// A site's own bounds.
    #[must_use]
    pub fn of(site: &Site) -> Self {
        let Site { items, min_age, max_items, max_per_source, .. } = *site;
        Self { items, min_age, max_items, max_per_source }
    }

    /// How many articles one source may have in a window of `items`.
    fn quota(&self, items: usize) -> usize {
        if self.max_per_source >= 1.0 {
            return usize::MAX;
        }
        // Windows are far smaller than what a f64 counts exactly, and shares are positive.
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)]
        let quota = (self.max_per_source * items as f64).ceil() as usize;
        quota.max(1)
    }
}

/// What of an article tells whether a feed holds it.
#[derive(Clone, Debug)]
pub struct Head {
    /// Its story's name.
    pub id: ArticleId,
    /// Changes with every change of its story.
    pub version: u64,
    /// See [`Article::order`].
    pub order: DateTime<Utc>,
    /// Who prints it.
    pub source: SourceId,
    /// Whether its page is gone from its site.
    pub is_withdrawn: bool,
}

impl Head {
    /// Of an article at a version of its story.
    #[must_use]
    pub fn of(article: &Article, version: u64) -> Self {
        let Article { id, source, withdrawn, .. } = article;
        let (source, is_withdrawn) = (source.clone(), withdrawn.is_some());
        Self { id: *id, version, order: article.order(), source, is_withdrawn }
    }
}

/// An article's head, and the article where it was read.
pub type Offer = (Head, Option<Article>);

/// Takes articles newest first until the feed is full, so that a reader who comes once in `min_age` misses nothing and
/// a source that prints much does not push out the others.
///
/// Age counts from the newest article and not from now: a feed changes when an article does, never by itself.
#[derive(Debug)]
pub struct Window {
    bounds: Bounds,
    newest: Option<DateTime<Utc>>,
    taken: Vec<Offer>,
    counts: HashMap<SourceId, usize>,
    /// Beyond their sources' shares, newest first.
    spare: Vec<Offer>,
    passed: Vec<Head>,
    seen: usize,
}

impl Window {
    /// An empty window.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            newest: None,
            taken: Vec::new(),
            counts: HashMap::new(),
            spare: Vec::new(),
            passed: Vec::new(),
            seen: 0,
        }
    }

    /// Offers the next article; `false` when no further one is wanted.
    pub fn take(&mut self, offer: Offer) -> bool {
        let Bounds { items, min_age, max_items, .. } = self.bounds;
        let Head { order, ref source, .. } = offer.0;
        let newest = *self.newest.get_or_insert(order);
        let young = newest - order < min_age;
        self.seen += 1;
        let full = self.taken.len() >= if young { max_items } else { items.min(max_items) };
        if full || !young && self.seen > items.saturating_mul(LOOK_BACK_WINDOWS_MAX) {
            self.pass(offer.0);
            return false;
        }
        // What is young is cut for nothing but the cap, so it is the cap that is shared out among young articles.
        let quota = self.bounds.quota(if young { max_items } else { items.min(max_items) });
        let count = self.counts.entry(source.clone()).or_default();
        if *count < quota {
            *count += 1;
            self.taken.push(offer);
        } else if self.spare.len() < max_items {
            self.spare.push(offer);
        } else {
            self.pass(offer.0);
        }
        true
    }

    /// Notes an article that was looked at and is not held.
    pub fn pass(&mut self, head: Head) {
        self.passed.push(head);
    }

    /// The articles taken, newest first, and those passed over. Places left because every source has had its share, or
    /// because the others have no more, go to what is spare: each to the source that has the fewest so far.
    #[must_use]
    pub fn close(self) -> (Vec<Offer>, Vec<Head>) {
        let Bounds { items, min_age, max_items, .. } = self.bounds;
        let Self { mut taken, spare, mut passed, newest, mut counts, .. } = self;
        let young = |(head, _): &Offer| newest.is_some_and(|newest| newest - head.order < min_age);
        let (young, old): (Vec<Offer>, Vec<Offer>) = spare.into_iter().partition(young);
        for (spare, places) in [(young, max_items), (old, items.min(max_items))] {
            let mut waiting: BTreeMap<SourceId, VecDeque<Offer>> = BTreeMap::new();
            for offer in spare {
                waiting.entry(offer.0.source.clone()).or_default().push_back(offer);
            }
            while taken.len() < places {
                let fewest = waiting.iter_mut().filter(|(_, offers)| !offers.is_empty());
                let fewest = fewest.min_by_key(|(id, _)| counts.get(*id).copied().unwrap_or_default());
                let Some((id, offers)) = fewest else { break };
                *counts.entry(id.clone()).or_default() += 1;
                taken.extend(offers.pop_front());
            }
            passed.extend(waiting.into_values().flatten().map(|(head, _)| head));
        }
        taken.sort_by_key(|(head, _)| std::cmp::Reverse((head.order, head.id)));
        (taken, passed)
    }
}
