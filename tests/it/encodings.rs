//! Bytes to text: what pages send, what they say of it, and what a sysadmin knows better.

use bantin::model::Charset;
use bantin::parse::decode;
use bantin::text::tidy;

use crate::harness::{FakeSite, TestDaemon, article, listing, source};

const WINDOWS_1258: &[u8] = b"<p>Qua\xd2ng Nam, Kh\xe1nh Ho\xcca</p>";

#[track_caller]
fn reads(bytes: &[u8], content_type: Option<&str>, expected: &str) {
    assert_eq!(decode(bytes, content_type, None), expected, "{content_type:?}");
}

#[test]
fn windows_1258_is_read_and_composed_whoever_names_it() {
    let text = "<p>Quảng Nam, Khánh Hòa</p>";
    for header in ["windows-1258", "\"windows-1258\"", "WINDOWS-1258; x=1"] {
        reads(WINDOWS_1258, Some(&format!("text/html; charset={header}")), text);
    }
    for meta in [
        "<meta charset=windows-1258>",
        "<meta charset='windows-1258'/>",
        "<META http-equiv=\"Content-Type\" content=\"text/html; charset=Windows-1258\">",
        "<?xml version=\"1.0\" encoding=\"windows-1258\"?>",
    ] {
        reads(&[meta.as_bytes(), WINDOWS_1258].concat(), None, &format!("{meta}{text}"));
    }
    let nobody = [WINDOWS_1258, b"<p>ti\xccnh hi\xccnh kinh t\xea\xec xa\xde h\xf4\xf2i</p>"].concat();
    reads(&nobody, None, &format!("{text}<p>tình hình kinh tế xã hội</p>"));
}

#[test]
fn a_byte_order_mark_comes_before_the_header_and_the_header_before_the_page() {
    let utf_16: Vec<u8> = [0xff, 0xfe].into_iter().chain("Quảng".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    reads(&utf_16, Some("text/html; charset=windows-1258"), "Quảng");
    reads("\u{feff}Quảng".as_bytes(), Some("text/html; charset=windows-1258"), "Quảng");
    let meta = b"<meta charset=windows-1251>\xe9t\xe9";
    reads(meta, Some("text/html; charset=windows-1253"), "<meta charset=windows-1251>ιtι");
    reads(meta, None, "<meta charset=windows-1251>йtй");
    let unmarked: Vec<u8> = "<p>Quảng</p>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    reads(&unmarked, Some("text/html; charset=utf-16le"), "<p>Quảng</p>");
}

#[test]
fn what_is_utf_8_is_read_so_whatever_is_said_of_it() {
    for lie in ["windows-1258", "iso-8859-1", "gb2312", "utf-16"] {
        reads("Quảng".as_bytes(), Some(&format!("text/html; charset={lie}")), "Quảng");
        let meta = format!("<meta charset={lie}>Quảng");
        reads(meta.as_bytes(), None, &meta);
    }
    // A template cut a word within a letter.
    let cut = ["Tin tức các phường, xã ở Khánh Hòa và Quảng Ngãi".as_bytes(), b"\xe1\xba..."].concat();
    reads(&cut, Some("text/html; charset=iso-8859-1"), "Tin tức các phường, xã ở Khánh Hòa và Quảng Ngãi\u{fffd}...");
    reads(b"ch\xc3\xa0o \xff", Some("text/html; charset=utf-8"), "chào \u{fffd}");
}

#[test]
fn what_is_not_utf_8_is_not_read_so_though_it_says_so() {
    let meta = [b"<meta charset=windows-1258>", WINDOWS_1258].concat();
    let expected = "<meta charset=windows-1258><p>Quảng Nam, Khánh Hòa</p>";
    reads(&meta, Some("text/html; charset=utf-8"), expected);
    // The web server's own default says nothing of the page.
    reads(&meta, Some("text/html; charset=iso-8859-1"), expected);
    reads(&meta, Some("text/html; charset=no-such-thing"), expected);
}

#[track_caller]
fn legacy(label: &str, bytes: &[u8], expected: &str) {
    assert_eq!(decode(bytes, Some("text/html; charset=iso-8859-1"), Charset::parse(label)), expected, "{label}");
}

#[test]
fn tcvn3_is_read_where_the_source_says_so() {
    legacy("tcvn3", b"<b>\xa7\xb5 N\xbdng</b>, Kh\xb8nh H\xdfa", "<b>Đà Nẵng</b>, Khánh Hòa");
    legacy("TCVN3", b"\x93C\xe9ng h\xdfa x\xb7 h\xe9i\x94", "“Cộng hòa xã hội”");
    legacy("tcvn3", b"T\xb5i li\xd6u k\xfc thu\xcbt \xae\xad\xeec ph\xaa duy\xd6t", "Tài liệu kỹ thuật được phê duyệt");
    // The fonts for headings show small letters as capitals.
    legacy(
        "tcvn3",
        b"<h1>B\xe8N L\xc7N \xa7I\xd2U CH\xd8NH</h1><p>H\xb5 N\xe9i",
        "<h1>BỐN LẦN ĐIỀU CHỈNH</h1><p>Hà Nội",
    );
    // A mark behind a capital.
    legacy("tcvn3", b"\xa2\xb3N, \xa5\xb1", "ẤN, Ở");
}

#[test]
fn vni_is_read_where_the_source_says_so() {
    legacy("vni", b"<b>\xd1a\xf8 Na\xfcng</b>, Kha\xf9nh Ho\xf8a", "<b>Đà Nẵng</b>, Khánh Hòa");
    legacy("vni", b"CO\xc4NG HO\xd8A XA\xd5 HO\xc4I", "CỘNG HÒA XÃ HỘI");
    legacy("vni", b"ng\xf6\xf4\xf8i Vie\xe4t, k\xec th\xf2, k\xf3 n\xe6, m\xee", "người Việt, kì thị, kĩ nỉ, mỵ");
    legacy("Vni", b"\xd6\xd9C, \xd4\xdb", "ỨC, Ở");
    legacy("vni", b"caf\xe9, 20\xb0", "café, 20°");
}

#[test]
fn a_font_encoding_that_was_carried_over_into_utf_8_is_read_and_unicode_beside_it_is_left_alone() {
    legacy("tcvn3", "§µ N½ng".as_bytes(), "Đà Nẵng");
    legacy("vni", "Ñaø Naüng".as_bytes(), "Đà Nẵng");
    legacy("vni", "Đà Nẵng đổi mới".as_bytes(), "Đà Nẵng đổi mới");
    legacy("tcvn3", "Đà Nẵng đổi mới".as_bytes(), "Đà Nẵng đổi mới");
}

#[test]
fn any_label_of_the_web_s_standard_may_be_stated() {
    legacy("Windows-1258", WINDOWS_1258, "<p>Quảng Nam, Khánh Hòa</p>");
    legacy("utf8", b"Qu\xff", "Qu\u{fffd}");
    legacy("gbk", b"\xd6\xd0", "中");
    assert_eq!(Charset::parse("hz-gb-2312"), None, "browsers refuse it, for it hides scripts");
    assert_eq!(Charset::parse("tcvn"), None);
}

#[test]
fn eth_is_mended_in_vietnamese_words_and_kept_in_icelandic_ones() {
    for (printed, expected) in [
        ("Lê Ðức Thọ", "Lê Đức Thọ"),
        ("xã Ðất Mũi, ðường ÐT.741", "xã Đất Mũi, đường ĐT.741"),
        ("NÐ-CP, HÐND, QÐ, LÐLÐ, GD&ÐT", "NĐ-CP, HĐND, QĐ, LĐLĐ, GD&ĐT"),
        ("Buôn Ea Ðrăng", "Buôn Ea Đrăng"),
        ("Guðmundur Friðriksson við Garðabæ", "Guðmundur Friðriksson við Garðabæ"),
        ("GUÐMUNDUR Í HAFNARFIRÐI", "GUÐMUNDUR Í HAFNARFIRÐI"),
        ("Það með", "Það með"),
    ] {
        assert_eq!(tidy(printed), expected);
    }
}

#[tokio::test]
async fn a_source_s_own_encoding_is_used_and_its_pages_are_read_anew_when_it_changes() {
    let site = FakeSite::start().await;
    let page = article("Ñaø Naüng ñoùn khaùch", "10:08, 24/08/2020", "Daãn.", &["Moät ñoaïn vaên ôû ñaây."]);
    let bytes: Vec<u8> = page.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
    site.page("/", listing(&[("/a.html", "Tin")])).serve("/a.html", 200, &[("content-type", "text/html")], bytes);
    let plain = source("bao-cu", &site);
    let daemon = TestDaemon::at("2020-08-24T04:00:00Z", &plain).await;
    daemon.harvest("bao-cu").await;
    let stated = plain.replace("[source.listing]", "encoding = \"vni\"\n[source.listing]");
    let daemon = daemon.restart("", &stated).await;
    daemon.scheduled("bao-cu").await;
    let item = daemon.only_item("/feed.json").await;
    assert_eq!(item["title"], "Đà Nẵng đón khách");
    assert!(item["content_html"].as_str().unwrap().contains("Một đoạn văn ở đây."), "{item:#?}");
}
