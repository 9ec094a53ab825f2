//! Requests that tell others of news (W3C WebSub): each is asked for by its receiver, so robots.txt and the gap between
//! two requests of a reader do not apply; the address guard and the limits do.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderMap, USER_AGENT};
use reqwest::{Client, Response};
use url::Url;

use super::{Fetcher, failure, network};
use crate::fetch::{FetchError, Phase};

/// How long a receiver may take to answer.
pub const RECEIVER_SECONDS_MAX: u64 = 10;

impl Fetcher {
    /// Whether an address may be asked, as far as it shows without resolving its name. Its port is the receiver's word.
    ///
    /// # Errors
    /// [`FetchError::Private`] for a literal address that is not public.
    pub fn may_ask(&self, url: &Url) -> Result<(), FetchError> {
        self.shared.guard.check(url, std::slice::from_ref(url))
    }

    /// Sends bytes and returns the status of the answer; redirects are not followed.
    ///
    /// # Errors
    /// When the address is private or does not answer.
    pub async fn deliver(&self, url: &Url, headers: HeaderMap, body: Bytes) -> Result<u16, FetchError> {
        let request = self.receiver(url).await?.post(url.clone()).headers(headers).body(body);
        Ok(self.answer(url, request).await?.status().as_u16())
    }

    /// Asks for an address and returns the status with a body of at most `max` bytes; redirects are not followed.
    ///
    /// # Errors
    /// When the address is private, does not answer or says more.
    pub async fn probe(&self, url: &Url, max: usize) -> Result<(u16, Vec<u8>), FetchError> {
        let request = self.receiver(url).await?.get(url.clone());
        let mut answer = self.answer(url, request).await?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| receiver_failure(url, &error))? {
            if body.len() + chunk.len() > max {
                return Err(network(url, format!("it answers with more than {max} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok((answer.status().as_u16(), body))
    }

    /// The client for a receiver. A proxy resolves names itself, so what it would be led to is looked at first.
    async fn receiver(&self, url: &Url) -> Result<Client, FetchError> {
        self.may_ask(url)?;
        let proxy = self.shared.manners.proxy.as_ref();
        if proxy.is_some() {
            let checked = self.shared.guard.check_resolved(url, &*self.shared.resolver);
            let limit = Duration::from_secs(RECEIVER_SECONDS_MAX);
            let overdue = |_| FetchError::Timeout { url: url.clone(), phase: Phase::Connect, limit };
            tokio::time::timeout(limit, checked).await.map_err(overdue)??;
        }
        self.shared.client(proxy).map_err(|reason| network(url, reason))
    }

    async fn answer(&self, url: &Url, request: reqwest::RequestBuilder) -> Result<Response, FetchError> {
        let request = request.header(USER_AGENT, self.shared.agent.clone());
        let answer = request.timeout(Duration::from_secs(RECEIVER_SECONDS_MAX)).send().await;
        answer.map_err(|error| receiver_failure(url, &error))
    }
}

fn receiver_failure(url: &Url, error: &reqwest::Error) -> FetchError {
    if error.is_timeout() {
        let limit = Duration::from_secs(RECEIVER_SECONDS_MAX);
        return FetchError::Timeout { url: url.clone(), phase: Phase::Whole, limit };
    }
    failure(url, error)
}
