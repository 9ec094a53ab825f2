//! The feeds as files: `[publish] dir`.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bantin::clock::Clock;

use crate::harness::{FakeSite, TestDaemon, article, listing, source};

async fn until(what: &str, done: impl Fn() -> bool) {
    let reached = async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reached).await.unwrap_or_else(|_| panic!("{what}"));
}

fn read(directory: &Path, file: &str) -> String {
    std::fs::read_to_string(directory.join(file)).unwrap_or_default()
}

#[tokio::test]
async fn the_files_are_what_the_server_serves_and_follow_each_change() {
    let site = FakeSite::start().await;
    site.page("/", listing(&[("/1.html", "Tin một")]));
    site.page("/1.html", article("Tin một", "10:08, 24/07/2026", "Dẫn.", &["Đoạn."]));
    site.page("/2.html", article("Tin hai", "10:08, 24/08/2026", "Dẫn.", &["Đoạn hai."]));
    let (directory, files) = (Arc::new(tempfile::tempdir().unwrap()), tempfile::tempdir().unwrap());
    let out = files.path().join("www/feeds");
    let tables = format!("[publish]\ndir = {:?}\n", out.to_str().unwrap());
    let clock = Clock::fixed("2026-08-24T05:00:00Z".parse().unwrap());
    let sources = source("bao", &site)
        .replace("[source.listing]", "province = \"ninh-thuan\"\ncategory = \"thoi-su\"\n[source.listing]");
    let daemon = TestDaemon::over(directory, clock, &tables, &sources).await;
    daemon.harvest("bao").await;
    until("the first story", || read(&out, "archive/2026/07.json").contains("Tin một")).await;
    site.page("/", listing(&[("/2.html", "Tin hai"), ("/1.html", "Tin một")]));
    daemon.harvest("bao").await;
    until("the second story", || read(&out, "archive/2026/08.xml").contains("Tin hai")).await;
    for file in [
        "feed.xml",
        "feed.atom",
        "feed.json",
        "sources/bao/feed.xml",
        "provinces/ninh-thuan/feed.json",
        "categories/thoi-su/feed.atom",
        "archive/2026/07.atom",
        "archive/2026/08.xml",
        "feed.css",
    ] {
        let served = daemon.text(&format!("/{file}")).await;
        assert!(served.len() > 100, "{file}");
        until(file, || read(&out, file) == served).await;
    }
    until("the list of feeds", || out.join("opml.xml").exists()).await;
    let mut waiting = vec![out];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                assert!(
                    !path.file_name().unwrap().to_str().unwrap().starts_with(".bantin-"),
                    "nothing half done is left"
                );
                assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o644, "a web server may read it");
            }
        }
    }
}

#[tokio::test]
async fn a_web_server_may_read_the_files_under_the_umask_of_a_hardened_service_too() {
    let (site, place) = (FakeSite::start().await, tempfile::tempdir().unwrap());
    let (file, out) = (place.path().join("feeds.toml"), place.path().join("www/feeds"));
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\n[fetch]\nallow_private = true\n[publish]\ndir = {:?}\n{}",
        out.to_str().unwrap(),
        source("bao", &site)
    );
    std::fs::write(&file, text).unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "umask 077; exec \"$0\" --config \"$1\" run", env!("CARGO_BIN_EXE_bantin")]).arg(&file);
    let mut child = command.env_remove("STATE_DIRECTORY").stderr(Stdio::null()).spawn().unwrap();
    until("the last file", || out.join("feed.css").exists()).await;
    child.kill().unwrap();
    child.wait().unwrap();
    for (path, mode) in [
        (out.parent().unwrap(), 0o755),
        (&out, 0o755),
        (&out.join("sources/bao"), 0o755),
        (&out.join("feed.xml"), 0o644),
        (&out.join("sources/bao/feed.json"), 0o644),
    ] {
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, mode, "{}", path.display());
    }
}
