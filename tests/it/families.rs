//! Sites of one CMS share their rules: named in the file, or recognised by what their pages hold.

use bantin::config::{Config, families};
use bantin::model::{Reads, Source};
use bantin::parse::recognise_family;

use super::harness::{FakeSite, TestDaemon, listing, prose};

fn config(text: &str) -> Config {
    Config::parse("feeds.toml", text).unwrap_or_else(|error| panic!("{error}"))
}

fn only(text: &str) -> Source {
    let [source] = &config(text).sources[..] else { panic!("one source") };
    source.clone()
}

fn pattern(source: &Source) -> Option<String> {
    let Reads::Listing(rules) = &source.reads else { panic!("a listing") };
    rules.pattern.as_ref().map(|pattern| pattern.as_str().to_owned())
}

const LISTING: &str = "[source.listing]\nurl = \"https://bao.example/\"\n";

#[test]
fn every_built_in_family_is_read_without_a_problem() {
    let config = config(include_str!("../../src/config/families.toml"));
    assert_eq!(config.families.iter().count(), 13);
    for family in config.families.iter() {
        let built_in = families();
        let kept = built_in.named(&family.name).expect("the program holds what its file says");
        assert_eq!(format!("{:?}", kept.article), format!("{:?}", family.article));
        assert!(family.marks.is_some(), "{} cannot be recognised", family.name);
    }
}

#[test]
fn a_source_overrides_its_family_key_by_key() {
    let text = format!(
        "[[source]]\nid = \"a\"\nfamily = \"onecms\"\n{LISTING}pattern = \"-p\\\\d+$\"\n[source.article]\nlead = \".own\"\nremove = []\n"
    );
    let source = only(&text);
    assert_eq!(source.family.as_deref(), Some("onecms"));
    assert_eq!(pattern(&source).as_deref(), Some("-p\\d+$"));
    assert_eq!(source.article.lead.unwrap().as_str(), ".own");
    assert_eq!(source.article.date.unwrap().as_str(), ".cms-date", "what the source leaves out is the family's");
    assert!(source.article.remove.is_empty(), "an empty list is a list");
}

#[test]
fn a_file_replaces_a_built_in_family_key_by_key_and_adds_its_own() {
    let text = format!(
        "[family.onecms]\nlead = \".new-lead\"\n[family.ours]\nbody = \".ours\"\nnaive_local = true\n\
         [[source]]\nid = \"a\"\nfamily = \"onecms\"\n{LISTING}[[source]]\nid = \"b\"\nfamily = \"ours\"\n{LISTING}"
    );
    let config = config(&text);
    let [first, second] = &config.sources[..] else { panic!("two sources") };
    assert_eq!(first.article.lead.as_ref().unwrap().as_str(), ".new-lead");
    assert_eq!(first.article.date.as_ref().unwrap().as_str(), ".cms-date");
    assert!(second.article.naive_local && second.article.body.as_ref().unwrap().as_str() == ".ours");
}

#[track_caller]
fn refused(text: &str, wanted: &str) {
    let error = Config::parse("feeds.toml", text).unwrap_err().to_string();
    assert!(error.contains(wanted), "{error}");
}

#[test]
fn problems_of_families_are_told_with_the_way_out() {
    let source = |family: &str| format!("[[source]]\nid = \"a\"\nfamily = \"{family}\"\n{LISTING}");
    refused(&source("vnpd"), "did you mean `vnpt`?");
    refused(&source("something-else"), "known are vnpt, onecms");
    refused("[family.a]\nbodie = \".x\"\n", "unknown key `bodie` in [family.a]");
    refused("[family.a]\nurl = \"https://bao.example/\"\n", "unknown key `url` in [family.a]");
    refused("[family.\"Báo A\"]\nbody = \".x\"\n", "`Báo A` is no family name");
    refused("[family]\na = 1\n", "write a table: [family.a]");
}

#[track_caller]
fn recognised(path: &str, body: &str, wanted: Option<&str>) {
    let html = format!("<html><head><title>Tin</title></head><body>{body}</body></html>");
    for host in ["https://bao.example", "http://127.0.0.1:8000"] {
        let address = format!("{host}{path}").parse().unwrap();
        let families = families();
        let family = recognise_family(&html, &address, &families).unwrap();
        assert_eq!(family.map(|family| family.name.as_str()), wanted, "{path} {body}");
    }
}

#[test]
fn pages_are_recognised_whatever_their_host() {
    recognised("/xa-hoi/202008/khanh-thanh-cau-8184498/", "", Some("vnpt"));
    recognised("/xa-hoi/202401/khanh-thanh-cau-e4914ab/", "", Some("vnpt"));
    recognised("/xa-hoi/", "<input type=hidden id=site_id value=1>", Some("vnpt"));
    recognised("/khanh-thanh-cau-post312844.html", "", Some("onecms"));
    recognised("/x.html", "<time class=\"time cms-date\">1</time>", Some("onecms"));
    recognised("/x.html", "<div class=\"b-maincontent\"></div>", Some("1cdn"));
    recognised("/khanh-thanh-cau-20240817123456789.htm", "", Some("vccorp"));
    recognised("/x-123.htm", "<div id=dcontent></div>", Some("dhcn"));
    recognised("/khanh-thanh-cau-a41234.html", "", Some("newscontents"));
    recognised("/x", "<div class=PostDate>1</div>", Some("dotnetnuke"));
    recognised("/Pages/x.aspx", "<div class=\"ms-rtestate-field\"></div>", Some("sharepoint"));
    recognised("/chi-tiet/-/asset_publisher/St1DaeZNsp94/content/tin", "", Some("liferay"));
    recognised("/x.aspx?nid=1", "<span id=ctl00_zone_lblNoiDung></span>", Some("webforms"));
    recognised("/x", "<div class=page-header><small>1</small></div><div class=article-content></div>", Some("joomla"));
    recognised("/x", "<meta name=generator content=\"NukeViet v4.5\">", Some("nukeviet"));
    recognised("/x", "<meta name=generator content=\"WordPress 6.4\">", Some("wordpress"));
    recognised("/tin-tuc/khanh-thanh-cau-1234.html", "<div class=content id=main></div>", None);
}

/// A page of a CMS that marks its text with `ours-text` and puts a box into it that reads like the story.
fn page(title: &str, date: &str) -> String {
    let text: String = (0..4).map(|seed| format!("<p>{}</p>", prose(50, seed))).collect();
    format!(
        "<html><head><title>{title}</title></head><body><h1>{title}</h1><p class=\"ours-date\">{date}</p>\
         <div class=\"ours-text\">{text}<div class=\"khung\"><p>{}</p></div></div></body></html>",
        prose(40, 9)
    )
}

/// The text of the only story of a site in that CMS, which a `[family.ours]` describes.
async fn read(extra: &str) -> String {
    let site = FakeSite::start().await;
    let path = "/khanh-thanh-cau-312844.html";
    site.page("/", listing(&[(path, "Khánh thành cây cầu mới qua sông")]));
    site.page(path, page("Khánh thành cây cầu mới qua sông", "24/08/2020 10:08 (GMT+7)"));
    let families = "[family.ours]\nmarks = \".ours-text\"\nbody = \".ours-text\"\nremove = [\".khung\"]\n";
    let source = format!("{families}[[source]]\nid = \"a\"\n{extra}[source.listing]\nurl = \"{}\"\n", site.url("/"));
    let daemon = TestDaemon::at("2020-08-24T05:00:00Z", &source).await;
    daemon.harvest("a").await;
    let item = daemon.only_item("/feed.json").await;
    assert_eq!(item["date_published"], "2020-08-24T10:08:00+07:00");
    item["content_html"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_named_family_reads_a_site_without_selectors() {
    let html = read("family = \"ours\"\n").await;
    assert!(html.contains(&prose(50, 3)) && !html.contains(&prose(40, 9)), "{html}");
}

#[tokio::test]
async fn a_recognised_family_reads_a_site_without_selectors() {
    let html = read("").await;
    assert!(html.contains(&prose(50, 3)) && !html.contains(&prose(40, 9)), "{html}");
}

#[tokio::test]
async fn a_source_that_names_another_family_is_not_read_by_the_one_that_its_pages_show() {
    let html = read("family = \"1cdn\"\n").await;
    assert!(html.contains(&prose(50, 3)) && html.contains(&prose(40, 9)), "{html}");
}

#[test]
fn fields_of_a_portal_that_stand_in_its_header_and_footer_are_no_story() {
    let field = |text: &str| format!("<div class=\"ms-rtestate-field\"><p>{text}</p></div>");
    let (story, more) = (prose(80, 2), prose(60, 5));
    let html = format!(
        "<html><head><title>Cổng</title></head><body><div>{}</div><p class=\"tandan-p-article-news-title\">Khánh thành \
         cầu mới</p><div>{}{}</div><div>{}</div></body></html>",
        field(&prose(30, 7)),
        field(&story),
        field(&more),
        field(&prose(30, 9))
    );
    let rules = bantin::model::ArticleRules { families: families(), ..Default::default() };
    let address = "https://huyen.example/portal/Pages/chi-tiet.aspx".parse().unwrap();
    let draft = bantin::parse::read_article(&html, &address, &rules).unwrap();
    assert_eq!(draft.title.as_deref(), Some("Khánh thành cầu mới"));
    let shown: Vec<String> = draft
        .body
        .iter()
        .filter_map(|block| match block {
            bantin::model::Block::Paragraph(line) => Some(line.text.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(shown, [story, more]);
}

/// A section page as VNPT's CMS serves it: nothing but hidden ids, the list is drawn by a script.
const SECTION: &str = "<html><body><input type=hidden id=site_id value=\"1e0ffe29\"><div id=cate_id hidden>77ab</div>\
                       <div id=list></div></body></html>";

fn list_path(first: usize) -> String {
    format!("/sc_service/api/article/list?scUnitMapId=1e0ffe29&saArticleCateId=77ab&first={first}&pageSize=20")
}

fn in_list(n: usize) -> String {
    format!("/xa-hoi/202008/tin-so-{n}-cua-tinh-818449{n}/")
}

/// Serves the articles of one part of the list and the part itself.
fn serve_list(site: &FakeSite, first: usize, count: usize, total: usize) {
    let articles: Vec<_> = (first..first + count)
        .map(|n| {
            let html = format!("<html><body><h1>Tin số {n} của tỉnh</h1><p>{}</p></body></html>", prose(90, n * 5));
            site.page(&in_list(n), html);
            let date = format!("2020-08-24 10:0{n}:00.0");
            serde_json::json!({"title": "Tin", "lead": "", "pageUrl": in_list(n), "publishDate": date, "objectType": 1})
        })
        .collect();
    let list = serde_json::json!({"response": articles, "total": total}).to_string();
    site.serve(&list_path(first), 200, &[("content-type", "application/json")], list);
}

async fn dates(site: &FakeSite, listing: &str) -> Vec<String> {
    let source = format!("[[source]]\nid = \"a\"\nfamily = \"vnpt\"\n{listing}").replace("SITE", &site.url(""));
    let daemon = TestDaemon::at("2020-08-24T05:00:00Z", &source).await;
    let report = daemon.harvest("a").await;
    assert_eq!(report.trouble(), None);
    let items = daemon.items("/feed.json").await;
    items.iter().map(|item| item["date_published"].as_str().unwrap_or("none").to_owned()).collect()
}

#[tokio::test]
async fn a_section_that_a_script_draws_is_read_by_the_list_that_the_script_asks_for() {
    let site = FakeSite::start().await;
    site.page("/xa-hoi/", SECTION);
    serve_list(&site, 0, 2, 3);
    serve_list(&site, 2, 1, 3);
    let api = "listing = { url = \"SITE/xa-hoi/\", api = \"/sc_service/api/article/list\" }\n";
    let shown = dates(&site, api).await;
    assert_eq!(shown, ["2020-08-24T10:01:00+07:00", "2020-08-24T10:00:00+07:00"], "the times are the list's");
    let shown = dates(&site, &api.replace(" }", ", pages = 2 }")).await;
    assert_eq!(shown.len(), 3, "the next part begins where the first ended");
}

#[tokio::test]
async fn the_list_can_be_named_itself() {
    let site = FakeSite::start().await;
    serve_list(&site, 0, 2, 2);
    assert_eq!(dates(&site, &format!("listing = {{ url = \"SITE{}\" }}\n", list_path(0))).await.len(), 2);
}

#[tokio::test]
async fn a_section_without_ids_is_read_by_its_links() {
    let site = FakeSite::start().await;
    serve_list(&site, 0, 1, 1);
    site.page("/xa-hoi/", listing(&[(&in_list(0), "Tin số 0 của tỉnh hôm nay")]));
    let api = "listing = { url = \"SITE/xa-hoi/\", api = \"/sc_service/api/article/list\" }\n";
    assert_eq!(dates(&site, api).await.len(), 1);
    refused(
        &format!("[[source]]\nid = \"a\"\n{}", api.replace("\"/sc", "\"sc")),
        "`sc_service/api/article/list` is no path",
    );
}
