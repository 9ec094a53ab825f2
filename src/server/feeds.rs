//! Feeds: whole, narrowed, filtered, of past months; and what goes with them.

use std::collections::HashSet;
use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::cache::{Key, Kind};
use super::conditional::{Coding, answer, delta, is_unchanged, states_for_delta};
use super::error::ServerError;
use super::past::Digest;
use super::rendered::{Label, Rendered, Written, exact};
use super::{App, measure, typed};
use crate::edition::{Before, Desk, FeedAddress, Filter, FilterError, Month, unit};
use crate::publish::{self, Format, Site, render};

/// How long a reader may use a feed without asking again, within these bounds: half the time between two readings.
const FRESH_SECONDS_MIN: u32 = 30;
const FRESH_SECONDS_MAX: u32 = 600;
/// An archive of a month that is over does not change.
const SETTLED: HeaderValue = HeaderValue::from_static("public, max-age=86400, immutable");
const A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");
const OPML_TYPE: &str = "text/x-opml; charset=utf-8";

/// What a request says beside its path.
pub(super) type Ask = (RawQuery, HeaderMap);

pub(super) async fn whole(State(app): State<App>, format: Format, ask: Ask) -> Result<Response, ServerError> {
    serve(&app, FeedAddress::default(), format, ask).await
}

pub(super) async fn narrowed(
    State(app): State<App>,
    format: Format,
    Path((kind, name)): Path<(String, String)>,
    ask: Ask,
) -> Result<Response, ServerError> {
    match FeedAddress::narrowed(&kind, &name) {
        Some(address) => serve(&app, address, format, ask).await,
        None if kind == "provinces" => moved(&name, format, ask.0),
        None => Err(ServerError::NoPage),
    }
}

/// The way from another spelling of a province to the address of its feed.
fn moved(name: &str, format: Format, RawQuery(query): RawQuery) -> Result<Response, ServerError> {
    let unit = unit(name).ok_or_else(|| ServerError::Filter(FilterError::Unknown("province", name.to_owned())))?;
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    let place = format!("../{}/{}{query}", unit.slug, format.file());
    Ok((StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, place)]).into_response())
}

async fn serve(
    app: &App,
    address: FeedAddress,
    format: Format,
    (RawQuery(query), headers): Ask,
) -> Result<Response, ServerError> {
    let filter = Filter::from_query(query.as_deref().unwrap_or_default()).map_err(ServerError::Filter)?;
    // A limit that no feed reaches is none.
    let longest = app.config.borrow().site.max_items;
    let filter = Filter { limit: filter.limit.filter(|limit| *limit < longest), ..filter };
    let address = FeedAddress { filter, ..address };
    let key = Key { name: name(&address, format), kind: kind(&address.filter) };
    let feed = rendered(app, &address, format, key.clone()).await?;
    if !is_unchanged(&feed, app.clock.now(), &headers) {
        for state in states_for_delta(&headers) {
            if let Some(had) = app.cache.past(&key.name, state) {
                let write = move |desk: Desk, before: &Before| {
                    let had: HashSet<&Digest> = had.iter().collect();
                    let mut feed = desk.edition(&address, format, before)?.into_feed();
                    feed.retain(format, |state| !had.contains(&state));
                    Ok(Written::new(render(&feed, format).bytes, fresh(format.media_type(), desk.site)))
                };
                let key = key.since(state);
                let part = kept(app, key.clone(), write).await?;
                return packed(app, key, part, &headers, |part| delta(part, &feed, &headers)).await;
            }
        }
    }
    given(app, key, feed, &headers).await
}

/// A feed's path and query, without the first `/`.
fn name(address: &FeedAddress, format: Format) -> String {
    let query = address.filter.to_query();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{}.{}{mark}{query}", address.stem, format.extension())
}

fn kind(filter: &Filter) -> Kind {
    match &filter.since {
        // A span counts from now, so its feed changes with the clock.
        Some(since) if since.ends_with(['h', 'd']) => Kind::Moving,
        _ if *filter == Filter::default() => Kind::Common,
        _ => Kind::Rare,
    }
}

/// The feed's bytes, made when an article has changed since the last time.
async fn rendered(app: &App, address: &FeedAddress, format: Format, key: Key) -> Result<Arc<Rendered>, ServerError> {
    let (address, clock) = (address.clone(), app.clock.clone());
    let write = move |desk: Desk, before: &Before| {
        let edition = desk.edition(&address, format, before)?;
        let news = edition.news();
        let stories = (address == FeedAddress::default()).then(|| edition.stories());
        let (document, before) = edition.write();
        measure::written(news, document.pieces.len() - news);
        if let Some(stories) = stories {
            measure::shown(stories, clock.now());
        }
        let feed = Written::new(document.bytes, fresh(format.media_type(), desk.site));
        if address.filter != Filter::default() {
            return Ok(feed);
        }
        let items = document.pieces.iter().map(|piece| piece.digest).collect();
        Ok(Written { items, before, ..feed })
    };
    kept(app, key, write).await
}

/// Bytes that are made anew when an article or the configuration has changed.
async fn kept(
    app: &App,
    key: Key,
    write: impl FnOnce(Desk, &Before) -> Result<Written, ServerError> + Send + 'static,
) -> Result<Arc<Rendered>, ServerError> {
    if let Some(feed) = app.cache.get(&app.stamp(), &key.name) {
        return Ok(feed);
    }
    let turn = app.making_turn(&key).await;
    // Somebody else may have made it during the wait.
    let stamp = app.stamp();
    if let Some(feed) = app.cache.get(&stamp, &key.name) {
        return Ok(feed);
    }
    let moment = app.cache.moment(&stamp, app.clock.now());
    // One that counts from now changes when no article does.
    let made = (key.kind != Kind::Moving).then_some(moment);
    let cache = app.cache.clone();
    app.read_by(stamp.config.clone(), move |desk, _| {
        // Kept before the turn ends, whether or not its client still waits.
        let _turn = turn;
        let before = cache.before(&stamp, &key);
        let feed = Arc::new(Rendered::new(write(desk, &before)?, made));
        measure::rendered(key.kind);
        cache.put(&stamp, key, feed.clone());
        Ok(feed)
    })
    .await
}

/// The answer with a feed.
async fn given(app: &App, key: Key, feed: Arc<Rendered>, headers: &HeaderMap) -> Result<Response, ServerError> {
    let now = app.clock.now();
    packed(app, key, feed, headers, |feed| answer(feed, headers, now)).await
}

/// The answer that `write` makes of a feed, which is packed before that where it needs to be.
async fn packed(
    app: &App,
    key: Key,
    feed: Arc<Rendered>,
    headers: &HeaderMap,
    write: impl Fn(&Rendered) -> Option<Response>,
) -> Result<Response, ServerError> {
    if let Some(response) = write(&feed) {
        return Ok(response);
    }
    let turn = app.making_turn(&key).await;
    let stamp = app.stamp();
    // Somebody else may have packed it during the wait; and a change may have left it behind, so that nobody else is to
    // be given it.
    let kept = app.cache.get(&stamp, &key.name).filter(|kept| kept.hash == feed.hash);
    let is_kept = kept.is_some();
    let feed = kept.unwrap_or(feed);
    if let Some(response) = write(&feed) {
        return Ok(response);
    }
    let (cache, coding) = (app.cache.clone(), Coding::of(headers));
    let feed = app.read(move |_, _| {
        let _turn = turn;
        let feed = Arc::new(feed.pack(coding, key.kind));
        if is_kept {
            cache.put(&stamp, key, feed.clone());
        }
        Ok(feed)
    });
    write(&*feed.await?).ok_or(ServerError::Broken)
}

/// What is said of bytes that may change at the site's next reading.
fn fresh(media_type: &'static str, site: &Site) -> Label {
    let seconds = (site.ttl_minutes * 30).clamp(FRESH_SECONDS_MIN, FRESH_SECONDS_MAX);
    // Digits are header text.
    let age = HeaderValue::from_str(&format!("public, max-age={seconds}"));
    Label { media_type, age: age.unwrap_or(HeaderValue::from_static("no-cache")) }
}

/// The articles of a month that is over, or of the one that runs.
pub(super) async fn archive(
    State(app): State<App>,
    Path((year, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ServerError> {
    let (month, format) = Month::parse(&year, &file).ok_or(ServerError::NoPage)?;
    let write = move |desk: Desk, _: &Before| {
        let feed = desk.archive(month)?.ok_or(ServerError::NoPage)?;
        let label = fresh(format.media_type(), desk.site);
        let label = if month.is_settled(desk.zone, desk.now) { Label { age: SETTLED, ..label } } else { label };
        Ok(Written::new(render(&feed, format).bytes, label))
    };
    let key = Key { name: format!("{}.{}", month.stem(), format.extension()), kind: Kind::Rare };
    let feed = kept(&app, key.clone(), write).await?;
    given(&app, key, feed, &headers).await
}

pub(super) async fn opml(State(app): State<App>, headers: HeaderMap) -> Result<Response, ServerError> {
    let write = |desk: Desk, _: &Before| {
        let list = publish::opml(desk.site, &desk.narrowed_feeds());
        Ok(Written::new(exact(list), fresh(OPML_TYPE, desk.site)))
    };
    let key = Key { name: "opml.xml".to_owned(), kind: Kind::Common };
    let list = kept(&app, key.clone(), write).await?;
    given(&app, key, list, &headers).await
}

pub(super) async fn icon() -> Response {
    lasting(typed("image/png", publish::ICON))
}

pub(super) async fn style() -> Response {
    lasting(typed("text/css; charset=utf-8", publish::STYLE))
}

fn lasting(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, A_DAY);
    response
}
