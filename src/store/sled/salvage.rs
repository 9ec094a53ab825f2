//! What can still be read of a damaged store.
//!
//! Measured on stores of 400 to 3,000 stories (4 to 25 MB) with nonsense at 1, 3 and 20 places of their files: most open,
//! and 86 to 100 % of articles are read; for those whose newest segment is hit see [`tip`](super::tip). A leaf
//! that cannot be read takes up to 16 entries with it.

use std::collections::HashSet;
use std::path::Path;

use url::Url;

use super::admit::name_all;
use super::earlier::early_name;
use super::filling::Filling;
use super::run::Run;
use super::stories::within;
use super::transaction::Transaction;
use super::{SledStore, failed};
use crate::address::{identity, number};
use crate::dedupe::sketch;
use crate::model::{Article, ArticleId};
use crate::store::open::unless_it_panics;
use crate::store::record::{self, Kept};
use crate::store::rescue::Gaps;
use crate::store::{StoreError, keys};

/// What is written at once.
const SALVAGE_STEPS_MAX: usize = 250;

/// Takes an entry, and says whether it could be read.
type Take<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> Result<bool, StoreError>;

impl SledStore {
    /// Writes what can be read of a damaged store to this one, over what it holds already, and has it on disk. Returns how
    /// many articles were read.
    ///
    /// An address whose article is not here is not kept, so that a lost article is read again from its page; but that of
    /// one that was dropped after its time is.
    pub(in crate::store) fn take_from(&self, damaged: &Self, gaps: Gaps, path: &Path) -> Result<u64, StoreError> {
        let mut articles = 0;
        let mut filling = Filling::begin(self, SALVAGE_STEPS_MAX);
        let all_read = damaged.readable(path, keys::ARTICLES, &mut |key, value| {
            let Ok(Some(kept)) = unless_it_panics(path, || damaged.article_of(key, value)) else { return Ok(false) };
            take_article(filling.step()?, &kept)?;
            articles += 1;
            Ok(true)
        })?;
        for letter in [keys::SOURCES, keys::BESIDE, keys::SUBSCRIPTIONS] {
            damaged.readable(path, letter, &mut |key, value| {
                filling.step()?.insert(key, value);
                Ok(true)
            })?;
        }
        damaged.give_early_names(path, &mut filling, all_read && gaps == Gaps::Told)?;
        damaged.give_names(path, &mut filling, gaps)?;
        damaged.readable(path, keys::PAGES, &mut |key, page| {
            let address = std::str::from_utf8(&key[1..]).ok().and_then(|address| Url::parse(address).ok());
            let Some(address) = address else { return Ok(false) };
            let tx = filling.step()?;
            if record::read_page(page).is_ok() && tx.named(&keys::address(&identity(&address))).is_some() {
                tx.insert(key, page);
            }
            Ok(true)
        })?;
        filling.finish()?;
        self.set_right()?;
        self.file_stories()?;
        self.db.flush().map_err(failed)?;
        Ok(articles)
    }

    /// Hands on what leads to articles in a store until format 3, which does not tell those that were dropped from those
    /// that were lost, unless `whole`.
    fn give_early_names(&self, path: &Path, filling: &mut Filling, whole: bool) -> Result<(), StoreError> {
        for letter in [keys::ADDRESSES, keys::GUIDS] {
            self.readable(path, letter.as_bytes(), &mut |key, id| {
                let Ok((name, id)) = early_name(key, id) else { return Ok(false) };
                let tx = filling.step()?;
                if whole || tx.article(id)?.is_some() {
                    tx.name(name, id);
                }
                Ok(true)
            })?;
        }
        Ok(())
    }

    /// Hands on what leads to articles by the runs. Where one of these was lost, what articles say themselves stands.
    fn give_names(&self, path: &Path, filling: &mut Filling, gaps: Gaps) -> Result<(), StoreError> {
        let mut dropped = HashSet::new();
        let all_read = self.readable(path, keys::RUNS, &mut |_, run| {
            let Ok(run) = Run::read(run) else { return Ok(false) };
            for filing in run.0 {
                if filing.first_seen.is_none() {
                    dropped.insert(filing.id)
                } else {
                    dropped.remove(&filing.id)
                };
            }
            Ok(true)
        })?;
        self.readable(path, keys::RUNS, &mut |_, run| {
            for filing in Run::read(run).unwrap_or_default().0 {
                let id = filing.article();
                for name in filing.names {
                    let tx = filling.step()?;
                    let leads_to_another = match tx.named(&name) {
                        Some(other) if !(all_read && gaps == Gaps::Told) => tx.article(other)?.is_some(),
                        _ => false,
                    };
                    if !leads_to_another && (dropped.contains(&filing.id) || tx.article(id)?.is_some()) {
                        tx.name(name, id);
                    }
                }
            }
            Ok(true)
        })?;
        Ok(())
    }

    /// Shows all entries of a letter that can be read to `take`, which says whether it could read them too. Returns
    /// whether all could be.
    fn readable(&self, path: &Path, letter: &[u8], take: Take) -> Result<bool, StoreError> {
        let end: Vec<u8> = letter.iter().map(|letter| letter + 1).collect();
        let mut from = letter.to_vec();
        let mut whole = true;
        loop {
            let mut entries = self.db.range(from.clone()..end.clone());
            loop {
                match unless_it_panics(path, || entries.next().transpose().map_err(failed)) {
                    Ok(None) => return Ok(whole),
                    Ok(Some((key, value))) => {
                        whole &= take(&key, &value)?;
                        from = [&key, &[0][..]].concat();
                    }
                    Err(_) => break,
                }
            }
            whole = false;
            let Some(next) = self.past(path, letter, &from, &end) else { return Ok(false) };
            from = next;
        }
    }

    /// The key behind one that cannot be read from which reading goes on: the nearest one that shares most of its
    /// beginning.
    fn past(&self, path: &Path, letter: &[u8], from: &[u8], end: &[u8]) -> Option<Vec<u8>> {
        let starts = (letter.len()..=from.len()).step_by(size_of::<u128>());
        starts.filter_map(|start| self.past_within(path, from.split_at(start), end)).last()
    }

    /// As [`SledStore::past`], among keys with this beginning: looked for in steps that double, and between the last two of
    /// them by halves.
    fn past_within(&self, path: &Path, (beginning, own): (&[u8], &[u8]), end: &[u8]) -> Option<Vec<u8>> {
        let key = |place: u128| [beginning, &place.to_be_bytes()].concat();
        let reads = |place: u128| {
            let next = || self.db.range(key(place)..end.to_vec()).next().transpose().map_err(failed);
            unless_it_panics(path, next).is_ok()
        };
        let mut bytes = [0; size_of::<u128>()];
        bytes.iter_mut().zip(own).for_each(|(byte, own)| *byte = *own);
        let base = u128::from_be_bytes(bytes);
        let steps = (0..u128::BITS).map_while(|shift| base.checked_add(1 << shift)).chain([u128::MAX]);
        let (mut bad, mut good) = (base, steps.into_iter().find(|place| reads(*place))?);
        while good - bad > 1 {
            let middle = bad + (good - bad) / 2;
            if reads(middle) { good = middle } else { bad = middle }
        }
        Some(key(good))
    }

    /// Makes whole stories of all articles: what names a lost one no longer does, and what belongs to a lost story opens
    /// its own.
    fn set_right(&self) -> Result<(), StoreError> {
        let names = |lead: &Kept, id: ArticleId| lead.place.members.iter().any(|(member, _)| *member == id);
        let mut filling = Filling::begin(self, SALVAGE_STEPS_MAX);
        for kept in self.articles() {
            let kept = kept?;
            let id = kept.article.id;
            let tx = filling.step()?;
            let reader = within(tx);
            let mut own = kept.clone();
            if let Some(lead) = own.place.story {
                if reader.kept(lead)?.is_some_and(|lead| lead.place.story.is_none() && names(&lead, id)) {
                    continue;
                }
                (own.place.story, own.place.joined) = (None, None);
            }
            let mut members = Vec::new();
            for (member, source) in std::mem::take(&mut own.place.members) {
                if reader.kept(member)?.is_some_and(|other| other.place.story == Some(id)) {
                    members.push((member, source));
                }
            }
            own.place.members = members;
            if own != kept {
                tx.keep(&own)?;
            }
        }
        filling.finish()
    }
}

/// Keeps an article in the place of what is known of it, and what finds it.
fn take_article(tx: &Transaction, kept: &Kept) -> Result<(), StoreError> {
    let Article { id, address, lead, text, .. } = &kept.article;
    let known = within(tx).kept(*id)?;
    let has_same_text = |known: Kept| known.article.lead == *lead && known.article.text == *text;
    if !known.is_some_and(has_same_text) {
        tx.file_text(*id, &sketch(lead.as_deref(), text));
    }
    tx.keep(kept)?;
    let number = Url::parse(address).ok().and_then(|address| number(&address));
    name_all(tx, *id, &kept.handles, number.as_deref());
    Ok(())
}
