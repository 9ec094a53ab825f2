//! The feeds as readers, validators and caches see them.

use chrono::TimeDelta;

use crate::harness::{FakeSite, TestDaemon, article, listing, source};

async fn two_papers() -> (FakeSite, FakeSite, TestDaemon) {
    let (first, second) = (FakeSite::start().await, FakeSite::start().await);
    first.page("/", listing(&[("/1.html", "Khánh thành cầu mới"), ("/2.html", "Lịch cắt điện")]));
    let page = article(
        "Khánh thành cầu mới",
        "10:08, 24/08/2026",
        "Cầu dài 173 m & rộng 9 m.",
        &["Đoạn <b>một</b>.", "Đoạn hai."],
    );
    first.page(
        "/1.html",
        page.replace(
            "<div class=\"detail-news\">",
            "<div class=\"detail-news\"><figure><img src=\"/a.jpg\"><figcaption>Chú thích</figcaption></figure>",
        ),
    );
    first.page("/2.html", article("Lịch cắt điện", "", "Điện lực thông báo.", &["Thôn một."]));
    second.page("/", listing(&[("/3.html", "Chợ nổi nhộn nhịp")]));
    second.page("/3.html", article("Chợ nổi nhộn nhịp", "09:00, 23/08/2026", "Chợ đông.", &["Ghe xuồng tấp nập."]));
    let with = |text: String, province: &str, category: &str| {
        text.replace(
            "[source.listing]",
            &format!("province = \"{province}\"\ncategory = \"{category}\"\n[source.listing]"),
        )
    };
    let sources = with(source("khanh-hoa", &first), "khanh-hoa", "thoi-su")
        + &with(source("ninh-thuan", &second), "ninh-thuan", "kinh-te");
    let daemon = TestDaemon::at("2026-08-24T05:00:00Z", &sources).await;
    daemon.harvest("khanh-hoa").await;
    daemon.harvest("ninh-thuan").await;
    (first, second, daemon)
}

/// Ports differ between runs; everything else in a feed does not.
fn settled(text: &str, sites: [&FakeSite; 2]) -> String {
    let text = text
        .replace(&sites[0].address.to_string(), "mot.example")
        .replace(&sites[1].address.to_string(), "hai.example");
    let text = regex::Regex::new("urn:uuid:[0-9a-f-]{36}").unwrap().replace_all(&text, "urn:uuid:GUID").into_owned();
    // Less than a second of each item's own comes from its guid.
    let text = regex::Regex::new(r"(:\d\d)\.\d{3,6}\+").unwrap().replace_all(&text, "$1.OWN+").into_owned();
    text.replace("><", ">\n<")
}

#[tokio::test]
async fn rss_says_everything_to_the_letter() {
    let (first, second, daemon) = two_papers().await;
    insta::assert_snapshot!(settled(&daemon.text("/feed.xml").await, [&first, &second]));
}

#[tokio::test]
async fn atom_says_everything_to_the_letter() {
    let (first, second, daemon) = two_papers().await;
    insta::assert_snapshot!(settled(&daemon.text("/feed.atom").await, [&first, &second]));
}

#[tokio::test]
async fn json_feed_says_everything_to_the_letter() {
    let (first, second, daemon) = two_papers().await;
    insta::assert_snapshot!(settled(&daemon.text("/feed.json").await, [&first, &second]));
}

#[tokio::test]
async fn the_three_formats_hold_the_same_articles_and_a_reader_reads_them() {
    let (_, _, daemon) = two_papers().await;
    let mut seen = Vec::new();
    for path in ["/feed.xml", "/feed.atom", "/feed.json"] {
        let feed = feed_rs::parser::parse(daemon.get(path).await.bytes().await.unwrap().as_ref()).unwrap();
        seen.push(
            feed.entries
                .iter()
                .map(|entry| (entry.id.clone(), entry.title.clone().unwrap().content, entry.published))
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(seen[0].len(), 3);
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
}

#[tokio::test]
async fn feeds_are_narrowed_by_source_province_and_category() {
    let (_, _, daemon) = two_papers().await;
    assert_eq!(daemon.titles("/sources/ninh-thuan/feed.json").await, ["Chợ nổi nhộn nhịp"]);
    assert_eq!(daemon.titles("/provinces/ninh-thuan/feed.json").await, ["Chợ nổi nhộn nhịp"]);
    assert_eq!(
        daemon.titles("/provinces/khanh-hoa/feed.json").await.len(),
        3,
        "the unit of today holds the one it absorbed"
    );
    assert_eq!(daemon.titles("/categories/kinh-te/feed.json").await, ["Chợ nổi nhộn nhịp"]);
    assert_eq!(daemon.get("/sources/nobody/feed.xml").await.status(), 404);
    assert_eq!(daemon.get("/provinces/atlantis/feed.xml").await.status(), 404);
    for spelling in ["NINH--thuan", "ninh!thuan", "Ninh%20Thuận"] {
        let answer = daemon.get(&format!("/provinces/{spelling}/feed.json?limit=1")).await;
        assert_eq!(answer.url().path(), "/provinces/ninh-thuan/feed.json", "each feed has one address");
        assert_eq!((answer.status().as_u16(), answer.url().query()), (200, Some("limit=1")));
    }
    assert_eq!(daemon.get("/planets/khanh-hoa/feed.xml").await.status(), 404);
    assert!(daemon.text("/opml.xml").await.contains("/provinces/ninh-thuan/feed.xml"));
}

#[tokio::test]
async fn feeds_are_filtered_by_their_address() {
    let (_, _, daemon) = two_papers().await;
    assert_eq!(daemon.titles("/feed.json?q=CAU%20moi").await, ["Khánh thành cầu mới"], "accents and case aside");
    assert_eq!(daemon.titles("/feed.json?source=khanh-hoa&limit=1").await.len(), 1);
    assert_eq!(daemon.titles("/feed.json?since=2026-08-24").await.len(), 2);
    assert_eq!(daemon.titles("/feed.json?since=12h").await.len(), 2);
    for (query, word) in
        [("limit=0", "limit"), ("since=soon", "since"), ("since=2000000000d", "since"), ("colour=red", "colour")]
    {
        let answer = daemon.get(&format!("/feed.json?{query}")).await;
        assert_eq!(answer.status(), 400);
        assert!(answer.text().await.unwrap().contains(word));
    }
}

#[tokio::test]
async fn a_limit_that_no_feed_reaches_asks_for_the_whole_feed() {
    let (_, _, daemon) = two_papers().await;
    let whole = daemon.get("/feed.json").await.headers()["etag"].clone();
    for limit in ["1000", "1001", "4000000000"] {
        assert_eq!(daemon.get(&format!("/feed.json?limit={limit}")).await.headers()["etag"], whole, "{limit}");
    }
    assert_ne!(daemon.get("/feed.json?limit=999").await.headers()["etag"], whole, "this one has an address of its own");
}

#[tokio::test]
async fn a_reader_that_has_the_feed_gets_a_304() {
    let (_, _, daemon) = two_papers().await;
    let first = daemon.get("/feed.xml").await;
    let etag = first.headers()["etag"].to_str().unwrap().to_owned();
    let modified = first.headers()["last-modified"].to_str().unwrap().to_owned();
    assert_eq!(modified, "Mon, 24 Aug 2026 05:00:00 GMT");
    assert!(etag.starts_with('"') && etag.ends_with('"'), "a strong tag: {etag}");
    for (name, value, status) in [
        ("if-none-match", etag.as_str(), 304),
        ("if-none-match", &format!("\"other\", {etag}"), 304),
        ("if-none-match", &format!("W/{etag}"), 304),
        ("if-none-match", "*", 304),
        ("if-none-match", "\"other\"", 200),
        ("if-modified-since", modified.as_str(), 304),
        ("if-modified-since", "Mon, 24 Aug 2026 04:59:59 GMT", 200),
        ("if-modified-since", "yesterday", 200),
    ] {
        let answer = daemon.ask("/feed.xml", &[(name, value)]).await;
        assert_eq!(answer.status(), status, "{name}: {value}");
        assert_eq!(answer.headers()["etag"], etag.as_str());
        assert_eq!(answer.bytes().await.unwrap().is_empty(), status == 304);
    }
    let answer = daemon.ask("/feed.xml", &[("if-none-match", "\"other\""), ("if-modified-since", &modified)]).await;
    assert_eq!(answer.status(), 200, "a tag settles it alone");
}

#[tokio::test]
async fn gzip_is_given_to_those_who_welcome_it() {
    let (_, _, daemon) = two_papers().await;
    let plain = daemon.get("/feed.xml").await;
    let packed = daemon.ask("/feed.xml", &[("accept-encoding", "br;q=0, gzip;q=0.5")]).await;
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert_eq!(packed.headers()["vary"], "accept, accept-encoding, a-im");
    assert_ne!(packed.headers()["etag"], plain.headers()["etag"]);
    let mut unpacked = Vec::new();
    let bytes = packed.bytes().await.unwrap();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(bytes.as_ref()), &mut unpacked).unwrap();
    assert_eq!(unpacked, plain.bytes().await.unwrap());
    for refused in ["gzip;q=0", "identity", "br;q=0"] {
        assert!(
            daemon.ask("/feed.xml", &[("accept-encoding", refused)]).await.headers().get("content-encoding").is_none()
        );
    }
}

#[tokio::test]
async fn head_says_what_get_would() {
    let (_, _, daemon) = two_papers().await;
    let get = daemon.get("/feed.json").await;
    let head = crate::harness::client().head(format!("http://{}/feed.json", daemon.address)).send().await.unwrap();
    for name in ["etag", "content-type", "content-length", "last-modified", "cache-control"] {
        assert_eq!(get.headers().get(name), head.headers().get(name), "{name}");
    }
    assert!(head.bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_restart_changes_no_byte() {
    let (first, second, daemon) = two_papers().await;
    let sources = source("khanh-hoa", &first) + &source("ninh-thuan", &second);
    let daemon = daemon.restart("", &sources).await;
    let before = daemon.text("/feed.atom").await;
    let address = daemon.address;
    let daemon = daemon.restart("", &sources).await;
    let after = daemon.text("/feed.atom").await;
    assert_eq!(after.replace(&daemon.address.to_string(), &address.to_string()), before);
}

#[tokio::test]
async fn the_window_cuts_by_number_but_nothing_younger_than_its_age() {
    let site = FakeSite::start().await;
    let paths: Vec<String> = (0..9).map(|n| format!("/{n}.html")).collect();
    let titles: Vec<String> = (0..9).map(|n| format!("Tin số {n}")).collect();
    let links: Vec<(&str, &str)> =
        paths.iter().zip(&titles).map(|(path, title)| (path.as_str(), title.as_str())).collect();
    site.page("/", listing(&links));
    for (n, (path, title)) in links.iter().enumerate() {
        site.page(path, article(title, &format!("10:00, {:02}/08/2026", 23 - n * 2), "Dẫn.", &[title]));
    }
    let clock = bantin::clock::Clock::fixed("2026-08-24T05:00:00Z".parse().unwrap());
    let directory = std::sync::Arc::new(tempfile::tempdir().unwrap());
    let site_table = |table: &str| format!("[site]\n{table}\n");
    let daemon =
        TestDaemon::over(directory, clock, &site_table("items = 3\nmin_age = \"1h\""), &source("bao", &site)).await;
    daemon.harvest("bao").await;
    assert_eq!(daemon.titles("/feed.json").await, ["Tin số 0", "Tin số 1", "Tin số 2"]);
    let daemon = daemon.restart(&site_table("items = 3\nmin_age = \"9d\""), &source("bao", &site)).await;
    assert_eq!(daemon.titles("/feed.json").await.len(), 5, "nine days hold five stories");
    let before = daemon.text("/feed.xml").await;
    daemon.later(TimeDelta::days(30));
    assert_eq!(daemon.text("/feed.xml").await, before, "time alone changes nothing");
}

#[tokio::test]
async fn summaries_where_the_site_says_so() {
    let (first, second, daemon) = two_papers().await;
    let sources = source("khanh-hoa", &first) + &source("ninh-thuan", &second);
    let daemon = daemon.restart("[site]\ncontent = \"summary\"\n", &sources).await;
    let items = daemon.items("/feed.json").await;
    assert!(items.iter().all(|item| item.get("content_html").is_none() && item["content_text"].is_string()));
    assert!(!daemon.text("/feed.xml").await.contains("content:encoded>"));
}

#[tokio::test]
async fn pages_for_people_show_stories_sources_and_health() {
    let (_, _, daemon) = two_papers().await;
    let front = daemon.text("/").await;
    assert!(
        front.contains("10:08, 24/08/2026") && front.contains("Không rõ giờ đăng") && front.contains("lang=\"vi\"")
    );
    assert!(daemon.text("/?q=cho%20noi").await.contains("Chợ nổi nhộn nhịp"));
    let id = daemon.items("/feed.json").await[0]["id"].as_str().unwrap().trim_start_matches("urn:uuid:").to_owned();
    let answer = daemon.get(&format!("/articles/{id}")).await;
    assert!(answer.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    assert!(answer.text().await.unwrap().contains("Căn cứ về giờ đăng"));
    assert_eq!(daemon.get("/articles/nothing").await.status(), 404);
    assert_eq!(daemon.get("/nothing").await.status(), 404);
    assert!(daemon.text("/status").await.contains("Báo khanh-hoa"));
    assert_eq!(daemon.text("/health/live").await, "alive\n");
    assert_eq!(daemon.text("/health/ready").await, "ready\n");
}
