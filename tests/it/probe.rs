//! `bantin probe`: what a sysadmin learns of the sources on the first day, and what it changes in the file.

use std::path::PathBuf;
use std::process::{Command, Output};

use bantin::config::{Config, edited};
use bantin::model::{Change, SourceId, To};
use serde_json::Value;

use super::harness::{FakeSite, article, listing, prose};

fn path(n: usize) -> String {
    format!("/tin-so-{n}-cua-lang.html")
}

/// A listing of the four stories.
fn links() -> String {
    let paths: Vec<String> = (0..4).map(path).collect();
    let links: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "Một tin mới của làng ta")).collect();
    listing(&links)
}

struct Desk {
    directory: tempfile::TempDir,
    site: FakeSite,
}

impl Desk {
    /// A site of four stories, and a file with this source; `SITE` in it is the site's address.
    async fn with(source: &str) -> Self {
        let site = FakeSite::start().await;
        site.page("/", links());
        for n in 0..4 {
            let text = [&prose(70, n)[..], &prose(60, n + 9)];
            site.page(
                &path(n),
                article(&format!("Tin số {n} của làng"), "10:08, 24/08/2020", &prose(15, n + 3), &text),
            );
        }
        let desk = Self { directory: tempfile::tempdir().unwrap(), site };
        let head = "[fetch]\nhost_gap = \"0s\"\nallow_private = true\n\n";
        std::fs::write(desk.file(), format!("{head}{}", source.replace("SITE", &desk.site.url("")))).unwrap();
        desk
    }

    fn file(&self) -> PathBuf {
        self.directory.path().join("feeds.toml")
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.file()).unwrap()
    }

    async fn run(&self, args: &[&str]) -> (Output, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bantin"));
        command.arg("--config").arg(self.file()).args(args).env("NO_COLOR", "1").env_remove("STATE_DIRECTORY");
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        (output, shown)
    }

    /// What a pass by the file reads: titles.
    async fn titles(&self) -> Vec<String> {
        let (fetched, shown) = self.run(&["fetch"]).await;
        assert!(fetched.status.success(), "{shown}{}", String::from_utf8_lossy(&fetched.stderr));
        let feed: Value = serde_json::from_str(&self.run(&["feed", "--format", "json"]).await.1).unwrap();
        let mut titles: Vec<String> =
            feed["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect();
        titles.sort();
        titles
    }
}

const ALL: [&str; 4] = ["Tin số 0 của làng", "Tin số 1 của làng", "Tin số 2 của làng", "Tin số 3 của làng"];

const LISTING: &str = "# our paper\n[[source]]\nid = \"bao\"\nname = \"Báo Làng\" # its name\n\n[source.listing]\n\
                       url = \"SITE/\"\nlink = \"h3 a\" # headlines\n\n[source.article]\n# the time stands on top\n\
                       title = \"h1\"\ndate = \".date\"\nlead = \".sapo\"\nbody = \".detail-news\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_reads_well_is_shown_and_left_as_it_is() {
    let desk = Desk::with(LISTING).await;
    let before = desk.text();
    let (output, shown) = desk.run(&["probe", "--write"]).await;
    assert!(output.status.success());
    for wanted in [
        "bao: Báo Làng",
        "reachable  yes; robots.txt: allows",
        "links      4",
        "title    Tin số 0 của làng",
        "date     10:08, 24/08/2020, from selector `10:08, 24/08/2020`",
        "nothing to change",
    ] {
        assert!(shown.contains(wanted), "{wanted}: {shown}");
    }
    assert_eq!(desk.text(), before);
    let mut asked = desk.site.paths_asked();
    assert_eq!(asked.len(), 3, "the listing and two articles: {asked:?}");
    asked.dedup();
    assert_eq!(asked.len(), 3, "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_template_gets_a_diff_and_with_write_a_file_that_reads_it() {
    let broken = LISTING.replace("h3 a", "h2.old a").replace(".date", ".old-date").replace(".sapo", ".old-sapo");
    let desk = Desk::with(&broken).await;
    let before = desk.text();
    let (_, shown) = desk.run(&["probe"]).await;
    assert!(shown.contains("-link = \"h2.old a\" # headlines\n+link = \"h3 a\" # headlines\n"), "{shown}");
    assert!(shown.contains("-lead = \".old-sapo\"\n") && shown.contains("+lead = \".sapo\"\n"), "{shown}");
    assert!(shown.contains("`bantin probe --write` changes"), "{shown}");
    assert_eq!(desk.text(), before, "nothing is written unasked");
    let (_, shown) = desk.run(&["probe", "--write"]).await;
    assert!(shown.contains("was changed as shown"), "{shown}");
    let wanted = before.replace("h2.old a", "h3 a").replace("\".old-date\"", "\".date\"").replace(".old-sapo", ".sapo");
    assert_eq!(desk.text(), wanted, "comments and order stay");
    assert_eq!(desk.titles().await, ALL);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_is_gone_gives_way_to_the_home_page() {
    let desk = Desk::with("[[source]]\nid = \"bao\"\nfeed = \"SITE/rss/home.rss\"\nfull_text = true\n").await;
    let (output, shown) = desk.run(&["probe", "--write"]).await;
    assert!(output.status.success() && shown.contains("the server answered 404"), "{shown}");
    assert!(desk.text().contains(&format!("listing = {{ url = \"{}\" }}", desk.site.url("/"))), "{}", desk.text());
    assert!(!desk.text().contains("full_text"));
    assert_eq!(desk.titles().await, ALL);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_drawn_by_a_script_gives_way_to_the_feed_that_it_announces() {
    let desk = Desk::with("[[source]]\nid = \"bao\"\n[source.listing]\nurl = \"SITE/\"\npages = 2\n").await;
    let head = "<link rel=alternate type='application/rss+xml' href='/rss.xml'>";
    desk.site.page("/", format!("<html><head>{head}</head><body><div id=app></div></body></html>"));
    let item = |n: usize| format!("<item><title>Tin</title><link>/tin-so-{n}-cua-lang.html</link></item>");
    let items: String = (0..4).map(item).collect();
    let feed = format!("<rss version=\"2.0\"><channel><title>Báo</title>{items}</channel></rss>");
    desk.site.serve("/rss.xml", 200, &[("content-type", "application/rss+xml")], feed);
    desk.run(&["probe", "--write"]).await;
    let wanted = format!("feed = \"{}\"", desk.site.url("/rss.xml"));
    assert!(desk.text().contains(&wanted) && !desk.text().contains("listing"), "{}", desk.text());
    assert_eq!(desk.titles().await, ALL);
}

/// A home page with a menu of sections and no story.
const MENU: &str = "<html><body><ul><li><a href=/>Trang chủ</a></li><li><a href=/kinh-te/>Kinh tế</a></li><li><a \
                    href=/xa-hoi.html>Xã hội</a></li></ul></body></html>";

impl Desk {
    /// Puts the listing into the section of society, and the menu on the home page.
    fn with_sections(self) -> Self {
        self.site.page("/xa-hoi.html", links()).page("/", MENU);
        self
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_section_that_has_moved_is_found_again_by_its_name() {
    let listing = "url = \"SITE/\"\nlink";
    let moved = "urls = [\n  \"SITE/muc/kinh-te\", # gone\n  \"SITE/muc/xa-hoi\", # people\n]\nlink";
    let desk = Desk::with(&LISTING.replace(listing, moved)).await.with_sections();
    let before = desk.text();
    desk.run(&["probe", "--write"]).await;
    let wanted = before.replace("/muc/xa-hoi\", #", "/xa-hoi.html\", #");
    assert_eq!(desk.text(), wanted, "the empty section and all comments stay");
    assert_eq!(desk.titles().await, ALL);
    let one = before.replace(&moved.replace("SITE", &desk.site.url("")), "url = \"SITE/muc/xa-hoi\" # people\nlink");
    std::fs::write(desk.file(), one.replace("SITE", &desk.site.url(""))).unwrap();
    desk.run(&["probe", "--write"]).await;
    assert!(desk.text().contains(&format!("url = \"{}\" # people", desk.site.url("/xa-hoi.html"))), "{}", desk.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn sections_that_are_gone_for_good_give_way_to_the_home_page() {
    let gone = "urls = [\"SITE/doi-song/\", \"SITE/phap-luat/\"]\nlink";
    let desk = Desk::with(&LISTING.replace("url = \"SITE/\"\nlink", gone)).await;
    let (_, shown) = desk.run(&["probe", "--write"]).await;
    assert!(shown.contains("the server answered 404"), "{shown}");
    assert!(desk.text().contains(&format!("url = \"{}\"\n", desk.site.url("/"))), "{}", desk.text());
    assert!(!desk.text().contains("urls"));
    assert_eq!(desk.titles().await, ALL);
    let asked = desk.site.paths_asked();
    assert_eq!(asked.iter().filter(|path| *path == "/doi-song/").count(), 1, "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_section_that_leads_to_the_home_page_is_told_and_looked_for_there() {
    let desk = Desk::with(&LISTING.replace("SITE/\"", "SITE/cu/xa-hoi/\"")).await;
    desk.site.serve("/cu/xa-hoi/", 301, &[("location", "/")], "");
    let told = format!("{} leads to the home page {}", desk.site.url("/cu/xa-hoi/"), desk.site.url("/"));
    let (_, shown) = desk.run(&["probe", "--write"]).await;
    assert!(shown.contains(&told) && shown.contains("nothing to change"), "no link leads there: {shown}");
    let asked = desk.site.paths_asked();
    assert_eq!(asked.iter().filter(|path| *path == "/").count(), 1, "{asked:?}");

    desk.site.page("/", links().replace("<body>", &format!("<body>{MENU}"))).page("/xa-hoi.html", links());
    let json: Value = serde_json::from_str(&desk.run(&["probe", "--json"]).await.1).unwrap();
    assert_eq!(json["sources"][0]["redirects_home"], serde_json::json!([desk.site.url("/cu/xa-hoi/")]));
    let (_, shown) = desk.run(&["probe", "--write"]).await;
    assert!(shown.contains(&told), "{shown}");
    assert!(desk.text().contains(&format!("url = \"{}\"", desk.site.url("/xa-hoi.html"))), "{}", desk.text());
    let (_, shown) = desk.run(&["probe"]).await;
    assert!(!shown.contains("leads to the home page"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_section_that_has_a_host_of_its_own_now_is_not_told_to_be_gone() {
    let desk = Desk::with(&LISTING.replace("SITE/\"", "SITE/du-lich/\"")).await;
    let own = FakeSite::at(&format!("127.0.0.2:{}", desk.site.address.port())).await.unwrap();
    own.page("/", links());
    desk.site.serve("/du-lich/", 301, &[("location", &own.url("/"))], "");
    let json: Value = serde_json::from_str(&desk.run(&["probe", "--json"]).await.1).unwrap();
    let seen = &json["sources"][0];
    assert_eq!((&seen["redirects_home"], &seen["reachable"]), (&serde_json::json!([]), &Value::from(true)), "{json:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_of_a_section_that_is_gone_gives_way_to_that_section() {
    for feed in ["/rss/xa-hoi.rss", "/xa-hoi/index.rss"] {
        let source = format!("[[source]]\nid = \"bao\"\nfeed = \"SITE{feed}\"\nfull_text = true\n");
        let desk = Desk::with(&source).await.with_sections();
        desk.run(&["probe", "--write"]).await;
        let wanted = format!("listing = {{ url = \"{}\" }}", desk.site.url("/xa-hoi.html"));
        assert!(desk.text().contains(&wanted), "{}", desk.text());
        assert_eq!(desk.titles().await, ALL);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_the_first_stories_lack_is_looked_for_on_more_of_them() {
    let desk = Desk::with(&format!("{LISTING}image = \".khung-cu img\"\n")).await;
    let text = [&prose(70, 2)[..], "<img src=/cau.jpg>"];
    desk.site.page(&path(2), article(ALL[2], "10:08, 24/08/2020", &prose(15, 5), &text));
    let before = desk.text();
    desk.run(&["probe", "--write"]).await;
    assert_eq!(desk.text(), before.replace("image = \".khung-cu img\"\n", ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_whose_boxes_are_called_otherwise_too_is_left_to_automatic_reading() {
    let rules = "body = \".noi-dung-cu\"\nremove = [\".lien-quan-cu\"]\n";
    let desk = Desk::with(&LISTING.replace("body = \".detail-news\"\n", rules)).await;
    let others =
        "<div><b>Tin liên quan</b><a href=/a.html>Khánh thành nhà văn hóa</a><a href=/b.html>Lịch cắt điện</a></div>";
    for (n, title) in ALL.iter().enumerate() {
        let text = [&prose(70, n)[..], &format!("</p>{others}<p>"), &prose(60, n + 9)];
        desk.site.page(&path(n), article(title, "10:08, 24/08/2020", &prose(15, n + 3), &text));
    }
    desk.run(&["probe", "--write"]).await;
    assert!(!desk.text().contains("body ="), "{}", desk.text());
    assert_eq!(desk.titles().await, ALL);
    let feed = desk.run(&["feed", "--format", "json"]).await.1;
    assert!(feed.contains(&prose(60, 9)) && !feed.contains("Lịch cắt điện"), "{feed}");
}

/// A story as an old portal prints it: in a form, in spans with names that a program makes, the lead before the text,
/// the picture in a table and the author behind it all.
fn portal_page(n: usize) -> String {
    format!(
        "<html><head><title>{}</title><meta name=description content=\"Cổng thông tin điện tử tỉnh\"></head><body><form>\
         <div id=x1><span id=x1a>{}</span><br><span id=x2b>Ngày xuất bản: 24/08/2020 06:57:24 SA</span><br><span \
         id=x3c>{}</span><br><span id=x4d>{}<br><br><table><tr><td><img src=/anh-{n}.jpg></td></tr><tr><td>Sông quê</td>\
         </tr></table>{}<br><br></span><div align=right><span id=x5e>Hạnh Thắng</span></div></div></form></body></html>",
        ALL[n],
        ALL[n],
        portal_lead(n),
        prose(70, n),
        prose(60, n + 9)
    )
}

fn portal_lead(n: usize) -> String {
    format!("{}.", prose(15, n + 3))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_whose_names_have_all_changed_reads_as_before() {
    let old = "title = \"#lblTieuDe\"\ndate = \"#lblNgayDang\"\nlead = \"#lblTomTat\"\nbody = \"#lblNoiDung\"\n\
               author = \"#lblTacGia\"\nimage = \".anh img\"\nremove = [\"table\"]\n";
    let listing = "url = \"SITE/tin.aspx?zone=1\"\npages = 2\nlink = \"a.tieude\"\nnext = \"a.trangsau\"\n";
    let source = format!("[[source]]\nid = \"bao\"\n[source.listing]\n{listing}[source.article]\n{old}");
    let desk = Desk::with(&source).await;
    let link = |n: usize| format!("<p><a class=x7 href=/tin-so-{n}-cua-lang.html>Một tin mới của làng ta</a></p>");
    let list = |from: usize, pages: &str| format!("<body>{}{}<i>Trang: {pages}</i></body>", link(from), link(from + 1));
    desk.site.page("/tin.aspx?zone=1", list(0, "<b>1</b> <a href='/tin.aspx?zone=1&page=2'>2</a>"));
    desk.site.page("/tin.aspx?zone=1&page=2", list(2, "<a href='/tin.aspx?zone=1'>1</a> <b>2</b>"));
    for n in 0..4 {
        desk.site.page(&path(n), portal_page(n));
    }
    desk.run(&["probe", "--write"]).await;
    assert_eq!(desk.titles().await, ALL);
    let feed: Value = serde_json::from_str(&desk.run(&["feed", "--format", "json"]).await.1).unwrap();
    for item in feed["items"].as_array().unwrap() {
        let n = ALL.iter().position(|title| item["title"] == *title).unwrap();
        assert_eq!(item["summary"], portal_lead(n), "{}", desk.text());
        assert_eq!(item["authors"][0]["name"], "Hạnh Thắng");
        assert_eq!(item["image"], desk.site.url(&format!("/anh-{n}.jpg")));
        assert_eq!(item["date_published"], "2020-08-24T06:57:24+07:00");
        let html = item["content_html"].as_str().unwrap();
        assert!(
            html.contains(&prose(70, n)) && html.contains(&prose(60, n + 9)) && !html.contains("Sông quê"),
            "{html}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_stands_by_is_enabled_once_it_reads_well() {
    let desk = Desk::with(&LISTING.replace("\n\n[source.listing]", "\nenabled = false\n\n[source.listing]")).await;
    let (_, shown) = desk.run(&["probe"]).await;
    assert!(shown.contains("nothing to change") && desk.site.paths_asked().is_empty(), "not asked unasked: {shown}");
    let (_, shown) = desk.run(&["probe", "--all"]).await;
    assert!(shown.contains("-enabled = false"), "{shown}");
    desk.run(&["probe", "bao", "--write"]).await;
    assert_eq!(desk.titles().await, ALL);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_leads_to_another_host_is_followed_there() {
    let desk = Desk::with(LISTING).await;
    // Another host on the same port, since a source's ports are its own.
    let old = FakeSite::at(&format!("127.0.0.2:{}", desk.site.address.port())).await.unwrap();
    old.serve("/", 301, &[("location", &desk.site.url("/"))], "");
    std::fs::write(desk.file(), desk.text().replace(&desk.site.url(""), &old.url(""))).unwrap();
    let (_, shown) = desk.run(&["probe", "--write"]).await;
    assert!(shown.contains(&format!("-url = \"{}\"\n+url = \"{}\"\n", old.url("/"), desk.site.url("/"))), "{shown}");
    assert_eq!(desk.titles().await, ALL);
}

#[tokio::test(flavor = "multi_thread")]
async fn preview_and_learn_name_the_family_that_a_page_is_recognised_by() {
    let desk = Desk::with("[[source]]\nid = \"bao\"\n[source.listing]\nurl = \"SITE/\"\n").await;
    let body = format!("<h1>Tin mới của làng ta</h1><div class=\"zce-content-body\"><p>{}</p></div>", prose(90, 1));
    for n in 0..4 {
        desk.site.page(&format!("/tin-so-{n}-cua-lang.html"), format!("<html><body>{body}</body></html>"));
    }
    let (_, shown) = desk.run(&["preview", "bao"]).await;
    assert!(shown.contains("family onecms, recognised by the page"), "{shown}");
    let (_, block) = desk.run(&["learn", &desk.site.url("/")]).await;
    assert!(
        block.contains("family = \"onecms\"") && block.contains("# body is read as in the family onecms"),
        "{block}"
    );
    Config::parse("learnt", &block).unwrap_or_else(|error| panic!("{error}"));
    let named = desk.text().replace("id = \"bao\"", "id = \"bao\"\nfamily = \"onecms\"");
    std::fs::write(desk.file(), named).unwrap();
    let (_, shown) = desk.run(&["preview", "--json", &desk.site.url("/tin-so-1-cua-lang.html")]).await;
    let seen: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((&seen["kind"], &seen["family"]), (&"article".into(), &"onecms".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_section_of_a_site_is_learnt_under_an_id_of_its_own() {
    let desk = Desk::with("").await;
    let head = "<head><title>Xã hội - Báo Khánh Hòa điện tử</title></head>";
    desk.site.page("/xa-hoi/", links().replace("<html>", &format!("<html>{head}")));
    for (n, title) in ALL.iter().enumerate() {
        let text = format!("<div><p>{}</p><p>{}</p></div>", prose(70, n), prose(60, n + 9));
        let lead = format!("<h2 class=dan-nhap>{}</h2>", portal_lead(n));
        desk.site.page(&path(n), format!("<html><body><h1>{title}</h1>{lead}{text}</body></html>"));
    }
    for id in ["127-0-0-1", "127-0-0-1-2"] {
        let (_, block) = desk.run(&["learn", &desk.site.url("/xa-hoi/")]).await;
        let named = format!("id = \"{id}\"\nname = \"Báo Khánh Hòa điện tử\"\nprovince = \"khanh-hoa\"\n");
        assert!(block.contains(&named), "{block}");
        assert!(block.contains("lead = \".dan-nhap\"\n"), "other headings of that size may stand in boxes: {block}");
        std::fs::write(desk.file(), desk.text() + &block).unwrap();
    }
    assert!(desk.run(&["check"]).await.0.status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn titles_and_leads_are_shown_as_far_as_a_line_goes() {
    let desk = Desk::with(LISTING).await;
    let (title, lead) = (prose(20, 3), prose(30, 4));
    desk.site.page(&path(0), article(&title, "10:08, 24/08/2020", &lead, &[&prose(70, 1), &prose(60, 2)]));
    let (_, shown) = desk.run(&["probe"]).await;
    let lines: Vec<&str> = shown.lines().filter(|line| line.ends_with('…')).collect();
    assert!(lines.len() == 3 && lines.iter().all(|line| line.chars().count() <= 80), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sitemap_index_and_a_list_for_scripts_read_well_and_stay() {
    let desk = Desk::with("[[source]]\nid = \"bao\"\nsitemap = \"SITE/sitemap.xml\"\n").await;
    let xml = [("content-type", "application/xml")];
    let inner = desk.site.url("/news.xml");
    let index = format!("<sitemapindex><sitemap><loc>{inner}</loc></sitemap></sitemapindex>");
    desk.site.serve("/sitemap.xml", 200, &xml, index);
    let page = |n: usize| format!("<url><loc>{}</loc></url>", desk.site.url(&format!("/tin-so-{n}-cua-lang.html")));
    desk.site.serve("/news.xml", 200, &xml, format!("<urlset>{}{}</urlset>", page(0), page(1)));
    let (_, shown) = desk.run(&["probe"]).await;
    assert!(shown.contains("links      2") && shown.contains("nothing to change"), "{shown}");

    let api = "listing = { url = \"SITE/muc/\", api = \"/service/api/article/list\" }\n";
    let desk = Desk::with(&format!("[[source]]\nid = \"bao\"\n{api}")).await;
    desk.site.page("/muc/", "<html><body><b id=site_id>1a</b><b id=cate_id>2b</b><div id=app></div></body></html>");
    let list = serde_json::json!({"response": [{"title": "Tin", "pageUrl": "/tin-so-0-cua-lang.html"}], "total": 1});
    let path = "/service/api/article/list?scUnitMapId=1a&saArticleCateId=2b&first=0&pageSize=20";
    desk.site.serve(path, 200, &[("content-type", "application/json")], list.to_string());
    let (_, shown) = desk.run(&["probe"]).await;
    assert!(shown.contains("links      1") && shown.contains("nothing to change"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_robots_txt_forbids_is_told_and_not_asked_for() {
    let desk = Desk::with(LISTING).await;
    desk.site.serve("/robots.txt", 200, &[("content-type", "text/plain")], "User-agent: *\nDisallow: /\n");
    let (output, shown) = desk.run(&["probe", "--json"]).await;
    let seen: Value = serde_json::from_str(&shown).unwrap();
    let source = &seen["sources"][0];
    assert_eq!((&source["robots"], &source["reads"]["links"]), (&"forbids".into(), &0.into()));
    assert!(source["trouble"].as_str().unwrap().contains("robots.txt forbids it"));
    assert_eq!((&seen["diff"], &seen["written"]), (&"".into(), &false.into()));
    assert!(output.status.success() && desk.site.paths_asked().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_that_reaches_nobody_fails_and_names_an_unknown_source() {
    let desk = Desk::with("[[source]]\nid = \"bao\"\nfeed = \"http://127.0.0.1:1/rss\"\n").await;
    assert_eq!(desk.run(&["probe"]).await.0.status.code(), Some(1));
    let (unknown, _) = desk.run(&["probe", "nobody"]).await;
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("no source is called `nobody`"));
}

#[test]
fn an_edit_leaves_the_rest_of_the_shipped_file_as_it_is() {
    let text = include_str!("../../feeds.toml");
    let config = Config::parse("feeds.toml", text).unwrap();
    for source in &config.sources {
        assert_eq!(edited(text, &source.id, &[]).unwrap(), text);
        let off = [Change::own("enabled", To::Flag(false)), Change::article("lead", To::Text(".sapo-moi".to_owned()))];
        let new = edited(text, &source.id, &off).unwrap();
        let other = Config::parse("feeds.toml", &new).unwrap_or_else(|error| panic!("{error}"));
        assert!(!other.source(&source.id).unwrap().enabled);
        let gone = text.lines().filter(|line| !new.contains(line)).count();
        assert!(gone <= 1, "{gone} lines changed for {}", source.id);
    }
    let nobody = SourceId::parse("nobody").unwrap();
    assert!(edited(text, &nobody, &[]).unwrap_err().contains("no [[source]] with id = \"nobody\""));
}
