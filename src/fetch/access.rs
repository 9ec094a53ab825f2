//! Headers and logins as they go over the wire.

use base64::Engine as _;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};

use crate::model::Access;

/// What the client writes itself: the connection, the form of the body, and what has a key of its own.
const OWN_HEADERS: [&str; 19] = [
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// Whether a name and a value can be sent as a header of a source's own.
///
/// # Errors
/// What is wrong with it, without the value.
pub fn check_header(name: &str, value: &str) -> Result<(), String> {
    let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("`{name}` is no name of a header"))?;
    if OWN_HEADERS.contains(&parsed.as_str()) || parsed.as_str().starts_with("proxy-") {
        return Err(format!("bantin writes the header `{name}` itself"));
    }
    HeaderValue::from_str(value).map_err(|_| format!("the value of `{name}` cannot be sent in a header"))?;
    Ok(())
}

/// A source's own headers and login, marked so that no log shows them.
pub(super) fn secrets(access: &Access) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    let secret = |name: HeaderName, text: &str| {
        let mut value = HeaderValue::from_str(text).ok()?;
        value.set_sensitive(true);
        Some((name, value))
    };
    let login = access.login.as_ref().and_then(|login| {
        let pair = format!("{}:{}", login.user, login.password.expose());
        secret(AUTHORIZATION, &format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(pair)))
    });
    let headers = access
        .headers
        .iter()
        .filter_map(move |(name, value)| secret(HeaderName::from_bytes(name.as_bytes()).ok()?, value.expose()));
    headers.chain(login)
}
