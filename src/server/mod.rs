//! Feeds and pages over HTTP.

mod cache;
mod callback;
mod conditional;
mod door;
mod error;
mod feeds;
mod listen;
mod measure;
mod pages;
mod past;
mod rendered;
mod status;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::{Mutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore, mpsc, watch};

pub use door::Door;
pub use listen::{CONNECTIONS_MAX, HEAD_BYTES_MAX, HEAD_SECONDS_MAX, listen};
pub use status::{Health, Row, rows};

use self::cache::{Cache, Key, Kind, Stamp};
use self::error::ServerError;
use crate::clock::Clock;
use crate::config::Config;
use crate::edition::{Desk, Filter};
use crate::model::SourceId;
use crate::publish::{self, Format};
use crate::store::Store;

/// Locks for the rare feeds under way; those whose names fall on one lock wait for each other.
const LOCKS: usize = 64;
/// Readings of many articles at once, such as searches and archives; each takes a processor.
const SEARCHES_AT_ONCE_MAX: usize = 2;

/// Held while a feed is made or packed.
struct MakingTurn {
    _lock: Option<OwnedMutexGuard<()>>,
    _place: Option<OwnedSemaphorePermit>,
}

/// What every handler needs.
#[derive(Clone)]
pub struct App {
    config: watch::Receiver<Arc<Config>>,
    store: Arc<dyn Store>,
    clock: Clock,
    cache: Arc<Cache>,
    searches: Arc<Semaphore>,
    /// Feeds that everybody asks for are made one at a time, so that none is made twice after a change.
    making: Arc<Semaphore>,
    /// Held for each rare feed while it is made, to the same end.
    locks: Arc<[Arc<Mutex<()>>; LOCKS]>,
    /// Sources whose hubs told of a change.
    pushes: mpsc::Sender<SourceId>,
    push_turns: Arc<Semaphore>,
}

impl App {
    /// An application over a store, by the newest configuration; what hubs tell goes to `pushes`.
    #[must_use]
    pub fn new(
        config: watch::Receiver<Arc<Config>>,
        store: Arc<dyn Store>,
        clock: Clock,
        pushes: mpsc::Sender<SourceId>,
    ) -> Self {
        let searches = Arc::new(Semaphore::new(SEARCHES_AT_ONCE_MAX));
        let push_turns = Arc::new(Semaphore::new(callback::PUSHES_AT_ONCE_MAX));
        let making = Arc::new(Semaphore::new(1));
        let locks = Arc::new(std::array::from_fn(|_| Arc::default()));
        Self { config, store, clock, cache: Arc::default(), searches, making, locks, pushes, push_turns }
    }

    fn config(&self) -> Arc<Config> {
        self.config.borrow().clone()
    }

    /// What feeds that are made now belong to.
    fn stamp(&self) -> Stamp {
        Stamp { generation: self.store.generation(), config: self.config() }
    }

    /// A turn to make a feed; those that everybody asks for do not wait for searches.
    async fn making_turn(&self, key: &Key) -> MakingTurn {
        match key.kind {
            Kind::Common => MakingTurn { _lock: None, _place: self.making.clone().acquire_owned().await.ok() },
            Kind::Rare => {
                let mut hasher = std::hash::DefaultHasher::new();
                key.name.hash(&mut hasher);
                let at = usize::try_from(hasher.finish() % LOCKS as u64).unwrap_or_default();
                let lock = self.locks[at].clone().lock_owned().await;
                MakingTurn { _lock: Some(lock), _place: self.reading_turn().await }
            }
            Kind::Moving => MakingTurn { _lock: None, _place: self.reading_turn().await },
        }
    }

    /// A turn to look through the stored texts, for filters that do; others need none.
    async fn search_turn(&self, filter: &Filter) -> Option<OwnedSemaphorePermit> {
        filter.query.as_ref()?;
        self.reading_turn().await
    }

    /// A turn to read many articles. It goes into the work and ends with it: who hangs up frees no processor.
    async fn reading_turn(&self) -> Option<OwnedSemaphorePermit> {
        self.searches.clone().acquire_owned().await.ok()
    }

    /// Runs `work`, which reads the store, off the threads that serve.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(Desk, &Config) -> Result<T, ServerError> + Send + 'static,
    ) -> Result<T, ServerError> {
        self.read_by(self.config(), work).await
    }

    /// As [`App::read`], by this configuration.
    async fn read_by<T: Send + 'static>(
        &self,
        config: Arc<Config>,
        work: impl FnOnce(Desk, &Config) -> Result<T, ServerError> + Send + 'static,
    ) -> Result<T, ServerError> {
        let app = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let desk = Desk {
                site: &config.site,
                sources: &config.sources,
                zone: config.zone,
                store: &*app.store,
                now: app.clock.now(),
            };
            work(desk, &config)
        });
        done.await.map_err(|_| ServerError::Broken)?
    }
}

/// All addresses; `beside` brings those of other rooms.
fn router(app: App, beside: Router) -> Router {
    let mut router = Router::new()
        .route("/", get(pages::front))
        .route("/days/{day}", get(pages::day))
        .route("/articles/{id}", get(pages::article))
        .route("/style.css", get(pages::style))
        .route("/status", get(pages::status))
        .route("/opml.xml", get(feeds::opml))
        .route("/websub/{source}/{token}", get(callback::asked).post(callback::told))
        .route("/archive/{year}/{file}", get(feeds::archive))
        .route(&format!("/{}", publish::ICON_FILE), get(feeds::icon))
        .route("/favicon.ico", get(feeds::icon))
        .route(&format!("/{}", publish::STYLE_FILE), get(feeds::style));
    for format in Format::ALL {
        let file = format.file();
        router = router.route(&format!("/{file}"), get(move |app, ask| feeds::whole(app, format, ask))).route(
            &format!("/{{kind}}/{{name}}/{file}"),
            get(move |app, at, ask| feeds::narrowed(app, format, at, ask)),
        );
    }
    router.fallback(|| async { ServerError::NoPage }).with_state(app).merge(beside).layer(from_fn(guard))
}

/// What holds for every answer: browsers take its media type as it is, and may be asked what they may send.
async fn guard(request: Request, next: Next) -> Response {
    let mut response = if request.method() == Method::OPTIONS {
        let mut response = StatusCode::NO_CONTENT.into_response();
        let headers = response.headers_mut();
        let methods = HeaderValue::from_static("GET, HEAD, OPTIONS");
        headers.insert(header::ALLOW, methods.clone());
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        let asked = HeaderValue::from_static("a-im, if-modified-since, if-none-match");
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
        response
    } else {
        next.run(request).await
    };
    taken_at_its_word(&mut response);
    response
}

/// Browsers are to take an answer's media type as it is.
fn taken_at_its_word(response: &mut Response) {
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
}

/// A page of text with its media type.
fn typed(media_type: &'static str, body: impl IntoResponse) -> Response {
    let mut response = (StatusCode::OK, body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}
