//! A server over a store of made-up articles, and a client that reads whole answers.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use bantin::clock::Clock;
use bantin::config::Config;
use bantin::model::{Article, ArticleId, PROVINCES, SourceId};
use bantin::server::{App, Door, listen};
use bantin::store::{Batch, Decision, Incoming, LiveStore, Store};
use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;

pub const SOURCES: usize = 200;
const BATCH_ARTICLES: usize = 500;
const WORDS: u64 = 300;
/// Between two articles of the whole; a source prints one in as many times this.
const GAP: TimeDelta = TimeDelta::minutes(5);
const SYLLABLES: [&str; 24] = [
    "đường",
    "nước",
    "người",
    "xã",
    "dân",
    "làng",
    "cầu",
    "trường",
    "ruộng",
    "biển",
    "núi",
    "chợ",
    "tỉnh",
    "huyện",
    "phường",
    "khởi",
    "công",
    "lễ",
    "hội",
    "mưa",
    "lũ",
    "điện",
    "giá",
    "lúa",
];

/// A text of words that are the rarer the longer they are, as in news, and one word that no other article has.
fn text(n: usize) -> String {
    let mut state = n as u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let mut text = format!("riêng{n}");
    for _ in 0..WORDS {
        let number = (next() % 3_000) * (next() % 3_000) / 3_000;
        let syllable = SYLLABLES[usize::try_from(number).unwrap() % SYLLABLES.len()];
        write!(text, " {syllable}{}", number / 24).unwrap();
    }
    text
}

fn incoming(n: usize, newest: DateTime<Utc>, articles: usize) -> Incoming {
    let identity = format!("bao{}.example/{n}", n % SOURCES);
    let text = text(n);
    let seen = newest - GAP * i32::try_from(articles - n).unwrap();
    let source = SourceId::parse(&format!("bao{}", n % SOURCES)).unwrap();
    let (id, address) = (ArticleId::of_address(&identity), format!("https://{identity}"));
    let article = Article {
        lead: Some("Dẫn của tin.".to_owned()),
        html: format!("<p>{text}</p>"),
        text,
        ..Article::bare(id, source, address, format!("Tin số {n}"), seen)
    };
    Incoming::of(article, vec![identity])
}

/// Two hundred sources, of all provinces and five subjects.
fn config() -> Config {
    let mut text = String::new();
    for n in 0..SOURCES {
        let province = PROVINCES[n % PROVINCES.len()].slug;
        let category = n % 5;
        write!(
            text,
            "[[source]]\nid = \"bao{n}\"\nfeed = \"https://bao{n}.example/rss\"\nprovince = \"{province}\"\n\
             category = \"muc-{category}\"\n"
        )
        .unwrap();
    }
    Config::parse("bench", &text).unwrap()
}

pub struct Server {
    _directory: tempfile::TempDir,
    _runtime: tokio::runtime::Runtime,
    _config: tokio::sync::watch::Sender<Arc<Config>>,
    pub address: SocketAddr,
}

/// Serves so many articles on loopback by one thread.
pub fn serving(articles: usize) -> Server {
    let directory = tempfile::tempdir().unwrap();
    let clock = Clock::system();
    let store = LiveStore::open(&directory.path().join("store")).unwrap();
    let now = clock.now();
    for first in (0..articles).step_by(BATCH_ARTICLES) {
        let batch = (first..articles.min(first + BATCH_ARTICLES)).map(|n| incoming(n, now, articles)).collect();
        let batch = Batch { articles: batch, ..Batch::default() };
        store.admit(&[batch], &|incoming, _| Decision::New(incoming.article.clone()).into()).unwrap();
    }
    while store.index_words().unwrap() {}
    let (keep, config) = tokio::sync::watch::channel(Arc::new(config()));
    let app = App::new(config, Arc::new(store), clock, tokio::sync::mpsc::channel(1).0);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let address = runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(listen(listener, Door::new(app, axum::Router::new()), CancellationToken::new()));
        address
    });
    Server { _directory: directory, _runtime: runtime, _config: keep, address }
}

/// A connection that is kept open.
pub struct Client {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Client {
    pub fn of(server: &Server) -> Self {
        let stream = TcpStream::connect(server.address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, answer: Vec::new() }
    }

    /// Sends a request and reads the whole answer; its status and head.
    pub fn ask(&mut self, path: &str, headers: &str) -> (u16, String) {
        write!(self.stream, "GET {path} HTTP/1.1\r\nHost: bench\r\n{headers}\r\n").unwrap();
        self.answer.clear();
        let mut chunk = vec![0; 65536];
        let (head, body_from) = loop {
            let read = self.stream.read(&mut chunk).unwrap();
            self.answer.extend_from_slice(&chunk[..read]);
            if let Some(at) = self.answer.windows(4).position(|window| window == b"\r\n\r\n") {
                break (String::from_utf8(self.answer[..at].to_vec()).unwrap(), at + 4);
            }
        };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        let length = length.filter(|_| !head.starts_with("HTTP/1.1 304")).unwrap_or(0);
        while self.answer.len() < body_from + length {
            let read = self.stream.read(&mut chunk).unwrap();
            self.answer.extend_from_slice(&chunk[..read]);
        }
        (head[9..12].parse().unwrap(), head)
    }
}
