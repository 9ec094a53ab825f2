//! Papers merge, move to another host and change their CMS; what they have already told is not told again.

use chrono::TimeDelta;
use serde_json::Value;

use super::harness::{FakeSite, TestDaemon, listing, prose};

const STORIES: [(&str, &str); 3] = [
    ("khanh-thanh-cau-moi-qua-song", "Khánh thành cầu mới qua sông"),
    ("lich-cat-dien-tuan-toi-o-lang", "Lịch cắt điện tuần tới ở làng"),
    ("mua-lon-lam-sat-lo-bo-bien", "Mưa lớn làm sạt lở bờ biển"),
];

/// Serves the stories on a site whose addresses and classes are those of one CMS.
fn serve(site: &FakeSite, address: &dyn Fn(usize, &str) -> String, text: &str, date: &str) {
    let paths: Vec<(String, &str)> =
        STORIES.iter().enumerate().map(|(n, (slug, title))| (address(n, slug), *title)).collect();
    let links: Vec<(&str, &str)> = paths.iter().map(|(path, title)| (path.as_str(), *title)).collect();
    site.page("/", listing(&links));
    for (n, (path, title)) in links.iter().enumerate() {
        let html = format!(
            "<html><body><h1>{title}</h1><p class=\"{date}\">{:02}:08, 24/08/2026</p>\
             <div class=\"{text}\"><p>{}</p><p>{}</p></div></body></html>",
            10 + n,
            prose(60, n * 5),
            prose(70, n * 5 + 2)
        );
        site.page(path, html);
    }
}

fn old(n: usize, slug: &str) -> String {
    format!("/xa-hoi/202608/{slug}-818449{n}/")
}

fn new(n: usize, slug: &str) -> String {
    format!("/tin-trong-tinh/{slug}-a4123{n}.html")
}

fn file(family: &str, site: &FakeSite) -> String {
    format!(
        "[[source]]\nid = \"bao-ninh-thuan\"\nname = \"Báo Ninh Thuận\"\nfamily = \"{family}\"\n\
         listing = {{ url = \"{}\" }}\n",
        site.url("/")
    )
}

/// What subscribers have seen of each story.
async fn seen(daemon: &TestDaemon) -> Vec<Value> {
    let pick = |item: Value| serde_json::json!([item["id"], item["title"], item["_bantin"]["first_seen"]]);
    daemon.items("/feed.json").await.into_iter().map(pick).collect()
}

#[tokio::test]
async fn a_source_that_moves_to_another_host_and_family_publishes_nothing_again() {
    let (before, after) = (FakeSite::start().await, FakeSite::start().await);
    serve(&before, &old, "detail-news", "date");
    let daemon = TestDaemon::at("2026-08-24T08:00:00Z", &file("vnpt", &before)).await;
    assert_eq!(daemon.harvest("bao-ninh-thuan").await.new, 3);
    let published = seen(&daemon).await;
    serve(&after, &new, "content-fck", "pubdate");
    daemon.later(TimeDelta::days(2));
    let daemon = daemon.restart("", &file("newscontents", &after)).await;
    let report = daemon.harvest("bao-ninh-thuan").await;
    assert_eq!((report.new, report.failed), (0, 0));
    assert_eq!(seen(&daemon).await, published);
    let again = daemon.later(TimeDelta::hours(1)).harvest("bao-ninh-thuan").await;
    assert_eq!((again.new, again.copies, again.revised), (0, 0, 0), "the new addresses are known now");
}

#[tokio::test]
async fn a_source_whose_paths_alone_change_publishes_nothing_again() {
    let site = FakeSite::start().await;
    serve(&site, &old, "detail-news", "date");
    let daemon = TestDaemon::at("2026-08-24T08:00:00Z", &file("vnpt", &site)).await;
    daemon.harvest("bao-ninh-thuan").await;
    let published = seen(&daemon).await;
    serve(&site, &new, "content-fck", "pubdate");
    let daemon = daemon.restart("", &file("newscontents", &site)).await;
    assert_eq!(daemon.harvest("bao-ninh-thuan").await.new, 0);
    assert_eq!(seen(&daemon).await, published);
}

#[tokio::test]
async fn a_family_named_for_a_source_that_had_none_publishes_nothing_again() {
    let site = FakeSite::start().await;
    serve(&site, &new, "content-fck", "pubdate");
    let daemon = TestDaemon::at("2026-08-24T08:00:00Z", &file("newscontents", &site).replace("family", "#")).await;
    assert_eq!(daemon.harvest("bao-ninh-thuan").await.new, 3);
    let published = seen(&daemon).await;
    let daemon = daemon.restart("", &file("newscontents", &site)).await;
    let report = daemon.harvest("bao-ninh-thuan").await;
    assert_eq!((report.new, report.revised), (0, 0));
    assert_eq!(seen(&daemon).await, published);
}

#[tokio::test]
async fn a_source_that_moves_after_a_month_of_silence_publishes_nothing_again() {
    let (before, after) = (FakeSite::start().await, FakeSite::start().await);
    serve(&before, &old, "detail-news", "date");
    let daemon = TestDaemon::at("2026-08-24T08:00:00Z", &file("vnpt", &before)).await;
    daemon.harvest("bao-ninh-thuan").await;
    let published = seen(&daemon).await;
    serve(&after, &new, "content-fck", "pubdate");
    daemon.later(TimeDelta::days(30));
    let daemon = daemon.restart("", &file("newscontents", &after)).await;
    assert_eq!(daemon.harvest("bao-ninh-thuan").await.new, 0);
    assert_eq!(seen(&daemon).await, published);
}
