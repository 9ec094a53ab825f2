//! The client: one request with all manners.

mod permission;
mod post;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::dns::Resolve;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_TYPE, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    USER_AGENT,
};
use reqwest::{Client, Response, StatusCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use url::Url;

use super::body::{self, Limits};
use super::error::{failure, innermost, network};
use super::guard::{Guard, Guarded, SystemResolver};
use super::lane::{Lane, Lanes, Turn, host_port};
use super::measure;
use super::wall::{WALL_BYTES_MAX, wall};
use super::{
    FetchError, Fetched, HEAD_BYTES_MAX, HEAD_LINES_MAX, Manners, Page, Phase, REDIRECTS_MAX, Validators, head,
};
use crate::clock::Clock;
use crate::model::{Access, Secret, Source};

const ACCEPTED: &str = "application/rss+xml, application/atom+xml, application/feed+json, text/html;q=0.9, */*;q=0.5";

const FORM: &str = "application/x-www-form-urlencoded";

/// What a request is for.
enum Ask<'a> {
    /// A page that may have changed.
    Page(&'a Validators),
    /// To take this form.
    Form(String),
}

/// An answer that is still coming, with the right to this host that it holds until it is whole.
struct InFlight {
    response: Response,
    deadline: (Instant, Duration),
    _turn: Turn,
    _permit: OwnedSemaphorePermit,
}

/// What all fetchers share.
struct Shared {
    manners: Manners,
    agent: HeaderValue,
    tls: rustls::ClientConfig,
    guard: Guard,
    resolver: Arc<dyn Resolve>,
    /// One client a proxy, and one for none.
    clients: Mutex<HashMap<Option<Secret>, Client>>,
    lanes: Lanes,
    permits: Arc<Semaphore>,
    clock: Clock,
}

/// Asks for pages; clones share their lanes.
#[derive(Clone)]
pub struct Fetcher {
    shared: Arc<Shared>,
    access: Arc<Access>,
    /// The addresses that the configuration names: their ports may be asked, their hosts get the secrets.
    home: Arc<[Url]>,
}

impl Fetcher {
    /// Builds the client.
    ///
    /// # Errors
    /// When TLS cannot be set up or the contact is no header text, in words.
    pub fn new(manners: Manners, clock: Clock) -> Result<Self, String> {
        Self::resolving_by(manners, clock, Arc::new(SystemResolver))
    }

    /// Builds a client that asks `resolver` for the addresses of names; the guard stands behind it.
    ///
    /// # Errors
    /// As [`Fetcher::new`].
    pub fn resolving_by(manners: Manners, clock: Clock, resolver: Arc<dyn Resolve>) -> Result<Self, String> {
        let version = env!("CARGO_PKG_VERSION");
        let agent = match &manners.contact {
            Some(contact) => format!("bantin/{version} (+{contact})"),
            None => format!("bantin/{version}"),
        };
        let shared = Shared {
            agent: HeaderValue::from_str(&agent).map_err(|_| "fetch.contact is no text for a header".to_owned())?,
            tls: tls()?,
            guard: Guard::new(&manners),
            resolver,
            clients: Mutex::default(),
            lanes: Lanes::new(manners.host_concurrency),
            permits: Arc::new(Semaphore::new(manners.concurrency)),
            manners,
            clock,
        };
        shared.client(shared.manners.proxy.as_ref())?;
        Ok(Self { shared: Arc::new(shared), access: Arc::default(), home: Arc::default() })
    }

    /// The fetcher for a source: with its headers, login, proxy and time limit.
    #[must_use]
    pub fn for_source(&self, source: &Source) -> Self {
        let home = source.reads.addresses().into();
        Self { shared: self.shared.clone(), access: Arc::new(source.access.clone()), home }
    }

    /// The fetcher for an address that a person named: its port may be asked.
    #[must_use]
    pub fn for_address(&self, address: &Url) -> Self {
        let home = self.home.iter().chain([address]).cloned().collect();
        Self { home, ..self.clone() }
    }

    /// Until when a host of the source's own wants to be left alone, when one does.
    #[must_use]
    pub fn asked_to_wait(&self) -> Option<DateTime<Utc>> {
        let now = self.shared.clock.now();
        self.home.iter().filter_map(|url| self.shared.lanes.of(url, now).closed_until(now)).max()
    }

    /// Asks for a page, following redirects, with the validators of the last time.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub async fn get(&self, url: &Url, validators: &Validators) -> Result<Fetched, FetchError> {
        let started = Instant::now();
        let fetched = self.follow(url, validators).await;
        measure::fetched(&fetched, started.elapsed());
        fetched
    }

    async fn follow(&self, url: &Url, validators: &Validators) -> Result<Fetched, FetchError> {
        let mut here = url.clone();
        let (mut moved, mut permanent) = (None, true);
        for _ in 0..=REDIRECTS_MAX {
            let lane = self.shared.lane(&here);
            let gap = self.permission(&here, &lane).await?;
            let answer = self.send(&here, &lane, gap, Ask::Page(validators)).await?;
            permanent &= head::is_permanent(answer.response.status());
            match head::next_hop(&here, &answer.response)? {
                Some(next) => here = next,
                None => return self.finish(&here, answer, validators, moved).await,
            }
            if permanent {
                moved = Some(here.clone());
            }
        }
        let reason = format!("more than {REDIRECTS_MAX} redirects");
        Err(FetchError::Redirect { url: url.clone(), reason })
    }

    /// Sends a form to a machine's own door, which robots.txt does not speak of; the status it answers.
    ///
    /// # Errors
    /// See [`FetchError`]. Redirects are not followed.
    pub async fn post(&self, url: &Url, form: String) -> Result<u16, FetchError> {
        let lane = self.shared.lane(url);
        let answer = self.send(url, &lane, self.shared.manners.host_gap, Ask::Form(form)).await?;
        Ok(answer.response.status().as_u16())
    }

    /// Whether others can reach an address, as far as it shows: it is no loopback, private or local one.
    #[must_use]
    pub fn is_reachable(&self, url: &Url) -> bool {
        self.shared.guard.is_reachable(url)
    }

    /// Sends one request in its turn and reads the head of the answer.
    async fn send(&self, url: &Url, lane: &Arc<Lane>, gap: Duration, ask: Ask<'_>) -> Result<InFlight, FetchError> {
        let shared = &self.shared;
        shared.guard.check(url, &self.home)?;
        let closed = || lane.closed_until(shared.clock.now());
        if let Some(until) = closed() {
            return Err(FetchError::Wait { host: host_port(url), until });
        }
        let stopped = || network(url, "the program is stopping".to_owned());
        let turn = lane.turn(gap).await.ok_or_else(stopped)?;
        if let Some(until) = closed() {
            return Err(FetchError::Wait { host: host_port(url), until });
        }
        let permit = shared.permits.clone().acquire_owned().await.map_err(|_| stopped())?;
        let proxy = self.access.proxy.as_ref().or(shared.manners.proxy.as_ref());
        let client = shared.client(proxy).map_err(|reason| network(url, reason))?;
        let request = match ask {
            Ask::Page(validators) => client.get(url.clone()).headers(self.headers(url, validators)),
            Ask::Form(form) => {
                let headers = self.headers(url, &Validators::default());
                client.post(url.clone()).headers(headers).header(CONTENT_TYPE, FORM).body(form)
            }
        };
        let whole = self.access.timeout.unwrap_or(shared.manners.timeout);
        let deadline = (Instant::now() + whole, whole);
        let (limit, phase) = match shared.manners.first_byte_timeout {
            limit if limit < whole => (limit, Phase::FirstByte),
            _ => (whole, Phase::Whole),
        };
        let overdue = |_| FetchError::Timeout { url: url.clone(), phase, limit };
        let answer = tokio::time::timeout(limit, request.send()).await.map_err(overdue)?;
        let response = answer.map_err(|error| self.refusal(url, &error))?;
        if let Some(until) = head::retry_after(&response, shared.clock.now()) {
            lane.close(until);
        }
        head::measured(url, &response)?;
        Ok(InFlight { response, deadline, _turn: turn, _permit: permit })
    }

    /// What one request carries; secrets go to the source's own hosts alone.
    fn headers(&self, url: &Url, validators: &Validators) -> HeaderMap {
        let own_agent = self.access.user_agent.as_deref().and_then(|agent| HeaderValue::from_str(agent).ok());
        let mut headers = HeaderMap::from_iter([
            (USER_AGENT, own_agent.unwrap_or_else(|| self.shared.agent.clone())),
            (ACCEPT, HeaderValue::from_static(ACCEPTED)),
            (ACCEPT_LANGUAGE, HeaderValue::from_static("vi")),
            (ACCEPT_ENCODING, HeaderValue::from_static(body::ENCODINGS)),
        ]);
        for (name, value) in [(IF_NONE_MATCH, &validators.etag), (IF_MODIFIED_SINCE, &validators.last_modified)] {
            headers.extend(value.as_deref().and_then(|value| HeaderValue::from_str(value).ok()).map(|v| (name, v)));
        }
        if self.home.iter().any(|own| is_same_host(own, url)) {
            for (name, value) in super::access::secrets(&self.access) {
                headers.insert(name, value);
            }
        }
        headers
    }

    async fn finish(
        &self,
        url: &Url,
        mut answer: InFlight,
        validators: &Validators,
        moved: Option<Url>,
    ) -> Result<Fetched, FetchError> {
        let status = answer.response.status();
        let headers = answer.response.headers().clone();
        let terms = head::terms(url, &headers, moved, self.shared.clock.now());
        if status == StatusCode::NOT_MODIFIED && *validators != Validators::default() {
            return Ok(Fetched::Unchanged(terms));
        }
        if !status.is_success() {
            let refused = matches!(status.as_u16(), 401 | 403 | 405 | 429 | 503);
            let page = if refused { self.body(url, &mut answer, WALL_BYTES_MAX, true).await } else { Ok(Vec::new()) };
            let wall = wall(&headers, &page.unwrap_or_default());
            return Err(match wall {
                Some(wall) => FetchError::Wall { url: url.clone(), wall },
                None => FetchError::Status { url: url.clone(), status: status.as_u16() },
            });
        }
        let body = self.body(url, &mut answer, self.shared.manners.max_body, false).await?;
        if let Some(wall) = wall(&headers, &body) {
            return Err(FetchError::Wall { url: url.clone(), wall });
        }
        let (content_type, validators) = (head::content_type(&headers), head::validators(&headers));
        Ok(Fetched::Page(Page { address: url.clone(), body, content_type, validators, terms }))
    }

    async fn body(&self, url: &Url, answer: &mut InFlight, bytes: usize, cut: bool) -> Result<Vec<u8>, FetchError> {
        let limits = Limits { bytes, cut, idle: self.shared.manners.idle_timeout, deadline: answer.deadline };
        body::read(url, &mut answer.response, &limits).await
    }

    /// Why a request got no answer.
    fn refusal(&self, url: &Url, error: &reqwest::Error) -> FetchError {
        if error.is_timeout() {
            let limit = self.shared.manners.connect_timeout;
            return FetchError::Timeout { url: url.clone(), phase: Phase::Connect, limit };
        }
        failure(url, error)
    }
}

impl Shared {
    fn lane(&self, url: &Url) -> Arc<Lane> {
        self.lanes.of(url, self.clock.now())
    }

    /// The client for a proxy, built at its first use.
    fn client(&self, proxy: Option<&Secret>) -> Result<Client, String> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&proxy.cloned()) {
            return Ok(client.clone());
        }
        let mut builder = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(self.manners.connect_timeout)
            .http1_max_headers(HEAD_LINES_MAX)
            .http2_max_header_list_size(u32::try_from(HEAD_BYTES_MAX).unwrap_or(u32::MAX))
            .referer(false)
            .no_proxy()
            .tls_backend_preconfigured(self.tls.clone());
        builder = match proxy {
            // The proxy's own address is the administrator's word; what it resolves is its own affair.
            Some(proxy) => {
                builder.proxy(reqwest::Proxy::all(proxy.expose()).map_err(|_| "no usable proxy".to_owned())?)
            }
            None => builder.dns_resolver(Guarded { guard: self.guard.clone(), resolver: self.resolver.clone() }),
        };
        let client = builder.build().map_err(|error| format!("cannot build the HTTP client: {}", innermost(&error)))?;
        clients.insert(proxy.cloned(), client.clone());
        Ok(client)
    }
}

/// Whether secrets for `own` may go to `url`: the same host and port, or the same host's TLS.
fn is_same_host(own: &Url, url: &Url) -> bool {
    let ends = (own.port_or_known_default(), url.port_or_known_default());
    let secured = (own.scheme(), url.scheme(), ends) == ("http", "https", (Some(80), Some(443)));
    own.host() == url.host() && (secured || own.scheme() == url.scheme() && ends.0 == ends.1)
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
