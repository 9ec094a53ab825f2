//! Feeds and pages over HTTP.

mod cache;
mod callback;
mod error;
mod feeds;
mod pages;
mod status;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

pub use status::{Health, Row, rows};

use self::cache::Cache;
use self::error::ServerError;
use crate::clock::Clock;
use crate::config::Config;
use crate::edition::{Desk, Filter};
use crate::model::SourceId;
use crate::store::Store;

/// Searches through the stored texts at once; each takes a processor.
const SEARCHES_AT_ONCE_MAX: usize = 2;

/// What every handler needs.
#[derive(Clone)]
pub struct App {
    config: watch::Receiver<Arc<Config>>,
    store: Arc<dyn Store>,
    clock: Clock,
    cache: Arc<Cache>,
    searches: Arc<Semaphore>,
    /// Sources whose hubs told of a change.
    pushes: mpsc::Sender<SourceId>,
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
        Self { config, store, clock, cache: Arc::default(), searches, pushes }
    }

    fn config(&self) -> Arc<Config> {
        self.config.borrow().clone()
    }

    /// A turn to look through the stored texts, for filters that do; others need none.
    async fn search_turn(&self, filter: &Filter) -> Option<OwnedSemaphorePermit> {
        filter.query.as_ref()?;
        self.searches.clone().acquire_owned().await.ok()
    }

    /// Runs `work`, which reads the store, off the threads that serve.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(Desk, &Config) -> Result<T, ServerError> + Send + 'static,
    ) -> Result<T, ServerError> {
        let app = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let config = app.config();
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

/// All addresses.
pub fn router(app: App) -> Router {
    let mut router = Router::new()
        .route("/", get(pages::front))
        .route("/articles/{id}", get(pages::article))
        .route("/status", get(pages::status))
        .route("/opml.xml", get(feeds::opml))
        .route("/websub/{source}/{token}", get(callback::asked).post(callback::told))
        .route("/health/live", get(live))
        .route("/health/ready", get(ready));
    for format in crate::publish::Format::ALL {
        let file = format.file();
        router = router.route(&format!("/{file}"), get(move |app, ask| feeds::whole(app, format, ask))).route(
            &format!("/{{kind}}/{{name}}/{file}"),
            get(move |app, at, ask| feeds::narrowed(app, format, at, ask)),
        );
    }
    router.fallback(|| async { ServerError::NoPage }).with_state(app)
}

async fn live() -> &'static str {
    "alive\n"
}

/// Ready when the store answers.
async fn ready(axum::extract::State(app): axum::extract::State<App>) -> Result<&'static str, ServerError> {
    app.read(|desk, _| Ok(desk.store.newest(None, &mut |_| std::ops::ControlFlow::Break(()))?)).await?;
    Ok("ready\n")
}

/// A page of text with its media type.
fn typed(media_type: &'static str, body: impl IntoResponse) -> Response {
    let mut response = (StatusCode::OK, body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}
