//! How each source fares, for the sysadmin: the worst first.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::super::error::ServerError;
use super::super::{App, Health, Row, rows, typed};
use super::{Page, chart, main_feeds, page};
use crate::config::Audience;
use crate::date::write;
use crate::edition::Desk;

/// Headers that a proxy on this machine adds: whoever asks through it is somewhere else.
const FORWARDED: [&str; 3] = ["forwarded", "x-forwarded-for", "x-real-ip"];

pub(in crate::server) async fn status(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<Response, ServerError> {
    match app.config().status {
        Audience::Off => return Err(ServerError::NoPage),
        Audience::Loopback
            if !peer.ip().to_canonical().is_loopback() || FORWARDED.iter().any(|name| headers.contains_key(*name)) =>
        {
            return Err(ServerError::NotYours);
        }
        Audience::Public | Audience::Loopback => {}
    }
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let json = accepted.contains("application/json") && !accepted.contains("text/html");
    // Rates and charts are drawn from many articles.
    let turn = app.reading_turn().await;
    app.read(move |desk, config| {
        let _turn = turn;
        let mut rows = rows(config, &desk)?;
        rows.sort_by_key(|row| row.health);
        let mut response = if json {
            // Strings, numbers and lists of them: serde_json has no way to fail on these.
            typed("application/json; charset=utf-8", serde_json::to_vec_pretty(&rows).unwrap_or_default())
        } else {
            page(
                &Page { site: desk.site, title: "Tình trạng nguồn", feeds: main_feeds(desk.site) },
                &content(&desk, &rows),
            )
        };
        let headers = response.headers_mut();
        headers.insert(header::VARY, HeaderValue::from_static("accept"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        Ok(response)
    })
    .await
}

fn content(desk: &Desk, rows: &[Row]) -> Markup {
    let mut counts: BTreeMap<Health, usize> = BTreeMap::new();
    for row in rows {
        *counts.entry(row.health).or_default() += 1;
    }
    let days = rows.first().map_or(0, |row| row.per_day.len());
    let sums: Vec<usize> = (0..days).map(|day| rows.iter().map(|row| row.per_day[day]).sum()).collect();
    html! {
        h1 { "Tình trạng nguồn" }
        p {
            (desk.store.len()) " bài đang được lưu. Nguồn: "
            @for (n, (health, sources)) in counts.iter().enumerate() {
                @if n > 0 { ", " }
                span class=(health.as_str()) { (sources) " " (word(*health)) }
            }
        }
        (chart::bars("Mọi nguồn", &sums))
        @for row in rows { (source(desk, row)) }
    }
}

fn word(health: Health) -> &'static str {
    match health {
        Health::Failing => "hỏng",
        Health::Degraded => "trục trặc",
        Health::Waiting => "chưa đọc",
        Health::Ok => "tốt",
        Health::Disabled => "đã tắt",
    }
}

fn source(desk: &Desk, row: &Row) -> Markup {
    let time = |instant: Option<DateTime<Utc>>| {
        instant.map_or_else(|| "–".to_owned(), |instant| write::dateline(instant, desk.zone))
    };
    let notes: Vec<String> =
        row.drift.iter().cloned().chain(row.clock.map(str::to_owned)).chain(row.place.clone()).collect();
    html! {
        section.source aria-label=(row.name) {
            h2 { (row.name) " – " span class=(row.health.as_str()) { (word(row.health)) } }
            @for note in notes { p.notes { (note) } }
            @if let Some(error) = &row.last_error {
                p.notes { "Lỗi gần nhất, " (time(row.last_error_at)) ": " (error) }
            }
            dl {
                div { dt { "Lần đọc tốt gần nhất" } dd { (time(row.last_success)) } }
                div { dt { "Lần đọc tới" } dd { (time(row.next_run)) } }
                div { dt { "Bài đã đăng" } dd { (row.articles) } }
                div {
                    dt { "Từ lúc báo đăng đến lúc có ở đây" }
                    dd { @match row.publish_minutes { Some(minutes) => { (minutes) " phút" } None => { "–" } } }
                }
                @for (part, percent) in &row.fill { div { dt { "Có " (part_name(part)) } dd { (percent) " %" } } }
            }
            (chart::bars(&row.name, &row.per_day))
        }
    }
}

fn part_name(part: &str) -> &str {
    match part {
        "text" => "nội dung",
        "lead" => "tóm tắt",
        "author" => "tác giả",
        "date" => "giờ đăng",
        "image" => "ảnh",
        other => other,
    }
}
