//! A search finds what reading all stories would find, however many of them are indexed by their words.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::{Duration, Instant};

use bantin::edition::Query;
use bantin::model::{Article, ArticleId, How, Joined};
use bantin::store::{Batch, Decision, Incoming, LiveStore, Store};

use crate::care::rounds;
use crate::damage::database;
use crate::desk::{Desk, copy};
use crate::store::{at, source};

/// Words of a long story: six of them fill a segment of the index.
const WORDS: usize = 25_000;
/// Enough for eight segments, which are made one, and some more.
const STORIES: usize = 56;

fn told(n: usize, paper: &str, text: String) -> Incoming {
    let identity = format!("{paper}.example/{n}");
    let (id, address) = (ArticleId::of_address(&identity), format!("https://{identity}"));
    let seen = at(i64::try_from(n).unwrap());
    let article = Article { text, ..Article::bare(id, source(paper), address, format!("Tin số {n}"), seen) };
    Incoming::of(article, vec![identity])
}

fn story(n: usize, own: &str, words: usize) -> Incoming {
    let others: String = (0..words).map(|word| format!(" {n}x{word}")).collect();
    told(n, "mot", format!("Chung và {own}{others}"))
}

fn keep(store: &LiveStore, articles: Vec<Incoming>, decision: impl Fn(Article) -> Decision) {
    let batch = Batch { articles, ..Batch::default() };
    store.admit(&[batch], &|incoming, _| decision(incoming.article.clone()).into()).unwrap();
}

fn opened(directory: &Path) -> LiveStore {
    LiveStore::open(&directory.join("store")).unwrap()
}

fn id(n: usize) -> ArticleId {
    told(n, "mot", String::new()).article.id
}

/// What is found, and how many stories were looked at for it.
fn found(store: &LiveStore, query: &str) -> (Vec<ArticleId>, usize) {
    let query = Query::parse(query);
    let (mut found, mut looked_at) = (Vec::new(), 0);
    let mut visit = |article: Article| {
        looked_at += 1;
        found.extend(query.finds(&article).then_some(article.id));
        ControlFlow::Continue(())
    };
    store.search(&query.sought(), None, &mut visit).unwrap();
    (found, looked_at)
}

/// How many segments are whole: the stories of one stand under `x` and its number.
fn segments(db: &sled::Db) -> usize {
    db.scan_prefix("x").keys().map(Result::unwrap).filter(|key| key.len() == 9).count()
}

#[track_caller]
fn check(store: &LiveStore, query: &str, stories: &[usize]) {
    let stories: Vec<ArticleId> = stories.iter().map(|n| id(*n)).collect();
    assert_eq!(found(store, query).0, stories, "{query}");
}

#[test]
fn an_index_leads_to_the_stories_that_hold_a_word_and_to_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let store = opened(directory.path());
    keep(&store, (0..STORIES).map(|n| story(n, &format!("riêng{n}"), WORDS)).collect(), Decision::New);
    let looks = |store: &LiveStore, is_indexed: bool| {
        for n in [0, 5, 17, STORIES - 1] {
            for query in [format!("rieng{n}"), format!("RIÊNG{n} chung"), format!("\"và riêng{n}\""), format!("{n}x7")]
            {
                let (stories, looked_at) = found(store, &query);
                assert_eq!(stories, [id(n)], "{query}");
                assert!(!is_indexed || looked_at == 1, "{query}: {looked_at}");
            }
        }
        check(store, "riêng rieng5", &[]);
        check(store, "rièng5", &[]);
        check(store, "rieng5 -chung", &[]);
        assert_eq!(found(store, "chung").0.len(), STORIES);
        assert_eq!(found(store, "-rieng5").0.len(), STORIES - 1);
    };
    looks(&store, false);
    while store.index_words().unwrap() {}
    looks(&store, true);
    drop(store);
    let store = opened(directory.path());
    while store.index_words().unwrap() {}
    looks(&store, true);
    store.compact().unwrap();
    looks(&store, true);
}

#[test]
fn a_story_is_found_by_the_words_that_it_has_now() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = opened(directory.path());
    keep(&store, (0..14).map(|n| story(n, &format!("riêng{n}"), WORDS)).collect(), Decision::New);
    while store.index_words().unwrap() {}
    // One is written anew, and one told more fully by another paper.
    keep(&store, vec![story(3, "sửa lại", 5)], Decision::Revised);
    let fuller = told(90, "hai", format!("đầy đủ {}", "từng chữ ".repeat(3 * WORDS)));
    keep(&store, vec![fuller], |article| Decision::Copy {
        article,
        of: vec![id(4)],
        joined: Joined { how: How::Alike, score_percent: 90 },
    });
    for step in ["as written", "opened again", "indexed", "indexed and opened again", "all in segments"] {
        check(&store, "sửa", &[3]);
        check(&store, "rieng3", &[]);
        check(&store, "\"day du\"", &[4]);
        check(&store, "rieng4", &[]);
        check(&store, "rieng5", &[5]);
        match step {
            "opened again" => while store.index_words().unwrap() {},
            "indexed and opened again" => {
                keep(&store, (20..34).map(|n| story(n, "mới", WORDS)).collect(), Decision::New);
                while store.index_words().unwrap() {}
            }
            _ => {}
        }
        drop(store);
        store = opened(directory.path());
    }
    // Its fuller page is taken down, and the other one shown.
    let page = "https://hai.example/90".parse().unwrap();
    let gone = Batch { gone: vec![(page, at(100))], ..Batch::default() };
    store.admit(&[gone], &|_, _| unreachable!()).unwrap();
    check(&store, "rieng4", &[4]);
    check(&store, "\"day du\"", &[]);
    // Taken apart again, each is found by its own words.
    let parts = store.split(id(4), None).unwrap();
    check(&store, "rieng4", &[4]);
    assert_eq!(found(&store, "\"day du\"").0, parts);
    assert!(store.prune(at(6)).unwrap() > 0);
    for query in ["sua", "rieng4", "rieng5"] {
        check(&store, query, &[]);
    }
    check(&store, "rieng6", &[6]);
}

#[test]
fn what_is_dropped_leaves_the_index() {
    let directory = tempfile::tempdir().unwrap();
    let store = opened(directory.path());
    let newer = |from: usize| keep(&store, (from..from + 7).map(|n| story(n, "mới", WORDS)).collect(), Decision::New);
    newer(0);
    while store.index_words().unwrap() {}
    assert_eq!(store.prune(at(7)).unwrap(), 7);
    newer(20);
    while store.index_words().unwrap() {}
    drop(store);
    let db = database(&directory.path().join("store"));
    assert_eq!(segments(&db), 1, "segments");
    assert_eq!(db.scan_prefix("m").count(), 0, "marks");
}

#[test]
fn stories_that_are_not_indexed_yet_are_found() {
    let directory = tempfile::tempdir().unwrap();
    let store = opened(directory.path());
    keep(&store, (0..2_500).map(|n| story(n, &format!("riêng{n}"), 1)).collect(), Decision::New);
    check(&store, "rieng3", &[3]);
    check(&store, "rieng2400", &[2_400]);
    keep(&store, vec![story(3, "sửa", 1)], Decision::Revised);
    check(&store, "rieng3", &[]);
    check(&store, "sua", &[3]);
}

#[test]
fn a_part_of_the_index_that_was_lost_hides_no_story() {
    // Entries under `x` and a number: the stories of a segment, and with one byte more a bucket of their words.
    for (lost, keys) in [("a bucket", 10), ("a list of stories", 9)] {
        let directory = tempfile::tempdir().unwrap();
        let store = opened(directory.path());
        keep(&store, (0..14).map(|n| story(n, &format!("riêng{n}"), WORDS)).collect(), Decision::New);
        while store.index_words().unwrap() {}
        drop(store);
        let db = database(&directory.path().join("store"));
        let entries: Vec<_> = db.scan_prefix("x").keys().map(Result::unwrap).filter(|key| key.len() == keys).collect();
        assert!(!entries.is_empty(), "{lost}");
        for key in entries {
            db.remove(key).unwrap();
        }
        db.flush().unwrap();
        drop(db);
        let store = opened(directory.path());
        for step in ["as found", "indexed again"] {
            for n in 0..14 {
                check(&store, &format!("rieng{n} chung"), &[n]);
            }
            assert_eq!(found(&store, "chung").0.len(), 14, "{lost}, {step}");
            while store.index_words().unwrap() {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_while_words_are_indexed_hides_no_story() {
    let desk = Desk::with_stories(0).await;
    let [data, kept, torn] = ["data", "kept", "torn"].map(|name| desk.directory.path().join(name));
    let bytes = || std::fs::metadata(data.join("db")).unwrap().len();
    // Seven segments, and stories for the eighth one, with which all are made one.
    let store = LiveStore::open(&data).unwrap();
    for first in (0..48).step_by(6) {
        while store.index_words().unwrap() {}
        keep(&store, (first..first + 6).map(|n| story(n, &format!("riêng{n}"), WORDS)).collect(), Decision::New);
    }
    drop(store);
    copy(&data, &kept);
    let before = bytes();
    let store = LiveStore::open(&data).unwrap();
    while store.index_words().unwrap() {}
    drop(store);
    let growth = bytes() - before;
    assert_eq!((segments(&database(&kept)), segments(&database(&data))), (7, 1));
    let mut left = Vec::new();
    for round in 0..rounds().div_ceil(4) {
        std::fs::remove_dir_all(&data).unwrap();
        copy(&kept, &data);
        let (mut child, _) = desk.daemon(&["run"]).await;
        let (started, until) = (Instant::now(), before + growth * (100 + round * 618 % 600) / 1_000);
        while bytes() <= until {
            assert!(started.elapsed() < Duration::from_secs(30), "the daemon indexes no words");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        copy(&data, &torn);
        let store = LiveStore::open(&data).unwrap();
        for n in [0, 17, 47] {
            check(&store, &format!("rieng{n}"), &[n]);
        }
        while store.index_words().unwrap() {}
        for n in 0..48 {
            assert_eq!(found(&store, &format!("rieng{n}")), (vec![id(n)], 1), "round {round}, {left:?}");
        }
        // Not before, since it opens the database without the store's own care.
        left.push(segments(&database(&torn)));
        std::fs::remove_dir_all(&torn).unwrap();
    }
    assert!(left.iter().any(|segments| *segments > 1), "no round was killed while it wrote: {left:?}");
}
