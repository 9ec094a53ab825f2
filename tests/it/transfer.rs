//! Export and import: everything, word for word, or nothing.

use std::io::Write;
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::desk::{Desk, bantin, text};
use crate::harness::{FakeSite, article, listing, prose, source};

/// Two papers: four stories of one, of which the other tells one too; one page is gone.
async fn two_papers() -> (Desk, FakeSite) {
    let desk = Desk::with_stories(4).await;
    let other = FakeSite::start().await;
    other.page("/", listing(&[("/chung.html", "Tin chung"), ("/rieng.html", "Tin riêng")]));
    other.page("/chung.html", article("Tin chung", "11:00, 01/08/2020", "Dẫn 0.", &[&prose(70, 0), "Đoạn riêng 0."]));
    other.page("/rieng.html", article("Tin riêng", "11:05, 01/08/2020", "Dẫn.", &[&prose(90, 50)]));
    desk.configure(&(source("bao", &desk.site) + &source("hai", &other)));
    assert!(desk.run(&["fetch"]).await.status.success());
    desk.site.serve("/3.html", 410, &[], "");
    assert!(desk.run(&["fetch"]).await.status.success());
    (desk, other)
}

async fn exported(desk: &Desk) -> String {
    let out = desk.run(&["export"]).await;
    assert!(out.status.success(), "{out:?}");
    text(&out.stdout)
}

async fn import(desk: &Desk, lines: &str) -> Output {
    let mut command = bantin(&desk.file());
    command.arg("import").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let lines = lines.to_owned();
    tokio::task::spawn_blocking(move || {
        let mut child = command.spawn().unwrap();
        // It may refuse before it has read everything.
        child.stdin.take().unwrap().write_all(lines.as_bytes()).ok();
        child.wait_with_output().unwrap()
    })
    .await
    .unwrap()
}

/// A desk over the same papers with nothing stored.
fn empty(desk: &Desk, other: &FakeSite) -> Desk {
    let fresh = Desk { directory: tempfile::tempdir().unwrap(), site: desk.site.clone() };
    fresh.configure(&(source("bao", &fresh.site) + &source("hai", other)));
    fresh
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_gives_the_same_store() {
    let (desk, other) = two_papers().await;
    let lines = exported(&desk).await;
    let kinds = |kind: &str| lines.lines().filter(|line| line.starts_with(&format!("{{\"kind\":\"{kind}\""))).count();
    assert_eq!((kinds("bantin"), kinds("source"), kinds("article"), kinds("end")), (1, 2, 6, 1));
    assert!(kinds("page") >= 6 && kinds("address") >= 6, "{lines}");
    for readable in
        ["\"how\":\"same text\"", "\"precision\":\"minute\"", "\"withdrawn\":\"20", "\"2020-08-01T03:00:00Z\""]
    {
        assert!(lines.contains(readable), "{readable} in {lines}");
    }

    let fresh = empty(&desk, &other);
    let imported = import(&fresh, &lines).await;
    assert_eq!(text(&imported.stdout).split(' ').next(), Some("5"), "{imported:?}");
    assert_eq!(exported(&fresh).await, lines);
    for format in ["rss", "atom", "json"] {
        let feed = ["feed", "--format", format];
        assert_eq!(fresh.run(&feed).await.stdout, desk.run(&feed).await.stdout, "{format}");
    }
    let statuses = (fresh.run(&["status", "--json"]).await.stdout, desk.run(&["status", "--json"]).await.stdout);
    assert_eq!(text(&statuses.0), text(&statuses.1));
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_after_an_import_are_the_same() {
    let (desk, other) = two_papers().await;
    let fresh = empty(&desk, &other);
    assert!(import(&fresh, &exported(&desk).await).await.status.success());
    // A copy by its text, one by most of its text, an edit, and a story of its own.
    let links: Vec<(String, String)> = (0..8).map(|n| (format!("/{n}.html"), format!("Tin số {n}"))).collect();
    let pairs: Vec<(&str, &str)> = links.iter().map(|(path, title)| (path.as_str(), title.as_str())).collect();
    desk.site.page("/", listing(&pairs));
    desk.site.page("/1.html", article("Tin số 1", "10:01, 02/08/2020", "Dẫn 1, đã sửa.", &[&prose(70, 1)]));
    desk.site.page("/4.html", article("Tin số 4", "12:00, 02/08/2020", "Dẫn.", &[&prose(90, 50)]));
    desk.site.page("/5.html", article("Tin số 5", "12:01, 02/08/2020", "Dẫn 0.", &[&prose(70, 0), "Đoạn thêm."]));
    desk.site.page("/6.html", article("Tin số 6", "12:02, 02/08/2020", "Dẫn mới.", &[&prose(80, 31)]));
    let tellings = |lines: &str| -> Vec<(String, String, String)> {
        let article = |line: &str| serde_json::from_str::<Value>(line).unwrap();
        let articles = lines.lines().map(article).filter(|line| line["kind"] == "article");
        articles.map(|line| (line["id"].to_string(), line["story"].to_string(), line["joined"].to_string())).collect()
    };
    let mut told = Vec::new();
    for desk in [&desk, &fresh] {
        assert!(desk.run(&["fetch"]).await.status.success());
        let mut all = tellings(&exported(desk).await);
        all.sort();
        told.push(all);
    }
    assert_eq!(told[0].len(), 9);
    assert!(told[0].iter().filter(|(_, story, _)| story != "null").count() >= 3, "{told:?}");
    assert_eq!(told[0], told[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn splits_and_dropped_stories_survive_a_move() {
    let (desk, other) = two_papers().await;
    let story = desk.items().await.into_iter().find(|item| !item["_bantin"]["also_in"].as_array().unwrap().is_empty());
    let id = story.unwrap()["id"].as_str().unwrap().to_owned();
    assert!(desk.run(&["split", &id]).await.status.success());
    // Everything is past its time once `keep` is short, and nothing of it comes back.
    let fresh = empty(&desk, &other);
    let lines = exported(&desk).await;
    assert!(lines.contains("\"apart\":["), "{lines}");
    assert!(import(&fresh, &lines).await.status.success());
    assert!(fresh.run(&["fetch"]).await.status.success());
    assert_eq!(fresh.items().await.len(), 6, "what was split stays apart");

    let dropped: String = lines
        .lines()
        .filter(|line| !line.starts_with("{\"kind\":\"article\""))
        .map(|line| format!("{line}\n"))
        .collect();
    let count = dropped.lines().count() - 1;
    let dropped = dropped.replace(&format!("\"lines\":{}", lines.lines().count() - 1), &format!("\"lines\":{count}"));
    let third = empty(&desk, &other);
    assert!(import(&third, &dropped).await.status.success());
    assert!(third.run(&["fetch"]).await.status.success());
    assert_eq!(third.items().await.len(), 0, "an address whose article was dropped stays dropped");
    assert_eq!(exported(&third).await.lines().filter(|line| line.starts_with("{\"kind\":\"article\"")).count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_line_is_named_and_nothing_is_kept() {
    let (desk, other) = two_papers().await;
    let good = exported(&desk).await;
    let lines: Vec<&str> = good.lines().collect();
    let article = lines.iter().position(|line| line.starts_with("{\"kind\":\"article\"")).unwrap();
    let changed = |from: &str, to: &str| {
        let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        lines[article] = lines[article].replacen(from, to, 1);
        lines.join("\n") + "\n"
    };
    let here = format!("line {}", article + 1);
    let member = lines.iter().position(|line| line.contains("\"how\":\"same text\"")).unwrap();
    let without_member: Vec<&str> =
        lines.iter().enumerate().filter(|(at, _)| *at != member).map(|(_, line)| *line).collect();
    let fewer = format!("\"lines\":{}", lines.len() - 2);
    for (input, wanted) in [
        (changed("\"minute\"", "\"century\""), format!("{here}: `century` is none of day, minute, second")),
        (changed("\"first_seen\":\"", "\"first_seen\":\"x"), here.clone()),
        (changed("\"title\"", "\"titel\""), format!("{here}: unknown field `titel`")),
        (changed("{\"kind\"", "nonsense"), here.clone()),
        (lines[..lines.len() - 1].join("\n"), format!("line {}: the file ends without its last line", lines.len())),
        (lines[..article].join("\n") + "\n{\"kind\":\"end\",\"lines\":99}\n", "99 lines should stand".to_owned()),
        (good.clone() + lines[article] + "\n", "a line behind the last one".to_owned()),
        (without_member.join("\n").replace(&format!("\"lines\":{}", lines.len() - 1), &fewer), "names".to_owned()),
        ("{\"kind\":\"bantin\",\"format\":99}\n".to_owned(), "form 99".to_owned()),
        ("{\"kind\":\"end\",\"lines\":0}\n".to_owned(), "no export of bantin".to_owned()),
        (String::new(), "line 1: the file ends".to_owned()),
    ] {
        let fresh = empty(&desk, &other);
        let refused = import(&fresh, &input).await;
        let said = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert!(said.contains(&wanted) && said.contains("nothing was imported"), "{said} should say {wanted}");
        let left: Vec<_> = std::fs::read_dir(fresh.directory.path()).unwrap().map(|entry| entry.unwrap()).collect();
        assert!(left.iter().all(|entry| !entry.path().is_dir()), "nothing half is left: {left:?}");
        assert!(import(&fresh, &good).await.status.success(), "the good file goes in afterwards");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_into_a_store_that_holds_something_is_refused() {
    let (desk, _other) = two_papers().await;
    let lines = exported(&desk).await;
    let refused = import(&desk, &lines).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("is not empty (5 stories)"), "{refused:?}");
    assert_eq!(exported(&desk).await, lines);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_daemon_gives_a_backup_that_an_empty_store_takes() {
    let (desk, other) = two_papers().await;
    let (mut child, _) = desk.daemon(&["run"]).await;
    let target = desk.directory.path().join("backups");
    let out = desk.run(&["backup", target.to_str().unwrap()]).await;
    let lines = exported(&desk).await;
    let status = desk.run(&["status", "--json"]).await;
    crate::desk::signal(&child, "TERM");
    tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
    assert!(out.status.success(), "{out:?}");
    assert!(text(&status.stdout).contains("\"bao\""), "{status:?}");
    let printed = text(&out.stdout);
    let files: Vec<&str> = printed.lines().collect();
    assert_eq!(std::fs::read(files[1]).unwrap(), std::fs::read(desk.file()).unwrap());
    let fresh = empty(&desk, &other);
    let restored = fresh.run(&["import", files[0]]).await;
    assert!(restored.status.success(), "{restored:?}");
    let articles = |lines: &str| -> Vec<String> {
        lines.lines().filter(|line| line.starts_with("{\"kind\":\"article\"")).map(str::to_owned).collect()
    };
    assert_eq!(articles(&exported(&fresh).await), articles(&lines));
    assert_eq!(fresh.items().await, desk.items().await);
    assert_eq!(std::fs::read_dir(&target).unwrap().count(), 2, "no half file is left");
}
