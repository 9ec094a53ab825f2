//! Two sample papers over loopback, for `bantin demo`, the benchmarks and the curious: pages as provincial papers
//! print them, with their quirks.

mod pages;
mod stories;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use crate::clock::Clock;

/// The sample papers, being served.
#[derive(Clone)]
pub struct Papers {
    /// Where they are served.
    pub address: SocketAddr,
    press: Press,
}

#[derive(Clone)]
struct Press {
    edited: Arc<AtomicBool>,
    clock: Clock,
}

impl Papers {
    /// Serves the papers on a free port of the loopback interface, until the runtime ends.
    ///
    /// # Errors
    /// When no port can be bound.
    pub async fn serve(clock: Clock) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let press = Press { edited: Arc::default(), clock };
        let router = Router::new()
            .route("/binh-minh/", get(front))
            .route("/binh-minh/202008/{page}", get(morning))
            .route("/duyen-hai/rss", get(feed))
            .route("/duyen-hai/202008/{page}", get(coast))
            .route("/anh/{name}", get(picture))
            .with_state(press.clone());
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the sample papers are no longer served");
            }
        });
        Ok(Self { address, press })
    }

    /// The first paper corrects a story, as papers do.
    pub fn correct_a_story(&self) {
        self.press.edited.store(true, Ordering::SeqCst);
    }

    /// A configuration that reads both papers; `store` is a TOML string, `listen` where to serve the feeds.
    #[must_use]
    pub fn configuration(&self, store: &str, listen: SocketAddr) -> String {
        let papers = self.address;
        format!(
            r#"[site]
title = "Bản tin mẫu"
description = "Hai tờ báo mẫu, một bản tin"
url = "http://{listen}/"

[server]
listen = "{listen}"

[store]
path = {store}

[fetch]
host_gap = "0s"
allow_private = true

[[source]]
id = "bao-binh-minh"
name = "Báo Bình Minh"
province = "khanh-hoa"
category = "thoi-su"
schedule = "* * * * *"
[source.listing]
url = "http://{papers}/binh-minh/"
link = "h3 a"
[source.article]
title = "h1"
date = ".detail > .date"
lead = ".sapo"
body = ".detail-news"
author = ".detail-news p.byline"
image = ".detail-news figure img"
remove = [".related", "p.byline"]

[[source]]
id = "bao-duyen-hai"
name = "Báo Duyên Hải"
province = "lam-dong"
category = "kinh-te-bien"
schedule = "* * * * *"
feed = "http://{papers}/duyen-hai/rss"
full_text = true
"#
        )
    }
}

async fn front(State(press): State<Press>) -> Html<String> {
    Html(pages::front(press.clock.now()))
}

async fn morning(State(press): State<Press>, Path(page): Path<String>) -> Response {
    article(&stories::MORNING, "Báo Bình Minh", &page, &press)
}

async fn coast(State(press): State<Press>, Path(page): Path<String>) -> Response {
    article(&stories::COAST, "Báo Duyên Hải", &page, &press)
}

fn article(stories: &'static [stories::Story], paper: &str, page: &str, press: &Press) -> Response {
    let slug = page.trim_end_matches(".html");
    match stories.iter().find(|story| story.slug == slug) {
        Some(story) => {
            let edited = press.edited.load(Ordering::SeqCst);
            Html(pages::article(story, stories, paper, edited, press.clock.now())).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn feed() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], pages::feed())
}

/// The sun over the sea.
async fn picture() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "image/png")], include_bytes!("picture.png"))
}
