//! A store of an earlier format written anew in today's.
//!
//! Format 1 of earlier releases: heads and source states of all their versions; texts were found by a fingerprint
//! under `f` until sketches came, and by sketches as they were cut then; numbers of sites were not filed at first.
//! Format 2 had an entry for each number of a sketch; until format 3 there was one for each name and place in time.

use std::path::Path;

use url::Url;

use super::filling::Filling;
use super::{SledStore, failed};
use crate::address::number;
use crate::dedupe::sketch;
use crate::store::{StoreError, keys, record};

/// Entries and names written at once.
const UPGRADE_STEPS_MAX: usize = 250;

impl SledStore {
    /// Writes all that this store of an earlier format holds to a new one in `path`, and has it on disk. It keeps 24
    /// bytes an article in memory, and the new one's index.
    pub(in crate::store) fn upgrade_to(&self, path: &Path) -> Result<(), StoreError> {
        let fresh = Self::open_to_fill(path)?;
        let mut filling = Filling::begin(&fresh, UPGRADE_STEPS_MAX);
        let mut order = Vec::new();
        for entry in self.walk(keys::ARTICLES) {
            let (key, value) = entry?;
            let id = keys::article_id(&key)?;
            order.push((record::read_head(id, &value)?.article.first_seen.timestamp_millis(), id));
        }
        order.sort_unstable();
        for (_, id) in order {
            let key = keys::head(id);
            let Some(head) = self.db.get(&key).map_err(failed)? else { continue };
            let kept = match self.article_of(&key, &head)? {
                Some(kept) => kept,
                None => record::read_head(id, &head)?,
            };
            let tx = filling.step()?;
            tx.keep(&kept)?;
            tx.file_text(id, &sketch(kept.article.lead.as_deref(), &kept.article.text));
            if let Some(number) = Url::parse(&kept.article.address).ok().and_then(|address| number(&address)) {
                tx.name(keys::address(&number), id);
            }
        }
        for named in self.early_names() {
            let (name, id) = named?;
            filling.step()?.name(name, id);
        }
        for entry in [keys::SOURCES, keys::PAGES, keys::BESIDE, keys::SUBSCRIPTIONS, keys::SWEPT]
            .into_iter()
            .flat_map(|letter| self.walk(letter))
        {
            let (key, value) = entry?;
            let value = match &key[..1] {
                keys::SOURCES => record::write_source(&record::read_source(&value)?)?,
                keys::PAGES => record::write_page(&record::read_page(&value)?)?,
                _ => value.to_vec(),
            };
            filling.step()?.insert(key.as_ref(), value);
        }
        filling.finish()?;
        fresh.file_stories()?;
        fresh.db.flush().map_err(failed)?;
        Ok(())
    }
}
