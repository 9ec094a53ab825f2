//! A story as it is kept and published.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Precision, Published, SourceId};

/// Names one story for life.
///
/// It is the version 5 UUID (RFC 9562) of the story's canonical address in the URL namespace, so a store that is
/// rebuilt from the same pages gives the same names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArticleId(Uuid);

impl ArticleId {
    /// The name of the story first seen at `identity`, an address as [`crate::address::identity`] writes it.
    #[must_use]
    pub fn of_address(identity: &str) -> Self {
        Self(Uuid::new_v5(&Uuid::NAMESPACE_URL, identity.as_bytes()))
    }

    /// The sixteen bytes, as they stand in the store.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.into_bytes()
    }

    /// The name that [`ArticleId::to_bytes`] gave.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// Reads the form that `Display` writes, with or without `urn:uuid:` before it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text).ok().map(Self)
    }

    /// The guid in feeds: `urn:uuid:…`, which is also a valid Atom id (RFC 4287 §4.2.6).
    #[must_use]
    pub fn guid(self) -> String {
        self.0.urn().to_string()
    }
}

impl fmt::Display for ArticleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One picture of a story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Absolute address.
    pub address: String,
    /// What stands under the picture, as plain text.
    pub caption: Option<String>,
    /// What its source says of the file.
    pub file: PictureFile,
}

impl Image {
    /// A picture of which nothing but its address is known.
    #[must_use]
    pub fn at(address: impl Into<String>) -> Self {
        Self { address: address.into(), caption: None, file: PictureFile::default() }
    }
}

/// What is said of a picture's file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PictureFile {
    /// Its media type, such as `image/jpeg`.
    pub media_type: Option<String>,
    /// Its length.
    pub bytes: Option<u64>,
    /// How wide it is.
    pub width_pixels: Option<u32>,
    /// How high it is.
    pub height_pixels: Option<u32>,
}

/// Where else a story stands: a copy in another paper, or a second address in the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appearance {
    /// The paper that carries it.
    pub source: SourceId,
    /// The page's absolute address.
    pub address: String,
    /// `None` when the copy is merged into this story; otherwise the item that it is by itself.
    pub item: Option<ArticleId>,
    /// Why it is the same story; nothing for a second address of one page.
    pub joined: Option<Joined>,
}

/// By what two articles were found to tell one story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Their texts hold the same words in the same order.
    SameText,
    /// They share most of their text, see [`crate::dedupe::likeness`].
    Alike,
    /// Somebody said so.
    ByHand,
}

impl How {
    /// In words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SameText => "same text",
            Self::Alike => "alike",
            Self::ByHand => "by hand",
        }
    }
}

/// Why an article joined a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joined {
    /// By what it was found.
    pub how: How,
    /// How sure that is, 0 to 100.
    pub score_percent: u8,
}

/// An article as it was read from its page; and, put together by [`Story::published`](super::Story::published), a story as it is published.
#[derive(Clone, Debug, PartialEq)]
pub struct Article {
    /// Its name for life.
    pub id: ArticleId,
    /// The paper that prints it.
    pub source: SourceId,
    /// The page's absolute address, without tracking keys.
    pub address: String,
    /// Plain text, NFC.
    pub title: String,
    /// Plain text, NFC, without a dateline prefix.
    pub lead: Option<String>,
    /// Allow-listed HTML with absolute addresses; empty when the source gives no text.
    pub html: String,
    /// The paragraphs of `html` as plain text, separated by a blank line.
    pub text: String,
    /// The byline, without its label.
    pub author: Option<String>,
    /// The news agency or paper that the text was taken from.
    pub agency: Option<String>,
    /// The lead picture.
    pub image: Option<Image>,
    /// What the page says of its time.
    pub published: Published,
    /// Seconds that set it apart from stories of its source with the same coarse time, in the listing's order.
    pub nudge_seconds: u8,
    /// When bantin first admitted the story; never changes.
    pub first_seen: DateTime<Utc>,
    /// When its text last changed; `first_seen` until then.
    pub revised: DateTime<Utc>,
    /// Other papers and addresses that carry the same story.
    pub also_in: Vec<Appearance>,
    /// The more, the rather it represents a story that several papers tell.
    pub priority: i32,
    /// Since when its page is gone from all its addresses.
    pub withdrawn: Option<DateTime<Utc>>,
    /// Where the story stands among others when another article than the one shown opened it.
    pub place: Option<DateTime<Utc>>,
}

impl Article {
    /// An article of which nothing is known but what every article has: its text, its time and the rest are absent.
    #[must_use]
    pub fn bare(id: ArticleId, source: SourceId, address: String, title: String, seen: DateTime<Utc>) -> Self {
        Self {
            id,
            source,
            address,
            title,
            lead: None,
            html: String::new(),
            text: String::new(),
            author: None,
            agency: None,
            image: None,
            published: Published::default(),
            nudge_seconds: 0,
            first_seen: seen,
            revised: seen,
            also_in: Vec::new(),
            priority: 0,
            withdrawn: None,
            place: None,
        }
    }

    /// The instant to show; `None` when the source states none.
    ///
    /// A day without a time is shown as the first sight when that lies on the day, and as 00:00 of it otherwise.
    #[must_use]
    pub fn shown(&self) -> Option<DateTime<Utc>> {
        let instant = self.published.instant?;
        let into_day = self.first_seen - instant;
        let on_the_day = self.published.precision == Some(Precision::Day)
            && into_day >= TimeDelta::zero()
            && into_day < TimeDelta::days(1);
        let shown = if on_the_day { self.first_seen } else { instant };
        Some(shown + TimeDelta::seconds(self.nudge_seconds.into()))
    }

    /// The sources that list its page, the one that prints it first.
    pub fn listed_by(&self) -> impl Iterator<Item = &SourceId> {
        let beside = self.also_in.iter().filter(|other| other.item.is_none()).map(|other| &other.source);
        std::iter::once(&self.source).chain(beside)
    }

    /// The instant that sorts the story among others: the one shown, or `first_seen` when none is stated.
    #[must_use]
    pub fn order(&self) -> DateTime<Utc> {
        self.place.or_else(|| self.shown()).unwrap_or(self.first_seen)
    }
}
