//! What feeds hold: their bounds, a visitor's filters, and the archives of past months.

use std::sync::Arc;

use bantin::clock::Clock;

use crate::harness::{FakeSite, TestDaemon, article, listing, source};

const NOON: &str = "2026-08-24T05:00:00Z";

/// A paper with stories named by their titles and times, newest first.
async fn paper(stories: &[(String, String)]) -> FakeSite {
    let site = FakeSite::start().await;
    let paths: Vec<String> = (0..stories.len()).map(|n| format!("/{n}.html")).collect();
    let links: Vec<(&str, &str)> =
        paths.iter().zip(stories).map(|(path, (title, _))| (path.as_str(), title.as_str())).collect();
    site.page("/", listing(&links));
    for (path, (title, time)) in paths.iter().zip(stories) {
        site.page(path, article(title, time, &format!("Dẫn của {title}."), &[&format!("Đoạn của {title}.")]));
    }
    site
}

fn stories(name: &str, times: impl Iterator<Item = String>) -> Vec<(String, String)> {
    times.enumerate().map(|(n, time)| (format!("{name} {n}"), time)).collect()
}

async fn daemon(site_table: &str, papers: &[(&str, &FakeSite)]) -> TestDaemon {
    let sources: String = papers.iter().map(|(id, site)| source(id, site)).collect();
    let clock = Clock::fixed(NOON.parse().unwrap());
    let tables = format!("[site]\n{site_table}\n");
    let daemon = TestDaemon::over(Arc::new(tempfile::tempdir().unwrap()), clock, &tables, &sources).await;
    for (id, _) in papers {
        daemon.harvest(id).await;
    }
    daemon
}

fn count(titles: &[String], name: &str) -> usize {
    titles.iter().filter(|title| title.starts_with(name)).count()
}

#[tokio::test]
async fn a_chatty_source_leaves_room_for_the_others() {
    let chatty = paper(&stories("Nhiều", (0..20).map(|n| format!("10:{:02}, 24/08/2026", 59 - n)))).await;
    let quiet = paper(&stories("Ít", (0..9).map(|n| format!("09:00, {:02}/08/2026", 20 - n)))).await;
    let papers = [("nhieu", &chatty), ("it", &quiet)];
    let whole = daemon("items = 10\nmin_age = \"0s\"\nmax_per_source = 0.3", &papers).await;
    let titles = whole.titles("/feed.json").await;
    assert_eq!((count(&titles, "Nhiều"), count(&titles, "Ít")), (5, 5), "two sources cannot keep to a third each");
    assert_eq!(&titles[4..6], ["Nhiều 4", "Ít 0"], "newest first");
    let own = whole.titles("/sources/nhieu/feed.json").await;
    assert_eq!(own.len(), 10, "a narrowed feed has a window of its own");
}

#[tokio::test]
async fn places_that_nobody_else_fills_go_to_the_chatty_source() {
    let chatty = paper(&stories("Nhiều", (0..20).map(|n| format!("10:{:02}, 24/08/2026", 59 - n)))).await;
    let quiet = paper(&stories("Ít", (0..2).map(|n| format!("09:00, {:02}/08/2026", 20 - n)))).await;
    let papers = [("nhieu", &chatty), ("it", &quiet)];
    let daemon = daemon("items = 10\nmin_age = \"0s\"\nmax_per_source = 0.3", &papers).await;
    let titles = daemon.titles("/feed.json").await;
    assert_eq!((count(&titles, "Nhiều"), count(&titles, "Ít")), (8, 2));
    assert_eq!(titles[7], "Nhiều 7", "its newest ones");
}

#[tokio::test]
async fn nothing_young_is_cut_but_by_the_cap() {
    let chatty = paper(&stories("Nhiều", (0..12).map(|n| format!("10:{:02}, 24/08/2026", 59 - n)))).await;
    let quiet = paper(&stories("Ít", (0..4).map(|n| format!("0{n}:00, 24/08/2026")))).await;
    let papers = [("nhieu", &chatty), ("it", &quiet)];
    let all = daemon("items = 3\nmax_per_source = 0.5", &papers).await;
    assert_eq!(all.titles("/feed.json").await.len(), 16, "all of the last day");
    let capped = daemon("items = 3\nmax_items = 6\nmax_per_source = 0.5", &papers).await;
    let titles = capped.titles("/feed.json").await;
    assert_eq!((count(&titles, "Nhiều"), count(&titles, "Ít")), (3, 3), "the cap is shared out");
}

#[tokio::test]
async fn words_phrases_and_unwanted_words_are_searched_for() {
    let titles = ["Bão số ba vào bờ", "Báo số ba ra mắt", "Chợ nổi Cái Răng", "Nổi tiếng nhờ chợ", "Hòa nhạc mùa thu"];
    let times = (0..).map(|n| format!("10:{n:02}, 24/08/2026"));
    let site = paper(&titles.iter().map(|title| (*title).to_owned()).zip(times).collect::<Vec<_>>()).await;
    let daemon = daemon("", &[("bao", &site)]).await;
    for (query, found) in [
        ("bao so ba", vec!["Báo số ba ra mắt", "Bão số ba vào bờ"]),
        ("bão", vec!["Bão số ba vào bờ"]),
        ("BÁO ba", vec!["Báo số ba ra mắt"]),
        ("cho noi", vec!["Nổi tiếng nhờ chợ", "Chợ nổi Cái Răng"]),
        ("\"cho noi\"", vec!["Chợ nổi Cái Răng"]),
        ("\"chợ nổi\" răng", vec!["Chợ nổi Cái Răng"]),
        ("cho -noi", vec![]),
        ("cho -\"cho noi\"", vec!["Nổi tiếng nhờ chợ"]),
        ("-ba -cho", vec!["Hòa nhạc mùa thu"]),
        ("hoà nhạc", vec!["Hòa nhạc mùa thu"]),
        ("ch", vec![]),
    ] {
        let encoded: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        assert_eq!(daemon.titles(&format!("/feed.json?q={encoded}")).await, found, "{query}");
    }
}

#[tokio::test]
async fn filters_that_mean_nothing_are_named() {
    let site = paper(&[]).await;
    let daemon = daemon("", &[("bao", &site)]).await;
    for (query, words) in [
        ("colour=red&size=1", vec!["`colour`", "`size`", "q, source, province, category, since or limit"]),
        ("source=bao&source=bao", vec!["`source` is given twice"]),
        ("limit=-1", vec!["limit"]),
    ] {
        for path in ["/feed.xml", "/sources/bao/feed.atom", "/"] {
            let answer = daemon.get(&format!("{path}?{query}")).await;
            assert_eq!(answer.status(), 400);
            let text = answer.text().await.unwrap();
            assert!(words.iter().all(|word| text.contains(word)), "{text}");
        }
    }
}

#[tokio::test]
async fn a_province_is_found_by_its_old_and_new_unit_and_by_its_name() {
    let (old, new) = (
        paper(&stories("Cũ", std::iter::once("09:00, 24/08/2026".to_owned()))).await,
        paper(&stories("Mới", std::iter::once("10:00, 24/08/2026".to_owned()))).await,
    );
    let with = |id: &str, site: &FakeSite, province: &str| {
        source(id, site).replace("[source.listing]", &format!("province = \"{province}\"\n[source.listing]"))
    };
    let sources = with("cu", &old, "ninh-thuan") + &with("moi", &new, "khanh-hoa");
    let daemon = TestDaemon::at(NOON, &sources).await;
    daemon.harvest("cu").await;
    daemon.harvest("moi").await;
    for (province, found) in [
        ("ninh-thuan", vec!["Cũ 0"]),
        ("khanh-hoa", vec!["Mới 0", "Cũ 0"]),
        ("Kh%C3%A1nh%20H%C3%B2a", vec!["Mới 0", "Cũ 0"]),
    ] {
        assert_eq!(daemon.titles(&format!("/feed.json?province={province}")).await, found, "{province}");
    }
    assert_eq!(daemon.get("/feed.json?province=atlantis").await.status(), 404);
}

#[tokio::test]
async fn the_archives_hold_everything_once_by_months() {
    let times =
        ["10:00, 24/08/2026", "00:30, 01/08/2026", "23:30, 31/07/2026", "09:00, 15/05/2026", "09:00, 02/05/2026"];
    let site = paper(&stories("Tin", times.iter().map(|time| (*time).to_owned()))).await;
    let daemon = daemon("items = 1\nmin_age = \"0s\"", &[("bao", &site)]).await;
    let (mut path, mut seen) = ("/feed.json".to_owned(), Vec::new());
    loop {
        let feed: serde_json::Value = serde_json::from_str(&daemon.text(&path).await).unwrap();
        if path != "/feed.json" {
            seen.push((path.clone(), feed["items"].as_array().unwrap().len()));
        }
        let Some(next) = feed["next_url"].as_str() else { break };
        path = next.trim_start_matches("http://127.0.0.1:8080").to_owned();
    }
    let walked = [("/archive/2026/08.json", 2), ("/archive/2026/07.json", 1), ("/archive/2026/05.json", 2)];
    assert_eq!(seen, walked.map(|(path, items)| (path.to_owned(), items)), "months are those of the clock on the wall");
    assert_eq!(daemon.titles("/archive/2026/05.json").await, ["Tin 3", "Tin 4"], "newest first");
}

#[tokio::test]
async fn a_month_that_is_over_is_an_archive_with_neighbours_and_does_not_change() {
    let times = ["10:00, 24/08/2026", "23:30, 31/07/2026", "09:00, 15/05/2026"];
    let site = paper(&stories("Tin", times.iter().map(|time| (*time).to_owned()))).await;
    let daemon = daemon("", &[("bao", &site)]).await;
    for (path, kind) in
        [("/archive/2026/07.xml", "application/rss+xml"), ("/archive/2026/07.atom", "application/atom+xml")]
    {
        let answer = daemon.get(path).await;
        assert_eq!(answer.headers()["cache-control"], "public, max-age=86400, immutable");
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with(kind));
        let text = answer.text().await.unwrap();
        let end = path.rsplit('.').next().unwrap();
        for link in [
            format!("href=\"http://127.0.0.1:8080/archive/2026/05.{end}\" rel=\"prev-archive\""),
            format!("href=\"http://127.0.0.1:8080/archive/2026/08.{end}\" rel=\"next-archive\""),
            format!("href=\"http://127.0.0.1:8080/feed.{end}\" rel=\"current\""),
            format!("href=\"http://127.0.0.1:8080/archive/2026/07.{end}\" rel=\"self\""),
            "<fh:archive".to_owned(),
            "xmlns:fh=\"http://purl.org/syndication/history/1.0\"".to_owned(),
        ] {
            assert!(text.contains(&link), "{link} in {text}");
        }
        assert!(!text.contains("rel=\"hub\"") && !text.contains("<ttl>"));
    }
    let running = daemon.get("/archive/2026/08.xml").await;
    assert_eq!(running.headers()["cache-control"], "public, max-age=450");
    assert!(!running.text().await.unwrap().contains("<fh:archive"), "it still grows");
    for path in [
        "/archive/2026/06.xml",
        "/archive/2026/13.xml",
        "/archive/2026/7.xml",
        "/archive/2026/07-1.xml",
        "/archive/2026/07-2.xml",
        "/archive/2026/07.html",
        "/archive/99999/07.xml",
    ] {
        assert_eq!(daemon.get(path).await.status(), 404, "{path}");
    }
}
