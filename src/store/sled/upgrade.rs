//! A store of an earlier format written anew in today's.
//!
//! Format 1 of earlier releases: heads and source states of all their versions; texts were found by a fingerprint
//! under `f` until sketches came, and by sketches as they were cut then; numbers of sites were not filed at first.
//! Until format 2 each number of a sketch had an entry, and each guid; bodies stood in the order of their ids.

use std::path::Path;

use sled::IVec;
use url::Url;

use super::admit::{address_entry, guid_entries};
use super::texts::Filing;
use super::{SledStore, Writes, failed, id_from};
use crate::address::number;
use crate::dedupe::sketch;
use crate::model::ArticleId;
use crate::store::{StoreError, keys, record};

/// Entries written at once.
const UPGRADE_ENTRIES_MAX: usize = 1_000;

/// Entries on their way to a fresh store.
struct Writer<'a> {
    to: &'a SledStore,
    writes: Writes,
    count: usize,
}

impl Writer<'_> {
    fn put(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), StoreError> {
        self.writes.insert(key, value);
        self.count += 1;
        if self.count >= UPGRADE_ENTRIES_MAX { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), StoreError> {
        self.count = 0;
        self.to.db.apply_batch(std::mem::take(&mut self.writes)).map_err(failed)
    }
}

impl SledStore {
    /// Writes all that this store of an earlier format holds to a new one in `path`, and has it on disk. It keeps 24
    /// bytes an article in memory.
    pub(in crate::store) fn upgrade_to(&self, path: &Path) -> Result<(), StoreError> {
        let fresh = Self::open(path)?;
        let mut writer = Writer { to: &fresh, writes: Writes::default(), count: 0 };
        let mut order = Vec::new();
        for entry in self.walk(&[]) {
            let (key, value) = entry?;
            let Some((letter, rest)) = key.split_first() else { continue };
            let value = match std::slice::from_ref(letter) {
                // What finds an article by its text is filed anew below, and a body goes with its head.
                keys::VERSION | keys::FINGERPRINTS | keys::SKETCHED | keys::BODIES => continue,
                keys::HEADS => {
                    let id = id_from(&rest.into())?;
                    let kept = record::read_head(id, &value)?;
                    order.push((kept.article.first_seen.timestamp_millis(), id));
                    let filed = Url::parse(&kept.article.address).ok().and_then(|address| number(&address));
                    if let Some(key) = filed.map(|number| keys::address(&number))
                        && self.db.get(&key).map_err(failed)?.is_none()
                    {
                        writer.put(key, rest.to_vec())?;
                    }
                    if let Some(body) = self.db.get(keys::early_body(id)).map_err(failed)? {
                        writer.put(keys::body(&kept.article), body.to_vec())?;
                    }
                    record::write_head(&kept)?
                }
                keys::GUIDS if self.is_found_as_address(&key, &value)? => continue,
                keys::SOURCES => record::write_source(&record::read_source(&value)?)?,
                keys::PAGES => record::write_page(&record::read_page(&value)?)?,
                _ => value.to_vec(),
            };
            writer.put(key.to_vec(), value)?;
        }
        writer.write()?;
        order.sort_unstable();
        let mut filing = Filing::to(&fresh)?;
        for (_, id) in order {
            filing.file(id.to_bytes(), self.sketch_of(id)?)?;
        }
        filing.finish()?;
        fresh.recount();
        fresh.db.flush().map_err(failed)?;
        Ok(())
    }

    /// Whether a guid's entry is one that the article's addresses make needless.
    fn is_found_as_address(&self, key: &[u8], id: &IVec) -> Result<bool, StoreError> {
        let Some(kept) = self.reader().kept(id_from(id)?)? else { return Ok(false) };
        let Some((_, guid)) = kept.handles.guids.iter().find(|(source, guid)| keys::guid(source, guid) == key) else {
            return Ok(false);
        };
        let Some(address) = address_entry(guid) else { return Ok(false) };
        let leads_here = self.db.get(address).map_err(failed)?.is_some_and(|found| found == id);
        Ok(leads_here && guid_entries(&kept.handles).all(|needed| needed != key))
    }

    fn sketch_of(&self, id: ArticleId) -> Result<Vec<u32>, StoreError> {
        let get = |key| self.db.get(key).map_err(failed);
        let (Some(head), Some(body)) = (get(keys::head(id))?, get(keys::early_body(id))?) else {
            return Ok(Vec::new());
        };
        let lead = record::read_head(id, &head)?.article.lead;
        let (_, text) = record::read_body(&body)?;
        Ok(sketch(lead.as_deref(), &text))
    }
}
