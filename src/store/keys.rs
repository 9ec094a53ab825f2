//! The layout: one ordered map, a letter for each kind of entry.
//!
//! | key | value |
//! | --- | --- |
//! | `a` first-seen id | article, of a telling too, packed; the newest stand together |
//! | `r` number | run: what finds some articles from then on, see `sled/run.rs` |
//! | `l` id | ids: articles of other stories that are alike to one, the newest last |
//! | `m` id | nothing: a story that may have other words since they were indexed |
//! | `p` address | page state |
//! | `h` source | source state |
//! | `u` topic 0 callback | WebSub subscription |
//! | `v` | format version |
//! | `w` | before when pages were last dropped |
//! | `x` number | segment: the ids of some stories whose words are indexed, see `sled/segment.rs` |
//! | `x` number bucket | which of them hold the words of a bucket |
//!
//! Runs lead from names to articles: `k` identity is an address or a number under which a site files an article, `g`
//! source 0 guid what a source's feed calls it.
//!
//! Until format 3 there were other entries in the place of runs: `t` and `s`, time indexes; `k` and `g`, as names are now,
//! each with an id; `n`, sketches; `f`, fingerprints of texts until format 2; `c`, a count. `a` id was an article's head
//! and `b` first-seen id its body, or `b` id until format 2.

use super::StoreError;
use crate::model::{ArticleId, SourceId};

pub(super) const VERSION: &[u8] = b"v";
pub(super) const ARTICLES: &[u8] = b"a";
pub(super) const RUNS: &[u8] = b"r";
pub(super) const SEGMENTS: &[u8] = b"x";
pub(super) const REWORDED: &[u8] = b"m";
pub(super) const SWEPT: &[u8] = b"w";
pub(super) const PAGES: &[u8] = b"p";
pub(super) const SOURCES: &[u8] = b"h";
pub(super) const BESIDE: &[u8] = b"l";
pub(super) const SUBSCRIPTIONS: &[u8] = b"u";
/// Of names, and of entries until format 3.
pub(super) const ADDRESSES: &str = "k";
/// Of names, and of entries until format 3.
pub(super) const GUIDS: &str = "g";
/// Of bodies until format 3.
const BODIES: &[u8] = b"b";
pub(super) const ID_BYTES: usize = 16;

/// Where an article stands that was first seen at a moment, in milliseconds since 1970.
pub(super) fn article(first_seen: i64, id: ArticleId) -> Vec<u8> {
    join(&[ARTICLES, &order(first_seen), &id.to_bytes()])
}

/// The id at the end of a key: of an article, also until format 3, or of what is beside one.
///
/// # Errors
/// [`StoreError::Damaged`] when the key is too short.
pub(super) fn article_id(key: &[u8]) -> Result<ArticleId, StoreError> {
    let id = key.last_chunk().copied().map(ArticleId::from_bytes);
    id.ok_or_else(|| StoreError::Damaged("an article's key".to_owned()))
}

pub(super) fn run(number: u64) -> Vec<u8> {
    join(&[RUNS, &number.to_be_bytes()])
}

/// Where the ids of a segment stand.
pub(super) fn segment(number: u64) -> Vec<u8> {
    join(&[SEGMENTS, &number.to_be_bytes()])
}

/// Where the words of one of its buckets stand.
pub(super) fn bucket(number: u64, bucket: u8) -> Vec<u8> {
    join(&[SEGMENTS, &number.to_be_bytes(), &[bucket]])
}

pub(super) fn reworded(id: ArticleId) -> Vec<u8> {
    join(&[REWORDED, &id.to_bytes()])
}

/// What an address is called, by its identity, or a number of a site.
pub(super) fn address(identity: &str) -> String {
    [ADDRESSES, identity].concat()
}

/// What a source's guid is called.
pub(super) fn guid(source: &SourceId, guid: &str) -> String {
    [GUIDS, source.as_str(), "\0", guid].concat()
}

/// Where a body stood in format 3.
pub(super) fn body(first_seen: i64, id: ArticleId) -> Vec<u8> {
    join(&[BODIES, &order(first_seen), &id.to_bytes()])
}

/// Where a body stood until format 2.
pub(super) fn early_body(id: ArticleId) -> Vec<u8> {
    join(&[BODIES, &id.to_bytes()])
}

/// Where a head stood until format 3.
pub(super) fn head(id: ArticleId) -> Vec<u8> {
    join(&[ARTICLES, &id.to_bytes()])
}

pub(super) fn beside(id: ArticleId) -> Vec<u8> {
    join(&[BESIDE, &id.to_bytes()])
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

/// Milliseconds in an order that bytes keep, also before 1970.
fn order(millis: i64) -> [u8; 8] {
    (millis ^ i64::MIN).to_be_bytes()
}

fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}
