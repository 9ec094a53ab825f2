//! What a home or section page and a few of its articles teach about a site. Keeps nothing.

use url::Url;

use super::reading::{Reading, read_page};
use super::{HarvestError, Harvester, parse, text_of};
use crate::date::Reader;
use crate::model::ArticleRules;
use crate::parse::{ListingLesson, learn_article, learn_listing};

/// Articles that are read as samples.
const SAMPLES_MAX: usize = 3;

/// What was learnt of a site.
#[derive(Debug)]
pub struct Lesson {
    /// Of the home or section page.
    pub listing: ListingLesson,
    /// Selectors that fit all samples.
    pub rules: ArticleRules,
    /// The samples, read by these rules.
    pub samples: Vec<(Url, Reading)>,
}

/// Reads a home or section page and its first articles.
///
/// # Errors
/// When the page does not come or holds no links to articles; a sample that does not come is left out.
pub async fn learn(harvester: &Harvester, reader: &Reader, address: &Url) -> Result<Lesson, HarvestError> {
    let harvester = Harvester { fetcher: harvester.fetcher.for_address(address), ..harvester.clone() };
    let page = harvester.ask_anew(address).await?;
    let (text, at) = (text_of(&page, None), page.address);
    let listing = parse(address, move || learn_listing(&text, &at)).await?;
    let mut samples = Vec::new();
    for article in listing.articles.iter().take(SAMPLES_MAX) {
        if let Ok(page) = harvester.ask_anew(article).await {
            samples.push((text_of(&page, None), page.address));
        }
    }
    let reader = *reader;
    let (rules, samples) = parse(address, move || {
        let rules = learn_article(&samples);
        let read = samples
            .iter()
            .filter_map(|(html, address)| Some((address.clone(), read_page(html, address, &rules, &reader).ok()?)))
            .collect();
        Ok((rules, read))
    })
    .await?;
    Ok(Lesson { listing, rules, samples })
}
