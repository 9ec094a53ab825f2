//! A feed of 1,000 items when there is one story more: made anew, and from the one before it.

#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use bantin::config::Config;
use bantin::edition::{Before, Desk, FeedAddress};
use bantin::publish::{Format, render};
use bantin::store::LiveStore;
use chrono::{DateTime, Utc};
use divan::Bencher;
use support::{admit, config, filled, incoming};

const ARTICLES: usize = 20_000;
const ONE_THOUSAND: &str = "[site]\nitems = 1000\nmax_items = 1000\n";

fn main() {
    divan::main();
}

struct Paper {
    _directory: tempfile::TempDir,
    store: LiveStore,
    config: Config,
    now: DateTime<Utc>,
    articles: AtomicUsize,
}

impl Paper {
    /// The same for all, made once.
    fn get() -> &'static Self {
        static PAPER: OnceLock<Paper> = OnceLock::new();
        PAPER.get_or_init(|| {
            let now = DateTime::from_timestamp(1_787_000_000, 0).unwrap();
            let (directory, store) = filled(ARTICLES, now);
            let (config, articles) = (config(ONE_THOUSAND), AtomicUsize::new(ARTICLES));
            Self { _directory: directory, store, config, now, articles }
        })
    }

    fn prints_one_more(&self) {
        let n = self.articles.fetch_add(1, Ordering::Relaxed);
        admit(&self.store, vec![incoming(n, self.now, ARTICLES)]);
    }

    fn desk(&self) -> Desk<'_> {
        let Config { site, sources, zone, .. } = &self.config;
        Desk { site, sources, zone: *zone, store: &self.store, now: self.now }
    }
}

#[divan::bench(args = Format::ALL)]
fn anew(bencher: Bencher, format: Format) {
    let (paper, address) = (Paper::get(), FeedAddress::default());
    bencher
        .with_inputs(|| paper.prints_one_more())
        .bench_local_values(|()| render(&paper.desk().feed(&address).unwrap(), format));
}

#[divan::bench(args = Format::ALL)]
fn from_the_one_before(bencher: Bencher, format: Format) {
    let (paper, address) = (Paper::get(), FeedAddress::default());
    let mut before = Before::default();
    bencher.with_inputs(|| paper.prints_one_more()).bench_local_values(|()| {
        let (document, after) = paper.desk().edition(&address, format, &before).unwrap().write();
        before = after;
        document
    });
}
