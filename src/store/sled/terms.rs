//! What finds stories by their words: segments on disk, and in memory the words of the newest stories.
//!
//! A segment is written when the newest stories have words enough, and eight of one level are made one of the next. A
//! story that changes is indexed anew; that an older segment leads to it too costs one look at a story that is not meant.
//! Some 400 bytes a story on disk, and 5 in memory.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::{MutexGuard, PoisonError};

use sled::Batch;

use super::run::Id;
use super::segment::{self, Holder, Stories};
use super::{LOOK_UPS, SledStore, failed, loaded};
use crate::model::{Article, ArticleId};
use crate::store::record::Packer;
use crate::store::{StoreError, keys};
use crate::text::{Sought, Term, terms};

/// Words of stories that are kept in memory, of 8 bytes each; with more they are written as a segment. Some 400 stories.
const NEWEST_TERMS_MAX: usize = 1 << 17;
/// Segments of one level are made one of the next when there are so many.
const SEGMENTS_OF_LEVEL: usize = 8;
/// Segments of this level stay as they are: making one of them takes memory for each of their words.
const LEVEL_MAX: u8 = 2;
/// Stories that are read at once; who looks for words waits for them.
const STORIES_AT_ONCE: usize = 64;
/// Stands for the place of a story that is not in the index any more.
const GONE: u32 = u32::MAX;
/// Stories that a search indexes before it begins; what is left of them it looks through.
const STORIES_BY_SEARCH_MAX: usize = 1_024;

#[derive(Debug, Default)]
pub(super) struct Terms {
    /// In the order in which they were written.
    segments: Vec<Segment>,
    newest: Vec<Newest>,
    /// Whether the words of the story at each place of the index are found.
    is_indexed: Vec<bool>,
}

#[derive(Debug)]
struct Segment {
    number: u64,
    level: u8,
    /// Of its stories in the index; [`GONE`] for one that went.
    places: Vec<u32>,
}

#[derive(Debug)]
struct Newest {
    place: u32,
    id: ArticleId,
    terms: Vec<Term>,
}

/// A segment on its way to disk.
struct Sealed {
    number: u64,
    ids: Vec<Id>,
    writes: Batch,
}

/// Which stories may hold some words, by their places in the index.
pub(super) struct Candidates(Vec<bool>);

impl Candidates {
    /// Also of a story that came after they were looked for.
    pub(super) fn hold(&self, place: u32) -> bool {
        self.0.get(place as usize).is_none_or(|holds| *holds)
    }
}

impl Terms {
    fn load(store: &SledStore) -> Result<Self, StoreError> {
        let mut terms = Self::default();
        let mut from = 0;
        while let Some((number, Stories { level, ids })) = store.segment_from(from)? {
            let index = store.index();
            let place_of = |id: &Id| index.place_of(ArticleId::from_bytes(*id)).unwrap_or(GONE);
            let places: Vec<u32> = ids.iter().map(place_of).collect();
            terms.set_indexed(&places, true);
            terms.segments.push(Segment { number, level, places });
            from = number + 1;
        }
        for mark in store.db.scan_prefix(keys::REWORDED).keys() {
            terms.forget(store, keys::article_id(&mark.map_err(failed)?)?);
        }
        Ok(terms)
    }

    /// How many words the newest stories have, all together.
    fn newest_words(&self) -> usize {
        self.newest.iter().map(|newest| newest.terms.len()).sum()
    }

    fn set_indexed(&mut self, places: &[u32], is_indexed: bool) {
        for place in places.iter().filter(|place| **place != GONE) {
            let place = *place as usize;
            if self.is_indexed.len() <= place {
                self.is_indexed.resize(place + 1, false);
            }
            self.is_indexed[place] = is_indexed;
        }
    }

    fn is_indexed(&self, place: u32) -> bool {
        self.is_indexed.get(place as usize).is_some_and(|is_indexed| *is_indexed)
    }

    /// Has a story indexed anew.
    fn forget(&mut self, store: &SledStore, id: ArticleId) {
        if let Some(place) = store.index().place_of(id) {
            self.set_indexed(&[place], false);
        }
    }

    /// Indexes some of the stories that are not, the newest first; says whether there were any.
    fn take_in(&mut self, store: &SledStore) -> Result<bool, StoreError> {
        let new: Vec<(u32, ArticleId)> = {
            let index = store.index();
            let new = index.listed().filter(|place| !self.is_indexed(*place)).take(STORIES_AT_ONCE);
            new.map(|place| (place, ArticleId::from_bytes(index.id_at(place)))).collect()
        };
        for (place, id) in &new {
            if let Some(key) = store.key_of(*id) {
                store.look_up_again(&key, LOOK_UPS - 1)?;
            }
            if let Some(story) = store.read(*id)?.filter(|story| story.id() == *id) {
                let Article { title, lead, text, .. } = story.published();
                let terms = terms(&[&title, lead.as_deref().unwrap_or_default(), &text]);
                self.newest.push(Newest { place: *place, id: *id, terms });
            }
            self.set_indexed(&[*place], true);
        }
        Ok(!new.is_empty())
    }

    /// A segment of the words of the newest stories, not written yet.
    fn sealed(&self, store: &SledStore) -> Result<Sealed, StoreError> {
        let number = store.next_segment()?;
        let mut holders: Vec<Holder> = Vec::with_capacity(self.newest_words());
        for (at, newest) in (0..).zip(&self.newest) {
            holders.extend(newest.terms.iter().map(|term| (*term, at)));
        }
        holders.sort_unstable();
        let mut packer = Packer::new()?;
        let mut writes = Batch::default();
        let bucket = |holder: &Holder| segment::bucket_of(holder.0.plain);
        for of_bucket in holders.chunk_by(|one, other| bucket(one) == bucket(other)) {
            if let Some((key, value)) = segment::write_bucket(number, of_bucket, &mut packer)? {
                writes.insert(key, value);
            }
        }
        let ids: Vec<Id> = self.newest.iter().map(|newest| newest.id.to_bytes()).collect();
        writes.insert(keys::segment(number), Stories { level: 0, ids: ids.clone() }.write(&mut packer)?);
        Ok(Sealed { number, ids, writes })
    }

    /// Writes a segment of stories that are the newest still, and takes the marks off those that have not changed since.
    /// No writer may have a turn meanwhile.
    fn seal(&mut self, store: &SledStore, sealed: Sealed) -> Result<(), StoreError> {
        let Sealed { number, ids, mut writes } = sealed;
        let count = ids.len();
        let sealed: HashSet<Id> = ids.into_iter().collect();
        if store.next_segment()? != number {
            return Ok(());
        }
        for mark in store.db.scan_prefix(keys::REWORDED).keys() {
            let mark = mark.map_err(failed)?;
            let id = keys::article_id(&mark)?;
            let index = store.index();
            let is_needed = index.place_of(id).is_some_and(|place| {
                let is_sealed = sealed.contains(&id.to_bytes()) && self.is_indexed(place);
                index.is_listed(place) && !is_sealed
            });
            if !is_needed {
                writes.remove(mark);
            }
        }
        store.db.apply_batch(writes).map_err(failed)?;
        let places = self.newest.drain(..count.min(self.newest.len())).map(|newest| newest.place).collect();
        self.segments.push(Segment { number, level: 0, places });
        Ok(())
    }

    /// Makes one segment of the last ones, as long as there are enough of one level, and leaves out of the others what
    /// went, once that is the most of one.
    fn merge(&mut self, store: &SledStore) -> Result<(), StoreError> {
        while let Some(last) = self.segments.last().filter(|last| last.level < LEVEL_MAX) {
            let level = last.level;
            let others = self.segments.iter().rposition(|segment| segment.level != level).map_or(0, |at| at + 1);
            if self.segments.len() - others < SEGMENTS_OF_LEVEL {
                break;
            }
            self.rewrite(store, others..self.segments.len(), level + 1)?;
        }
        for at in 0..self.segments.len() {
            let Segment { places, level, .. } = &self.segments[at];
            let there = {
                let index = store.index();
                places.iter().filter(|place| index.is_listed(**place)).count()
            };
            if there * 2 < places.len() {
                self.rewrite(store, at..at + 1, *level)?;
            }
        }
        self.segments.retain(|segment| !segment.places.is_empty());
        Ok(())
    }

    /// Writes one segment in the place of some. Stories of those whose buckets are not all there are indexed anew.
    fn rewrite(&mut self, store: &SledStore, parts: Range<usize>, level: u8) -> Result<(), StoreError> {
        for at in parts.clone() {
            let number = self.segments[at].number;
            let is_there = |bucket| store.db.contains_key(keys::bucket(number, bucket)).map_err(failed);
            if buckets().map(is_there).collect::<Result<Vec<bool>, _>>()?.contains(&false) {
                let places = std::mem::take(&mut self.segments[at].places);
                self.set_indexed(&places, false);
                self.segments[at].places = vec![GONE; places.len()];
            }
        }
        let one = Segment::of(store, &self.segments[parts.clone()], level)?;
        self.segments.splice(parts, [one]);
        Ok(())
    }

    /// The stories that may hold all of some words.
    fn candidates(&self, store: &SledStore, sought: &[Sought]) -> Result<Candidates, StoreError> {
        let places = store.index().places();
        let mut may_hold: Vec<bool> = self.is_indexed.iter().take(places).map(|is_indexed| !is_indexed).collect();
        may_hold.resize(places, true);
        let mut mark = |place: u32| may_hold.get_mut(place as usize).into_iter().for_each(|holds| *holds = true);
        for segment in &self.segments {
            let holding = segment.holding(store, sought)?;
            holding.into_iter().filter_map(|at| segment.places.get(at as usize).copied()).for_each(&mut mark);
        }
        for newest in &self.newest {
            if sought.iter().all(|sought| sought.is_among(&newest.terms)) {
                mark(newest.place);
            }
        }
        Ok(Candidates(may_hold))
    }
}

fn buckets() -> impl Iterator<Item = u8> {
    0..=u8::MAX
}

impl Segment {
    /// Writes one segment in the place of some. What went is left out, and all of a story but its latest words; where
    /// nothing is left, so is the segment.
    fn of(store: &SledStore, parts: &[Self], level: u8) -> Result<Self, StoreError> {
        let number = parts.first().map_or(0, |first| first.number);
        let mut packer = Packer::new()?;
        let mut batch = Batch::default();
        for part in parts {
            batch.remove(keys::segment(part.number));
        }
        let moves = Self::moves(store, parts);
        let all = parts.iter().zip(&moves).flat_map(|(part, moves)| part.places.iter().zip(moves));
        let places: Vec<u32> = all.filter(|(_, to)| to.is_some()).map(|(place, _)| *place).collect();
        for bucket in buckets() {
            let mut holders: Vec<Holder> = Vec::new();
            for (part, moves) in parts.iter().zip(&moves) {
                let key = keys::bucket(part.number, bucket);
                let Some(bytes) = store.db.get(&key).map_err(failed)? else { continue };
                batch.remove(key);
                let in_merged = |(term, at): Holder| Some((term, moves.get(at as usize).copied().flatten()?));
                holders.extend(segment::read_bucket(&bytes)?.into_iter().filter_map(in_merged));
            }
            holders.sort_unstable();
            if let Some((key, value)) = segment::write_bucket(number, &holders, &mut packer)? {
                batch.insert(key, value);
            }
        }
        if !places.is_empty() {
            let index = store.index();
            let ids = places.iter().map(|place| index.id_at(*place)).collect();
            drop(index);
            batch.insert(keys::segment(number), Stories { level, ids }.write(&mut packer)?);
        }
        store.db.apply_batch(batch).map_err(failed)?;
        Ok(Self { number, level, places })
    }

    /// Where each story of some segments stands when they are one.
    fn moves(store: &SledStore, parts: &[Self]) -> Vec<Vec<Option<u32>>> {
        let index = store.index();
        let mut moves: Vec<Vec<Option<u32>>> = parts.iter().map(|part| vec![None; part.places.len()]).collect();
        let mut met = HashSet::new();
        let latest_first = parts.iter().zip(&mut moves).rev();
        let latest_first = latest_first.flat_map(|(part, moves)| part.places.iter().zip(moves).rev());
        for (place, to) in latest_first {
            if index.is_listed(*place) && met.insert(*place) {
                *to = Some(0);
            }
        }
        moves.iter_mut().flatten().flatten().zip(0..).for_each(|(to, at)| *to = at);
        moves
    }

    /// The stories that hold all of some words, at least one, by their places in the segment, sorted.
    fn holding(&self, store: &SledStore, sought: &[Sought]) -> Result<Vec<u32>, StoreError> {
        let mut holding: Option<Vec<u32>> = None;
        for sought in sought {
            let key = keys::bucket(self.number, segment::bucket_of(sought.plain));
            // Each bucket has words; of one that was lost any story may hold some.
            let all = || Ok((0..).take(self.places.len()).collect());
            let own = store.db.get(key).map_err(failed)?;
            let own = own.map_or_else(all, |bytes| segment::holding(&bytes, *sought))?;
            let both = match holding {
                None => own,
                Some(mut holding) => {
                    holding.retain(|at| own.binary_search(at).is_ok());
                    holding
                }
            };
            if both.is_empty() {
                return Ok(both);
            }
            holding = Some(both);
        }
        Ok(holding.unwrap_or_default())
    }
}

impl SledStore {
    /// The first segment that has this number or a later one; buckets whose list of stories was lost are none.
    fn segment_from(&self, mut from: u64) -> Result<Option<(u64, Stories)>, StoreError> {
        loop {
            let Some(entry) = self.db.range(keys::segment(from)..).next() else { return Ok(None) };
            let (key, stories) = entry.map_err(failed)?;
            let Some(number) = segment::number_of(&key) else { return Ok(None) };
            if key == keys::segment(number) {
                return Ok(Some((number, Stories::read(&stories)?)));
            }
            from = number + 1;
        }
    }

    /// A number behind those of all segments, also of what is left of lost ones.
    fn next_segment(&self) -> Result<u64, StoreError> {
        let last = self.db.scan_prefix(keys::SEGMENTS).keys().next_back().transpose().map_err(failed)?;
        Ok(last.and_then(|key| segment::number_of(&key)).map_or(0, |number| number + 1))
    }

    /// Works with what finds stories by their words.
    fn with_terms<T>(&self, work: impl FnOnce(&mut Terms) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut held = self.terms.lock().unwrap_or_else(PoisonError::into_inner);
        let terms = loaded(&mut held, || Terms::load(self))?;
        let reworded = std::mem::take(&mut *self.reworded());
        for id in reworded {
            terms.forget(self, id);
        }
        work(terms)
    }

    /// Stories that were written since with other words.
    pub(super) fn reworded(&self) -> MutexGuard<'_, Vec<ArticleId>> {
        self.reworded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The stories that may hold all of some words, at least one. It writes nothing.
    pub(super) fn candidates(&self, sought: &[Sought]) -> Result<Candidates, StoreError> {
        self.with_terms(|terms| {
            let mut left = STORIES_BY_SEARCH_MAX;
            while left > 0 && terms.newest_words() < 2 * NEWEST_TERMS_MAX && terms.take_in(self)? {
                left -= STORIES_AT_ONCE;
            }
            terms.candidates(self, sought)
        })
    }

    /// Indexes the words of some stories that are not indexed yet. Returns whether there may be more of them.
    pub(in crate::store) fn index_words(&self) -> Result<bool, StoreError> {
        let is_full = |terms: &Terms| terms.newest_words() > NEWEST_TERMS_MAX;
        let is_segment = loop {
            let (is_segment, is_done) = self.with_terms(|terms| Ok((is_full(terms), !terms.take_in(self)?)))?;
            if is_segment || is_done {
                break is_segment;
            }
        };
        if is_segment {
            let sealed = self.with_terms(|terms| terms.sealed(self))?;
            // No story is marked as changed between the last look at the marks and the write that takes them off.
            let turn = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
            self.with_terms(|terms| terms.seal(self, sealed))?;
            drop(turn);
            self.with_terms(|terms| terms.merge(self))?;
            self.wrote();
        }
        Ok(is_segment)
    }
}
