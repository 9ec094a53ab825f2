//! What goes after its time.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::filling::Filling;
use super::run::Id;
use super::{SledStore, failed};
use crate::model::ArticleId;
use crate::store::record::{self, Packer};
use crate::store::{StoreError, keys};

/// Stories dropped in one write.
const PRUNE_STORIES_MAX: usize = 250;
/// A story's own time is no farther than this ahead of when it was first seen: dates in the future are refused.
const AHEAD_MAX: TimeDelta = TimeDelta::days(2);
/// All pages are looked at, when the moment before which they go has moved so far.
const SWEEP_STEP: TimeDelta = TimeDelta::days(1);

impl SledStore {
    /// Drops stories first seen before a moment; returns how many. Only those are looked at whose place in time is not
    /// behind it.
    pub(super) fn prune_stories(&self, before: DateTime<Utc>) -> Result<usize, StoreError> {
        let end = before.checked_add_signed(AHEAD_MAX).unwrap_or(before);
        let is_old = |id: &ArticleId| {
            self.index().first_seen(*id).is_some_and(|first_seen| first_seen < before.timestamp_millis())
        };
        let mut old = self.index().between(None, DateTime::<Utc>::MIN_UTC, end);
        old.retain(is_old);
        let mut gone = HashSet::new();
        let mut filling = Filling::begin(self, PRUNE_STORIES_MAX);
        for id in &old {
            let tx = filling.step()?;
            for kept in self.reader().together(*id)? {
                tx.drop_article(&kept);
                gone.insert(kept.article.id.to_bytes());
            }
        }
        filling.finish()?;
        if !gone.is_empty() {
            self.forget(&gone)?;
        }
        Ok(old.len())
    }

    /// Keeps of articles that were dropped their addresses alone, which outlive them.
    fn forget(&self, gone: &HashSet<Id>) -> Result<(), StoreError> {
        let mut packer = Packer::new()?;
        for entry in self.runs() {
            let (number, run) = entry?;
            if run.0.iter().any(|filing| gone.contains(&filing.id)) {
                let left = run.without(gone);
                if left.0.is_empty() {
                    self.db.remove(keys::run(number)).map_err(failed)?;
                } else {
                    self.db.insert(keys::run(number), left.write(&mut packer)?).map_err(failed)?;
                }
            }
        }
        self.forget_texts(gone);
        Ok(())
    }

    /// Drops pages last asked for before a moment, once a day; says whether it did.
    pub(super) fn prune_pages(&self, before: DateTime<Utc>) -> Result<bool, StoreError> {
        let millis = |bytes: &[u8]| bytes.try_into().ok().map(i64::from_be_bytes);
        let swept = self.db.get(keys::SWEPT).map_err(failed)?.and_then(|bytes| millis(&bytes));
        let swept = swept.and_then(DateTime::from_timestamp_millis);
        if swept.is_some_and(|swept| swept <= before && before - swept < SWEEP_STEP) {
            return Ok(false);
        }
        let mut writes = sled::Batch::default();
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
