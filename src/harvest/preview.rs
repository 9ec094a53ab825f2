//! What would be read from one page, for the eyes of the one who writes the selectors. Keeps nothing.

use url::Url;

use super::ask::text_of;
use super::discover::sitemap_of;
use super::reading::{Reading, reader};
use super::{HarvestError, Harvester, reading};
use crate::address::{identity, same_site};
use crate::fetch::Page;
use crate::model::{Draft, Families, Habits, Listing, ListingRules, Reads, Source};
use crate::parse::{ParseError, Sitemap, read_feed, read_listing, recognise_family};

/// A text of fewer characters makes no page an article.
const ARTICLE_CHARS_MIN: usize = 200;

/// What one page shows.
#[derive(Debug)]
pub struct Seen {
    /// What it is.
    pub preview: Preview,
    /// The family that the page is recognised by, when it is one of a CMS.
    pub family: Option<String>,
}

/// What a page is, and what it says.
#[derive(Debug)]
pub enum Preview {
    /// A feed, with its entries.
    Feed(Vec<Draft>),
    /// A sitemap or an index of sitemaps.
    Sitemap(Sitemap),
    /// A page of links.
    Listing(Listing),
    /// An article.
    Article(Box<Reading>),
}

/// Reads one page by the rules of `source`, and by what is known of its clock, and says what it is, and which of `families`
/// made it.
///
/// # Errors
/// When the page does not come or nothing on it can be read.
pub async fn preview(
    harvester: &Harvester,
    source: &Source,
    habits: &Habits,
    families: &Families,
    address: &Url,
) -> Result<Seen, HarvestError> {
    let fetcher = harvester.fetcher.for_source(source).for_address(address);
    let page = Harvester { fetcher, ..harvester.clone() }.ask_anew(address).await?;
    let reader = reader(source, habits, harvester.clock.now());
    let rules = source.clone();
    let (asked, families) = (address.clone(), families.clone());
    harvester
        .desk
        .parse(address, move || {
            let preview = read(&page, &asked, &rules, &reader)?;
            let text = text_of(&page, rules.encoding);
            let family = match preview {
                Preview::Feed(_) | Preview::Sitemap(_) => None,
                _ => recognise_family(&text, &page.address, &families)?.map(|family| family.name.clone()),
            };
            Ok(Seen { preview, family })
        })
        .await
}

fn read(page: &Page, asked: &Url, source: &Source, reader: &crate::date::Reader) -> Result<Preview, ParseError> {
    let text = text_of(page, source.encoding);
    if let Ok(entries) = read_feed(&text, &page.address, reader) {
        return Ok(Preview::Feed(entries));
    }
    if let Ok(sitemap) = sitemap_of(page, source.encoding) {
        return Ok(Preview::Sitemap(sitemap));
    }
    let rules = match &source.reads {
        Reads::Listing(rules) => rules.clone(),
        _ => ListingRules { pages: 1, ..ListingRules::default() },
    };
    let is_listing = rules.urls.iter().any(|url| identity(url) == identity(asked));
    let article = reading::read_page(&text, &page.address, &source.article, reader);
    let listing = read_listing(&text, &page.address, &rules);
    match (article, listing) {
        (Ok(article), _) if !is_listing && article.clean.text.chars().count() >= ARTICLE_CHARS_MIN => {
            Ok(Preview::Article(Box::new(article)))
        }
        (_, Ok(listing)) => Ok(Preview::Listing(listing)),
        (Ok(article), Err(_)) => Ok(Preview::Article(Box::new(article))),
        (Err(error), Err(_)) => Err(error),
    }
}

/// The source whose rules fit an address: the first of the same site.
#[must_use]
pub fn source_for<'a>(sources: &'a [Source], address: &Url) -> Option<&'a Source> {
    sources.iter().find(|source| source.reads.addresses().iter().any(|url| same_site(url, address)))
}
