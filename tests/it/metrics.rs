//! `/metrics` and the health probes of the real daemon.

use std::collections::{BTreeMap, BTreeSet};

use crate::care::stop;
use crate::desk::{Desk, signal, wait_for};
use crate::harness::{FakeSite, article, client, listing, prose, source};

async fn metrics(address: &str) -> String {
    let answer = client().get(format!("http://{address}/metrics")).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    answer.text().await.unwrap()
}

/// The rules of `promtool check metrics`, on what a daemon that has read and served says.
#[track_caller]
fn keeps_the_conventions(text: &str) {
    let mut kinds: BTreeMap<&str, &str> = BTreeMap::new();
    let mut helped: BTreeSet<&str> = BTreeSet::new();
    for line in text.lines() {
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            assert!(kinds.insert(name, kind).is_none(), "{name} has two types");
        } else if let Some((name, help)) = line.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' ')) {
            assert!(!help.is_empty(), "{name} has no help");
            helped.insert(name);
        } else if !line.is_empty() {
            let name = line.split(['{', ' ']).next().unwrap();
            let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
            let known = kinds.contains_key(name) || base.is_some_and(|base| kinds.get(base) == Some(&"histogram"));
            assert!(known, "{name} has no type");
            line.rsplit(' ').next().unwrap().parse::<f64>().unwrap();
        }
    }
    assert!(kinds.len() >= 15, "{kinds:?}");
    for (name, kind) in &kinds {
        assert!(helped.contains(name), "{name} has no help");
        assert!(name.starts_with("bantin_") && name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}");
        assert_eq!(name.ends_with("_total"), *kind == "counter", "{name} is a {kind}");
        let words: Vec<&str> = name.split('_').collect();
        for word in ["counter", "gauge", "histogram", "summary"] {
            assert!(!words.contains(&word), "{name} names its type");
        }
        for unit in ["milliseconds", "ms", "minutes", "kilobytes", "kb", "percent"] {
            assert!(!words.contains(&unit), "{name} is in no base unit");
        }
        for unit in ["seconds", "bytes"] {
            let end = name.strip_suffix("_total").unwrap_or(name);
            assert!(!words.contains(&unit) || end.ends_with(unit), "{name} does not end in its unit");
        }
        assert!(*kind != "histogram" || name.ends_with("_seconds") || name.ends_with("_bytes"), "{name} has no unit");
        assert!(!["_count", "_sum", "_bucket"].iter().any(|end| name.ends_with(end)), "{name} ends like a part");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_and_served_is_counted_by_the_conventions() {
    let desk = Desk::with_stories(3).await;
    let nobody = "[[source]]\nid = \"hong\"\nfeed = \"http://127.0.0.1:1/rss\"\n";
    desk.configure(&(source("bao", &desk.site) + nobody));
    let (mut child, address) = desk.daemon(&["run"]).await;
    wait_for(&format!("http://{address}/feed.json"), |body| body.matches("\"title\": \"Tin số").count() == 3).await;
    wait_for(&format!("http://{address}/metrics"), |body| body.matches("bantin_harvests_total{").count() == 2).await;
    let missing = client().get(format!("http://{address}/nowhere")).send().await.unwrap();
    assert_eq!(missing.status(), 404);
    let text = metrics(&address).await;
    for line in [
        "bantin_harvests_total{source=\"bao\",result=\"done\"} 1",
        "bantin_harvests_total{source=\"hong\",result=\"failed\"} 1",
        "bantin_articles_total{source=\"bao\",decision=\"new\"} 3",
        "bantin_articles_total{source=\"bao\",decision=\"revised\"} 0",
        "bantin_http_requests_total{kind=\"page\",status=\"404\"} 1",
        "bantin_fetch_requests_total{result=\"page\"} 4",
        "bantin_source_healthy{source=\"bao\"} 1",
        "bantin_source_healthy{source=\"hong\"} 0",
        "bantin_source_last_success_timestamp_seconds{source=\"hong\"} 0",
        "bantin_store_stories 3",
        "bantin_store_writable 1",
        "bantin_schedule_running_harvests 0",
        concat!("bantin_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1"),
    ] {
        assert!(text.lines().any(|own| own == line), "{line} in {text}");
    }
    assert!(text.contains("bantin_store_operation_duration_seconds_bucket{operation=\"admit\",le=\"+Inf\"}"), "{text}");
    keeps_the_conventions(&text);
    // What the dashboard and the alerts ask for is there.
    let known: BTreeSet<&str> = text.split(|c: char| !(c.is_ascii_lowercase() || c == '_')).collect();
    for file in [include_str!("../../docs/grafana.json"), include_str!("../../docs/alerts.yml")] {
        let asked =
            file.split(|c: char| !(c.is_ascii_lowercase() || c == '_')).filter(|word| word.starts_with("bantin_"));
        let asked: Vec<&str> = asked.filter(|name| !name.starts_with("bantin_publication")).collect();
        assert!(asked.len() > 2 && asked.iter().all(|name| known.contains(name)), "{asked:?}");
    }
    serde_json::from_str::<serde_json::Value>(include_str!("../../docs/grafana.json")).unwrap();
    signal(&child, "TERM");
    tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
}

/// How many observations a histogram has.
fn observations(text: &str, name: &str) -> u64 {
    let start = format!("{name}_count ");
    text.lines().find_map(|line| line.strip_prefix(&start)).map_or(0, |count| count.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_new_story_s_wait_for_the_feed_is_told_once() {
    const WAIT: &str = "bantin_admission_to_feed_seconds";
    let desk = Desk::with_stories(3).await;
    assert!(desk.run(&["fetch"]).await.status.success());
    let other = FakeSite::start().await;
    other.page("/", listing(&[("/1.html", "Cầu mới qua sông"), ("/2.html", "Lịch cắt điện")]));
    other.page("/1.html", article("Cầu mới qua sông", "10:08, 24/08/2020", "Dẫn cầu.", &[&prose(200, 71)]));
    other.page("/2.html", article("Lịch cắt điện", "10:09, 24/08/2020", "Dẫn điện.", &[&prose(200, 93)]));
    desk.configure(&(source("bao", &desk.site) + &source("moi", &other)));
    let (mut child, address) = desk.daemon(&["run"]).await;
    let at = |path: &str| format!("http://{address}/{path}");
    wait_for(&at("metrics"), |body| body.contains("bantin_articles_total{source=\"moi\",decision=\"new\"} 2")).await;
    for path in ["sources/moi/feed.json", "feed.json?q=cau", "archive/2020/08.json"] {
        assert_eq!(client().get(at(path)).send().await.unwrap().status(), 200);
        assert_eq!(observations(&metrics(&address).await, WAIT), 0, "{path} is not the feed of everything");
    }
    for path in ["feed.json", "feed.xml", "feed.atom", "feed.json"] {
        let body = client().get(at(path)).send().await.unwrap().text().await.unwrap();
        assert!(body.contains("Cầu mới qua sông") && body.contains("Tin số 1"), "{body}");
        assert_eq!(observations(&metrics(&address).await, WAIT), 2, "two are new, three were there before the start");
    }
    let text = metrics(&address).await;
    assert!(text.contains(&format!("{WAIT}_bucket{{le=\"3600\"}} 2")), "{text}");
    keeps_the_conventions(&text);
    signal(&child, "TERM");
    tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
}

/// How many items of feeds were written anew, and how many were kept.
async fn items(address: &str) -> [u64; 2] {
    let text = metrics(address).await;
    ["anew", "kept"].map(|how| {
        let start = format!("bantin_feed_items_total{{written=\"{how}\"}} ");
        text.lines().find_map(|line| line.strip_prefix(&start)).map_or(0, |count| count.parse().unwrap())
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_keeps_what_has_not_changed_and_nothing_of_another_configuration() {
    let desk = Desk::with_stories(3).await;
    let (late, listener) = FakeSite::closed().await;
    late.page("/", listing(&[("/moi.html", "Cầu mới qua sông")]));
    late.page("/moi.html", article("Cầu mới qua sông", "10:08, 24/08/2020", "Dẫn cầu.", &[&prose(200, 71)]));
    desk.configure(&(source("bao", &desk.site) + &source("moi", &late)));
    let (child, address) = desk.daemon(&["run"]).await;
    let read = async || client().get(format!("http://{address}/feed.xml")).send().await.unwrap().text().await.unwrap();
    let told = async |source: &str, count: usize| {
        let line = format!("bantin_articles_total{{source=\"{source}\",decision=\"new\"}} {count}\n");
        wait_for(&format!("http://{address}/metrics"), |body| body.contains(&line)).await
    };
    told("bao", 3).await;
    assert_eq!(read().await.matches("<item>").count(), 3);
    assert_eq!(items(&address).await, [3, 0], "the first feed");
    late.open(listener);
    told("moi", 1).await;
    assert_eq!(read().await.matches("<item>").count(), 4);
    assert_eq!(items(&address).await, [3 + 1, 3], "one story more");
    desk.configure(&(source("bao", &desk.site) + &source("moi", &desk.site)).replace("Báo bao", "Báo làng"));
    signal(&child, "HUP");
    let feed = wait_for(&format!("http://{address}/feed.xml"), |body| body.contains("Báo làng")).await;
    assert!(!feed.contains("Báo bao"), "{feed}");
    stop(child).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_was_taken_out_is_no_longer_told_of() {
    let desk = Desk::with_stories(1).await;
    let nobody = "[[source]]\nid = \"hong\"\nfeed = \"http://127.0.0.1:1/rss\"\n";
    desk.configure(&(source("bao", &desk.site) + nobody));
    let (mut child, address) = desk.daemon(&["run"]).await;
    let known = |text: &str, id: &str| text.matches(&format!("{{source=\"{id}\"}}")).count();
    let address = format!("http://{address}/metrics");
    let text = wait_for(&address, |body| body.matches("bantin_harvests_total{").count() == 2).await;
    assert_eq!(known(&text, "hong"), 2, "health and last success");
    desk.configure(&source("bao", &desk.site));
    signal(&child, "HUP");
    let text = wait_for(&address, |body| known(body, "hong") == 0).await;
    assert_eq!(known(&text, "bao"), 2, "{text}");
    assert!(text.contains("bantin_harvests_total{source=\"hong\",result=\"failed\"} 1"), "counters count on: {text}");
    signal(&child, "TERM");
    tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_lives_and_is_ready_once_it_serves_and_says_which_source_is_not_well() {
    let desk = Desk::with_stories(2).await;
    let nobody = "[[source]]\nid = \"hong\"\nfeed = \"http://127.0.0.1:1/rss\"\n";
    desk.configure(&(source("bao", &desk.site) + nobody));
    let (mut child, address) = desk.daemon(&["run"]).await;
    wait_for(&format!("http://{address}/metrics"), |body| body.matches("bantin_harvests_total{").count() == 2).await;
    for (path, wanted) in [("live", "alive\n"), ("ready", "ready\n")] {
        let answer = client().get(format!("http://{address}/health/{path}")).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (200, wanted));
    }
    let asked = desk.run(&["status", "--check", "--json"]).await;
    signal(&child, "TERM");
    tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
    let alone = desk.run(&["status", "--check", "--json"]).await;
    for out in [asked, alone] {
        assert_eq!(out.status.code(), Some(1), "{out:?}");
        let rows: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
        assert_eq!((rows.as_array().unwrap().len(), &rows[0]["id"]), (1, &"hong".into()));
        assert!(String::from_utf8_lossy(&out.stderr).contains("1 source is not well"), "{out:?}");
    }
    desk.configure(&source("bao", &desk.site));
    let well = desk.run(&["status", "--check"]).await;
    assert_eq!((well.status.code(), well.stdout.len()), (Some(0), 0), "{well:?}");
}
