//! The store as JSON lines, for people and other programs: instants as RFC 3339, words instead of numbers.
//!
//! The first line names the form, the last one counts the lines before it, so that a file that was cut off is known by
//! it. In between stand the sources, the articles in the order in which they were first seen, all that finds an article
//! again (which outlives it), the pages, and who is told of changes.

mod article;
mod incoming;
mod source;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;

pub(super) use article::ArticleLine;
pub(super) use source::SourceLine;

use super::{PageState, Subscription};
use crate::model::{ArticleId, SourceId};

/// The version of this form; a newer release reads older ones.
pub(super) const LINES_FORMAT: u32 = 2;

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum Line {
    /// The first one.
    Bantin {
        format: u32,
    },
    Source(Box<SourceLine>),
    Article(Box<ArticleLine>),
    /// An address' identity, or a number under which a site files an article; the article may have been dropped.
    Address {
        identity: String,
        article: String,
    },
    Guid {
        source: String,
        guid: String,
        article: String,
    },
    /// Articles of other stories that are alike to one, the newest last.
    Beside {
        article: String,
        others: Vec<String>,
    },
    Page(Box<PageLine>),
    /// Who is told of changes.
    Subscription(Box<SubscriptionLine>),
    /// The last one.
    End {
        lines: u64,
    },
}

/// What is remembered of a page.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageLine {
    address: String,
    etag: Option<String>,
    last_modified: Option<String>,
    /// Hexadecimal, since JSON's numbers are exact to 2⁵³ only.
    body_hash: String,
    reading: String,
    first_asked: DateTime<Utc>,
    asked: DateTime<Utc>,
    failures: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    links: Vec<String>,
    next: Option<String>,
    /// Hexadecimal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    entries: Vec<String>,
}

/// Who is told of a feed's changes.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SubscriptionLine {
    topic: String,
    callback: String,
    secret: Option<String>,
    until: DateTime<Utc>,
    /// Hexadecimal.
    delivered: String,
    failures: u32,
    not_before: DateTime<Utc>,
}

impl SubscriptionLine {
    pub(super) fn of(subscription: Subscription) -> Self {
        let Subscription { topic, callback, secret, until, delivered, failures, not_before } = subscription;
        let delivered = format!("{:032x}", u128::from_be_bytes(delivered));
        Self { topic, callback, secret, until, delivered, failures, not_before }
    }

    pub(super) fn read(self) -> Result<Subscription, String> {
        let Self { topic, callback, secret, until, delivered, failures, not_before } = self;
        let number = u128::from_str_radix(&delivered, 16);
        let number = number.map_err(|_| format!("`{delivered}` is no hexadecimal number"))?;
        Ok(Subscription { topic, callback, secret, until, delivered: number.to_be_bytes(), failures, not_before })
    }
}

impl PageLine {
    pub(super) fn of(address: String, page: PageState) -> Self {
        Self {
            address,
            etag: page.etag,
            last_modified: page.last_modified,
            body_hash: format!("{:016x}", page.body_hash),
            reading: format!("{:016x}", page.reading),
            first_asked: page.first_asked,
            asked: page.asked,
            failures: page.failures,
            links: page.links.iter().map(Url::to_string).collect(),
            next: page.next.map(String::from),
            entries: page.entries.iter().map(|entry| format!("{entry:016x}")).collect(),
        }
    }

    pub(super) fn read(self) -> Result<(Url, PageState), String> {
        let page = PageState {
            etag: self.etag,
            last_modified: self.last_modified,
            body_hash: hexadecimal(&self.body_hash)?,
            reading: hexadecimal(&self.reading)?,
            first_asked: self.first_asked,
            asked: self.asked,
            failures: self.failures,
            links: self.links.iter().map(|link| web_address(link)).collect::<Result<_, _>>()?,
            next: self.next.as_deref().map(web_address).transpose()?,
            entries: self.entries.iter().map(|entry| hexadecimal(entry)).collect::<Result<_, _>>()?,
        };
        Ok((web_address(&self.address)?, page))
    }
}

pub(super) fn source_id(text: &str) -> Result<SourceId, String> {
    SourceId::parse(text).ok_or_else(|| format!("`{text}` is no source id"))
}

pub(super) fn article_id(text: &str) -> Result<ArticleId, String> {
    ArticleId::parse(text).ok_or_else(|| format!("`{text}` is no article id"))
}

fn web_address(text: &str) -> Result<Url, String> {
    Url::parse(text).map_err(|error| format!("`{text}` is no address: {error}"))
}

fn hexadecimal(text: &str) -> Result<u64, String> {
    u64::from_str_radix(text, 16).map_err(|_| format!("`{text}` is no hexadecimal number"))
}
