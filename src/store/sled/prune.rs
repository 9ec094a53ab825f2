//! What goes after its time.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::texts::Id;
use super::{SledStore, Writes, failed, stories};
use crate::store::record::{self, Kept};
use crate::store::{StoreError, keys};

/// Entries removed in one write.
const PRUNE_ENTRIES_MAX: usize = 1_000;
/// A story's own time is no farther than this ahead of when it was first seen: dates in the future are refused.
const AHEAD_MAX: TimeDelta = TimeDelta::days(2);
/// All pages are looked at, when the moment before which they go has moved so far.
const SWEEP_STEP: TimeDelta = TimeDelta::days(1);

impl SledStore {
    /// Drops stories first seen before a moment. Only those are looked at whose place in the time index is not behind it.
    /// Returns how many went, and all their articles, which are still to be taken out of what finds them by their texts.
    pub(super) fn prune_stories(&self, before: DateTime<Utc>) -> Result<(usize, HashSet<Id>), StoreError> {
        let mut dropped = 0;
        let mut entries = 0;
        let mut gone = HashSet::new();
        let mut writes = Writes::default();
        let end = keys::moment(None, before.checked_add_signed(AHEAD_MAX).unwrap_or(before));
        for key in self.db.range(keys::index(None)..end).keys() {
            let key = key.map_err(failed)?;
            let Some((_, id)) = keys::index_tail(&key) else { continue };
            if self.reader().kept(id)?.is_none_or(|lead| lead.article.first_seen >= before) {
                continue;
            }
            let all = self.reader().together(id)?;
            gone.extend(all.iter().map(|kept| kept.article.id.to_bytes()));
            entries += forget(&all, &mut writes);
            dropped += 1;
            if entries >= PRUNE_ENTRIES_MAX {
                self.db.apply_batch(std::mem::take(&mut writes)).map_err(failed)?;
                entries = 0;
            }
        }
        self.db.apply_batch(writes).map_err(failed)?;
        Ok((dropped, gone))
    }

    /// Drops pages last asked for before a moment, once a day; says whether it did.
    pub(super) fn prune_pages(&self, before: DateTime<Utc>) -> Result<bool, StoreError> {
        let millis = |bytes: &[u8]| bytes.try_into().ok().map(i64::from_be_bytes);
        let swept = self.db.get(keys::SWEPT).map_err(failed)?.and_then(|bytes| millis(&bytes));
        let swept = swept.and_then(DateTime::from_timestamp_millis);
        if swept.is_some_and(|swept| swept <= before && before - swept < SWEEP_STEP) {
            return Ok(false);
        }
        let mut writes = Writes::default();
        for entry in self.walk(keys::PAGES) {
            let (key, page) = entry?;
            if record::read_page(&page)?.asked < before {
                writes.remove(key);
            }
        }
        writes.insert(keys::SWEPT, &before.timestamp_millis().to_be_bytes());
        self.db.apply_batch(writes).map_err(failed)?;
        Ok(true)
    }
}

/// All entries of a story's articles but their addresses, which outlive them, and those by their texts, see
/// [`SledStore::forget_texts`].
fn forget(all: &[Kept], writes: &mut Writes) -> usize {
    let mut gone = stories::index_entries(all);
    for kept in all {
        let id = kept.article.id;
        gone.extend([keys::head(id), keys::body(&kept.article), keys::beside(id)]);
        gone.extend(kept.handles.guids.iter().map(|(source, guid)| keys::guid(source, guid)));
    }
    let count = gone.len();
    for key in gone {
        writes.remove(key);
    }
    count
}
