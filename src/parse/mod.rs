//! Bytes to drafts: what a feed, a listing, a sitemap or an article page says, as it says it.

mod article;
mod article_list;
mod author;
mod beside;
mod blob;
mod blocks;
mod body;
mod bounds;
mod card;
mod channel;
mod dates;
mod encoding;
mod family;
mod feed;
mod item_list;
mod json_ld;
mod lead;
mod learn;
mod legacy;
mod line;
mod listing;
mod marks;
mod metadata;
mod nodes;
mod outline;
mod page;
mod picture;
mod section;
mod shape;
mod sitemap;
mod title;
mod twice;

pub use article::{Measured, measured, read_article};
pub use blocks::read_fragment;
pub use channel::read_channel;
pub use encoding::decode;
pub use family::recognise_family;
pub use feed::{FeedEntry, read_feed, read_feed_after};
pub use learn::{ListingLesson, learn_article, learn_listing};
pub use listing::{announced_feeds, read_listing, selects_any};
pub use section::{find_section, is_home};
pub use sitemap::{Sitemap, read_sitemap, unpack};

/// Entries that one feed, listing or sitemap may hold; what stands behind them is left out.
pub const ENTRIES_MAX: usize = 5_000;

/// Why a page could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The bytes are no feed of a known kind.
    #[error("not a readable feed: {0}")]
    Feed(String),
    /// The bytes are no sitemap.
    #[error("not a readable sitemap: {0}")]
    Sitemap(String),
    /// The listing holds no link that the rules accept.
    #[error("no article link on the listing ({0})")]
    NoLinks(String),
    /// The page nests its elements without end.
    #[error("the page nests its elements too deep")]
    TooDeep,
    /// The page has no title and no text.
    #[error("no article on the page")]
    NoArticle,
}
