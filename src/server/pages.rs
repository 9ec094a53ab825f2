//! Pages for people, in Vietnamese; they work without scripts and on small screens.

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::error::ServerError;
use super::status::rows;
use super::{App, typed};
use crate::date::write;
use crate::edition::{Desk, Filter};
use crate::model::{ArticleId, Evidence, Verdict};
use crate::publish::{Format, Item, Site};

/// Stories on the front page.
const FRONT_ITEMS_MAX: usize = 100;

/// Nothing but the page's own style and pictures from the papers.
const POLICY: &str = "default-src 'none'; img-src http: https:; style-src 'unsafe-inline'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8884}\
*{box-sizing:border-box}\
body{font:1.0625rem/1.6 system-ui,sans-serif;max-width:46rem;margin:0 auto;padding:1rem;overflow-wrap:break-word}\
header,footer,.meta{font-size:.9rem;opacity:.8}\
h1{font-size:1.5rem;line-height:1.3}h2{font-size:1.15rem;line-height:1.35;margin:.2rem 0}\
article.story{border-top:1px solid var(--line);padding:.8rem 0}\
img{max-width:100%;height:auto}figure{margin:1rem 0}figcaption{font-size:.9rem;opacity:.8}\
a{color:inherit}h2 a{text-decoration:none}h2 a:hover,h2 a:focus{text-decoration:underline}\
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}td,th{border-top:1px solid var(--line);padding:.35rem .5rem;text-align:left;vertical-align:top}\
input{font:inherit;padding:.3rem .5rem;max-width:100%}button{font:inherit;padding:.3rem .8rem}\
.failing,.degraded{font-weight:600}";

fn page(site: &Site, title: &str, content: &Markup) -> Response {
    let markup = html! {
        (DOCTYPE)
        html lang=(site.language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                @for format in Format::ALL {
                    @let kind = format.media_type().split(';').next().unwrap_or_default();
                    link rel="alternate" type=(kind) title=(site.title) href=(format!("/{}", format.file()));
                }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header { a href="/" { (site.title) } " · " a href="/feed.xml" { "RSS" } " · " a href="/status" { "Tình trạng nguồn" } }
                main { (content) }
                footer { p { (site.description) } }
            }
        }
    };
    let mut response = typed("text/html; charset=utf-8", markup.into_string());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// The newest stories.
pub(super) async fn front(State(app): State<App>, RawQuery(query): RawQuery) -> Result<Response, ServerError> {
    let filter = Filter::from_query(query.as_deref().unwrap_or_default()).map_err(ServerError::Filter)?;
    let filter = Filter { limit: Some(filter.limit.unwrap_or(FRONT_ITEMS_MAX).min(FRONT_ITEMS_MAX)), ..filter };
    let _turn = app.search_turn(&filter).await;
    app.read(move |desk, _| {
        let articles = desk.list(&filter, FRONT_ITEMS_MAX)?;
        let items: Vec<Item> = articles.iter().map(|article| desk.item(article)).collect();
        let content = html! {
            h1 { (desk.site.title) }
            form method="get" action="/" role="search" {
                label { "Tìm: " input type="search" name="q" value=(filter.query.as_deref().unwrap_or_default()); }
                " " button { "Tìm" }
            }
            @if items.is_empty() { p { "Chưa có tin nào." } }
            @for item in &items { (story(item)) }
        };
        Ok(page(desk.site, &desk.site.title, &content))
    })
    .await
}

fn story(item: &Item) -> Markup {
    let id = item.guid.trim_start_matches("urn:uuid:");
    html! {
        article.story {
            p.meta { (item.dateline.as_deref().unwrap_or("Không rõ giờ đăng")) " · " (item.source.name) }
            h2 { a href=(format!("/articles/{id}")) { (item.title) } }
            @if let Some(lead) = &item.lead { p { (lead) } }
            (elsewhere(item))
        }
    }
}

fn elsewhere(item: &Item) -> Markup {
    let others: Vec<_> = item.also_in.iter().filter(|other| other.id != item.source.id).collect();
    html! {
        @if !others.is_empty() {
            p.meta {
                "Cũng đăng trên: "
                @for (n, other) in others.iter().enumerate() {
                    @if n > 0 { ", " }
                    a href=(other.url) { (other.name) }
                }
            }
        }
    }
}

/// One article, with its source above all.
pub(super) async fn article(State(app): State<App>, Path(id): Path<String>) -> Result<Response, ServerError> {
    let id = ArticleId::parse(&id).ok_or(ServerError::NoArticle)?;
    app.read(move |desk, _| {
        let article = desk.store.article(id)?.ok_or(ServerError::NoArticle)?;
        let item = desk.item(&article);
        let content = html! {
            article {
                p.meta { a href=(item.link) { "Đọc bài gốc trên " (item.source.name) } }
                h1 { (item.title) }
                p.meta {
                    (item.dateline.as_deref().unwrap_or("Không rõ giờ đăng"))
                    @if let Some(author) = &item.author { " · " (author) }
                }
                @if let Some(lead) = &item.lead { p { strong { (lead) } } }
                // The text went through the sanitizer when it was read.
                (PreEscaped(&article.html))
                (elsewhere(&item))
                (evidence(&article.published.evidence, item.zone))
            }
        };
        Ok(page(desk.site, &item.title, &content))
    })
    .await
}

fn evidence(list: &[Evidence], zone: Tz) -> Markup {
    let verdict = |verdict: &Verdict| match verdict {
        Verdict::Used => "được dùng".to_owned(),
        Verdict::Agrees => "khớp".to_owned(),
        Verdict::Differs(instant) => format!("khác: {}", write::dateline(*instant, zone)),
        Verdict::Refused(reason) => format!("bị loại: {reason}"),
    };
    html! {
        details {
            summary { "Căn cứ về giờ đăng" }
            div.scroll { table {
                tr { th { "Nơi ghi" } th { "Nguyên văn" } th { "Kết luận" } }
                @for entry in list { tr { td { (entry.origin.as_str()) } td { (entry.text) } td { (verdict(&entry.verdict)) } } }
            } }
        }
    }
}

/// The sources' health, the worst first.
pub(super) async fn status(State(app): State<App>) -> Result<Response, ServerError> {
    app.read(|desk: Desk, config| {
        let mut rows = rows(config, desk.store, desk.now)?;
        rows.sort_by_key(|row| row.health);
        let time = |instant: Option<DateTime<Utc>>| instant.map_or_else(|| "–".to_owned(), |at| write::dateline(at, desk.zone));
        let content = html! {
            h1 { "Tình trạng nguồn" }
            p.meta { (desk.store.len()) " bài đang được lưu" }
            div.scroll { table {
                tr { th { "Nguồn" } th { "Tình trạng" } th { "Bài" } th { "Lần đọc tốt" } th { "Lần đọc tới" } th { "Ghi chú" } }
                @for row in &rows {
                    tr {
                        td { (row.name) }
                        td class=(row.health.as_str()) { (row.health.as_str()) }
                        td { (row.articles) }
                        td { (time(row.last_success)) }
                        td { (time(row.next_run)) }
                        td {
                            @if let Some(drift) = &row.drift { p { (drift) } }
                            @if let Some(clock) = row.clock { p { (clock) } }
                            @if let Some(place) = &row.place { p { (place) } }
                            @if let Some(error) = &row.last_error { p { (time(row.last_error_at)) " – " (error) } }
                        }
                    }
                }
            } }
        };
        Ok(page(desk.site, "Tình trạng nguồn", &content))
    })
    .await
}
