//! The on-disk form: a version byte, then the record in postcard; bodies are compressed with zstd.
//!
//! A new field means a new version of its record, and the old one stays readable.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{PageState, SourceState, StoreError};
use crate::dedupe::Fingerprint;
use crate::model::{
    Appearance, Article, ArticleId, Drift, Evidence, Fill, Habits, Image, Origin, PARTS, Precision, Published, RULES,
    SourceId, Verdict,
};

/// The format of the whole store.
pub(super) const FORMAT: u32 = 1;

const RECORD_VERSION: u8 = 1;
/// Of a source's state.
const SOURCE_VERSION: u8 = 2;
/// zstd's own default.
const COMPRESSION_LEVEL: i32 = 3;
/// A stored body never grows past this when it is unpacked.
const BODY_BYTES_MAX: usize = 64 << 20;

#[derive(Serialize, Deserialize)]
struct Head {
    source: String,
    address: String,
    title: String,
    lead: Option<String>,
    author: Option<String>,
    agency: Option<String>,
    image: Option<(String, Option<String>)>,
    instant: Option<i64>,
    precision: Option<u8>,
    origin: Option<u8>,
    offset_seconds: Option<i32>,
    updated: Option<i64>,
    evidence: Vec<(u8, String, bool, Said)>,
    nudge_seconds: u8,
    first_seen: i64,
    revised: i64,
    also_in: Vec<(String, String, Option<[u8; 16]>)>,
    identities: Vec<String>,
    guids: Vec<(String, String)>,
    fingerprint: Option<[u8; 16]>,
}

#[derive(Serialize, Deserialize)]
enum Said {
    Used,
    Agrees,
    Differs(i64),
    Refused(String),
}

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

/// What finds an article again: all index entries that must go with it.
#[derive(Clone, Debug, Default)]
pub(super) struct Handles {
    pub(super) identities: Vec<String>,
    pub(super) guids: Vec<(SourceId, String)>,
    pub(super) fingerprint: Option<[u8; 16]>,
}

impl Handles {
    pub(super) fn add(&mut self, identities: &[String], guid: Option<(SourceId, String)>, print: Option<Fingerprint>) {
        for identity in identities {
            if !self.identities.contains(identity) {
                self.identities.push(identity.clone());
            }
        }
        self.guids.extend(guid.filter(|guid| !self.guids.contains(guid)));
        self.fingerprint = print.map(Fingerprint::to_bytes).or(self.fingerprint);
    }
}

const PRECISIONS: [Precision; 3] = [Precision::Day, Precision::Minute, Precision::Second];
const ORIGINS: [Origin; 12] = [
    Origin::Selector,
    Origin::JsonLd,
    Origin::Meta,
    Origin::Microdata,
    Origin::Time,
    Origin::Visible,
    Origin::Feed,
    Origin::FeedUpdated,
    Origin::Listing,
    Origin::Sitemap,
    Origin::Address,
    Origin::Page,
];

pub(super) fn write_head(article: &Article, handles: &Handles) -> Result<Vec<u8>, StoreError> {
    let published = &article.published;
    let origin = |origin: Origin| number_of(&ORIGINS, &origin);
    pack(&Head {
        source: article.source.to_string(),
        address: article.address.clone(),
        title: article.title.clone(),
        lead: article.lead.clone(),
        author: article.author.clone(),
        agency: article.agency.clone(),
        image: article.image.as_ref().map(|image| (image.address.clone(), image.caption.clone())),
        instant: published.instant.map(|instant| instant.timestamp_millis()),
        precision: published.precision.map(|precision| number_of(&PRECISIONS, &precision)),
        origin: published.origin.map(origin),
        offset_seconds: published.offset_seconds,
        updated: published.updated.map(|instant| instant.timestamp_millis()),
        evidence: published
            .evidence
            .iter()
            .map(|evidence| {
                let said = match &evidence.verdict {
                    Verdict::Used => Said::Used,
                    Verdict::Agrees => Said::Agrees,
                    Verdict::Differs(instant) => Said::Differs(instant.timestamp_millis()),
                    Verdict::Refused(reason) => Said::Refused(reason.clone()),
                };
                (origin(evidence.origin), evidence.text.clone(), evidence.updated, said)
            })
            .collect(),
        nudge_seconds: article.nudge_seconds,
        first_seen: article.first_seen.timestamp_millis(),
        revised: article.revised.timestamp_millis(),
        also_in: article
            .also_in
            .iter()
            .map(|other| (other.source.to_string(), other.address.clone(), other.item.map(ArticleId::to_bytes)))
            .collect(),
        identities: handles.identities.clone(),
        guids: handles.guids.iter().map(|(source, guid)| (source.to_string(), guid.clone())).collect(),
        fingerprint: handles.fingerprint,
    })
}

/// The article without its body, and its handles.
pub(super) fn read_head(id: ArticleId, bytes: &[u8]) -> Result<(Article, Handles), StoreError> {
    let head: Head = unpack(bytes)?;
    let evidence = head.evidence.into_iter().map(|(origin, text, updated, said)| {
        let verdict = match said {
            Said::Used => Verdict::Used,
            Said::Agrees => Verdict::Agrees,
            Said::Differs(millis) => Verdict::Differs(instant(millis)?),
            Said::Refused(reason) => Verdict::Refused(reason),
        };
        Ok(Evidence { origin: value_of(&ORIGINS, origin)?, text, updated, verdict })
    });
    let also_in = head.also_in.into_iter().map(|(source, address, item)| {
        Ok(Appearance { source: source_id(&source)?, address, item: item.map(ArticleId::from_bytes) })
    });
    let guids = head.guids.into_iter().map(|(source, guid)| Ok((source_id(&source)?, guid)));
    let handles = Handles {
        identities: head.identities,
        guids: guids.collect::<Result<_, StoreError>>()?,
        fingerprint: head.fingerprint,
    };
    let article = Article {
        id,
        source: source_id(&head.source)?,
        address: head.address,
        title: head.title,
        lead: head.lead,
        html: String::new(),
        text: String::new(),
        author: head.author,
        agency: head.agency,
        image: head.image.map(|(address, caption)| Image { address, caption }),
        published: Published {
            instant: head.instant.map(instant).transpose()?,
            precision: head.precision.map(|number| value_of(&PRECISIONS, number)).transpose()?,
            origin: head.origin.map(|number| value_of(&ORIGINS, number)).transpose()?,
            offset_seconds: head.offset_seconds,
            updated: head.updated.map(instant).transpose()?,
            evidence: evidence.collect::<Result<_, StoreError>>()?,
        },
        nudge_seconds: head.nudge_seconds,
        first_seen: instant(head.first_seen)?,
        revised: instant(head.revised)?,
        also_in: also_in.collect::<Result<_, StoreError>>()?,
    };
    Ok((article, handles))
}

pub(super) fn write_body(article: &Article) -> Result<Vec<u8>, StoreError> {
    let packed = pack(&(&article.html, &article.text))?;
    zstd::bulk::compress(&packed, COMPRESSION_LEVEL).map_err(|error| StoreError::Io(error.to_string()))
}

/// `(html, text)`
pub(super) fn read_body(bytes: &[u8]) -> Result<(String, String), StoreError> {
    let packed = zstd::stream::decode_all(bytes).map_err(|error| StoreError::Damaged(error.to_string()))?;
    if packed.len() > BODY_BYTES_MAX {
        return Err(StoreError::Damaged(format!("a body of {} bytes", packed.len())));
    }
    unpack(&packed)
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
