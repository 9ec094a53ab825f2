//! Whatever a server does, it costs a bounded time and memory, ends in an error with a name, and is its source's own.

use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bantin::clock::Clock;
use bantin::fetch::{
    FetchError, Fetched, Fetcher, HEAD_BYTES_MAX, HEAD_LINES_MAX, Manners, Phase, RATIO_MAX, REDIRECTS_MAX, Validators,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use url::Url;

use crate::harness::{FakeSite, TestDaemon, article, listing, source};

/// What a server does after it was asked.
#[derive(Clone)]
enum Act {
    /// Writes these bytes and goes on.
    Say(Vec<u8>),
    /// Writes these bytes over and over.
    Repeat(Vec<u8>),
    /// Never says another word.
    Hang,
}

fn say(text: impl Into<Vec<u8>>) -> Act {
    Act::Say(text.into())
}

fn body(headers: &str, body: &[u8]) -> Act {
    say([format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n{headers}\r\n", body.len()).as_bytes(), body].concat())
}

/// A server that says "no robots.txt" and does `acts` for everything else; its address, and the paths asked for.
async fn server(acts: Vec<Act>) -> (Url, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (acts, log) = (acts.clone(), log.clone());
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await?);
                }
                let line = String::from_utf8_lossy(&head).lines().next().unwrap().to_owned();
                log.lock().unwrap().push(line.split(' ').nth(1).unwrap().to_owned());
                if line.contains("/robots.txt") {
                    return stream
                        .write_all(b"HTTP/1.1 404 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                        .await;
                }
                for act in acts {
                    match act {
                        Act::Say(bytes) => stream.write_all(&bytes).await?,
                        Act::Repeat(bytes) => loop {
                            stream.write_all(&bytes).await?;
                        },
                        Act::Hang => std::future::pending().await,
                    }
                }
                stream.shutdown().await
            });
        }
    });
    (Url::parse(&format!("http://{address}/")).unwrap(), asked)
}

fn quick() -> Manners {
    Manners {
        host_gap: Duration::ZERO,
        connect_timeout: Duration::from_secs(5),
        first_byte_timeout: Duration::from_secs(20),
        idle_timeout: Duration::from_secs(20),
        timeout: Duration::from_secs(30),
        max_body: 4 << 20,
        allow_private: true,
        ..Manners::default()
    }
}

async fn ask(manners: Manners, url: &Url) -> Result<Fetched, FetchError> {
    let fetcher = Fetcher::new(manners, Clock::system()).unwrap().for_address(url);
    fetcher.get(url, &Validators::default()).await
}

async fn refusal(manners: Manners, acts: Vec<Act>) -> FetchError {
    let (url, _) = server(acts).await;
    ask(manners, &url).await.unwrap_err()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &brotli::enc::BrotliEncoderParams::default()).unwrap();
    packed
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

type Pack = fn(&[u8]) -> Vec<u8>;

const PACKERS: [(&str, Pack); 4] =
    [("gzip", gzip), ("br", brotli), ("deflate", deflate), ("zstd", |bytes| zstd::encode_all(bytes, 3).unwrap())];

/// A limit of time that the server of the test will never meet.
const SHORT: Duration = Duration::from_millis(150);

#[tokio::test]
async fn a_server_that_takes_the_request_and_says_nothing_is_left() {
    let error = refusal(Manners { first_byte_timeout: SHORT, ..quick() }, vec![Act::Hang]).await;
    assert!(matches!(error, FetchError::Timeout { phase: Phase::FirstByte, .. }), "{error}");
    assert!(error.to_string().contains("no answer within 150ms (fetch.first_byte_timeout)"), "{error}");
}

#[tokio::test]
async fn a_connection_that_does_not_come_about_is_given_up() {
    // A listener whose queue is full takes no further connection.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let waiting: Vec<_> = (0..8).map(|_| tokio::spawn(tokio::net::TcpStream::connect(address))).collect();
    let url = Url::parse(&format!("http://{address}/")).unwrap();
    let manners = Manners { connect_timeout: SHORT, first_byte_timeout: SHORT * 2, robots: false, ..quick() };
    let error = loop {
        match ask(manners.clone(), &url).await.unwrap_err() {
            error @ FetchError::Timeout { phase: Phase::Connect, .. } => break error,
            _ => tokio::task::yield_now().await,
        }
    };
    assert!(error.to_string().contains("no connection within 150ms"), "{error}");
    drop(waiting);
}

#[tokio::test]
async fn a_body_that_stops_midway_is_given_up() {
    let half = say("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf");
    let error = refusal(Manners { idle_timeout: SHORT, ..quick() }, vec![half, Act::Hang]).await;
    assert!(matches!(error, FetchError::Timeout { phase: Phase::Idle, .. }), "{error}");
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up_when_its_time_is_over_or_its_room() {
    let head = say("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    let trickle = vec![head.clone(), Act::Repeat(b"1\r\nx\r\n".to_vec())];
    let manners = Manners { timeout: SHORT, max_body: usize::MAX / 2, ..quick() };
    let error = refusal(manners, trickle).await;
    assert!(matches!(error, FetchError::Timeout { phase: Phase::Whole, .. }), "{error}");
    let flood = vec![head, Act::Repeat([b"8000\r\n".as_slice(), &[b'x'; 0x8000], b"\r\n"].concat())];
    let error = refusal(quick(), flood).await;
    assert!(matches!(error, FetchError::TooLarge { max, .. } if max == 4 << 20), "{error}");
}

#[tokio::test]
async fn a_body_cut_off_before_its_stated_end_is_no_page() {
    let error = refusal(quick(), vec![say("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf")]).await;
    assert!(matches!(error, FetchError::BrokenOff { .. }), "{error}");
    let chunked = say("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n");
    assert!(matches!(refusal(quick(), vec![chunked]).await, FetchError::BrokenOff { .. }));
}

#[tokio::test]
async fn a_packed_page_is_read_in_each_form_that_is_asked_for() {
    let page = "<p>Sáng nay, cầu thông xe.</p>".repeat(50);
    for (name, pack) in PACKERS {
        let (url, _) = server(vec![body(&format!("content-encoding: {name}\r\n"), &pack(page.as_bytes()))]).await;
        let Fetched::Page(read) = ask(quick(), &url).await.unwrap() else { panic!("{name}") };
        assert_eq!(String::from_utf8(read.body).unwrap(), page, "{name}");
    }
}

#[tokio::test]
async fn a_bomb_is_recognised_by_its_ratio_in_each_form() {
    let zeros = vec![0; 3 << 20];
    for (name, pack) in PACKERS {
        let bomb = pack(&zeros);
        assert!(bomb.len() * RATIO_MAX < zeros.len(), "{name} packs {} bytes", bomb.len());
        let error = refusal(quick(), vec![body(&format!("content-encoding: {name}\r\n"), &bomb)]).await;
        assert!(matches!(error, FetchError::Bomb { .. }), "{name}: {error}");
    }
}

#[tokio::test]
async fn a_packed_body_is_measured_packed_and_unpacked() {
    // What cannot be packed is longer packed than unpacked.
    let mut noise = Vec::new();
    let mut hash = blake3::Hasher::new().finalize_xof();
    noise.resize(64 << 10, 0);
    hash.fill(&mut noise);
    let small = Manners { max_body: 32 << 10, ..quick() };
    for (name, pack) in PACKERS {
        let packed = pack(&noise);
        let error = refusal(small.clone(), vec![body(&format!("content-encoding: {name}\r\n"), &packed)]).await;
        let measured = matches!(error, FetchError::TooLarge { .. } | FetchError::PackedTooLarge { .. });
        assert!(measured, "{name}: {error}");
    }
    // An empty block of a stored gzip stream adds nothing but its own bytes.
    let empty = gzip(b"").repeat(4_000);
    let error = refusal(small, vec![body("content-encoding: gzip\r\n", &empty)]).await;
    assert!(matches!(error, FetchError::PackedTooLarge { .. }), "{error}");
}

#[tokio::test]
async fn a_body_that_does_not_unpack_is_an_error() {
    let page = gzip("<p>Sáng nay, cầu thông xe.</p>".repeat(50).as_bytes());
    let broken = [b"not gzip at all".to_vec(), page[..page.len() / 2].to_vec()];
    for bytes in broken {
        let error = refusal(quick(), vec![body("content-encoding: gzip\r\n", &bytes)]).await;
        assert!(matches!(error, FetchError::Packing { .. }), "{error}");
    }
    for (name, pack) in PACKERS {
        let packed = pack("<p>Sáng nay, cầu thông xe.</p>".repeat(50).as_bytes());
        let half = &packed[..packed.len() / 2];
        let error = refusal(quick(), vec![body(&format!("content-encoding: {name}\r\n"), half)]).await;
        assert!(matches!(error, FetchError::Packing { .. }), "{name}: {error}");
    }
    let error = refusal(quick(), vec![body("content-encoding: compress\r\n", b"x")]).await;
    assert!(error.to_string().contains("\"compress\" was not asked for"), "{error}");
}

#[tokio::test]
async fn a_head_without_end_is_refused_by_bytes_and_by_lines() {
    let long = format!("x-long: {}\r\n", "x".repeat(HEAD_BYTES_MAX));
    let many: String = (0..=HEAD_LINES_MAX).map(|n| format!("x-{n}: 1\r\n")).collect();
    for headers in [long, many] {
        let error = refusal(quick(), vec![body(&headers, b"x")]).await;
        assert!(matches!(error, FetchError::HeadTooLarge { .. }), "{error}");
    }
    let endless = vec![say("HTTP/1.1 200 OK\r\n"), Act::Repeat(format!("x-x: {}\r\n", "x".repeat(900)).into_bytes())];
    let error = refusal(quick(), endless).await;
    assert!(matches!(error, FetchError::HeadTooLarge { .. }), "{error}");
}

#[tokio::test]
async fn a_loop_of_redirects_ends() {
    let (url, asked) = server(vec![say("HTTP/1.1 302 On\r\nlocation: /again\r\ncontent-length: 0\r\n\r\n")]).await;
    let error = ask(quick(), &url).await.unwrap_err();
    assert!(error.to_string().contains("more than 5 redirects"), "{error}");
    let pages = asked.lock().unwrap().iter().filter(|path| *path != "/robots.txt").count();
    assert_eq!(pages, REDIRECTS_MAX + 1);
}

#[tokio::test]
async fn a_server_that_speaks_no_http_is_an_error() {
    for words in ["", "\r\n\r\n", "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 999999 What\r\n\r\n"] {
        let error = refusal(quick(), vec![say(words)]).await;
        let named = matches!(error, FetchError::Network { .. } | FetchError::BrokenOff { .. });
        assert!(named, "{words:?}: {error}");
    }
}

#[tokio::test]
async fn one_misbehaving_source_costs_the_others_nothing() {
    let (hanging, _) = server(vec![Act::Hang]).await;
    let bomb = body("content-encoding: gzip\r\n", &gzip(&vec![0; 3 << 20]));
    let (bombing, _) = server(vec![bomb]).await;
    let good = FakeSite::start().await;
    good.page("/", listing(&[("/1.html", "Một tin")]));
    good.page("/1.html", article("Một tin", "10:08, 24/08/2020", "Dẫn.", &["Một đoạn văn đủ dài để đọc."]));
    let feed = |id: &str, url: &Url| format!("[[source]]\nid = \"{id}\"\nfeed = \"{url}\"\ntimeout = \"1s\"\n");
    let sources = feed("treo", &hanging) + &feed("bom", &bombing) + &source("tot", &good);
    let daemon = TestDaemon::at("2026-08-24T03:00:00Z", &sources).await;
    let (hung, bombed, read) = tokio::join!(daemon.harvest("treo"), daemon.harvest("bom"), daemon.harvest("tot"));
    assert!(hung.trouble().unwrap().contains("no complete answer within 1s"), "{hung:?}");
    assert!(bombed.trouble().unwrap().contains("like a bomb"), "{bombed:?}");
    assert_eq!((read.new, read.trouble()), (1, None));
    assert_eq!(daemon.titles("/feed.json").await, ["Một tin"]);
}
