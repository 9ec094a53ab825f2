//! A bot wall is an error with its name, and never an article.

use crate::harness::{FakeSite, TestDaemon, article, listing, source};

const MORNING: &str = "2026-08-24T03:00:00Z";

/// What the source says when each of its pages is answered so.
async fn trouble(status: u16, headers: &[(&str, &str)], html: &str) -> Option<String> {
    let site = FakeSite::start().await;
    site.page("/", listing(&[("/1.html", "Một tin")])).serve("/1.html", status, headers, html);
    let daemon = TestDaemon::at(MORNING, &source("a", &site)).await;
    let report = daemon.harvest("a").await;
    assert_eq!(daemon.titles("/feed.json").await.len(), report.new);
    report.trouble().map(str::to_owned)
}

const CLOUDFLARE: &str = "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><h1>bao.example</h1>\
    <p>Checking if the site connection is secure</p><noscript>Enable JavaScript and cookies to continue</noscript>\
    <script src=\"/cdn-cgi/challenge-platform/h/g/orchestrate/chl_page/v1\"></script></body></html>";
const DATADOME: &str = "<html><head><title>bao.example</title></head><body><p id=\"cmsg\">Please enable JS and disable any \
    ad blocker</p><script data-cfasync=\"false\">var dd={'rt':'c','cid':'AHrlq','hsh':'1'}</script>\
    <script src=\"https://ct.captcha-delivery.com/c.js\"></script></body></html>";
const IMPERVA: &str = "<html><head><META NAME=\"robots\" CONTENT=\"noindex\"></head><body><iframe id=\"main-iframe\" \
    src=\"/_Incapsula_Resource?SWUDNSAI=31&incident_id=1\">Request unsuccessful. Incapsula incident ID: 1</iframe></body></html>";
const SCRIPTED: &str = "<html><head><title>Báo Mẫu</title></head><body><noscript>You need to enable JavaScript to run this \
    app.</noscript><div id=\"root\"></div><script src=\"/main.js\"></script></body></html>";
const VIETNAMESE: &str = "<html><body><h1>Báo Mẫu</h1><p>Vui lòng bật JavaScript trên trình duyệt để tiếp tục.</p>\
    <script>var a=1;</script></body></html>";
const COOKIE: &str = "<html><body><script>document.cookie=\"D1N=9f0c\"+\"; path=/\";window.location.reload(true);</script></body></html>";

#[tokio::test]
async fn a_wall_is_named_whatever_its_status() {
    for (html, name) in [
        (CLOUDFLARE, "Cloudflare"),
        (DATADOME, "DataDome"),
        (IMPERVA, "Imperva"),
        (SCRIPTED, "it wants JavaScript"),
        (VIETNAMESE, "it wants JavaScript"),
        (COOKIE, "it wants a cookie set by JavaScript"),
    ] {
        for status in [200, 403, 503] {
            let told = trouble(status, &[("content-type", "text/html")], html).await;
            let told = told.unwrap_or_else(|| panic!("{name} with {status} was read as a page"));
            assert!(told.contains(&format!("a bot wall answered instead of the page ({name})")), "{status}: {told}");
        }
    }
    let mitigated = trouble(403, &[("cf-mitigated", "challenge")], "").await.unwrap();
    assert!(mitigated.contains("(Cloudflare)"), "{mitigated}");
}

#[tokio::test]
async fn an_article_about_walls_is_an_article() {
    let paragraphs = [
        "Trang báo hiện dòng chữ Just a moment... và đòi bạn đọc enable JavaScript, theo Cloudflare và DataDome.",
        "Ông nói: mã document.cookie và window.location trong trang không có gì lạ, bạn đọc chỉ cần bật JavaScript.",
        "Sở Thông tin và Truyền thông cho biết việc này kéo dài hơn một giờ, sau đó mọi trang đều xem được trở lại như trước.",
        "Nhiều bạn đọc gọi đến tòa soạn để hỏi; tòa soạn đã trả lời từng người và đăng thông báo trên trang nhất của báo.",
        "Các chuyên gia khuyên các tòa soạn nên có kế hoạch dự phòng để bạn đọc luôn xem được tin, nhất là trong mùa mưa bão.",
        "Tỉnh cũng yêu cầu các đơn vị báo cáo trước ngày 30 hằng tháng về tình hình an toàn thông tin tại cơ quan mình.",
    ];
    let html = article(
        "Bức tường trước trang báo",
        "10:08, 24/08/2020",
        "Sáng nay, nhiều bạn đọc không xem được trang.",
        &paragraphs,
    );
    assert_eq!(trouble(200, &[("content-type", "text/html")], &html).await, None);
}

#[tokio::test]
async fn a_feed_that_quotes_a_wall_is_a_feed() {
    let entry = format!(
        "<item><title>Một tin</title><link>/1.html</link><description><![CDATA[{CLOUDFLARE}]]></description></item>"
    );
    let rss = format!("<rss version=\"2.0\"><channel><title>Báo Mẫu</title>{entry}</channel></rss>");
    for opening in ["", "<?xml version=\"1.0\"?>\n<!-- > --><!DOCTYPE rss>\n", "\u{feff}<?xml version=\"1.0\"?>"] {
        let site = FakeSite::start().await;
        site.serve("/rss", 200, &[("content-type", "text/xml")], format!("{opening}{rss}"));
        let source = format!("[[source]]\nid = \"a\"\nfeed = \"{}\"\n", site.url("/rss"));
        let daemon = TestDaemon::at(MORNING, &source).await;
        let report = daemon.harvest("a").await;
        assert_eq!((report.trouble(), report.new), (None, 1), "{opening}");
    }
}

#[tokio::test]
async fn a_plain_refusal_is_told_by_its_status() {
    let told = trouble(403, &[("content-type", "text/html")], "<h1>Forbidden</h1>").await.unwrap();
    assert!(told.contains("the server answered 403"), "{told}");
}
