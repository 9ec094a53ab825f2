//! A store of made-up articles by two hundred sources.

use std::fmt::Write as _;

use bantin::config::Config;
use bantin::model::{Article, ArticleId, PROVINCES, SourceId};
use bantin::store::{Batch, Decision, Incoming, LiveStore, Store};
use chrono::{DateTime, TimeDelta, Utc};

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

/// The article of a number; the newest of so many is `newest`, and those behind it are of after that.
pub fn incoming(n: usize, newest: DateTime<Utc>, articles: usize) -> Incoming {
    let identity = format!("bao{}.example/{n}", n % SOURCES);
    let text = text(n);
    let before = i32::try_from(articles).unwrap() - i32::try_from(n).unwrap();
    let seen = newest - GAP * before;
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

/// Two hundred sources, of all provinces and five subjects, behind other tables of the file.
pub fn config(tables: &str) -> Config {
    let mut text = tables.to_owned();
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

/// A store of so many articles, the newest of them of `now`.
pub fn filled(articles: usize, now: DateTime<Utc>) -> (tempfile::TempDir, LiveStore) {
    let directory = tempfile::tempdir().unwrap();
    let store = LiveStore::open(&directory.path().join("store")).unwrap();
    for first in (0..articles).step_by(BATCH_ARTICLES) {
        let batch = (first..articles.min(first + BATCH_ARTICLES)).map(|n| incoming(n, now, articles)).collect();
        admit(&store, batch);
    }
    while store.index_words().unwrap() {}
    (directory, store)
}

/// Admits articles as new ones.
pub fn admit(store: &LiveStore, articles: Vec<Incoming>) {
    let batch = Batch { articles, ..Batch::default() };
    store.admit(&[batch], &|incoming, _| Decision::New(incoming.article.clone()).into()).unwrap();
}
