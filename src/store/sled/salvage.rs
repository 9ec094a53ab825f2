//! What can still be read of a damaged store.
//!
//! Measured on stores of 400 to 3,000 stories (4 to 25 MB) with nonsense at 1, 3 and 20 places of their files: most open,
//! and 86 to 100 % of heads and bodies are read; for those whose newest segment is hit see [`tip`](super::tip). A leaf
//! that cannot be read takes up to 16 entries with it.

use std::path::Path;

use url::Url;

use super::admit::{address_entry, guid_entries};
use super::texts::Filing;
use super::{SledStore, Writes, failed, id_from, stories};
use crate::address::number;
use crate::dedupe::sketch;
use crate::model::ArticleId;
use crate::store::open::unless_it_panics;
use crate::store::record::{self, Kept};
use crate::store::rescue::Gaps;
use crate::store::{StoreError, keys};

/// Takes an entry, and says whether it could be read.
type Take<'a> = &'a mut dyn FnMut(&[u8], &[u8]) -> Result<bool, StoreError>;

impl SledStore {
    /// Writes what can be read of a damaged store to this one, over what it holds already, and has it on disk. Returns how
    /// many articles were read.
    ///
    /// An address whose article is not here is not kept, so that a lost article is read again from its page; but that of
    /// one that was dropped after its time is, where no head of the damaged store was lost.
    pub(in crate::store) fn take_from(&self, damaged: &Self, gaps: Gaps, path: &Path) -> Result<u64, StoreError> {
        let mut articles = 0;
        let mut texts = Vec::new();
        let all_read = damaged.readable(path, keys::HEADS, &mut |key, head| {
            let Ok(id) = id_from(&key[1..].into()) else { return Ok(false) };
            let Ok(kept) = record::read_head(id, head) else { return Ok(false) };
            let body = |key: Vec<u8>| unless_it_panics(path, || damaged.db.get(key).map_err(failed)).ok().flatten();
            let body = body(keys::body(&kept.article)).or_else(|| body(keys::early_body(id)));
            let Some(body) = body else { return Ok(false) };
            let Ok((_, text)) = record::read_body(&body) else { return Ok(false) };
            if self.db.get(keys::body(&kept.article)).map_err(failed)?.is_none_or(|known| known != body) {
                let numbers = sketch(kept.article.lead.as_deref(), &text);
                texts.push((kept.article.first_seen, id.to_bytes(), numbers));
            }
            self.take_article(&kept, &body)?;
            articles += 1;
            Ok(true)
        })?;
        texts.sort_unstable();
        let mut filing = Filing::to(self)?;
        for (_, id, numbers) in texts {
            filing.file(id, numbers)?;
        }
        filing.finish()?;
        let whole = all_read && gaps == Gaps::Told;
        for letter in [keys::SOURCES, keys::BESIDE, keys::SUBSCRIPTIONS] {
            damaged.readable(path, letter, &mut |key, value| {
                self.db.insert(key, value).map_err(failed)?;
                Ok(true)
            })?;
        }
        for letter in [keys::ADDRESSES, keys::GUIDS] {
            damaged.readable(path, letter, &mut |key, id| {
                let Ok(article) = id_from(&id.into()) else { return Ok(false) };
                if whole || self.db.contains_key(keys::head(article)).map_err(failed)? {
                    self.db.insert(key, id).map_err(failed)?;
                }
                Ok(true)
            })?;
        }
        damaged.readable(path, keys::PAGES, &mut |key, page| {
            let Some(address) = std::str::from_utf8(&key[1..]).ok().and_then(address_entry) else { return Ok(false) };
            if record::read_page(page).is_ok() && self.db.contains_key(address).map_err(failed)? {
                self.db.insert(key, page).map_err(failed)?;
            }
            Ok(true)
        })?;
        self.set_right()?;
        self.recount();
        self.db.flush().map_err(failed)?;
        Ok(articles)
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
        let steps = (0..u128::BITS).map_while(|shift| base.checked_add(1 << shift));
        let (mut bad, mut good) = (base, steps.into_iter().find(|place| reads(*place))?);
        while good - bad > 1 {
            let middle = bad + (good - bad) / 2;
            if reads(middle) { good = middle } else { bad = middle }
        }
        Some(key(good))
    }

    fn take_article(&self, kept: &Kept, body: &[u8]) -> Result<(), StoreError> {
        let id = &kept.article.id.to_bytes();
        let mut writes = Writes::default();
        writes.insert(keys::head(kept.article.id), record::write_head(kept)?);
        writes.insert(keys::body(&kept.article), body);
        let site_number = Url::parse(&kept.article.address).ok().and_then(|address| number(&address));
        for found in kept.handles.identities.iter().chain(&site_number) {
            writes.insert(keys::address(found), id);
        }
        for key in guid_entries(&kept.handles) {
            writes.insert(key, id);
        }
        self.db.apply_batch(writes).map_err(failed)
    }

    /// Makes whole stories of all articles: what names a lost one no longer does, and what belongs to a lost story opens
    /// its own.
    fn set_right(&self) -> Result<(), StoreError> {
        for index in [keys::index(None), keys::SOURCE_INDEX.to_vec()] {
            for entry in self.walk(&index) {
                self.db.remove(entry?.0).map_err(failed)?;
            }
        }
        let kept = |id: ArticleId| self.reader().kept(id);
        let names = |lead: &Kept, id: ArticleId| lead.place.members.iter().any(|(member, _)| *member == id);
        for entry in self.walk(keys::HEADS) {
            let id = id_from(&entry?.0[1..].into())?;
            let Some(mut own) = kept(id)? else { continue };
            if let Some(lead) = own.place.story {
                if kept(lead)?.is_some_and(|lead| lead.place.story.is_none() && names(&lead, id)) {
                    continue;
                }
                (own.place.story, own.place.joined) = (None, None);
            }
            let mut all = Vec::new();
            for (member, _) in std::mem::take(&mut own.place.members) {
                all.extend(kept(member)?.filter(|other| other.place.story == Some(id)));
            }
            own.place.members = all.iter().map(|other| (other.article.id, other.article.source.clone())).collect();
            self.db.insert(keys::head(id), record::write_head(&own)?).map_err(failed)?;
            all.insert(0, own);
            for key in stories::index_entries(&all) {
                self.db.insert(key, &[]).map_err(failed)?;
            }
        }
        Ok(())
    }
}
