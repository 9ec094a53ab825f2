//! `/feed.xml` of 100 articles over loopback: requests a second, whole and narrowed, plain, packed and unchanged.
//!
//! With `BANTIN_BENCH_LISTEN=127.0.0.1:8081` it only serves, for `benches/serve-beside-nginx`.

#![allow(clippy::unwrap_used, missing_docs)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

use bantin::clock::Clock;
use bantin::config::Config;
use bantin::dedupe::MergeRules;
use bantin::harvest::decide;
use bantin::model::{Article, ArticleId, Published, SourceId};
use bantin::server::{App, listen, router};
use bantin::store::{Batch, Incoming, SledStore, Store};
use tokio_util::sync::CancellationToken;

const ARTICLES: usize = 100;

fn main() {
    match std::env::var("BANTIN_BENCH_LISTEN") {
        Ok(address) => {
            let server = serving(&address);
            println!("http://{}/feed.xml", server.address);
            std::thread::park();
        }
        Err(_) => divan::main(),
    }
}

fn incoming(n: usize, now: chrono::DateTime<chrono::Utc>) -> Incoming {
    let identity = format!("bao.example/{n}");
    let text = format!("Đoạn văn của tin số {n}. Người dân phấn khởi. ").repeat(20);
    Incoming {
        article: Article {
            id: ArticleId::of_address(&identity),
            source: SourceId::parse("bao").unwrap(),
            address: format!("https://{identity}"),
            title: format!("Tin số {n}"),
            lead: Some("Dẫn của tin.".to_owned()),
            html: format!("<p>{text}</p>"),
            text,
            author: None,
            agency: None,
            image: None,
            published: Published::default(),
            nudge_seconds: 0,
            first_seen: now,
            revised: now,
            also_in: Vec::new(),
            priority: 0,
            withdrawn: None,
            place: None,
        },
        first_pass: false,
        identities: vec![identity],
        number: None,
        guid: None,
        sketch: Vec::new(),
    }
}

struct Bench {
    _directory: tempfile::TempDir,
    _runtime: tokio::runtime::Runtime,
    address: SocketAddr,
}

fn serving(address: &str) -> Bench {
    let directory = tempfile::tempdir().unwrap();
    let clock = Clock::system();
    let store = SledStore::open(&directory.path().join("store")).unwrap();
    let config = Config::parse("bench", "[[source]]\nid = \"bao\"\nfeed = \"https://bao.example/rss\"\n").unwrap();
    let merge: MergeRules = config.merge;
    let articles = (0..ARTICLES).map(|n| incoming(n, clock.now())).collect();
    store.admit(Batch { articles, ..Batch::default() }, &|incoming, known| decide(incoming, known, &merge)).unwrap();
    let (_keep, config) = tokio::sync::watch::channel(Arc::new(config));
    let app = App::new(config, Arc::new(store), clock, tokio::sync::mpsc::channel(1).0);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let address = runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(listen(listener, router(app, axum::Router::new()), CancellationToken::new()));
        address
    });
    Bench { _directory: directory, _runtime: runtime, address }
}

/// Sends a request and reads the whole answer; its status and head.
fn ask(stream: &mut TcpStream, buffer: &mut Vec<u8>, path: &str, headers: &str) -> (u16, String) {
    write!(stream, "GET {path} HTTP/1.1\r\nHost: bench\r\n{headers}\r\n").unwrap();
    buffer.clear();
    let mut chunk = vec![0; 65536];
    let (head, body_from) = loop {
        let read = stream.read(&mut chunk).unwrap();
        buffer.extend_from_slice(&chunk[..read]);
        if let Some(at) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break (String::from_utf8(buffer[..at].to_vec()).unwrap(), at + 4);
        }
    };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    let length = length.filter(|_| !head.starts_with("HTTP/1.1 304")).unwrap_or(0);
    while buffer.len() < body_from + length {
        let read = stream.read(&mut chunk).unwrap();
        buffer.extend_from_slice(&chunk[..read]);
    }
    (head[9..12].parse().unwrap(), head)
}

fn bench(bencher: divan::Bencher, path: &str, headers: &str, status: u16) {
    let server = serving("127.0.0.1:0");
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut buffer = Vec::new();
    let (_, head) = ask(&mut stream, &mut buffer, path, "");
    let etag = head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().to_owned();
    let headers = headers.replace("ETAG", &etag);
    bencher.counter(divan::counter::ItemsCount::new(1usize)).bench_local(|| {
        assert_eq!(ask(&mut stream, &mut buffer, path, &headers).0, status);
    });
}

const PATHS: [&str; 2] = ["/feed.xml", "/sources/bao/feed.xml"];

#[divan::bench(args = PATHS)]
fn whole(bencher: divan::Bencher, path: &str) {
    bench(bencher, path, "", 200);
}

#[divan::bench(args = PATHS)]
fn gzip(bencher: divan::Bencher, path: &str) {
    bench(bencher, path, "Accept-Encoding: gzip\r\n", 200);
}

#[divan::bench(args = PATHS)]
fn brotli(bencher: divan::Bencher, path: &str) {
    bench(bencher, path, "Accept-Encoding: br\r\n", 200);
}

#[divan::bench(args = PATHS)]
fn unchanged(bencher: divan::Bencher, path: &str) {
    bench(bencher, path, "If-None-Match: ETAG\r\n", 304);
}
