//! HTTP as caches, readers and careless clients speak it, byte by byte over real sockets.

use std::collections::HashMap;

use bantin::server::{HEAD_BYTES_MAX, HEAD_SECONDS_MAX};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{FakeSite, TestDaemon, article, listing, prose, source};

/// An answer as it came over the wire.
struct Answer {
    status: u16,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

impl Answer {
    #[track_caller]
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.headers))
    }
}

/// Sends a request as it is written and reads until the server closes.
async fn say(daemon: &TestDaemon, request: &str) -> Answer {
    let mut stream = TcpStream::connect(daemon.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let at = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8(bytes[..at].to_vec()).unwrap();
    let headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    Answer {
        status: head[9..12].parse().unwrap(),
        headers: headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect(),
        body: bytes[at + 4..].to_vec(),
    }
}

async fn ask(daemon: &TestDaemon, method: &str, path: &str, headers: &str) -> Answer {
    let close = "Host: bantin\r\nConnection: close\r\n";
    say(daemon, &format!("{method} {path} HTTP/1.1\r\n{close}{headers}\r\n")).await
}

async fn get(daemon: &TestDaemon, path: &str, headers: &str) -> Answer {
    ask(daemon, "GET", path, headers).await
}

pub async fn paper() -> (FakeSite, TestDaemon) {
    let site = FakeSite::start().await;
    site.page("/", listing(&[("/1.html", "Tin một"), ("/2.html", "Tin hai")]));
    site.page("/1.html", article("Tin một", "10:08, 24/08/2026", "Dẫn một.", &[&prose(200, 1)]));
    site.page("/2.html", article("Tin hai", "09:00, 24/08/2026", "Dẫn hai.", &[&prose(200, 2)]));
    let daemon = TestDaemon::at("2026-08-24T05:00:00Z", &source("bao", &site)).await;
    daemon.harvest("bao").await;
    (site, daemon)
}

const FEEDS: [&str; 5] = ["/feed.xml", "/feed.atom", "/feed.json", "/sources/bao/feed.xml", "/feed.xml?q=tin"];

#[tokio::test]
async fn every_feed_is_asked_for_conditionally_in_every_coding() {
    let (_site, daemon) = paper().await;
    for path in FEEDS.into_iter().chain(["/archive/2026/08.atom", "/opml.xml"]) {
        let mut tags = Vec::new();
        for (accepted, coding) in [("identity", None), ("gzip", Some("gzip")), ("br", Some("br"))] {
            let accept = format!("Accept-Encoding: {accepted}\r\n");
            let first = get(&daemon, path, &accept).await;
            assert_eq!(
                (first.status, first.headers.get("content-encoding").map(String::as_str)),
                (200, coding),
                "{path}"
            );
            assert_eq!(first.header("content-length"), first.body.len().to_string());
            assert_eq!(first.header("x-content-type-options"), "nosniff");
            assert_eq!(first.header("access-control-allow-origin"), "*");
            let tag = first.header("etag").to_owned();
            let unchanged = get(&daemon, path, &format!("{accept}If-None-Match: {tag}\r\n")).await;
            assert_eq!((unchanged.status, unchanged.body.len()), (304, 0), "{path}");
            assert_eq!(unchanged.header("etag"), tag);
            assert_eq!(unchanged.header("vary"), "accept, accept-encoding, a-im");
            let head = ask(&daemon, "HEAD", path, &accept).await;
            assert_eq!((head.status, head.body.len()), (200, 0));
            assert_eq!(head.header("content-length"), first.body.len().to_string());
            tags.push(tag);
        }
        tags.dedup();
        assert_eq!(tags.len(), 3, "a strong tag stands for one sequence of bytes");
    }
}

#[tokio::test]
async fn the_best_liked_coding_is_given() {
    let (_site, daemon) = paper().await;
    for (accepted, coding) in [
        ("gzip, br", "br"),
        ("gzip;q=1, br;q=0.5", "gzip"),
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        ("*", "br"),
        ("br;q=0, *;q=0.1", "gzip"),
        ("gzip;q=0.2, identity;q=0.9", ""),
        ("gzip;q=0, br;q=0", ""),
        ("zstd", ""),
        ("deflate, gzip ; q=0.001", "gzip"),
        ("gzip;q=nonsense", ""),
        ("", ""),
    ] {
        let answer = get(&daemon, "/feed.xml", &format!("Accept-Encoding: {accepted}\r\n")).await;
        assert_eq!(answer.headers.get("content-encoding").map_or("", String::as_str), coding, "{accepted}");
    }
    let plain = get(&daemon, "/feed.xml", "").await.body;
    let packed = get(&daemon, "/feed.xml", "Accept-Encoding: br\r\n").await.body;
    let mut unpacked = Vec::new();
    brotli::BrotliDecompress(&mut packed.as_slice(), &mut unpacked).unwrap();
    assert_eq!(unpacked, plain);
}

#[tokio::test]
async fn validators_are_read_as_rfc_9110_says() {
    let (_site, daemon) = paper().await;
    let first = get(&daemon, "/feed.xml", "").await;
    let (tag, date) = (first.header("etag"), first.header("last-modified"));
    for (headers, status) in [
        (format!("If-None-Match: \"a\", W/{tag}\r\n"), 304),
        (format!("If-None-Match: \"a\"\r\nIf-None-Match: {tag}\r\n"), 304),
        ("If-None-Match: *\r\n".to_owned(), 304),
        ("If-None-Match: \"a\"\r\n".to_owned(), 200),
        ("If-None-Match: nonsense\r\n".to_owned(), 200),
        (format!("If-Modified-Since: {date}\r\n"), 304),
        ("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n".to_owned(), 200),
        (format!("If-None-Match: \"a\"\r\nIf-Modified-Since: {date}\r\n"), 200),
        (format!("If-None-Match: {tag}\r\nIf-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), 304),
        ("Range: bytes=0-9\r\n".to_owned(), 200),
    ] {
        assert_eq!(get(&daemon, "/feed.xml", &headers).await.status, status, "{headers}");
    }
    let ranged = get(&daemon, "/feed.xml", "Range: bytes=0-9\r\n").await;
    assert_eq!(ranged.body, first.body, "a range is left alone");
}

#[tokio::test]
async fn a_browser_is_given_xml_that_it_shows_with_its_style() {
    let (_site, daemon) = paper().await;
    let browser = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n";
    for (path, kind) in [("/feed.xml", "application/rss+xml"), ("/feed.atom", "application/atom+xml")] {
        let shown = get(&daemon, path, browser).await;
        assert_eq!(shown.header("content-type"), "application/xml; charset=utf-8");
        for reader in ["", "Accept: */*\r\n", "Accept: application/rss+xml, application/xml;q=0.9\r\n"] {
            let read = get(&daemon, path, reader).await;
            assert_eq!(read.header("content-type"), format!("{kind}; charset=utf-8"));
            assert_eq!(read.body, shown.body);
        }
    }
}

#[tokio::test]
async fn a_reader_may_wait_half_the_time_between_two_readings() {
    let site = FakeSite::start().await;
    for (schedule, header) in [
        ("*/10 * * * *", "public, max-age=300"),
        ("* * * * *", "public, max-age=30"),
        ("0 6 * * *", "public, max-age=600"),
        ("0,1 6 * * *", "public, max-age=30"),
    ] {
        let sources = source("bao", &site).replacen(
            "[source.listing]",
            &format!("schedule = \"{schedule}\"\n[source.listing]"),
            1,
        );
        let daemon = TestDaemon::at("2026-08-24T05:00:00Z", &sources).await;
        assert_eq!(get(&daemon, "/feed.xml", "").await.header("cache-control"), header, "{schedule}");
    }
}

#[tokio::test]
async fn a_reader_of_deltas_gets_what_it_lacks() {
    let (site, daemon) = paper().await;
    let first = get(&daemon, "/feed.json", "").await;
    let have = format!("A-IM: feed\r\nIf-None-Match: {}\r\n", first.header("etag"));
    assert_eq!(get(&daemon, "/feed.json", &have).await.status, 304, "nothing is lacking");
    site.page("/", listing(&[("/3.html", "Tin ba"), ("/1.html", "Tin một"), ("/2.html", "Tin hai")]));
    site.page("/3.html", article("Tin ba", "11:00, 24/08/2026", "Dẫn ba.", &[&prose(200, 3)]));
    site.page("/2.html", article("Tin hai", "09:00, 24/08/2026", "Dẫn hai, đã sửa.", &[&prose(210, 2)]));
    daemon.later(chrono::TimeDelta::minutes(1)).harvest("bao").await;
    let whole = get(&daemon, "/feed.json", "").await;
    let part = get(&daemon, "/feed.json", &have).await;
    assert_eq!((part.status, part.header("im")), (226, "feed"));
    assert_eq!(part.header("etag"), whole.header("etag"), "the tag of the whole, to come back with");
    assert_eq!(part.header("cache-control"), "no-store, im");
    let feed: serde_json::Value = serde_json::from_slice(&part.body).unwrap();
    let titles: Vec<&str> =
        feed["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Tin ba", "Tin hai"], "the new and the revised one, in the feed's order");
    let next = format!("A-IM: feed\r\nIf-None-Match: {}\r\n", part.header("etag"));
    assert_eq!(get(&daemon, "/feed.json", &next).await.status, 304);
    for headers in [
        have.replace("A-IM: feed\r\n", ""),
        have.replace("feed", "vcdiff"),
        "A-IM: feed\r\nIf-None-Match: \"unknown\"\r\n".to_owned(),
    ] {
        let answer = get(&daemon, "/feed.json", &headers).await;
        assert_eq!((answer.status, answer.body.len()), (200, whole.body.len()), "{headers}");
    }
}

#[tokio::test]
async fn two_fetches_give_the_same_bytes_also_across_a_restart() {
    let (site, daemon) = paper().await;
    let (server, sources) = (daemon.address, source("bao", &site));
    let mut before = Vec::new();
    for path in FEEDS {
        for coding in ["identity", "gzip", "br"] {
            let accept = format!("Accept-Encoding: {coding}\r\n");
            let (one, two) = (get(&daemon, path, &accept).await, get(&daemon, path, &accept).await);
            assert_eq!(one.body, two.body);
            before.push((path, accept, one));
        }
    }
    let daemon = daemon.restart("", &sources).await;
    assert_ne!(daemon.address, server, "another process would be another one too");
    for (path, accept, one) in before {
        let again = get(&daemon, path, &accept).await;
        assert!(again.body == one.body && again.header("etag") == one.header("etag"), "{path} {accept}");
    }
}

#[tokio::test]
async fn other_methods_are_told_what_there_is() {
    let (_site, daemon) = paper().await;
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        let answer = ask(&daemon, method, "/feed.xml", "Content-Length: 0\r\n").await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), "GET,HEAD");
    }
    let preflight = "Origin: https://doc.example\r\nAccess-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: if-none-match\r\n";
    let answer = ask(&daemon, "OPTIONS", "/feed.json", preflight).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (204, "*"));
    assert!(answer.header("access-control-allow-headers").contains("if-none-match"));
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let (_site, daemon) = paper().await;
    let long = "a".repeat(HEAD_BYTES_MAX * 2);
    assert_eq!(get(&daemon, "/feed.xml", &format!("X-Long: {long}\r\n")).await.status, 431);
    assert!([414, 431].contains(&get(&daemon, &format!("/feed.xml?q={long}"), "").await.status));
    assert_eq!(say(&daemon, "nonsense\r\n\r\n").await.status, 400);
}

#[tokio::test]
async fn many_idle_connections_keep_nobody_out() {
    const IDLE: usize = 400;
    let (_site, daemon) = paper().await;
    let mut idle = Vec::new();
    for n in 0..IDLE {
        let mut stream = TcpStream::connect(daemon.address).await.unwrap();
        if n % 2 == 0 {
            stream.write_all(b"GET /feed.xml HTTP/1.1\r\nHost: ban").await.unwrap();
        }
        idle.push(stream);
    }
    assert_eq!(get(&daemon, "/feed.xml", "").await.status, 200);
    assert_eq!(idle.len(), IDLE);
}

#[tokio::test]
async fn a_client_that_never_ends_its_head_is_let_go() {
    let (_site, daemon) = paper().await;
    let mut slow = TcpStream::connect(daemon.address).await.unwrap();
    slow.write_all(b"GET /feed.xml HTTP/1.1\r\nHost: ban").await.unwrap();
    // The server's patience is tokio's time, which jumps ahead when everyone waits.
    tokio::time::pause();
    let limit = std::time::Duration::from_secs(HEAD_SECONDS_MAX * 2);
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(limit, slow.read_to_end(&mut rest)).await;
    assert!(ended.is_ok(), "the connection is closed");
    assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&rest));
}
