//! What a home or section page and a few of its articles teach about a site. Keeps nothing.

use url::Url;

use super::ask::text_of;
use super::reading::{Reading, read_page};
use super::{HarvestError, Harvester};
use crate::date::Reader;
use crate::model::{ArticleRules, Families, Family};
use crate::parse::{ListingLesson, learn_article, learn_listing, recognise_family};

/// Articles that are read as samples.
const SAMPLES_MAX: usize = 3;

/// What was learnt of a site.
#[derive(Debug)]
pub struct Lesson {
    /// The family that the page or its first articles are recognised by.
    pub family: Option<Family>,
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
pub async fn learn(
    harvester: &Harvester,
    reader: &Reader,
    families: &Families,
    address: &Url,
) -> Result<Lesson, HarvestError> {
    let harvester = Harvester { fetcher: harvester.fetcher.for_address(address), ..harvester.clone() };
    let page = harvester.ask_anew(address).await?;
    let home = (text_of(&page, None).into_owned(), page.address);
    let (home, listing) = harvester
        .desk
        .parse(address, move || {
            let listing = learn_listing(&home.0, &home.1)?;
            Ok((home, listing))
        })
        .await?;
    let mut samples = Vec::new();
    for article in listing.articles.iter().take(SAMPLES_MAX) {
        if let Ok(page) = harvester.ask_anew(article).await {
            samples.push((text_of(&page, None).into_owned(), page.address));
        }
    }
    let (reader, families) = (*reader, families.clone());
    let (family, rules, samples) = harvester
        .desk
        .parse(address, move || {
            let mut pages = samples.iter().chain([&home]);
            let family = pages.find_map(|(html, address)| recognise_family(html, address, &families).ok()?.cloned());
            let rules = learn_article(&samples);
            let read = samples
                .iter()
                .filter_map(|(html, address)| Some((address.clone(), read_page(html, address, &rules, &reader).ok()?)))
                .collect();
            Ok((family, rules, read))
        })
        .await?;
    Ok(Lesson { family, listing, rules, samples })
}
