//! Feeds: whole, narrowed, filtered; conditional requests; gzip.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};

use super::cache::{Rendered, Stamp};
use super::error::ServerError;
use super::{App, typed};
use crate::date::write;
use crate::edition::Filter;
use crate::publish::{self, Format, render};

/// How long a reader may use a feed without asking again, in seconds: a fraction of the usual schedule.
const CACHE_CONTROL: &str = "public, max-age=60";

/// What a request says beside its path.
pub(super) type Ask = (RawQuery, HeaderMap);

pub(super) async fn whole(State(app): State<App>, format: Format, ask: Ask) -> Result<Response, ServerError> {
    serve(&app, format, String::new(), Filter::default(), ask).await
}

pub(super) async fn narrowed(
    State(app): State<App>,
    format: Format,
    Path((kind, name)): Path<(String, String)>,
    ask: Ask,
) -> Result<Response, ServerError> {
    let path = format!("{kind}/{name}/");
    let fixed = match kind.as_str() {
        "sources" => Filter { source: Some(name), ..Filter::default() },
        "provinces" => Filter { province: Some(name), ..Filter::default() },
        "categories" => Filter { category: Some(name), ..Filter::default() },
        _ => return Err(ServerError::NoPage),
    };
    serve(&app, format, path, fixed, ask).await
}

async fn serve(
    app: &App,
    format: Format,
    path: String,
    fixed: Filter,
    (RawQuery(query), headers): Ask,
) -> Result<Response, ServerError> {
    let query = query.unwrap_or_default();
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let filter = Filter::from_pairs(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    let filter = filter.map_err(ServerError::Filter)?;
    let feed = rendered(app, format, path, fixed, filter).await?;
    Ok(answer(&feed, format, &headers, app.clock.now()))
}

/// The feed's bytes, made when an article has changed since the last time.
async fn rendered(
    app: &App,
    format: Format,
    path: String,
    fixed: Filter,
    filter: Filter,
) -> Result<Arc<Rendered>, ServerError> {
    let stamp = Stamp { generation: app.store.generation(), config: app.config() };
    let key = format!("{path}{}?{}", format.file(), filter.to_query());
    // A span such as `since=24h` counts from now, so its feed changes with the clock.
    let moving = filter.since.as_deref().is_some_and(|since| since.ends_with(['h', 'd']));
    if let Some(feed) = app.cache.get(&stamp, &key).filter(|_| !moving) {
        return Ok(feed);
    }
    let made = app.cache.moment(&stamp, app.clock.now());
    let _turn = app.search_turn(&filter).await;
    let feed = app
        .read(move |desk, _| {
            let feed = desk.feed(path, &filter, &fixed)?;
            Ok(Arc::new(Rendered::new(render(&feed, format), made)))
        })
        .await?;
    app.cache.put(&stamp, key, feed.clone());
    Ok(feed)
}

fn answer(feed: &Rendered, format: Format, ask: &HeaderMap, now: DateTime<Utc>) -> Response {
    // A time of change must not lie after the answer (RFC 9110 §8.8.2.1).
    let made = Some(feed.made).filter(|made| *made <= now);
    let gzip = accepts_gzip(ask);
    let etag = if gzip { format!("\"{}-gzip\"", feed.hash) } else { format!("\"{}\"", feed.hash) };
    let mut response = if is_unchanged(feed, made, ask) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if gzip {
        let mut response = typed(format.media_type(), feed.gzip.clone());
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        response
    } else {
        typed(format.media_type(), feed.plain.clone())
    };
    let headers = response.headers_mut();
    let texts = [(header::ETAG, Some(etag)), (header::LAST_MODIFIED, made.map(write::http))];
    for (name, text) in texts {
        // Hexadecimal digits and dates are header text.
        if let Some(value) = text.and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.insert(name, value);
        }
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE_CONTROL));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Whether the reader has this feed already (RFC 9110 §13.2.2): an `If-None-Match` settles it alone.
fn is_unchanged(feed: &Rendered, made: Option<DateTime<Utc>>, ask: &HeaderMap) -> bool {
    if let Some(tags) = ask.get(header::IF_NONE_MATCH) {
        let tags = tags.to_str().unwrap_or_default();
        let ours = |tag: &str| tag == format!("\"{}\"", feed.hash) || tag == format!("\"{}-gzip\"", feed.hash);
        return tags.split(',').map(str::trim).any(|tag| tag == "*" || ours(tag.trim_start_matches("W/")));
    }
    let since = ask.get(header::IF_MODIFIED_SINCE).and_then(|since| since.to_str().ok());
    let since = since.and_then(|since| DateTime::parse_from_rfc2822(since).ok());
    since.zip(made).is_some_and(|(since, made)| made <= since)
}

/// Whether gzip is welcome (RFC 9110 §12.5.3).
fn accepts_gzip(ask: &HeaderMap) -> bool {
    let accepted = ask.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.trim().parse::<f32>().is_ok_and(|q| q <= 0.0));
        matches!(name.trim(), "gzip" | "x-gzip" | "*") && !refused
    })
}

pub(super) async fn opml(State(app): State<App>) -> Result<Response, ServerError> {
    let bytes = app.read(|desk, _| Ok(publish::opml(desk.site, &desk.narrowed_feeds()))).await?;
    Ok(typed("text/x-opml; charset=utf-8", bytes))
}
