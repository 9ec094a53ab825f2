//! The sample papers show every quirk they were made for.

use bantin::demo::Papers;
use serde_json::Value;

use crate::harness::TestDaemon;

async fn demo() -> (Papers, TestDaemon) {
    let clock = bantin::clock::Clock::fixed("2020-08-24T05:00:00Z".parse().unwrap());
    let papers = Papers::serve(clock.clone()).await.unwrap();
    let configuration = papers.configuration("\"unused\"", "127.0.0.1:0".parse().unwrap());
    let sources = &configuration[configuration.find("[[source]]").unwrap()..];
    let daemon = TestDaemon::over(std::sync::Arc::new(tempfile::tempdir().unwrap()), clock, "", sources).await;
    daemon.harvest("bao-binh-minh").await;
    daemon.harvest("bao-duyen-hai").await;
    (papers, daemon)
}

fn titled<'a>(items: &'a [Value], title: &str) -> &'a Value {
    items.iter().find(|item| item["title"].as_str().unwrap().starts_with(title)).unwrap()
}

#[tokio::test]
async fn the_first_story_is_dated_and_its_lead_stands_once() {
    let (_, daemon) = demo().await;
    let items = daemon.items("/feed.json").await;
    assert_eq!(items.len(), 15, "thirteen stories and three, of which one is a copy");
    let first = titled(&items, "Lễ phát động");
    assert_eq!(first["_bantin"]["dateline"], "10:08, 24/08/2020");
    assert_eq!(first["content_html"].as_str().unwrap().matches("đã ra quân trồng").count(), 1);
    assert_eq!(first["authors"][0]["name"], "Thanh Bình");
    assert!(daemon.text("/feed.xml").await.contains("<pubDate>Mon, 24 Aug 2020 10:08:00 +0700</pubDate>"));
}

#[tokio::test]
async fn clocks_and_related_boxes_date_nothing() {
    let (_, daemon) = demo().await;
    let items = daemon.items("/feed.json").await;
    assert_eq!(titled(&items, "Thông báo tuyển sinh").get("date_published"), None);
    assert_eq!(titled(&items, "Thu hoạch lúa")["_bantin"]["dateline"], "09:40, 23/08/2020");
    let dated = items.iter().filter(|item| item["date_published"].is_string()).count();
    assert_eq!(dated, 14);
}

#[tokio::test]
async fn quirks_leave_no_trace() {
    let (_, daemon) = demo().await;
    let items = daemon.items("/feed.json").await;
    let text = serde_json::to_string(&items).unwrap();
    assert!(!text.contains('\u{a0}') && !text.contains("Tin liên quan") && !text.contains("Chia sẻ"));
    assert!(unicode_normalization::is_nfc(&text));
    assert!(titled(&items, "Khởi công cầu")["image"].as_str().unwrap().contains("/anh/khoi-cong"));
    assert!(
        titled(&items, "Lịch ngừng")["content_html"]
            .as_str()
            .unwrap()
            .contains("<li>Chợ Tân Phong: từ 5 giờ đến 7 giờ, thứ sáu.</li>")
    );
    assert_eq!(titled(&items, "Mưa lớn")["_bantin"]["also_in"][0]["name"], "Báo Duyên Hải");
}

#[tokio::test]
async fn a_corrected_story_is_the_same_item() {
    let (papers, daemon) = demo().await;
    let before = titled(&daemon.items("/feed.json").await, "Thu hoạch lúa").clone();
    papers.correct_a_story();
    let report = daemon.later(chrono::TimeDelta::hours(1)).harvest("bao-binh-minh").await;
    assert_eq!((report.new, report.revised), (0, 1));
    let after = titled(&daemon.items("/feed.json").await, "Thu hoạch lúa").clone();
    assert_eq!(after["id"], before["id"]);
    assert!(after["content_html"].as_str().unwrap().contains("64 tạ/héc-ta"));
}
