//! A change to one source of `feeds.toml`, as a probe proposes it.

use url::Url;

/// Sets or removes one key of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// `listing` or `article`; nothing for a key of the source itself.
    pub table: Option<&'static str>,
    /// The key.
    pub key: &'static str,
    /// What becomes of it.
    pub to: To,
}

/// What becomes of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// It has this text, whether it was there or not.
    Text(String),
    /// It has this text where it is there; a family's rule stays.
    Instead(String),
    /// The first address gives way to the second, in a text or in the list of that name with an `s`; others stay.
    Entry(Url, Url),
    /// It is true or false.
    Flag(bool),
    /// It is not there.
    Nothing,
}

impl Change {
    /// Changes a key of the source itself.
    #[must_use]
    pub fn own(key: &'static str, to: To) -> Self {
        Self { table: None, key, to }
    }

    /// Changes a key of its `listing`.
    #[must_use]
    pub fn listing(key: &'static str, to: To) -> Self {
        Self { table: Some("listing"), key, to }
    }

    /// Changes a key of its `article`.
    #[must_use]
    pub fn article(key: &'static str, to: To) -> Self {
        Self { table: Some("article"), key, to }
    }
}
