//! `bantin import-opml`: lists that feed readers export become sources.

use std::process::{Command, Output};

use bantin::config::Config;

fn import(list: &str) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("list.opml");
    std::fs::write(&file, list).unwrap();
    Command::new(env!("CARGO_BIN_EXE_bantin")).arg("import-opml").arg(&file).output().unwrap()
}

#[test]
fn a_list_becomes_sources_that_check_accepts() {
    let output = import(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.0"><head><title>Danh sách</title></head><body>
  <outline text="Thời sự" title="Thời sự">
    <outline type="rss" text="Báo Khánh Hòa" title="Báo Khánh Hòa" xmlUrl="https://baokhanhhoa.example/rss?a=1&amp;b=2" htmlUrl="https://baokhanhhoa.example/"/>
    <outline type="rss" text="Báo &quot;Ninh Thuận&quot; &amp; bạn" xmlurl="https://ninhthuan.example/rss"></outline>
  </outline>
  <outline text="Báo Khánh Hòa" xmlUrl="https://khac.example/rss"/>
  <outline text="Lần nữa" xmlUrl="https://khac.example/rss"/>
  <outline text="Tệp" xmlUrl="file:///etc/passwd"/>
  <outline text="Có khóa" xmlUrl="https://ai:bimat@a.example/rss"/>
  <outline xmlUrl="https://www.vo-danh.example/rss"/>
</body></opml>"#,
    );
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    let config = Config::parse("list", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let sources: Vec<_> = config
        .sources
        .iter()
        .map(|source| {
            (
                source.id.as_str(),
                source.name.as_str(),
                source.province.map(|unit| unit.slug),
                source.category.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        sources,
        [
            ("bao-khanh-hoa", "Báo Khánh Hòa", Some("khanh-hoa"), Some("thoi-su")),
            ("bao-ninh-thuan-ban", "Báo \"Ninh Thuận\" & bạn", Some("ninh-thuan"), Some("thoi-su")),
            ("bao-khanh-hoa-2", "Báo Khánh Hòa", Some("khanh-hoa"), None),
            ("vo-danh-example", "vo-danh.example", None, None),
        ]
    );
    assert!(text.contains("feed = \"https://baokhanhhoa.example/rss?a=1&b=2\""));
    assert!(text.contains("# Lần nữa was left out: its feed stands above already"));
    assert!(text.contains("# Có khóa was left out: its feed has a login in its address") && !text.contains("bimat"));
    assert!(text.contains("# Tệp was left out: its feed is no http or https address"));
}

#[test]
fn what_is_no_list_is_refused_with_a_reason() {
    for (list, reason) in [
        ("<html><body>x</body></html>", "it has no <opml> element"),
        ("<opml version=\"2.0\"><body><outline text=\"Trống\"/></body></opml>", "none of its outlines has an xmlUrl"),
        ("<opml><body", "is no OPML"),
    ] {
        let output = import(list);
        assert_eq!(output.status.code(), Some(1));
        let words = String::from_utf8(output.stderr).unwrap();
        assert!(words.contains(reason), "{words}");
    }
}

#[test]
fn the_own_list_of_feeds_can_be_imported() {
    let config = Config::parse(
        "feeds.toml",
        "[[source]]\nid = \"bao\"\nname = \"Báo & <một>\"\nfeed = \"https://a.example/\"\n",
    )
    .unwrap();
    let list = bantin::publish::opml(&config.site, &[("Báo & <một>".to_owned(), "sources/bao/feed.xml".to_owned())]);
    let output = import(&String::from_utf8(list).unwrap());
    let text = String::from_utf8(output.stdout).unwrap();
    let again = Config::parse("list", &text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(again.sources[0].name, "Báo & <một>");
}
