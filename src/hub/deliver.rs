//! The requests that a hub makes: is a subscription meant, here is the feed, there is news.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use url::Url;
use uuid::Uuid;

use super::ask::Wish;
use super::topic::Content;
use crate::fetch::Fetcher;
use crate::publish::Format;
use crate::store::Subscription;

const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature");
/// The answer to a challenge is the challenge.
const CHALLENGE_ANSWER_BYTES_MAX: usize = 1_024;

/// What came of telling another server.
pub(super) enum Outcome {
    Taken,
    /// The subscriber asks for no more (410).
    Gone,
    Failed(String),
}

impl Outcome {
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Gone => "gone",
            Self::Failed(_) => "failed",
        }
    }
}

/// Asks a callback whether it wants what was asked for in its name (WebSub §5.3).
pub(super) async fn verify(fetcher: &Fetcher, wish: &Wish) -> bool {
    let challenge = Uuid::new_v4().simple().to_string();
    let mut url = wish.callback.clone();
    {
        let mut query = url.query_pairs_mut();
        query.append_pair("hub.mode", if wish.lease.is_some() { "subscribe" } else { "unsubscribe" });
        query.append_pair("hub.topic", &wish.topic).append_pair("hub.challenge", &challenge);
        if let Some(lease) = wish.lease {
            query.append_pair("hub.lease_seconds", &lease.num_seconds().to_string());
        }
    }
    match fetcher.probe(&url, CHALLENGE_ANSWER_BYTES_MAX).await {
        Ok((status, body)) => (200..300).contains(&status) && body == challenge.as_bytes(),
        Err(error) => {
            tracing::debug!(%error, "a subscription was not confirmed");
            false
        }
    }
}

/// Sends a feed to a subscriber, signed when it gave a secret (WebSub §7).
pub(super) async fn deliver(fetcher: &Fetcher, to: &Subscription, content: &Content, hub: &str) -> Outcome {
    let Ok(callback) = Url::parse(&to.callback) else { return Outcome::Gone };
    let links = format!("<{hub}>; rel=\"hub\", <{}>; rel=\"self\"", to.topic);
    let signature = to.secret.as_ref().map(|secret| signature(secret, &content.bytes));
    let mut headers = HeaderMap::new();
    let texts = [
        (header::CONTENT_TYPE, Some(content.media_type.to_owned())),
        (header::LINK, Some(links)),
        (SIGNATURE, signature),
    ];
    for (name, text) in texts {
        if let Some(value) = text.and_then(|text| HeaderValue::from_str(&text).ok()) {
            headers.insert(name, value);
        }
    }
    outcome(fetcher.deliver(&callback, headers, content.bytes.clone()).await)
}

/// `sha256=` and the HMAC of the bytes in hexadecimal digits (WebSub §7.1).
fn signature(secret: &str, bytes: &[u8]) -> String {
    // A key of any length makes an HMAC.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(bytes);
    let digits: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={digits}")
}

/// Tells a hub elsewhere that the whole feeds have changed, as PubSubHubbub 0.4 §7 does it.
pub(super) async fn tell(fetcher: &Fetcher, hub: &Url, site: &Url) -> Outcome {
    let topics = Format::ALL.map(|format| ("hub.url", format!("{site}{}", format.file())));
    let form = url::form_urlencoded::Serializer::new("hub.mode=publish".to_owned()).extend_pairs(topics).finish();
    let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, kind)]);
    match outcome(fetcher.deliver(hub, headers, Bytes::from(form)).await) {
        Outcome::Gone => Outcome::Failed("the server answered 410".to_owned()),
        outcome => outcome,
    }
}

fn outcome(answer: Result<u16, crate::fetch::FetchError>) -> Outcome {
    match answer {
        Ok(200..300) => Outcome::Taken,
        Ok(410) => Outcome::Gone,
        Ok(status) => Outcome::Failed(format!("the server answered {status}")),
        Err(error) => Outcome::Failed(error.to_string()),
    }
}
