//! What is said of a picture's file: from its page or feed, through the store, to the feeds.

use serde_json::{Value, json};

use crate::desk::{Desk, text};
use crate::harness::{FakeSite, TestDaemon, listing, prose, source};

const MEDIA: &str = "http://search.yahoo.com/mrss/";

/// The attributes of the only picture in an XML feed, by name.
#[track_caller]
fn media(feed: &str) -> Vec<(String, String)> {
    let document = roxmltree::Document::parse(feed).unwrap();
    let mut found = document.descendants().filter(|node| node.has_tag_name((MEDIA, "content")));
    let content = found.next().expect("a picture");
    assert!(found.next().is_none(), "one picture");
    let mut pairs: Vec<_> = content.attributes().map(|pair| (pair.name().into(), pair.value().into())).collect();
    pairs.sort();
    pairs
}

/// A daemon that has read one article whose head and body hold these.
async fn of_page(head: &str, body: &str) -> TestDaemon {
    let site = FakeSite::start().await;
    site.page("/", listing(&[("/1.html", "Tin một")]));
    let text = prose(100, 1);
    site.page(
        "/1.html",
        format!(
            "<html><head><title>Tin một</title>{head}</head><body><h1>Tin một</h1><div class=\"date\">10:08, 24/08/2026\
             </div><div class=\"detail-news\">{body}<p>{text}</p></div></body></html>"
        ),
    );
    let daemon = TestDaemon::at("2026-08-24T05:00:00Z", &source("bao", &site)).await;
    daemon.harvest("bao").await;
    daemon
}

/// Checks what feeds say of the picture of a page: its `media:content` but for address and medium.
async fn says(head: &str, body: &str, wanted: &[(&str, &str)]) {
    let daemon = of_page(head, body).await;
    for path in ["/feed.xml", "/feed.atom"] {
        let mut said = media(&daemon.text(path).await);
        said.retain(|(name, _)| name != "url" && name != "medium");
        let said: Vec<_> = said.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(said, wanted, "{path} of {head} {body}");
    }
}

#[tokio::test]
async fn a_pages_head_or_its_picture_says_how_large_it_is() {
    let shared = "<meta property=\"og:image\" content=\"https://anh.example/a.jpg\">";
    let sized = "<meta property=\"og:image:width\" content=\"1200\"><meta property=\"og:image:height\" content=\"630\">\
                 <meta property=\"og:image:type\" content=\"IMAGE/WebP; q=1\">";
    let other = "<meta property=\"og:image\" content=\"https://anh.example/b.jpg\">";
    let shown = "<p><img src=\"https://anh.example/a.jpg\" width=\"640\" height=\"360px\"></p>";
    let head = [("height", "630"), ("type", "image/webp"), ("width", "1200")];
    let page = [("height", "360"), ("type", "image/jpeg"), ("width", "640")];
    let nothing = [("type", "image/jpeg")];
    says(&format!("{shared}{sized}"), "", &head).await;
    says(&format!("{shared}{sized}"), shown, &head).await;
    says("", shown, &page).await;
    says(&format!("{shared}{other}{sized}"), shown, &page).await;
    says(&format!("{other}{sized}{shared}"), "", &head).await;
    says(&format!("{shared}{other}{sized}"), "", &nothing).await;
    says("", &shown.replace("640", "100%").replace("360px", "auto"), &nothing).await;
    let wrong = sized.replace("1200", "rộng").replace("630", "-5").replace("IMAGE/WebP", "text/html");
    says(&format!("{shared}{wrong}"), "", &nothing).await;
}

fn rss(items: &str) -> String {
    format!(
        "<rss version=\"2.0\" xmlns:media=\"{MEDIA}\"><channel><title>Báo</title><link>https://bao.example/</link>\
         {items}</channel></rss>"
    )
}

fn item(picture: &str) -> String {
    format!(
        "<item><title>Tin một</title><link>https://bao.example/1.html</link><description>Dẫn.</description>\
         <pubDate>Mon, 24 Aug 2026 10:08:00 +0700</pubDate>{picture}</item>"
    )
}

const ENCLOSED: &str = "<enclosure url=\"https://anh.example/a\" length=\"12345\" type=\"image/png\"/>";
const CONTENT: &str = "<media:content url=\"https://anh.example/a\" fileSize=\"12345\" type=\"image/png\" width=\"640\" \
                       height=\"360\"/>";

/// A desk whose paper has one story with such a picture.
async fn desk_of(picture: &str) -> Desk {
    let desk = Desk::with_stories(0).await;
    desk.site.serve("/rss", 200, &[("content-type", "application/rss+xml")], rss(&item(picture)));
    desk.configure(&format!("[[source]]\nid = \"bao\"\nfeed = \"{}\"\n", desk.site.url("/rss")));
    assert!(desk.run(&["fetch"]).await.status.success());
    desk
}

async fn feed(desk: &Desk, format: &str) -> String {
    text(&desk.run(&["feed", "--format", format]).await.stdout)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_feed_says_of_a_picture_is_handed_on() {
    let desk = desk_of(CONTENT).await;
    let pairs = [
        ("fileSize", "12345"),
        ("height", "360"),
        ("medium", "image"),
        ("type", "image/png"),
        ("url", "https://anh.example/a"),
        ("width", "640"),
    ];
    for format in ["rss", "atom"] {
        assert_eq!(media(&feed(&desk, format).await), pairs.map(|(name, value)| (name.into(), value.into())));
    }
    let item: Value = serde_json::from_str(&feed(&desk, "json").await).unwrap();
    let item = &item["items"][0];
    assert_eq!(item["image"], "https://anh.example/a");
    assert_eq!(item["_bantin"]["image_size"], json!({ "width": 640, "height": 360 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_whose_length_and_type_are_known_is_enclosed() {
    let desk = desk_of(ENCLOSED).await;
    let rss = feed(&desk, "rss").await;
    let document = roxmltree::Document::parse(&rss).unwrap();
    let enclosure = document.descendants().find(|node| node.has_tag_name("enclosure")).unwrap();
    let attributes = ["url", "length", "type"].map(|name| enclosure.attribute(name).unwrap());
    assert_eq!(attributes, ["https://anh.example/a", "12345", "image/png"]);
    let json: Value = serde_json::from_str(&feed(&desk, "json").await).unwrap();
    let attachment = json!([{ "url": "https://anh.example/a", "mime_type": "image/png", "size_in_bytes": 12345 }]);
    assert_eq!(json["items"][0]["attachments"], attachment);
    for unknown in [ENCLOSED.replace("12345", "0"), ENCLOSED.replace("12345", "x"), CONTENT.replace("fileSize", "y")] {
        let desk = desk_of(&unknown).await;
        assert!(!feed(&desk, "rss").await.contains("<enclosure"), "{unknown}");
        assert!(!feed(&desk, "json").await.contains("attachments"), "{unknown}");
    }
    let sound = desk_of(&ENCLOSED.replace("image/png", "audio/mpeg")).await;
    assert!(!feed(&sound, "rss").await.contains("anh.example"), "a sound is no picture");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_of_a_picture_is_in_exports() {
    let desk = desk_of(CONTENT).await;
    let lines = desk.directory.path().join("lines");
    assert!(desk.run(&["export", "--output", lines.to_str().unwrap()]).await.status.success());
    let before = feed(&desk, "json").await;
    std::fs::rename(desk.directory.path().join("data"), desk.directory.path().join("moved")).unwrap();
    assert!(desk.run(&["import", lines.to_str().unwrap()]).await.status.success());
    assert_eq!(feed(&desk, "json").await, before);
}
