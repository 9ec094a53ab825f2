//! A feed that nobody has asked for before, narrowed and filtered out of a large store, over loopback.
//!
//! `BANTIN_ARTICLES=20000 cargo bench --bench selecting` asks for fewer than the usual 100,000.

#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/server.rs"]
mod server;
mod support;

use std::sync::OnceLock;

use bantin::model::PROVINCES;
use server::{Client, Server, serving};
use support::SOURCES;

const ARTICLES: usize = 100_000;
const PLAIN: &str = "";
const GZIP: &str = "Accept-Encoding: gzip\r\n";

fn main() {
    divan::main();
}

/// How many articles there are.
fn articles() -> usize {
    std::env::var("BANTIN_ARTICLES").map_or(ARTICLES, |count| count.parse().unwrap())
}

/// The store, made once.
fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| serving(articles()))
}

/// Asks for addresses that were never asked for: `path` makes one of a number, whose limit nobody else gives.
fn fresh(bencher: divan::Bencher, headers: &str, path: impl Fn(usize) -> String) {
    static LIMIT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(101);
    let mut client = Client::of(server());
    let mut n = 0;
    let address = || {
        n += 1;
        let limit = LIMIT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let path = path(n);
        let join = if path.contains('?') { '&' } else { '?' };
        // Beyond 999 it is as good as none, and the number of the source or word makes the address.
        format!("{path}{join}limit={}", 101 + limit % 899)
    };
    bencher.with_inputs(address).bench_local_refs(|path| assert_eq!(client.ask(path, headers).0, 200));
}

#[divan::bench(args = [PLAIN, GZIP])]
fn of_a_source(bencher: divan::Bencher, headers: &str) {
    fresh(bencher, headers, |n| format!("/sources/bao{}/feed.xml", n % SOURCES));
}

#[divan::bench(args = [PLAIN, GZIP])]
fn of_a_province(bencher: divan::Bencher, headers: &str) {
    fresh(bencher, headers, |n| format!("/provinces/{}/feed.xml", PROVINCES[n % PROVINCES.len()].slug));
}

#[divan::bench(args = [PLAIN, GZIP])]
fn of_a_subject_since_a_day(bencher: divan::Bencher, headers: &str) {
    fresh(bencher, headers, |n| format!("/feed.xml?category=muc-{}&since=2020-01-01", n % 5));
}

#[divan::bench(args = [PLAIN])]
fn of_the_last_hours(bencher: divan::Bencher, headers: &str) {
    fresh(bencher, headers, |_| "/feed.xml?since=8h".to_owned());
}

#[divan::bench(args = [PLAIN])]
fn with_a_word_that_many_have(bencher: divan::Bencher, headers: &str) {
    fresh(bencher, headers, |n| format!("/feed.xml?q=nuoc{}", n % 5));
}

#[divan::bench(args = [PLAIN], sample_count = 10)]
fn with_a_word_that_one_has(bencher: divan::Bencher, headers: &str) {
    fresh(bencher, headers, |n| format!("/feed.xml?q=rieng{}", articles() - n * 100));
}
