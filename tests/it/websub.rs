//! WebSub from end to end over HTTP: subscribers, the hub, hubs elsewhere.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bantin::clock::Clock;
use bantin::hub::FAILURES_MAX;
use bantin::store::Subscription;
use chrono::TimeDelta;
use hmac::{Hmac, KeyInit, Mac};
use tokio::sync::mpsc;

use crate::harness::{FakeSite, TestDaemon, article, client, listing, source};

/// Longer than anything here takes; it ends a test that waits in vain.
const PATIENCE: Duration = Duration::from_secs(20);
/// What the site calls itself unless it is told otherwise.
const SITE: &str = "http://127.0.0.1:8080";

type Pairs = Vec<(String, String)>;

/// A server that subscribes.
struct Subscriber {
    callback: String,
    desk: Desk,
    deliveries: mpsc::UnboundedReceiver<(HeaderMap, Bytes)>,
    questions: mpsc::UnboundedReceiver<Pairs>,
}

#[derive(Clone)]
struct Desk {
    answer: Arc<Mutex<Option<String>>>,
    status: Arc<AtomicU16>,
    delivered: mpsc::UnboundedSender<(HeaderMap, Bytes)>,
    asked: mpsc::UnboundedSender<Pairs>,
}

impl Subscriber {
    async fn start() -> Self {
        let ((delivered, deliveries), (asked, questions)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
        let desk = Desk { answer: Arc::default(), status: Arc::new(AtomicU16::new(204)), delivered, asked };
        let router = Router::new().route("/", get(question).post(delivery)).with_state(desk.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let callback = format!("http://{}/?own=1", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { callback, desk, deliveries, questions }
    }

    /// From now on the challenge is answered with this instead of itself.
    fn answers(&self, text: &str) {
        *self.desk.answer.lock().unwrap() = Some(text.to_owned());
    }

    fn takes_deliveries_with(&self, status: u16) {
        self.desk.status.store(status, Ordering::SeqCst);
    }

    async fn question(&mut self) -> Pairs {
        tokio::time::timeout(PATIENCE, self.questions.recv()).await.expect("a question").unwrap()
    }

    async fn delivery(&mut self) -> (HeaderMap, Bytes) {
        tokio::time::timeout(PATIENCE, self.deliveries.recv()).await.expect("a delivery").unwrap()
    }

    /// Asks the hub; the status of its answer and its words.
    async fn asks(&self, daemon: &TestDaemon, mode: &str, rest: &[(&str, &str)]) -> (u16, String) {
        let mut form = vec![("hub.mode", mode), ("hub.callback", self.callback.as_str())];
        form.extend_from_slice(rest);
        ask(daemon, &form).await
    }

    /// Subscribes to the feed of everything and waits until the hub has asked back.
    async fn subscribes(&mut self, daemon: &TestDaemon, more: &[(&str, &str)]) -> Pairs {
        let topic = format!("{SITE}/feed.atom");
        let all: Vec<(&str, &str)> = [("hub.topic", topic.as_str())].into_iter().chain(more.iter().copied()).collect();
        assert_eq!(self.asks(daemon, "subscribe", &all).await.0, 202);
        let question = self.question().await;
        kept(daemon, 1).await;
        question
    }
}

async fn ask(daemon: &TestDaemon, form: &[(&str, &str)]) -> (u16, String) {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = client().post(format!("http://{}/hub", daemon.address)).body(body);
    let answer = request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn question(State(desk): State<Desk>, Query(pairs): Query<Pairs>) -> String {
    let challenge = pairs.iter().find(|(key, _)| key == "hub.challenge").map(|(_, value)| value.clone());
    let answer = desk.answer.lock().unwrap().clone();
    desk.asked.send(pairs).unwrap();
    answer.or(challenge).unwrap()
}

async fn delivery(State(desk): State<Desk>, headers: HeaderMap, body: Bytes) -> Response {
    desk.delivered.send((headers, body)).unwrap();
    StatusCode::from_u16(desk.status.load(Ordering::SeqCst)).unwrap().into_response()
}

/// Waits until the store's subscriptions are as wanted.
async fn until(what: &str, daemon: &TestDaemon, wanted: impl Fn(&[Subscription]) -> bool) {
    let store = daemon.harvester.store.clone();
    let reached = async {
        while !wanted(&store.subscriptions().unwrap()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, reached).await.unwrap_or_else(|_| panic!("{what}"));
}

async fn kept(daemon: &TestDaemon, count: usize) {
    until("the right number of subscriptions", daemon, |kept| kept.len() == count).await;
}

fn value<'a>(pairs: &'a Pairs, key: &str) -> &'a str {
    pairs.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value)
}

fn publish(site: &FakeSite, stories: usize) {
    let paths: Vec<(String, String)> = (0..stories).map(|n| (format!("/{n}.html"), format!("Tin số {n}"))).collect();
    site.page("/", listing(&paths.iter().map(|(path, title)| (path.as_str(), title.as_str())).collect::<Vec<_>>()));
    for (n, (path, title)) in paths.iter().enumerate() {
        site.page(path, article(title, &format!("10:{n:02}, 24/08/2026"), &format!("Dẫn {n}."), &[title]));
    }
}

async fn paper() -> (FakeSite, TestDaemon) {
    let site = FakeSite::start().await;
    publish(&site, 1);
    let daemon = TestDaemon::at("2026-08-24T05:00:00Z", &source("bao", &site)).await;
    daemon.harvest("bao").await;
    (site, daemon)
}

#[tokio::test]
async fn a_subscriber_gets_each_new_story_signed_with_its_secret() {
    let (site, daemon) = paper().await;
    let mut reader = Subscriber::start().await;
    let question = reader.subscribes(&daemon, &[("hub.secret", "bí mật"), ("hub.lease_seconds", "3600")]).await;
    assert_eq!((value(&question, "own"), value(&question, "hub.mode")), ("1", "subscribe"));
    assert_eq!(value(&question, "hub.topic"), format!("{SITE}/feed.atom"));
    assert_eq!(value(&question, "hub.lease_seconds"), "3600");
    publish(&site, 2);
    daemon.harvest("bao").await;
    let admitted = std::time::Instant::now();
    let (headers, body) = reader.delivery().await;
    assert!(admitted.elapsed() < Duration::from_secs(1), "within a second of being admitted");
    assert_eq!(body, daemon.get("/feed.atom").await.bytes().await.unwrap(), "the feed as everyone gets it");
    assert_eq!(headers["content-type"], "application/atom+xml; charset=utf-8");
    assert_eq!(headers["link"], format!("<{SITE}/hub>; rel=\"hub\", <{SITE}/feed.atom>; rel=\"self\""));
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice("bí mật".as_bytes()).unwrap();
    mac.update(&body);
    let digits = headers["x-hub-signature"].to_str().unwrap().strip_prefix("sha256=").unwrap();
    let signed: Vec<u8> = (0..32).map(|n| u8::from_str_radix(&digits[n * 2..n * 2 + 2], 16).unwrap()).collect();
    mac.verify_slice(&signed).unwrap();
}

#[tokio::test]
async fn what_nobody_confirms_is_no_subscription() {
    let (site, daemon) = paper().await;
    let mut reader = Subscriber::start().await;
    reader.answers("something else");
    let topic = format!("{SITE}/feed.xml");
    assert_eq!(reader.asks(&daemon, "subscribe", &[("hub.topic", &topic)]).await.0, 202);
    reader.question().await;
    let mut honest = Subscriber::start().await;
    honest.subscribes(&daemon, &[]).await;
    publish(&site, 2);
    daemon.harvest("bao").await;
    honest.delivery().await;
    assert!(reader.deliveries.try_recv().is_err());
    kept(&daemon, 1).await;
}

#[tokio::test]
async fn a_lease_ends_unless_it_is_renewed() {
    let (site, daemon) = paper().await;
    let (mut brief, mut lasting) = (Subscriber::start().await, Subscriber::start().await);
    brief.subscribes(&daemon, &[("hub.lease_seconds", "60")]).await;
    let topic = format!("{SITE}/feed.atom");
    lasting.asks(&daemon, "subscribe", &[("hub.topic", &topic), ("hub.lease_seconds", "86400")]).await;
    kept(&daemon, 2).await;
    daemon.later(TimeDelta::seconds(61));
    publish(&site, 2);
    daemon.harvest("bao").await;
    lasting.delivery().await;
    kept(&daemon, 1).await;
    assert!(brief.deliveries.try_recv().is_err());
}

#[tokio::test]
async fn who_unsubscribes_gets_nothing_more() {
    let (_site, daemon) = paper().await;
    let mut reader = Subscriber::start().await;
    reader.subscribes(&daemon, &[]).await;
    let topic = format!("{SITE}/feed.atom");
    assert_eq!(reader.asks(&daemon, "unsubscribe", &[("hub.topic", &topic)]).await.0, 202);
    assert_eq!(value(&reader.question().await, "hub.mode"), "unsubscribe");
    kept(&daemon, 0).await;
}

#[tokio::test]
async fn a_delivery_that_failed_is_tried_again_and_a_dead_subscriber_is_dropped() {
    let (site, daemon) = paper().await;
    let mut reader = Subscriber::start().await;
    reader.subscribes(&daemon, &[("hub.lease_seconds", "7776000")]).await;
    reader.takes_deliveries_with(503);
    publish(&site, 2);
    daemon.harvest("bao").await;
    let (_, first) = reader.delivery().await;
    for failed in 1..FAILURES_MAX {
        until("the failure is noted", &daemon, |kept| kept[0].failures == failed).await;
        daemon.later(TimeDelta::hours(1));
        assert_eq!(reader.delivery().await.1, first, "the same news once more");
    }
    kept(&daemon, 0).await;
}

#[tokio::test]
async fn a_subscriber_that_is_gone_is_dropped_at_once() {
    let (site, daemon) = paper().await;
    let mut reader = Subscriber::start().await;
    reader.subscribes(&daemon, &[]).await;
    reader.takes_deliveries_with(410);
    publish(&site, 2);
    daemon.harvest("bao").await;
    reader.delivery().await;
    kept(&daemon, 0).await;
}

#[tokio::test]
async fn subscriptions_outlive_a_restart_and_miss_nothing() {
    let (site, daemon) = paper().await;
    let mut reader = Subscriber::start().await;
    reader.subscribes(&daemon, &[]).await;
    reader.takes_deliveries_with(500);
    publish(&site, 2);
    daemon.harvest("bao").await;
    reader.delivery().await;
    reader.takes_deliveries_with(200);
    daemon.later(TimeDelta::hours(1));
    let daemon = daemon.restart("", &source("bao", &site)).await;
    let (_, body) = reader.delivery().await;
    assert!(String::from_utf8(body.to_vec()).unwrap().contains("Tin số 1"));
    kept(&daemon, 1).await;
}

#[tokio::test]
async fn private_callbacks_and_foreign_topics_are_refused() {
    let site = FakeSite::start().await;
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let clock = Clock::fixed("2026-08-24T05:00:00Z".parse().unwrap());
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\n[store]\npath = {:?}\n{}",
        directory.path().join("store").to_str().unwrap(),
        source("bao", &site)
    );
    let daemon = TestDaemon::of(&text, directory, clock).await;
    let topic = format!("{SITE}/feed.xml");
    for callback in [
        "http://127.0.0.1:9/x",
        "http://10.0.0.1/",
        "http://[::1]/",
        "http://169.254.169.254/latest",
        "http://[::ffff:10.0.0.1]/",
    ] {
        let form = [("hub.mode", "subscribe"), ("hub.topic", topic.as_str()), ("hub.callback", callback)];
        let (status, words) = ask(&daemon, &form).await;
        assert_eq!(status, 400, "{callback}");
        assert!(words.contains("is no public address"), "{words}");
    }
    for (name, form) in [
        ("hub.mode", vec![("hub.topic", topic.as_str()), ("hub.callback", "https://a.example/")]),
        ("hub.mode", vec![("hub.mode", "publish"), ("hub.callback", "https://a.example/")]),
        ("hub.callback", vec![("hub.mode", "subscribe"), ("hub.topic", topic.as_str())]),
        (
            "hub.callback",
            vec![("hub.mode", "subscribe"), ("hub.topic", topic.as_str()), ("hub.callback", "ftp://a.example/")],
        ),
        (
            "hub.lease_seconds",
            vec![
                ("hub.mode", "subscribe"),
                ("hub.topic", topic.as_str()),
                ("hub.callback", "https://a.example/"),
                ("hub.lease_seconds", "soon"),
            ],
        ),
        ("hub.topic", vec![("hub.mode", "subscribe"), ("hub.callback", "https://a.example/")]),
    ] {
        let (status, words) = ask(&daemon, &form).await;
        assert_eq!(status, 400, "{form:?}");
        assert!(words.contains(name), "{words}");
    }
    for topic in [
        "https://khac.example/feed.xml",
        "http://127.0.0.1:8080/feed.xml?q=x",
        "http://127.0.0.1:8080/sources/nobody/feed.xml",
        "http://127.0.0.1:8080/provinces/KHANH--hoa/feed.xml",
        "http://127.0.0.1:8080/provinces/khanh!hoa/feed.xml",
    ] {
        let form = [("hub.mode", "subscribe"), ("hub.topic", topic), ("hub.callback", "https://a.example/")];
        assert_eq!(ask(&daemon, &form).await.0, 404, "{topic}");
    }
}

#[tokio::test]
async fn hubs_elsewhere_are_told_and_asked_again_when_they_fail() {
    let site = FakeSite::start().await;
    publish(&site, 1);
    let mut hub = Subscriber::start().await;
    hub.takes_deliveries_with(500);
    let tables = format!("[site]\nhubs = [{:?}]\n", hub.callback);
    let clock = Clock::fixed("2026-08-24T05:00:00Z".parse().unwrap());
    let daemon = TestDaemon::over(Arc::new(tempfile::tempdir().unwrap()), clock, &tables, &source("bao", &site)).await;
    hub.delivery().await;
    hub.takes_deliveries_with(204);
    daemon.harvest("bao").await;
    let (headers, body) = loop {
        daemon.later(TimeDelta::minutes(1));
        if let Ok(told) = tokio::time::timeout(Duration::from_secs(1), hub.deliveries.recv()).await {
            break told.unwrap();
        }
    };
    assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
    let pairs: Pairs = url::form_urlencoded::parse(&body).into_owned().collect();
    assert_eq!(value(&pairs, "hub.mode"), "publish");
    let urls: Vec<&str> = pairs.iter().filter(|(key, _)| key == "hub.url").map(|(_, value)| value.as_str()).collect();
    assert_eq!(urls, ["feed.xml", "feed.atom", "feed.json"].map(|file| format!("{SITE}/{file}")));
    let feed = daemon.text("/feed.xml").await;
    assert!(feed.contains(&format!("<atom:link href=\"{}\" rel=\"hub\"/>", hub.callback)));
    assert!(!daemon.text("/sources/bao/feed.xml").await.contains(&hub.callback), "it is told of the whole feeds only");
}

#[tokio::test]
async fn a_site_without_a_hub_names_none() {
    let site = FakeSite::start().await;
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let clock = Clock::fixed("2026-08-24T05:00:00Z".parse().unwrap());
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\nhub = false\n[store]\npath = {:?}\n{}",
        directory.path().join("store").to_str().unwrap(),
        source("bao", &site)
    );
    let daemon = TestDaemon::of(&text, directory, clock).await;
    assert!(!daemon.text("/feed.xml").await.contains("rel=\"hub\""));
    let form = [("hub.mode", "subscribe"), ("hub.topic", SITE), ("hub.callback", "https://a.example/")];
    assert_eq!(ask(&daemon, &form).await.0, 404);
}
