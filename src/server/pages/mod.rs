//! Pages for people, in Vietnamese; they work without scripts, from 320 pixels up, by keyboard and by ear.

mod article;
mod chart;
mod front;
mod health;

use std::sync::LazyLock;

use axum::http::{HeaderValue, header};
use axum::response::Response;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;
use maud::{DOCTYPE, Markup, html};

pub(super) use article::article;
pub(super) use front::{day, front};
pub(super) use health::status;

use super::typed;
use crate::date::write;
use crate::publish::{Format, ICON_FILE, Item, Site};

/// The page's own style, and pictures from the papers.
const POLICY: &str = "default-src 'none'; img-src 'self' http: https:; style-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

const STYLE: &str = include_str!("style.css");
/// The style under a name that changes with it, so that browsers may keep it.
static STYLE_TAG: LazyLock<String> = LazyLock::new(|| blake3::hash(STYLE.as_bytes()).to_hex().as_str()[..8].to_owned());

const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

pub(super) async fn style() -> Response {
    let mut response = typed("text/css; charset=utf-8", STYLE);
    response.headers_mut().insert(header::CACHE_CONTROL, KEPT);
    response
}

/// A path of this site, which may stand below another one's.
fn at(site: &Site, path: &str) -> String {
    format!("{}{path}", site.url.path())
}

/// What stands around a page's own content.
struct Page<'a> {
    site: &'a Site,
    title: &'a str,
    /// Where the feeds with the same articles stand, without their extension, and what they are called.
    feeds: Vec<(String, String)>,
}

fn page(page: &Page, content: &Markup) -> Response {
    let Page { site, title, feeds } = page;
    let markup = html! {
        (DOCTYPE)
        html lang="vi" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                @for (stem, name) in feeds {
                    @for format in Format::ALL {
                        @let kind = format.media_type().split(';').next().unwrap_or_default();
                        @let (path, query) = stem.split_once('?').unwrap_or((stem, ""));
                        @let mark = if query.is_empty() { "" } else { "?" };
                        link rel="alternate" type=(kind) title=(name)
                            href=(at(site, &format!("{path}.{}{mark}{query}", format.extension())));
                    }
                }
                link rel="icon" type="image/png" href=(at(site, ICON_FILE));
                link rel="stylesheet" href=(at(site, &format!("style.css?{}", STYLE_TAG.as_str())));
            }
            body {
                a.skip href="#noi-dung" { "Tới nội dung" }
                header {
                    p.masthead { a href=(at(site, "")) { (site.title) } }
                    p.motto { (site.description) }
                }
                main #noi-dung { (content) }
                footer {
                    p {
                        a href=(at(site, "feed.xml")) { "RSS" } " · " a href=(at(site, "feed.atom")) { "Atom" } " · "
                        a href=(at(site, "feed.json")) { "JSON" } " · " a href=(at(site, "opml.xml")) { "OPML" } " · "
                        a href=(at(site, "status")) { "Tình trạng nguồn" }
                    }
                    p { "Mỗi tin dẫn về bài gốc của tờ báo đã đăng." }
                }
            }
        }
    };
    let mut response = typed("text/html; charset=utf-8", markup.into_string());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// The feed of everything, for pages that hold no list of their own.
fn main_feeds(site: &Site) -> Vec<(String, String)> {
    vec![("feed".to_owned(), site.title.clone())]
}

/// A story's time as people and programs read it.
fn time(item: &Item) -> Markup {
    html! {
        @match (&item.dateline, item.published) {
            (Some(dateline), Some(published)) => {
                time datetime=(write::rfc3339(published, item.zone)) { (dateline) }
            }
            _ => { "Không rõ giờ đăng" }
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

/// `Thứ Hai, 24/08/2020`
fn weekday(day: NaiveDate) -> String {
    const NAMES: [&str; 7] = ["Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật"];
    let name = NAMES[day.weekday().num_days_from_monday() as usize % NAMES.len()];
    format!("{name}, {}", day.format("%d/%m/%Y"))
}

fn day_of(moment: DateTime<Utc>, zone: Tz) -> NaiveDate {
    moment.with_timezone(&zone).date_naive()
}
