//! The one place where errors become responses.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::edition::{EditionError, FilterError};
use crate::store::StoreError;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub(super) enum ServerError {
    #[error("no such page; the feeds are at /feed.xml, /feed.atom and /feed.json")]
    NoPage,
    #[error("no such article")]
    NoArticle,
    #[error("this page is shown to this machine only; ask it from here, or set [server] status = \"public\"")]
    NotYours,
    #[error(transparent)]
    Filter(FilterError),
    #[error("the store does not answer")]
    Store(StoreError),
    #[error("the page could not be made")]
    Broken,
}

impl From<EditionError> for ServerError {
    fn from(error: EditionError) -> Self {
        match error {
            EditionError::Filter(error) => Self::Filter(error),
            EditionError::Store(error) => Self::Store(error),
        }
    }
}

impl From<StoreError> for ServerError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl IntoResponse for ServerError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::NoPage | Self::NoArticle | Self::Filter(FilterError::Unknown(..)) => StatusCode::NOT_FOUND,
            Self::NotYours => StatusCode::FORBIDDEN,
            Self::Filter(_) => StatusCode::BAD_REQUEST,
            Self::Store(error) => {
                tracing::error!(%error, "a page could not be served");
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Broken => {
                tracing::error!("a page could not be made");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        (status, [(header::CACHE_CONTROL, "no-store")], format!("{self}\n")).into_response()
    }
}
