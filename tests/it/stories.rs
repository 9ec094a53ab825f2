//! What becomes of a story: new, edited, moved, copied, broken.

use bantin::model::Outcome;
use chrono::TimeDelta;

use crate::harness::{FakeSite, TestDaemon, article, listing, prose, source};

const MORNING: &str = "2026-08-24T03:10:00Z";

async fn site_with(stories: &[(&str, &str)]) -> FakeSite {
    let site = FakeSite::start().await;
    site.page("/", listing(stories));
    for (n, (path, title)) in stories.iter().enumerate() {
        site.page(path, article(title, "10:08, 24/08/2026", &format!("Dẫn {n}."), &[&prose(80, n)]));
    }
    site
}

#[tokio::test]
async fn a_story_is_published_with_its_time_lead_and_text() {
    let site = FakeSite::start().await;
    site.page("/", listing(&[("/tin/1.html", "Khánh thành cầu mới")]));
    site.page(
        "/tin/1.html",
        article("Khánh thành cầu mới", "10:08, 24/08/2026", "Sáng nay, cầu thông xe.", &["Đoạn một.", "Đoạn hai."]),
    );
    let daemon = TestDaemon::at(MORNING, &source("khanh-hoa", &site)).await;
    daemon.harvest("khanh-hoa").await;
    let item = daemon.only_item("/feed.json").await;
    assert_eq!(item["title"], "Khánh thành cầu mới");
    assert_eq!(item["summary"], "Sáng nay, cầu thông xe.");
    assert_eq!(item["date_published"], "2026-08-24T10:08:00+07:00");
    assert_eq!(item["url"], site.url("/tin/1.html"));
    assert_eq!(
        item["content_html"],
        "<p>10:08, 24/08/2026 · Báo khanh-hoa</p>\n<p><strong>Sáng nay, cầu thông xe.</strong></p>\n<p>Đoạn một.</p>\n<p>Đoạn hai.</p>"
    );
    assert_eq!(item["_bantin"]["dateline"], "10:08, 24/08/2026");
    assert_eq!(item["_bantin"]["date_origin"], "selector");
    assert_eq!(item["_bantin"]["date_precision"], "minute");
    assert_eq!(item["_bantin"]["first_seen"], "2026-08-24T10:10:00+07:00");
}

#[tokio::test]
async fn an_edited_story_keeps_its_guid_and_its_place() {
    let site = site_with(&[("/1.html", "Lịch cắt điện"), ("/2.html", "Khánh thành cầu mới")]).await;
    let daemon = TestDaemon::at(MORNING, &source("bao", &site)).await;
    daemon.harvest("bao").await;
    let before = daemon.items("/feed.json").await;
    site.page("/1.html", article("Lịch cắt điện (sửa)", "10:08, 24/08/2026", "Dẫn 0.", &[&prose(80, 5)]));
    let report = daemon.later(TimeDelta::hours(1)).harvest("bao").await;
    assert_eq!((report.new, report.revised, report.unchanged), (0, 1, 1));
    let after = daemon.items("/feed.json").await;
    let (old, new) = (
        before.iter().find(|item| item["title"] == "Lịch cắt điện"),
        after.iter().find(|item| item["title"] == "Lịch cắt điện (sửa)"),
    );
    let (old, new) = (old.unwrap(), new.unwrap());
    assert_eq!((&old["id"], &old["date_published"]), (&new["id"], &new["date_published"]));
    assert_eq!(old["date_modified"], serde_json::Value::Null);
    assert_eq!(new["date_modified"], "2026-08-24T11:10:00+07:00");
    assert_eq!(after.len(), 2);
}

#[tokio::test]
async fn a_story_that_moves_to_a_new_address_is_published_once() {
    let site = site_with(&[("/tin/1.html", "Khánh thành cầu mới"), ("/tin/2.html", "Lịch cắt điện")]).await;
    let daemon = TestDaemon::at(MORNING, &source("ninh-binh", &site)).await;
    daemon.harvest("ninh-binh").await;
    let guids: Vec<_> = daemon.items("/feed.json").await.iter().map(|item| item["id"].clone()).collect();
    site.page("/", listing(&[("/thoi-su/1.html", "Khánh thành cầu mới"), ("/tin/2.html", "Lịch cắt điện")]));
    site.page("/thoi-su/1.html", article("Khánh thành cầu mới", "10:08, 24/08/2026", "Dẫn 0.", &[&prose(80, 0)]));
    site.remove("/tin/1.html");
    let report = daemon.later(TimeDelta::minutes(15)).harvest("ninh-binh").await;
    assert_eq!((report.new, report.copies), (0, 1));
    let after: Vec<_> = daemon.items("/feed.json").await.iter().map(|item| item["id"].clone()).collect();
    assert_eq!(after, guids);
}

#[tokio::test]
async fn one_address_with_and_without_tracking_is_one_story() {
    let site = site_with(&[("/1.html", "Khánh thành cầu mới")]).await;
    site.page(
        "/",
        listing(&[("/1.html?utm_source=zalo", "Khánh thành cầu mới"), ("/1.html#top", "Khánh thành cầu mới")]),
    );
    let daemon = TestDaemon::at(MORNING, &source("bao", &site)).await;
    assert_eq!(daemon.harvest("bao").await.new, 1);
    assert_eq!(daemon.only_item("/feed.json").await["url"], site.url("/1.html"));
}

#[tokio::test]
async fn the_same_agency_text_in_two_papers_is_one_item_that_names_both() {
    let (first, second) = (FakeSite::start().await, FakeSite::start().await);
    let text = prose(90, 3);
    first.page("/", listing(&[("/a.html", "Mưa lớn ở ven biển")]));
    first.page("/a.html", article("Mưa lớn ở ven biển", "10:08, 24/08/2026", "Dẫn của báo một.", &[&text]));
    second.page("/", listing(&[("/b.html", "Ven biển trước đợt mưa to")]));
    second.page(
        "/b.html",
        article("Ven biển trước đợt mưa to", "11:00, 24/08/2026", "Dẫn của báo hai.", &[&text.to_uppercase()]),
    );
    let sources = source("mot", &first) + &source("hai", &second);
    let daemon = TestDaemon::at("2026-08-24T05:00:00Z", &sources).await;
    daemon.harvest("mot").await;
    let report = daemon.harvest("hai").await;
    assert_eq!((report.new, report.copies), (0, 1));
    let item = daemon.only_item("/feed.json").await;
    assert_eq!(item["title"], "Mưa lớn ở ven biển");
    assert_eq!(item["_bantin"]["also_in"][0]["id"], "hai");
    assert_eq!(item["_bantin"]["also_in"][0]["url"], second.url("/b.html"));
    let closing = format!("<p>Cũng đăng trên: <a href=\"{}\">Báo hai</a></p>", second.url("/b.html"));
    assert!(item["content_html"].as_str().unwrap().ends_with(&closing));
    assert_eq!(daemon.titles("/sources/hai/feed.json").await, ["Mưa lớn ở ven biển"]);
    daemon.later(TimeDelta::minutes(15)).harvest("hai").await;
    assert_eq!(daemon.only_item("/feed.json").await, item, "reading the copy again changes nothing");
}

#[tokio::test]
async fn copies_stay_apart_where_merging_is_off() {
    let (first, second) =
        (site_with(&[("/a.html", "Mưa lớn ở ven biển")]).await, site_with(&[("/a.html", "Mưa lớn ở ven biển")]).await);
    let sources = source("mot", &first) + &source("hai", &second);
    let clock = bantin::clock::Clock::fixed("2026-08-24T05:00:00Z".parse().unwrap());
    let directory = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let daemon = TestDaemon::over(directory, clock, "[dedupe]\nmode = \"off\"\n", &sources).await;
    daemon.harvest("mot").await;
    daemon.harvest("hai").await;
    assert_eq!(daemon.items("/feed.json").await.len(), 2);
}

#[tokio::test]
async fn a_story_without_a_date_has_none_and_stays_where_it_was_first_seen() {
    let site = FakeSite::start().await;
    site.page("/", listing(&[("/1.html", "Thông báo tuyển sinh")]));
    site.page(
        "/1.html",
        article("Thông báo tuyển sinh", "", "Lớp học miễn phí.", &["Nhiệm kỳ 2020 - 2025, ngày 3/10/2026."]),
    );
    let daemon = TestDaemon::at(MORNING, &source("bao", &site)).await;
    daemon.harvest("bao").await;
    let before = daemon.only_item("/feed.json").await;
    assert_eq!(before.get("date_published"), None);
    assert_eq!(before["_bantin"]["dateline"], serde_json::Value::Null);
    assert!(!daemon.text("/feed.xml").await.contains("<pubDate>"));
    daemon.later(TimeDelta::days(1)).harvest("bao").await;
    assert_eq!(daemon.only_item("/feed.json").await, before);
}

#[tokio::test]
async fn a_day_without_a_time_is_shown_as_the_first_sight_on_that_day_or_its_start() {
    let site = FakeSite::start().await;
    site.page("/", listing(&[("/1.html", "Tin hôm nay"), ("/2.html", "Tin hôm qua")]));
    site.page("/1.html", article("Tin hôm nay", "24/08/2026", "Dẫn.", &["Một."]));
    site.page("/2.html", article("Tin hôm qua", "23/08/2026", "Dẫn.", &["Hai."]));
    let daemon = TestDaemon::at(MORNING, &source("bao", &site)).await;
    daemon.harvest("bao").await;
    let mut items = daemon.items("/feed.json").await;
    items.sort_by_key(|item| item["title"].as_str().unwrap().to_owned());
    assert_eq!(items[0]["date_published"], "2026-08-24T10:10:00+07:00");
    assert_eq!(items[1]["date_published"], "2026-08-23T00:00:00+07:00");
    assert_eq!(items[0]["_bantin"]["date_precision"], "day");
    assert_eq!(items[0]["_bantin"]["dateline"], "24/08/2026");
}

#[tokio::test]
async fn a_store_rebuilt_from_the_same_pages_gives_the_same_guids() {
    let site = site_with(&[("/1.html", "Khánh thành cầu mới"), ("/2.html", "Lịch cắt điện")]).await;
    let mut guids = Vec::new();
    for moment in [MORNING, "2026-09-30T03:00:00Z"] {
        let daemon = TestDaemon::at(moment, &source("bao", &site)).await;
        daemon.harvest("bao").await;
        let mut own: Vec<_> = daemon.items("/feed.json").await.iter().map(|item| item["id"].to_string()).collect();
        own.sort();
        guids.push(own);
    }
    assert_eq!(guids[0], guids[1]);
}

#[tokio::test]
async fn a_second_reading_of_unchanged_pages_changes_no_byte_and_asks_conditionally() {
    let site = FakeSite::start().await;
    let tagged = |path: &str, html: String| {
        site.serve(path, 200, &[("content-type", "text/html"), ("etag", &format!("\"{path}\""))], html);
    };
    tagged("/", listing(&[("/1.html", "Khánh thành cầu mới"), ("/2.html", "Lịch cắt điện")]));
    tagged("/1.html", article("Khánh thành cầu mới", "10:08, 24/08/2026", "Dẫn.", &["Một."]));
    tagged("/2.html", article("Lịch cắt điện", "09:08, 24/08/2026", "Dẫn.", &["Hai."]));
    let daemon = TestDaemon::at(MORNING, &source("bao", &site)).await;
    daemon.harvest("bao").await;
    let mut before = Vec::new();
    for path in ["/feed.xml", "/feed.atom", "/feed.json"] {
        before.push(daemon.text(path).await);
    }
    site.asked();
    let report = daemon.later(TimeDelta::minutes(15)).harvest("bao").await;
    assert_eq!((report.new, report.revised, report.unchanged, report.failed), (0, 0, 2, 0));
    let asked = site.asked();
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|asked| asked.headers.contains_key("if-none-match")), "{asked:?}");
    for (path, before) in ["/feed.xml", "/feed.atom", "/feed.json"].iter().zip(before) {
        assert_eq!(daemon.text(path).await, before, "{path}");
    }
}

#[tokio::test]
async fn the_schedule_looks_at_known_pages_seldom_and_at_new_ones_at_once() {
    let site = site_with(&[("/1.html", "Khánh thành cầu mới")]).await;
    let daemon = TestDaemon::at(MORNING, &source("bao", &site)).await;
    daemon.scheduled("bao").await;
    site.asked();
    site.page("/", listing(&[("/2.html", "Lịch cắt điện"), ("/1.html", "Khánh thành cầu mới")]));
    site.page("/2.html", article("Lịch cắt điện", "10:20, 24/08/2026", "Dẫn.", &["Hai."]));
    daemon.later(TimeDelta::minutes(15)).scheduled("bao").await;
    assert_eq!(site.paths_asked(), ["/", "/2.html"]);
    daemon.later(TimeDelta::minutes(20)).scheduled("bao").await;
    assert_eq!(site.paths_asked(), ["/", "/1.html"], "after half an hour the first story is looked at again");
}

#[tokio::test]
async fn other_selectors_read_unchanged_pages_again() {
    let site = FakeSite::start().await;
    site.serve(
        "/",
        200,
        &[("content-type", "text/html"), ("etag", "\"1\"")],
        listing(&[("/1.html", "Khánh thành cầu mới")]),
    );
    let page = article("Khánh thành cầu mới", "10:08, 24/08/2026", "Dẫn.", &["Một."]);
    site.serve("/1.html", 200, &[("content-type", "text/html"), ("etag", "\"2\"")], page);
    let wrong = source("bao", &site).replace(".sapo", ".date");
    let daemon = TestDaemon::at(MORNING, &wrong).await;
    daemon.harvest("bao").await;
    assert_eq!(daemon.only_item("/feed.json").await["summary"], "10:08, 24/08/2026");
    let daemon = daemon.restart("", &source("bao", &site)).await;
    daemon.scheduled("bao").await;
    assert_eq!(daemon.only_item("/feed.json").await["summary"], "Dẫn.");
}

#[tokio::test]
async fn one_sources_trouble_stays_its_own_and_is_told() {
    let (good, bad) = (site_with(&[("/1.html", "Khánh thành cầu mới")]).await, FakeSite::start().await);
    bad.serve("/", 500, &[], "");
    let sources = source("tot", &good) + &source("hong", &bad);
    let daemon = TestDaemon::at(MORNING, &sources).await;
    assert_eq!(daemon.harvest("tot").await.outcome, Outcome::Done);
    let report = daemon.harvest("hong").await;
    assert!(report.failed_whole() && report.trouble().unwrap().contains("answered 500"), "{report:?}");
    assert_eq!(daemon.items("/feed.json").await.len(), 1);
    let status = daemon.text("/status").await;
    assert!(status.contains("failing") && status.contains("answered 500"), "{status}");
}

#[tokio::test]
async fn broken_answers_are_errors_and_never_items() {
    for (status, headers, body, word) in [
        (200, vec![("content-type", "text/html")], b"\x00\x01\x02nonsense".to_vec(), "no article link"),
        (200, vec![("content-type", "text/html"), ("content-encoding", "gzip")], b"not gzip".to_vec(), ""),
        (404, vec![], Vec::new(), "answered 404"),
        (503, vec![("retry-after", "120")], Vec::new(), "answered 503"),
        (302, vec![("location", "file:///etc/passwd")], Vec::new(), "redirect to file:"),
        (302, vec![("location", "/")], Vec::new(), "more than 5 redirects"),
    ] {
        let site = FakeSite::start().await;
        site.serve("/", status, &headers, body);
        let daemon = TestDaemon::at(MORNING, &source("bao", &site)).await;
        let report = daemon.harvest("bao").await;
        assert!(report.failed_whole() && report.trouble().unwrap().contains(word), "{status}: {report:?}");
        assert!(daemon.items("/feed.json").await.is_empty());
    }
}

#[tokio::test]
async fn a_page_that_loses_its_text_changes_no_story() {
    let site = site_with(&[("/1.html", "Khánh thành cầu mới")]).await;
    let daemon = TestDaemon::at(MORNING, &source("bao", &site)).await;
    daemon.harvest("bao").await;
    let before = daemon.only_item("/feed.json").await;
    site.page("/1.html", article("Khánh thành cầu mới", "10:08, 24/08/2026", "Dẫn 0.", &[]));
    daemon.later(TimeDelta::hours(1)).harvest("bao").await;
    assert_eq!(daemon.only_item("/feed.json").await, before);
}

#[tokio::test]
async fn a_host_that_asks_for_patience_is_left_alone() {
    let site = site_with(&[("/1.html", "Khánh thành cầu mới")]).await;
    site.serve("/", 429, &[("retry-after", "600")], "");
    let daemon = TestDaemon::at(MORNING, &source("bao", &site)).await;
    daemon.harvest("bao").await;
    site.asked();
    let report = daemon.later(TimeDelta::minutes(9)).harvest("bao").await;
    assert!(report.trouble().unwrap().contains("asks to wait"), "{report:?}");
    assert!(site.asked().is_empty());
    site.page("/", listing(&[("/1.html", "Khánh thành cầu mới")]));
    assert_eq!(daemon.later(TimeDelta::minutes(2)).harvest("bao").await.new, 1);
}

#[tokio::test]
async fn robots_txt_is_obeyed_without_blaming_the_source() {
    let site = site_with(&[("/1.html", "Khánh thành cầu mới"), ("/noi-bo/2.html", "Lịch cắt điện")]).await;
    site.serve("/robots.txt", 200, &[("content-type", "text/plain")], "User-agent: *\nDisallow: /noi-bo/\n");
    let daemon = TestDaemon::at(MORNING, &source("bao", &site)).await;
    let report = daemon.harvest("bao").await;
    assert_eq!((report.new, report.failed, report.outcome), (1, 0, Outcome::Done));
    assert!(!site.paths_asked().contains(&"/noi-bo/2.html".to_owned()));
}

#[tokio::test]
async fn private_addresses_are_refused_unless_they_are_allowed() {
    let site = site_with(&[("/1.html", "Khánh thành cầu mới")]).await;
    let clock = bantin::clock::Clock::fixed(MORNING.parse().unwrap());
    let manners = bantin::fetch::Manners::default();
    let fetcher = bantin::fetch::Fetcher::new(manners, clock).unwrap();
    for address in [
        site.url("/"),
        site.url("/").replace("127.0.0.1", "localhost"),
        "http://[::1]:9/".to_owned(),
        "http://169.254.169.254/".to_owned(),
    ] {
        let url = url::Url::parse(&address).unwrap();
        let error =
            fetcher.for_address(&url).get(&url, &bantin::fetch::Validators::default()).await.unwrap_err().to_string();
        assert!(error.contains("allow_private"), "{address}: {error}");
    }
    assert!(site.asked().is_empty());
}

#[tokio::test]
async fn a_body_that_is_too_long_unpacked_is_cut_off() {
    let site = FakeSite::start().await;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packed, &vec![b' '; 3 << 20]).unwrap();
    let headers = [("content-type", "text/html"), ("content-encoding", "gzip")];
    site.serve("/", 200, &headers, packed.finish().unwrap());
    let clock = bantin::clock::Clock::fixed(MORNING.parse().unwrap());
    let manners =
        bantin::fetch::Manners { allow_private: true, robots: false, max_body: 1 << 20, ..Default::default() };
    let fetcher = bantin::fetch::Fetcher::new(manners, clock).unwrap();
    let url = url::Url::parse(&site.url("/")).unwrap();
    let error =
        fetcher.for_address(&url).get(&url, &bantin::fetch::Validators::default()).await.unwrap_err().to_string();
    assert!(error.contains("more than 1048576 bytes"), "{error}");
}

#[tokio::test]
async fn requests_say_who_asks_and_what_they_read() {
    let site = site_with(&[("/1.html", "Khánh thành cầu mới")]).await;
    let clock = bantin::clock::Clock::fixed(MORNING.parse().unwrap());
    let contact = Some("mailto:admin@example.vn".to_owned());
    let manners = bantin::fetch::Manners { allow_private: true, contact, ..Default::default() };
    let fetcher = bantin::fetch::Fetcher::new(manners, clock).unwrap();
    let url = url::Url::parse(&site.url("/")).unwrap();
    fetcher.for_address(&url).get(&url, &bantin::fetch::Validators::default()).await.ok();
    let asked = site.asked().remove(0);
    let agent = format!("bantin/{} (+mailto:admin@example.vn)", env!("CARGO_PKG_VERSION"));
    assert_eq!(asked.headers["user-agent"], agent.as_str());
    assert_eq!(asked.headers["accept-language"], "vi");
    assert!(asked.headers["accept"].to_str().unwrap().contains("text/html"));
    assert!(asked.headers["accept-encoding"].to_str().unwrap().contains("zstd"));
}

fn rss(items: &[(&str, &str, &str)]) -> String {
    let items: String = items
        .iter()
        .map(|(path, title, text)| format!("<item><title>{title}</title><link>{path}</link><guid isPermaLink=\"false\">g{path}</guid><description>{text}</description><pubDate>Mon, 24 Aug 2026 10:08:00 +0700</pubDate></item>"))
        .collect();
    format!("<rss version=\"2.0\"><channel><title>t</title>{items}</channel></rss>")
}

fn feed_source(site: &FakeSite, full_text: bool) -> String {
    format!(
        "[[source]]\nid = \"bao\"\nfeed = \"{}\"\nfull_text = {full_text}\n[source.article]\nbody = \".detail-news\"\nlead = \".sapo\"\n",
        site.url("/rss")
    )
}

/// A site whose feed has one entry.
async fn one_entry_feed() -> FakeSite {
    let site = FakeSite::start().await;
    let feed = rss(&[("/1.html", "Khánh thành cầu mới", "Dẫn trong feed.")]);
    site.serve("/rss", 200, &[("content-type", "text/xml")], feed);
    site
}

#[tokio::test]
async fn a_feed_is_read_by_itself_or_followed_to_its_pages() {
    let site = one_entry_feed().await;
    site.page("/1.html", article("Khánh thành cầu mới", "10:08, 24/08/2026", "Dẫn trên trang.", &["Một.", "Hai."]));
    let alone = TestDaemon::at(MORNING, &feed_source(&site, false)).await;
    alone.harvest("bao").await;
    let item = alone.only_item("/feed.json").await;
    assert_eq!(
        (&item["summary"], &item["date_published"]),
        (&"Dẫn trong feed.".into(), &"2026-08-24T10:08:00+07:00".into())
    );
    assert_eq!(site.paths_asked(), ["/rss"]);
    let followed = TestDaemon::at(MORNING, &feed_source(&site, true)).await;
    followed.harvest("bao").await;
    let item = followed.only_item("/feed.json").await;
    assert_eq!(item["summary"], "Dẫn trên trang.");
    assert!(item["content_html"].as_str().unwrap().contains("<p>Hai.</p>"));
}

#[tokio::test]
async fn an_entry_whose_page_fails_is_published_from_the_feed_and_completed_later() {
    let site = one_entry_feed().await;
    site.serve("/1.html", 500, &[], "");
    let daemon = TestDaemon::at(MORNING, &feed_source(&site, true)).await;
    let report = daemon.harvest("bao").await;
    assert_eq!((report.new, report.failed), (1, 1));
    let before = daemon.only_item("/feed.json").await;
    site.page("/1.html", article("Khánh thành cầu mới", "10:08, 24/08/2026", "Dẫn trên trang.", &["Một."]));
    site.serve(
        "/rss",
        200,
        &[("content-type", "text/xml")],
        rss(&[("/1.html", "Khánh thành cầu mới", "Dẫn trong feed.")]) + " ",
    );
    daemon.later(TimeDelta::hours(1)).scheduled("bao").await;
    let after = daemon.only_item("/feed.json").await;
    assert_eq!(after["id"], before["id"]);
    assert_eq!(after["summary"], "Dẫn trên trang.");
}

#[tokio::test]
async fn entries_that_had_to_wait_are_read_though_the_feed_has_not_changed() {
    let site = FakeSite::start().await;
    let items = rss(&[("/1.html", "Khánh thành cầu mới", ""), ("/2.html", "Lịch cắt điện", "")]);
    site.serve("/rss", 200, &[("content-type", "text/xml"), ("etag", "\"1\"")], items);
    site.serve("/1.html", 429, &[("retry-after", "60")], "");
    let daemon = TestDaemon::at(MORNING, &feed_source(&site, true)).await;
    daemon.harvest("bao").await;
    for (path, title) in [("/1.html", "Khánh thành cầu mới"), ("/2.html", "Lịch cắt điện")] {
        site.page(path, article(title, "10:08, 24/08/2026", "Dẫn trên trang.", &["Một."]));
    }
    daemon.later(TimeDelta::hours(1)).scheduled("bao").await;
    assert_eq!(daemon.items("/feed.json").await.len(), 2);
    site.asked();
    daemon.later(TimeDelta::minutes(10)).scheduled("bao").await;
    assert!(site.asked()[0].headers.contains_key("if-none-match"), "now the feed itself may rest");
}

#[tokio::test]
async fn a_correction_counts_however_the_address_is_written() {
    let site = FakeSite::start().await;
    let page = |text: &str| article("Điện gió ven biển", "10:08, 24/08/2026", "Dẫn.", &[text]);
    site.page("/", listing(&[("/dien-gio", "Điện gió ven biển")])).page("/dien-gio", page("Ba trụ."));
    let daemon = TestDaemon::at(MORNING, &source("bao", &site)).await;
    daemon.harvest("bao").await;
    site.page("/", listing(&[("/dien-gio/", "Điện gió ven biển")])).page("/dien-gio/", page("Bốn trụ."));
    assert_eq!(daemon.later(TimeDelta::hours(1)).harvest("bao").await.revised, 1);
    assert!(daemon.only_item("/feed.json").await["content_html"].as_str().unwrap().contains("Bốn trụ."));
}

#[tokio::test]
async fn a_guid_shared_by_different_stories_merges_nothing() {
    let site = FakeSite::start().await;
    let items = rss(&[("/1.html", "Khánh thành cầu mới", "Một."), ("/2.html", "Lịch cắt điện", "Hai.")])
        .replace("g/1.html", "x")
        .replace("g/2.html", "x");
    site.serve("/rss", 200, &[("content-type", "text/xml")], items);
    let daemon = TestDaemon::at(MORNING, &feed_source(&site, false)).await;
    assert_eq!(daemon.harvest("bao").await.new, 2);
}

#[tokio::test]
async fn a_sitemap_leads_to_its_pages() {
    let site = site_with(&[("/1.html", "Khánh thành cầu mới")]).await;
    let xml = format!("<sitemapindex><sitemap><loc>{}</loc></sitemap></sitemapindex>", site.url("/news.xml"));
    site.serve("/sitemap.xml", 200, &[("content-type", "text/xml")], xml);
    let xml = format!("<urlset><url><loc>{}</loc></url></urlset>", site.url("/1.html"));
    site.serve("/news.xml", 200, &[("content-type", "text/xml")], xml);
    let daemon =
        TestDaemon::at(MORNING, &format!("[[source]]\nid = \"bao\"\nsitemap = \"{}\"\n", site.url("/sitemap.xml")))
            .await;
    assert_eq!(daemon.harvest("bao").await.new, 1);
}

#[tokio::test]
async fn next_pages_are_read_as_far_as_the_source_says() {
    let site =
        site_with(&[("/1.html", "Khánh thành cầu mới"), ("/2.html", "Lịch cắt điện"), ("/3.html", "Chợ nổi")]).await;
    let page = |n: usize, title: &str| {
        format!("{}<a class=\"next\" href=\"/p{}\">sau</a>", listing(&[(&format!("/{n}.html"), title)]), n + 1)
    };
    site.page("/", page(1, "Khánh thành cầu mới"))
        .page("/p2", page(2, "Lịch cắt điện"))
        .page("/p3", page(3, "Chợ nổi"));
    let two = source("bao", &site).replace("link =", "pages = 2\nlink =");
    let daemon = TestDaemon::at(MORNING, &two).await;
    assert_eq!(daemon.harvest("bao").await.new, 2);
    assert!(!site.paths_asked().contains(&"/p3".to_owned()));
}

/// A page that prints a day for people and a machine time under UTC's name.
fn wordpress(title: &str, day: &str, stated: &str) -> String {
    let page = article(title, day, "Dẫn.", &[&format!("Đoạn của {title}.")]);
    page.replace("<head>", &format!("<head><meta property=\"article:published_time\" content=\"{stated}\">"))
}

/// Three stories, each with the day it prints for people and its machine time, and what the feed makes of them.
async fn dates_of(stories: [(&str, &str); 3]) -> (FakeSite, TestDaemon, Vec<String>) {
    let site = FakeSite::start().await;
    let (paths, titles) = (["/1.html", "/2.html", "/3.html"], ["Tin một", "Tin hai", "Tin ba"]);
    site.page("/", listing(&[(paths[0], titles[0]), (paths[1], titles[1]), (paths[2], titles[2])]));
    for (n, (day, stated)) in stories.into_iter().enumerate() {
        site.page(paths[n], wordpress(titles[n], day, stated));
    }
    let daemon = TestDaemon::at(MORNING, &source("bao", &site)).await;
    daemon.harvest("bao").await;
    let items = daemon.items("/feed.json").await;
    let dates = items.iter().map(|item| item["date_published"].as_str().unwrap().to_owned()).collect();
    (site, daemon, dates)
}

#[tokio::test]
async fn a_site_that_prints_local_time_as_utc_is_recognised_and_its_stories_dated_anew() {
    let (_site, daemon, dates) = dates_of([
        ("23/08/2026", "2026-08-23T08:00:00+00:00"),
        ("22/08/2026", "2026-08-22T20:04:00+00:00"),
        ("21/08/2026", "2026-08-21T17:10:00+00:00"),
    ])
    .await;
    let expected = ["2026-08-23T08:00:00+07:00", "2026-08-22T20:04:00+07:00", "2026-08-21T17:10:00+07:00"];
    assert_eq!(dates, expected, "two pages prove it, the third follows");
    let before = daemon.text("/feed.xml").await;
    daemon.later(TimeDelta::hours(1)).harvest("bao").await;
    assert_eq!(daemon.text("/feed.xml").await, before);
}

#[tokio::test]
async fn an_honest_site_is_never_corrected() {
    let (_site, _daemon, dates) = dates_of([
        ("23/08/2026", "2026-08-23T01:00:00+00:00"),
        ("23/08/2026", "2026-08-22T20:04:00+00:00"),
        ("22/08/2026", "2026-08-21T17:10:00+00:00"),
    ])
    .await;
    assert_eq!(dates, ["2026-08-23T08:00:00+07:00", "2026-08-23T03:04:00+07:00", "2026-08-22T00:10:00+07:00"]);
}

#[tokio::test]
async fn a_feed_that_prints_the_month_for_minutes_gives_the_day_and_the_page_gives_the_minute() {
    let site = FakeSite::start().await;
    let items: String = (1..=9)
        .map(|n| {
            site.page(&format!("/{n}.html"), article(&format!("Tin {n}"), &format!("1{n}:27, 20/08/2026"), "Dẫn.", &["Đoạn."]));
            format!("<item><title>Tin {n}</title><link>/{n}.html</link><description>Dẫn {n}.</description><pubDate>Thu, 20 Aug 2026 0{n}:08:31 GMT</pubDate></item>")
        })
        .collect();
    let feed = format!("<rss version=\"2.0\"><channel><title>t</title>{items}</channel></rss>");
    site.serve("/rss", 200, &[("content-type", "text/xml")], feed);
    let alone = TestDaemon::at(MORNING, &feed_source(&site, false)).await;
    alone.harvest("bao").await;
    let items = alone.items("/feed.json").await;
    assert!(items.iter().all(|item| item["_bantin"]["date_precision"] == "day"), "{items:#?}");
    let mut stamps: Vec<_> = items.iter().map(|item| item["date_published"].to_string()).collect();
    stamps.dedup();
    assert_eq!(stamps.len(), 9, "a day shared by nine stories becomes nine stamps");
    assert_eq!(alone.titles("/feed.json").await[0], "Tin 1", "in the feed's own order");
    let followed = feed_source(&site, true) + "date = \".date\"\n";
    let followed = TestDaemon::at(MORNING, &followed).await;
    followed.harvest("bao").await;
    assert!(followed.items("/feed.json").await.iter().all(|item| item["_bantin"]["date_precision"] == "minute"));
}

#[tokio::test]
async fn stories_of_one_minute_keep_the_listings_order_by_seconds_of_their_own() {
    let site = FakeSite::start().await;
    site.page("/", listing(&[("/1.html", "Tin một"), ("/2.html", "Tin hai"), ("/3.html", "Tin ba")]));
    for (path, title, time) in
        [("/1.html", "Tin một", "10:08"), ("/2.html", "Tin hai", "10:08"), ("/3.html", "Tin ba", "09:30")]
    {
        site.page(path, article(title, &format!("{time}, 23/08/2026"), "Dẫn.", &[title]));
    }
    let daemon = TestDaemon::at(MORNING, &source("bao", &site)).await;
    daemon.harvest("bao").await;
    let items = daemon.items("/feed.json").await;
    let shown: Vec<_> =
        items.iter().map(|item| (item["title"].as_str().unwrap(), item["date_published"].as_str().unwrap())).collect();
    assert_eq!(
        shown,
        [
            ("Tin một", "2026-08-23T10:08:01+07:00"),
            ("Tin hai", "2026-08-23T10:08:00+07:00"),
            ("Tin ba", "2026-08-23T09:30:00+07:00"),
        ]
    );
    assert_eq!(items[0]["_bantin"]["dateline"], "10:08, 23/08/2026");
    site.page("/", listing(&[("/4.html", "Tin bốn"), ("/1.html", "Tin một")]));
    site.page("/4.html", article("Tin bốn", "10:08, 23/08/2026", "Dẫn.", &["Bốn."]));
    daemon.later(TimeDelta::minutes(15)).harvest("bao").await;
    let items = daemon.items("/feed.json").await;
    assert_eq!(items[0]["date_published"], "2026-08-23T10:08:02+07:00", "earlier stamps stay as they were");
    assert_eq!(items[1]["date_published"], shown[0].1);
}

#[tokio::test]
async fn a_template_that_names_one_canonical_address_on_all_pages_merges_nothing() {
    let site = FakeSite::start().await;
    let paths = ["/detail.aspx?id=1", "/detail.aspx?id=2", "/detail.aspx?id=3"];
    site.page("/", listing(&paths.map(|path| (path, "Một tin của cổng thông tin"))));
    for path in paths {
        let page = article(&format!("Tin {path}"), "10:08, 24/08/2026", "Dẫn.", &[path]);
        site.page(path, page.replace("<head>", "<head><link rel=\"canonical\" href=\"/detail.aspx\">"));
    }
    let daemon = TestDaemon::at(MORNING, &source("bao", &site)).await;
    assert_eq!(daemon.harvest("bao").await.new, 3);
}

#[tokio::test]
async fn one_story_under_two_titles_in_two_sections_does_not_change_back_and_forth() {
    let site = FakeSite::start().await;
    site.page("/", listing(&[("/a/1.html", "Khánh thành cầu mới"), ("/b/1.html", "Cầu mới thông xe")]));
    let page = |title: &str, views: usize| {
        article(title, "10:08, 24/08/2026", "Dẫn.", &[&prose(80, 1)]) + &format!("<!-- {views} -->")
    };
    site.page("/a/1.html", page("Khánh thành cầu mới", 1)).page("/b/1.html", page("Cầu mới thông xe", 1));
    let daemon = TestDaemon::at(MORNING, &source("bao", &site)).await;
    daemon.harvest("bao").await;
    let before = daemon.text("/feed.json").await;
    for views in 2..4 {
        site.page("/a/1.html", page("Khánh thành cầu mới", views)).page("/b/1.html", page("Cầu mới thông xe", views));
        let report = daemon.later(TimeDelta::hours(1)).harvest("bao").await;
        assert_eq!((report.new, report.revised), (0, 0));
    }
    assert_eq!(daemon.text("/feed.json").await, before);
}

#[tokio::test]
async fn a_list_longer_than_one_pass_is_read_to_its_end_by_the_next() {
    let site = FakeSite::start().await;
    let count = bantin::harvest::ARTICLES_PER_PASS_MAX + 20;
    let items: Vec<(String, String)> = (0..count).map(|n| (format!("/{n}.html"), format!("Tin số {n}"))).collect();
    let items: Vec<(&str, &str, &str)> =
        items.iter().map(|(path, title)| (path.as_str(), title.as_str(), "Dẫn.")).collect();
    let headers = [("content-type", "text/xml"), ("etag", "\"1\"")];
    site.serve("/rss", 200, &headers, rss(&items));
    let daemon = TestDaemon::at(MORNING, &feed_source(&site, false)).await;
    assert_eq!(daemon.scheduled("bao").await.new, count - 20);
    assert_eq!(daemon.later(TimeDelta::minutes(15)).scheduled("bao").await.new, 20);
}

#[tokio::test]
async fn absurd_words_of_a_server_break_nothing() {
    for wait in ["-9000000000000", "9000000000000", "soon", "Mon, 24 Aug 2990 10:08:00 GMT"] {
        let site = FakeSite::start().await;
        site.serve("/", 503, &[("retry-after", wait)], "");
        let daemon = TestDaemon::at(MORNING, &source("bao", &site)).await;
        assert!(daemon.harvest("bao").await.failed_whole(), "{wait}");
        site.page("/", listing(&[("/1.html", "Khánh thành cầu mới")]));
        site.page("/1.html", article("Khánh thành cầu mới", "10:08, 24/08/2026", "Dẫn.", &["Một."]));
        assert_eq!(daemon.later(TimeDelta::hours(25)).harvest("bao").await.new, 1, "{wait}: a day is the longest wait");
    }
}

#[tokio::test]
async fn a_page_nested_without_end_is_an_error_of_its_own() {
    let site = site_with(&[("/1.html", "Khánh thành cầu mới"), ("/2.html", "Lịch cắt điện")]).await;
    site.page("/2.html", "<span>".repeat(50_000));
    let daemon = TestDaemon::at(MORNING, &source("bao", &site)).await;
    let report = daemon.harvest("bao").await;
    assert_eq!((report.new, report.failed), (1, 1));
    assert!(report.trouble().unwrap().contains("too deep"), "{report:?}");
}

#[tokio::test]
async fn a_body_of_pictures_alone_is_the_body_that_its_selector_names() {
    let site = FakeSite::start().await;
    site.page("/", listing(&[("/1.html", "Chùm ảnh chợ nổi")]));
    let page = article("Chùm ảnh chợ nổi", "10:08, 24/08/2026", "Dẫn.", &["<img src=\"/a.jpg\">"]);
    let beside = format!("<div class=\"khac\"><p>{}.</p></div></body>", prose(90, 2));
    site.page("/1.html", page.replace("</body>", &beside));
    let daemon = TestDaemon::at(MORNING, &source("bao", &site)).await;
    daemon.harvest("bao").await;
    let item = daemon.only_item("/feed.json").await;
    assert_eq!(item["image"], site.url("/a.jpg"));
    assert!(!item["content_html"].as_str().unwrap().contains(&prose(90, 2)), "{item}");
}
