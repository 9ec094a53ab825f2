//! What a page or feed says, before cleaning and dating.

use url::Url;

use super::{Block, Candidate, Image};

/// One article as its page or feed entry states it.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Where it was read, or where the feed says it stands.
    pub address: Url,
    /// The page's own word for its address.
    pub canonical: Option<Url>,
    /// The feed entry's guid or Atom id.
    pub guid: Option<String>,
    /// As printed.
    pub title: Option<String>,
    /// As printed.
    pub lead: Option<String>,
    /// The lead is printed outside the body.
    pub lead_apart: bool,
    /// The body, or nothing.
    pub body: Vec<Block>,
    /// As printed, label included.
    pub author: Option<String>,
    /// The lead picture.
    pub image: Option<Image>,
    /// Every statement of its time that was found.
    pub dates: Vec<Candidate>,
    /// Which of [`RULES`](super::RULES) the source has a selector for that found nothing here.
    pub missed: [bool; super::RULES.len()],
}

/// One link of a listing, with what stands beside it; an article's own page has the say on all but its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Absolute, without tracking keys.
    pub address: Url,
    /// The link's text.
    pub title: Option<String>,
    /// The time printed beside the link, as printed.
    pub date: Option<String>,
    /// The text printed beside the link.
    pub lead: Option<String>,
    /// The picture beside the link.
    pub image: Option<Url>,
}

/// A page of links to articles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// In the page's order, each address once.
    pub entries: Vec<Listed>,
    /// The page after this one.
    pub next: Option<Url>,
    /// Feeds that the page announces.
    pub feeds: Vec<Url>,
}
