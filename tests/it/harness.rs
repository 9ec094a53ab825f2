//! A site that can be changed, and a daemon over it whose clock stands still until it is moved.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bantin::clock::Clock;
use bantin::config::Config;
use bantin::daemon::Daemon;
use bantin::harvest::{Harvester, Recheck};
use bantin::model::Report;
use chrono::TimeDelta;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

#[derive(Clone)]
pub struct Served {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

#[derive(Clone, Debug)]
pub struct Asked {
    pub path: String,
    pub headers: HeaderMap,
}

#[derive(Clone, Default)]
struct Shelf {
    pages: Arc<Mutex<HashMap<String, Served>>>,
    log: Arc<Mutex<Vec<Asked>>>,
}

/// A web site on loopback; clones are the same site.
#[derive(Clone)]
pub struct FakeSite {
    pub address: SocketAddr,
    shelf: Shelf,
}

impl FakeSite {
    pub async fn start() -> Self {
        Self::at("127.0.0.1:0").await.unwrap()
    }

    /// A site at an address of its own; `None` where that is taken.
    pub async fn at(address: &str) -> Option<Self> {
        let site = Self { address: address.parse().unwrap(), shelf: Shelf::default() };
        Some(site.open(tokio::net::TcpListener::bind(address).await.ok()?))
    }

    /// A site that answers once it is [`FakeSite::open`]: who asks before waits.
    pub async fn closed() -> (Self, tokio::net::TcpListener) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        (Self { address: listener.local_addr().unwrap(), shelf: Shelf::default() }, listener)
    }

    pub fn open(self, listener: tokio::net::TcpListener) -> Self {
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(self.shelf.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, ..self }
    }

    /// A page of HTML without validators.
    pub fn page(&self, path: &str, html: impl Into<String>) -> &Self {
        self.serve(path, 200, &[("content-type", "text/html; charset=utf-8")], html.into().into_bytes())
    }

    pub fn serve(&self, path: &str, status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> &Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.shelf.pages.lock().unwrap().insert(path.to_owned(), Served { status, headers, body: body.into() });
        self
    }

    pub fn remove(&self, path: &str) -> &Self {
        self.shelf.pages.lock().unwrap().remove(path);
        self
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// All that was asked for since the last call.
    pub fn all_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.shelf.log.lock().unwrap())
    }

    /// What was asked for since the last call, robots.txt aside.
    pub fn asked(&self) -> Vec<Asked> {
        self.all_asked().into_iter().filter(|asked| asked.path != "/robots.txt").collect()
    }

    pub fn paths_asked(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.path).collect()
    }
}

async fn answer(State(shelf): State<Shelf>, request: Request) -> Response {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let headers = request.headers().clone();
    shelf.log.lock().unwrap().push(Asked { path: path.clone(), headers: headers.clone() });
    let Some(page) = shelf.pages.lock().unwrap().get(&path).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let etag = page.headers.iter().find(|(name, _)| name == "etag").map(|(_, value)| value.clone());
    if etag.is_some() && headers.get(header::IF_NONE_MATCH).and_then(|tag| tag.to_str().ok()) == etag.as_deref() {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let mut response = (StatusCode::from_u16(page.status).unwrap(), Bytes::from(page.body)).into_response();
    for (name, value) in page.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        response.headers_mut().insert(name, HeaderValue::from_str(&value).unwrap());
    }
    response
}

/// A daemon whose sources are read when the test says so.
pub struct TestDaemon {
    pub address: SocketAddr,
    pub harvester: Harvester,
    pub config: Config,
    pub clock: Clock,
    pub directory: Arc<tempfile::TempDir>,
    stop: CancellationToken,
    serving: tokio::task::JoinHandle<()>,
}

impl TestDaemon {
    /// Starts over an empty store at a moment in RFC 3339; `sources` is the `[[source]]` part of a configuration.
    pub async fn at(moment: &str, sources: &str) -> Self {
        Self::over(Arc::new(tempfile::tempdir().unwrap()), Clock::fixed(moment.parse().unwrap()), "", sources).await
    }

    pub async fn over(directory: Arc<tempfile::TempDir>, clock: Clock, tables: &str, sources: &str) -> Self {
        let text = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\n[store]\npath = {:?}\n[fetch]\nhost_gap = \"0s\"\nallow_private = true\n\
             {tables}\n{sources}",
            directory.path().join("store").to_str().unwrap()
        );
        Self::of(&text, directory, clock).await
    }

    /// Starts by a whole configuration.
    pub async fn of(text: &str, directory: Arc<tempfile::TempDir>, clock: Clock) -> Self {
        let config = Config::parse("feeds.toml", text).unwrap_or_else(|error| panic!("{error}"));
        let stop = CancellationToken::new();
        let daemon = Daemon::build(config.clone(), None, clock.clone(), stop.clone()).await.unwrap();
        let (address, harvester) = (daemon.address, daemon.harvester.clone());
        let serving = tokio::spawn(async move { daemon.serve().await.unwrap() });
        Self { address, harvester, config, clock, directory, stop, serving }
    }

    /// Stops, lets go of the store and starts again over it.
    pub async fn restart(self, tables: &str, sources: &str) -> Self {
        self.stop.cancel();
        self.serving.await.unwrap();
        drop(self.harvester);
        Self::over(self.directory, self.clock, tables, sources).await
    }

    pub fn later(&self, by: TimeDelta) -> &Self {
        self.clock.advance(by);
        self
    }

    /// Reads a source as `bantin fetch` does.
    pub async fn harvest(&self, id: &str) -> Report {
        self.read(id, Recheck::All).await
    }

    /// Reads a source as the schedule does.
    pub async fn scheduled(&self, id: &str) -> Report {
        self.read(id, Recheck::Due).await
    }

    async fn read(&self, id: &str, recheck: Recheck) -> Report {
        let source = self.config.sources.iter().find(|source| source.id.as_str() == id).unwrap();
        self.harvester.harvest(source, recheck, &|_, _| {}).await
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.ask(path, &[]).await
    }

    pub async fn ask(&self, path: &str, headers: &[(&str, &str)]) -> reqwest::Response {
        let mut request = client().get(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    pub async fn text(&self, path: &str) -> String {
        self.get(path).await.text().await.unwrap()
    }

    pub async fn items(&self, path: &str) -> Vec<Value> {
        let feed: Value = serde_json::from_str(&self.text(path).await).unwrap();
        feed["items"].as_array().unwrap().clone()
    }

    pub async fn titles(&self, path: &str) -> Vec<String> {
        self.items(path).await.iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect()
    }

    /// The one item of a feed.
    pub async fn only_item(&self, path: &str) -> Value {
        let items = self.items(path).await;
        assert_eq!(items.len(), 1, "{path} should hold one item: {items:#?}");
        items.into_iter().next().unwrap()
    }
}

/// A client that unpacks nothing, so that tests see what goes over the wire.
pub fn client() -> reqwest::Client {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder().no_gzip().no_brotli().no_zstd().tls_backend_preconfigured(tls).build().unwrap()
}

/// A page as provincial papers print it.
pub fn article(title: &str, dateline: &str, lead: &str, paragraphs: &[&str]) -> String {
    let body: String = paragraphs.iter().map(|text| format!("<p>{text}</p>")).collect();
    format!(
        "<html><head><title>{title} - Báo Mẫu</title></head><body><div class=\"menu\"><a href=\"/\">Trang chủ</a></div>\
         <div class=\"date\">{dateline}</div><h1>{title}</h1><p class=\"sapo\">{lead}</p>\
         <div class=\"detail-news\">{body}</div></body></html>"
    )
}

/// A listing of links with their texts.
pub fn listing(links: &[(&str, &str)]) -> String {
    let items: String = links.iter().map(|(path, title)| format!("<h3><a href=\"{path}\">{title}</a></h3>")).collect();
    format!("<html><body><ul class=\"menu\"><li><a href=\"/lien-he/\">Liên hệ</a></li></ul>{items}</body></html>")
}

/// A source that reads the listing `/` of a site with the selectors of [`article`] and [`listing`].
pub fn source(id: &str, site: &FakeSite) -> String {
    format!(
        "[[source]]\nid = \"{id}\"\nname = \"Báo {id}\"\n[source.listing]\nurl = \"{}\"\nlink = \"h3 a\"\n\
         [source.article]\ntitle = \"h1\"\ndate = \".date\"\nlead = \".sapo\"\nbody = \".detail-news\"\n",
        site.url("/")
    )
}

/// A text of so many different words.
pub fn prose(words: usize, seed: usize) -> String {
    const WORDS: [&str; 12] =
        ["đường", "nước", "người", "xã", "dân", "làng", "cầu", "trường", "ruộng", "biển", "núi", "chợ"];
    (0..words).map(|n| format!("{}{}", WORDS[(n * 7 + seed) % 12], (n * n + seed) % 97)).collect::<Vec<_>>().join(" ")
}
