//! Articles to feeds: the same window as RSS 2.0, Atom 1.0 and JSON Feed 1.1. Same articles, same bytes.

mod atom;
mod item;
mod json;
mod opml;
mod rss;
mod window;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use url::Url;

pub use item::{AlsoIn, Item, SourceName, item};
pub use opml::opml;
pub use window::Window;

/// How much of an article stands in a feed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Content {
    /// The whole cleaned text.
    #[default]
    Full,
    /// The lead only.
    Summary,
}

/// What becomes of an item whose page is gone from its site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Withdrawn {
    /// It stays, marked.
    #[default]
    Keep,
    /// It leaves the feeds.
    Drop,
}

/// What the feeds say of themselves.
#[derive(Clone, Debug)]
pub struct Site {
    /// The feeds' title.
    pub title: String,
    /// One line about the feeds.
    pub description: String,
    /// The public address; ends in `/`.
    pub url: Url,
    /// A BCP 47 tag.
    pub language: String,
    /// The newest articles that a feed holds ...
    pub items: usize,
    /// ... and how far behind the newest one nothing is cut.
    pub min_age: TimeDelta,
    /// How much of an article stands in a feed.
    pub content: Content,
    /// Each item's text opens with its dateline and paper.
    pub dateline: bool,
    /// What becomes of an item whose page is gone.
    pub withdrawn: Withdrawn,
}

/// A kind of feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// RSS 2.0
    Rss,
    /// Atom 1.0, RFC 4287
    Atom,
    /// JSON Feed 1.1
    Json,
}

impl Format {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Rss, Self::Atom, Self::Json];

    /// The last part of the feed's address.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Self::Rss => "feed.xml",
            Self::Atom => "feed.atom",
            Self::Json => "feed.json",
        }
    }

    /// The media type, with its charset where one is allowed.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Rss => "application/rss+xml; charset=utf-8",
            Self::Atom => "application/atom+xml; charset=utf-8",
            Self::Json => "application/feed+json; charset=utf-8",
        }
    }
}

/// One feed, ready to be written.
#[derive(Clone, Debug)]
pub struct Feed<'a> {
    /// What it says of itself.
    pub site: &'a Site,
    /// What it is narrowed to, such as `Báo Khánh Hòa`; nothing for the whole.
    pub scope: Option<String>,
    /// Its own address without the file, such as `sources/bao-khanh-hoa/`.
    pub path: String,
    /// The query of its own address, without `?`.
    pub query: String,
    /// The zone of its dates.
    pub zone: Tz,
    /// Its items, newest first.
    pub items: Vec<Item>,
}

impl Feed<'_> {
    /// The newest change of an item; `None` without items.
    #[must_use]
    pub fn changed(&self) -> Option<DateTime<Utc>> {
        self.items.iter().map(|item| item.revised).max()
    }

    fn title(&self) -> String {
        match &self.scope {
            Some(scope) => format!("{} – {scope}", self.site.title),
            None => self.site.title.clone(),
        }
    }

    fn address(&self, format: Format) -> String {
        let mut url = self.site.url.join(&format!("{}{}", self.path, format.file())).unwrap_or(self.site.url.clone());
        url.set_query((!self.query.is_empty()).then_some(&self.query));
        url.into()
    }
}

/// Writes a feed.
#[must_use]
pub fn render(feed: &Feed, format: Format) -> Vec<u8> {
    match format {
        Format::Rss => rss::render(feed),
        Format::Atom => atom::render(feed),
        Format::Json => json::render(feed),
    }
}
