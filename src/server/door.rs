//! Where requests come in: a feed that is rendered already is handed out at once, the rest goes to the pages' makers.

use std::net::SocketAddr;
use std::time::Instant;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::http::Method;
use axum::response::Response;
use hyper::body::Incoming;
use tower_service::Service;

use super::conditional::{A_IM, answer};
use super::measure::{Asked, Counts};
use super::{App, router, taken_at_its_word};

/// Answers requests and counts them.
pub struct Door {
    app: App,
    router: Router,
    counts: Counts,
}

impl Door {
    /// Serves an application; `beside` brings the addresses of other rooms.
    #[must_use]
    pub fn new(app: App, beside: Router) -> Self {
        Self { router: router(app.clone(), beside), app, counts: Counts::new() }
    }

    pub(super) async fn answer(&self, peer: SocketAddr, mut request: Request<Incoming>) -> Response {
        let started = Instant::now();
        let asked = Asked::of(request.uri().path());
        let response = if let Some(response) = self.ready(&request) {
            response
        } else {
            request.extensions_mut().insert(ConnectInfo(peer));
            match self.router.clone().call(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            }
        };
        self.counts.note(asked, response.status(), started.elapsed());
        response
    }

    /// The answer with a feed that is kept under the very words of the address; `None` where more is to be done.
    fn ready(&self, request: &Request<Incoming>) -> Option<Response> {
        let (app, headers) = (&self.app, request.headers());
        if request.method() != Method::GET || headers.contains_key(A_IM) {
            return None;
        }
        let name = request.uri().path_and_query()?.as_str().strip_prefix('/')?;
        let feed = app.cache.get(&app.stamp(), name)?;
        let mut response = answer(&feed, headers, app.clock.now())?;
        taken_at_its_word(&mut response);
        Some(response)
    }
}
