//! Articles to feeds: the same window as RSS 2.0, Atom 1.0 and JSON Feed 1.1. Same articles, same bytes.

mod atom;
mod fit;
mod item;
mod json;
mod media;
mod opml;
mod rss;
mod style;
mod window;

use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use url::Url;

pub use item::{AlsoIn, Item, SourceName, item};
pub use opml::opml;
pub use style::{ICON, ICON_FILE, STYLE, STYLE_FILE};
pub use window::{Bounds, Head, Offer, Window};

/// Yahoo's Media RSS.
const MEDIA: [&str; 2] = ["media", "http://search.yahoo.com/mrss/"];
/// Feed paging and archiving, RFC 5005.
const HISTORY: &str = "http://purl.org/syndication/history/1.0";

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
    /// The most articles that a feed holds whatever their age.
    pub max_items: usize,
    /// The share of a window that one source may take while others have articles to fill it; 1 for no limit.
    pub max_per_source: f64,
    /// WebSub hubs elsewhere, told of each change of the whole feeds.
    pub hubs: Vec<Url>,
    /// Whether bantin is a hub itself, at `hub` under the site's address.
    pub own_hub: bool,
    /// The shortest time between two readings of a source, in whole minutes.
    pub ttl_minutes: u32,
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

    /// The end of the names of its files.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Rss => "xml",
            Self::Atom => "atom",
            Self::Json => "json",
        }
    }

    /// The kind whose files end so.
    #[must_use]
    pub fn of_extension(extension: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.extension() == extension)
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

/// Where a feed stands among the site's feeds of all times (RFC 5005); the neighbours are stems of addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Whether it is an archive and no feed to subscribe to.
    pub archive: bool,
    /// Whether it is an archive that is complete.
    pub closed: bool,
    /// The archive before it.
    pub prev: Option<String>,
    /// The archive after it.
    pub next: Option<String>,
}

/// One feed, ready to be written.
#[derive(Clone, Debug)]
pub struct Feed<'a> {
    /// What it says of itself.
    pub site: &'a Site,
    /// What it is narrowed to, such as `Báo Khánh Hòa`; nothing for the whole.
    pub scope: Option<String>,
    /// Its own address without the extension, such as `sources/bao-khanh-hoa/feed`.
    pub stem: String,
    /// The query of its own address, without `?`.
    pub query: String,
    /// The query of the page for people with the same articles, without `?`.
    pub home: String,
    /// Its neighbours in time.
    pub history: History,
    /// The zone of its dates.
    pub zone: Tz,
    /// Its items, newest first.
    pub items: Vec<Entry>,
}

/// An item of a feed.
#[derive(Clone, Debug)]
pub enum Entry {
    /// One that is to be written.
    New(Box<Item>),
    /// One as it was written before, for the same kind of feed and by the same configuration.
    Written(Piece),
}

impl Entry {
    fn written(&self, site: &Site, format: Format) -> Piece {
        match self {
            Self::New(item) => Piece::of(item, site, format),
            Self::Written(piece) => piece.clone(),
        }
    }

    fn revised(&self) -> DateTime<Utc> {
        match self {
            Self::New(item) => item.revised,
            Self::Written(piece) => piece.revised,
        }
    }
}

/// An item in the bytes of one kind of feed.
#[derive(Clone, Debug)]
pub struct Piece {
    /// A part of the feed that it stands in.
    pub bytes: Bytes,
    /// When its text last changed.
    pub revised: DateTime<Utc>,
    /// Tells one state of an item from another within one run: a hash of the bytes, which hold its guid.
    pub digest: u64,
}

impl Piece {
    fn of(item: &Item, site: &Site, format: Format) -> Self {
        let bytes = match format {
            Format::Rss => rss::piece(item, site),
            Format::Atom => atom::piece(item, site),
            Format::Json => json::piece(item, site),
        };
        let digest = BuildHasherDefault::<DefaultHasher>::default().hash_one(&bytes);
        Self { bytes: bytes.into(), revised: item.revised, digest }
    }
}

/// A feed as it was written.
#[derive(Clone, Debug)]
pub struct Document {
    /// All of it.
    pub bytes: Bytes,
    /// Its items, each a part of the bytes.
    pub pieces: Vec<Piece>,
}

impl Feed<'_> {
    /// The newest change of an item; `None` without items.
    #[must_use]
    pub fn changed(&self) -> Option<DateTime<Utc>> {
        self.items.iter().map(Entry::revised).max()
    }

    /// Leaves only items whose state in this format is wanted, see [`Piece::digest`].
    pub fn retain(&mut self, format: Format, is_wanted: impl Fn(u64) -> bool) {
        let written = self.items.iter().map(|entry| entry.written(self.site, format));
        self.items = written.filter(|piece| is_wanted(piece.digest)).map(Entry::Written).collect();
    }

    fn title(&self) -> String {
        match &self.scope {
            Some(scope) => format!("{} – {scope}", self.site.title),
            None => self.site.title.clone(),
        }
    }

    /// Its address on the site.
    #[must_use]
    pub fn address(&self, format: Format) -> String {
        let mut url = self.under(&format!("{}.{}", self.stem, format.extension()));
        url.set_query((!self.query.is_empty()).then_some(&self.query));
        url.into()
    }

    /// The address of the page for people.
    fn home_page(&self) -> String {
        let mut url = self.site.url.clone();
        url.set_query((!self.home.is_empty()).then_some(&self.home));
        url.into()
    }

    /// The hubs that tell of its changes (W3C WebSub §4): filters of a visitor and archives have none.
    #[must_use]
    pub fn hubs(&self) -> Vec<String> {
        if !self.query.is_empty() || self.history.archive {
            return Vec::new();
        }
        let own = self.site.own_hub.then(|| self.under("hub").into());
        let elsewhere = self.site.hubs.iter().filter(|_| self.stem == "feed").map(Url::to_string);
        own.into_iter().chain(elsewhere).collect()
    }

    /// The links of RFC 5005, as pairs of a relation and an address.
    fn history_links(&self, format: Format) -> Vec<(&'static str, String)> {
        let at = |stem: &str| self.under(&format!("{stem}.{}", format.extension())).to_string();
        let History { archive, prev, next, .. } = &self.history;
        let current = archive.then(|| ("current", at("feed")));
        let prev = prev.as_deref().map(|prev| ("prev-archive", at(prev)));
        let next = next.as_deref().map(|next| ("next-archive", at(next)));
        current.into_iter().chain(prev).chain(next).collect()
    }

    fn under(&self, path: &str) -> Url {
        self.site.url.join(path).unwrap_or_else(|_| self.site.url.clone())
    }
}

/// Writes a feed.
#[must_use]
pub fn render(feed: &Feed, format: Format) -> Document {
    let Frame { head, between, tail } = match format {
        Format::Rss => rss::frame(feed),
        Format::Atom => atom::frame(feed),
        Format::Json => json::frame(feed),
    };
    let mut pieces: Vec<Piece> = feed.items.iter().map(|entry| entry.written(feed.site, format)).collect();
    let length: usize = pieces.iter().map(|piece| piece.bytes.len() + between.len()).sum();
    let mut bytes = Vec::with_capacity(head.len() + length + tail.len());
    bytes.extend(head);
    let mut starts = Vec::with_capacity(pieces.len());
    for (at, piece) in pieces.iter().enumerate() {
        bytes.extend_from_slice(if at == 0 { b"" } else { between });
        starts.push(bytes.len());
        bytes.extend_from_slice(&piece.bytes);
    }
    bytes.extend(tail);
    let bytes: Bytes = bytes.into_boxed_slice().into();
    for (piece, start) in pieces.iter_mut().zip(starts) {
        piece.bytes = bytes.slice(start..start + piece.bytes.len());
    }
    Document { bytes, pieces }
}

/// What stands around a feed's items.
struct Frame {
    head: Vec<u8>,
    between: &'static [u8],
    tail: Vec<u8>,
}

impl Frame {
    /// Of a document that a crate wrote, under our own head, with one item in it: the element of that name.
    fn of_xml(feed: &Feed, document: &[u8], name: &str) -> Self {
        let (head, _, tail) = around_element(document.trim_ascii(), name);
        let head = match memchr::memmem::find(head, b"?>") {
            Some(end) if head.starts_with(b"<?xml") => &head[end + 2..],
            _ => head,
        };
        let head = [prolog(feed).as_bytes(), head.trim_ascii_start()].concat();
        Self { head, between: b"", tail: [tail, b"\n"].concat() }
    }
}

/// The first element of a name up to the end of the last one, with what stands before and behind it. In what a crate
/// writes, text that looks like an element is escaped or stands within one.
fn around_element<'a>(document: &'a [u8], name: &str) -> (&'a [u8], &'a [u8], &'a [u8]) {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let start = memchr::memmem::find(document, open.as_bytes()).unwrap_or(document.len());
    let end = memchr::memmem::rfind(document, close.as_bytes()).map_or(start, |at| start.max(at + close.len()));
    (&document[..start], &document[start..end], &document[end..])
}

/// The head of an XML feed: how it is written, and how a browser shows it.
fn prolog(feed: &Feed) -> String {
    let style = feed.under(STYLE_FILE);
    let style = html_escape::encode_double_quoted_attribute(style.as_str()).into_owned();
    format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<?xml-stylesheet type=\"text/css\" href=\"{style}\"?>\n")
}
