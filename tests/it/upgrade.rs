//! Stores of earlier releases: opened, written anew, served as they were.

use std::path::{Path, PathBuf};
use std::time::Instant;

use bantin::store::{LiveStore, StoreError};
use serde_json::{Value, json};

use crate::care::{is_tidy, rounds};
use crate::desk::{Desk, copy, kill_after, text};
use crate::harness::{FakeSite, article, listing, prose};
use crate::preview::previewed;

/// Where the papers stood when the stores were written.
const PAPERS: &str = "127.77.0.1:47808";

fn stores() -> Vec<PathBuf> {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/stores");
    let entries = std::fs::read_dir(kept).unwrap().map(|entry| entry.unwrap().path());
    let mut stores: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    stores.sort();
    assert_eq!(stores.len(), 9);
    stores
}

/// Puts a kept store at a desk in the place of whatever is there.
fn unpack(kept: &Path, desk: &Desk) {
    let data = desk.directory.path().join("data");
    std::fs::remove_dir_all(&data).ok();
    std::fs::create_dir(&data).unwrap();
    std::fs::create_dir(data.join("blobs")).unwrap();
    for entry in std::fs::read_dir(kept).unwrap() {
        let path = entry.unwrap().path();
        match path.file_name().unwrap().to_str().unwrap() {
            "db.zst" => {
                let packed = std::fs::read(&path).unwrap();
                std::fs::write(data.join("db"), zstd::decode_all(&packed[..]).unwrap()).unwrap();
            }
            "stories.json" => {}
            name => drop(std::fs::copy(&path, data.join(name)).unwrap()),
        }
    }
}

/// What the program of that time said of its stories.
fn told(kept: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(kept.join("stories.json")).unwrap()).unwrap()
}

/// The same of today's.
fn tells(feed: &[u8]) -> Value {
    let feed: Value = serde_json::from_slice(feed).unwrap();
    let stories = feed["items"].as_array().unwrap().iter().map(|item| {
        let also_in = item["_bantin"]["also_in"].as_array().unwrap().iter().map(|other| other["id"].clone());
        json!({
            "id": item["id"], "url": item["url"], "title": item["title"], "date_published": item["date_published"],
            "content_html": item["content_html"], "first_seen": item["_bantin"]["first_seen"],
            "also_in": also_in.collect::<Vec<_>>(),
        })
    });
    stories.collect::<Vec<_>>().into()
}

fn three_papers() -> String {
    let paper = |id: &str, name: &str, path: &str| {
        format!(
            "[[source]]\nid = \"{id}\"\nname = \"{name}\"\n[source.listing]\nurl = \"http://{PAPERS}{path}\"\n\
             link = \"h3 a\"\n[source.article]\ntitle = \"h1\"\ndate = \".date\"\nlead = \".sapo\"\n\
             body = \".detail-news\"\n"
        )
    };
    let feed = format!("[[source]]\nid = \"hai\"\nname = \"Báo hai\"\nfeed = \"http://{PAPERS}/rss\"\n");
    paper("mot", "Báo một", "/") + &feed + &paper("ba", "Báo ba", "/ba/")
}

async fn desk_of_three_papers() -> Desk {
    let desk = Desk { directory: tempfile::tempdir().unwrap(), site: FakeSite::start().await };
    desk.configure(&three_papers());
    desk
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_of_every_earlier_release_is_written_anew_and_tells_the_same_stories() {
    let desk = desk_of_three_papers().await;
    for kept in stores() {
        unpack(&kept, &desk);
        let first = desk.run(&["feed", "--format", "json"]).await;
        let said = text(&first.stderr);
        let format = match kept.file_name().and_then(|name| name.to_str()) {
            Some("7-one-writer") => Some(2),
            Some("8-sketches-in-runs") => Some(3),
            // All that it lacks is an index of words.
            Some("9-packed-articles") => None,
            _ => Some(1),
        };
        let is_told =
            |format| said.contains(&format!("store.format={format}")) && said.contains("written anew in today's form");
        assert!(format.map_or(said.is_empty(), is_told), "{kept:?}: {said}");
        assert_eq!(tells(&first.stdout), told(&kept), "{kept:?}");
        is_tidy(&desk);
        let second = desk.run(&["feed", "--format", "json"]).await;
        assert_eq!(text(&second.stderr), "", "it is written anew once");
        assert_eq!(second.stdout, first.stdout);
        // Everything of it is written to lines and read from them as of a store of today.
        let lines = desk.run(&["export"]).await.stdout;
        let file = desk.directory.path().join("lines");
        std::fs::write(&file, &lines).unwrap();
        std::fs::remove_dir_all(desk.directory.path().join("data")).unwrap();
        assert!(desk.run(&["import", file.to_str().unwrap()]).await.status.success(), "{kept:?}");
        assert_eq!(desk.run(&["feed", "--format", "json"]).await.stdout, first.stdout, "{kept:?}");
        assert_eq!(desk.run(&["export"]).await.stdout, lines, "{kept:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_release_stored_is_known_again_by_address_number_and_text() {
    let Some(papers) = FakeSite::at(PAPERS).await else {
        eprintln!("{PAPERS} is taken or not of this machine: NOT tested");
        return;
    };
    let own = |n: usize| [prose(70, n), format!("Đoạn riêng {n}.")];
    let page = |n: usize, lead: &str| {
        let [long, short] = own(n);
        article(&format!("Tin số {n}"), "", lead, &[&long, &short])
    };
    papers.page("/", listing(&[("/tin-so-0-8000123.html", "Tin số 0"), ("/xa-hoi/ten-moi-8001123.html", "Tên mới")]));
    papers.page("/tin-so-0-8000123.html", page(0, "Dẫn 0."));
    // The second story moves and is written anew: its number and time tell.
    papers
        .page("/xa-hoi/ten-moi-8001123.html", article("Tên mới", "10:01, 21/08/2020", "Dẫn khác.", &[&prose(90, 53)]));
    // The third one is copied by another paper.
    papers.page("/ba/", listing(&[("/ba/lai.html", "Tin chép lại")]));
    papers.page("/ba/lai.html", page(2, "Dẫn 2."));
    let desk = desk_of_three_papers().await;
    for kept in stores() {
        unpack(&kept, &desk);
        let fetched = desk.run(&["fetch", "mot", "ba"]).await;
        assert!(fetched.status.success(), "{kept:?}: {fetched:?}");
        let out = desk.run(&["feed", "--format", "json"]).await;
        let now = tells(&out.stdout);
        let ids = |stories: &Value| -> Vec<String> {
            let mut ids: Vec<_> = stories.as_array().unwrap().iter().map(|story| story["id"].to_string()).collect();
            ids.sort();
            ids
        };
        assert_eq!(ids(&now), ids(&told(&kept)), "{kept:?}: no new story, none lost: {fetched:?}");
        let story = |title: &str| now.as_array().unwrap().iter().find(|story| story["title"] == title);
        assert!(story("Tên mới").is_some_and(|story| story["url"].to_string().contains("/xa-hoi/")), "{now}");
        assert!(
            story("Tin số 2").is_some_and(|story| story["also_in"].as_array().unwrap().len() == 1),
            "{kept:?}: {now}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_while_an_earlier_store_is_written_anew_loses_nothing() {
    let desk = desk_of_three_papers().await;
    let stores = stores();
    unpack(&stores[0], &desk);
    let started = Instant::now();
    assert!(desk.run(&["list"]).await.status.success());
    let whole = started.elapsed();
    let mut cut = 0;
    for round in 0..rounds() {
        let kept = &stores[usize::try_from(round).unwrap() % stores.len()];
        unpack(kept, &desk);
        let share = (round * 7_919) % 1_000;
        kill_after(&desk, &["list"], whole.mul_f64(f64::from(u32::try_from(share).unwrap()) / 1_000.0)).await;
        let out = desk.run(&["feed", "--format", "json"]).await;
        cut += u64::from(text(&out.stderr).contains("written anew in today's form"));
        assert_eq!(tells(&out.stdout), told(kept), "round {round}: {out:?}");
        is_tidy(&desk);
    }
    assert!(cut > 0, "no round was killed in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_the_disk_has_no_room_for_leaves_the_store_as_it_was() {
    let Some(small) = crate::care::SmallDisk::mounted("4m") else {
        eprintln!("a small disk can be mounted by root only: NOT tested");
        return;
    };
    let desk = desk_of_three_papers().await;
    let kept = &stores()[0];
    let place = small.path().join("data");
    let rules = std::fs::read_to_string(desk.file()).unwrap();
    std::fs::write(desk.file(), format!("[store]\npath = {place:?}\n{rules}")).unwrap();
    unpack(kept, &desk);
    copy(&desk.directory.path().join("data"), &place);
    let ballast = small.path().join("ballast");
    std::fs::write(&ballast, vec![0; 2 << 20]).unwrap();
    let refused = desk.run(&["list"]).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("bytes left"), "{refused:?}");
    std::fs::remove_file(ballast).unwrap();
    let out = desk.run(&["feed", "--format", "json"]).await;
    assert_eq!(tells(&out.stdout), told(kept));
}

#[tokio::test(flavor = "multi_thread")]
async fn preview_leaves_a_store_of_an_earlier_release_as_it_is() {
    let desk = Desk::with_stories(1).await;
    let data = desk.directory.path().join("data");
    for store in stores() {
        unpack(&store, &desk);
        let seen = previewed(&desk, "/0.html").await;
        let why = seen["not_compared"].as_str().map(str::to_owned);
        assert!(why.is_some_and(|why| why.contains("is of an earlier release")), "{store:?}: {seen}");
        let opened = LiveStore::open_unchanged(&data);
        assert!(matches!(opened, Err(StoreError::Earlier { .. })), "{store:?} was written anew");
    }
}
