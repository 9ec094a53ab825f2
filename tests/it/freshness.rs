//! What is said of a feed's age holds for the bytes that it comes with.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bantin::clock::Clock;
use bantin::config::Config;
use bantin::server::{App, Door, listen};
use bantin::store::SledStore;
use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use crate::harness::client;
use crate::http::paper;

/// A configuration with a title whose only source is read in such a rhythm.
fn config(title: &str, schedule: &str) -> Config {
    let text = format!(
        "[site]\ntitle = \"{title}\"\n[[source]]\nid = \"bao\"\nschedule = \"{schedule}\"\nfeed = \"https://bao.example/rss\"\n"
    );
    Config::parse("feeds.toml", &text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn however_often_the_configuration_changes_a_feed_is_as_fresh_as_the_one_it_was_made_by_says() {
    let often = || Arc::new(config("Tin nhanh", "* * * * *"));
    let seldom = || Arc::new(config("Tin chậm", "*/20 * * * *"));
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(SledStore::open(directory.path()).unwrap());
    let (change, current) = tokio::sync::watch::channel(often());
    let app = App::new(current, store, Clock::system(), tokio::sync::mpsc::channel(1).0);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let serving = tokio::spawn(listen(listener, Door::new(app, axum::Router::new()), stop.clone()));
    let done = Arc::new(AtomicBool::new(false));
    let ended = done.clone();
    let changing = std::thread::spawn(move || {
        while !ended.load(Ordering::Relaxed) {
            change.send_replace(seldom());
            change.send_replace(often());
        }
    });
    let client = client();
    for n in 0..200 {
        let path = ["/feed.xml", "/opml.xml", "/feed.json?q=tin"][n % 3];
        let answer = client.get(format!("http://{address}{path}")).send().await.unwrap();
        let age = answer.headers()["cache-control"].to_str().unwrap().to_owned();
        let body = answer.text().await.unwrap();
        let wanted = if body.contains("Tin nhanh") { "public, max-age=30" } else { "public, max-age=600" };
        assert_eq!(age, wanted, "{path} {body}");
    }
    done.store(true, Ordering::Relaxed);
    tokio::task::spawn_blocking(move || changing.join().unwrap()).await.unwrap();
    stop.cancel();
    serving.await.unwrap();
}

#[tokio::test]
async fn a_feed_that_counts_from_now_is_told_by_its_tag_alone() {
    let (_site, daemon) = paper().await;
    let path = "/feed.json?since=4h";
    let first = daemon.get(path).await;
    let tag = first.headers()["etag"].to_str().unwrap().to_owned();
    assert!(!first.headers().contains_key("last-modified"), "{:?}", first.headers());
    assert!(daemon.get("/feed.json").await.headers().contains_key("last-modified"), "others have one");
    let later = "Mon, 24 Aug 2026 06:30:00 GMT";
    daemon.later(TimeDelta::minutes(10));
    assert_eq!(daemon.ask(path, &[("if-none-match", &tag)]).await.status(), 304, "nothing has gone");
    assert_eq!(daemon.ask(path, &[("if-modified-since", later)]).await.status(), 200);
    daemon.later(TimeDelta::minutes(80));
    assert_eq!(daemon.titles(path).await, ["Tin một"], "the other one is too old by now");
    for told in [("if-modified-since", later), ("if-none-match", tag.as_str())] {
        assert_eq!(daemon.ask(path, &[told]).await.status(), 200, "{told:?}");
    }
}
