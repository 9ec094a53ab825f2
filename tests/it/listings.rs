//! Where articles are found: what of a listing or sitemap is an article, in which order, and what is taken along.

use std::io::Write as _;

use bantin::model::{Css, Listed, ListingRules};
use bantin::parse::{Sitemap, read_listing, read_sitemap, unpack};
use url::Url;

use crate::harness::{FakeSite, TestDaemon, article, prose};

const TITLE: &str = "Một tin đủ dài để là tin";

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

#[track_caller]
fn entries(html: &str, link: Option<&str>) -> Vec<Listed> {
    let rules = ListingRules { pages: 1, link: link.map(|css| Css::parse(css).unwrap()), ..ListingRules::default() };
    read_listing(html, &url("https://bao.example/thoi-su/"), &rules).unwrap().entries
}

#[track_caller]
fn lists(html: &str, expected: &[&str]) {
    let found = entries(html, None);
    assert_eq!(found.iter().map(|entry| entry.address.path()).collect::<Vec<_>>(), expected);
}

#[test]
fn a_listing_gives_no_more_than_its_first_five_thousand_articles() {
    let links: String =
        (0..5_100).map(|n| format!("<h3><a href=/tin-post{}.html>{TITLE} {n}</a></h3>", 10_000 + n)).collect();
    for link in [None, Some("h3 a")] {
        let found = entries(&links, link);
        assert_eq!(found.len(), 5_000);
        assert_eq!(found[4_999].address.path(), "/tin-post14999.html");
    }
}

#[test]
fn menus_of_wards_and_boxes_of_videos_are_passed_over() {
    let wards: String = ["Phường Phan Rang Ninh Thuận", "Xã Nam Cam Ranh (Cam Ranh)", "Thị trấn Tô Hạp Khánh Sơn"]
        .iter()
        .enumerate()
        .map(|(n, ward)| format!("<li><a href=/dia-phuong-{n}/>{ward}</a></li>"))
        .collect();
    let stories =
        format!("<h3><a href=/cau-moi/>{TITLE}</a></h3><h3><a href=/cho-noi/>Xã Nam Cam Ranh khánh thành cầu</a></h3>");
    lists(&format!("<ul>{wards}</ul>{stories}"), &["/cau-moi/", "/cho-noi/"]);
    let videos: String = (1..4).map(|n| format!("<p><a href=/v-post{n}00.html>{TITLE}</a></p>")).collect();
    lists(
        &format!("<div class='box-video'>{videos}</div><h3><a href=/a-post123.html>{TITLE}</a></h3>"),
        &["/a-post123.html"],
    );
    let with_video = "<div class='story has-video'><a href=/a-post123.html><img src=a.jpg></a>";
    lists(&format!("{with_video}<h3><a href=/a-post123.html>{TITLE}</a></h3></div>"), &["/a-post123.html"]);
}

#[test]
fn tags_authors_pages_and_other_hosts_are_passed_over() {
    lists(
        &format!(
            "<h3><a href=/a-post123.html>{TITLE}</a></h3><a href=/tag/chu-de-123.html>{TITLE}</a><a href=/tac-gia/ngoc-123.html>{TITLE}</a>\
             <a href=/topic/lu-lut-123.html>{TITLE}</a><a href='https://khac.example/b-post9.html'>{TITLE}</a><a href='?page=2'>Xem tiếp các tin của trang sau</a>"
        ),
        &["/a-post123.html"],
    );
}

fn card(n: u8, extra: &str) -> String {
    format!(
        "<article><a href=/tin-post{n}00.html><img data-src=/anh/{n}.jpg src=data:image/gif;base64,R0lGOD></a><div><h3><a href=/tin-post{n}00.html>Tin số {n} của làng ta</a></h3>\
         <a href=/xa-hoi/>Xã hội</a>{extra}</div></article>"
    )
}

#[test]
fn time_lead_and_thumbnail_beside_a_link_are_taken_along() {
    let page = format!(
        "{}{}",
        card(1, "<span>10:08, 24/08/2020</span><p>Sáng nay, hơn 400 thanh niên đã ra quân trồng cây dọc bờ sông.</p>"),
        card(2, "")
    );
    for link in [None, Some("h3 a")] {
        let found = entries(&page, link);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].date.as_deref(), Some("10:08, 24/08/2020"));
        let lead = "Sáng nay, hơn 400 thanh niên đã ra quân trồng cây dọc bờ sông.";
        assert_eq!(found[0].lead.as_deref(), Some(lead));
        assert_eq!(found[0].image, Some(url("https://bao.example/anh/1.jpg")));
        assert_eq!((&found[1].date, &found[1].lead), (&None, &None), "a neighbour's are not its own");
        assert_eq!(found[1].image, Some(url("https://bao.example/anh/2.jpg")));
    }
}

#[test]
fn a_picture_of_the_site_is_no_thumbnail() {
    let with = |n: u8, picture: &str| {
        format!("<div><a href=/tin-post{n}00.html>{picture}Tin số {n} của làng ta</a><img src=/icon/dong-ho.png></div>")
    };
    let pictures = ["<img src=/static/logo.png>", "<img src=/anh/chung.jpg>", "<img src=/anh/chung.jpg>", ""];
    let page: String = (1..).zip(pictures).map(|(n, picture)| with(n, picture)).collect();
    let found = entries(&page, None);
    assert_eq!(found.len(), 4);
    assert!(found.iter().all(|entry| entry.image.is_none()), "{found:#?}");
}

fn item_list(graph: bool) -> String {
    let list = r#"{"@type":"ItemList","itemListElement":[
        {"@type":"ListItem","position":2,"url":"https://bao.example/b-post200.html","name":"Tin hai của tờ báo này"},
        {"@type":"ListItem","position":1,"item":{"@type":"NewsArticle","@id":"/a-post100.html","headline":"Tin một của tờ báo này",
         "description":"Dẫn của tin một.","datePublished":"2020-08-24T10:08:00+07:00","image":{"url":"/anh/1.jpg"}}},
        {"@type":"ListItem","position":3,"url":"https://bao.example/c-post300.html"},
        {"@type":"ListItem","position":4,"url":"https://khac.example/d-post400.html"}]}"#;
    let menu = r#"{"@type":"ItemList","itemListElement":[{"@type":"SiteNavigationElement","name":"Thời sự","url":"/thoi-su/xa/"}]}"#;
    let data = if graph {
        format!(r#"{{"@graph":[{{"@type":"CollectionPage","mainEntity":{list}}},{menu}]}}"#)
    } else {
        format!("[{list},{menu}]")
    };
    format!("<script type='application/ld+json'>{data}</script>")
}

#[test]
fn an_item_list_names_links_that_scripts_draw_and_their_order() {
    for graph in [false, true] {
        let found = entries(&item_list(graph), None);
        let paths: Vec<&str> = found.iter().map(|entry| entry.address.path()).collect();
        assert_eq!(
            paths,
            ["/a-post100.html", "/b-post200.html"],
            "a bare address of a page without links proves nothing"
        );
        assert_eq!(found[0].lead.as_deref(), Some("Dẫn của tin một."));
        assert_eq!(found[0].date.as_deref(), Some("2020-08-24T10:08:00+07:00"));
        assert_eq!(found[0].image, Some(url("https://bao.example/anh/1.jpg")));
    }
    let links = format!("<a href=/c-post300.html>{TITLE}</a><a href=/a-post100.html>{TITLE}</a>");
    lists(&format!("{}{links}", item_list(false)), &["/a-post100.html", "/b-post200.html", "/c-post300.html"]);
    let more = format!("<a href=/z-post900.html>{TITLE}</a>{links}");
    lists(
        &format!("{}{more}", item_list(false)),
        &["/z-post900.html", "/c-post300.html", "/a-post100.html", "/b-post200.html"],
    );
    let picked = entries(&format!("{}<h3>{links}</h3>", item_list(false)), Some("h3 a[href*=c-post]"));
    assert_eq!(picked.len(), 1, "a selector has the last word on what is listed");
}

fn pages(xml: &str) -> Vec<Listed> {
    match read_sitemap(xml, &url("https://bao.example/sitemap.xml")).unwrap() {
        Sitemap::Pages(pages) => pages,
        Sitemap::Index(_) => panic!("pages expected"),
    }
}

#[test]
fn a_sitemap_s_pages_come_latest_first_and_pictures_are_no_pages() {
    let xml = "<urlset xmlns:image='i' xmlns:video='v'><url><loc>/cu.html</loc><lastmod>2020-08-23</lastmod></url>\
        <url><loc>/moi.html</loc><lastmod>2020-08-24T10:08:00+07:00</lastmod><image:image><image:loc>/anh/1.jpg?a=1&amp;b=2</image:loc>\
        <image:title>Ảnh</image:title></image:image><image:image><image:loc>/anh/2.jpg</image:loc></image:image>\
        <video:video><video:title>Phim</video:title></video:video></url><url><loc>/x.html</loc></url>\
        <url><loc>/</loc></url><url><loc>/tag/lu-lut.html</loc></url></urlset>";
    let found = pages(xml);
    assert_eq!(found.iter().map(|page| page.address.path()).collect::<Vec<_>>(), ["/moi.html", "/cu.html", "/x.html"]);
    assert_eq!(found[0].image, Some(url("https://bao.example/anh/1.jpg?a=1&b=2")));
    assert_eq!(found[0].title, None);
}

#[test]
fn an_index_names_the_latest_sitemaps_of_articles() {
    let child = |name: &str, day: &str| format!("<sitemap><loc>/{name}.xml</loc><lastmod>{day}</lastmod></sitemap>");
    let xml = format!(
        "<sitemapindex>{}{}{}{}{}</sitemapindex>",
        child("posts-2020-07", "2020-07-31"),
        child("posts-2020-08", "2020-08-24"),
        child("category-sitemap", "2020-08-24"),
        child("post_tag-sitemap", "2020-08-24"),
        child("video-2020", "2020-08-24"),
    );
    let index = read_sitemap(&xml, &url("https://bao.example/sitemap.xml")).unwrap();
    let expected = ["https://bao.example/posts-2020-08.xml", "https://bao.example/posts-2020-07.xml"];
    assert_eq!(index, Sitemap::Index(expected.map(url).to_vec()));
}

fn packed(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_packed_sitemap_is_bounded_and_a_broken_one_breaks_nothing() {
    assert_eq!(unpack(&packed("<urlset/>")).as_ref(), b"<urlset/>");
    assert_eq!(unpack(b"<urlset/>").as_ref(), b"<urlset/>");
    assert_eq!(unpack(&packed(&" ".repeat(60 << 20))).len(), 50 << 20);
    assert_eq!(unpack(b"\x1f\x8b\x08nonsense").as_ref(), b"");
}

#[tokio::test]
async fn a_packed_index_leads_to_its_pages_once_and_round_no_circle() {
    let site = FakeSite::start().await;
    let index = format!(
        "<sitemapindex><sitemap><loc>{0}</loc></sitemap><sitemap><loc>{1}</loc></sitemap><sitemap><loc>{2}</loc></sitemap></sitemapindex>",
        site.url("/sitemap.xml.gz"),
        site.url("/gone.xml"),
        site.url("/news.xml.gz")
    );
    let news = format!(
        "<urlset xmlns:news='n'><url><loc>{0}</loc><news:news><news:publication_date>2020-08-24T10:08:00+07:00</news:publication_date>\
         <news:title>Cầu mới</news:title></news:news></url><url><loc>{0}</loc></url><url><loc>https://khac.example/b.html</loc></url></urlset>",
        site.url("/a.html")
    );
    site.serve("/sitemap.xml.gz", 200, &[("content-type", "application/gzip")], packed(&index));
    site.serve("/news.xml.gz", 200, &[("content-type", "application/gzip")], packed(&news));
    site.page("/a.html", article("Cầu mới", "", "Dẫn.", &["Một đoạn."]));
    let source = format!("[[source]]\nid = \"bao\"\nsitemap = \"{}\"\n", site.url("/sitemap.xml.gz"));
    let daemon = TestDaemon::at("2020-08-24T04:00:00Z", &source).await;
    let report = daemon.harvest("bao").await;
    assert_eq!((report.new, report.failed), (1, 1), "{report:?}");
    assert!(site.paths_asked().iter().filter(|path| *path == "/sitemap.xml.gz").count() <= 2);
    let item = daemon.only_item("/feed.json").await;
    assert_eq!(item["date_published"], "2020-08-24T10:08:00+07:00");
}

#[tokio::test]
async fn an_unchanged_sitemap_is_not_sent_again_and_what_it_lists_is_not_forgotten() {
    let site = FakeSite::start().await;
    let index = format!("<sitemapindex><sitemap><loc>{}</loc></sitemap></sitemapindex>", site.url("/news.xml"));
    let entry = |path: &str| format!("<url><loc>{}</loc></url>", site.url(path));
    let news = format!("<urlset>{}{}</urlset>", entry("/a.html"), entry("/b.html"));
    site.serve("/sitemap.xml", 200, &[("etag", "\"1\"")], index).serve("/news.xml", 200, &[("etag", "\"2\"")], news);
    site.page("/a.html", article("Cầu mới", "10:08, 24/08/2020", "Dẫn.", &["Một đoạn."]));
    let source = format!("[[source]]\nid = \"bao\"\nsitemap = \"{}\"\n", site.url("/sitemap.xml"));
    let daemon = TestDaemon::at("2020-08-24T04:00:00Z", &source).await;
    let report = daemon.scheduled("bao").await;
    assert_eq!((report.new, report.failed), (1, 1), "{report:?}");
    site.asked();
    daemon.scheduled("bao").await;
    let tags = |asked: &crate::harness::Asked| {
        (asked.path.clone(), asked.headers["if-none-match"].to_str().unwrap().to_owned())
    };
    let asked: Vec<_> = site.asked().iter().map(tags).collect();
    assert_eq!(asked, [("/sitemap.xml", "\"1\""), ("/news.xml", "\"2\"")].map(|(a, b)| (a.to_owned(), b.to_owned())));
    site.page("/b.html", article("Chợ nổi", "10:09, 24/08/2020", "Dẫn.", &["Một đoạn khác."]));
    daemon.later(chrono::TimeDelta::minutes(11));
    assert_eq!(daemon.scheduled("bao").await.new, 1, "what failed is tried again");
}

#[tokio::test]
async fn addresses_that_cannot_be_read_keep_no_later_one_of_a_long_sitemap_waiting() {
    let site = FakeSite::start().await;
    let broken = bantin::harvest::ARTICLES_PER_PASS_MAX;
    let entry = |n: usize| format!("<url><loc>{}</loc></url>", site.url(&format!("/{n}.html")));
    let entries: String = (0..=broken).map(entry).collect();
    site.serve("/sitemap.xml", 200, &[("etag", "\"1\"")], format!("<urlset>{entries}</urlset>"));
    site.page(&format!("/{broken}.html"), article("Cầu mới", "10:08, 24/08/2020", "Dẫn.", &["Một đoạn."]));
    let source = format!("[[source]]\nid = \"bao\"\nsitemap = \"{}\"\n", site.url("/sitemap.xml"));
    let daemon = TestDaemon::at("2020-08-24T04:00:00Z", &source).await;
    let first = daemon.scheduled("bao").await;
    assert_eq!((first.new, first.failed), (0, broken));
    daemon.later(chrono::TimeDelta::minutes(11));
    assert_eq!(daemon.scheduled("bao").await.new, 1);
}

#[tokio::test]
async fn lead_and_thumbnail_of_a_listing_serve_where_the_page_has_none() {
    let site = FakeSite::start().await;
    let lead = "Sáng nay, hơn 400 thanh niên đã ra quân trồng cây dọc bờ sông.";
    let story = |path: &str, title: &str| {
        format!(
            "<div><a href={path}><img src=/anh/nho.jpg></a><h3><a href={path}>{title}</a></h3><p>(BBM) - {lead}</p></div>"
        )
    };
    let page = |inside: &str| format!("<h1>Một tin đủ dài để là tin</h1><div class=than>{inside}</div>");
    let second = story("/b-post200.html", "Một tin khác cũng đủ dài").replace("nho", "lon");
    site.page("/", story("/a-post100.html", TITLE) + &second);
    site.page("/a-post100.html", page(&format!("<p>{}</p><p>{}</p>", prose(40, 1), prose(40, 2))));
    site.page("/b-post200.html", page(""));
    let source = format!(
        "[[source]]\nid = \"bao\"\n[source.listing]\nurl = \"{}\"\n[source.article]\nbody = \".than\"\n",
        site.url("/")
    );
    let daemon = TestDaemon::at("2020-08-24T04:00:00Z", &source).await;
    let report = daemon.harvest("bao").await;
    assert_eq!((report.new, report.failed), (1, 1), "a page without a text is no article: {report:?}");
    assert_eq!(report.fill.parts, [1, 0, 0, 0, 0], "what the listing adds is not the page's");
    let item = daemon.only_item("/feed.json").await;
    assert_eq!(item["summary"], lead);
    assert_eq!(item["image"], site.url("/anh/nho.jpg"));
}

#[test]
fn the_number_behind_a_listings_own_leads_to_its_next_page() {
    let next = |address: &str, pages: &str| {
        let html = format!("<h3><a href=/tin-post123.html>{TITLE}</a></h3><div>Trang: {pages}</div>");
        let listing = read_listing(&html, &url(address), &ListingRules::default()).unwrap();
        listing.next.map(|next| next.query().unwrap_or_default().to_owned())
    };
    let at = |page: u32| format!("<a href='/tin.aspx?zone=12&page={page}'>{page}</a>");
    let first = "https://bao.example/tin.aspx?zone=12";
    assert_eq!(next(first, &format!("<b>1</b> {} {}", at(2), at(3))).as_deref(), Some("zone=12&page=2"));
    let second = "https://bao.example/tin.aspx?zone=12&page=2";
    assert_eq!(next(second, &format!("{} <b>2</b> {}", at(1), at(3))).as_deref(), Some("zone=12&page=3"));
    assert_eq!(next(second, &format!("{} <b>2</b>", at(1))), None, "the last one");
    assert_eq!(next(first, "<a href=/khao-sat.aspx?page=2>2</a> <a href=/tin.aspx?page=7>2</a>"), None);
}
