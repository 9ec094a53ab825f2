//! What finds articles, in memory: by their ids, by their names, and in the order of time.
//!
//! It is read from the runs when the store is opened, and takes in each run that is written. Some 90 bytes an article.

use std::collections::{BinaryHeap, HashMap};

use chrono::{DateTime, Utc};

use super::places::Places;
use super::run::{Filing, Id, Listing, Run};
use crate::model::{ArticleId, SourceId};
use crate::store::keys;

/// Stands for when an article that was dropped was first seen.
const DROPPED: i64 = i64::MIN;
/// The listing of an article that opened no story.
const UNLISTED: u32 = u32::MAX;

/// What sorts a story among others; by their ids those of one moment.
pub(super) type Order = (i64, Id);

#[derive(Debug)]
struct Known {
    id: Id,
    /// In milliseconds since 1970.
    first_seen: i64,
    order: i64,
    /// Which of [`Index::source_sets`] lists its story.
    listed: u32,
    /// See [`Index::version`].
    version: u32,
}

#[derive(Debug, Default)]
pub(super) struct Index {
    /// In the order in which they were first filed.
    articles: Vec<Known>,
    by_id: Places,
    by_name: Places,
    /// Who lists stories: most sets are one source.
    source_sets: Vec<Vec<String>>,
    source_set_places: HashMap<Vec<String>, u32>,
    /// All stories, sorted by their orders.
    stories: Vec<u32>,
    by_source: HashMap<String, Vec<u32>>,
    /// The number of the next run.
    next_run: u64,
    /// The writes of articles since the store was opened.
    writes: u32,
    /// `stories` and `by_source` are left as they are.
    is_being_filled: bool,
}

impl Index {
    /// Takes in the runs of a store.
    pub(super) fn load<E>(runs: impl Iterator<Item = Result<(u64, Run), E>>) -> Result<Self, E> {
        let mut index = Self::default();
        for run in runs {
            let (number, run) = run?;
            index.next_run = number + 1;
            for filing in &run.0 {
                let place = index.place(filing);
                if let Some(listing) = &filing.listing {
                    index.set_listing(place, listing);
                }
            }
        }
        for place in 0..number(index.articles.len()) {
            let listed = index.known(place).listed;
            if let Some(sources) = index.source_sets.get(at(listed)) {
                index.stories.push(place);
                for source in sources {
                    index.by_source.entry(source.clone()).or_default().push(place);
                }
            }
        }
        let Self { articles, stories, by_source, .. } = &mut index;
        for list in by_source.values_mut().chain([stories]) {
            list.sort_unstable_by_key(|place| order_of(articles, *place));
            list.shrink_to_fit();
        }
        index.articles.shrink_to_fit();
        Ok(index)
    }

    /// For a store that is filled and then opened anew: its lists are not sorted with each story.
    pub(super) fn leave_unlisted(&mut self) {
        self.is_being_filled = true;
    }

    /// When each article was first seen, in milliseconds since 1970, and its id.
    pub(super) fn articles(&self) -> impl Iterator<Item = (i64, Id)> {
        self.articles.iter().filter(|known| known.first_seen != DROPPED).map(|known| (known.first_seen, known.id))
    }

    pub(super) fn next_run(&self) -> u64 {
        self.next_run
    }

    /// For a store that is filled and then opened anew.
    pub(super) fn is_being_filled(&self) -> bool {
        self.is_being_filled
    }

    /// Where an article stands that is there or was dropped, among [`Index::places`].
    pub(super) fn place_of(&self, id: ArticleId) -> Option<u32> {
        self.by_id.get(&id.to_bytes())
    }

    /// How many places there are; later articles have the next ones.
    pub(super) fn places(&self) -> usize {
        self.articles.len()
    }

    pub(super) fn id_at(&self, place: u32) -> Id {
        self.known(place).id
    }

    /// Whether the article at a place opened a story.
    pub(super) fn is_listed(&self, place: u32) -> bool {
        self.articles.get(at(place)).is_some_and(|known| known.listed != UNLISTED)
    }

    /// The places of stories, the newest first.
    pub(super) fn listed(&self) -> impl Iterator<Item = u32> {
        self.stories.iter().rev().copied()
    }

    /// Takes in what was written: the run under [`Index::next_run`], unless it is empty, and articles, with the stories
    /// that they tell.
    pub(super) fn apply(&mut self, run: &Run, kept: &[ArticleId]) {
        self.next_run += u64::from(!run.0.is_empty());
        for filing in &run.0 {
            let place = self.place(filing);
            if let Some(listing) = &filing.listing {
                self.list(place, listing);
            }
        }
        self.writes = self.writes.wrapping_add(1);
        for id in kept {
            if let Some(place) = self.place_of(*id) {
                self.articles[at(place)].version = self.writes;
            }
        }
    }

    /// The place of a filing's article, which is known by it from now on.
    fn place(&mut self, filing: &Filing) -> u32 {
        let first_seen = filing.first_seen.unwrap_or(DROPPED);
        let place = self.by_id.get(&filing.id).unwrap_or_else(|| {
            let place = number(self.articles.len());
            self.articles.push(Known { id: filing.id, first_seen, order: 0, listed: UNLISTED, version: 0 });
            self.by_id.insert(&filing.id, place);
            place
        });
        self.articles[at(place)].first_seen = first_seen;
        for name in &filing.names {
            self.by_name.insert(name.as_str(), place);
        }
        place
    }

    fn known(&self, place: u32) -> &Known {
        &self.articles[at(place)]
    }

    /// Lists a story, or none, in the place of what was listed there.
    fn list(&mut self, place: u32, listing: &Listing) {
        if self.is_being_filled {
            self.set_listing(place, listing);
            return;
        }
        if self.listing_at(place).is_some_and(|before| before == *listing) {
            return;
        }
        self.in_lists(place, |list, articles| {
            let own = order_of(articles, place);
            if let Ok(found) = list.binary_search_by_key(&own, |other| order_of(articles, *other)) {
                list.remove(found);
            }
        });
        self.set_listing(place, listing);
        self.in_lists(place, |list, articles| {
            let own = order_of(articles, place);
            if let Err(free) = list.binary_search_by_key(&own, |other| order_of(articles, *other)) {
                list.insert(free, place);
            }
        });
    }

    /// Changes all lists that a story is in.
    fn in_lists(&mut self, place: u32, change: impl Fn(&mut Vec<u32>, &[Known])) {
        let Some(sources) = self.source_sets.get(at(self.articles[at(place)].listed)) else { return };
        change(&mut self.stories, &self.articles);
        for source in sources {
            change(self.by_source.entry(source.clone()).or_default(), &self.articles);
        }
    }

    fn set_listing(&mut self, place: u32, listing: &Listing) {
        let listed = if listing.sources.is_empty() { UNLISTED } else { self.source_set(&listing.sources) };
        let known = &mut self.articles[at(place)];
        (known.order, known.listed) = (listing.order, listed);
    }

    fn source_set(&mut self, sources: &[String]) -> u32 {
        if let Some(known) = self.source_set_places.get(sources) {
            return *known;
        }
        let place = number(self.source_sets.len());
        self.source_sets.push(sources.to_vec());
        self.source_set_places.insert(sources.to_vec(), place);
        place
    }

    fn listing_at(&self, place: u32) -> Option<Listing> {
        let known = self.known(place);
        let sources = self.source_sets.get(at(known.listed))?;
        Some(Listing { order: known.order, sources: sources.clone() })
    }

    /// Where the story is listed that an article opened.
    pub(super) fn listing(&self, id: ArticleId) -> Option<Listing> {
        self.listing_at(self.by_id.get(&id.to_bytes())?)
    }

    /// The article that a name leads to, which may have been dropped.
    pub(super) fn named(&self, name: &str) -> Option<ArticleId> {
        self.by_name.get(name).map(|place| ArticleId::from_bytes(self.known(place).id))
    }

    /// When an article was first seen that is there, in milliseconds since 1970.
    pub(super) fn first_seen(&self, id: ArticleId) -> Option<i64> {
        let known = &self.articles[at(self.by_id.get(&id.to_bytes())?)];
        Some(known.first_seen).filter(|first_seen| *first_seen != DROPPED)
    }

    /// What changes whenever an article that is there or its story is written.
    pub(super) fn version(&self, id: ArticleId) -> Option<u32> {
        let known = self.known(self.place_of(id)?);
        (known.first_seen != DROPPED).then_some(known.version)
    }

    /// How many stories there are.
    pub(super) fn len(&self) -> usize {
        self.stories.len()
    }

    fn list_of(&self, source: Option<&SourceId>) -> &[u32] {
        match source {
            None => &self.stories,
            Some(source) => self.by_source.get(source.as_str()).map_or(&[], Vec::as_slice),
        }
    }

    fn before<'a>(&self, list: &'a [u32], order: Order) -> &'a [u32] {
        &list[..list.partition_point(|place| order_of(&self.articles, *place) < order)]
    }

    /// The orders of stories of all sources, or those named, that stand before one, the newest of those wanted by their
    /// places, from the newest on.
    pub(super) fn newest(
        &self,
        sources: Option<&[SourceId]>,
        before: Option<Order>,
        max: usize,
        is_wanted: impl Fn(u32) -> bool,
    ) -> Vec<Order> {
        let lists = match sources {
            None => vec![self.list_of(None)],
            Some(sources) => sources.iter().map(|source| self.list_of(Some(source))).collect(),
        };
        let mut rest: Vec<&[u32]> =
            lists.into_iter().map(|list| before.map_or(list, |before| self.before(list, before))).collect();
        let mut heads = BinaryHeap::new();
        let mut advance = |at: usize, heads: &mut BinaryHeap<(Order, usize)>| {
            while let Some((last, others)) = rest[at].split_last() {
                rest[at] = others;
                if is_wanted(*last) {
                    heads.push((order_of(&self.articles, *last), at));
                    break;
                }
            }
        };
        (0..sources.map_or(1, <[SourceId]>::len)).for_each(|at| advance(at, &mut heads));
        let mut newest: Vec<Order> = Vec::new();
        while let Some((order, at)) = heads.pop() {
            advance(at, &mut heads);
            if newest.last() != Some(&order) {
                if newest.len() == max {
                    break;
                }
                newest.push(order);
            }
        }
        newest
    }

    /// The stories of all sources or of one whose orders lie from one moment up to another, the oldest first.
    pub(super) fn between(&self, source: Option<&SourceId>, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<ArticleId> {
        let list = self.list_of(source);
        let first = self.before(list, start_of(from)).len();
        let within = self.before(list, start_of(to)).get(first..).unwrap_or_default();
        within.iter().map(|place| ArticleId::from_bytes(self.known(*place).id)).collect()
    }

    /// The newest order before one moment, and the oldest from another on.
    pub(super) fn beside(
        &self,
        before: DateTime<Utc>,
        from: DateTime<Utc>,
    ) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let moment = |place: &u32| DateTime::from_timestamp_millis(self.known(*place).order);
        let newest = self.before(&self.stories, start_of(before)).last().and_then(moment);
        let oldest = self.stories.get(self.before(&self.stories, start_of(from)).len()).and_then(moment);
        (newest, oldest)
    }

    /// What tells the first time that something of a run is met from later ones.
    pub(super) fn survey(&mut self) -> Survey {
        Survey { articles: vec![false; self.articles.len()], names: vec![false; self.by_name.ranks()] }
    }
}

/// What was met so far of what an index holds, which must not change meanwhile.
pub(super) struct Survey {
    articles: Vec<bool>,
    names: Vec<bool>,
}

impl Survey {
    /// What of a filing holds still and was not met yet, and its sketch. Of an article that was dropped its addresses do.
    pub(super) fn current(&mut self, index: &Index, filing: Filing) -> Option<Filing> {
        let place = index.by_id.get(&filing.id)?;
        let is_first = !std::mem::replace(&mut self.articles[at(place)], true);
        let first_seen = Some(index.known(place).first_seen).filter(|first_seen| *first_seen != DROPPED);
        let listing = if is_first { index.listing_at(place) } else { None };
        let mut is_current = |name: &String| {
            (first_seen.is_some() || name.starts_with(keys::ADDRESSES))
                && index.by_name.get(name.as_str()) == Some(place)
                && index.by_name.rank(name.as_str()).is_some_and(|rank| !std::mem::replace(&mut self.names[rank], true))
        };
        let names: Vec<String> = filing.names.into_iter().filter(&mut is_current).collect();
        let sketch = if first_seen.is_some() { filing.sketch } else { Vec::new() };
        let says_something = (is_first && first_seen.is_some()) || !names.is_empty() || !sketch.is_empty();
        says_something.then_some(Filing { id: filing.id, first_seen, names, listing, sketch })
    }
}

fn order_of(articles: &[Known], place: u32) -> Order {
    let known = &articles[at(place)];
    (known.order, known.id)
}

/// The order before all stories of a moment.
fn start_of(moment: DateTime<Utc>) -> Order {
    (moment.timestamp_millis(), Id::default())
}

/// A place in [`Index::articles`]; more than four thousand million articles are more than a disk holds.
fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn at(place: u32) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}
