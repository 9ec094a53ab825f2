//! What a reader has and takes: validators, codings, deltas (RFC 9110 §12 and §13, RFC 3229).

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use chrono::{DateTime, Utc};

use super::rendered::Rendered;

/// Room for the headers of an answer, so that the map grows no further.
const HEADERS_USUAL: usize = 12;
pub(super) const A_IM: HeaderName = HeaderName::from_static("a-im");
const IM: HeaderName = HeaderName::from_static("im");

/// How bytes are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Identity,
    Gzip,
    Brotli,
}

impl Coding {
    pub(super) const ALL: [Self; 3] = [Self::Identity, Self::Gzip, Self::Brotli];

    /// A strong tag: two codings are two sequences of bytes.
    pub(super) fn etag(self, hash: &str) -> String {
        match self {
            Self::Identity => format!("\"{hash}\""),
            Self::Gzip => format!("\"{hash}-gzip\""),
            Self::Brotli => format!("\"{hash}-br\""),
        }
    }

    fn named(name: &str) -> Option<Self> {
        let names = [(Self::Brotli, "br"), (Self::Gzip, "gzip"), (Self::Gzip, "x-gzip"), (Self::Identity, "identity")];
        names.into_iter().find(|(_, known)| known.eq_ignore_ascii_case(name)).map(|(coding, _)| coding)
    }

    fn header(self) -> Option<HeaderValue> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some(HeaderValue::from_static("gzip")),
            Self::Brotli => Some(HeaderValue::from_static("br")),
        }
    }

    /// The coding that a reader likes best (RFC 9110 §12.5.3); of equals, the smallest.
    pub(super) fn of(ask: &HeaderMap) -> Self {
        let mut weights = [None; 3];
        let mut others = None;
        for (name, weight) in list(ask, &header::ACCEPT_ENCODING).map(weighted) {
            if let Some(coding) = Self::named(name) {
                weights[coding as usize] = Some(weight);
            } else if name == "*" {
                others = Some(weight);
            }
        }
        let weight = |coding: Self| match coding {
            // Unpacked bytes are always acceptable unless refused, and the last choice unless asked for.
            Self::Identity => weights[0].or(others.filter(|weight| *weight == 0.0)).unwrap_or(f32::MIN_POSITIVE),
            packed => weights[packed as usize].or(others).unwrap_or(0.0),
        };
        let best = Self::ALL.into_iter().max_by(|a, b| weight(*a).total_cmp(&weight(*b)));
        best.filter(|coding| weight(*coding) > 0.0).unwrap_or(Self::Identity)
    }
}

/// The parts of a list in all headers of a name (RFC 9110 §5.6.1).
fn list<'a>(ask: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let lines = ask.get_all(name).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|part| !part.is_empty())
}

/// A name and its `q`, 1 unless stated.
fn weighted(part: &str) -> (&str, f32) {
    let mut parts = part.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
    (name, weight.map_or(1.0, |weight| weight.trim().parse().unwrap_or(0.0)))
}

/// The hash in an entity tag of ours, strong or weak, whatever its coding.
fn hash_in(tag: &str) -> Option<&str> {
    let hash = tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"')?;
    Some(hash.strip_suffix("-gzip").or(hash.strip_suffix("-br")).unwrap_or(hash))
}

/// The states that a reader of deltas has (`A-IM: feed`); nothing for other readers.
pub(super) fn states_for_delta(ask: &HeaderMap) -> Vec<&str> {
    let wanted = list(ask, &A_IM).map(weighted).any(|(name, weight)| name.eq_ignore_ascii_case("feed") && weight > 0.0);
    if wanted { list(ask, &header::IF_NONE_MATCH).filter_map(hash_in).collect() } else { Vec::new() }
}

/// Whether the reader has this feed already (RFC 9110 §13.2.2): an `If-None-Match` settles it alone, and for feeds that
/// change with the clock nothing else does.
pub(super) fn is_unchanged(feed: &Rendered, now: DateTime<Utc>, ask: &HeaderMap) -> bool {
    if ask.contains_key(header::IF_NONE_MATCH) {
        return list(ask, &header::IF_NONE_MATCH).any(|tag| tag == "*" || hash_in(tag) == Some(&feed.hash));
    }
    let since = ask.get(header::IF_MODIFIED_SINCE).and_then(|since| since.to_str().ok());
    let since = since.and_then(|since| DateTime::parse_from_rfc2822(since).ok());
    since.zip(feed.made).is_some_and(|(since, made)| made <= now && made <= since)
}

/// The answer to a reader: nothing new, or the bytes in the coding that the reader likes best. `None` when they were not
/// packed so yet.
pub(super) fn answer(feed: &Rendered, ask: &HeaderMap, now: DateTime<Utc>) -> Option<Response> {
    let (coding, unchanged) = (Coding::of(ask), is_unchanged(feed, now, ask));
    let mut response = if unchanged {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        packed(feed, coding, ask)?
    };
    let headers = response.headers_mut();
    headers.reserve(HEADERS_USUAL);
    headers.insert(header::ETAG, feed.etag(coding));
    // A time of change must not lie after the answer (RFC 9110 §8.8.2.1), and says nothing beside a tag (§15.4.5).
    if !unchanged && feed.made.is_some_and(|made| made <= now) {
        headers.extend(feed.last_modified.clone().map(|made| (header::LAST_MODIFIED, made)));
    }
    headers.insert(header::CACHE_CONTROL, feed.label.age.clone());
    open(headers);
    Some(response)
}

/// The answer to a reader of deltas (RFC 3229 §10.4.1): what is new since the state it has, under the tag of the whole.
/// `None` when the part was not packed yet.
pub(super) fn delta(part: &Rendered, whole: &Rendered, ask: &HeaderMap) -> Option<Response> {
    let coding = Coding::of(ask);
    let mut response = packed(part, coding, ask)?;
    *response.status_mut() = StatusCode::IM_USED;
    let headers = response.headers_mut();
    headers.insert(IM, HeaderValue::from_static("feed"));
    headers.insert(header::ETAG, whole.etag(coding));
    // A cache that knows nothing of deltas must not give this to others as the whole.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, im"));
    open(headers);
    Some(response)
}

/// The media type of a feed for this reader: browsers, which alone ask for HTML, show XML with its style only under
/// the general name.
fn shown_as(kind: &'static str, ask: &HeaderMap) -> &'static str {
    let browser = list(ask, &header::ACCEPT).map(weighted).any(|(name, _)| name.eq_ignore_ascii_case("text/html"));
    if browser && kind.contains("+xml") { "application/xml; charset=utf-8" } else { kind }
}

fn packed(feed: &Rendered, coding: Coding, ask: &HeaderMap) -> Option<Response> {
    let mut response = Response::new(Body::from(feed.body(coding)?));
    let headers = response.headers_mut();
    headers.reserve(HEADERS_USUAL);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(shown_as(feed.label.media_type, ask)));
    if let Some(coding) = coding.header() {
        headers.insert(header::CONTENT_ENCODING, coding);
    }
    Some(response)
}

/// Feeds are for everyone, scripts of other sites included.
fn open(headers: &mut HeaderMap) {
    headers.insert(header::VARY, HeaderValue::from_static("accept, accept-encoding, a-im"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("etag, im, link"));
}
