//! One article, with its source above all.

use axum::extract::{Path, State};
use axum::response::Response;
use chrono_tz::Tz;
use maud::{Markup, PreEscaped, html};

use super::super::App;
use super::super::error::ServerError;
use super::{Page, elsewhere, main_feeds, page, time};
use crate::date::write;
use crate::model::{ArticleId, Evidence, Verdict};

pub(in crate::server) async fn article(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, ServerError> {
    let id = ArticleId::parse(&id).ok_or(ServerError::NoArticle)?;
    app.read(move |desk, _| {
        let article = desk.store.article(id)?.ok_or(ServerError::NoArticle)?;
        let item = desk.item(&article);
        let picture = item.image.as_ref().filter(|_| !article.html.contains("<img"));
        let content = html! {
            article.whole {
                p.origin { "Bài gốc: " a href=(item.link) { (item.source.name) } }
                @if let Some(since) = item.withdrawn {
                    p.withdrawn { "Tờ báo đã gỡ bài này (" (write::dateline(since, item.zone)) ")." }
                }
                h1 { (item.title) }
                p.meta {
                    (time(&item))
                    @if let Some(author) = &item.author { " · " (author) }
                }
                @if let Some(lead) = &item.lead { p.lead { (lead) } }
                @if let Some(image) = picture {
                    figure {
                        img src=(image.address) alt=(image.caption.as_deref().unwrap_or_default());
                        @if let Some(caption) = &image.caption { figcaption { (caption) } }
                    }
                }
                // The text went through the sanitizer when it was read.
                (PreEscaped(&article.html))
                (elsewhere(&item))
                (evidence(&article.published.evidence, item.zone))
            }
        };
        Ok(page(&Page { site: desk.site, title: &item.title, feeds: main_feeds(desk.site) }, &content))
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
            @if list.is_empty() { p { "Trang gốc không ghi giờ đăng." } } @else {
                div.scroll role="region" aria-label="Căn cứ về giờ đăng" tabindex="0" { table {
                    tr { th scope="col" { "Nơi ghi" } th scope="col" { "Nguyên văn" } th scope="col" { "Kết luận" } }
                    @for entry in list {
                        tr { td { (entry.origin.as_str()) } td { (entry.text) } td { (verdict(&entry.verdict)) } }
                    }
                } }
            }
        }
    }
}
