//! A WebSub hub for the site's own feeds (<https://www.w3.org/TR/websub/>), and news for hubs elsewhere: who has
//! subscribed gets a feed within a second of its change.

mod ask;
mod deliver;
mod topic;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::post;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use url::Url;

use self::ask::Wish;
use self::deliver::Outcome;
use self::topic::Topics;
use crate::clock::Clock;
use crate::config::Config;
use crate::fetch::Fetcher;
use crate::store::{Store, StoreError, Subscription};

/// Subscriptions kept at once.
pub const SUBSCRIPTIONS_MAX: usize = 10_000;
/// A request to subscribe.
const FORM_BYTES_MAX: usize = 16 << 10;
/// Requests that wait to be verified.
const WISHES_MAX: usize = 64;
/// Requests to others at once: verifications and deliveries.
const REQUESTS_MAX: usize = 64;
/// Deliveries in a row that fail before a subscriber counts as dead; with the waits between, some four hours.
pub const FAILURES_MAX: u32 = 12;
/// The wait after a first failure, doubled with each further one.
const RETRY_MIN: TimeDelta = TimeDelta::seconds(5);
const RETRY_MAX: TimeDelta = TimeDelta::hours(1);
/// How often the clock is looked at while somebody who could not be told waits for the next try, or nobody could be.
const LOOK: Duration = Duration::from_millis(500);
/// And while nobody does: leases end.
const LOOK_IDLE: Duration = Duration::from_secs(60);

/// A subscription's topic and callback.
type Key = (String, String);

/// What came of a request to another server.
enum Done {
    Verified(Wish),
    Refused,
    Delivered(Key, [u8; 16], Outcome),
    Told(Url, [u8; 16], Outcome),
}

/// A hub elsewhere: what it was told last, and how that went.
#[derive(Default)]
struct Elsewhere {
    told: Option<[u8; 16]>,
    failures: u32,
    not_before: DateTime<Utc>,
    busy: bool,
}

/// What the address of the hub and its loop share.
#[derive(Clone)]
struct Desk {
    config: watch::Receiver<Arc<Config>>,
    store: Arc<dyn Store>,
    fetcher: Fetcher,
    clock: Clock,
    wishes: mpsc::Sender<Wish>,
    count: Arc<AtomicUsize>,
}

/// The hub's loop.
pub struct Hub {
    desk: Desk,
    topics: Topics,
    wishes: mpsc::Receiver<Wish>,
    subscriptions: HashMap<Key, Subscription>,
    /// Subscriptions that a delivery is under way to.
    busy: HashSet<Key>,
    elsewhere: HashMap<Url, Elsewhere>,
    running: JoinSet<Done>,
    stop: CancellationToken,
}

impl Hub {
    /// The hub and the address at which it takes subscriptions.
    ///
    /// # Errors
    /// When the subscriptions of before cannot be read.
    pub fn new(
        config: watch::Receiver<Arc<Config>>,
        store: Arc<dyn Store>,
        fetcher: Fetcher,
        clock: Clock,
        stop: CancellationToken,
    ) -> Result<(Self, Router), StoreError> {
        let (sender, wishes) = mpsc::channel(WISHES_MAX);
        let kept = store.subscriptions()?.into_iter().map(|one| ((one.topic.clone(), one.callback.clone()), one));
        let subscriptions: HashMap<Key, Subscription> = kept.collect();
        let count = Arc::new(AtomicUsize::new(subscriptions.len()));
        let topics = Topics::new(config.clone(), store.clone(), clock.clone());
        let desk = Desk { config, store, fetcher, clock, wishes: sender, count };
        let limit = DefaultBodyLimit::max(FORM_BYTES_MAX);
        let router = Router::new().route("/hub", post(ask::ask)).layer(limit).with_state(desk.clone());
        let (busy, elsewhere, running) = (HashSet::new(), HashMap::new(), JoinSet::new());
        Ok((Self { desk, topics, wishes, subscriptions, busy, elsewhere, running, stop }, router))
    }

    /// Takes subscriptions and sends what has changed, until told to stop.
    pub async fn run(mut self) {
        let stop = self.stop.clone();
        let (mut changes, mut config) = (self.desk.store.changes(), self.desk.config.clone());
        while !stop.is_cancelled() {
            changes.mark_unchanged();
            config.mark_unchanged();
            let started = self.start_due().await;
            if let Err(error) = &started {
                tracing::error!(%error, "subscribers could not be told");
            }
            let room = self.running.len() < REQUESTS_MAX;
            let look = if started.is_err() || self.has_failed() { LOOK } else { LOOK_IDLE };
            tokio::select! {
                () = stop.cancelled() => {}
                Ok(()) = changes.changed() => {}
                Ok(()) = config.changed() => {}
                Some(wish) = self.wishes.recv(), if room => self.verify(wish),
                Some(done) = self.running.join_next() => {
                    match done.map(|done| self.settle(done)) {
                        Ok(Ok(())) => {}
                        Ok(Err(error)) => tracing::error!(%error, "a subscription could not be kept"),
                        // A fault of this program; its subscriber is told again after the next start.
                        Err(error) => tracing::error!(%error, "a request to a subscriber broke off"),
                    }
                }
                () = tokio::time::sleep(look) => {}
            }
        }
    }

    /// Whether somebody could not be told and waits for the next try.
    fn has_failed(&self) -> bool {
        self.subscriptions.values().any(|one| one.failures > 0) || self.elsewhere.values().any(|hub| hub.failures > 0)
    }

    fn verify(&mut self, wish: Wish) {
        let fetcher = self.desk.fetcher.clone();
        self.running.spawn(async move {
            if deliver::verify(&fetcher, &wish).await { Done::Verified(wish) } else { Done::Refused }
        });
    }

    /// Lets go of what has ended and starts every delivery whose time has come.
    async fn start_due(&mut self) -> Result<(), StoreError> {
        let now = self.desk.clock.now();
        let ended: Vec<Key> = self.subscriptions.values().filter(|one| one.until <= now).map(key).collect();
        for key in ended {
            self.forget(&key, "its lease has ended")?;
        }
        let hubs = self.desk.config.borrow().site.hubs.clone();
        self.elsewhere.retain(|hub, _| hubs.contains(hub));
        let names = self.subscriptions.keys().map(|(topic, _)| topic.clone());
        self.topics.refresh(names.collect(), !hubs.is_empty()).await?;
        for hub in hubs {
            self.tell(hub, now);
        }
        let due: Vec<Key> = self.subscriptions.values().filter(|one| one.not_before <= now).map(key).collect();
        for key in due {
            if self.running.len() >= REQUESTS_MAX {
                break;
            }
            let subscription = &self.subscriptions[&key];
            let Some(content) = self.topics.get(&key.0).filter(|content| content.hash != subscription.delivered) else {
                continue;
            };
            if self.busy.insert(key.clone()) {
                let (fetcher, subscription) = (self.desk.fetcher.clone(), subscription.clone());
                let hub = topic::hub_address(&self.desk.config.borrow().site);
                self.running.spawn(async move {
                    let outcome = deliver::deliver(&fetcher, &subscription, &content, &hub).await;
                    Done::Delivered(key, content.hash, outcome)
                });
            }
        }
        Ok(())
    }

    /// Tells a hub elsewhere that the whole feeds have changed, when they have.
    fn tell(&mut self, hub: Url, now: DateTime<Utc>) {
        let Some(hash) = self.topics.whole() else { return };
        let state = self.elsewhere.entry(hub.clone()).or_default();
        if state.busy || state.told == Some(hash) || state.not_before > now {
            return;
        }
        state.busy = true;
        let (fetcher, site) = (self.desk.fetcher.clone(), self.desk.config.borrow().site.url.clone());
        self.running.spawn(async move {
            let outcome = deliver::tell(&fetcher, &hub, &site).await;
            Done::Told(hub, hash, outcome)
        });
    }

    fn settle(&mut self, done: Done) -> Result<(), StoreError> {
        let now = self.desk.clock.now();
        match done {
            Done::Refused => Ok(()),
            Done::Verified(wish) => self.keep(wish, now),
            Done::Told(hub, hash, outcome) => {
                let Some(state) = self.elsewhere.get_mut(&hub) else { return Ok(()) };
                state.busy = false;
                if let Outcome::Failed(reason) = outcome {
                    state.failures = state.failures.saturating_add(1);
                    state.not_before = now + retry_after(state.failures);
                    tracing::warn!(hub.address = %hub, hub.failures = state.failures, error = reason, "hub not told");
                } else {
                    *state = Elsewhere { told: Some(hash), ..Elsewhere::default() };
                }
                Ok(())
            }
            Done::Delivered(key, hash, outcome) => self.delivered(&key, hash, outcome, now),
        }
    }

    fn delivered(&mut self, key: &Key, hash: [u8; 16], outcome: Outcome, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.busy.remove(key);
        metrics::counter!("bantin_hub_deliveries_total", "result" => outcome.word()).increment(1);
        // It may have been given up while the delivery was under way.
        let Some(subscription) = self.subscriptions.get_mut(key) else { return Ok(()) };
        match outcome {
            Outcome::Taken => {
                subscription.delivered = hash;
                subscription.failures = 0;
            }
            Outcome::Gone => return self.forget(key, "it is gone (410)"),
            Outcome::Failed(reason) => {
                subscription.failures += 1;
                subscription.not_before = now + retry_after(subscription.failures);
                tracing::debug!(subscription.callback = key.1, error = reason, "delivery failed");
                if subscription.failures >= FAILURES_MAX {
                    return self.forget(key, "it does not answer");
                }
            }
        }
        self.desk.store.set_subscription(subscription)
    }

    fn keep(&mut self, wish: Wish, now: DateTime<Utc>) -> Result<(), StoreError> {
        let key = (wish.topic, wish.callback.into());
        let Some(lease) = wish.lease else {
            return self.forget(&key, "it was given up");
        };
        let known = self.subscriptions.get(&key);
        if known.is_none() && self.subscriptions.len() >= SUBSCRIPTIONS_MAX {
            return Ok(());
        }
        let subscription = Subscription {
            topic: key.0.clone(),
            callback: key.1.clone(),
            secret: wish.secret,
            until: now + lease,
            delivered: known.map_or(wish.has, |known| known.delivered),
            failures: 0,
            not_before: now,
        };
        self.desk.store.set_subscription(&subscription)?;
        tracing::info!(subscription.topic = key.0, subscription.callback = key.1, "subscribed");
        self.subscriptions.insert(key, subscription);
        self.recount();
        Ok(())
    }

    fn forget(&mut self, key: &Key, why: &str) -> Result<(), StoreError> {
        if self.subscriptions.remove(key).is_some() {
            self.desk.store.drop_subscription(&key.0, &key.1)?;
            tracing::info!(subscription.topic = key.0, subscription.callback = key.1, why, "subscription ended");
            self.recount();
        }
        Ok(())
    }

    fn recount(&self) {
        self.desk.count.store(self.subscriptions.len(), Ordering::Relaxed);
    }
}

fn key(subscription: &Subscription) -> Key {
    (subscription.topic.clone(), subscription.callback.clone())
}

/// How long to wait after so many failures in a row.
fn retry_after(failures: u32) -> TimeDelta {
    (RETRY_MIN * (1 << failures.saturating_sub(1).min(16))).min(RETRY_MAX)
}
