//! A source that is called otherwise, or gives way to another one that lists its pages: what it told is told on.

use chrono::TimeDelta;

use super::harness::{FakeSite, TestDaemon, article, listing, prose, source};

const MORNING: &str = "2026-08-24T03:10:00Z";
const TITLE: &str = "Cầu mới thông xe";

/// A site with one story, on a page that is known by its tag, in a listing and in a feed with a part of its text.
async fn site() -> FakeSite {
    let site = FakeSite::start().await;
    site.page("/", listing(&[("/1.html", TITLE)]));
    serve_page(&site, 200);
    let rss = format!(
        "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>Báo</title><item>\
         <title>{TITLE}</title><link>{}</link><guid>1</guid><pubDate>Mon, 24 Aug 2026 10:08:00 +0700</pubDate>\
         <description>Sapo.</description><content:encoded>{}</content:encoded></item></channel></rss>",
        site.url("/1.html"),
        prose(30, 1)
    );
    site.serve("/rss", 200, &[("content-type", "application/rss+xml")], rss);
    site
}

fn serve_page(site: &FakeSite, status: u16) {
    let page = article(TITLE, "10:08, 24/08/2026", "Sapo.", &[&prose(200, 1)]);
    site.serve("/1.html", status, &[("content-type", "text/html"), ("etag", "\"mot\"")], page);
}

fn feed(id: &str, site: &FakeSite) -> String {
    format!("[[source]]\nid = \"{id}\"\nname = \"Báo {id}\"\nfeed = \"{}\"\nfull_text = false\n", site.url("/rss"))
}

#[tokio::test]
async fn a_source_with_another_id_tells_its_stories_on_under_their_names() {
    for of in [source, feed] {
        let site = site().await;
        let daemon = TestDaemon::at(MORNING, &of("cu", &site)).await;
        daemon.scheduled("cu").await;
        let before = daemon.only_item("/feed.json").await;
        daemon.later(TimeDelta::minutes(10));
        let daemon = daemon.restart("", &of("moi", &site)).await;
        assert_eq!(daemon.scheduled("moi").await.new, 0);
        let after = daemon.only_item("/feed.json").await;
        for kept in ["id", "url", "date_published", "summary", "date_modified"] {
            assert_eq!(after[kept], before[kept], "{kept}");
        }
        assert_eq!(after["_bantin"]["source"]["id"], "moi");
        assert_eq!(daemon.titles("/sources/moi/feed.json").await, [TITLE]);
        site.asked();
        daemon.later(TimeDelta::minutes(10)).scheduled("moi").await;
        assert!(!site.paths_asked().contains(&"/1.html".to_owned()), "once");
    }
}

#[tokio::test]
async fn a_source_with_another_id_is_named_beside_a_story_whose_page_does_not_come() {
    let site = site().await;
    let daemon = TestDaemon::at(MORNING, &source("cu", &site)).await;
    daemon.scheduled("cu").await;
    let before = daemon.only_item("/feed.json").await;
    serve_page(&site, 500);
    let daemon = daemon.restart("", &source("moi", &site)).await;
    daemon.scheduled("moi").await;
    daemon.later(TimeDelta::minutes(5)).scheduled("moi").await;
    assert_eq!(daemon.only_item("/sources/moi/feed.json").await["id"], before["id"]);

    serve_page(&site, 200);
    daemon.later(TimeDelta::hours(1)).scheduled("moi").await;
    assert_eq!(daemon.only_item("/feed.json").await["_bantin"]["source"]["id"], "moi");
}

#[tokio::test]
async fn a_feed_that_says_less_takes_no_text_from_a_story_whose_source_is_read_no_more() {
    let site = site().await;
    let daemon = TestDaemon::at(MORNING, &source("trang", &site)).await;
    daemon.scheduled("trang").await;
    let before = daemon.only_item("/feed.json").await;
    let daemon = daemon.restart("", &feed("rss", &site)).await;
    daemon.scheduled("rss").await;
    let after = daemon.only_item("/sources/rss/feed.json").await;
    assert_eq!(after["id"], before["id"]);
    assert!(after["content_html"].as_str().unwrap().contains(&prose(200, 1)), "{after:#}");
}
