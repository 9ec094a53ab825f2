//! Tables inside a story: those that say something stay with their cells apart, those that lay out a page do not.

use bantin::model::ArticleRules;
use bantin::parse::read_article;

use super::harness::{FakeSite, TestDaemon, article, listing, prose, source};

/// The paragraphs of a page whose story is two paragraphs with a table between them; of the table, as plain text.
#[track_caller]
fn reads(rows: &[&[&str]], wanted: &[&str]) {
    let row = |cells: &&[&str]| format!("<tr><td>{}</td></tr>", cells.join("</td><td>"));
    let table: String = rows.iter().map(row).collect();
    let html = format!(
        "<h1>Cầu mới qua sông</h1><div><p>{}</p><table>{table}</table><p>{}</p></div>",
        prose(60, 1),
        prose(60, 2)
    );
    let address = "https://bao.example/thoi-su/cau-moi-post1234.html".parse().unwrap();
    let mut draft = read_article(&html, &address, &ArticleRules::default()).unwrap();
    let clean = bantin::clean::clean(&mut draft);
    let text: Vec<&str> = clean.text.split("\n\n").collect();
    assert_eq!(text, [&[&*prose(60, 1)][..], wanted, &[&*prose(60, 2)]].concat(), "{}", clean.html);
    if wanted.is_empty() {
        assert!(!clean.html.contains("<img") && !clean.html.contains("<a "), "{}", clean.html);
    }
}

#[test]
fn cells_of_a_table_of_figures_stand_apart() {
    reads(
        &[&["Chỉ tiêu", "Kế hoạch", "Thực hiện"], &["Thu ngân sách", "82", "64<br>tỷ"]],
        &["Chỉ tiêu | Kế hoạch | Thực hiện", "Thu ngân sách | 82 | 64 tỷ"],
    );
}

#[test]
fn a_table_that_lays_out_text_gives_its_paragraphs() {
    let (left, right) = (prose(30, 4), prose(30, 5));
    reads(&[&[&left, &right]], &[&left, &right]);
    reads(&[&["", &left], &["", &right]], &[&left, &right]);
    let others = "<a href=/a.html>Khánh thành nhà văn hóa</a><br><a href=/b.html>Lịch cắt điện ngày mai</a>";
    reads(&[&[&left, others]], &[&left]);
}

#[test]
fn stories_share_bars_and_advertisements_in_a_table_are_left_out() {
    let picture = |n: usize| format!("<a href=/{n}.html><img src=/{n}.jpg></a>");
    let teaser =
        |n: usize| format!("<a href=/{n}.html>Lịch cắt điện ngày mai</a><br>Ngành điện sửa đường dây ở năm xã.");
    reads(&[&[&picture(1), &teaser(1)], &[&picture(2), &teaser(2)]], &[]);
    let button = |name: &str| format!("<a href='https://{name}.example/s'>{name}</a>");
    reads(&[&["Chia sẻ:", &button("face"), &button("zalo")]], &[]);
    let banner = |n: usize| format!("<a href='https://quang-cao.example/{n}'><img src=/banner-{n}.gif></a>");
    reads(&[&[&banner(1), &banner(2)]], &[]);
}

#[test]
fn a_short_paragraph_behind_pictures_in_tables_is_read_beside_a_long_one() {
    let picture = |n: usize| {
        format!(
            "<table><tr><td><img src=/{n}.jpg></td></tr><tr><td><p>Người dân trồng cây số {n}. Ảnh: B.T</p></td></tr></table>"
        )
    };
    let (short, long) =
        ("Các đội chia nhau đào hố, vun gốc và tưới nước suốt buổi sáng, đến trưa thì xong.", prose(120, 3));
    let html = format!(
        "<body><div><a href=/>Trang chủ</a></div><h1>Trồng cây ven sông</h1><div class=x1>{}{}<p>{short}</p>{}<p>{long}</p></div>",
        picture(1),
        picture(2),
        picture(3)
    );
    let address = "https://bao.example/thoi-su/trong-cay-post1234.html".parse().unwrap();
    let clean = bantin::clean::clean(&mut read_article(&html, &address, &ArticleRules::default()).unwrap());
    assert_eq!(clean.text, format!("{short}\n\n{long}"), "{}", clean.html);
    assert_eq!(clean.html.matches("<figcaption>").count(), 3, "{}", clean.html);
}

#[test]
fn a_text_beside_or_before_the_picture_of_a_table_is_no_caption() {
    let (picture, text) = ("<img src=/cau.jpg>", "Cầu mới dài hai trăm mét, nối hai bờ sông.");
    for row in
        [format!("{picture}</td><td>{text}"), format!("{text}</td></tr><tr><td>{picture}"), format!("{text} {picture}")]
    {
        reads(&[&[&row]], &[text]);
    }
}

#[test]
fn a_table_of_documents_with_links_stays() {
    let document = "<a href=/van-ban/12.pdf>12/QĐ-UBND</a>";
    reads(
        &[&["Số", "Trích yếu"], &[document, "Quyết định về giá nước sạch trên địa bàn tỉnh"]],
        &["Số | Trích yếu", "12/QĐ-UBND | Quyết định về giá nước sạch trên địa bàn tỉnh"],
    );
}

#[tokio::test]
async fn a_word_of_a_cell_is_found_by_a_search() {
    let site = FakeSite::start().await;
    site.page("/", listing(&[("/cau.html", "Giá xăng dầu hôm nay")]));
    let table = "<table><tr><td>Mặt hàng</td><td>Giá</td></tr><tr><td>Xăng E5</td><td>Diesel</td></tr></table>";
    site.page("/cau.html", article("Giá xăng dầu hôm nay", "10:08, 24/08/2020", "Sapo.", &[&prose(80, 1), table]));
    let daemon = TestDaemon::at("2020-08-24T05:00:00Z", &source("a", &site)).await;
    daemon.harvest("a").await;
    for (word, found) in [("diesel", 1), ("\"hang gia\"", 1), ("hanggia", 0), ("e5diesel", 0)] {
        assert_eq!(daemon.titles(&format!("/feed.json?q={word}")).await.len(), found, "{word}");
    }
}
