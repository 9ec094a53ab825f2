//! Whether a store can be read, and what it says of its articles holds together.

use std::collections::HashSet;
use std::sync::PoisonError;

use super::run::Id;
use super::{SledStore, failed};
use crate::model::ArticleId;
use crate::store::{StoreError, keys};

impl SledStore {
    /// Reads every entry, and sees that each article is found and each that is to be found is there. Others may write
    /// meanwhile. It keeps some 30 bytes an article in memory.
    pub(in crate::store) fn check(&self) -> Result<(), StoreError> {
        let mut met: HashSet<Id> = HashSet::new();
        let mut strangers = Vec::new();
        for entry in self.walk(&[]) {
            let (key, _) = entry?;
            if key.starts_with(keys::ARTICLES) {
                if self.leads_to(&key) {
                    met.insert(keys::article_id(&key)?.to_bytes());
                } else {
                    strangers.push(key);
                }
            }
        }
        // What a writer was about to write or to drop is done now.
        let _turn = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let is_there = |key: &[u8]| self.db.contains_key(key).map_err(failed);
        for key in strangers {
            if !self.leads_to(&key) && is_there(&key)? {
                return Err(StoreError::Damaged("an article that nothing leads to".to_owned()));
            }
        }
        let unmet: Vec<Vec<u8>> = self.index().articles().filter(|(_, id)| !met.contains(id)).map(key_of).collect();
        for key in unmet {
            if !is_there(&key)? {
                return Err(StoreError::Damaged("an article that is not there".to_owned()));
            }
        }
        Ok(())
    }

    /// Whether the index leads to an article's entry.
    fn leads_to(&self, key: &[u8]) -> bool {
        keys::article_id(key).is_ok_and(|id| self.key_of(id).is_some_and(|own| own == key))
    }
}

fn key_of((first_seen, id): (i64, Id)) -> Vec<u8> {
    keys::article(first_seen, ArticleId::from_bytes(id))
}
