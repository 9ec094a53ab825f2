//! When a story was published, and how bantin knows.

use chrono::{DateTime, Utc};

/// How exactly a source states an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Precision {
    /// The day only; the instant is 00:00 of it in the source's zone.
    Day,
    /// Hour and minute.
    Minute,
    /// Hour, minute and second.
    Second,
}

impl Precision {
    /// The word used in `_bantin.date_precision` and by `extract`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Minute => "minute",
            Self::Second => "second",
        }
    }
}

/// Where on a page or feed a date stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// The text that the source's `date` selector matches.
    Selector,
    /// A `<meta>` element such as `article:published_time`.
    Meta,
    /// JSON-LD `datePublished` (schema.org), also inside `@graph`.
    JsonLd,
    /// Microdata `itemprop="datePublished"`.
    Microdata,
    /// A `<time>` element near the title.
    Time,
    /// A dateline near the title, found by its form.
    Visible,
    /// RSS `pubDate`, Atom `published`, JSON Feed `date_published`.
    Feed,
    /// Atom `updated`, JSON Feed `date_modified`.
    FeedUpdated,
    /// Printed beside the link on a listing.
    Listing,
    /// A sitemap's `news:publication_date` or `lastmod`.
    Sitemap,
    /// Digits in the page's address.
    Address,
    /// Anywhere else on the page, under a label or a name that says date, or a meta element whose name does not say which
    /// date; it counts only where nothing better is found.
    Page,
}

impl Origin {
    /// The word used in `_bantin.date_origin` and by `extract`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Selector => "selector",
            Self::JsonLd => "json-ld",
            Self::Meta => "meta",
            Self::Microdata => "microdata",
            Self::Time => "time",
            Self::Visible => "visible",
            Self::Feed => "feed",
            Self::FeedUpdated => "feed-updated",
            Self::Listing => "listing",
            Self::Sitemap => "sitemap",
            Self::Address => "address",
            Self::Page => "page",
        }
    }
}

/// A text that may state when an article was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Where it stands.
    pub origin: Origin,
    /// As printed.
    pub text: String,
    /// It speaks of the last change (`dateModified`), not of publication.
    pub updated: bool,
}

/// What became of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The instant was taken from here.
    Used,
    /// States the same day as the instant taken.
    Agrees,
    /// States another time, in UTC.
    Differs(DateTime<Utc>),
    /// Not a usable date, and why.
    Refused(String),
}

/// One candidate with its verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Where it stands.
    pub origin: Origin,
    /// As printed, cut to a readable length.
    pub text: String,
    /// It speaks of the last change.
    pub updated: bool,
    /// What became of it.
    pub verdict: Verdict,
}

impl Published {
    /// Whether a strong statement of the publication contradicts the one taken by more than a day.
    #[must_use]
    pub fn is_disputed(&self) -> bool {
        let strong = |evidence: &&Evidence| !evidence.updated && evidence.origin <= Origin::Feed;
        self.evidence.iter().filter(strong).any(|evidence| matches!(evidence.verdict, Verdict::Differs(_)))
    }

    /// The candidates that the evidence speaks of.
    #[must_use]
    pub fn candidates(&self) -> Vec<Candidate> {
        let candidate = |evidence: &Evidence| Candidate {
            origin: evidence.origin,
            text: evidence.text.clone(),
            updated: evidence.updated,
        };
        self.evidence.iter().map(candidate).collect()
    }
}

/// What a source's pages have proved about its clock, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Habits {
    /// Articles whose machine time is a local clock under the name of UTC.
    pub local_as_utc: u32,
    /// Articles whose machine time is what it says.
    pub honest: u32,
    /// Feed items whose minutes are the number of the month.
    pub month_minutes: u32,
    /// Feed items whose minutes are not.
    pub free_minutes: u32,
}

/// When a story was published, as its source states it. Nothing in here is ever guessed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// UTC; `None` when the source states no date.
    pub instant: Option<DateTime<Utc>>,
    /// How exact `instant` is; `None` with it.
    pub precision: Option<Precision>,
    /// Where `instant` was read; `None` with it.
    pub origin: Option<Origin>,
    /// The UTC offset of the clock that the source shows with it, in seconds; `None` when it states none.
    pub offset_seconds: Option<i32>,
    /// The source's own time of its last change, when it states one.
    pub updated: Option<DateTime<Utc>>,
    /// All candidates, the one taken first.
    pub evidence: Vec<Evidence>,
}
