//! Which articles make up a story, and how that changes.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use sled::IVec;
use url::Url;

use super::run::Listing;
use super::transaction::Transaction;
use crate::address::identity;
use crate::model::{Appearance, Article, ArticleId, How, Joined, SourceId, Story, Telling};
use crate::store::record::{self, Kept};
use crate::store::{Parting, StoreError, keys};

/// Articles of first passes that are seen farther apart than this were published in the order in which they were seen.
const FIRST_PASS_MAX: TimeDelta = TimeDelta::days(1);

/// Articles of other stories that are remembered as alike to one.
const BESIDE_MAX: usize = 16;
/// Stories that are looked at because articles of theirs are alike to those of others.
const STORIES_BESIDE_MAX: usize = 8;

/// The packed record of an article.
pub(super) type Found = Result<Option<IVec>, StoreError>;

/// Reads articles inside and outside of transactions.
pub(super) struct Reader<F> {
    pub(super) article: F,
}

/// A reader within a transaction.
pub(super) fn within(tx: &Transaction) -> Reader<impl Fn(ArticleId) -> Found> {
    Reader { article: |id| tx.article(id) }
}

impl<F: Fn(ArticleId) -> Found> Reader<F> {
    pub(super) fn kept(&self, id: ArticleId) -> Result<Option<Kept>, StoreError> {
        (self.article)(id)?.map(|packed| record::read_article(id, &packed)).transpose()
    }

    /// The story that an article opened or joined.
    pub(super) fn story(&self, id: ArticleId) -> Result<Option<Story>, StoreError> {
        let telling = |Kept { article, place, .. }| Telling { article, joined: place.joined, apart: place.apart };
        let mut all = self.together(id)?.into_iter().map(telling);
        Ok(all.next().map(|lead| Story { lead, others: all.collect() }))
    }

    /// All articles of the story that an article opened or joined, the one that opened it first.
    pub(super) fn together(&self, id: ArticleId) -> Result<Vec<Kept>, StoreError> {
        let Some(kept) = self.kept(id)? else { return Ok(Vec::new()) };
        let lead = match kept.place.story {
            Some(lead) => self.kept(lead)?,
            None => Some(kept),
        };
        let Some(lead) = lead else { return Ok(Vec::new()) };
        let members = lead.place.members.clone();
        let mut all = vec![lead];
        for (member, _) in members {
            all.extend(self.kept(member)?);
        }
        Ok(all)
    }
}

/// Where a story is listed, by all its articles, the one that opened it first: by each source that prints it or lists one
/// of its pages.
fn listing(lead: &Article, others: &[Kept]) -> Listing {
    let all = std::iter::once(lead).chain(others.iter().map(|kept| &kept.article));
    let sources: BTreeSet<&SourceId> = all.flat_map(Article::listed_by).collect();
    let sources = sources.into_iter().map(SourceId::to_string).collect();
    Listing { order: lead.order().timestamp_millis(), sources }
}

/// Files the story that an article opened or joined, as it is now.
pub(super) fn file_again(tx: &Transaction, id: ArticleId) -> Result<(), StoreError> {
    if let [lead, others @ ..] = &within(tx).together(id)?[..] {
        file(tx, &lead.article, others);
    }
    Ok(())
}

/// Files a story by the article that opened it and the others that tell it, which may show it in other words than before.
pub(super) fn file(tx: &Transaction, lead: &Article, others: &[Kept]) {
    tx.list(lead.id, listing(lead, others));
    tx.reword(lead.id);
}

/// Makes one story of some articles, which were several or one, under the name of one of them.
fn group(tx: &Transaction, mut all: Vec<Kept>, lead: ArticleId) -> Result<(), StoreError> {
    let others = all.iter().filter(|kept| kept.article.id != lead);
    let members: Vec<(ArticleId, SourceId)> =
        others.map(|kept| (kept.article.id, kept.article.source.clone())).collect();
    for kept in &mut all {
        if kept.article.id == lead {
            kept.place.story = None;
            kept.place.members.clone_from(&members);
            kept.place.joined = None;
        } else {
            kept.place.story = Some(lead);
            kept.place.members.clear();
            tx.list(kept.article.id, Listing::default());
        }
        tx.keep(kept)?;
    }
    file_again(tx, lead)
}

/// Files a copy under the stories that it tells, which are one from now on, but for those that were split by hand.
pub(super) fn admit_copy(tx: &Transaction, copy: Kept, of: &[ArticleId]) -> Result<(), StoreError> {
    let reader = within(tx);
    let mut leads: Vec<Kept> = Vec::new();
    let mut all: Vec<Kept> = Vec::new();
    for id in of {
        let story = reader.together(*id)?;
        let apart = |kept: &Kept| all.iter().any(|other| kept.place.apart.contains(&other.article.id));
        if let Some(lead) = story.first().filter(|_| !story.iter().any(apart)) {
            leads.push(lead.clone());
            all.extend(story);
        }
    }
    // A copy names a story that is known only where that is the earlier one's right.
    let known: Vec<&Kept> = leads.iter().collect();
    let with_copy = [&known[..], &[&copy]].concat();
    let named = if are_of_first_passes(&with_copy) { leading(&with_copy) } else { leading(&known) };
    let lead = named.unwrap_or(copy.article.id);
    let joined = copy.place.joined;
    all.push(copy);
    for kept in all.iter_mut().filter(|kept| kept.article.id != lead) {
        kept.place.joined = kept.place.joined.or(joined);
    }
    group(tx, all, lead)
}

/// Some stories, and those that tell what is alike to theirs.
pub(super) fn with_those_beside(tx: &Transaction, mut stories: Vec<Story>) -> Result<Vec<Story>, StoreError> {
    let reader = within(tx);
    let stories_max = stories.len() + STORIES_BESIDE_MAX;
    let ids: Vec<ArticleId> = stories.iter().flat_map(Story::tellings).map(|telling| telling.article.id).collect();
    for id in ids {
        for other in tx.get(keys::beside(id))?.unwrap_or_default().as_chunks().0 {
            let other = ArticleId::from_bytes(*other);
            let is_there = stories.iter().flat_map(Story::tellings).any(|telling| telling.article.id == other);
            if !is_there && stories.len() < stories_max {
                stories.extend(reader.story(other)?);
            }
        }
    }
    Ok(stories)
}

/// Keeps what an article shows of others.
pub(super) fn part(tx: &Transaction, parting: &Parting) -> Result<(), StoreError> {
    for [one, other] in parting.beside.iter().flat_map(|[a, b]| [[a, b], [b, a]]) {
        let (key, other) = (keys::beside(*one), other.to_bytes());
        let known = tx.get(key.as_slice())?.unwrap_or_default();
        let mut ids: Vec<u8> =
            known.chunks_exact(keys::ID_BYTES).filter(|id| *id != other).flatten().copied().collect();
        ids.extend(other);
        let older = ids.len().saturating_sub(BESIDE_MAX * keys::ID_BYTES);
        tx.insert(key, ids.split_off(older));
    }
    for leavers in &parting.leave {
        let Some(first) = leavers.first() else { continue };
        let all = within(tx).together(*first)?;
        let Some(lead) = all.first().map(|lead| lead.article.id) else { continue };
        let (leaving, staying): (Vec<Kept>, Vec<Kept>) =
            all.into_iter().partition(|kept| leavers.contains(&kept.article.id));
        if !staying.is_empty() {
            for part in [leaving, staying] {
                let keeps_name = part.iter().any(|kept| kept.article.id == lead);
                let earliest = leading(&part.iter().collect::<Vec<_>>());
                group(tx, part, if keeps_name { lead } else { earliest.unwrap_or(lead) })?;
            }
        }
    }
    Ok(())
}

/// The article that names what several articles tell: the one that was seen first; among articles of first passes the
/// one with the earliest time, since those passes read what was published long before.
fn leading(all: &[&Kept]) -> Option<ArticleId> {
    let first = if are_of_first_passes(all) {
        all.iter().min_by_key(|kept| (kept.article.order(), kept.article.id))
    } else {
        all.iter().min_by_key(|kept| age(kept))
    };
    first.map(|kept| kept.article.id)
}

fn are_of_first_passes(all: &[&Kept]) -> bool {
    let seen = || all.iter().map(|kept| kept.article.first_seen);
    let near = seen().min().zip(seen().max()).is_some_and(|(first, last)| last - first <= FIRST_PASS_MAX);
    near && all.iter().all(|kept| kept.place.first_pass)
}

fn age(kept: &Kept) -> (DateTime<Utc>, ArticleId) {
    (kept.article.first_seen, kept.article.id)
}

/// See [`Store::split`](crate::store::Store::split).
pub(super) fn split(tx: &Transaction, id: ArticleId, address: Option<&str>) -> Result<Vec<ArticleId>, StoreError> {
    let all = existing(tx, id)?;
    let lead = all[0].article.id;
    if all.len() == 1 {
        return Err(refuse(format!("{lead} is told by one article alone: there is nothing to split")));
    }
    let leaves = |kept: &Kept| address.is_none_or(|address| kept.article.address == address);
    let (leaving, staying): (Vec<Kept>, Vec<Kept>) = all.into_iter().partition(leaves);
    if leaving.is_empty() {
        let told: Vec<&str> = staying.iter().map(|kept| kept.article.address.as_str()).collect();
        let address = address.unwrap_or_default();
        return Err(refuse(format!("{lead} is not told at {address}, but at {}", told.join(" and "))));
    }
    let mut groups: Vec<Vec<Kept>> = leaving.into_iter().map(|kept| vec![kept]).collect();
    groups.extend(Some(staying).filter(|staying| !staying.is_empty()));
    let ids: Vec<Vec<ArticleId>> =
        groups.iter().map(|group| group.iter().map(|kept| kept.article.id).collect()).collect();
    let mut made = Vec::new();
    for (at, mut members) in groups.into_iter().enumerate() {
        let strangers = || ids.iter().enumerate().filter(|(other, _)| *other != at).flat_map(|(_, ids)| ids);
        for kept in &mut members {
            let known = kept.place.apart.clone();
            kept.place.apart.extend(strangers().filter(|id| !known.contains(id)));
        }
        let first = ids[at][0];
        group(tx, members, first)?;
        made.extend(Some(first).filter(|first| *first != lead));
    }
    Ok(made)
}

/// See [`Store::join`](crate::store::Store::join).
pub(super) fn join(tx: &Transaction, one: ArticleId, other: ArticleId) -> Result<ArticleId, StoreError> {
    let (first, second) = (existing(tx, one)?, existing(tx, other)?);
    if first[0].article.id == second[0].article.id {
        return Err(refuse(format!("{one} and {other} are one story already")));
    }
    let lead = leading(&[&first[0], &second[0]]).unwrap_or(one);
    let mut all: Vec<Kept> = first.into_iter().chain(second).collect();
    let ids: Vec<ArticleId> = all.iter().map(|kept| kept.article.id).collect();
    for kept in &mut all {
        kept.place.apart.retain(|id| !ids.contains(id));
        kept.place.joined = kept.place.joined.or(Some(Joined { how: How::ByHand, score_percent: 100 }));
    }
    group(tx, all, lead)?;
    Ok(lead)
}

/// All articles of a story, at least one.
fn existing(tx: &Transaction, id: ArticleId) -> Result<Vec<Kept>, StoreError> {
    let all = within(tx).together(id)?;
    if all.is_empty() {
        return Err(refuse(format!("no story is called {id}; `bantin list --json` names them")));
    }
    Ok(all)
}

fn refuse(why: String) -> StoreError {
    StoreError::Refused(why)
}

/// Names a source that lists another one's page beside the article there. Returns whether anything changed.
pub(super) fn list(tx: &Transaction, address: &Url, source: &SourceId) -> Result<bool, StoreError> {
    let Some(id) = tx.named(&keys::address(&identity(address))) else { return Ok(false) };
    let Some(mut kept) = within(tx).kept(id)? else { return Ok(false) };
    if kept.article.listed_by().any(|known| known == source) {
        return Ok(false);
    }
    let (source, address) = (source.clone(), kept.article.address.clone());
    kept.article.also_in.push(Appearance { source, address, item: None, joined: None });
    tx.keep(&kept)?;
    file_again(tx, id)?;
    Ok(true)
}

/// Marks the article at an address as gone from it: it keeps to another of its addresses, and is withdrawn without one.
/// Returns whether anything changed.
pub(super) fn withdraw(tx: &Transaction, address: &Url, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let gone = identity(address);
    let Some(id) = tx.named(&keys::address(&gone)) else { return Ok(false) };
    let Some(before) = within(tx).kept(id)? else { return Ok(false) };
    let mut kept = before.clone();
    let article = &mut kept.article;
    let is_gone = |address: &str| Url::parse(address).is_ok_and(|address| identity(&address) == gone);
    let own = article.source.clone();
    article.also_in.retain(|other| other.item.is_some() || other.source != own || !is_gone(&other.address));
    if is_gone(&article.address) {
        match article.also_in.iter().position(|other| other.item.is_none() && other.source == own) {
            Some(at) => article.address = article.also_in.remove(at).address,
            None => article.withdrawn = article.withdrawn.or(Some(at)),
        }
    }
    let changed = kept.article != before.article;
    if changed {
        tx.keep(&kept)?;
        file_again(tx, id)?;
    }
    Ok(changed)
}
