//! The on-disk form: a version byte, then the record in postcard; bodies are compressed with zstd.
//!
//! A new field means a new version of its record, and the old one stays readable.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{PageState, SourceState, StoreError};
use crate::model::{Drift, Fill, Habits, PARTS, RULES, SourceId};

mod article;

pub(super) use article::{Handles, Kept, Place, read_body, read_head, write_body, write_head};

/// The format of the whole store.
pub(super) const FORMAT: u32 = 1;

const RECORD_VERSION: u8 = 1;
/// Of a source's state.
const SOURCE_VERSION: u8 = 2;

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

#[derive(Serialize, Deserialize)]
struct State {
    last_pass: Option<i64>,
    last_success: Option<i64>,
    last_error: Option<(i64, String)>,
    failures: u32,
    articles: u64,
    /// The counts of [`Habits`], in the order of its fields.
    habits: [u32; 4],
}

/// The second version of [`State`]: what its articles usually state, and what has changed.
#[derive(Serialize, Deserialize)]
struct StateAndUsual {
    state: State,
    passes: u32,
    links: u32,
    articles: u32,
    parts: [u32; PARTS.len()],
    missed: [u32; RULES.len()],
    disputed: u32,
    /// The fields of [`Drift`], in their order.
    drift: [Option<String>; 2],
}

pub(super) fn write_page(page: &PageState) -> Result<Vec<u8>, StoreError> {
    pack(&Page {
        etag: page.etag.clone(),
        last_modified: page.last_modified.clone(),
        body_hash: page.body_hash,
        reading: page.reading,
        first_asked: page.first_asked.timestamp_millis(),
        asked: page.asked.timestamp_millis(),
        failures: page.failures,
        links: page.links.iter().map(Url::to_string).collect(),
        next: page.next.as_ref().map(Url::to_string),
    })
}

pub(super) fn read_page(bytes: &[u8]) -> Result<PageState, StoreError> {
    let page: Page = unpack(bytes)?;
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
    })
}

pub(super) fn write_source(state: &SourceState) -> Result<Vec<u8>, StoreError> {
    let (millis, habits) = (|instant: DateTime<Utc>| instant.timestamp_millis(), state.habits);
    let first = State {
        last_pass: state.last_pass.map(millis),
        last_success: state.last_success.map(millis),
        last_error: state.last_error.as_ref().map(|(at, why)| (millis(*at), why.clone())),
        failures: state.failures,
        articles: state.articles,
        habits: [habits.local_as_utc, habits.honest, habits.month_minutes, habits.free_minutes],
    };
    let usual = state.usual;
    let record = StateAndUsual {
        state: first,
        passes: usual.passes,
        links: usual.links,
        articles: usual.articles,
        parts: usual.parts,
        missed: usual.missed,
        disputed: usual.disputed,
        drift: [state.drift.links.clone(), state.drift.parts.clone()],
    };
    pack_as(SOURCE_VERSION, &record)
}

pub(super) fn read_source(bytes: &[u8]) -> Result<SourceState, StoreError> {
    let (state, usual, drift): (State, Fill, Drift) = if bytes.first() == Some(&RECORD_VERSION) {
        (unpack(bytes)?, Fill::default(), Drift::default())
    } else {
        let StateAndUsual { state, passes, links, articles, parts, missed, disputed, drift } =
            unpack_as(SOURCE_VERSION, bytes)?;
        let [fewer, lost] = drift;
        (state, Fill { passes, links, articles, parts, missed, disputed }, Drift { links: fewer, parts: lost })
    };
    let [local_as_utc, honest, month_minutes, free_minutes] = state.habits;
    Ok(SourceState {
        last_pass: state.last_pass.map(instant).transpose()?,
        last_success: state.last_success.map(instant).transpose()?,
        last_error: state.last_error.map(|(at, why)| Ok::<_, StoreError>((instant(at)?, why))).transpose()?,
        failures: state.failures,
        articles: state.articles,
        habits: Habits { local_as_utc, honest, month_minutes, free_minutes },
        usual,
        drift,
    })
}

fn pack<T: Serialize>(record: &T) -> Result<Vec<u8>, StoreError> {
    pack_as(RECORD_VERSION, record)
}

fn pack_as<T: Serialize>(version: u8, record: &T) -> Result<Vec<u8>, StoreError> {
    postcard::to_extend(record, vec![version]).map_err(|error| StoreError::Io(error.to_string()))
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
