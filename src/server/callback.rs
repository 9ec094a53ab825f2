//! Where hubs call back (W3C `WebSub`): they ask whether a subscription is meant, and tell of changes.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::mpsc::error::TrySendError;
use url::form_urlencoded;

use super::App;
use super::error::ServerError;
use crate::model::SourceId;
use crate::subscribe::{Push, confirm, is_held, pushed};

/// The largest push that is looked at: of a longer one the signature is not checked.
const PUSH_BYTES_MAX: usize = 4 << 20;
/// Pushes in memory at once; further ones wait for their turn.
pub(super) const PUSHES_AT_ONCE_MAX: usize = 8;
/// How long a push may take to come, the wait for its turn included.
const PUSH_TIMEOUT: Duration = Duration::from_secs(30);

/// When a hub may tell again that was not listened to for want of room.
const BUSY_SECONDS: &str = "60";

/// A hub asks whether a subscription is meant.
pub(super) async fn asked(
    State(app): State<App>,
    Path((source, token)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, ServerError> {
    let query: Vec<_> = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    let id = known(&app, &source)?;
    let challenge = app.read(move |desk, _| Ok(confirm(desk.store, &id, &token, &query, desk.now)?)).await?;
    challenge.map(IntoResponse::into_response).ok_or(ServerError::NoPage)
}

/// A hub tells of a change. A push that is not signed is answered alike, and passed over.
pub(super) async fn told(
    State(app): State<App>,
    Path((source, token)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ServerError> {
    let id = known(&app, &source)?;
    // Whoever holds no address of a subscription gets no memory.
    let (wanted, given) = (id.clone(), token.clone());
    if !app.read(move |desk, _| Ok(is_held(desk.store, &wanted, &given, desk.now)?)).await? {
        return Ok(StatusCode::GONE.into_response());
    }
    let coming = async {
        let turn = app.push_turns.clone().acquire_owned().await;
        (to_bytes(body, PUSH_BYTES_MAX).await, turn)
    };
    let Ok((body, turn)) = tokio::time::timeout(PUSH_TIMEOUT, coming).await else {
        return Ok(StatusCode::REQUEST_TIMEOUT.into_response());
    };
    let Ok(body) = body else { return Ok(StatusCode::PAYLOAD_TOO_LARGE.into_response()) };
    let signature = headers.get("x-hub-signature").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let wanted = id.clone();
    let push = app
        .read(move |desk, _| {
            let push = pushed(desk.store, &wanted, &token, signature.as_deref(), &body, desk.now)?;
            drop((body, turn));
            Ok(push)
        })
        .await?;
    match push {
        Push::Valid => {
            tracing::debug!(source.id = %id, "its hub tells of a change");
            // The hub tells it again; the store knows of it already, which is enough where the program stops.
            if let Err(TrySendError::Full(_)) = app.pushes.try_send(id) {
                return Ok((StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, BUSY_SECONDS)]).into_response());
            }
        }
        Push::Unsigned => tracing::warn!(source.id = %id, "a push without the right signature was passed over"),
        Push::Unknown => return Ok(StatusCode::GONE.into_response()),
    }
    Ok(StatusCode::ACCEPTED.into_response())
}

/// Only sources of the configuration have callbacks.
fn known(app: &App, source: &str) -> Result<SourceId, ServerError> {
    let id = SourceId::parse(source).ok_or(ServerError::NoPage)?;
    app.config().source(&id).map(|source| source.id.clone()).ok_or(ServerError::NoPage)
}
