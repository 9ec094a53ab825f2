//! The layout: one ordered map, a letter for each kind of entry.
//!
//! | key | value |
//! | --- | --- |
//! | `a` id | article head, of a telling too |
//! | `b` first-seen id | article body, compressed; the newest stand together |
//! | `t` order id | nothing: the time index of stories, by the articles that opened them |
//! | `s` source 0 order id | nothing: the same of one source |
//! | `k` identity | id: which article stands at an address, or is filed under a number of its site |
//! | `g` source 0 guid | id: which article a feed's guid means, where that is not one of its addresses |
//! | `l` id | ids: articles of other stories that are alike to one, the newest last |
//! | `n` run | ids, each with the numbers of its article's sketch, the newest last |
//! | `p` address | page state |
//! | `h` source | source state |
//! | `u` topic 0 callback | WebSub subscription |
//! | `v` | format version |
//! | `w` | before when pages were last dropped |
//! | `c` | how many stories there are; only while the store is closed |
//!
//! Until format 2 there was `f`, a fingerprint, with the id of the article that had a text; in it, `n` stood before one
//! number and led to ids, every guid had its entry, and bodies stood under `b` id.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::model::{Article, ArticleId, SourceId};

pub(super) const VERSION: &[u8] = b"v";
pub(super) const HEADS: &[u8] = b"a";
pub(super) const BODIES: &[u8] = b"b";
pub(super) const ADDRESSES: &[u8] = b"k";
pub(super) const COUNT: &[u8] = b"c";
pub(super) const SWEPT: &[u8] = b"w";
pub(super) const SOURCE_INDEX: &[u8] = b"s";
pub(super) const GUIDS: &[u8] = b"g";
pub(super) const FINGERPRINTS: &[u8] = b"f";
pub(super) const PAGES: &[u8] = b"p";
pub(super) const SOURCES: &[u8] = b"h";
pub(super) const BESIDE: &[u8] = b"l";
pub(super) const SKETCHED: &[u8] = b"n";
pub(super) const SUBSCRIPTIONS: &[u8] = b"u";
pub(super) const ID_BYTES: usize = 16;

pub(super) fn head(id: ArticleId) -> Vec<u8> {
    join(&[HEADS, &id.to_bytes()])
}

pub(super) fn body(article: &Article) -> Vec<u8> {
    join(&[BODIES, &order(article.first_seen), &article.id.to_bytes()])
}

/// Where a body stood until format 2.
pub(super) fn early_body(id: ArticleId) -> Vec<u8> {
    join(&[BODIES, &id.to_bytes()])
}

pub(super) fn address(identity: &str) -> Vec<u8> {
    join(&[ADDRESSES, identity.as_bytes()])
}

pub(super) fn guid(source: &SourceId, guid: &str) -> Vec<u8> {
    join(&[GUIDS, source.as_str().as_bytes(), &[0], guid.as_bytes()])
}

pub(super) fn beside(id: ArticleId) -> Vec<u8> {
    join(&[BESIDE, &id.to_bytes()])
}

pub(super) fn sketched(run: u64) -> Vec<u8> {
    join(&[SKETCHED, &run.to_be_bytes()])
}

pub(super) fn page(address: &str) -> Vec<u8> {
    join(&[PAGES, address.as_bytes()])
}

pub(super) fn source(id: &SourceId) -> Vec<u8> {
    join(&[SOURCES, id.as_str().as_bytes()])
}

pub(super) fn subscription(topic: &str, callback: &str) -> Vec<u8> {
    join(&[SUBSCRIPTIONS, topic.as_bytes(), &[0], callback.as_bytes()])
}

/// Where a moment stands in a time index: before its first article.
pub(super) fn moment(source: Option<&SourceId>, moment: DateTime<Utc>) -> Vec<u8> {
    join(&[&index(source), &order(moment)])
}

/// The moment of an index entry's tail.
pub(super) fn tail_order(tail: &[u8]) -> Option<DateTime<Utc>> {
    let millis = i64::from_be_bytes(*tail.first_chunk()?) ^ i64::MIN;
    DateTime::from_timestamp_millis(millis)
}

/// The prefix of a time index: of one source, or of all.
pub(super) fn index(source: Option<&SourceId>) -> Vec<u8> {
    match source {
        Some(source) => join(&[SOURCE_INDEX, source.as_str().as_bytes(), &[0]]),
        None => b"t".to_vec(),
    }
}

/// A story's entries in the time indexes, by the article that opened it and the sources that tell it.
pub(super) fn index_entries(lead: &Article, sources: &BTreeSet<&SourceId>) -> Vec<Vec<u8>> {
    let prefixes = sources.iter().map(|source| index(Some(source))).chain([index(None)]);
    prefixes.map(|prefix| join(&[&prefix, &order(lead.order()), &lead.id.to_bytes()])).collect()
}

/// The instant and the id at the end of an index entry.
pub(super) fn index_tail(key: &[u8]) -> Option<(&[u8], ArticleId)> {
    let at = key.len().checked_sub(ID_BYTES)?;
    let id = ArticleId::from_bytes(key[at..].try_into().ok()?);
    Some((&key[at.checked_sub(8)?..], id))
}

/// Milliseconds in an order that bytes keep, also before 1970.
fn order(instant: DateTime<Utc>) -> [u8; 8] {
    (instant.timestamp_millis() ^ i64::MIN).to_be_bytes()
}

fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}
