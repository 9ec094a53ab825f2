//! The nouns that every room shares: plain values without behaviour beyond their own rules.

mod access;
mod article;
mod block;
mod change;
mod charset;
mod crontab;
mod draft;
mod family;
mod fill;
mod notice;
mod province;
mod published;
mod report;
mod source;
mod story;

pub use access::{Access, Login, Secret};
pub use article::{Appearance, Article, ArticleId, How, Image, Joined, PictureFile};
pub use block::{Block, Inline};
pub use change::{Change, To};
pub use charset::Charset;
pub use crontab::{Crontab, CrontabError};
pub use draft::{Draft, Listed, Listing};
pub use family::{Families, Family};
pub use fill::{Drift, Fill, PARTS, RULES};
pub use notice::{Channel, Notice};
pub use province::{PROVINCES, Province, province, province_slugs};
pub use published::{Candidate, Evidence, Habits, Origin, Precision, Published, Verdict};
pub use report::{Outcome, Report};
pub use source::{ArticleRules, Cadence, Css, DateOrder, ListingRules, Pace, Reads, Source, SourceId};
pub use story::{Story, Telling};
