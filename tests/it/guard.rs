//! Requests stay on the public Internet and secrets with their host, whatever pages, redirects and name servers say.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bantin::clock::Clock;
use bantin::fetch::{FetchError, Fetcher, Manners, Validators};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Url;

use crate::harness::{FakeSite, TestDaemon};

/// Hosts that lead to networks of one's own, to clouds' secrets or nowhere, in all the ways of writing them.
const HOSTILE: [&str; 78] = [
    // Loopback and this host
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "0x7f.0x0.0x0.0x1",
    "127.0.0.1.",
    "%31%32%37.0.0.1",
    "１２７.0.0.1",
    "①②⑦.0.0.1",
    "0",
    "0.0.0.0",
    "0.1.2.3",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    // Private
    "10.0.0.1",
    "10.255.255.255",
    "167772161",
    "012.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "0xac100001",
    "192.168.0.1",
    "192.168.255.255",
    "3232235521",
    "0xc0.0xa8.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "169.254.0.1",
    "[fc00::1]",
    "[fd12:3456:789a::1]",
    "[fe80::1]",
    "[febf::1]",
    "[fec0::1]",
    // Where clouds keep secrets
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0xa9.0xfe.0xa9.0xfe",
    "0251.0376.0251.0376",
    "169.254.170.2",
    "169.254.170.23",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "[fd00:ec2::254]",
    "[fd20:ce::254]",
    // Multicast, documentation, benchmarking, reserved
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "198.51.100.1",
    "203.0.113.1",
    "198.18.0.1",
    "198.19.255.255",
    "192.0.0.1",
    "192.88.99.1",
    "[ff02::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[100::1]",
    // IPv4 in IPv6 clothes: mapped, compatible, 6to4, Teredo, NAT64
    "[::ffff:127.0.0.1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:a9fe:a9fe]",
    "[::127.0.0.1]",
    "[::10.0.0.1]",
    "[2002:7f00:1::]",
    "[2002:c0a8:101::1]",
    "[2001:0:53aa:64c:0:5efe:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::a00:1]",
    "[5f00::1]",
];

fn polite(allow: &[&str]) -> Manners {
    Manners {
        host_gap: Duration::ZERO,
        robots: false,
        allow: allow.iter().map(|network| network.parse().unwrap()).collect(),
        ..Manners::default()
    }
}

fn fetcher(manners: Manners) -> Fetcher {
    Fetcher::new(manners, Clock::system()).unwrap()
}

async fn get(fetcher: &Fetcher, url: &str) -> Result<(), FetchError> {
    let url = Url::parse(url).unwrap();
    fetcher.for_address(&url).get(&url, &Validators::default()).await.map(drop)
}

#[tokio::test]
async fn no_hostile_address_is_asked_by_itself() {
    let fetcher = fetcher(polite(&[]));
    for host in HOSTILE {
        for scheme in ["http", "https"] {
            let refused = get(&fetcher, &format!("{scheme}://{host}/latest/meta-data/")).await;
            assert!(matches!(refused, Err(FetchError::Private { .. })), "{scheme}://{host}: {refused:?}");
        }
    }
}

#[tokio::test]
async fn no_redirect_leads_to_a_hostile_address() {
    let site = FakeSite::start().await;
    // Only this one address may be asked, so that the first hop works and every other network stays shut.
    let fetcher = fetcher(polite(&[&format!("{}/32", site.address.ip())]));
    let open = |host: &str| {
        let url = Url::parse(&format!("http://{host}/")).unwrap();
        matches!(url.host_str(), Some("127.0.0.1" | "[::ffff:7f00:1]"))
    };
    for host in HOSTILE.into_iter().filter(|host| !open(host)) {
        site.serve("/go", 302, &[("location", &format!("http://{}/x", ascii(host)))], "");
        let refused = get(&fetcher, &site.url("/go")).await;
        assert!(matches!(refused, Err(FetchError::Private { .. })), "{host}: {refused:?}");
    }
}

/// A header holds no letter outside Latin; browsers send such hosts percent-encoded.
fn ascii(host: &str) -> String {
    host.chars().map(|c| if c.is_ascii() { c.to_string() } else { percent(c) }).collect()
}

fn percent(c: char) -> String {
    c.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn no_redirect_leads_out_of_the_web_or_to_a_strange_port() {
    let (site, other) = (FakeSite::start().await, FakeSite::start().await);
    other.page("/", "bí mật");
    let fetcher = fetcher(Manners { allow_private: true, ..polite(&[]) });
    for target in ["file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/", "javascript:1", "data:text/html,x"]
    {
        site.serve("/go", 301, &[("location", target)], "");
        let refused = get(&fetcher, &site.url("/go")).await;
        assert!(matches!(refused, Err(FetchError::Redirect { .. })), "{target}: {refused:?}");
    }
    for target in [other.url("/"), "http://127.0.0.1:6379/".to_owned(), "http://example.com:22/".to_owned()] {
        site.serve("/go", 307, &[("location", &target)], "");
        let refused = get(&fetcher, &site.url("/go")).await;
        assert!(matches!(refused, Err(FetchError::Port { .. })), "{target}: {refused:?}");
    }
    assert!(other.all_asked().is_empty());
}

#[tokio::test]
async fn allow_private_opens_ones_own_networks_and_no_clouds_secrets() {
    let fetcher = fetcher(Manners {
        allow_private: true,
        connect_timeout: Duration::from_millis(50),
        timeout: Duration::from_millis(100),
        ..polite(&[])
    });
    for host in ["169.254.169.254", "169.254.170.2", "100.100.100.200", "[fd00:ec2::254]", "0.0.0.0", "224.0.0.1"] {
        let refused = get(&fetcher, &format!("http://{host}/")).await;
        assert!(matches!(refused, Err(FetchError::Private { .. })), "{host}: {refused:?}");
    }
    let site = FakeSite::start().await;
    site.page("/", "nội bộ");
    assert!(get(&fetcher, &site.url("/")).await.is_ok());
}

#[tokio::test]
async fn a_network_that_is_named_is_open_and_its_neighbours_are_not() {
    let site = FakeSite::start().await;
    site.page("/", "nội bộ");
    assert!(get(&fetcher(polite(&["127.0.0.0/30"])), &site.url("/")).await.is_ok());
    let refused = get(&fetcher(polite(&["127.0.0.8/30"])), &site.url("/")).await;
    assert!(matches!(refused, Err(FetchError::Private { .. })), "{refused:?}");
}

/// A name server that answers each time with the next of its answers, and with the last one ever after.
struct Fickle {
    answers: Vec<Vec<SocketAddr>>,
    asked: AtomicUsize,
    names: Mutex<Vec<String>>,
}

impl Fickle {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let answers = answers.iter().map(|ips| ips.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).collect());
        Arc::new(Self { answers: answers.collect(), asked: AtomicUsize::new(0), names: Mutex::default() })
    }
}

impl Resolve for Fickle {
    fn resolve(&self, name: Name) -> Resolving {
        self.names.lock().unwrap().push(name.as_str().to_owned());
        let at = self.asked.fetch_add(1, Ordering::SeqCst).min(self.answers.len() - 1);
        let found = self.answers[at].clone();
        Box::pin(async move { Ok(Box::new(found.into_iter()) as Addrs) })
    }
}

/// Two servers on one port: 127.0.0.1 plays the public Internet, 127.0.0.2 the machine behind the firewall.
async fn two_sides() -> (FakeSite, FakeSite) {
    loop {
        let outside = FakeSite::start().await;
        if let Some(inside) = FakeSite::at(&format!("127.0.0.2:{}", outside.address.port())).await {
            outside.serve("/", 200, &[("connection", "close")], "công khai");
            inside.page("/", "bí mật");
            return (outside, inside);
        }
    }
}

#[tokio::test]
async fn a_name_that_is_public_first_and_private_then_is_not_followed_inside() {
    let (outside, inside) = two_sides().await;
    let names = Fickle::new(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let fetcher = Fetcher::resolving_by(polite(&["127.0.0.1/32"]), Clock::system(), names.clone()).unwrap();
    let url = format!("http://bao.example:{}/", outside.address.port());
    assert!(get(&fetcher, &url).await.is_ok());
    let refused = get(&fetcher, &url).await.unwrap_err();
    assert!(matches!(refused, FetchError::Private { .. }), "{refused}");
    assert!(refused.to_string().contains("bao.example (127.0.0.2)"), "{refused}");
    assert_eq!((outside.all_asked().len(), inside.all_asked().len()), (1, 0));
    assert_eq!(*names.names.lock().unwrap(), ["bao.example", "bao.example"]);
}

#[tokio::test]
async fn of_a_name_with_public_and_private_addresses_only_the_public_ones_are_connected_to() {
    let (outside, inside) = two_sides().await;
    let names = Fickle::new(&[&["127.0.0.2", "127.0.0.1"]]);
    let fetcher = Fetcher::resolving_by(polite(&["127.0.0.1/32"]), Clock::system(), names).unwrap();
    for _ in 0..3 {
        assert!(get(&fetcher, &format!("http://bao.example:{}/", outside.address.port())).await.is_ok());
    }
    assert_eq!((outside.all_asked().len(), inside.all_asked().len()), (3, 0));
}

#[tokio::test]
async fn a_redirect_to_a_name_is_resolved_under_guard() {
    let (outside, inside) = two_sides().await;
    let port = outside.address.port();
    outside.serve("/go", 302, &[("location", &format!("http://noi-bo.example:{port}/"))], "");
    let names = Fickle::new(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let fetcher = Fetcher::resolving_by(polite(&["127.0.0.1/32"]), Clock::system(), names).unwrap();
    let refused = get(&fetcher, &format!("http://bao.example:{port}/go")).await;
    assert!(matches!(refused, Err(FetchError::Private { .. })), "{refused:?}");
    assert!(inside.all_asked().is_empty());
}

/// A feed source that logs in and sends a key.
fn secretive(site: &FakeSite, more: &str) -> String {
    let password = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(password.path(), "mật khẩu\n").unwrap();
    let path = password.keep().unwrap().1.display().to_string();
    format!(
        "[[source]]\nid = \"a\"\nfeed = \"{}\"\nfull_text = true\nuser_agent = \"Toa soan/1.0\"\n\
         headers = {{ \"X-Key\" = \"chia khoa\" }}\nauth = {{ user = \"toi\", password_file = \"{path}\" }}\n{more}",
        site.url("/rss")
    )
}

fn rss(link: &str) -> String {
    format!(
        "<rss version=\"2.0\"><channel><title>t</title><item><title>Một tin</title><link>{link}</link><description>Sáng nay, cầu thông xe.</description></item></channel></rss>"
    )
}

#[tokio::test]
async fn login_and_headers_go_to_the_sources_own_host_and_to_no_other() {
    let (site, inside) = two_sides().await;
    let port = site.address.port();
    site.serve("/rss", 200, &[], rss(&format!("http://127.0.0.2:{port}/1.html")));
    let daemon = TestDaemon::at("2026-08-24T03:00:00Z", &secretive(&site, "")).await;
    daemon.harvest("a").await;
    let own = site.all_asked();
    for asked in &own {
        assert_eq!(asked.headers["x-key"], "chia khoa");
        assert_eq!(asked.headers["authorization"], "Basic dG9pOm3huq10IGto4bqpdQ==");
        assert_eq!(asked.headers["user-agent"], "Toa soan/1.0");
    }
    assert_eq!(own.iter().map(|asked| asked.path.as_str()).collect::<Vec<_>>(), ["/robots.txt", "/rss"]);
    let others = inside.all_asked();
    assert!(!others.is_empty());
    // A redirect carries them along no more than a link does.
    site.serve("/rss", 302, &[("location", &format!("http://127.0.0.2:{port}/rss"))], "");
    daemon.harvest("a").await;
    for asked in others.into_iter().chain(inside.all_asked()) {
        assert!(!asked.headers.contains_key("x-key") && !asked.headers.contains_key("authorization"), "{asked:?}");
        assert_eq!(asked.headers["user-agent"], "Toa soan/1.0");
    }
}

#[tokio::test]
async fn secrets_are_shown_nowhere() {
    let site = FakeSite::start().await;
    site.serve("/rss", 500, &[], "");
    let proxied = "proxy = \"http://ai:bimat@127.0.0.1:1/\"\n";
    let daemon = TestDaemon::at("2026-08-24T03:00:00Z", &secretive(&site, proxied)).await;
    let report = daemon.harvest("a").await;
    assert!(report.failed_whole());
    let shown = format!("{:?} {report:?} {}", daemon.config, daemon.text("/status").await);
    for secret in ["chia khoa", "mật khẩu", "bimat"] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
}

#[tokio::test]
async fn a_source_is_read_through_its_proxy() {
    let proxy = FakeSite::start().await;
    let sources =
        format!("[[source]]\nid = \"a\"\nfeed = \"http://bao.example/rss\"\nproxy = \"http://{}\"\n", proxy.address);
    proxy.serve("/rss", 200, &[], rss("http://bao.example/1.html"));
    let daemon = TestDaemon::at("2026-08-24T03:00:00Z", &sources).await;
    let report = daemon.harvest("a").await;
    assert_eq!((report.new, report.trouble()), (1, None));
    assert_eq!(proxy.asked()[0].headers["host"], "bao.example");
}

/// What becomes of a word to a receiver whose name has these addresses, none when it is unknown here; through a proxy.
async fn told_through_a_proxy(receiver: &str, ips: &[&str]) -> (bool, usize) {
    let proxy = FakeSite::start().await;
    let through = Some(bantin::model::Secret::new(format!("http://{}", proxy.address)));
    let names: Arc<dyn Resolve> = if ips.is_empty() { Arc::new(Unknown) } else { Fickle::new(&[ips]) };
    let manners = Manners { proxy: through, ..polite(&[]) };
    let fetcher = Fetcher::resolving_by(manners, Clock::system(), names).unwrap();
    let url = Url::parse(receiver).unwrap();
    let told = fetcher.deliver(&url, reqwest::header::HeaderMap::new(), "tin".into()).await;
    let asked = fetcher.probe(&url, 100).await;
    assert_eq!(told.is_ok(), asked.is_ok(), "{told:?} {asked:?}");
    let refused = matches!(told, Err(FetchError::Private { .. }));
    assert!(refused || told.is_ok(), "{told:?}");
    (told.is_ok(), proxy.all_asked().len())
}

/// Knows no name.
struct Unknown;

impl Resolve for Unknown {
    fn resolve(&self, _: Name) -> Resolving {
        Box::pin(async { Err("no such name".into()) })
    }
}

#[tokio::test]
async fn a_receiver_inside_is_not_told_through_a_proxy_either() {
    for (receiver, ips) in [
        ("http://noi-bo.example/", vec!["10.0.0.5"]),
        ("http://hai.example/", vec!["8.8.8.8", "169.254.169.254"]),
        ("http://10.0.0.5/", vec![]),
        ("http://may-chu/", vec![]),
        ("http://localhost/", vec!["127.0.0.1"]),
    ] {
        assert_eq!(told_through_a_proxy(receiver, &ips).await, (false, 0), "{receiver}");
    }
    for ips in [vec!["8.8.8.8"], vec![]] {
        assert_eq!(told_through_a_proxy("http://doc-gia.example/", &ips).await, (true, 2));
    }
}
