//! `bantin preview`: what one page says, by what is stored already, and nothing is kept of it.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use bantin::store::LiveStore;
use serde_json::Value;

use crate::care::stop;
use crate::desk::{Desk, text};
use crate::harness::{article, listing, prose};

/// What `preview --json` says of a page.
pub async fn previewed(desk: &Desk, path: &str) -> Value {
    let out = desk.run(&["preview", &desk.site.url(path), "--json"]).await;
    serde_json::from_slice(&out.stdout).unwrap_or_else(|_| panic!("{out:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn preview_shows_the_evidence_and_writes_nothing() {
    let desk = Desk::with_stories(3).await;
    let shown = text(&desk.run(&["preview", "bao"]).await.stdout);
    for wanted in
        ["listing", "3 links", "Tin số 0", "10:00, 01/08/2020, from selector", "date from", "used", "Đoạn riêng 0."]
    {
        assert!(shown.contains(wanted), "{wanted}: {shown}");
    }
    assert!(!desk.directory.path().join("data").exists());
    desk.run(&["fetch"]).await;
    let answer = previewed(&desk, "/1.html").await;
    assert_eq!((&answer["kind"], &answer["precision"]), (&"article".into(), &"minute".into()));
    assert_eq!(answer["evidence"][0]["verdict"], "used");
    assert!(answer["decision"].as_str().unwrap().ends_with("unchanged"), "{answer}");
    assert_eq!(desk.run(&["preview", "nonsense"]).await.status.code(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn preview_asks_the_daemon_that_has_the_store_what_would_become_of_an_article() {
    let desk = Desk::with_stories(3).await;
    let decision = async |path: &str| previewed(&desk, path).await["decision"].clone();
    assert_eq!(decision("/1.html").await, Value::Null, "nobody has a store");
    assert!(desk.run(&["fetch"]).await.status.success());
    let (child, _) = desk.daemon(&["run"]).await;
    assert!(decision("/1.html").await.as_str().unwrap().ends_with("unchanged"));
    let long = prose(90, 7);
    desk.site.page("/moi.html", article("Tin mới", "10:30, 01/08/2020", "Dẫn mới.", &[&long]));
    assert!(decision("/moi.html").await.as_str().unwrap().starts_with("new: "));
    desk.site.page("/1.html", article("Tin số 1", "10:01, 01/08/2020", "Dẫn 1.", &[&prose(70, 1), &long]));
    assert!(decision("/1.html").await.as_str().unwrap().starts_with("revised: "));
    let shown = text(&desk.run(&["preview", &desk.site.url("/1.html")]).await.stdout);
    assert!(shown.contains("decision   revised: "), "{shown}");
    let listed = text(&desk.run(&["list"]).await.stdout);
    assert_eq!(listed.lines().count(), 3, "nothing is kept of what is looked at: {listed}");
    stop(child).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn preview_reads_times_by_what_the_source_s_clock_has_proved() {
    let desk = Desk::with_stories(0).await;
    let lying = |dateline: &str, stated: &str, n: usize| {
        let meta = format!("<head><meta property=\"article:published_time\" content=\"{stated}Z\">");
        article(&format!("Tin số {n}"), dateline, "Dẫn.", &[&prose(70, n)]).replacen("<head>", &meta, 1)
    };
    desk.site.page("/", listing(&[("/1.html", "Tin số 1"), ("/2.html", "Tin số 2"), ("/3.html", "Tin số 3")]));
    for n in 1..4 {
        desk.site
            .page(&format!("/{n}.html"), lying(&format!("10:0{n}, 01/08/2020"), &format!("2020-08-01T10:0{n}:00"), n));
    }
    desk.site.page("/moi.html", lying("", "2020-08-02T09:00:00", 7));
    let published = async || previewed(&desk, "/moi.html").await["published"].clone();
    assert_eq!(published().await, "2020-08-02T16:00:00+07:00", "nothing is known of its clock");
    assert!(desk.run(&["fetch"]).await.status.success());
    assert_eq!(published().await, "2020-08-02T09:00:00+07:00", "local time under the name of UTC");
    let (child, _) = desk.daemon(&["run"]).await;
    assert_eq!(published().await, "2020-08-02T09:00:00+07:00", "the daemon knows");
    stop(child).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn preview_shows_a_page_also_where_nobody_can_say_what_is_stored_and_says_why() {
    let desk = Desk::with_stories(1).await;
    let data = desk.directory.path().join("data");
    let why = async || {
        let seen = previewed(&desk, "/0.html").await;
        assert_eq!((&seen["title"], &seen["decision"]), (&"Tin số 0".into(), &Value::Null), "{seen}");
        seen["not_compared"].as_str().unwrap().to_owned()
    };
    assert_eq!(why().await, "there is no store yet");
    std::fs::create_dir(&data).unwrap();
    assert_eq!(why().await, "there is no store yet");
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), 0);
    let held = LiveStore::open(&data).unwrap();
    assert!(why().await.contains("data is in use by another bantin"));
    drop(held);
    let seen = previewed(&desk, "/0.html").await;
    assert_eq!(seen["not_compared"], Value::Null);
    assert!(seen["decision"].as_str().unwrap().starts_with("new: "), "{seen}");
    std::fs::remove_dir_all(&data).unwrap();
    std::fs::write(&data, "no store").unwrap();
    assert!(why().await.starts_with("cannot open the store"));
    let shown = text(&desk.run(&["preview", &desk.site.url("/0.html")]).await.stdout);
    assert!(shown.contains("decision   not compared: cannot open the store"), "{shown}");
}

/// What a daemon answers to a line.
fn asked(desk: &Desk, line: &str) -> String {
    let mut socket = UnixStream::connect(desk.directory.path().join("data.sock")).unwrap();
    writeln!(socket, "{line}").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_says_what_is_wrong_with_a_question() {
    let desk = Desk::with_stories(1).await;
    let (child, _) = desk.daemon(&["run"]).await;
    for (line, wanted) in [
        ("fly", "another release and does not know the question `fly`"),
        ("list tuoi=3", "cannot read the question `list`: "),
        ("habits Báo Mới", "`Báo Mới` is no source id"),
        ("decision {\"article\": 1}", "cannot read the question `decision`: "),
    ] {
        let answer = asked(&desk, line);
        assert!(answer.contains(wanted) && answer.lines().count() == 1, "{line}: {answer}");
    }
    assert!(asked(&desk, "habits bao").starts_with("ok\n{"));
    stop(child).await;
}
