//! Feeds are made once for all who ask, and take no more memory than they may.

use std::path::Path;
use std::process::Child;

use chrono::TimeDelta;

use crate::desk::{Desk, signal};
use crate::harness::{FakeSite, TestDaemon, article, client, listing, prose, source};

/// How often feeds of a kind were made so far.
async fn made(address: &str, kind: &str) -> u64 {
    let text = client().get(format!("http://{address}/metrics")).send().await.unwrap().text().await.unwrap();
    let start = format!("bantin_feeds_rendered_total{{kind=\"{kind}\"}} ");
    text.lines().find_map(|line| line.strip_prefix(&start)).map_or(0, |count| count.parse().unwrap())
}

/// A daemon whose sources have been read a moment ago, and that keeps feeds of up to so many bytes.
async fn daemon(desk: &Desk, cache_bytes: usize) -> (Child, String) {
    let text = std::fs::read_to_string(desk.file()).unwrap();
    let text = text.replacen("[server]\n", &format!("[server]\ncache = \"{cache_bytes}B\"\n"), 1);
    std::fs::write(desk.file(), text).unwrap();
    desk.daemon(&["run"]).await
}

/// Reads all stories; the length of the whole feed.
async fn feed_bytes(desk: &Desk) -> usize {
    assert!(desk.run(&["fetch"]).await.status.success());
    desk.run(&["feed", "--format", "rss"]).await.stdout.len()
}

async fn get(address: &str, path: &str) -> Vec<u8> {
    let answer = client().get(format!("http://{address}{path}")).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.bytes().await.unwrap().to_vec()
}

async fn ended(mut child: Child) {
    signal(&child, "TERM");
    tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_readers_at_once_have_one_feed_made() {
    let desk = Desk::with_stories(10).await;
    let room = 100 * feed_bytes(&desk).await;
    let (child, address) = daemon(&desk, room).await;
    for (path, kind) in [("/feed.xml", "common"), ("/sources/bao/feed.atom", "common"), ("/feed.json?q=tin", "rare")] {
        let before = made(&address, kind).await;
        let mut readers = tokio::task::JoinSet::new();
        for _ in 0..40 {
            let address = address.clone();
            readers.spawn(async move { get(&address, path).await });
        }
        let bodies = readers.join_all().await;
        assert!(bodies.len() == 40 && bodies.iter().all(|body| *body == bodies[0]), "{path}");
        assert_eq!(made(&address, kind).await - before, 1, "{path}");
    }
    ended(child).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_room_is_wanted_the_oldest_searches_go_and_the_feeds_of_all_stay() {
    let desk = Desk::with_stories(10).await;
    let room = 4 * feed_bytes(&desk).await;
    let (child, address) = daemon(&desk, room).await;
    let search = |n: usize| format!("/feed.xml?q=tin&limit={}", 100 + n);
    get(&address, "/feed.xml").await;
    let (common, rare) = (made(&address, "common").await, made(&address, "rare").await);
    for n in 0..20 {
        get(&address, &search(n)).await;
    }
    assert_eq!(made(&address, "rare").await - rare, 20);
    get(&address, "/feed.xml").await;
    get(&address, &search(19)).await;
    assert_eq!(made(&address, "common").await, common, "the feed of all is still there");
    assert_eq!(made(&address, "rare").await - rare, 20, "the newest search is still there");
    get(&address, &search(0)).await;
    assert_eq!(made(&address, "rare").await - rare, 21, "the oldest one is not");
    ended(child).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_finds_no_room_is_made_for_each_reader() {
    let desk = Desk::with_stories(2).await;
    let room = feed_bytes(&desk).await / 2;
    let (child, address) = daemon(&desk, room).await;
    let before = made(&address, "common").await;
    assert_eq!(get(&address, "/feed.xml").await, get(&address, "/feed.xml").await);
    assert_eq!(made(&address, "common").await - before, 2);
    ended(child).await;
}

#[tokio::test]
async fn what_readers_of_deltas_have_is_forgotten_where_room_is_wanted_the_oldest_first() {
    let site = FakeSite::start().await;
    site.page("/", listing(&[("/1.html", "Tin một")]));
    site.page("/1.html", article("Tin một", "10:08, 24/08/2026", "Dẫn một.", &[&prose(200, 1)]));
    let directory = std::sync::Arc::new(tempfile::tempdir().unwrap());
    // An eighth of it holds a few states of feeds with two items.
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\ncache = \"6KiB\"\n[store]\npath = {:?}\n[fetch]\nhost_gap = \"0s\"\n\
         allow_private = true\n{}",
        Path::new(directory.path()).join("store").to_str().unwrap(),
        source("bao", &site)
    );
    let clock = bantin::clock::Clock::fixed("2026-08-24T05:00:00Z".parse().unwrap());
    let daemon = TestDaemon::of(&text, directory, clock).await;
    daemon.harvest("bao").await;
    let had = daemon.get("/feed.json").await.headers()["etag"].to_str().unwrap().to_owned();
    site.page("/", listing(&[("/2.html", "Tin hai"), ("/1.html", "Tin một")]));
    site.page("/2.html", article("Tin hai", "11:00, 24/08/2026", "Dẫn hai.", &[&prose(200, 2)]));
    daemon.later(TimeDelta::minutes(1)).harvest("bao").await;
    let asked = [("a-im", "feed"), ("if-none-match", had.as_str())];
    assert_eq!(daemon.ask("/feed.json", &asked).await.status(), 226, "it is remembered");
    for path in ["/feed.xml", "/feed.atom", "/sources/bao/feed.xml", "/sources/bao/feed.atom", "/sources/bao/feed.json"]
    {
        assert_eq!(daemon.get(path).await.status(), 200);
    }
    assert_eq!(daemon.ask("/feed.json", &asked).await.status(), 200, "the whole, once it is forgotten");
    let newest = daemon.get("/sources/bao/feed.json").await.headers()["etag"].to_str().unwrap().to_owned();
    site.page("/", listing(&[("/3.html", "Tin ba"), ("/2.html", "Tin hai"), ("/1.html", "Tin một")]));
    site.page("/3.html", article("Tin ba", "11:30, 24/08/2026", "Dẫn ba.", &[&prose(200, 3)]));
    daemon.later(TimeDelta::minutes(1)).harvest("bao").await;
    let asked = [("a-im", "feed"), ("if-none-match", newest.as_str())];
    assert_eq!(daemon.ask("/sources/bao/feed.json", &asked).await.status(), 226, "the newest one is not");
}
