//! Pages for people, as a visitor and a sysadmin see them.

use std::sync::Arc;

use bantin::clock::Clock;
use serde_json::Value;

use crate::harness::{FakeSite, TestDaemon, article, listing, source};

const NOON: &str = "2026-08-24T05:00:00Z";

async fn papers(tables: &str) -> (FakeSite, TestDaemon) {
    let site = FakeSite::start().await;
    site.page(
        "/",
        listing(&[("/1.html", "Khánh thành cầu"), ("/2.html", "Chợ nổi <b>đông</b>"), ("/3.html", "Lịch cắt điện")]),
    );
    site.page(
        "/1.html",
        article("Khánh thành cầu", "10:08, 24/08/2026", "Cầu dài 173 m.", &["Đoạn <b>một</b>."]).replace(
            "<div class=\"detail-news\">",
            "<div class=\"detail-news\"><figure><img src=\"/cau.jpg\"><figcaption>Cầu</figcaption></figure>",
        ),
    );
    site.page("/2.html", article("Chợ nổi đông", "09:00, 23/08/2026", "Chợ đông.", &["Ghe."]));
    site.page("/3.html", article("Lịch cắt điện", "08:00, 20/08/2026", "Cắt điện.", &["Thôn một."]));
    let with = "province = \"khanh-hoa\"\ncategory = \"thoi-su\"\n[source.listing]";
    let hong =
        "[[source]]\nid = \"hong\"\nname = \"Báo hỏng\"\nfeed = \"http://127.0.0.1:1/rss\"\ncategory = \"kinh-te\"\n";
    let sources = source("bao", &site).replace("[source.listing]", with) + hong;
    let clock = Clock::fixed(NOON.parse().unwrap());
    let text = format!("[fetch]\nhost_gap = \"0s\"\nallow_private = true\n{tables}\n{sources}");
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let store = format!("[store]\npath = {:?}\n", directory.path().join("store").to_str().unwrap());
    let daemon = TestDaemon::of(&(store + &text), directory, clock).await;
    daemon.harvest("bao").await;
    daemon.harvest("hong").await;
    (site, daemon)
}

const LISTEN: &str = "[server]\nlisten = \"127.0.0.1:0\"\n";

#[track_caller]
fn assert_holds(page: &str, parts: &[&str]) {
    for part in parts {
        assert!(page.contains(part), "{part} in {page}");
    }
}

#[track_caller]
fn assert_lacks(page: &str, parts: &[&str]) {
    for part in parts {
        assert!(!page.contains(part), "no {part} in {page}");
    }
}

#[tokio::test]
async fn the_front_page_lists_stories_by_day_as_a_newspaper_does() {
    let (site, daemon) = papers(LISTEN).await;
    let page = daemon.text("/").await;
    assert_holds(
        &page,
        &[
            "<html lang=\"vi\">",
            "Hôm nay, Thứ Hai, 24/08/2026",
            "Chủ Nhật, 23/08/2026",
            "<time datetime=\"2026-08-24T10:08:00+07:00\">10:08, 24/08/2026</time> · Báo bao",
            "Cầu dài 173 m.",
            &format!("<img src=\"{}\" alt=\"\" loading=\"lazy\">", site.url("/cau.jpg")),
            "<link rel=\"alternate\" type=\"application/rss+xml\"",
            "<nav aria-label=\"Chuyên mục\">",
            "/?category=thoi-su\">Thời sự</a>",
            "/?province=khanh-hoa\">Khánh Hòa</a>",
            "role=\"search\"",
            "href=\"#noi-dung\"",
            "/days/2026-08-20",
        ],
    );
    assert_lacks(&page, &["<script", "style=\"", "<style", "onclick", "<iframe"]);
}

#[tokio::test]
async fn the_front_page_is_narrowed_searched_and_turned_back() {
    let (_site, daemon) = papers(LISTEN).await;
    let found = daemon.text("/?q=cho%20noi").await;
    assert_holds(&found, &["Chợ nổi đông", "value=\"cho noi\"", "/feed.atom?q=cho+noi"]);
    assert_lacks(&found, &["Khánh thành cầu</a>"]);
    assert_holds(&daemon.text("/?category=kinh-te").await, &["Chưa có tin nào.", "aria-current=\"page\">Kinh tế"]);
    let before = daemon.text("/days/2026-08-23").await;
    assert_holds(&before, &["Tin ngày 23/08/2026", "Chợ nổi đông", "/days/2026-08-22", "/days/2026-08-24"]);
    assert_lacks(&before, &["Khánh thành cầu</a>", "Lịch cắt điện</a>"]);
    assert_lacks(&daemon.text("/days/2026-08-24").await, &["/days/2026-08-25"]);
    assert_eq!(daemon.get("/days/2026-02-30").await.status(), 404);
    assert_eq!(daemon.get("/?color=red").await.status(), 400);
    let hostile = daemon.text("/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").await;
    assert_lacks(&hostile, &["<script"]);
}

#[tokio::test]
async fn a_page_loads_nothing_but_its_own_style_and_pictures() {
    let (_site, daemon) = papers(LISTEN).await;
    let id = daemon.items("/feed.json").await[0]["id"].as_str().unwrap().replace("urn:uuid:", "");
    for path in ["/".to_owned(), format!("/articles/{id}"), "/status".to_owned()] {
        let answer = daemon.get(&path).await;
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert_holds(&policy, &["default-src 'none'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]);
        assert_lacks(&policy, &["unsafe", "script-src"]);
        assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
        let page = answer.text().await.unwrap();
        let style = page.split("rel=\"stylesheet\" href=\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!(daemon.get(style).await.headers()["content-type"], "text/css; charset=utf-8");
    }
}

#[tokio::test]
async fn an_article_names_its_source_first_and_shows_its_evidence() {
    let (site, daemon) = papers(LISTEN).await;
    let id = daemon.items("/feed.json").await[0]["id"].as_str().unwrap().replace("urn:uuid:", "");
    let page = daemon.text(&format!("/articles/{id}")).await;
    assert_holds(
        &page,
        &[
            "<details><summary>Căn cứ về giờ đăng</summary>",
            "10:08, 24/08/2026",
            "được dùng",
            "Đoạn <strong>một</strong>.",
        ],
    );
    let (link, heading) = (page.find(&format!("<a href=\"{}\">", site.url("/1.html"))), page.find("<h1>"));
    assert!(link.unwrap() < heading.unwrap(), "the source link stands above all");
    assert_eq!(page.matches("/cau.jpg").count(), 1, "one picture once");
}

#[tokio::test]
async fn the_status_page_puts_trouble_first_and_is_json_for_programs() {
    let (_site, daemon) = papers(LISTEN).await;
    let page = daemon.text("/status").await;
    assert!(page.find("Báo hỏng").unwrap() < page.find("Báo bao").unwrap());
    assert_holds(
        &page,
        &[
            "class=\"failing\">1 hỏng",
            "class=\"ok\">1 tốt",
            "<svg class=\"chart\"",
            "role=\"img\"",
            "Có tóm tắt",
            "100 %",
        ],
    );
    let answer = daemon.ask("/status", &[("accept", "application/json")]).await;
    assert_eq!(answer.headers()["content-type"], "application/json; charset=utf-8");
    assert_eq!(answer.headers()["vary"], "accept");
    let rows: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!((&rows[0]["id"], &rows[0]["health"]), (&Value::from("hong"), &Value::from("failing")));
    let bao = &rows[1];
    let days: Vec<u64> = bao["per_day"].as_array().unwrap().iter().map(|day| day.as_u64().unwrap()).collect();
    assert_eq!(&days[9..], [1, 0, 0, 1, 1], "three stories on three days");
    assert_eq!((&bao["fill"]["lead"], &bao["fill"]["image"]), (&Value::from(100), &Value::from(33)));
    assert_eq!(bao["publish_minutes"], 112, "10:08 to noon");
}

#[tokio::test]
async fn the_status_page_is_shown_to_whom_the_file_says() {
    let (_site, off) = papers(&format!("{LISTEN}status = \"off\"\n")).await;
    assert_eq!(off.get("/status").await.status(), 404);
    let (_site, local) = papers(&format!("{LISTEN}status = \"loopback\"\n")).await;
    assert_eq!(local.get("/status").await.status(), 200);
    let through_a_proxy = local.ask("/status", &[("x-forwarded-for", "203.0.113.9")]).await;
    assert_eq!(through_a_proxy.status(), 403);
    assert_holds(&through_a_proxy.text().await.unwrap(), &["[server] status"]);
}

#[tokio::test]
async fn pages_keep_to_the_path_that_the_site_has_on_its_host() {
    let (_site, daemon) = papers(&format!("[site]\nurl = \"https://bao.example/tin/\"\n{LISTEN}")).await;
    let page = daemon.text("/").await;
    assert_holds(
        &page,
        &["href=\"/tin/feed.xml\"", "href=\"/tin/articles/", "action=\"/tin/\"", "href=\"/tin/style.css"],
    );
    assert_lacks(&page, &["href=\"/feed", "href=\"/articles"]);
}
