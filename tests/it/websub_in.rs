//! Feeds that announce a hub (W3C `WebSub`): subscribed, confirmed, renewed, and read when the hub says so.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{RawForm, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use bantin::clock::Clock;
use bantin::config::Config;
use bantin::daemon::Daemon;
use bantin::model::{Secret, SourceId};
use bantin::schedule::Scheduler;
use bantin::server::{App, Door, listen};
use bantin::store::{Lease, SourceState};
use bantin::subscribe::{Subscriber, due, is_signed};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_util::sync::CancellationToken;
use url::{Url, form_urlencoded};

use crate::harness::{TestDaemon, client};

const MORNING: &str = "2026-08-24T03:00:00Z";

type Form = HashMap<String, String>;

/// A paper's feed and the hub that it announces, on one server.
#[derive(Clone, Default)]
struct Hub {
    address: Arc<Mutex<String>>,
    titles: Arc<Mutex<Vec<String>>>,
    reads: Arc<Mutex<usize>>,
    asked: Arc<Mutex<Vec<Form>>>,
    /// What callbacks answered to challenges: status and body.
    answers: Arc<Mutex<Vec<(u16, String)>>>,
}

impl Hub {
    async fn start(titles: &[&str]) -> Self {
        let hub = Self::default();
        hub.publish(titles);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        *hub.address.lock().unwrap() = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/rss", get(rss)).route("/hub", post(subscribe)).with_state(hub.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        hub
    }

    fn publish(&self, titles: &[&str]) {
        *self.titles.lock().unwrap() = titles.iter().map(|title| (*title).to_owned()).collect();
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address.lock().unwrap())
    }

    fn source(&self) -> String {
        format!(
            "[[source]]\nid = \"a\"\nfeed = \"{}\"\nschedule = \"0 0 1 1 *\"\nmax_interval = \"6h\"\n",
            self.url("/rss")
        )
    }

    fn last_asked(&self) -> Form {
        self.asked.lock().unwrap().last().unwrap().clone()
    }

    /// Tells the last subscriber of a change, signed with `key`.
    async fn push(&self, key: &str) -> u16 {
        push(&self.last_asked()["hub.callback"], key).await.status().as_u16()
    }
}

/// Tells a callback of a change, signed with `key`.
async fn push(callback: &str, key: &str) -> reqwest::Response {
    let body = b"<rss/>".to_vec();
    let mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).unwrap().chain_update(&body).finalize();
    let digits: String = mac.into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    client().post(callback).header("x-hub-signature", format!("sha256={digits}")).body(body).send().await.unwrap()
}

async fn rss(State(hub): State<Hub>) -> impl IntoResponse {
    *hub.reads.lock().unwrap() += 1;
    let item = |title: &String| {
        let link = form_urlencoded::byte_serialize(title.as_bytes()).collect::<String>();
        format!(
            "<item><title>{title}</title><link>https://bao.example/{link}</link><description>{title}, sáng nay.</description></item>"
        )
    };
    let items: String = hub.titles.lock().unwrap().iter().map(item).collect();
    format!(
        "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel><title>t</title>\
         <atom:link rel=\"hub\" href=\"{}\"/><atom:link rel=\"self\" href=\"{}\"/>{items}</channel></rss>",
        hub.url("/hub"),
        hub.url("/rss")
    )
}

/// Takes a subscription and confirms it, while the subscriber waits for the answer.
async fn subscribe(State(hub): State<Hub>, RawForm(form): RawForm) -> StatusCode {
    let form: Form = form_urlencoded::parse(&form).into_owned().collect();
    hub.asked.lock().unwrap().push(form.clone());
    let answer = challenge(&form["hub.callback"], &form["hub.topic"]).await;
    hub.answers.lock().unwrap().push(answer);
    StatusCode::ACCEPTED
}

async fn challenge(callback: &str, topic: &str) -> (u16, String) {
    let mut url = Url::parse(callback).unwrap();
    url.query_pairs_mut()
        .append_pair("hub.mode", "subscribe")
        .append_pair("hub.topic", topic)
        .append_pair("hub.challenge", "thử thách")
        .append_pair("hub.lease_seconds", "864000");
    let answer = client().get(url).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

fn a() -> SourceId {
    SourceId::parse("a").unwrap()
}

fn state(daemon: &TestDaemon) -> SourceState {
    daemon.harvester.store.source(&a()).unwrap()
}

/// Does what the schedule does: reads the feed, and sees to its subscription.
async fn read_and_tend(daemon: &TestDaemon, site: &str) {
    daemon.scheduled("a").await;
    let harvester = daemon.harvester.clone();
    let subscriber = Subscriber { fetcher: harvester.fetcher, store: harvester.store, clock: harvester.clock };
    subscriber.tend(&daemon.config.sources[0], &Url::parse(site).unwrap()).await;
}

async fn subscribed(hub: &Hub) -> TestDaemon {
    let daemon = TestDaemon::at(MORNING, &hub.source()).await;
    read_and_tend(&daemon, &format!("http://{}/", daemon.address)).await;
    daemon
}

#[tokio::test]
async fn a_feed_that_announces_a_hub_is_subscribed_and_the_subscription_confirmed() {
    let hub = Hub::start(&["Một tin"]).await;
    let daemon = subscribed(&hub).await;
    let asked = hub.last_asked();
    assert_eq!((asked["hub.mode"].as_str(), &asked["hub.topic"]), ("subscribe", &hub.url("/rss")));
    assert!(asked["hub.callback"].starts_with(&format!("http://{}/websub/a/", daemon.address)), "{asked:?}");
    assert!(asked["hub.secret"].len() == 64 && asked["hub.lease_seconds"] == "604800", "{asked:?}");
    assert_eq!(*hub.answers.lock().unwrap(), [(200, "thử thách".to_owned())]);
    let lease = state(&daemon).lease.unwrap();
    assert_eq!(lease.until, Some(MORNING.parse::<DateTime<Utc>>().unwrap() + TimeDelta::days(10)));
    let shown = format!("{lease:?} {}", daemon.text("/status").await);
    assert!(!shown.contains(&asked["hub.secret"]) && !shown.contains(lease.token.expose()), "{shown}");
}

#[tokio::test]
async fn a_lease_is_renewed_at_three_quarters_of_its_time_and_not_before() {
    let hub = Hub::start(&["Một tin"]).await;
    let daemon = subscribed(&hub).await;
    let site = format!("http://{}/", daemon.address);
    let first = hub.last_asked();
    for (days, times) in [(7, 1), (1, 2), (7, 2), (1, 3)] {
        daemon.later(TimeDelta::days(days));
        read_and_tend(&daemon, &site).await;
        assert_eq!(hub.asked.lock().unwrap().len(), times);
    }
    assert_eq!(hub.last_asked()["hub.callback"], first["hub.callback"], "a renewal keeps address and key");
    assert_eq!(hub.last_asked()["hub.secret"], first["hub.secret"]);
}

#[tokio::test]
async fn where_no_hub_can_reach_this_server_none_is_asked() {
    let hub = Hub::start(&["Một tin"]).await;
    let allow = "allow_private = false\nallow = [\"127.0.0.1/32\"]\n";
    let text = format!("[store]\npath = \"x\"\n[fetch]\nhost_gap = \"0s\"\n{allow}{}", hub.source());
    let config = Config::parse("feeds.toml", &text).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(bantin::store::SledStore::open(directory.path()).unwrap());
    let clock = Clock::fixed(MORNING.parse().unwrap());
    let harvester =
        bantin::daemon::harvester_over(&config, store.clone(), clock.clone(), CancellationToken::new()).unwrap();
    harvester.harvest(&config.sources[0], bantin::harvest::Recheck::Due, &|_, _| {}).await;
    let subscriber = Subscriber { fetcher: harvester.fetcher, store, clock };
    for private in ["http://localhost/", "http://10.0.0.1/", "http://may-chu/", "http://[::1]/", "http://a.localhost/"]
    {
        subscriber.tend(&config.sources[0], &Url::parse(private).unwrap()).await;
    }
    assert!(hub.asked.lock().unwrap().is_empty());
    subscriber.tend(&config.sources[0], &Url::parse("https://tin.example.vn/ban/").unwrap()).await;
    assert!(hub.last_asked()["hub.callback"].starts_with("https://tin.example.vn/ban/websub/a/"));
}

#[tokio::test]
async fn only_what_was_asked_for_is_confirmed_and_only_what_is_signed_is_heard() {
    let hub = Hub::start(&["Một tin"]).await;
    let daemon = subscribed(&hub).await;
    let (callback, secret) = (hub.last_asked()["hub.callback"].clone(), hub.last_asked()["hub.secret"].clone());
    assert_eq!(challenge(&callback, "https://other.example/rss").await.0, 404);
    let unknown = format!("http://{}/websub/a/{}", daemon.address, "0".repeat(64));
    assert_eq!(challenge(&unknown, &hub.url("/rss")).await.0, 404);
    let nobody = format!("http://{}/websub/nobody/x", daemon.address);
    assert_eq!(challenge(&nobody, &hub.url("/rss")).await.0, 404);
    assert_eq!(client().post(&unknown).body("x").send().await.unwrap().status(), 410);
    for key in ["", "another key"] {
        assert_eq!(hub.push(key).await, 202, "hubs learn nothing from the answer");
        assert_eq!(state(&daemon).outlook.pushed, None);
    }
    assert_eq!(client().post(&callback).body("x").send().await.unwrap().status(), 202, "no signature at all");
    assert_eq!(state(&daemon).outlook.pushed, None);
    assert_eq!(hub.push(&secret).await, 202);
    assert_eq!(state(&daemon).outlook.pushed, Some(MORNING.parse().unwrap()));
    // After the lease the callback is nobody's.
    daemon.later(TimeDelta::days(11));
    assert_eq!(hub.push(&secret).await, 410);
}

#[tokio::test]
async fn a_push_to_an_address_that_nobody_was_given_is_refused_before_its_body_comes() {
    let hub = Hub::start(&["Một tin"]).await;
    let daemon = subscribed(&hub).await;
    let mut stream = tokio::net::TcpStream::connect(daemon.address).await.unwrap();
    let head = "POST /websub/a/guessed HTTP/1.1\r\nhost: x\r\ncontent-length: 4000000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 410");
}

#[tokio::test]
async fn a_push_for_which_there_is_no_room_is_to_be_told_again() {
    let hub = Hub::start(&["Một tin"]).await;
    let daemon = subscribed(&hub).await;
    let (pushes, mut told) = tokio::sync::mpsc::channel(1);
    let (_config, config) = tokio::sync::watch::channel(Arc::new(daemon.config.clone()));
    let app = App::new(config, daemon.harvester.store.clone(), daemon.clock.clone(), pushes);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(listen(listener, Door::new(app, Router::new()), CancellationToken::new()));
    let callback = hub.last_asked()["hub.callback"].replace(&daemon.address.to_string(), &address);
    let secret = hub.last_asked()["hub.secret"].clone();
    assert_eq!(push(&callback, &secret).await.status(), 202);
    let refused = push(&callback, &secret).await;
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (503, &"60".parse().unwrap()));
    assert_eq!(told.recv().await, Some(a()));
    assert_eq!(push(&callback, &secret).await.status(), 202);
}

#[tokio::test]
async fn polling_slows_down_while_pushes_come_and_resumes_when_a_story_was_not_told() {
    let hub = Hub::start(&["Một tin"]).await;
    let daemon = subscribed(&hub).await;
    let secret = hub.last_asked()["hub.secret"].clone();
    let source = bantin::model::Source { cadence: bantin::model::Cadence::Auto, ..daemon.config.sources[0].clone() };
    let gap = || {
        let now = daemon.clock.now();
        bantin::cadence::next_run(&source, 0, &state(&daemon).outlook, now).unwrap() - now
    };
    assert!(gap() < TimeDelta::hours(1));
    daemon.later(TimeDelta::minutes(10));
    hub.publish(&["Một tin", "Hai tin"]);
    hub.push(&secret).await;
    assert_eq!(daemon.scheduled("a").await.new, 1);
    assert_eq!(gap(), TimeDelta::hours(6), "the hub tells");
    daemon.later(TimeDelta::hours(6));
    daemon.scheduled("a").await;
    assert_eq!(gap(), TimeDelta::hours(6), "there was nothing to tell");
    hub.publish(&["Một tin", "Hai tin", "Ba tin"]);
    daemon.later(TimeDelta::hours(6));
    assert_eq!(daemon.scheduled("a").await.new, 1);
    assert!(gap() < TimeDelta::hours(1), "the hub did not tell");
}

/// An address that nobody listens on.
fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..1_000 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never: {what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_story_that_a_hub_tells_of_is_published_at_once_by_the_running_daemon() {
    let hub = Hub::start(&["Một tin"]).await;
    let (directory, port) = (tempfile::tempdir().unwrap(), free_port());
    let text = format!(
        "[site]\nurl = \"http://127.0.0.1:{port}/\"\n[server]\nlisten = \"127.0.0.1:{port}\"\n[store]\npath = {:?}\n\
         [fetch]\nhost_gap = \"0s\"\nallow_private = true\n{}",
        directory.path().to_str().unwrap(),
        hub.source()
    );
    let config = Config::parse("feeds.toml", &text).unwrap_or_else(|error| panic!("{error}"));
    let stop = CancellationToken::new();
    let daemon = Daemon::build(config, None, Clock::system(), stop.clone()).await.unwrap();
    let running = tokio::spawn(daemon.run());
    until("the subscription is confirmed", async || hub.answers.lock().unwrap().len() == 1).await;
    // The schedule comes once a year: what is read now is read because the hub says so.
    hub.publish(&["Một tin", "Tin mới"]);
    let secret = hub.last_asked()["hub.secret"].clone();
    until("the hub is heard", async || hub.push(&secret).await == 202).await;
    let feed = format!("http://127.0.0.1:{port}/feed.json");
    until("the story is published", async || {
        client().get(&feed).send().await.unwrap().text().await.unwrap().contains("Tin mới")
    })
    .await;
    assert!(*hub.reads.lock().unwrap() >= 2);
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_a_hub_told_before_a_restart_is_read_after_it() {
    let hub = Hub::start(&["Một tin"]).await;
    let daemon = subscribed(&hub).await;
    daemon.later(TimeDelta::minutes(10));
    hub.publish(&["Một tin", "Tin mới"]);
    assert_eq!(hub.push(&hub.last_asked()["hub.secret"]).await, 202);
    let daemon = daemon.restart("", &hub.source()).await;
    assert_eq!(daemon.titles("/feed.json").await, ["Một tin"]);
    let (_config, config) = tokio::sync::watch::channel(Arc::new(daemon.config.clone()));
    let (_pushes, pushes) = tokio::sync::mpsc::channel(1);
    let (scheduler, _pulse) = Scheduler::new(daemon.harvester.clone(), config, pushes);
    let scheduler = tokio::spawn(scheduler.run());
    until("the story is published", async || daemon.titles("/feed.json").await.len() == 2).await;
    daemon.harvester.stop.cancel();
    scheduler.await.unwrap();
}

#[test]
fn a_signature_is_read_in_each_method_and_in_no_other() {
    // RFC 4231 §4.3 and RFC 2202: key "Jefe", data "what do ya want for nothing?".
    let (key, data) = (Secret::new("Jefe".to_owned()), b"what do ya want for nothing?");
    let signed = |signature: &str| is_signed(&key, signature, data);
    assert!(signed("sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"));
    assert!(signed("sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
    assert!(signed("sha256=5BDCC146BF60754E6A042426089575C75A003F089D2739839DEC58B964EC3843"));
    assert!(signed(
        "sha384=af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"
    ));
    assert!(signed(
        "sha512=164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
    ));
    for wrong in [
        "",
        "sha256",
        "sha256=",
        "sha256=5bdc",
        "sha256=zz",
        "sha256=5",
        "md5=750c783e6ab0b503eaa86e310a5db738",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3844",
    ] {
        assert!(!signed(wrong), "{wrong}");
    }
}

#[test]
fn a_question_without_an_answer_is_repeated_after_hours() {
    let asked: DateTime<Utc> = MORNING.parse().unwrap();
    let url = Url::parse("https://hub.example/").unwrap();
    let secret = Secret::new("x".to_owned());
    let lease = Lease { hub: url.clone(), topic: url, token: secret.clone(), secret, asked, until: None };
    assert_eq!(due(&lease), asked + TimeDelta::hours(6));
    assert_eq!(due(&Lease { until: Some(asked + TimeDelta::days(4)), ..lease }), asked + TimeDelta::days(3));
}
