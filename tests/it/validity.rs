//! Feeds made of what hostile and careless sources print: what the W3C feed validator, the RSS Advisory Board's
//! profile and the JSON Feed specification ask for, as rules.

use std::collections::HashSet;
use std::sync::LazyLock;

use bantin::config::Config;
use bantin::model::{Article, ArticleId, SourceId};
use bantin::publish::item;
use regex::Regex;
use roxmltree::{Document, Node};
use serde_json::Value;

use crate::harness::{FakeSite, TestDaemon, article, listing, source};

const ATOM: &str = "http://www.w3.org/2005/Atom";
const DC: &str = "http://purl.org/dc/elements/1.1/";
const CONTENT: &str = "http://purl.org/rss/1.0/modules/content/";
const MEDIA: &str = "http://search.yahoo.com/mrss/";

/// The validator's own idea of an address, RFC 2396 without its older marks.
static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^https?://[0-9a-zA-Z;/?:@&=+$.\-_!~*'()%,#]+$").unwrap());
static RFC822: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d [+-]\d{4}$").unwrap()
});
static RFC3339: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)$").unwrap());
static LOOKS_LIKE_HTML: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"</?[a-zA-Z][^>]*>|&#?\w+;").unwrap());
static MAIL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[^\s]+@[^\s]+\.[^\s]+").unwrap());

/// Elements and attributes that the validator reports as a security risk.
const RISKS: [&str; 13] = [
    "applet", "base", "embed", "form", "frame", "frameset", "iframe", "input", "link", "meta", "object", "script",
    "style",
];

/// A paper of which nothing can be trusted, by its feed and by its pages.
async fn hostile() -> (FakeSite, FakeSite, TestDaemon) {
    let (pages, feed) = (FakeSite::start().await, FakeSite::start().await);
    pages.page("/", listing(&[("/a|b[1].html?x={y}^z", "Tin một"), ("/hai.html", "Tin hai"), ("/ba.html", "Tin ba")]));
    let body = "<p onclick=\"x()\" style=\"position:fixed\">Đoạn &#1;&#x1f;&#xfffe;&#xffff;&#xd800; ]]&gt; một.</p>\
        <iframe src=\"https://video.example/embed/1\"></iframe><object data=\"x.swf\"></object><script>x()</script>\
        <form action=\"/gui\"><input name=\"q\"></form><p><a href=\"/noi-khac\" onmouseover=\"x()\">Liên kết</a> và \
        <a href=\"javascript:x()\">bẫy</a> <a href=\"data:text/html,x\">nữa</a></p>\
        <p><img src=\"anh|1[2].jpg?w=12&amp;h=6\" alt=\"]]> &quot;&#2;\" onerror=\"x()\"></p><style>p{}</style>\
        <p>a &lt; b &amp;amp; c &gt; d ]]></p>";
    pages.page(
        "/a|b[1].html?x={y}^z",
        article(
            "Tin &lt;b&gt;một&lt;/b&gt; &amp;amp;copy;",
            "10:08, 24/08/2026",
            "Dẫn &lt;i&gt;nghiêng&lt;/i&gt; ]]&gt;",
            &[body],
        ),
    );
    pages.page("/hai.html", article("Tin hai ]]> &#8;", "10:08, 24/08/2026", "Dẫn &#11; hai.", &["Đoạn <u>hai</u>."]));
    pages.page("/ba.html", article("Tin ba", "", "Dẫn ba.", &["Đoạn ba, không giờ."]));
    let item = |n: u32, author: &str, more: &str| {
        format!(
            "<item><title>Tin {n} của &lt;em&gt;tờ&lt;/em&gt; hai</title><link>/tin/{n}.html</link><guid>trùng</guid>\
             {author}<pubDate>24/08/2026 09:0{n}</pubDate><description><![CDATA[<p style=\"x\" onclick=\"y\">Dẫn {n}\
             <iframe src=\"//v.example\"></iframe><img src=\"/anh/{n}.png\"></p>{more}]]></description></item>"
        )
    };
    let text = format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Hai</title><link>/</link>\
         <description>x\u{8}</description>{}{}{}</channel></rss>",
        item(1, "<author>toasoan@bao.example (Nguyễn Văn An)</author>", "<p>\u{1}\u{b} điều khiển</p>"),
        item(2, "<author>Trần Thị Bình</author>", "<p><a href=\"//khac.example/x\">x</a> &amp;nbsp;</p>"),
        item(3, "<author>toasoan@bao.example</author>", "<math><mi>x</mi></math><svg onload=\"x()\"></svg>"),
    );
    feed.serve("/rss", 200, &[("content-type", "text/xml")], text);
    let sources = source("trang", &pages)
        + &format!("[[source]]\nid = \"dong\"\nname = \"Báo & <Dòng>\"\nfeed = \"{}\"\n", feed.url("/rss"));
    let daemon = TestDaemon::at("2026-08-24T05:00:00Z", &sources).await;
    daemon.harvest("trang").await;
    daemon.harvest("dong").await;
    (pages, feed, daemon)
}

/// Whether a text is what its format says; the complaint otherwise.
#[track_caller]
fn assert_html_is_safe(html: &str) {
    let fragment = scraper::Html::parse_fragment(html);
    for element in fragment.tree.values().filter_map(|node| node.as_element()) {
        assert!(!RISKS.contains(&element.name()), "SecurityRisk: <{}> in {html}", element.name());
        for (name, value) in element.attrs() {
            assert!(!name.starts_with("on") && name != "style", "SecurityRisk: {name} in {html}");
            if name == "href" || name == "src" {
                assert!(
                    ["http://", "https://", "mailto:"].iter().any(|scheme| value.starts_with(scheme)),
                    "relative or unsafe: {value}"
                );
            }
        }
    }
}

#[track_caller]
fn assert_plain(what: &str, text: &str) {
    assert!(!text.trim().is_empty(), "{what} is blank");
    assert!(!LOOKS_LIKE_HTML.is_match(text), "ContainsHTML: {what}: {text}");
}

fn texts<'a>(node: Node<'a, 'a>, space: Option<&str>, name: &str) -> Vec<&'a str> {
    let fits = |child: &Node| child.tag_name().name() == name && child.tag_name().namespace() == space;
    node.children().filter(fits).map(|child| child.text().unwrap_or_default()).collect()
}

#[track_caller]
fn only<'a>(node: Node<'a, 'a>, space: Option<&str>, name: &str) -> &'a str {
    let found = texts(node, space, name);
    assert_eq!(found.len(), 1, "one <{name}>");
    found[0]
}

#[track_caller]
fn assert_legal(text: &str) {
    let illegal = |c: char| {
        !matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..) || c == '\u{7f}'
    };
    assert!(!text.contains(illegal), "an illegal character: {:?}", text.chars().find(|c| illegal(*c)));
    assert!(!text.contains("&#x1;") && !text.contains("&#1;"), "a reference to an illegal character");
}

#[track_caller]
fn assert_rss(text: &str, address: &str) {
    assert_legal(text);
    let document = Document::parse(text).unwrap();
    let channel = document.root_element().first_element_child().unwrap();
    assert_plain("title", only(channel, None, "title"));
    for name in ["link", "description", "language", "lastBuildDate", "ttl", "docs", "generator"] {
        assert!(!only(channel, None, name).is_empty(), "{name}");
    }
    assert!(only(channel, None, "ttl").parse::<u32>().unwrap() > 0);
    assert!(RFC822.is_match(only(channel, None, "lastBuildDate")));
    let links: Vec<Node> = channel.children().filter(|node| node.has_tag_name((ATOM, "link"))).collect();
    let own: Vec<_> = links.iter().filter(|link| link.attribute("rel") == Some("self")).collect();
    assert_eq!(own.len(), 1);
    assert_eq!((own[0].attribute("href"), own[0].attribute("type")), (Some(address), Some("application/rss+xml")));
    assert!(links.iter().any(|link| link.attribute("rel") == Some("hub")));
    let image = channel.children().find(|node| node.has_tag_name("image")).unwrap();
    assert_eq!(only(image, None, "title"), only(channel, None, "title"), "ImageTitleDoesntMatch");
    assert_eq!(only(image, None, "link"), only(channel, None, "link"), "ImageLinkDoesntMatch");
    assert_eq!(only(image, None, "url"), "http://127.0.0.1:8080/icon.png", "ImageUrlFormat");
    let mut guids = HashSet::new();
    for item in channel.children().filter(|node| node.has_tag_name("item")) {
        assert_plain("item title", only(item, None, "title"));
        assert!(ADDRESS.is_match(only(item, None, "link")), "InvalidFullLink: {}", only(item, None, "link"));
        assert!(guids.insert(only(item, None, "guid")), "DuplicateGuid");
        assert!(texts(item, None, "pubDate").iter().all(|date| RFC822.is_match(date)));
        assert!(texts(item, None, "author").is_empty() && texts(item, None, "enclosure").is_empty());
        assert_html_is_safe(only(item, None, "description"));
        assert_html_is_safe(only(item, Some(CONTENT), "encoded"));
        assert!(
            item.children().position(|node| node.has_tag_name("description"))
                < item.children().position(|node| node.has_tag_name((CONTENT, "encoded")))
        );
        assert!(texts(item, None, "category").iter().all(|term| !term.trim().is_empty()));
        for name in texts(item, Some(DC), "creator") {
            assert_plain("creator", name);
            assert!(!MAIL.is_match(name), "{name}");
        }
        let source = item.children().find(|node| node.has_tag_name("source")).unwrap();
        assert!(ADDRESS.is_match(source.attribute("url").unwrap()) && !source.text().unwrap().is_empty());
        for content in item.children().filter(|node| node.has_tag_name((MEDIA, "content"))) {
            assert!(ADDRESS.is_match(content.attribute("url").unwrap()));
            assert!(content.attribute("type").is_none_or(|kind| kind.starts_with("image/")));
        }
    }
    assert_eq!(guids.len(), 6, "all stories");
}

#[track_caller]
fn assert_atom(text: &str, address: &str) {
    assert_legal(text);
    let document = Document::parse(text).unwrap();
    let feed = document.root_element();
    let space = Some(ATOM);
    assert_plain("title", only(feed, space, "title"));
    assert!(RFC3339.is_match(only(feed, space, "updated")) && ADDRESS.is_match(only(feed, space, "id")));
    let rels = |node: Node<'_, '_>| -> Vec<String> {
        let links = node.children().filter(|node| node.has_tag_name((ATOM, "link")));
        links.map(|link| format!("{} {}", link.attribute("rel").unwrap(), link.attribute("href").unwrap())).collect()
    };
    assert!(rels(feed).contains(&format!("self {address}")), "MissingSelf");
    assert!(rels(feed).iter().any(|link| link.starts_with("hub ")));
    let (mut ids, mut updates) = (HashSet::new(), HashSet::new());
    for entry in feed.children().filter(|node| node.has_tag_name((ATOM, "entry"))) {
        assert!(ids.insert(only(entry, space, "id")), "DuplicateEntries");
        assert!(updates.insert(only(entry, space, "updated")), "DuplicateUpdated");
        assert!(RFC3339.is_match(only(entry, space, "updated")));
        assert_plain("entry title", only(entry, space, "title"));
        assert!(texts(entry, space, "summary").iter().all(|text| !LOOKS_LIKE_HTML.is_match(text)), "ContainsHTML");
        assert_html_is_safe(only(entry, space, "content"));
        assert_eq!(rels(entry).iter().filter(|link| link.starts_with("alternate http")).count(), 1);
        let names = entry.descendants().filter(|node| node.has_tag_name((ATOM, "name")));
        let names: Vec<&str> = names.map(|name| name.text().unwrap()).collect();
        assert!(!names.is_empty(), "the paper at least");
        for name in names {
            assert!(!MAIL.is_match(name), "ContainsEmail: {name}");
        }
    }
    assert_eq!(ids.len(), 6);
    let pictures = document.descendants().filter(|node| node.has_tag_name((MEDIA, "content")));
    let pictures: Vec<&str> = pictures.filter_map(|picture| picture.attribute("url")).collect();
    assert!(pictures.iter().all(|picture| ADDRESS.is_match(picture)), "{pictures:?}");
    assert!(
        pictures.iter().any(|picture| picture.ends_with("?w=12&h=6")),
        "neither raw nor escaped twice: {pictures:?}"
    );
}

#[track_caller]
fn assert_json(text: &str) {
    assert_legal(text);
    let feed: Value = serde_json::from_str(text).unwrap();
    let schema: Value = serde_json::from_str(include_str!("fixtures/jsonfeed.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let complaints: Vec<String> =
        validator.iter_errors(&feed).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    for item in feed["items"].as_array().unwrap() {
        assert_html_is_safe(item["content_html"].as_str().unwrap());
    }
}

#[tokio::test]
async fn hostile_sources_make_valid_feeds() {
    let (_, _, daemon) = hostile().await;
    let site = "http://127.0.0.1:8080";
    assert_rss(&daemon.text("/feed.xml").await, &format!("{site}/feed.xml"));
    assert_atom(&daemon.text("/feed.atom").await, &format!("{site}/feed.atom"));
    assert_json(&daemon.text("/feed.json").await);
}

#[tokio::test]
async fn titles_and_names_are_the_same_in_every_format() {
    let (_, _, daemon) = hostile().await;
    let items = daemon.items("/feed.json").await;
    let titles: Vec<&str> = items.iter().map(|item| item["title"].as_str().unwrap()).collect();
    assert!(titles.contains(&"Tin một ©") && titles.contains(&"Tin hai ]]>"), "{titles:?}");
    let names: HashSet<&str> = items.iter().filter_map(|item| item["authors"][0]["name"].as_str()).collect();
    assert_eq!(names, HashSet::from(["Nguyễn Văn An", "Trần Thị Bình"]), "mail addresses are nobody's name");
    for path in ["/feed.xml", "/feed.atom"] {
        let feed = feed_rs::parser::parse(daemon.text(path).await.as_bytes()).unwrap();
        let read: Vec<String> = feed.entries.iter().map(|entry| entry.title.clone().unwrap().content).collect();
        assert_eq!(read, titles, "{path}");
    }
}

#[tokio::test]
async fn an_empty_feed_is_valid_too() {
    let site = FakeSite::start().await;
    let daemon = TestDaemon::at("2026-08-24T05:00:00Z", &source("bao", &site)).await;
    assert_json(&daemon.text("/feed.json").await);
    assert!(Document::parse(&daemon.text("/feed.xml").await).is_ok());
    assert!(Document::parse(&daemon.text("/feed.atom").await).is_ok());
}

#[tokio::test]
async fn the_picture_and_the_style_that_feeds_name_are_there() {
    let site = FakeSite::start().await;
    let daemon = TestDaemon::at("2026-08-24T05:00:00Z", &source("bao", &site)).await;
    let icon = daemon.get("/icon.png").await;
    assert_eq!(icon.headers()["content-type"], "image/png");
    assert!(icon.bytes().await.unwrap().starts_with(b"\x89PNG"));
    let head: String = daemon.text("/feed.xml").await.chars().take(200).collect();
    assert!(head.contains("<?xml-stylesheet type=\"text/css\" href=\"http://127.0.0.1:8080/feed.css\"?>"), "{head}");
    assert_eq!(daemon.get("/feed.css").await.headers()["content-type"], "text/css; charset=utf-8");
}

/// An article of this text and nothing else.
fn bare(html: String) -> Article {
    let seen = "2026-08-24T05:00:00Z".parse().unwrap();
    let (id, source) = (ArticleId::of_address("bao.example/1.html"), SourceId::parse("bao").unwrap());
    let address = "https://bao.example/1.html".to_owned();
    Article { html, ..Article::bare(id, source, address, "Tin".to_owned(), seen) }
}

#[test]
fn an_item_holds_every_character_that_xml_allows_and_no_other() {
    let config = Config::parse("feeds.toml", "[site]\ndateline = false\n").unwrap();
    let ends = (0..=16).flat_map(|plane| plane * 0x1_0000 + 0xfff0..=plane * 0x1_0000 + 0xffff);
    for c in (0..=0x2ff).chain(0x2000..=0x20ff).chain(0xd7f0..=0xffff).chain(ends).filter_map(char::from_u32) {
        let item = item(&bare(format!("[{c}]")), &config.site, config.zone, &|_| None);
        // XML 1.0 §2.2, without what its note discourages.
        let discouraged = matches!(c, '\u{7f}'..='\u{9f}' | '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe;
        let allowed = matches!(c, '\t' | '\n' | '\r' | ' '..) && !discouraged;
        assert_eq!(item.html.unwrap(), if allowed { format!("[{c}]") } else { "[]".to_owned() }, "{c:?}");
    }
}
