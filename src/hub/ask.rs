//! The address at which subscriptions are asked for (WebSub §5.1).

use std::sync::atomic::Ordering;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use url::Url;

use super::{Desk, SUBSCRIPTIONS_MAX, topic};
use crate::edition::Before;

/// What a subscriber gets who names no time.
const LEASE_DEFAULT: TimeDelta = TimeDelta::days(10);
const LEASE_MAX: TimeDelta = TimeDelta::days(90);
const CALLBACK_BYTES_MAX: usize = 2_048;
/// WebSub §5.1: a secret must be less than 200 bytes.
const SECRET_BYTES_MAX: usize = 199;

/// A request that its callback has yet to confirm.
pub(super) struct Wish {
    pub(super) topic: String,
    pub(super) callback: Url,
    /// For how long; `None` to give the subscription up.
    pub(super) lease: Option<TimeDelta>,
    pub(super) secret: Option<String>,
    /// The state of the feed when it was asked for.
    pub(super) has: [u8; 16],
}

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("{0}")]
    Form(String),
    #[error("hub.topic = `{0}` is no feed of this site; take the rel=\"self\" address of one of its feeds")]
    Topic(String),
    #[error("too many subscriptions; try again later")]
    Busy,
    #[error("this site runs no hub")]
    Off,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Form(_) => StatusCode::BAD_REQUEST,
            Self::Topic(_) | Self::Off => StatusCode::NOT_FOUND,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
        };
        let mut response = (status, format!("{self}\n")).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("60"));
        }
        response
    }
}

/// Takes a request; whether it is meant is asked of its callback afterwards.
pub(super) async fn ask(State(desk): State<Desk>, body: Bytes) -> Result<StatusCode, Refusal> {
    let config = desk.config.borrow().clone();
    if !config.site.own_hub {
        return Err(Refusal::Off);
    }
    let mut wish = read(&body)?;
    desk.fetcher.may_ask(&wish.callback).map_err(|error| Refusal::Form(format!("hub.callback: {error}")))?;
    if wish.lease.is_some() && desk.count.load(Ordering::Relaxed) >= SUBSCRIPTIONS_MAX {
        return Err(Refusal::Busy);
    }
    let place = desk.wishes.try_reserve().map_err(|_| Refusal::Busy)?;
    let (name, store, now) = (wish.topic.clone(), desk.store.clone(), desk.clock.now());
    let made = move || topic::content(&config, &*store, now, &name, &Before::default());
    let found = tokio::task::spawn_blocking(made).await;
    let found = found.ok().flatten().ok_or_else(|| Refusal::Topic(wish.topic.clone()))?;
    wish.has = found.hash;
    place.send(wish);
    Ok(StatusCode::ACCEPTED)
}

fn read(body: &[u8]) -> Result<Wish, Refusal> {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
    let value = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let refuse = |text: String| Refusal::Form(text);
    let wanted = |name: &str| value(name).ok_or_else(|| refuse(format!("{name} is missing from the form")));
    let subscribe = match wanted("hub.mode")? {
        "subscribe" => true,
        "unsubscribe" => false,
        other => return Err(refuse(format!("hub.mode = `{other}`: write subscribe or unsubscribe"))),
    };
    let callback = wanted("hub.callback")?;
    let url = Url::parse(callback).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https") && url.fragment().is_none() && callback.len() <= CALLBACK_BYTES_MAX
    });
    let url = url.ok_or_else(|| refuse(format!("hub.callback = `{callback}`: write an http or https address")))?;
    let lease = match value("hub.lease_seconds").filter(|text| !text.is_empty()) {
        None => LEASE_DEFAULT,
        Some(text) => {
            let seconds = text.parse().ok().filter(|seconds: &i64| *seconds > 0);
            let seconds = seconds.ok_or_else(|| refuse(format!("hub.lease_seconds = `{text}`: write a number")))?;
            TimeDelta::try_seconds(seconds).map_or(LEASE_MAX, |lease| lease.min(LEASE_MAX))
        }
    };
    let secret = value("hub.secret").filter(|secret| !secret.is_empty()).map(str::to_owned);
    if secret.as_ref().is_some_and(|secret| secret.len() > SECRET_BYTES_MAX) {
        return Err(refuse(format!("hub.secret is longer than {SECRET_BYTES_MAX} bytes")));
    }
    let topic = wanted("hub.topic")?.to_owned();
    Ok(Wish { topic, callback: url, lease: subscribe.then_some(lease), secret, has: [0; 16] })
}
