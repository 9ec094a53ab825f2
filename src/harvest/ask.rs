//! Asking for a page with what is known of it, and what is known of it then.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use url::Url;

use super::{HarvestError, Harvester};
use crate::fetch::{Fetched, Page, Terms, Validators};
use crate::model::Charset;
use crate::parse::decode;
use crate::store::PageState;

impl Harvester {
    /// Asks for a page; `None` when it is as it was and was read by the same rules. Either way its server's terms.
    pub(super) async fn ask(
        &self,
        reading: u64,
        address: &Url,
        before: Option<&PageState>,
    ) -> Result<(Option<Page>, Terms), HarvestError> {
        let usable = before.filter(|before| before.reading == reading && before.failures == 0);
        let validators = usable.map_or_else(Validators::default, |before| Validators {
            etag: before.etag.clone(),
            last_modified: before.last_modified.clone(),
        });
        match self.fetcher.get(address, &validators).await? {
            Fetched::Unchanged(terms) => Ok((None, terms)),
            Fetched::Page(mut page) => {
                let terms = std::mem::take(&mut page.terms);
                let same = usable.is_some_and(|before| before.body_hash == body_hash(&page.body));
                Ok(((!same).then_some(page), terms))
            }
        }
    }

    /// Asks for a page whatever is known of it.
    pub(super) async fn ask_anew(&self, address: &Url) -> Result<Page, HarvestError> {
        match self.fetcher.get(address, &Validators::default()).await? {
            Fetched::Page(page) => Ok(page),
            Fetched::Unchanged(_) => Err(HarvestError::Broken(address.clone())),
        }
    }
}

pub(super) fn state_of(page: &Page, reading: u64, before: Option<&PageState>, now: DateTime<Utc>) -> PageState {
    PageState {
        etag: page.validators.etag.clone(),
        last_modified: page.validators.last_modified.clone(),
        body_hash: body_hash(&page.body),
        reading,
        first_asked: before.map_or(now, |before| before.first_asked),
        asked: now,
        failures: 0,
        links: Vec::new(),
        next: None,
        entries: Vec::new(),
    }
}

/// The page as text.
pub(super) fn text_of(page: &Page, charset: Option<Charset>) -> Cow<'_, str> {
    decode(&page.body, page.content_type.as_deref(), charset)
}

fn body_hash(body: &[u8]) -> u64 {
    let hash = blake3::hash(body);
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    u64::from_le_bytes(first)
}
