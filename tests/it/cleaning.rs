use bantin::clean::{Clean, clean, read_byline, sanitize};
use bantin::harvest::{Reading, read_page};
use bantin::model::{ArticleRules, Css, DateOrder, Draft};
use bantin::parse::read_fragment;
use proptest::prelude::*;
use url::Url;

fn address() -> Url {
    Url::parse("https://bao.example/thoi-su/tin.html").unwrap()
}

fn draft(lead: &str, body: &str) -> Draft {
    Draft {
        address: address(),
        canonical: None,
        guid: None,
        title: Some("Tin".to_owned()),
        lead: Some(lead.to_owned()).filter(|lead| !lead.is_empty()),
        lead_apart: true,
        body: read_fragment(body, &address()),
        author: None,
        image: None,
        dates: Vec::new(),
        missed: [false; 6],
    }
}

#[track_caller]
fn cleans_to(lead: &str, body: &str, expected_lead: &str, expected_text: &str) -> Clean {
    let clean = clean(&mut draft(lead, body));
    assert_eq!(clean.lead.as_deref().unwrap_or_default(), expected_lead);
    assert_eq!(clean.text, expected_text);
    clean
}

const LEAD: &str = "Sáng nay, hơn 400 thanh niên đã ra quân trồng cây dọc bờ sông An Bình.";

#[test]
fn a_lead_printed_twice_stands_once() {
    let body = format!("<p>&nbsp;</p><p><strong>{LEAD}</strong></p><p>Đoạn một dài.</p>");
    cleans_to(LEAD, &body, LEAD, "Đoạn một dài.");
    let shouted = format!("<p>(BAĐT) - {}</p><p>Đoạn một dài.</p>", LEAD.to_uppercase());
    cleans_to(LEAD, &shouted, LEAD, "Đoạn một dài.");
}

#[test]
fn blank_lines_and_invisible_letters_go() {
    let body = "<p>\u{a0}</p><p>Một\u{a0}\u{a0}hai\u{200b} ba\u{ad}.</p><p>\u{feff}</p><div>&#8203;</div>";
    cleans_to("", body, "", "Một hai ba.");
}

#[test]
fn text_comes_out_composed_and_with_vietnamese_letters() {
    cleans_to("Ðảng bộ ti\u{309}nh", "<p>Kha\u{301}nh Ho\u{300}a</p>", "Đảng bộ tỉnh", "Khánh Hòa");
}

#[test]
fn a_dateline_prefix_becomes_the_agency() {
    for (printed, agency) in [
        ("(QBĐT) - Sáng nay trời nắng.", "QBĐT"),
        ("(QBĐT) – Sáng nay trời nắng.", "QBĐT"),
        ("(Baonghean.vn) -\u{200b} Sáng nay trời nắng.", "Baonghean.vn"),
        ("BHG - Sáng nay trời nắng.", "BHG"),
        ("(ĐTCK) Sáng nay trời nắng.", "ĐTCK"),
        ("VTV.vn - Sáng nay trời nắng.", "VTV.vn"),
    ] {
        let clean = cleans_to(printed, "<p>Đoạn.</p>", "Sáng nay trời nắng.", "Đoạn.");
        assert_eq!(clean.agency.as_deref(), Some(agency), "{printed}");
    }
    for kept in ["PGS - TS Nguyễn Văn A vừa nhận giải.", "(Ảnh minh họa) Trời nắng.", "2017 – một năm đáng nhớ."]
    {
        cleans_to(kept, "<p>Đoạn.</p>", kept, "Đoạn.");
    }
}

#[track_caller]
fn byline(printed: &str, author: Option<&str>, agency: Option<&str>) {
    let read = read_byline(printed);
    assert_eq!((read.author.as_deref(), read.agency.as_deref()), (author, agency), "{printed}");
}

#[test]
fn bylines_lose_their_labels() {
    byline("Ngọc Khánh", Some("Ngọc Khánh"), None);
    byline("Bài và ảnh: Nguyễn Hương", Some("Nguyễn Hương"), None);
    byline("Tin, ảnh:  XUÂN SƠN", Some("XUÂN SƠN"), None);
    byline("Thực hiện: Dũng Phương - Vân Nga", Some("Dũng Phương - Vân Nga"), None);
    byline("CTV Hồng Linh", Some("Hồng Linh"), None);
    byline("PV (Theo TTXVN)", Some("PV"), Some("TTXVN"));
    byline("Q.H (Tổng hợp)", Some("Q.H"), None);
    byline("Theo Vietnam+", Some("Vietnam+"), Some("Vietnam+"));
    byline("TTXVN/Tin Tức", Some("TTXVN/Tin Tức"), Some("TTXVN/Tin Tức"));
    byline("admin", None, None);
    byline("", None, None);
}

#[test]
fn the_last_line_is_the_byline_and_no_text() {
    for printed in
        ["Ngọc Khánh", "T.N", "Bài và ảnh: Minh Khuê", "(Theo TTXVN)", "HOÀI KHÁNH", "Thảo Giang - Đức Thành"]
    {
        let clean =
            cleans_to("", &format!("<p>Đoạn một.</p><p>Đoạn hai.</p><p>{printed}</p>"), "", "Đoạn một.\n\nĐoạn hai.");
        assert!(clean.author.is_some(), "{printed}");
    }
    for kept in ["Mọi người đều vui.", "Giá vé 20.000 đồng", "Chợ họp đến trưa thì tan, ai cũng vui vẻ ra về"]
    {
        cleans_to("", &format!("<p>Đoạn một.</p><p>{kept}</p>"), "", &format!("Đoạn một.\n\n{kept}"));
    }
}

#[test]
fn page_furniture_goes_and_the_story_stays() {
    let body = "<p>Đoạn một.</p><p>Tin liên quan:</p><p>>> <a href='/x'>Một tin khác</a></p>\
                <p>Xem thêm: <a href='/y'>Tin nữa</a></p><p>Xem thêm nhiều tư liệu quý tại bảo tàng, \
                du khách đều thích thú.</p><ul><li><a href='/z'>Tin cũ</a></li></ul><p>Lượt xem: 217</p>";
    cleans_to("", body, "", "Đoạn một.\n\nXem thêm nhiều tư liệu quý tại bảo tàng, du khách đều thích thú.");
}

#[test]
fn a_box_to_rate_the_article_goes_whatever_its_class_is() {
    for rating in [
        "<div class=x1>Bạn đánh giá thế nào về bài viết này? <a href='#danh-gia'>Đánh giá</a></div>",
        "<div>Bạn đánh giá thế nào?</div>",
        "<p>Đánh giá bài viết: ★★★★★ (12 lượt)</p>",
        "<p>Click để đánh giá bài viết</p>",
        "<span>Tổng số điểm của bài viết là: 5 trong 1 đánh giá</span>",
    ] {
        cleans_to("", &format!("<p>Đoạn một.</p>{rating}<p>Đoạn hai.</p>"), "", "Đoạn một.\n\nĐoạn hai.");
    }
    for kept in [
        "Bạn đánh giá thế nào về cuộc thi?",
        "Bạn nghĩ gì khi nhận được tin này?",
        "Bạn thấy sao về thông tin này?",
        "Bạn nghĩ sao về nội dung này của dự thảo?",
        "Đánh giá bài viết dự thi, ban giám khảo khen các em nhỏ.",
    ] {
        cleans_to("", &format!("<p>Đoạn một.</p><p>{kept}</p>"), "", &format!("Đoạn một.\n\n{kept}"));
    }
}

#[test]
fn a_paragraph_on_another_writing_that_first_appeared_somewhere_stays() {
    let (opens, paper) = ("Bài viết Dân vận của Chủ tịch Hồ Chí Minh xuất hiện lần đầu tiên trên báo", "Sự Thật");
    let rest = "ngày 15/10/1949, nay là ngày truyền thống của những người làm công tác dân vận";
    let body = format!("<p>Đoạn một.</p><p>{opens} <a href='/su-that.html'>{paper}</a> {rest}.</p>");
    cleans_to("", &body, "", &format!("Đoạn một.\n\n{opens} {paper} {rest}."));
}

#[test]
fn a_description_that_is_only_a_mark_is_none() {
    for mark in ["[…]", "[...]", "…", "-"] {
        cleans_to(mark, "<p>Đoạn.</p>", "", "Đoạn.");
    }
}

#[test]
fn the_papers_own_sentence_leaves_the_description() {
    let lead = "Ngành Du lịch ước đón 563 nghìn lượt khách. Báo Khánh Hòa điện tử, Cơ quan của Đảng Bộ, chính quyền và \
                nhân dân tỉnh Khánh Hòa";
    cleans_to(lead, "<p>Đoạn.</p>", "Ngành Du lịch ước đón 563 nghìn lượt khách.", "Đoạn.");
    cleans_to("İ.ắ ẞ cơ quan của đảng bộ", "<p>Đoạn.</p>", "İ.ắ ẞ cơ quan của đảng bộ", "Đoạn.");
    cleans_to("Cơ quan ngôn luận của tỉnh Thái Bình", "<p>Đoạn.</p>", "", "Đoạn.");
}

#[test]
fn structure_survives_and_addresses_become_absolute() {
    let body = "<h3>Đề mục</h3><ul><li>Một<li>Hai</ul><table><tr><th>A<th>B<tr><td>1<td>2</table>\
                <figure><img data-src='/a.jpg' src='data:image/gif;base64,x'><figcaption>Chú thích</figcaption></figure>\
                <blockquote>Lời nói</blockquote>Dòng một<br><br>Dòng <a href='/b?utm_source=z'>hai</a><br>cuối";
    let clean = clean(&mut draft("", body));
    insta::assert_snapshot!(clean.html, @r#"
    <h3>Đề mục</h3>
    <ul><li>Một</li><li>Hai</li></ul>
    <table><tbody><tr><td>A</td>
    <td>B</td></tr>
    <tr><td>1</td>
    <td>2</td></tr></tbody></table>
    <figure><img src="https://bao.example/a.jpg" alt=""><figcaption>Chú thích</figcaption></figure>
    <blockquote><p>Lời nói</p></blockquote>
    <p>Dòng một</p>
    <p>Dòng <a href="https://bao.example/b">hai</a><br>cuối</p>
    "#);
}

#[test]
fn pixels_and_hidden_parts_go() {
    let body = "<p>Chữ.</p><img src='/c.gif' width=1 height=1><p style='display: none'>ẩn</p><p hidden>ẩn</p>";
    let clean = clean(&mut draft("", body));
    assert_eq!(clean.html, "<p>Chữ.</p>");
}

const HOSTILE: [&str; 16] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href=' javascript&#58;alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<iframe src='javascript:alert(1)'></iframe>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "<math><mtext></p><img src=x onerror=alert(1)></mtext></math>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<form action='javascript:alert(1)'><button>x</button></form>",
    "<object data='javascript:alert(1)'></object>",
    "<embed src='data:text/html;base64,PHNjcmlwdD4='>",
    "<style>@import 'javascript:alert(1)'</style>",
    "<p onclick=alert(1) onmouseover='alert(1)'>x</p>",
];

#[track_caller]
fn is_harmless(html: &str) {
    let lower = html.to_lowercase();
    let tree = scraper::Html::parse_fragment(html);
    for element in tree.select(&scraper::Selector::parse("*").unwrap()) {
        let name = element.value().name();
        assert!(!matches!(name, "script" | "style" | "iframe" | "object" | "embed" | "form" | "svg"), "{html}");
        for (key, value) in element.value().attrs() {
            assert!(!key.starts_with("on") && key != "style", "{html}");
            assert!(!value.trim_start().to_lowercase().starts_with("javascript"), "{html}");
        }
    }
    assert!(!lower.contains("<script"), "{html}");
}

#[test]
fn no_script_survives() {
    for hostile in HOSTILE {
        is_harmless(&clean(&mut draft(hostile, &format!("<p>Đoạn.</p>{hostile}"))).html);
        is_harmless(&sanitize(hostile));
    }
}

fn selectors(body: &str) -> ArticleRules {
    ArticleRules {
        body: Some(Css::parse(body).unwrap()),
        title: Some(Css::parse("h1").unwrap()),
        ..ArticleRules::default()
    }
}

fn read(html: &str, rules: &ArticleRules) -> Reading {
    let zone = chrono_tz::Tz::Asia__Ho_Chi_Minh;
    let reader =
        bantin::date::Reader { order: DateOrder::Dmy, zone, naive_local: false, month_minutes: false, seen_at: None };
    read_page(html, &address(), rules, &reader).unwrap()
}

proptest! {
    #[test]
    fn no_page_breaks_the_reader(parts in prop::collection::vec(
        prop_oneof![
            prop::sample::select(vec!["<p>", "</p>", "<div class=body>", "</div>", "<br>", "<table>", "<tr>", "<td>", "<ul>", "<li>",
                "<b>", "</b>", "<a href='/x'>", "</a>", "<img src=/a.png>", "<h1>", "</h1>", "<figure>", "<figcaption>", "<blockquote>"]).prop_map(str::to_owned),
            "[a-zđêôươ .,&<>\"']{0,20}",
            prop::sample::select(HOSTILE.to_vec()).prop_map(str::to_owned),
        ], 0..40))
    {
        let html = format!("<h1>Tiêu đề</h1><p class=body>Một đoạn.</p>{}", parts.concat());
        let reading = read(&html, &selectors(".body"));
        is_harmless(&reading.clean.html);
        prop_assert_eq!(sanitize(&reading.clean.html), reading.clean.html, "sanitizing twice changes nothing");
    }

    /// What is known to be clean is not sanitized at all, so nothing else may be taken for it.
    #[test]
    fn what_is_kept_is_what_the_allow_list_leaves(parts in prop::collection::vec(
        prop_oneof![
            prop::sample::select(vec!["<p>", "</p>", "<p>", "</p>", "<br>", "<h3>", "</h3>", "<ul><li>", "</ul>", "<blockquote>", "</blockquote>",
                "<b>", "</b>", "<i>", "</i>", "<u>", "</u>", "<sub>", "</sub>", "<code>", "</code>", "<table><tr><td>", "</table>",
                "<a href='/x?a=1&b=<2>&quot;'>", "<a href='mailto:a@b.example'>", "</a>", "<img src='/a.png?x=1&y=2' alt='&quot; &amp; &lt;b> &am\"p;'>",
                "<figure><img src=/b.png>", "<figcaption>", "</figcaption>", "</figure>", "<iframe src='//v.example/1?a&b'></iframe>"]).prop_map(str::to_owned),
            "[a-zđêôươ .,&<>\"'\r\n\u{a0}\u{feff}]{0,20}|&(amp|lt|gt|nbsp|quot|amp;lt|#13|#0);",
        ], 0..24))
    {
        let html = clean(&mut draft("", &parts.concat())).html;
        prop_assert_eq!(sanitize(&html), html);
    }
}
