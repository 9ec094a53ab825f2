//! Feeds, listings, sitemaps and pages in the encodings and shapes that sites really send.

use bantin::date::Reader;
use bantin::model::{Css, DateOrder, Draft, ListingRules};
use bantin::parse::{ParseError, Sitemap, decode, read_feed, read_listing, read_sitemap};
use proptest::prelude::*;
use url::Url;

const HANOI: chrono_tz::Tz = chrono_tz::Tz::Asia__Ho_Chi_Minh;

fn reader() -> Reader {
    let seen_at = Some("2026-11-24T01:15:00Z".parse().unwrap());
    Reader { order: DateOrder::Dmy, zone: HANOI, naive_local: false, month_minutes: false, seen_at }
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn feed(bytes: &[u8]) -> Result<Vec<Draft>, ParseError> {
    read_feed(&decode(bytes, None, None), &url("https://bao.example/rss/home.rss"), &reader())
}

#[test]
fn a_provincial_feed_with_a_literal_br_and_blanks_round_its_addresses_is_read() {
    let drafts = feed(include_bytes!("fixtures/provincial.rss")).unwrap();
    assert_eq!(drafts.len(), 2);
    let first = &drafts[0];
    assert_eq!(first.address.as_str(), "https://bao.example/xa-hoi/202008/cho-noi-8181690/");
    assert_eq!(first.guid.as_deref(), Some("https://bao.example/xa-hoi/202008/cho-noi-8181690/"));
    assert_eq!(first.lead.as_deref(), Some("Sau nhiều tháng vắng khách, chợ nổi lại tấp nập."));
    assert_eq!(first.image.as_ref().unwrap().address, "https://bao.example/anh/a.jpg");
    assert_eq!(first.dates[0].text, "Mon, 24 Aug 2020 10:08:00 GMT+7");
    assert_eq!(drafts[1].dates, [], "a feed that states no time is not given one");
}

#[test]
fn atom_and_json_feed_are_read() {
    let atom = r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>i</id><updated>2020-08-24T10:08:00+07:00</updated>
        <entry><id>tag:1</id><title>Một tin</title><link href="/tin/1.html"/><updated>2020-08-24T10:08:00+07:00</updated>
        <published>2020-08-23T10:08:00+07:00</published><content type="html">&lt;p&gt;Chữ&lt;/p&gt;</content></entry></feed>"#;
    let drafts = feed(atom.as_bytes()).unwrap();
    assert_eq!((drafts[0].address.as_str(), drafts[0].body.len()), ("https://bao.example/tin/1.html", 1));
    let json = r#"{"version":"https://jsonfeed.org/version/1.1","title":"t","items":[
        {"id":"1","url":"https://bao.example/tin/1.html","title":"Một tin","content_html":"<p>Chữ</p>"}]}"#;
    assert_eq!(feed(json.as_bytes()).unwrap()[0].title.as_deref(), Some("Một tin"));
}

#[test]
fn a_feed_in_utf_16_is_read() {
    let text = "<?xml version=\"1.0\" encoding=\"utf-16\"?><rss version=\"2.0\"><channel><title>t</title><item>\
                <title>Khánh Hòa</title><link>https://bao.example/1</link></item></channel></rss>";
    let big: Vec<u8> = [0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    let little: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for bytes in [big, little] {
        assert_eq!(feed(&bytes).unwrap()[0].title.as_deref(), Some("Khánh Hòa"));
    }
}

#[test]
fn what_is_no_feed_is_an_error_and_no_panic() {
    let unmarked: Vec<u8> = "<rss version=\"2.0\">".encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [&b""[..], b"<html><body>404", b"{\"a\":1}", b"\xff\xfe\x00", &unmarked] {
        assert!(matches!(feed(bytes), Err(ParseError::Feed(_))), "{bytes:?}");
    }
}

fn rules(link: Option<&str>, pattern: Option<&str>) -> ListingRules {
    ListingRules {
        link: link.map(|css| Css::parse(css).unwrap()),
        pattern: pattern.map(|text| fancy_regex::Regex::new(text).unwrap()),
        pages: 1,
        ..ListingRules::default()
    }
}

#[track_caller]
fn lists(html: &str, rules: &ListingRules, expected: &[&str]) {
    let listing = read_listing(html, &url("https://bao.example/thoi-su/"), rules).unwrap();
    let found: Vec<&str> = listing.entries.iter().map(|entry| entry.address.path()).collect();
    assert_eq!(found, expected);
}

const LISTING: &str = r#"<nav><a href="/xa-hoi/">Tin tức xã hội của các phường xã</a></nav>
    <div class="item"><a href="/a-post1.html"><img src="a.jpg"></a><h3><a href="/a-post1.html">Một tin dài hơn năm từ</a></h3>
    <span class="date">10:08, 24/08/2020</span></div>
    <div class="item"><h3><a href="/b-post2.html?utm_source=x">Một tin khác cũng khá dài</a></h3></div>
    <div class="item"><h3><a href="https://quangcao.example/c">Căn hộ biển giá ưu đãi nhất</a></h3></div>
    <div class="item"><h3><a href="/video/d.html">Video: một ngày ở làng chài</a></h3></div>
    <a class="next" href="?page=2">Trang sau</a>"#;

#[test]
fn a_listing_gives_its_articles_in_order_each_once() {
    lists(LISTING, &rules(Some("h3 a"), None), &["/a-post1.html", "/b-post2.html", "/video/d.html"]);
    lists(LISTING, &rules(Some("h3 a"), Some(r"^/(?!video/).*\.html$")), &["/a-post1.html", "/b-post2.html"]);
    lists(LISTING, &rules(None, Some("-post")), &["/a-post1.html", "/b-post2.html"]);
    lists(LISTING, &rules(None, None), &["/a-post1.html", "/b-post2.html"]);
    lists(LISTING, &rules(Some(".gone a"), None), &["/a-post1.html", "/b-post2.html"]);
}

#[test]
fn a_listing_tells_title_date_and_next_page() {
    let listing = read_listing(LISTING, &url("https://bao.example/thoi-su/"), &rules(Some("h3 a"), None)).unwrap();
    assert_eq!(listing.entries[0].title.as_deref(), Some("Một tin dài hơn năm từ"));
    assert_eq!(listing.entries[0].date.as_deref(), Some("10:08, 24/08/2020"));
    assert_eq!(listing.entries[1].date, None);
    assert_eq!(listing.next.unwrap().as_str(), "https://bao.example/thoi-su/?page=2");
}

#[test]
fn a_listing_without_articles_is_an_error() {
    let error = read_listing("<p>Đang bảo trì</p>", &url("https://bao.example/"), &rules(Some("h3 a"), None));
    assert_eq!(error.unwrap_err().to_string(), "no article link on the listing (link = \"h3 a\")");
}

#[test]
fn sitemaps_and_their_indexes_are_read() {
    let news = r#"<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="x"><url>
        <loc>https://bao.example/a.html?x=1&amp;y=2</loc><news:news><news:publication_date>2020-08-24T10:08:00+07:00</news:publication_date>
        <news:title>Lễ hội &amp; chợ phiên</news:title></news:news></url></urlset>"#;
    let Sitemap::Pages(pages) = read_sitemap(news, &url("https://bao.example/s.xml")).unwrap() else {
        panic!("pages expected")
    };
    assert_eq!(pages[0].address.as_str(), "https://bao.example/a.html?x=1&y=2");
    assert_eq!(pages[0].title.as_deref(), Some("Lễ hội & chợ phiên"));
    assert_eq!(pages[0].date.as_deref(), Some("2020-08-24T10:08:00+07:00"));
    let index = "<sitemapindex><sitemap><loc>/s1.xml</loc></sitemap></sitemapindex>";
    let index = read_sitemap(index, &url("https://bao.example/s.xml")).unwrap();
    assert_eq!(index, Sitemap::Index(vec![url("https://bao.example/s1.xml")]));
    assert!(read_sitemap("<html>", &url("https://bao.example/s.xml")).is_err());
}

#[test]
fn tags_nested_without_end_are_refused_and_break_nothing() {
    let nested = "<div><b>".repeat(200_000);
    let address = url("https://bao.example/1.html");
    let article = bantin::parse::read_article(&nested, &address, &bantin::model::ArticleRules::default());
    assert_eq!(article, Err(ParseError::TooDeep));
    assert_eq!(read_listing(&nested, &address, &rules(None, None)), Err(ParseError::TooDeep));
    assert!(bantin::parse::read_fragment(&nested, &address).is_empty());
    assert!(bantin::parse::read_fragment(&"<div></x>".repeat(200_000), &address).is_empty());
    let script = format!(
        "<h1>Một tin</h1><script>{}</script><!-- {} --><p>Một đoạn.</p>",
        "if(a<b)c();".repeat(9_000),
        "<div>".repeat(9_000)
    );
    assert!(bantin::parse::read_article(&script, &address, &bantin::model::ArticleRules::default()).is_ok());
}

#[test]
fn a_page_of_too_many_tags_or_attributes_is_read_up_to_them() {
    let read = |behind: &str| {
        let page = format!("<h1>Một tin</h1><!-- <a {} --->", "b ".repeat(400)) + "<p>Một đoạn.</p>" + behind;
        let rules = bantin::model::ArticleRules { body: Some(Css::parse("p").unwrap()), ..Default::default() };
        let draft = bantin::parse::read_article(&page, &url("https://bao.example/1.html"), &rules);
        let texts = draft.unwrap().body.into_iter().filter_map(|block| match block {
            bantin::model::Block::Paragraph(line) => Some(line.text),
            _ => None,
        });
        texts.collect::<Vec<_>>()
    };
    let many = |count: usize| (0..count).map(|n| format!(" a{n}='>'")).collect::<String>();
    assert_eq!(read(&format!("<p{}>Hai đoạn.</p>", many(200))), ["Một đoạn.", "Hai đoạn."]);
    assert_eq!(read(&format!("<p{}>Hai đoạn.</p>", many(200_000))), ["Một đoạn."]);
    assert_eq!(read(&("<!--x-->".repeat(160_000) + "<p>Hai đoạn.</p>")), ["Một đoạn."]);
    let script = format!("<script>for(i=0;i<n;){{{}}}</script><p>Hai đoạn.</p>", "x = 'y ; ".repeat(400));
    assert_eq!(read(&script), ["Một đoạn.", "Hai đoạn."]);
    let endless = format!("<p>{}</p>", "chữ &amp; ".repeat(20_000));
    let words: usize = read(&endless)[1..].iter().map(|text| text.split(' ').count()).sum();
    assert_eq!(words, 40_000, "a text without end is read to its end");
}

proptest! {
    #[test]
    fn no_bytes_break_a_parser(bytes in prop::collection::vec(any::<u8>(), 0..400), head in prop::sample::select(vec!["", "<?xml version=\"1.0\"?><rss version=\"2.0\">", "<feed", "{\"version\":"])) {
        let bytes = [head.as_bytes(), &bytes].concat();
        let _ = feed(&bytes);
        let text = decode(&bytes, None, None);
        let _ = read_sitemap(&text, &url("https://bao.example/"));
        let _ = read_listing(&text, &url("https://bao.example/"), &rules(None, None));
    }
}
