//! A paper or portal that is read, with the rules for reading it.

use std::fmt;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use chrono::TimeDelta;
use chrono_tz::Tz;
use fancy_regex::Regex;
use url::Url;

use super::{Access, Charset, Crontab, Families, Province};

/// A source's short name in `feeds.toml`, addresses and the store: `a-z 0-9 -`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(Arc<str>);

impl SourceId {
    /// Takes `text` as an id when it is 1 to 64 characters of `a-z 0-9 -`, the first and last no dash.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let fits = (1..=64).contains(&text.len()) && text.chars().all(allowed);
        (fits && !text.starts_with('-') && !text.ends_with('-')).then(|| Self(text.into()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A CSS selector that was checked when the configuration was read.
#[derive(Clone)]
pub struct Css {
    text: String,
    selector: scraper::Selector,
}

impl Css {
    /// Reads a selector.
    ///
    /// # Errors
    /// What the CSS parser says of it, in a few words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let selector = scraper::Selector::parse(text).map_err(|error| reason(&error.to_string()))?;
        Ok(Self { text: text.to_owned(), selector })
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The selector, ready to use.
    #[must_use]
    pub fn selector(&self) -> &scraper::Selector {
        &self.selector
    }
}

/// The parser ends its message with the name of the fault, such as `DanglingCombinator`: the same as words.
fn reason(message: &str) -> String {
    let name = message.lines().last().unwrap_or_default().trim();
    let spaced = |c: char| if c.is_uppercase() { format!(" {}", c.to_lowercase()) } else { c.to_string() };
    name.chars().map(spaced).collect::<String>().trim().to_owned()
}

impl Hash for Css {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl fmt::Debug for Css {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

/// Which number of `8/9/2020` is the day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DateOrder {
    /// Day first, as Vietnamese writes it.
    #[default]
    Dmy,
    /// Month first, as ASP.NET prints it in its en-US culture.
    Mdy,
}

/// When a source is read.
#[derive(Clone, Debug)]
pub enum Cadence {
    /// At the times that a crontab expression names, in the source's zone.
    Cron(Crontab),
    /// As often as the source's own rhythm asks for.
    Auto,
}

/// How far apart the runs of a source may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// A learned interval is at least this.
    pub min_interval: TimeDelta,
    /// A learned interval is at most this.
    pub max_interval: TimeDelta,
    /// The longest wait after failures.
    pub max_backoff: TimeDelta,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            min_interval: TimeDelta::minutes(10),
            max_interval: TimeDelta::hours(6),
            max_backoff: TimeDelta::hours(6),
        }
    }
}

/// How links are found on a listing.
#[derive(Clone, Debug, Default)]
pub struct ListingRules {
    /// The pages to read, each a first page.
    pub urls: Vec<Url>,
    /// The links to articles; left out: found automatically.
    pub link: Option<Css>,
    /// Only addresses (path and query) in which this finds something; may look ahead and behind.
    pub pattern: Option<Regex>,
    /// How many pages of each listing are read, 1 or more.
    pub pages: usize,
    /// The link to the next page; left out: found automatically.
    pub next: Option<Css>,
    /// The path of the list that the site gives to its own scripts, as VNPT's CMS does.
    pub api: Option<String>,
}

impl Hash for ListingRules {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { urls, link, pattern, pages, next, api } = self;
        (urls, link, pattern.as_ref().map(Regex::as_str), pages, next, api).hash(state);
    }
}

/// Where a source's stories are found.
#[derive(Clone, Debug, Hash)]
pub enum Reads {
    /// An RSS, Atom or JSON feed.
    Feed(Url),
    /// Home or section pages.
    Listing(ListingRules),
    /// A sitemap or news sitemap.
    Sitemap(Url),
}

impl Reads {
    /// The pages that a pass begins with.
    #[must_use]
    pub fn addresses(&self) -> &[Url] {
        match self {
            Self::Feed(url) | Self::Sitemap(url) => std::slice::from_ref(url),
            Self::Listing(rules) => &rules.urls,
        }
    }
}

/// How an article page is read; every part left out is found automatically.
#[derive(Clone, Debug, Default, Hash)]
pub struct ArticleRules {
    /// The title.
    pub title: Option<Css>,
    /// The date.
    pub date: Option<Css>,
    /// Which number is the day.
    pub date_order: DateOrder,
    /// A stated UTC offset on this site is wrong; the clock is local.
    pub naive_local: bool,
    /// The lead.
    pub lead: Option<Css>,
    /// The body, one or more elements.
    pub body: Option<Css>,
    /// The byline.
    pub author: Option<Css>,
    /// The lead picture.
    pub image: Option<Css>,
    /// What is cut out of the body.
    pub remove: Vec<Css>,
    /// The body is a family's and not this site's own: boxes beside the text are looked for in it.
    pub body_in_common: bool,
    /// Where the source says nothing, the selectors of the family that its page is recognised by.
    pub families: Families,
}

impl ArticleRules {
    /// Whether no selector is set.
    #[must_use]
    pub fn are_empty(&self) -> bool {
        let selectors = [&self.title, &self.date, &self.lead, &self.body, &self.author, &self.image];
        selectors.iter().all(|css| css.is_none()) && self.remove.is_empty()
    }

    /// These rules, with the selectors of `common` where these have none.
    #[must_use]
    pub fn over(&self, common: &Self) -> Self {
        let either = |own: &Option<Css>, common: &Option<Css>| own.clone().or_else(|| common.clone());
        Self {
            title: either(&self.title, &common.title),
            date: either(&self.date, &common.date),
            date_order: self.date_order,
            naive_local: self.naive_local,
            lead: either(&self.lead, &common.lead),
            body: either(&self.body, &common.body),
            author: either(&self.author, &common.author),
            image: either(&self.image, &common.image),
            remove: if self.remove.is_empty() { common.remove.clone() } else { self.remove.clone() },
            body_in_common: self.body.is_none() && common.body.is_some(),
            families: Families::default(),
        }
    }
}

/// A paper or portal that is read.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its short name.
    pub id: SourceId,
    /// Its name for people.
    pub name: String,
    /// Whether it is read; one that is not keeps its stories.
    pub enabled: bool,
    /// The family whose rules it shares, when the file names one.
    pub family: Option<String>,
    /// The province it serves.
    pub province: Option<&'static Province>,
    /// A category slug such as `thoi-su`.
    pub category: Option<String>,
    /// When it is read.
    pub cadence: Cadence,
    /// How far apart its runs may be.
    pub pace: Pace,
    /// The zone of its schedule and its datelines.
    pub zone: Tz,
    /// Where its stories are found.
    pub reads: Reads,
    /// The more, the rather its article represents a story that several papers tell; 0 unless set.
    pub priority: i32,
    /// How its bytes become text; left out: found automatically.
    pub encoding: Option<Charset>,
    /// Follow each link of a feed to its page.
    pub full_text: bool,
    /// How its article pages are read.
    pub article: ArticleRules,
    /// What its server wants to be asked with.
    pub access: Access,
}

impl Source {
    /// Changes when the rules for reading this source change, so that pages read by other rules are read again; each source
    /// has its own, so that one which takes over another one's pages reads them once.
    ///
    /// The value is stable between runs of one release; another release may give another value.
    #[must_use]
    pub fn reading(&self) -> u64 {
        let Self { id, zone, reads, encoding, article, full_text, .. } = self;
        let rules = (env!("CARGO_PKG_VERSION"), id, zone, reads, encoding, article, full_text);
        BuildHasherDefault::<DefaultHasher>::default().hash_one(rules)
    }
}
