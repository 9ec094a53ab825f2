//! The stories of today and of days before, as a newspaper lists them.

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use chrono::NaiveDate;
use maud::{Markup, html};

use super::super::App;
use super::super::error::ServerError;
use super::{Page, at, day_of, elsewhere, page, time, weekday};
use crate::edition::{Desk, Filter};
use crate::model::{Article, province};
use crate::publish::{Item, Site};

/// Stories on one page.
const ITEMS_MAX: usize = 100;

/// The newest stories.
pub(in crate::server) async fn front(
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Response, ServerError> {
    let filter = Filter::from_query(query.as_deref().unwrap_or_default()).map_err(ServerError::Filter)?;
    let filter = Filter { limit: Some(filter.limit.unwrap_or(ITEMS_MAX).min(ITEMS_MAX)), ..filter };
    let turn = app.search_turn(&filter).await;
    app.read(move |desk, _| {
        let _turn = turn;
        let articles = desk.list(&filter, ITEMS_MAX)?;
        let oldest = articles.last().map(|article| day_of(article.order(), desk.zone));
        let filter = Filter { limit: None, ..filter };
        let days = html! {
            @if let Some(day) = oldest {
                nav.days aria-label="Các ngày" {
                    a href=(day_path(desk.site, day, &filter)) { "Mọi tin ngày " (day.format("%d/%m/%Y")) }
                    @if let Some(before) = day.pred_opt() {
                        a href=(day_path(desk.site, before, &filter)) rel="prev" { "Ngày trước" }
                    }
                }
            }
        };
        Ok(listing(&desk, &filter, &articles, None, &days))
    })
    .await
}

/// The stories of one day.
pub(in crate::server) async fn day(
    State(app): State<App>,
    Path(day): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ServerError> {
    let day: NaiveDate = day.parse().map_err(|_| ServerError::NoPage)?;
    let filter = Filter::from_query(query.as_deref().unwrap_or_default()).map_err(ServerError::Filter)?;
    let turn = app.search_turn(&filter).await;
    app.read(move |desk, _| {
        let _turn = turn;
        let articles = desk.of_day(day, &filter)?;
        let link = |day: NaiveDate| day_path(desk.site, day, &filter);
        let days = html! {
            nav.days aria-label="Các ngày" {
                @if let Some(before) = day.pred_opt() {
                    a href=(link(before)) rel="prev" { "← " (before.format("%d/%m/%Y")) }
                }
                @if let Some(after) = day.succ_opt().filter(|after| *after <= day_of(desk.now, desk.zone)) {
                    a href=(link(after)) rel="next" { (after.format("%d/%m/%Y")) " →" }
                }
            }
        };
        Ok(listing(&desk, &filter, &articles, Some(day), &days))
    })
    .await
}

fn day_path(site: &Site, day: NaiveDate, filter: &Filter) -> String {
    at(site, &with_query(&format!("days/{day}"), filter))
}

fn with_query(path: &str, filter: &Filter) -> String {
    let query = filter.to_query();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

fn listing(desk: &Desk, filter: &Filter, articles: &[Article], day: Option<NaiveDate>, days: &Markup) -> Response {
    let site = desk.site;
    let scope = scope(desk, filter);
    let heading = match (&scope, day) {
        (Some(scope), Some(day)) => format!("{scope}, {}", day.format("%d/%m/%Y")),
        (Some(scope), None) => scope.clone(),
        (None, Some(day)) => format!("Tin ngày {}", day.format("%d/%m/%Y")),
        (None, None) => "Tin mới".to_owned(),
    };
    let mut by_day: Vec<(NaiveDate, Vec<Item>)> = Vec::new();
    for article in articles {
        let day = day_of(article.order(), desk.zone);
        match by_day.last_mut().filter(|(last, _)| *last == day) {
            Some((_, items)) => items.push(desk.item(article)),
            None => by_day.push((day, vec![desk.item(article)])),
        }
    }
    let today = day_of(desk.now, desk.zone);
    let content = html! {
        (sections(desk, filter))
        form method="get" action=(at(site, "")) role="search" {
            @for (key, value) in [("source", &filter.source), ("province", &filter.province), ("category", &filter.category)] {
                @if let Some(value) = value { input type="hidden" name=(key) value=(value); }
            }
            input type="search" name="q" aria-label="Tìm tin" placeholder="Tìm tin" value=(filter.query.as_deref().unwrap_or_default());
            button { "Tìm" }
        }
        h1 { (heading) }
        @if by_day.is_empty() { p { "Chưa có tin nào." } }
        @for (day, items) in &by_day {
            h2.day { @if *day == today { "Hôm nay, " } (weekday(*day)) }
            @for item in items { (story(site, item)) }
        }
        (days)
    };
    let title = scope.map_or_else(|| site.title.clone(), |scope| format!("{scope} – {}", site.title));
    let mut feeds = vec![("feed".to_owned(), site.title.clone())];
    if *filter != Filter::default() {
        feeds.insert(0, (with_query("feed", filter), title.clone()));
    }
    page(&Page { site, title: &title, feeds }, &content)
}

/// What the page is narrowed to, in words.
fn scope(desk: &Desk, filter: &Filter) -> Option<String> {
    let source = filter.source.as_ref().map(|id| {
        let found = desk.sources.iter().find(|source| source.id.as_str() == id);
        found.map_or_else(|| id.clone(), |source| source.name.clone())
    });
    let unit = |slug: &String| province(slug).map_or_else(|| slug.clone(), |unit| unit.name.to_owned());
    let query = filter.query.as_ref().map(|query| format!("“{query}”"));
    let parts = [source, filter.province.as_ref().map(unit), filter.category.as_deref().map(category), query];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The ways through the news: by category and by province.
fn sections(desk: &Desk, filter: &Filter) -> Markup {
    let categories = desk.categories();
    let provinces = desk.provinces();
    let link = |filter: Filter| at(desk.site, &with_query("", &filter));
    let current = |now: bool| now.then_some("page");
    html! {
        nav aria-label="Chuyên mục" {
            ul {
                li { a href=(at(desk.site, "")) aria-current=[current(*filter == Filter::default())] { "Tất cả" } }
                @for name in &categories {
                    @let own = filter.category.as_ref() == Some(name);
                    li { a href=(link(Filter { category: Some(name.clone()), ..Filter::default() })) aria-current=[current(own)] { (category(name)) } }
                }
            }
        }
        @if !provinces.is_empty() {
            nav aria-label="Tỉnh, thành phố" {
                details open[filter.province.is_some()] {
                    summary { "Theo tỉnh, thành phố" }
                    ul {
                        @for unit in provinces {
                            @let own = filter.province.as_deref() == Some(unit.slug);
                            li { a href=(link(Filter { province: Some(unit.slug.to_owned()), ..Filter::default() })) aria-current=[current(own)] { (unit.name) } }
                        }
                    }
                }
            }
        }
    }
}

/// A category's slug as people write it; the usual ones have names.
fn category(slug: &str) -> String {
    const NAMES: [(&str, &str); 16] = [
        ("thoi-su", "Thời sự"),
        ("chinh-tri", "Chính trị"),
        ("xa-hoi", "Xã hội"),
        ("kinh-te", "Kinh tế"),
        ("kinh-te-bien", "Kinh tế biển"),
        ("van-hoa", "Văn hóa"),
        ("the-thao", "Thể thao"),
        ("giao-duc", "Giáo dục"),
        ("y-te", "Y tế"),
        ("suc-khoe", "Sức khỏe"),
        ("phap-luat", "Pháp luật"),
        ("the-gioi", "Thế giới"),
        ("du-lich", "Du lịch"),
        ("nong-nghiep", "Nông nghiệp"),
        ("moi-truong", "Môi trường"),
        ("cong-thong-tin", "Cổng thông tin"),
    ];
    let known = NAMES.iter().find(|(name, _)| *name == slug).map(|(_, name)| (*name).to_owned());
    known.unwrap_or_else(|| slug.replace('-', " "))
}

fn story(site: &Site, item: &Item) -> Markup {
    let id = item.guid.trim_start_matches("urn:uuid:");
    html! {
        article.story.pictured[item.image.is_some()] {
            div {
                p.meta { (time(item)) " · " (item.source.name) }
                h3 { a href=(at(site, &format!("articles/{id}"))) { (item.title) } }
                @if let Some(lead) = &item.lead { p { (lead) } }
                (elsewhere(item))
            }
            // The title beside it says what the story is of.
            @if let Some(image) = &item.image { img src=(image.address) alt="" loading="lazy"; }
        }
    }
}
