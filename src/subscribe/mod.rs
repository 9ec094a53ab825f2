//! Feeds that tell when they change: subscriptions at their hubs (W3C `WebSub`), the subscriber's side.
//!
//! A hub's word wakes the source, which is then read at its own address as always: what stands in a push is never
//! taken for a story, so a hub can hurry bantin and nothing more.

mod signature;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;
use url::form_urlencoded::Serializer;

pub use signature::is_signed;

use crate::clock::Clock;
use crate::fetch::Fetcher;
use crate::model::{Channel, Reads, Secret, Source, SourceId};
use crate::store::{Change, Lease, SourceState, Store, StoreError};

/// The lease that is asked for; the hub decides.
const LEASE_SECONDS_ASKED: i64 = 7 * 86_400;
/// What a hub grants is counted within these bounds.
const LEASE_MIN: TimeDelta = TimeDelta::minutes(5);
const LEASE_MAX: TimeDelta = TimeDelta::days(30);
/// A hub that has not confirmed is asked again after this.
const RETRY: TimeDelta = TimeDelta::hours(6);
/// Bytes of chance in the callback's address and in the key.
const CHANCE_BYTES: usize = 32;

/// Asks hubs to tell when feeds change.
#[derive(Clone)]
pub struct Subscriber {
    /// HTTP out.
    pub fetcher: Fetcher,
    /// Where leases are kept.
    pub store: Arc<dyn Store>,
    /// The time of day.
    pub clock: Clock,
}

/// Why a hub could not be asked.
#[derive(Debug, thiserror::Error)]
enum SubscribeError {
    #[error(transparent)]
    Fetch(#[from] crate::fetch::FetchError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the hub answered {0}")]
    Refused(u16),
    #[error("the system gives no random numbers: {0}")]
    Chance(getrandom::Error),
}

impl Subscriber {
    /// Subscribes to a feed that announces a hub, and renews in time. `site` is the public address of this server;
    /// where no hub can reach that, nothing is asked for.
    pub async fn tend(&self, source: &Source, site: &Url) {
        if let Err(error) = self.ask(source, site).await {
            tracing::warn!(source.id = %source.id, %error, "the hub was not subscribed to");
        }
    }

    async fn ask(&self, source: &Source, site: &Url) -> Result<(), SubscribeError> {
        let state = self.store.source(&source.id)?;
        let now = self.clock.now();
        let Some((hub, topic)) = wanted(source, &state, now).filter(|_| self.fetcher.is_reachable(site)) else {
            return Ok(());
        };
        let known = state.lease.filter(|lease| lease.hub == hub && lease.topic == topic);
        let lease = match known {
            Some(lease) => Lease { asked: now, ..lease },
            None => Lease { hub, topic, token: chance()?, secret: chance()?, asked: now, until: None },
        };
        let callback = site.join(&format!("websub/{}/{}", source.id, lease.token.expose()));
        let callback = callback.map(String::from).unwrap_or_default();
        let form = Serializer::new(String::new())
            .append_pair("hub.mode", "subscribe")
            .append_pair("hub.topic", lease.topic.as_str())
            .append_pair("hub.callback", &callback)
            .append_pair("hub.secret", lease.secret.expose())
            .append_pair("hub.lease_seconds", &LEASE_SECONDS_ASKED.to_string())
            .finish();
        // The hub may confirm before it answers, so the lease is there first.
        let hub = lease.hub.clone();
        self.store.update_source(&source.id, Change::by(move |state| state.lease = Some(lease.clone())))?;
        match self.fetcher.for_source(source).post(&hub, form).await? {
            200..=299 => Ok(()),
            status => Err(SubscribeError::Refused(status)),
        }
    }
}

/// The hub and topic to subscribe at now, when there is one and it is time.
fn wanted(source: &Source, state: &SourceState, now: DateTime<Utc>) -> Option<(Url, Url)> {
    let (Reads::Feed(feed), Channel { hub: Some(hub), topic, .. }) = (&source.reads, &state.outlook.channel) else {
        return None;
    };
    let topic = topic.as_ref().unwrap_or(feed);
    let known = state.lease.as_ref().filter(|lease| lease.hub == *hub && lease.topic == *topic);
    known.is_none_or(|lease| now >= due(lease)).then(|| (hub.clone(), topic.clone()))
}

/// When a hub is asked again: at three quarters of the lease, or some hours after a question without an answer.
#[must_use]
pub fn due(lease: &Lease) -> DateTime<Utc> {
    match lease.until {
        Some(until) if until > lease.asked => {
            (lease.asked + (until - lease.asked) * 3 / 4).max(lease.asked + LEASE_MIN / 2)
        }
        _ => lease.asked + RETRY,
    }
}

/// Answers a hub that asks whether a subscription is meant (`WebSub` §5.3): the challenge to send back, when it is.
///
/// # Errors
/// When the store fails.
pub fn confirm(
    store: &dyn Store,
    id: &SourceId,
    token: &str,
    query: &[(String, String)],
    now: DateTime<Utc>,
) -> Result<Option<String>, StoreError> {
    let said = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let lease = store.source(id)?.lease.filter(|lease| is_same(lease.token.expose(), token));
    let Some(lease) = lease.filter(|lease| said("hub.topic") == Some(lease.topic.as_str())) else { return Ok(None) };
    let change = |until| {
        let token = lease.token.clone();
        let change = Change::by(move |state| {
            if let Some(held) = state.lease.as_mut().filter(|held| held.token == token) {
                held.until = until;
            }
        });
        store.update_source(id, change)
    };
    match (said("hub.mode"), said("hub.challenge")) {
        (Some("subscribe"), Some(challenge)) => {
            let granted = said("hub.lease_seconds").and_then(|text| text.parse().ok()).unwrap_or(LEASE_SECONDS_ASKED);
            let granted = TimeDelta::try_seconds(granted).unwrap_or(LEASE_MAX).clamp(LEASE_MIN, LEASE_MAX);
            change(Some(now + granted))?;
            Ok(Some(challenge.to_owned()))
        }
        (Some("denied"), _) => {
            change(None)?;
            Ok(Some(String::new()))
        }
        _ => Ok(None),
    }
}

/// What a push is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Push {
    /// The hub's word: the source is to be read.
    Valid,
    /// Not signed with the key of this lease, and to be passed over.
    Unsigned,
    /// Nobody has subscribed here.
    Unknown,
}

/// Whether a hub may call back at this address now: so much is known before its words are read.
///
/// # Errors
/// When the store fails.
pub fn is_held(store: &dyn Store, id: &SourceId, token: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    Ok(held(store, id, token, now)?.is_some())
}

fn held(store: &dyn Store, id: &SourceId, token: &str, now: DateTime<Utc>) -> Result<Option<Lease>, StoreError> {
    let lease = store.source(id)?.lease.filter(|lease| is_same(lease.token.expose(), token));
    Ok(lease.filter(|lease| lease.until.is_some_and(|until| until > now)))
}

/// Takes in that a hub tells of a change (`WebSub` §7, §8).
///
/// # Errors
/// When the store fails.
pub fn pushed(
    store: &dyn Store,
    id: &SourceId,
    token: &str,
    signature: Option<&str>,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Push, StoreError> {
    let Some(lease) = held(store, id, token, now)? else { return Ok(Push::Unknown) };
    if !signature.is_some_and(|signature| is_signed(&lease.secret, signature, body)) {
        return Ok(Push::Unsigned);
    }
    store.update_source(id, Change::by(move |state| state.outlook.pushed = Some(now)))?;
    Ok(Push::Valid)
}

/// Compares in a time that tells nothing of where two tokens differ.
fn is_same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

fn chance() -> Result<Secret, SubscribeError> {
    let mut bytes = [0; CHANCE_BYTES];
    getrandom::fill(&mut bytes).map_err(SubscribeError::Chance)?;
    Ok(Secret::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
}
