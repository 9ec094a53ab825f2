//! Which articles a feed holds.

use std::collections::{BTreeMap, HashMap, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};

use super::Site;
use crate::model::{Article, SourceId};

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

/// Takes articles newest first until the feed is full, so that a reader who comes once in `min_age` misses nothing and
/// a source that prints much does not push out the others.
///
/// Age counts from the newest article and not from now: a feed changes when an article does, never by itself.
#[derive(Debug)]
pub struct Window {
    bounds: Bounds,
    newest: Option<DateTime<Utc>>,
    taken: Vec<Article>,
    counts: HashMap<SourceId, usize>,
    /// Beyond their sources' shares, newest first.
    spare: Vec<Article>,
    seen: usize,
}

impl Window {
    /// An empty window.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, newest: None, taken: Vec::new(), counts: HashMap::new(), spare: Vec::new(), seen: 0 }
    }

    /// Offers the next article; `false` when no further one is wanted.
    pub fn take(&mut self, article: Article) -> bool {
        let Bounds { items, min_age, max_items, .. } = self.bounds;
        let order = article.order();
        let newest = *self.newest.get_or_insert(order);
        let young = newest - order < min_age;
        self.seen += 1;
        let full = self.taken.len() >= if young { max_items } else { items.min(max_items) };
        if full || !young && self.seen > items.saturating_mul(LOOK_BACK_WINDOWS_MAX) {
            return false;
        }
        // What is young is cut for nothing but the cap, so it is the cap that is shared out among young articles.
        let quota = self.bounds.quota(if young { max_items } else { items.min(max_items) });
        let count = self.counts.entry(article.source.clone()).or_default();
        if *count < quota {
            *count += 1;
            self.taken.push(article);
        } else if self.spare.len() < max_items {
            self.spare.push(article);
        }
        true
    }

    /// The articles taken, newest first. Places left because every source has had its share, or because the others have
    /// no more, go to what is spare: each to the source that has the fewest so far.
    #[must_use]
    pub fn into_articles(self) -> Vec<Article> {
        let Bounds { items, min_age, max_items, .. } = self.bounds;
        let Self { mut taken, spare, newest, mut counts, .. } = self;
        let young = |article: &Article| newest.is_some_and(|newest| newest - article.order() < min_age);
        let (young, old): (Vec<Article>, Vec<Article>) = spare.into_iter().partition(young);
        for (spare, places) in [(young, max_items), (old, items.min(max_items))] {
            let mut waiting: BTreeMap<SourceId, VecDeque<Article>> = BTreeMap::new();
            for article in spare {
                waiting.entry(article.source.clone()).or_default().push_back(article);
            }
            while taken.len() < places {
                let fewest = waiting.iter_mut().filter(|(_, articles)| !articles.is_empty());
                let fewest = fewest.min_by_key(|(id, _)| counts.get(*id).copied().unwrap_or_default());
                let Some((id, articles)) = fewest else { break };
                *counts.entry(id.clone()).or_default() += 1;
                taken.extend(articles.pop_front());
            }
        }
        taken.sort_by_key(|article| std::cmp::Reverse((article.order(), article.id)));
        taken
    }
}
