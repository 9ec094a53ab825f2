//! Cleaning, corner by corner: what papers print round their stories, and what only looks like it.

use bantin::clean::{Clean, clean};
use bantin::model::Draft;
use bantin::parse::read_fragment;
use url::Url;

fn draft(address: &str, lead: &str, body: &str) -> Draft {
    let address = Url::parse(address).unwrap();
    Draft {
        body: read_fragment(body, &address),
        address,
        canonical: None,
        guid: None,
        title: Some("Tin".to_owned()),
        lead: Some(lead.to_owned()).filter(|lead| !lead.is_empty()),
        lead_apart: true,
        author: None,
        image: None,
        dates: Vec::new(),
        missed: [false; 6],
    }
}

fn cleaned(lead: &str, body: &str) -> Clean {
    clean(&mut draft("https://bao.example/thoi-su/tin.html", lead, body))
}

#[track_caller]
fn lead_is(printed: &str, expected: Option<&str>) {
    assert_eq!(cleaned(printed, "<p>Đoạn.</p>").lead.as_deref(), expected, "{printed}");
}

#[track_caller]
fn html_is(body: &str, expected: &str) {
    assert_eq!(cleaned("", body).html, expected, "{body}");
}

#[test]
fn a_paper_s_own_sentence_goes_wherever_it_was_appended() {
    let paper = "Báo Khánh Hòa điện tử, Cơ quan của Đảng Bộ, chính quyền và nhân dân tỉnh Khánh Hòa";
    let lead = "Ngành Du lịch ước đón 563 nghìn lượt khách";
    lead_is(paper, None);
    lead_is(&format!("{lead}. {paper}"), Some(&format!("{lead}.")));
    lead_is(&format!("{lead}... {paper}."), Some(&format!("{lead}...")));
    for between in [" - ", " | ", " "] {
        lead_is(&format!("{lead}{between}{paper}"), Some(lead));
    }
    lead_is("Cơ quan ngôn luận của tỉnh Thái Bình", None);
    lead_is("Báo Bình Phước - Cơ quan ngôn luận của Đảng bộ, tiếng nói của nhân dân tỉnh Bình Phước", None);
    lead_is("Cổng thông tin điện tử tỉnh Khánh Hòa", None);
    lead_is("Trang thông tin điện tử huyện Vạn Ninh", None);
}

#[test]
fn a_story_about_a_paper_or_a_portal_keeps_its_lead() {
    for lead in [
        "Sáng nay, huyện Vạn Ninh ra mắt cổng thông tin điện tử mới, phục vụ người dân.",
        "Báo Khánh Hòa là cơ quan ngôn luận của Đảng bộ tỉnh, vừa tròn 40 tuổi.",
        "Cổng thông tin điện tử tỉnh Khánh Hòa vừa được nâng cấp, có thêm mục hỏi đáp cho người dân.",
        "Theo cơ quan của Đảng bộ huyện, hội nghị sẽ họp ngày mai. Mọi người đều được mời.",
    ] {
        lead_is(lead, Some(lead));
    }
}

#[test]
fn double_escaped_signs_are_read_once_more() {
    let clean = clean(&mut Draft {
        title: Some("Lễ hội &quot;Tháp Bà&quot; &amp; chợ phiên &#7853;".to_owned()),
        ..draft(
            "https://bao.example/a.html",
            "Kho R&amp;D &ndash; b&agrave;i h&#7885;c &nbsp; l&#x1EDB;n",
            "<p>Đoạn.</p>",
        )
    });
    assert_eq!(clean.title, "Lễ hội \"Tháp Bà\" & chợ phiên ậ");
    assert_eq!(clean.lead.as_deref(), Some("Kho R&D – bài học lớn"));
    lead_is("Hỏi & đáp; AT&T; M&A", Some("Hỏi & đáp; AT&T; M&A"));
}

#[test]
fn every_paper_s_dateline_prefix_leaves_lead_and_text() {
    for prefix in [
        "(QBĐT) -",
        "(QNO) -",
        "(QNO) –",
        "(GLO)-",
        "BHG -",
        "LCĐT -",
        "(Baonghean.vn) -",
        "(Baothanhhoa.vn)",
        "(TTV)-",
        "ĐNO -",
        "(BBNĐT)",
        "(THTG)",
        "(HNMO) -",
        "(HanoiTV) -",
        "SGGPO",
        "SGGPO -",
        "(Phù Ninh) -",
        "TTO -",
        "(PLO) -",
        "(NLĐO) -",
        "(Dân trí) -",
        "(TNO)",
        "TPO -",
        "VTV.vn -",
        "VOV.VN -",
        "(VOH) -",
        "(ĐCSVN) -",
        "(Chinhphu.vn) -",
        "(PLVN) -",
        "(BVPL) -",
        "(TTXVN/Vietnam+)",
        "GD&TĐ -",
        "SKĐS -",
        "DNVN -",
        "(ĐTCK)",
        "(CAO)",
        "(LĐXH)",
        "(PLO–",
        "GiadinhNet -",
        "TTXVN -",
        "\u{a0}(QBĐT)\u{a0}-\u{a0}",
        "(QBĐT) -\u{200b}",
        "\u{200b}BHG\u{a0}–",
    ] {
        let printed = format!("{prefix} Sáng nay, trời nắng đẹp.");
        lead_is(&printed, Some("Sáng nay, trời nắng đẹp."));
        let escaped = printed.replace('&', "&amp;");
        html_is(&format!("<p>{escaped}</p><p>Hết.</p>"), "<p>Sáng nay, trời nắng đẹp.</p>\n<p>Hết.</p>");
    }
    html_is("<p><b>(QBĐT) -</b> Trời <i>nắng</i>.</p><p>Hết.</p>", "<p>Trời <em>nắng</em>.</p>\n<p>Hết.</p>");
    html_is("<p><b>(QBĐT) - Trời</b> nắng.</p><p>Hết.</p>", "<p><strong>Trời</strong> nắng.</p>\n<p>Hết.</p>");
}

#[test]
fn what_only_looks_like_a_prefix_stays() {
    for lead in [
        "PGS - TS Nguyễn Văn A vừa nhận giải.",
        "TP.HCM: Trời nắng đẹp.",
        "OPEC: Giá dầu tăng.",
        "LTS: Loạt bài này viết về cầu.",
        "VN - Index tăng điểm.",
        "(Ảnh minh họa) Trời nắng.",
        "2017 – một năm đáng nhớ.",
        "06: Trời nắng.",
        "COVID-19 lại bùng phát.",
        "HNX-Index giảm nhẹ.",
        "HĐND - UBND huyện họp.",
        "ASEAN - Một cộng đồng đoàn kết.",
        "(Chùm ảnh) - Ngày hội làng.",
        "Nha Trang - thành phố biển.",
    ] {
        lead_is(lead, Some(lead));
    }
}

#[track_caller]
fn signed(line: &str, author: Option<&str>, agency: Option<&str>) {
    let clean = cleaned("", &format!("<p>Đoạn một.</p><p>Đoạn hai.</p><p>{line}</p>"));
    assert_eq!(clean.text, "Đoạn một.\n\nĐoạn hai.", "{line}");
    assert_eq!((clean.author.as_deref(), clean.agency.as_deref()), (author, agency), "{line}");
}

#[test]
fn every_shape_of_byline_leaves_the_text() {
    signed("Ngọc Khánh", Some("Ngọc Khánh"), None);
    signed("<b>XUÂN SƠN</b>", Some("XUÂN SƠN"), None);
    signed("Bài và ảnh: Nguyễn Hương", Some("Nguyễn Hương"), None);
    signed("Tin, ảnh: Mai Anh", Some("Mai Anh"), None);
    signed("Thực hiện: Dũng Phương - Vân Nga", Some("Dũng Phương - Vân Nga"), None);
    signed("PV (Theo TTXVN)", Some("PV"), Some("TTXVN"));
    signed("CTV Nhật Minh/VOV.VN", Some("Nhật Minh/VOV.VN"), None);
    signed("Q.H (Tổng hợp)", Some("Q.H"), None);
    signed("Hồng Hà (lược dịch)", Some("Hồng Hà"), None);
    signed("TTXVN/Tin Tức", Some("TTXVN/Tin Tức"), Some("TTXVN/Tin Tức"));
    signed("Theo Vietnam+", Some("Vietnam+"), Some("Vietnam+"));
    signed("Theo baochinhphu.vn", Some("baochinhphu.vn"), Some("baochinhphu.vn"));
    signed("(Nguồn: TTXVN)", Some("TTXVN"), Some("TTXVN"));
    signed("(lược dịch)", None, None);
    signed("(Tổng hợp)", None, None);
    signed("G.T", Some("G.T"), None);
    signed("Ngọc Khánh</p><p>(Theo TTXVN)", Some("Ngọc Khánh"), Some("TTXVN"));
}

#[test]
fn a_photo_s_credit_and_caption_belong_to_the_photo() {
    for credit in [
        "Ảnh: Trí Dũng – TTXVN",
        "(Ảnh: Trọng Đức/TTXVN)",
        "Ảnh minh họa",
        "Ảnh minh hoạ. Nguồn: Internet",
        "Bà con thu hoạch lúa. Ảnh: Mai Anh",
        "Bà con thu hoạch lúa (Ảnh: TTXVN)",
    ] {
        let clean =
            cleaned("", &format!("<p>Đoạn một.</p><p><img src=/a.jpg></p><p><i>{credit}</i></p><p>Đoạn hai.</p>"));
        assert_eq!(clean.text, "Đoạn một.\n\nĐoạn hai.", "{credit}");
        assert!(clean.html.contains(&format!("<figcaption><em>{credit}</em></figcaption>")), "{}", clean.html);
    }
    for text in ["Ảnh hưởng của bão còn kéo dài.", "Trong ảnh: bà con gặt lúa, và đây là một đoạn văn dài của bài."]
    {
        assert_eq!(
            cleaned("", &format!("<p><img src=/a.jpg></p><p>{text}</p><p>Hết.</p>")).text,
            format!("{text}\n\nHết.")
        );
    }
}

#[test]
fn a_photo_is_its_largest_real_source_and_no_placeholder() {
    for (img, address) in [
        ("<img src=a.jpg>", "https://bao.example/thoi-su/a.jpg"),
        ("<img src=data:image/gif;base64,R0lGOD data-src=/a.jpg>", "https://bao.example/a.jpg"),
        ("<img src=/x/loading.gif data-original=/a.jpg>", "https://bao.example/a.jpg"),
        (
            "<img src=/x/lazyload.svg srcset='/a-300.jpg 300w, /a-1200.jpg 1200w, /a-600.jpg 600w'>",
            "https://bao.example/a-1200.jpg",
        ),
        ("<img data-srcset='/a.jpg 1x, /a2.jpg 2x'>", "https://bao.example/a2.jpg"),
        ("<img srcset='/a,b.jpg'>", "https://bao.example/a,b.jpg"),
        ("<img data-lazy-src=/a.jpg src=/placeholder.png>", "https://bao.example/a.jpg"),
        ("<img data-lazy=/a.jpg>", "https://bao.example/a.jpg"),
        (
            "<picture><source data-srcset='/a.webp 800w'><img src=data:image/gif;base64,R0lGOD></picture>",
            "https://bao.example/a.webp",
        ),
        ("<img src='http://bao.example/a.jpg'>", "https://bao.example/a.jpg"),
        ("<img src='//anh.example/a.jpg?w=600'>", "https://anh.example/a.jpg?w=600"),
        ("<img src='http://anh.example/a.jpg'>", "http://anh.example/a.jpg"),
    ] {
        html_is(
            &format!("<p>Chữ.</p>{img}"),
            &format!("<p>Chữ.</p>\n<figure><img src=\"{address}\" alt=\"\"></figure>"),
        );
    }
    for pixel in [
        "<img src=/c.gif width=1 height=1>",
        "<img src=/c.gif width=1px>",
        "<img src=/c.gif style='width: 1px; height:1px'>",
        "<img src=/c.gif style='display:none'>",
        "<img src=/c.gif height=0>",
        "<img src=/blank.gif>",
        "<img src='data:image/png;base64,iVBORw0KGgo='>",
        "<img>",
    ] {
        html_is(&format!("<p>Chữ.</p>{pixel}"), "<p>Chữ.</p>");
    }
}

#[test]
fn links_lose_their_tracking_and_prefer_https_on_their_own_site() {
    for (href, expected) in [
        ("/b?utm_source=z&id=1&fbclid=q", "https://bao.example/b?id=1"),
        ("http://bao.example/b#c", "https://bao.example/b"),
        ("http://www.bao.example/b", "https://www.bao.example/b"),
        ("http://khac.example/b?gclid=1", "http://khac.example/b"),
        ("http://bao.example:8080/b", "http://bao.example:8080/b"),
    ] {
        html_is(
            &format!("<p>Xem <a href='{href}'>đây</a>.</p>"),
            &format!("<p>Xem <a href=\"{expected}\">đây</a>.</p>"),
        );
    }
    let plain =
        clean(&mut draft("http://bao.example/a.html", "", "<p>Xem <a href='http://bao.example/b'>đây</a>.</p>"));
    assert_eq!(plain.html, "<p>Xem <a href=\"http://bao.example/b\">đây</a>.</p>");
}

#[test]
fn tables_lists_and_galleries_keep_their_structure() {
    html_is(
        "<table><thead><tr><th>Giá</th><th>Đồng</th></tr></thead><tbody><tr><td>Gạo</td><td><b>20.000</b></td></tr></tbody></table>",
        "<table><tbody><tr><td>Giá</td>\n<td>Đồng</td></tr>\n<tr><td>Gạo</td>\n<td><strong>20.000</strong></td></tr></tbody></table>",
    );
    html_is("<ol><li>Một</li><li><p>Hai</p></li></ol>", "<ol><li>Một</li><li>Hai</li></ol>");
    html_is(
        "<div class=gallery><figure><img src=/1.jpg><figcaption>Một</figcaption></figure><figure><img src=/2.jpg></figure></div><p>Hết.</p>",
        "<figure><img src=\"https://bao.example/1.jpg\" alt=\"\"><figcaption>Một</figcaption></figure>\n\
         <figure><img src=\"https://bao.example/2.jpg\" alt=\"\"></figure>\n<p>Hết.</p>",
    );
    html_is(
        "<table class=picture><tr><td><img src=/1.jpg></td></tr><tr><td class=caption>Một</td></tr></table><p>Hết.</p>",
        "<figure><img src=\"https://bao.example/1.jpg\" alt=\"\"><figcaption>Một</figcaption></figure>\n<p>Hết.</p>",
    );
}

#[test]
fn encoded_text_goes_and_the_lead_stands_for_it() {
    let blob = "4buYfVDhu5409sHF2fEkx8Qn3ZbM".repeat(6);
    let wrapped = format!("{}\n{}\nYWJj==", &blob[..76], &blob[76..152]);
    let lead = "Sáng nay, hơn 400 thanh niên đã ra quân trồng cây.";
    for body in [format!("<p>{blob}</p>"), format!("<div>{wrapped}</div>"), format!("<p><span>{blob}=</span></p>")] {
        let clean = cleaned(lead, &body);
        assert_eq!((clean.lead.as_deref(), clean.html.as_str(), clean.text.as_str()), (Some(lead), "", ""), "{body}");
    }
    html_is(&format!("<p>Đoạn một. {blob} Đoạn hai.</p><p>{wrapped}</p>"), "<p>Đoạn một. Đoạn hai.</p>");
    let hash = "0123456789abcdef".repeat(8);
    let link = format!("https://bao.example/{}", "Ab1".repeat(40));
    for kept in [hash, link, "Ô".repeat(90)] {
        html_is(&format!("<p>Mã: {kept}</p>"), &format!("<p>Mã: {kept}</p>"));
    }
}
