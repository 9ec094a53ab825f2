//! How stores of earlier formats hold articles.
//!
//! Until format 3 an article's head stood under `a` id, its body elsewhere, and each name of an article was an entry.

use super::{SledStore, failed};
use crate::model::ArticleId;
use crate::store::record::{self, Kept};
use crate::store::{StoreError, keys};

/// An entry of [`keys::ARTICLES`] until format 3 has such a key.
const HEAD_KEY_BYTES: usize = keys::ARTICLES.len() + keys::ID_BYTES;

impl SledStore {
    /// The article of an entry of [`keys::ARTICLES`], of today's format or an earlier one; nothing where its body is not
    /// there.
    pub(super) fn article_of(&self, key: &[u8], value: &[u8]) -> Result<Option<Kept>, StoreError> {
        let id = keys::article_id(key)?;
        if key.len() != HEAD_KEY_BYTES {
            return record::read_article(id, value).map(Some);
        }
        let first_seen = record::read_head(id, value)?.article.first_seen.timestamp_millis();
        for place in [keys::body(first_seen, id), keys::early_body(id)] {
            if let Some(body) = self.db.get(place).map_err(failed)? {
                return record::read_head_and_body(id, value, &body).map(Some);
            }
        }
        Ok(None)
    }

    /// All names that have entries, and the articles that they lead to.
    pub(super) fn early_names(&self) -> impl Iterator<Item = Result<(String, ArticleId), StoreError>> + use<'_> {
        let letters = [keys::ADDRESSES, keys::GUIDS].into_iter();
        letters.flat_map(|letter| self.walk(letter.as_bytes())).map(|entry| {
            let (key, id) = entry?;
            early_name(&key, &id)
        })
    }
}

/// The name and the article of an entry.
pub(super) fn early_name(key: &[u8], id: &[u8]) -> Result<(String, ArticleId), StoreError> {
    let name = String::from_utf8(key.to_vec()).ok();
    let id = id.try_into().ok().map(ArticleId::from_bytes);
    name.zip(id).ok_or_else(|| StoreError::Damaged("what leads to an article".to_owned()))
}
