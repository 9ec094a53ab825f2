//! What a source's server wants to be asked with.

use std::fmt;
use std::time::Duration;

/// A text that no log, error or status shows.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(String);

impl Secret {
    /// Takes a text into custody.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for the one who sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Name and password (RFC 7617).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// What a source's server wants to be asked with; the default is what every server is asked with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Headers for the source's own hosts alone.
    pub headers: Vec<(String, Secret)>,
    /// Instead of this program's own name.
    pub user_agent: Option<String>,
    /// The proxy to go through; its address may hold a password.
    pub proxy: Option<Secret>,
    /// For one request from first byte to last, instead of the common one.
    pub timeout: Option<Duration>,
    /// For the source's own hosts alone.
    pub login: Option<Login>,
}
