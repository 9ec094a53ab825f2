//! The on-disk form: a version byte, then the record in postcard; articles and runs are packed with zstd.
//!
//! A new field means a new version of its record, and the old one stays readable.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{PageState, StoreError};
use crate::model::SourceId;

mod article;
mod packing;
mod source;

pub(super) use article::{
    HOWS, Handles, Kept, ORIGINS, PRECISIONS, Place, read_article, read_head, read_head_and_body,
};
pub(super) use packing::{Packer, unpacked};
pub(super) use source::{read_source, write_source};

/// The format of the whole store: the keys, and how texts are cut into sketches. Stores of an earlier one are written
/// anew when they are opened, but for [`FORMAT_WITHOUT_WORDS`].
pub(super) const FORMAT: u32 = 5;
/// The same but for the words of stories, of which it has no index.
pub(super) const FORMAT_WITHOUT_WORDS: u32 = 4;

const RECORD_VERSION: u8 = 1;
const PAGE_VERSION: u8 = 2;

#[derive(Serialize, Deserialize)]
struct Page {
    etag: Option<String>,
    last_modified: Option<String>,
    body_hash: u64,
    reading: u64,
    first_asked: i64,
    asked: i64,
    failures: u32,
    links: Vec<String>,
    next: Option<String>,
}

/// The second version of [`Page`]: which entries of a feed were read.
#[derive(Serialize, Deserialize)]
struct PageAndEntries {
    page: Page,
    entries: Vec<u64>,
}

pub(super) fn write_page(page: &PageState) -> Result<Vec<u8>, StoreError> {
    let entries = page.entries.clone();
    let page = Page {
        etag: page.etag.clone(),
        last_modified: page.last_modified.clone(),
        body_hash: page.body_hash,
        reading: page.reading,
        first_asked: page.first_asked.timestamp_millis(),
        asked: page.asked.timestamp_millis(),
        failures: page.failures,
        links: page.links.iter().map(Url::to_string).collect(),
        next: page.next.as_ref().map(Url::to_string),
    };
    pack_as(PAGE_VERSION, &PageAndEntries { page, entries })
}

pub(super) fn read_page(bytes: &[u8]) -> Result<PageState, StoreError> {
    let PageAndEntries { page, entries } = if bytes.first() == Some(&RECORD_VERSION) {
        PageAndEntries { page: unpack(bytes)?, entries: Vec::new() }
    } else {
        unpack_as(PAGE_VERSION, bytes)?
    };
    let url = |text: &String| Url::parse(text).map_err(|error| StoreError::Damaged(format!("{text}: {error}")));
    Ok(PageState {
        etag: page.etag,
        last_modified: page.last_modified,
        body_hash: page.body_hash,
        reading: page.reading,
        first_asked: instant(page.first_asked)?,
        asked: instant(page.asked)?,
        failures: page.failures,
        links: page.links.iter().map(url).collect::<Result<_, _>>()?,
        next: page.next.as_ref().map(url).transpose()?,
        entries,
    })
}

/// A list of what finds articles, see `sled/run.rs` and `sled/segment.rs`.
pub(super) fn write_list<T: Serialize>(entries: &[T]) -> Result<Vec<u8>, StoreError> {
    pack(&entries)
}

pub(super) fn read_list<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<Vec<T>, StoreError> {
    unpack(bytes)
}

fn pack<T: Serialize>(record: &T) -> Result<Vec<u8>, StoreError> {
    pack_as(RECORD_VERSION, record)
}

fn pack_as<T: Serialize>(version: u8, record: &T) -> Result<Vec<u8>, StoreError> {
    append_as(version, record, Vec::new())
}

/// Some bytes, and a record behind them.
fn append_as<T: Serialize>(version: u8, record: &T, mut bytes: Vec<u8>) -> Result<Vec<u8>, StoreError> {
    bytes.push(version);
    postcard::to_extend(record, bytes).map_err(|error| StoreError::Io(error.to_string()))
}

fn unpack<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, StoreError> {
    unpack_as(RECORD_VERSION, bytes)
}

fn unpack_as<'a, T: Deserialize<'a>>(wanted: u8, bytes: &'a [u8]) -> Result<T, StoreError> {
    match bytes.split_first() {
        Some((version, record)) if *version == wanted => {
            postcard::from_bytes(record).map_err(|error| StoreError::Damaged(error.to_string()))
        }
        Some((version, _)) => Err(StoreError::Damaged(format!("record version {version} is not known"))),
        None => Err(StoreError::Damaged("an empty record".to_owned())),
    }
}

fn instant(millis: i64) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_millis(millis).ok_or_else(|| StoreError::Damaged(format!("instant {millis}")))
}

fn source_id(text: &str) -> Result<SourceId, StoreError> {
    SourceId::parse(text).ok_or_else(|| StoreError::Damaged(format!("source id {text:?}")))
}

fn number_of<T: PartialEq>(table: &[T], value: &T) -> u8 {
    let at = table.iter().position(|entry| entry == value);
    at.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX)
}

fn value_of<T: Copy>(table: &[T], number: u8) -> Result<T, StoreError> {
    table.get(usize::from(number)).copied().ok_or_else(|| StoreError::Damaged(format!("value {number}")))
}
