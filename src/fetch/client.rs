//! The client: one request with all manners.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{
    ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED, LOCATION, RETRY_AFTER,
};
use reqwest::{Client, Response, StatusCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use url::Url;

use super::lane::{Lane, Lanes, Turn, host_port};
use super::robots::Rules;
use super::{
    CONNECT_SECONDS_MAX, FetchError, Fetched, Manners, Page, REDIRECTS_MAX, ROBOTS_BYTES_MAX, Validators, guard,
};
use crate::clock::Clock;

const ACCEPTED: &str = "application/rss+xml, application/atom+xml, application/feed+json, text/html;q=0.9, */*;q=0.5";

/// A host that asks for patience without saying how long is left alone for this long.
const RETRY_AFTER_DEFAULT: TimeDelta = TimeDelta::minutes(5);
/// A host is never left alone for longer than this at one word of its own.
const RETRY_AFTER_MAX: TimeDelta = TimeDelta::days(1);

/// An answer that is still coming, with the right to this host that it holds until it is whole.
struct InFlight {
    response: Response,
    _turn: Turn,
    _permit: OwnedSemaphorePermit,
}

/// Asks for pages; clones share their lanes.
#[derive(Clone)]
pub struct Fetcher {
    client: Client,
    manners: Arc<Manners>,
    lanes: Arc<Lanes>,
    permits: Arc<Semaphore>,
    clock: Clock,
}

impl Fetcher {
    /// Builds the client.
    ///
    /// # Errors
    /// When TLS cannot be set up or the contact is no header text, in words.
    pub fn new(manners: Manners, clock: Clock) -> Result<Self, String> {
        let version = env!("CARGO_PKG_VERSION");
        let agent = match &manners.contact {
            Some(contact) => format!("bantin/{version} (+{contact})"),
            None => format!("bantin/{version}"),
        };
        let headers = HeaderMap::from_iter([
            (ACCEPT, HeaderValue::from_static(ACCEPTED)),
            (ACCEPT_LANGUAGE, HeaderValue::from_static("vi")),
        ]);
        let mut builder = Client::builder()
            .user_agent(agent)
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(CONNECT_SECONDS_MAX))
            .timeout(manners.timeout)
            .referer(false)
            .tls_backend_preconfigured(tls()?);
        if !manners.allow_private {
            builder = builder.dns_resolver(guard::PublicOnly);
        }
        Ok(Self {
            client: builder.build().map_err(|error| format!("cannot build the HTTP client: {}", innermost(&error)))?,
            lanes: Arc::new(Lanes::new(manners.host_concurrency)),
            permits: Arc::new(Semaphore::new(manners.concurrency)),
            manners: Arc::new(manners),
            clock,
        })
    }

    /// Asks for a page, following redirects, with the validators of the last time.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub async fn get(&self, url: &Url, validators: &Validators) -> Result<Fetched, FetchError> {
        let mut here = url.clone();
        for _ in 0..=REDIRECTS_MAX {
            let lane = self.lanes.of(&here);
            let gap = self.permission(&here, &lane).await?;
            let answer = self.send(&here, &lane, gap, validators).await?;
            match next_hop(&here, &answer.response)? {
                Some(next) => here = next,
                None => return self.finish(&here, &lane, answer, validators).await,
            }
        }
        let reason = format!("more than {REDIRECTS_MAX} redirects");
        Err(FetchError::Redirect { url: url.clone(), reason })
    }

    /// Checks address and robots.txt; the gap to keep on this host.
    async fn permission(&self, url: &Url, lane: &Arc<Lane>) -> Result<Duration, FetchError> {
        self.guard(url)?;
        if !self.manners.robots {
            return Ok(self.manners.host_gap);
        }
        let rules = self.robots(url, lane).await?;
        if let Rules::Unreachable(reason) = &*rules {
            return Err(FetchError::RobotsUnreachable { host: host_port(url), reason: reason.clone() });
        }
        if !rules.allows(url) {
            return Err(FetchError::Forbidden { url: url.clone() });
        }
        let delay = rules.delay().unwrap_or_default().min(self.manners.crawl_delay_max);
        Ok(delay.max(self.manners.host_gap))
    }

    /// Names are guarded where they are resolved; an address that is a literal is guarded here, at every hop.
    fn guard(&self, url: &Url) -> Result<(), FetchError> {
        let private = guard::private_literal(url).filter(|_| !self.manners.allow_private);
        private.map_or(Ok(()), |host| Err(FetchError::Private { url: url.clone(), host }))
    }

    async fn robots(&self, url: &Url, lane: &Arc<Lane>) -> Result<Arc<Rules>, FetchError> {
        let mut known = lane.robots.lock().await;
        if let Some((read_at, rules)) = &*known
            && read_at.elapsed() < rules.fresh_for()
        {
            return Ok(rules.clone());
        }
        let rules = Arc::new(self.read_robots(url).await?);
        *known = Some((Instant::now(), rules.clone()));
        Ok(rules)
    }

    async fn read_robots(&self, url: &Url) -> Result<Rules, FetchError> {
        let mut here = url.join("/robots.txt").map_err(|error| network(url, error.to_string()))?;
        for _ in 0..=REDIRECTS_MAX {
            let lane = self.lanes.of(&here);
            let answer = match self.send(&here, &lane, self.manners.host_gap, &Validators::default()).await {
                Ok(answer) => answer,
                Err(wait @ FetchError::Wait { .. }) => return Err(wait),
                Err(error) => return Ok(Rules::Unreachable(error.to_string())),
            };
            if let Some(next) = next_hop(&here, &answer.response)? {
                here = next;
                continue;
            }
            let status = answer.response.status();
            if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS {
                return Ok(Rules::None);
            }
            if !status.is_success() {
                return Ok(Rules::Unreachable(format!("status {}", status.as_u16())));
            }
            return Ok(match self.body(&here, answer, ROBOTS_BYTES_MAX).await {
                Ok(text) => Rules::read(&text),
                Err(error) => Rules::Unreachable(error.to_string()),
            });
        }
        Ok(Rules::None)
    }

    /// Sends one request in its turn and reads the head of the answer.
    async fn send(
        &self,
        url: &Url,
        lane: &Arc<Lane>,
        gap: Duration,
        validators: &Validators,
    ) -> Result<InFlight, FetchError> {
        self.guard(url)?;
        let closed = || lane.closed_until(self.clock.now());
        if let Some(until) = closed() {
            return Err(FetchError::Wait { host: host_port(url), until });
        }
        let stopped = || network(url, "the program is stopping".to_owned());
        let turn = lane.turn(gap).await.ok_or_else(stopped)?;
        if let Some(until) = closed() {
            return Err(FetchError::Wait { host: host_port(url), until });
        }
        let permit = self.permits.clone().acquire_owned().await.map_err(|_| stopped())?;
        let mut request = self.client.get(url.clone());
        for (name, value) in [(IF_NONE_MATCH, &validators.etag), (IF_MODIFIED_SINCE, &validators.last_modified)] {
            if let Some(value) = value.as_deref().and_then(|value| HeaderValue::from_str(value).ok()) {
                request = request.header(name, value);
            }
        }
        let response = request.send().await.map_err(|error| self.failure(url, &error))?;
        Ok(InFlight { response, _turn: turn, _permit: permit })
    }

    async fn finish(
        &self,
        url: &Url,
        lane: &Arc<Lane>,
        answer: InFlight,
        validators: &Validators,
    ) -> Result<Fetched, FetchError> {
        let response = &answer.response;
        let status = response.status();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        if let Some(until) = self.retry_after(status, header(RETRY_AFTER).as_deref()) {
            lane.close(until);
        }
        if status == StatusCode::NOT_MODIFIED && *validators != Validators::default() {
            return Ok(Fetched::Unchanged);
        }
        if !status.is_success() {
            return Err(FetchError::Status { url: url.clone(), status: status.as_u16() });
        }
        let content_type = header(CONTENT_TYPE);
        let validators = Validators { etag: header(ETAG), last_modified: header(LAST_MODIFIED) };
        let body = self.body(url, answer, self.manners.max_body).await?;
        Ok(Fetched::Page(Page { address: url.clone(), body, content_type, validators }))
    }

    /// Until when the host wants to be left alone (RFC 9110 §10.2.3).
    fn retry_after(&self, status: StatusCode, header: Option<&str>) -> Option<DateTime<Utc>> {
        let busy = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        let now = self.clock.now();
        let stated = header.and_then(|text| match text.trim().parse::<i64>() {
            Ok(seconds) => {
                TimeDelta::try_seconds(seconds).map(|wait| now + wait.clamp(TimeDelta::zero(), RETRY_AFTER_MAX))
            }
            Err(_) => DateTime::parse_from_rfc2822(text.trim()).ok().map(|until| until.to_utc()),
        });
        let until = stated.or(busy.then(|| now + RETRY_AFTER_DEFAULT))?;
        Some(until.min(now + RETRY_AFTER_MAX))
    }

    async fn body(&self, url: &Url, mut answer: InFlight, max: usize) -> Result<Vec<u8>, FetchError> {
        let mut body = Vec::new();
        while let Some(chunk) = answer.response.chunk().await.map_err(|error| self.failure(url, &error))? {
            if body.len() + chunk.len() > max {
                return Err(FetchError::TooLarge { url: url.clone(), max });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn failure(&self, url: &Url, error: &reqwest::Error) -> FetchError {
        if error.is_timeout() {
            let seconds = if error.is_connect() { CONNECT_SECONDS_MAX } else { self.manners.timeout.as_secs() };
            return FetchError::Timeout { url: url.clone(), seconds };
        }
        network(url, innermost(error))
    }
}

/// Where an answer sends the request on to, when it does.
fn next_hop(url: &Url, response: &Response) -> Result<Option<Url>, FetchError> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let refuse = |reason: &str| FetchError::Redirect { url: url.clone(), reason: reason.to_owned() };
    let location = response.headers().get(LOCATION).ok_or_else(|| refuse("a redirect without an address"))?;
    let location = String::from_utf8_lossy(location.as_bytes());
    let next = url.join(&location).map_err(|_| refuse("a redirect to something that is no address"))?;
    match next.scheme() {
        "http" | "https" => Ok(Some(next)),
        scheme => Err(refuse(&format!("a redirect to {scheme}:"))),
    }
}

fn network(url: &Url, reason: String) -> FetchError {
    FetchError::Network { url: url.clone(), reason }
}

/// The last error of a chain says what happened; the ones before say where.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut here = error;
    while let Some(source) = here.source() {
        here = source;
    }
    here.to_string()
}

/// The system's roots and, for machines without any, Mozilla's.
fn tls() -> Result<rustls::ClientConfig, String> {
    let mut roots = rustls::RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("cannot set up TLS: {error}"))?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
