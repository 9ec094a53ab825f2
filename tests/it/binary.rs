//! The real binary: commands, exit codes, signals, and what a kill leaves behind.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::desk::{Desk, bantin, kill_after, signal, text, wait_for};
use crate::harness::{FakeSite, article, listing, prose, source};

#[tokio::test(flavor = "multi_thread")]
async fn fetch_list_status_and_feed_tell_one_story() {
    let desk = Desk::with_stories(3).await;
    let fetched = desk.run(&["fetch"]).await;
    assert!(fetched.status.success(), "{fetched:?}");
    let table = text(&fetched.stdout);
    assert!(table.contains("source") && table.contains("bao") && table.contains('3'), "{table}");
    assert_eq!(text(&desk.run(&["list", "--limit", "1"]).await.stdout), "10:02, 03/08/2020  Tin số 2  Báo bao\n");
    let listed = text(&desk.run(&["list", "--json", "--query", "TIN so 1"]).await.stdout);
    let item: Value = serde_json::from_str(listed.trim()).unwrap();
    assert_eq!(item["title"], "Tin số 1");
    let status: Value = serde_json::from_slice(&desk.run(&["status", "--json"]).await.stdout).unwrap();
    assert_eq!((&status[0]["health"], &status[0]["articles"]), (&"ok".into(), &3.into()));
    assert!(text(&desk.run(&["status"]).await.stdout).contains("bao"));
    assert_eq!(desk.items().await.len(), 3);
    let atom = desk.run(&["feed", "--format", "atom"]).await;
    assert_eq!(feed_rs::parser::parse(&atom.stdout[..]).unwrap().entries.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn split_takes_a_merged_story_apart_and_merge_makes_it_one_again() {
    let desk = Desk::with_stories(1).await;
    let other = FakeSite::start().await;
    other.page("/", listing(&[("/a.html", "Tin của báo khác")]));
    other.page("/a.html", article("Tin của báo khác", "11:00, 01/08/2020", "Dẫn.", &[&prose(70, 0), "Đoạn riêng 0."]));
    desk.configure(&format!("{}{}", source("bao", &desk.site), source("khac", &other)));
    desk.run(&["fetch"]).await;
    let listed = text(&desk.run(&["list", "--json"]).await.stdout);
    let story: Value = serde_json::from_str(listed.trim()).unwrap();
    assert_eq!(story["_bantin"]["also_in"][0]["merged"]["how"], "same text");
    let guid = story["id"].as_str().unwrap();

    let made = text(&desk.run(&["split", guid]).await.stdout);
    assert!(made.starts_with("urn:uuid:") && made.trim() != guid, "{made}");
    assert_eq!(desk.items().await.len(), 2);
    desk.run(&["fetch"]).await;
    assert_eq!(desk.items().await.len(), 2);
    assert_eq!(text(&desk.run(&["merge", made.trim(), guid]).await.stdout).trim(), guid);
    assert_eq!(desk.items().await.len(), 1);

    let refused = desk.run(&["split", made.trim(), "https://bao.example/"]).await;
    assert!(text(&refused.stderr).contains("is not told at https://bao.example/"), "{refused:?}");
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(desk.run(&["split", "8181690"]).await.status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn learn_prints_a_block_that_check_accepts_and_that_reads_the_site() {
    let desk = Desk::with_stories(3).await;
    let listing: String =
        (0..3).map(|n| format!("<h3><a href=\"/{n}.html\">Tin số {n} của làng ta</a></h3>")).collect();
    desk.site.page("/thoi-su/", format!("<html><body>{listing}</body></html>"));
    let learnt = text(&desk.run(&["learn", &desk.site.url("/thoi-su/")]).await.stdout);
    assert!(learnt.contains("# 3 links to articles") && learnt.contains("link = \"h3 a\""), "{learnt}");
    assert!(learnt.contains("date   10:00, 01/08/2020"), "{learnt}");
    desk.configure(&learnt);
    assert!(desk.run(&["check"]).await.status.success());
    assert!(desk.run(&["fetch"]).await.status.success());
    assert_eq!(desk.items().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_say_how_it_ended() {
    let desk = Desk::with_stories(1).await;
    assert_eq!(desk.run(&["fetch", "nobody"]).await.status.code(), Some(1));
    assert_eq!(desk.run(&["fly"]).await.status.code(), Some(2));
    assert_eq!(desk.run(&["list", "--limit", "0"]).await.status.code(), Some(2));
    assert_eq!(desk.run(&["list", "--source", "nobody"]).await.status.code(), Some(1));
    desk.site.serve("/", 500, &[], "");
    let failed = desk.run(&["fetch"]).await;
    assert_eq!(failed.status.code(), Some(1));
    assert!(text(&failed.stdout).contains("answered 500") && text(&failed.stderr).contains("every source failed"));
    let good = Desk::with_stories(1).await;
    desk.configure(&(source("hong", &desk.site) + &source("tot", &good.site)));
    assert_eq!(desk.run(&["fetch"]).await.status.code(), Some(0), "one source that works is enough");
    std::fs::write(desk.file(), "[site]\ntitel = 1\n").unwrap();
    for command in ["run", "fetch", "check", "list", "status", "feed"] {
        let refused = desk.run(&[command]).await;
        assert_eq!(refused.status.code(), Some(78), "{command}");
        assert!(text(&refused.stderr).contains("unknown key `titel`"), "{command}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn check_prints_the_next_three_runs() {
    let desk = Desk::with_stories(1).await;
    let checked = desk.run(&["check"]).await;
    let out = text(&checked.stdout);
    assert!(checked.status.success() && out.lines().next().unwrap().matches(" | ").count() == 2, "{out}");
    assert!(out.contains("1 sources, no problem"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_when_nothing_is_read_and_what_to_do() {
    let desk = Desk::with_stories(1).await;
    let disabled = source("bao", &desk.site).replacen("[source.listing]", "enabled = false\n[source.listing]", 1);
    for (sources, wanted) in [("", "`bantin learn URL`"), (&*disabled, "`enabled = false`")] {
        desk.configure(sources);
        let checked = desk.run(&["check"]).await;
        let out = text(&checked.stdout);
        assert!(checked.status.success() && out.contains("nothing is read") && out.contains(wanted), "{out}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn extract_gives_a_line_for_a_line_and_names_a_bad_one() {
    let page = article(
        "Khánh thành cầu mới",
        "10:08, 24/08/2020",
        "Sáng nay, cầu thông xe.",
        &["Đoạn một của bài viết này khá dài, đủ để nhận ra.", "Đoạn hai của bài viết này cũng dài, đủ để nhận ra."],
    );
    let line =
        serde_json::json!({"url": "https://bao.example/1.html", "html": page, "seen_at": "2020-08-24T05:00:00Z"})
            .to_string();
    let empty = serde_json::json!({"url": "https://bao.example/2.html", "html": ""}).to_string();
    let run = |input: String| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_bantin"))
            .arg("extract")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let out = run(format!("{line}\n{empty}\n"));
    assert!(out.status.success(), "{out:?}");
    let answers: Vec<BTreeMap<String, Value>> =
        text(&out.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 2);
    let keys = [
        "author",
        "canonical",
        "date_origin",
        "html",
        "image",
        "lead",
        "precision",
        "published",
        "text",
        "title",
        "url",
    ];
    assert_eq!(answers[0].keys().collect::<Vec<_>>(), keys);
    assert_eq!(answers[0]["title"], "Khánh thành cầu mới");
    assert_eq!(answers[0]["lead"], "Sáng nay, cầu thông xe.");
    assert_eq!(
        answers[0]["text"],
        "Đoạn một của bài viết này khá dài, đủ để nhận ra.\n\nĐoạn hai của bài viết này cũng dài, đủ để nhận ra."
    );
    assert_eq!(
        (&answers[0]["published"], &answers[0]["precision"]),
        (&"2020-08-24T10:08:00+07:00".into(), &"minute".into())
    );
    assert!(answers[1].iter().all(|(key, value)| key == "url" || value.is_null()), "{:?}", answers[1]);
    let refused = run(format!("{line}\nnonsense\n"));
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("line 2"), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_reads_serves_and_stops_when_told() {
    let desk = Desk::with_stories(5).await;
    let (mut child, address) = desk.daemon(&["run"]).await;
    wait_for(&format!("http://{address}/feed.json"), |body| body.matches("\"title\": \"Tin số").count() == 5).await;
    signal(&child, "TERM");
    let status = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
    assert_eq!(status.code(), Some(0));
    assert_eq!(desk.items().await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn list_and_feed_say_the_same_whether_the_daemon_runs_or_not() {
    let desk = Desk::with_stories(5).await;
    assert!(desk.run(&["fetch"]).await.status.success());
    let questions: [&[&str]; 8] = [
        &["list"],
        &["list", "--limit", "2", "--query", "\"tin số\" -lụt"],
        &["list", "--json", "--source", "bao"],
        &["list", "--source", "nobody"],
        &["list", "--since", "yesterday"],
        &["feed"],
        &["feed", "--format", "atom", "--limit", "3"],
        &["feed", "--format", "json", "--query", "TIN so 1"],
    ];
    let mut alone = Vec::new();
    for question in questions {
        alone.push(desk.run(question).await);
    }
    assert!(alone.iter().filter(|out| out.status.success()).all(|out| !out.stdout.is_empty()), "{alone:?}");
    let (mut child, _) = desk.daemon(&["run"]).await;
    for (question, alone) in questions.iter().zip(alone) {
        let told = desk.run(question).await;
        assert_eq!(told.status.code(), alone.status.code(), "{question:?}: {told:?}");
        assert_eq!(
            (text(&told.stdout), text(&told.stderr)),
            (text(&alone.stdout), text(&alone.stderr)),
            "{question:?}"
        );
    }
    signal(&child, "TERM");
    tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_during_a_harvest_keeps_what_was_read() {
    let desk = Desk::with_stories(40).await;
    desk.configure(&source("bao", &desk.site));
    let slow = std::fs::read_to_string(desk.file()).unwrap().replace("host_gap = \"0s\"", "host_gap = \"1s\"");
    std::fs::write(desk.file(), slow).unwrap();
    let (mut child, address) = desk.daemon(&["run"]).await;
    wait_for(&format!("http://{address}/feed.json"), |body| body.contains("\"title\": \"Tin số")).await;
    signal(&child, "TERM");
    let status = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
    assert_eq!(status.code(), Some(0));
    let kept = desk.items().await.len();
    assert!((1..40).contains(&kept), "{kept} stories were kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn sighup_takes_over_a_changed_file_and_refuses_a_broken_one() {
    let desk = Desk::with_stories(1).await;
    let other = Desk::with_stories(2).await;
    let (mut child, address) = desk.daemon(&["run"]).await;
    let feed = format!("http://{address}/feed.json");
    wait_for(&feed, |body| body.matches("\"title\": \"Tin số").count() == 1).await;
    std::fs::write(desk.file(), "[site]\ntitel = 1\n").unwrap();
    signal(&child, "HUP");
    desk.configure(&(source("bao", &desk.site) + &source("hai", &other.site)));
    signal(&child, "HUP");
    wait_for(&format!("http://{address}/sources/hai/feed.json"), |body| {
        body.matches("\"title\": \"Tin số").count() == 2
    })
    .await;
    signal(&child, "TERM");
    tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn after_sighup_a_source_in_place_of_another_tells_its_stories_on() {
    let desk = Desk::with_stories(1).await;
    let (mut child, address) = desk.daemon(&["run"]).await;
    let feed = format!("http://{address}/feed.json");
    let told_by = |body: &str, id: &str| body.contains(&format!("\"source\": {{\n          \"id\": \"{id}\""));
    let before = wait_for(&feed, |body| told_by(body, "bao")).await;
    desk.configure(&source("moi", &desk.site));
    signal(&child, "HUP");
    let after = wait_for(&feed, |body| told_by(body, "moi")).await;
    let guid = |body: &str| serde_json::from_str::<serde_json::Value>(body).unwrap()["items"][0]["id"].clone();
    assert_eq!(guid(&after), guid(&before));
    signal(&child, "TERM");
    tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_run_has_read_in_an_encoding_the_next_run_asks_for_only_if_it_changed() {
    for encoding in ["utf-8", "tcvn3"] {
        let desk = Desk::with_stories(1).await;
        let listing = "<html><body><h3><a href=\"/0.html\">Tin</a></h3></body></html>";
        desk.site.serve("/", 200, &[("content-type", "text/html"), ("etag", "\"mot\"")], listing);
        let named = |id: &str| format!("[[source]]\nid = \"{id}\"\nencoding = \"{encoding}\"\n");
        desk.configure(&source("bao", &desk.site).replace("[[source]]\nid = \"bao\"\n", &named("bao")));
        let first = desk.run(&["fetch"]).await;
        assert!(first.status.success(), "{first:?}");
        desk.site.asked();
        desk.run(&["fetch"]).await;
        let asked = desk.site.asked();
        let again = asked.iter().find(|asked| asked.path == "/").unwrap();
        assert_eq!(again.headers.get("if-none-match").unwrap(), "\"mot\"", "{encoding}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_manager_hears_that_the_daemon_is_ready_and_stops() {
    let desk = Desk::with_stories(1).await;
    let path = desk.directory.path().join("notify");
    let socket = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut command = bantin(&desk.file());
    command.arg("run").env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "300000").stderr(Stdio::null());
    let words = tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        let mut heard = String::new();
        let hear = || {
            let mut buffer = [0; 4096];
            let length = socket.recv(&mut buffer).unwrap();
            text(&buffer[..length])
        };
        while !(heard.contains("READY=1") && heard.contains("WATCHDOG=1")) {
            heard.push_str(&hear());
        }
        signal(&child, "TERM");
        while !heard.contains("STOPPING=1") {
            heard.push_str(&hear());
        }
        assert_eq!(child.wait().unwrap().code(), Some(0));
        heard
    });
    assert!(words.await.unwrap().contains("READY=1"));
}

/// Ten times a harvest is killed at a random moment; each story that was ever shown stays, once, with its guid.
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_moment_loses_and_repeats_nothing() {
    let desk = Desk::with_stories(60).await;
    let mut shown: BTreeMap<String, Value> = BTreeMap::new();
    for round in 0..10u64 {
        kill_after(&desk, &["fetch"], Duration::from_millis(40 + (round * 7919) % 160)).await;
        let items = desk.items().await;
        let now: BTreeMap<String, Value> = items.iter().map(|item| (item["url"].to_string(), item.clone())).collect();
        assert_eq!(now.len(), items.len(), "round {round}: a story stands twice");
        for (url, item) in &shown {
            assert_eq!(now.get(url), Some(item), "round {round}: {url}");
        }
        shown = now;
    }
    desk.run(&["fetch"]).await;
    let items = desk.items().await;
    assert_eq!(items.len(), 60);
    assert!(
        shown
            .iter()
            .all(|(url, item)| items.iter().any(|now| now == item && url.contains(now["url"].as_str().unwrap())))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_prints_its_feeds_and_serves_them() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bantin"));
    command.args(["demo", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let (mut child, feed) = tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let feed = lines.find_map(|line| line.ok().filter(|line| line.ends_with("/feed.xml"))).unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        (child, feed.trim().to_owned())
    })
    .await
    .unwrap();
    let body = wait_for(&feed, |body| body.contains("<rss")).await;
    assert!(body.contains("<pubDate>Mon, 24 Aug 2020 10:08:00 +0700</pubDate>"));
    assert_eq!(body.matches("<item>").count(), 15);
    signal(&child, "INT");
    let status = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
    assert_eq!(status.code(), Some(0));
}
