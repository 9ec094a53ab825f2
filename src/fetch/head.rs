//! What the head of an answer says: where to go on, when to come back.

use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{
    AGE, CACHE_CONTROL, CONTENT_TYPE, DATE, ETAG, EXPIRES, HeaderMap, HeaderName, LAST_MODIFIED, LINK, LOCATION,
    RETRY_AFTER,
};
use reqwest::{Response, StatusCode};
use url::Url;

use super::{FetchError, HEAD_BYTES_MAX, HEAD_LINES_MAX, Terms, Validators};

/// A host that asks for patience without saying how long is left alone for this long.
const RETRY_AFTER_DEFAULT: TimeDelta = TimeDelta::minutes(5);
/// A host is never left alone for longer than this at one word of its own.
const RETRY_AFTER_MAX: TimeDelta = TimeDelta::days(1);

/// The text of a header.
pub(super) fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
}

/// Refuses a head that is out of all proportion.
pub(super) fn measured(url: &Url, response: &Response) -> Result<(), FetchError> {
    let bytes: usize = response.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if bytes > HEAD_BYTES_MAX || response.headers().len() > HEAD_LINES_MAX {
        return Err(too_large(url));
    }
    Ok(())
}

pub(super) fn too_large(url: &Url) -> FetchError {
    FetchError::HeadTooLarge { url: url.clone(), max: HEAD_BYTES_MAX, count: HEAD_LINES_MAX }
}

/// Whether a redirect is meant for good (RFC 9110 §15.4.2, §15.4.9).
pub(super) fn is_permanent(status: StatusCode) -> bool {
    matches!(status, StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT)
}

/// Where an answer sends the request on to, when it does.
pub(super) fn next_hop(url: &Url, response: &Response) -> Result<Option<Url>, FetchError> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let refuse = |reason: &str| FetchError::Redirect { url: url.clone(), reason: reason.to_owned() };
    let location = response.headers().get(LOCATION).ok_or_else(|| refuse("a redirect without an address"))?;
    let location = String::from_utf8_lossy(location.as_bytes());
    let mut next = url.join(&location).map_err(|_| refuse("a redirect to something that is no address"))?;
    if !matches!(next.scheme(), "http" | "https") {
        return Err(refuse(&format!("a redirect to {}:", next.scheme())));
    }
    // A name and password in it would be sent to whoever stands there.
    let stripped = next.set_username("").and_then(|()| next.set_password(None));
    stripped.map_err(|()| refuse("a redirect to an address without a host"))?;
    Ok(Some(next))
}

/// Until when the host wants to be left alone (RFC 9110 §10.2.3).
pub(super) fn retry_after(response: &Response, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let status = response.status();
    let busy = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    let stated = text(response.headers(), RETRY_AFTER).and_then(|text| match text.parse::<u64>() {
        Ok(seconds) => Some(now + clamped(seconds)),
        Err(_) => http_date(text),
    });
    let until = stated.or(busy.then(|| now + RETRY_AFTER_DEFAULT))?;
    Some(until.min(now + RETRY_AFTER_MAX)).filter(|until| *until > now)
}

fn clamped(seconds: u64) -> TimeDelta {
    TimeDelta::try_seconds(i64::try_from(seconds).unwrap_or(i64::MAX)).unwrap_or(RETRY_AFTER_MAX).min(RETRY_AFTER_MAX)
}

/// A date in one of the three forms of RFC 9110 §5.6.7, or as RFC 5322 writes it.
fn http_date(text: &str) -> Option<DateTime<Utc>> {
    let strict = httpdate::parse_http_date(text).ok().and_then(|date| {
        let seconds = date.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
        DateTime::from_timestamp(i64::try_from(seconds).ok()?, 0)
    });
    strict.or_else(|| DateTime::parse_from_rfc2822(text).ok().map(|date| date.to_utc()))
}

pub(super) fn validators(headers: &HeaderMap) -> Validators {
    let owned = |name| text(headers, name).map(str::to_owned);
    Validators { etag: owned(ETAG), last_modified: owned(LAST_MODIFIED) }
}

pub(super) fn content_type(headers: &HeaderMap) -> Option<String> {
    text(headers, CONTENT_TYPE).map(str::to_owned)
}

/// What a page's server says of the time and place of the next request.
pub(super) fn terms(url: &Url, headers: &HeaderMap, moved: Option<Url>, now: DateTime<Utc>) -> Terms {
    let link = |rel: &str| {
        let values = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).find_map(|link| {
            let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
            let named = parameters.split(';').filter_map(|parameter| parameter.trim().strip_prefix("rel="));
            let mut words = named.flat_map(|names| names.trim_matches('"').split_ascii_whitespace());
            words.any(|name| name.eq_ignore_ascii_case(rel)).then(|| url.join(target).ok()).flatten()
        })
    };
    Terms { fresh_until: fresh_until(headers, now), moved, hub: link("hub"), topic: link("self") }
}

/// Until when an answer counts as fresh (RFC 9111 §4.2.1).
fn fresh_until(headers: &HeaderMap, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let directives = text(headers, CACHE_CONTROL).unwrap_or_default().to_ascii_lowercase();
    let mut directives = directives.split(',').map(str::trim);
    if directives.clone().any(|directive| directive == "no-cache" || directive == "no-store") {
        return None;
    }
    let age = text(headers, AGE).and_then(|age| age.parse().ok()).map_or(TimeDelta::zero(), clamped);
    let max_age = directives.find_map(|directive| directive.strip_prefix("max-age=")?.trim_matches('"').parse().ok());
    let lifetime = if let Some(seconds) = max_age {
        clamped(seconds) - age
    } else {
        http_date(text(headers, EXPIRES)?)? - text(headers, DATE).and_then(http_date).unwrap_or(now)
    };
    Some(now + lifetime.min(RETRY_AFTER_MAX)).filter(|until| *until > now)
}
