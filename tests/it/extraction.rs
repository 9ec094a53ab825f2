//! Pages that no selector knows: what automatic reading finds on them, and what it passes over.

use bantin::date::{Reader, weigh};
use bantin::harvest::{Reading, read_page};
use bantin::model::{ArticleRules, Css, DateOrder, ListingRules};
use bantin::parse::{learn_article, learn_listing, read_listing};
use proptest::prelude::*;
use url::Url;

use crate::harness::prose;

const HANOI: chrono_tz::Tz = chrono_tz::Tz::Asia__Ho_Chi_Minh;
const SEEN: &str = "2026-11-24T01:15:00Z";

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn reader() -> Reader {
    let seen_at = Some(SEEN.parse().unwrap());
    Reader { order: DateOrder::Dmy, zone: HANOI, naive_local: false, month_minutes: false, seen_at }
}

#[track_caller]
fn read(html: &str) -> Reading {
    read_page(html, &url("https://bao.example/thoi-su/cau-moi-post1234.html"), &ArticleRules::default(), &reader())
        .unwrap()
}

/// What is read of a page whose story is two paragraphs and what is `inside` the same box.
#[track_caller]
fn story_of(inside: &str) -> Reading {
    read(&format!("<h1>Cầu mới qua sông</h1><div><p>{}</p><p>{}</p>{inside}</div>", prose(60, 1), prose(60, 2)))
}

/// What is read of a page whose story is two paragraphs in plain boxes, with `around` before and behind them.
#[track_caller]
fn story(before: &str, behind: &str) -> Reading {
    read(&format!(
        "<html><head><title>Cầu mới qua sông - Báo Mẫu</title></head><body><div><h1>Cầu mới qua sông</h1>{before}\
         <div><p>{}</p><p>{}</p></div>{behind}</div></body></html>",
        prose(60, 1),
        prose(60, 2)
    ))
}

#[track_caller]
fn text_is_two_paragraphs(reading: &Reading) {
    assert_eq!(reading.clean.text, format!("{}\n\n{}", prose(60, 1), prose(60, 2)));
}

#[test]
fn a_body_is_found_without_any_name_to_go_by() {
    text_is_two_paragraphs(&story("", ""));
}

#[test]
fn what_stands_beside_a_story_is_not_its_text() {
    let teaser = |n: usize| {
        format!("<div class=k><h3><a href=/tin-{n}.html>Một tin khác của báo này</a></h3><p>{}</p></div>", prose(25, n))
    };
    let teasers: String = (3..7).map(teaser).collect();
    for behind in [
        format!("<section>{teasers}</section>"),
        format!("<div><h4>Tin liên quan</h4><ul>{teasers}</ul></div>"),
        format!("<div class=binh-luan><p>{}</p></div>", prose(40, 9)),
        format!("<div><h4>Bình luận</h4><div>Hoài An 23/11/2026 17:00<p>{}</p></div></div>", prose(30, 9)),
        format!("<aside><p>{}</p></aside><footer><p>{}</p></footer>", prose(40, 8), prose(40, 9)),
        format!("<div style='display: none'><p>{}</p></div>", prose(40, 9)),
        format!("<form><p>{}</p><input name=email></form>", prose(30, 9)),
        format!("<div role=complementary><p>{}</p></div>", prose(40, 9)),
        format!("<div class='with-sidebar'></div><div class='sidebar'><p>{}</p></div>", prose(40, 9)),
    ] {
        text_is_two_paragraphs(&story("", &behind));
    }
}

#[test]
fn lines_between_title_and_text_are_not_text() {
    let reading = story(
        "<div class=meta-info>10:08, 24/08/2020</div><div class=share-bar><a href=#>Chia sẻ bài viết này</a></div>\
         <p class=tac-gia>Ngọc Khánh</p>",
        "",
    );
    text_is_two_paragraphs(&reading);
    assert_eq!(reading.clean.author.as_deref(), Some("Ngọc Khánh"));
    assert_eq!(reading.published.instant, Some("2020-08-24T03:08:00Z".parse().unwrap()));
}

#[test]
fn the_same_text_for_narrow_screens_is_read_once() {
    let twice = format!("<div class=mobile><p>{}</p><p>{}</p></div>", prose(60, 1), prose(60, 2));
    let html = format!("<h1>Cầu mới qua sông</h1><div class=desktop>{}</div>{twice}", &twice[18..]);
    text_is_two_paragraphs(&read(&html));
}

#[test]
fn two_paragraphs_of_one_length_are_both_read() {
    let (one, two) = ("một chữ. ".repeat(70), "hai chữ. ".repeat(70));
    let reading = read(&format!("<h1>Cầu mới qua sông</h1><div><p>{one}</p><p>{two}</p></div>"));
    assert_eq!(reading.clean.text, format!("{}\n\n{}", one.trim(), two.trim()));
}

#[test]
fn a_section_whose_heading_speaks_of_sharing_is_read() {
    let reading = story_of(&format!("<h2>Chia sẻ kinh nghiệm làm giàu</h2><p>{}</p><h2>Hết</h2>", prose(20, 5)));
    assert!(reading.clean.text.contains("Chia sẻ kinh nghiệm") && reading.clean.text.contains(&prose(20, 5)));
}

#[test]
fn text_that_unfolds_on_a_click_is_read() {
    let html = format!(
        "<h1>Hỏi đáp về bảo hiểm</h1><article><p>{}</p><div class=accordion><div hidden>{}</div></div></article>",
        prose(60, 1),
        prose(60, 2)
    );
    text_is_two_paragraphs(&read(&html));
}

#[test]
fn a_page_in_the_shape_of_web_forms_is_read() {
    let html = format!(
        "<form id=aspnetForm><input type=hidden name=__VIEWSTATE><span id=ctl00_lblTieuDe>Cầu mới qua sông</span>\
         <span id=ctl00_lblNgayDang>Ngày xuất bản: 24/08/2020 02:46:54 CH</span><br><span id=ctl00_lblNoiDung>{}<br><br>{}</span>\
         <div align=right><span id=ctl00_lblTacGia>Hạnh Thắng - Vân Nga</span></div>\
         <div class=ykien><b>Ý kiến bạn đọc</b><p>{}</p></div></form>",
        prose(60, 1),
        prose(60, 2),
        prose(50, 3)
    );
    let reading = read(&html);
    text_is_two_paragraphs(&reading);
    assert_eq!(reading.clean.title, "Cầu mới qua sông");
    assert_eq!(reading.clean.author.as_deref(), Some("Hạnh Thắng - Vân Nga"));
    assert_eq!(reading.published.instant, Some("2020-08-24T07:46:54Z".parse().unwrap()));
}

#[test]
fn lists_and_tables_of_a_story_stay() {
    let reading =
        story_of("<ul><li>Một là cầu</li><li>Hai là đường</li></ul><table><tr><th>Giá</th><th>Đồng</th></tr></table>");
    assert!(reading.clean.html.contains("<li>Hai là đường</li>"), "{}", reading.clean.html);
    assert!(reading.clean.html.contains("<table>"), "{}", reading.clean.html);
}

#[test]
fn a_player_is_a_link_in_the_html_and_no_word_of_the_text() {
    let reading = story_of("<p><iframe src=https://video.example/v/1></iframe></p>");
    text_is_two_paragraphs(&reading);
    assert!(reading.clean.html.contains("<a href=\"https://video.example/v/1\""), "{}", reading.clean.html);
}

#[test]
fn a_banner_in_the_text_is_not_the_lead_image() {
    let image = |inside: &str| story_of(inside).clean.image.map(|image| image.address);
    let photo = "<p><img src=/anh/cau-moi.jpg></p>";
    let expected = Some("https://bao.example/anh/cau-moi.jpg".to_owned());
    assert_eq!(image(&format!("<p><img src=/static/banner.png></p>{photo}")), expected);
    assert_eq!(image("<p><img src=/static/banner.png></p>"), None);
}

#[test]
fn text_that_was_encoded_twice_is_mended_and_vietnamese_is_left_alone() {
    assert_eq!(read(&format!("<h1>Itâ€™s a bridge</h1><p>{}</p>", prose(60, 1))).clean.title, "It’s a bridge");
    let page = format!(
        "<h1>BÃ\u{a0} MÃ©o â€“ CÃ´ DÃ¢u</h1><p>{}</p>",
        "Chá»£ Há»™i An â€“ phá»‘ cá»• ráº¥t Ä‘Ã´ng ngÆ°á»\u{9d}i. ".repeat(9)
    );
    assert_eq!(read(&page).clean.title, "Bà Méo – Cô Dâu");
    let sound = format!("<h1>ĐÃ ĐẾN LÚC â€“ CÂU CHUYỆN LÀNG</h1><p>{}</p>", prose(60, 1));
    assert_eq!(read(&sound).clean.title, "ĐÃ ĐẾN LÚC – CÂU CHUYỆN LÀNG");
}

#[track_caller]
fn titled(head: &str, body: &str, expected: &str) {
    let html =
        format!("<html><head>{head}</head><body>{body}<p>{}</p><p>{}</p></body></html>", prose(60, 1), prose(60, 2));
    assert_eq!(read(&html).clean.title, expected);
}

#[test]
fn a_title_is_the_story_s_and_not_the_site_s() {
    titled(
        "<title>Cầu mới qua sông | Báo Mẫu</title>",
        "<h1>Báo Mẫu</h1><h2>Cầu mới qua sông</h2>",
        "Cầu mới qua sông",
    );
    titled("<meta property=og:title content='Cầu mới qua sông'>", "<h1>Chuyên mục</h1>", "Cầu mới qua sông");
    titled("<title>Cầu mới qua sông - Báo Mẫu điện tử</title>", "", "Cầu mới qua sông");
    titled(
        "<title>Báo Mẫu</title><meta property=og:site_name content='Báo Mẫu'>",
        "<div class=logo><h1>Báo Mẫu</h1></div><h1>Cầu mới qua sông</h1>",
        "Cầu mới qua sông",
    );
}

#[track_caller]
fn signed(head: &str, near: &str, expected: Option<&str>) {
    let html = format!(
        "<html><head><meta property=og:site_name content='Báo Mẫu'>{head}</head><body><h1>Cầu mới qua sông</h1>{near}<p>{}</p><p>{}</p></body></html>",
        prose(60, 1),
        prose(60, 2)
    );
    assert_eq!(read(&html).clean.author.as_deref(), expected);
}

#[test]
fn an_author_is_who_most_of_the_page_names() {
    signed("<meta name=author content='Ngọc Khánh'>", "", Some("Ngọc Khánh"));
    signed("<meta name=author content='Báo Mẫu'>", "<span class=author>Ngọc Khánh</span>", Some("Ngọc Khánh"));
    signed("<meta name=author content=admin>", "<p class=byline>Bài và ảnh: Ngọc Khánh</p>", Some("Ngọc Khánh"));
    signed("", "<a href=/tac-gia/ngoc-khanh>Ngọc Khánh</a>", Some("Ngọc Khánh"));
    signed("", "<p>By Mai Anh | Senior Writer | July 2, 2025</p>", Some("Mai Anh"));
    signed("", "<p class=author>Quang Hùng - Hoài Lan</p>", Some("Quang Hùng - Hoài Lan"));
    signed("", "", None);
    let graph = r#"<script type="application/ld+json">{"@graph":[{"@type":"NewsArticle","author":{"@id":"p1"}},
        {"@type":"Person","@id":"p1","name":"Ngọc Khánh"}]}</script>"#;
    signed(graph, "", Some("Ngọc Khánh"));
    signed(
        "<meta name=twitter:label1 content='Written by'><meta name=twitter:data1 content='Ngọc Khánh'>",
        "",
        Some("Ngọc Khánh"),
    );
}

#[track_caller]
fn dated(head: &str, near: &str, behind: &str, expected: Option<&str>) {
    let html = format!(
        "<html><head>{head}</head><body><div class=topbar>Thứ Ba, 24 tháng 11, 2026</div><h1>Cầu mới qua sông</h1>{near}<p>{}</p><p>{}</p>{behind}</body></html>",
        prose(60, 1),
        prose(60, 2)
    );
    let reading = read(&html);
    assert_eq!(reading.published.instant, expected.map(|at| at.parse().unwrap()), "{:#?}", reading.published.evidence);
}

#[test]
fn a_date_is_read_from_where_people_see_it() {
    dated("", "<p><b>Thời sự</b><br><span>24/08/2020</span> Chuyên mục: Thời sự</p>", "", Some("2020-08-23T17:00:00Z"));
    dated("", "<div><span>Ngày đăng:</span><span>24/08/2020</span></div>", "", Some("2020-08-23T17:00:00Z"));
    dated("", "<ul><li>Ngọc Khánh</li><li>24/08/2020 10:08</li></ul>", "", Some("2020-08-24T03:08:00Z"));
    dated("", "<p>Ngọc Khánh | Phóng viên | 24/08/2020</p>", "", Some("2020-08-23T17:00:00Z"));
    dated(
        "",
        "<span>24/08/2020 10:08</span><br>Loạt bài về cầu.<br><br>Bài một.<br>",
        "",
        Some("2020-08-24T03:08:00Z"),
    );
    dated("", "", "<p>Ngày đăng: 10:08, 24/08/2020</p>", Some("2020-08-24T03:08:00Z"));
    let filed = "<p>This entry was posted on Monday, August 24th, 2020 at 10:08 and is filed under Cầu đường, Tin.</p>";
    dated("", "", &format!("<div>{filed}</div>"), Some("2020-08-24T03:08:00Z"));
}

#[test]
fn what_a_time_element_shows_to_people_wins_over_its_attribute() {
    let time = |shown: &str| format!("<time datetime=2020-09-01T08:00:00+07:00>{shown}</time>");
    dated("", &time("10:08, 24/08/2020"), "", Some("2020-08-24T03:08:00Z"));
    dated("", &time("01/09/2020"), "", Some("2020-09-01T01:00:00Z"));
}

#[test]
fn a_date_of_something_else_is_never_the_story_s() {
    dated("", "", "", None);
    dated("", "", "<div><h4>Bình luận</h4><div><b>Hoài An</b> 23/11/2026 17:00<p>Rất hay.</p></div></div>", None);
    dated("", "", "<ul><li><a href=/a.html>Một tin khác của báo này</a> <span>(23/11/2026)</span></li></ul>", None);
    dated("", "", "<blockquote>Một người dùng mạng, 23/11/2026</blockquote>", None);
    dated("", "", "<p>Der Ingenieur Nam wurde am 24. August 2020 zum Vorsitzenden seines Vereins gewählt.</p>", None);
    dated("", "<a href=/a.html><p>Một tin khác của báo này</p><p>24/08/2020</p></a>", "", None);
    dated("", "<p>06/10/2024 | 00:35 GMT+7 | Điện thoại: 024 1234</p>", "", None);
    dated("", "", "<footer>Giấy phép số 48/GP-TTĐT ngày 08/04/2019</footer>", None);
}

#[test]
fn a_day_that_a_story_speaks_of_is_not_its_own() {
    for (head, title, lead) in [
        ("", "Lịch cắt điện 24/08/2020", "Toàn huyện."),
        ("<meta name=description content='Hội nghị (24/08/2020) bàn về cầu.'>", "Hội nghị bàn về cầu", "Toàn huyện."),
        ("<script>var next = {\"date\": \"2020-08-24\"}</script>", "Hội nghị bàn về cầu", "Toàn huyện."),
        ("", "Hội nghị bàn về cầu", "Ngày 24/8/2020 - ngày hội của làng - đã đến với bà con sau nhiều tháng chờ đợi."),
        ("", "Hội nghị bàn về cầu", "Từ ngày 24/08/2020 đến 26/08/2020, huyện tổ chức hội nghị bàn về cây cầu mới."),
    ] {
        let html = format!(
            "<html><head>{head}</head><body><h1>{title}</h1><p>{lead}</p><p>{}</p></body></html>",
            prose(80, 1)
        );
        let published = read(&html).published;
        assert_eq!(published.instant, None, "{:#?}", published.evidence);
    }
}

#[test]
fn a_later_stamp_of_the_machine_gives_way_to_the_printed_date() {
    let meta = "<meta property=article:published_time content=2020-09-01T08:00:00+07:00>";
    dated(meta, "<p>10:08, 24/08/2020</p>", "", Some("2020-08-24T03:08:00Z"));
    dated(meta, "<p>10:08, 02/09/2020</p>", "", Some("2020-09-01T01:00:00Z"));
    // 09/01/2020 is the same day, printed month first.
    dated(meta, "<p>09/01/2020</p>", "", Some("2020-09-01T01:00:00Z"));
}

#[track_caller]
fn lists(html: &str, expected: &[&str]) {
    let rules = ListingRules { pages: 1, ..ListingRules::default() };
    let listing = read_listing(html, &url("https://bao.example/thoi-su/"), &rules).unwrap();
    let found: Vec<&str> = listing.entries.iter().map(|entry| entry.address.path()).collect();
    assert_eq!(found, expected);
}

#[test]
fn articles_of_a_listing_are_told_by_the_shape_of_their_addresses() {
    let tin = "Một tin đủ dài để là tin";
    lists(
        &format!(
            "<a href=/a-post123.html>{tin}</a><a href=/b-post456.html>{tin}</a><a href=/emagazine/c-emagazine789.html>{tin}</a>\
             <a href=/files/thong-bao.pdf>{tin}</a><a href=/video/d-post9.html>{tin}</a><a href=/xa-phuong/xa-dak-po.html>Xã Đak Pơ</a>"
        ),
        &["/a-post123.html", "/b-post456.html"],
    );
    lists(
        &format!(
            "<a href='/chi-tiet.aspx?nid=1&zone=2'>{tin}</a><a href='/chi-tiet.aspx?nid=2&zone=2'>{tin}</a>\
             <a href='/tin-tuc.aspx?zone=2'>{tin}</a><a href='/tin-tuc.aspx?zone=3'>Tin</a>"
        ),
        &["/chi-tiet.aspx", "/chi-tiet.aspx"],
    );
    lists(
        &format!(
            "<a href=/xa-hoi/202008/cho-noi-8181690/>{tin}</a><a href=/chinh-tri/202008/hop-bao-e4914ab/>{tin}</a>\
             <a href=/dia-phuong/nha-trang/>Nha Trang</a><a href=/media/video/202008/ban-tin/>{tin}</a>"
        ),
        &["/xa-hoi/202008/cho-noi-8181690/", "/chinh-tri/202008/hop-bao-e4914ab/"],
    );
    lists(
        &format!(
            "<article><header><h2><a href=/giai-vat-nam-2026/>{tin}</a></h2></header></article><article><h2><a href=/hop-bao/>{tin}</a></h2></article>"
        ),
        &["/giai-vat-nam-2026/", "/hop-bao/"],
    );
}

#[test]
fn the_next_page_is_found_by_its_words() {
    let rules = ListingRules { pages: 2, ..ListingRules::default() };
    let page = |link: &str| format!("<a href=/a-post123.html>Một tin đủ dài để là tin</a>{link}");
    for link in [
        "<a href='?page=2' class=trangsau>2</a>",
        "<a href='?page=2'>Trang sau</a>",
        "<a rel=next href='?page=2'>2</a>",
        "<a href='?page=2'>»</a>",
    ] {
        let listing = read_listing(&page(link), &url("https://bao.example/thoi-su/"), &rules).unwrap();
        assert_eq!(listing.next.map(String::from).as_deref(), Some("https://bao.example/thoi-su/?page=2"), "{link}");
    }
}

fn sample(n: usize) -> (String, Url) {
    let html = format!(
        "<head><title>Tin số {n} của làng ta</title></head><body><h1 class=tieu-de>Tin số {n} của làng ta</h1><div class=ngay-dang>10:0{n}, 24/08/2020</div>\
         <p class=sapo>Dẫn của tin số {n}.</p><div class=noi-dung><p>{}</p><p>{}</p></div><p class=tac-gia>Ngọc Khánh</p></body>",
        prose(60, n),
        prose(60, n + 10)
    );
    (html, url(&format!("https://bao.example/tin-so-{n}-post{n}00.html")))
}

#[test]
fn selectors_are_learnt_that_fit_all_samples() {
    let rules = learn_article(&[sample(1), sample(2), sample(3)]);
    let text = |css: &Option<Css>| css.as_ref().map(|css| css.as_str().to_owned());
    let learnt = [&rules.title, &rules.date, &rules.lead, &rules.body, &rules.author].map(text);
    let expected = ["h1", ".ngay-dang", ".sapo", ".noi-dung", ".tac-gia"];
    assert_eq!(learnt.map(Option::unwrap), expected);
}

#[test]
fn a_listing_teaches_its_links_and_the_feed_that_it_announces() {
    let html = "<head><link rel=alternate type=application/rss+xml href=/rss/home.rss></head>\
        <div class=tin><h3 class=tua><a href=/a-post123.html>Một tin đủ dài để là tin</a></h3></div>\
        <div class=tin><h3 class=tua><a href=/b-post456.html>Một tin khác cũng đủ dài</a></h3></div><h3><a href=/gioi-thieu>Giới thiệu</a></h3>";
    let lesson = learn_listing(html, &url("https://bao.example/thoi-su/")).unwrap();
    assert_eq!(lesson.link.as_deref(), Some(".tin a"));
    assert_eq!(lesson.feeds, [url("https://bao.example/rss/home.rss")]);
    assert_eq!(lesson.articles.len(), 2);
}

fn tag() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "div",
        "p",
        "span",
        "a href=/x",
        "h1",
        "h2",
        "li",
        "ul",
        "table",
        "tr",
        "td",
        "br",
        "form",
        "article",
        "figure",
        "section hidden",
        "div class=comments",
        "p class=sapo",
    ])
}

proptest! {
    /// Whatever a page holds, reading it ends, and reading its result again changes nothing.
    #[test]
    fn no_html_panics_and_its_text_is_read_the_same_again(parts in prop::collection::vec((tag(), "[ a-zàđ0-9.,/:<>&]{0,40}", any::<bool>()), 0..60)) {
        let mut html = String::new();
        for (tag, text, closes) in &parts {
            html.push_str(&format!("<{tag}>{text}"));
            if *closes {
                html.push_str(&format!("</{}>", tag.split(' ').next().unwrap()));
            }
        }
        let address = url("https://bao.example/a-1234.html");
        if let Ok(reading) = read_page(&html, &address, &ArticleRules::default(), &reader()) {
            prop_assert_eq!(bantin::clean::sanitize(&reading.clean.html), reading.clean.html.clone());
            prop_assert_eq!(weigh(&reading.published.candidates(), &reader()).instant, reading.published.instant);
        }
        let _ = read_listing(&html, &address, &ListingRules { pages: 1, ..ListingRules::default() });
    }
}

#[test]
fn a_sentence_between_title_and_text_is_the_lead() {
    let lead = "Sau hai năm thi công, cây cầu nối hai bờ sông Cái được đưa vào sử dụng sáng nay.";
    let read = story(&format!("<span>24/08/2020 10:08</span><br><span>{lead}</span><br>"), "");
    assert_eq!(read.clean.lead.as_deref(), Some(lead));
    text_is_two_paragraphs(&read);
    let linked = format!("<p><a href=/khac.html>{lead}</a></p>");
    let caption = format!("<figure><img src=/a.jpg><figcaption>{lead}</figcaption></figure>");
    let two = format!("<p>{lead}</p><p>Một câu khác cũng đứng ở đó, dài bằng câu trên và có dấu chấm.</p>");
    for other in [linked, caption, two, "<p>Cổng thông tin điện tử của tỉnh ở miền Trung</p>".to_owned()]
    {
        assert_eq!(story(&other, "").clean.lead, None, "{other}");
    }
}

#[test]
fn what_schema_org_calls_the_description_of_the_article_is_the_lead() {
    let lead = "<div itemprop=description>Cây cầu nối hai bờ sông Cái được đưa vào sử dụng</div>";
    let text: String = [1, 2].map(|seed| format!("<p>{}</p>", prose(60, seed))).concat();
    let of = |kind: &str| {
        let scope = format!("itemscope itemtype=\"http://schema.org/{kind}\"");
        let head = "<meta name=description content=\"Cầu mới - In trang - Tin\">";
        let html = format!("<head>{head}</head><div {scope}><h1>Cầu mới qua sông</h1>{lead}<div>{text}</div></div>");
        read(&html).clean.lead.unwrap()
    };
    assert_eq!(of("NewsArticle"), "Cây cầu nối hai bờ sông Cái được đưa vào sử dụng");
    assert_eq!(of("WebSite"), "Cầu mới - In trang - Tin");
}

#[test]
fn a_line_set_to_the_right_at_the_end_of_the_text_signs_it() {
    let signed = |line: &str| story("", &format!("<div align=right><b>{line}</b></div>")).clean.author;
    assert_eq!(signed("Tin, ảnh: Hạnh Thắng - Vân Nga").as_deref(), Some("Hạnh Thắng - Vân Nga"));
    assert_eq!(signed("T.N").as_deref(), Some("T.N"));
    assert_eq!(signed("Xem tiếp trang sau"), None);
    let late = "<p>Một dòng chữ khác.</p><div align=right>Minh Thảo</div>";
    assert_eq!(story("", late).clean.author, None, "not right behind the text");
    assert_eq!(story("<p>Sóng di động chập chờn</p>", "").clean.author, None, "no word of a sentence opens a byline");
}

#[test]
fn a_rule_that_cuts_figures_and_bylines_from_the_text_leaves_the_story_its_picture_and_author() {
    let body = format!(
        "<p>{}</p><div class=khac><table><tr><td><img src=/khac.jpg></td></tr></table></div><table><tr><td><img \
         src=/cau.jpg></td></tr></table><p>{}</p><p style=\"text-align: right;\"><b>Minh Thảo</b></p>",
        prose(60, 1),
        prose(60, 2)
    );
    let html = format!("<h1>Cầu mới qua sông</h1><div>{body}</div>");
    let remove = [".khac", "table", "p[style]"].map(|css| Css::parse(css).unwrap()).to_vec();
    let rules = ArticleRules { remove, ..ArticleRules::default() };
    let read = read_page(&html, &url("https://bao.example/cau.html"), &rules, &reader()).unwrap();
    text_is_two_paragraphs(&read);
    assert_eq!(read.clean.author.as_deref(), Some("Minh Thảo"));
    assert_eq!(read.clean.image.unwrap().address, "https://bao.example/cau.jpg");
}

#[test]
fn dates_of_readers_comments_and_of_other_stories_are_not_the_storys() {
    let comments =
        "<h2>3 bình luận</h2><ol><li><b>Mai Kim</b> <time>24/08/2020 14:11</time><p>Chúc mừng!</p></li></ol>";
    assert_eq!(story("", &format!("<div>{comments}</div>")).published.instant, None);
    let others = "<div class=related><a href=/khac.html>Tin khác</a> <i class=date>(10:08, 24/08/2020)</i></div>";
    let own = "<i class=date>Cập nhật, 15:49, Thứ Năm, 20/08/2020 (GMT+7)</i>";
    let html = format!("<h1>Cầu mới</h1>{own}<div><p>{}</p><p>{}</p></div>{others}", prose(60, 1), prose(60, 2));
    let rules = ArticleRules { date: Some(Css::parse(".date").unwrap()), ..ArticleRules::default() };
    let read = read_page(&html, &url("https://bao.example/cau.html"), &rules, &reader()).unwrap();
    assert_eq!(read.published.instant, Some("2020-08-20T08:49:00Z".parse().unwrap()));
}
