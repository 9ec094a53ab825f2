//! What it costs to decide on one article against many stored ones, and how many bytes of index each of them takes.
//!
//! `BANTIN_ARTICLES=1000000 cargo bench --bench decide` asks for more than the usual 20,000.

#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::OnceLock;

use bantin::dedupe::{MergeMode, MergeRules, sketch};
use bantin::harvest::decide;
use bantin::model::{Article, ArticleId, SourceId};
use bantin::store::{Batch, Incoming, SledStore, Store};
use chrono::{DateTime, TimeDelta, Utc};
use divan::black_box;

const ARTICLES: u64 = 20_000;
const BATCH_ARTICLES: u64 = 500;
const WORDS: u64 = 250;
/// Of an article's filing its sketch takes a byte and 4 a number; in memory 16 bytes and 8 a number.
const ARTICLE_BYTES: usize = 1 + 16;
const NUMBER_BYTES: usize = 4 + 8;

const RULES: MergeRules = MergeRules { mode: MergeMode::Merge, window: TimeDelta::days(7) };

fn main() {
    let kept: Vec<usize> = (0..1_000).map(|n| ARTICLE_BYTES + incoming(n).sketch.len() * NUMBER_BYTES).collect();
    println!("index: {} bytes an article in the mean of {}", kept.iter().sum::<usize>() / kept.len(), kept.len());
    divan::main();
}

/// The next number of a linear congruential row.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// A text of words that are the rarer the longer they are, as in news; every tenth article ends in the same notice.
fn text(n: u64) -> String {
    let mut state = n;
    let mut words: Vec<String> = (0..WORDS)
        .map(|_| {
            let (a, b) = (next(&mut state) % 3_000, next(&mut state) % 3_000);
            format!("t{}", a * b / 3_000)
        })
        .collect();
    if n.is_multiple_of(10) {
        words.extend((0..60).map(|word| format!("chung{word}")));
    }
    words.join(" ")
}

fn incoming(n: u64) -> Incoming {
    let identity = format!("bao{}.example/{n}", n % 200);
    let text = text(n);
    let seen = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(1_787_000_000 + i64::try_from(n / 10).unwrap());
    let source = SourceId::parse(&format!("bao{}", n % 200)).unwrap();
    let (id, address, title) = (ArticleId::of_address(&identity), format!("https://{identity}"), text[..40].to_owned());
    let article = Article { text, ..Article::bare(id, source, address, title, seen) };
    Incoming { sketch: sketch(None, &article.text), ..Incoming::of(article, vec![identity]) }
}

/// A store of so many articles, made once.
fn store() -> &'static SledStore {
    static STORE: OnceLock<(SledStore, tempfile::TempDir)> = OnceLock::new();
    let (store, _) = STORE.get_or_init(|| {
        let articles = std::env::var("BANTIN_ARTICLES").map_or(ARTICLES, |count| count.parse().unwrap());
        let directory = tempfile::tempdir().unwrap();
        let store = SledStore::open(directory.path()).unwrap();
        for first in (0..articles).step_by(usize::try_from(BATCH_ARTICLES).unwrap()) {
            let articles = (first..first + BATCH_ARTICLES).map(incoming).collect();
            let batch = Batch { articles, ..Batch::default() };
            store.admit(&[batch], &|incoming, known| decide(incoming, known, &RULES)).unwrap();
        }
        (store, directory)
    });
    store
}

fn decided(bencher: divan::Bencher, first: u64) {
    let store = store();
    let mut n = first;
    let fresh = || {
        n += 1;
        incoming(n)
    };
    bencher.with_inputs(fresh).bench_local_values(|incoming| {
        let known = store.known(&incoming).unwrap();
        decide(black_box(&incoming), &known, &RULES)
    });
}

#[divan::bench]
fn deciding_on_a_new_article(bencher: divan::Bencher) {
    decided(bencher, 1 << 40);
}

#[divan::bench]
fn deciding_on_a_copy(bencher: divan::Bencher) {
    let store = store();
    let mut n = 0;
    let copy = || {
        n += 7;
        let mut copy = incoming(n);
        copy.identities = vec![format!("khac.example/{n}")];
        copy.article.id = ArticleId::of_address(&copy.identities[0]);
        copy
    };
    bencher.with_inputs(copy).bench_local_values(|incoming| {
        let known = store.known(&incoming).unwrap();
        decide(black_box(&incoming), &known, &RULES)
    });
}
