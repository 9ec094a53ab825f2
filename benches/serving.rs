//! A feed that is rendered already, over loopback: requests a second, whole and narrowed, plain, packed and unchanged.

#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/server.rs"]
mod server;
mod support;

use server::{Client, serving};

const ARTICLES: usize = 100;

fn main() {
    divan::main();
}

fn bench(bencher: divan::Bencher, path: &str, headers: &str, status: u16) {
    let server = serving(ARTICLES);
    let mut client = Client::of(&server);
    let (_, head) = client.ask(path, "");
    let etag = head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap().to_owned();
    let headers = headers.replace("ETAG", &etag);
    bencher.counter(divan::counter::ItemsCount::new(1usize)).bench_local(|| {
        assert_eq!(client.ask(path, &headers).0, status);
    });
}

const PATHS: [&str; 2] = ["/feed.xml", "/sources/bao1/feed.xml"];

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
