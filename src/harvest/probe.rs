//! What a source's site answers today: each page is asked for once, then looked at by the rules of the file and by
//! those that would fit better. Keeps nothing.

mod proposal;

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use url::Url;

use self::proposal::proposals;
use super::ask::text_of;
use super::discover::sitemap_of;
use super::reading::{Reading, read_followed, reader};
use super::{HarvestError, Harvester};
use crate::address::{identity, same_site};
use crate::fetch::{FetchError, Page};
use crate::model::{Change, Draft, Families, Habits, Listed, ListingRules, RULES, Reads, Source};
use crate::parse::{Sitemap, announced_feeds, find_section, is_home, read_feed, read_listing, recognise_family};

/// Articles that are read as samples ...
const SAMPLES_MAX: usize = 2;
/// ... and so many more where a selector finds nothing on those: not every article has a byline or a picture.
const MORE_SAMPLES_MAX: usize = 2;
/// Sitemaps that are asked for until one holds pages.
const SITEMAPS_MAX: usize = 2;
/// Listings of one source that are asked for.
const LISTINGS_MAX: usize = 6;

/// A listing, or the home page of a site, that came.
#[derive(Clone, Debug)]
pub struct ListingPage {
    /// Where it was asked for; of a list that an `api` rule leads to, the page that it stands for.
    asked: Url,
    /// Where it came from in the end.
    at: Url,
    html: String,
}

impl ListingPage {
    /// Whether another page was asked for and the home page of its host came, which a section with a host of its own has
    /// too.
    fn led_home(&self) -> bool {
        is_home(&self.at) && !is_home(&self.asked) && same_site(&self.at, &self.asked)
    }
}

/// The pages that came.
#[derive(Clone, Debug, Default)]
pub struct Pages {
    /// The source's listings, and the home page of its site where one of them is of no use.
    listings: Vec<ListingPage>,
    /// Addresses of the source that are of no use, each with the section of the same name that its site has now.
    moved: Vec<(Url, Url)>,
    /// Feeds and sitemaps that could be read, with the addresses of their entries.
    lists: Vec<(Url, Vec<Url>)>,
    /// Sample articles.
    articles: Vec<(String, Url)>,
}

impl Pages {
    /// Addresses of the source's listings that lead to the home page of their site, each with that.
    pub fn led_home(&self) -> impl Iterator<Item = (&Url, &Url)> {
        self.listings.iter().filter(|page| page.led_home()).map(|page| (&page.asked, &page.at))
    }

    /// The listings that these addresses name.
    fn of<'a>(&'a self, urls: &'a [Url]) -> impl Iterator<Item = &'a ListingPage> {
        self.listings.iter().filter(|page| urls.contains(&page.asked) || urls.contains(&page.at))
    }
}

/// What a probe saw.
#[derive(Debug, Default)]
pub struct Probe {
    /// Why the source's first page did not come or could not be read.
    pub trouble: Option<String>,
    /// Whether the site answered at all.
    pub reachable: bool,
    /// What robots.txt says of the first page: nothing when it never came to that.
    pub robots: Option<bool>,
    /// The feeds that the page announces.
    pub feeds: Vec<Url>,
    /// The family that the pages are recognised by.
    pub family: Option<String>,
    /// The pages that came.
    pub pages: Pages,
    /// Changes that mend what does not fit, the likeliest first; each is a whole proposal.
    pub proposals: Vec<Vec<Change>>,
    /// Changes that give up rules, and are worth it only if more is read without them.
    pub bolder: Vec<Vec<Change>>,
}

/// What one set of rules makes of the pages.
#[derive(Debug, Default)]
pub struct Sight {
    /// Different links to articles.
    pub links: usize,
    /// Feeds and listings that hold any.
    pub full: usize,
    /// The samples, each with what it says, if it can be read.
    pub samples: Vec<(Url, Option<Reading>)>,
}

impl Sight {
    /// How much is read: one for each feed or listing with links, and one for each part that each sample states;
    /// nothing without links.
    #[must_use]
    pub fn worth(&self) -> usize {
        let parts = |reading: &Reading| reading.parts.iter().filter(|stated| **stated).count();
        let stated: usize = self.samples.iter().filter_map(|(_, reading)| reading.as_ref().map(parts)).sum();
        if self.links == 0 { 0 } else { self.full + stated }
    }

    /// Whether every sample states its text and its date.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let sound = |reading: &Reading| reading.published.instant.is_some() && !reading.clean.text.is_empty();
        let all = self.samples.iter().all(|(_, reading)| reading.as_ref().is_some_and(sound));
        self.links > 0 && !self.samples.is_empty() && all
    }
}

/// Looks at pages that came with the rules of a source; asks for nothing.
#[must_use]
pub fn look(pages: &Pages, source: &Source, now: DateTime<Utc>) -> Sight {
    let found: Vec<Vec<Url>> = match &source.reads {
        Reads::Listing(rules) => pages.of(&rules.urls).map(|page| read(page, rules).0).collect(),
        Reads::Feed(url) | Reads::Sitemap(url) => {
            pages.lists.iter().filter(|(list, _)| list == url).map(|(_, entries)| entries.clone()).collect()
        }
    };
    let full = found.iter().filter(|links| !links.is_empty()).count();
    let links = found.iter().flatten().collect::<HashSet<_>>().len();
    let reader = reader(source, &Habits::default(), now);
    let sample = |(html, address): &(String, Url)| {
        (address.clone(), read_followed(html, address, None, None, source, &reader).ok())
    };
    Sight { links, full, samples: pages.articles.iter().map(sample).collect() }
}

/// The links and the next page of a listing.
fn read(page: &ListingPage, rules: &ListingRules) -> (Vec<Url>, Option<Url>) {
    let listing = read_listing(&page.html, &page.at, rules).unwrap_or_default();
    (listing.entries.into_iter().map(|entry| entry.address).collect(), listing.next)
}

/// Asks the source's feed or listings, the home page or an announced feed where these are of no use, and two articles,
/// or some more where a selector finds nothing on these.
pub async fn probe(harvester: &Harvester, source: &Source, families: &Families) -> Probe {
    let mut probe = Probe::default();
    let Some(first) = source.reads.addresses().first().cloned() else { return probe };
    let harvester = &Harvester { fetcher: harvester.fetcher.for_source(source), ..harvester.clone() };
    let mut found = match &source.reads {
        Reads::Listing(_) => Vec::new(),
        Reads::Feed(_) | Reads::Sitemap(_) => probe.ask_list(harvester, source, &first).await,
    };
    if found.is_empty() {
        found = probe.ask_listings(harvester, source, &first).await;
        // What both ways find is an article for certain.
        found.sort_by_key(|(_, sure)| !sure);
    }
    let mut found: Vec<Url> = found.into_iter().map(|(address, _)| address).collect();
    if let Some(feed) = probe.feeds.iter().find(|feed| found.is_empty() && **feed != first).cloned() {
        found = probe.ask_list(harvester, source, &feed).await.into_iter().map(|(address, _)| address).collect();
    }
    let mut seen = HashSet::new();
    found.retain(|address| seen.insert(identity(address)));
    let mut rest = found.iter();
    probe.ask_samples(harvester, source, rest.by_ref().take(SAMPLES_MAX)).await;
    if probe.misses_a_rule(harvester, source, harvester.clock.now(), &first).await {
        probe.ask_samples(harvester, source, rest.take(MORE_SAMPLES_MAX)).await;
    }
    let (pages, feeds) = (probe.pages.clone(), probe.feeds.clone());
    let (rules, known, now) = (source.clone(), families.clone(), harvester.clock.now());
    let judged = harvester.desk.parse(&first, move || {
        let listings = pages.listings.iter().map(|page| (&page.html, &page.at));
        let mut all = pages.articles.iter().map(|(html, at)| (html, at)).chain(listings);
        let told = |html: &str, at: &Url| recognise_family(html, at, &known).ok()?.map(|family| family.name.clone());
        let family = all.find_map(|(html, at)| told(html, at));
        let (proposals, bolder) = proposals(&pages, &feeds, family.as_deref(), &rules, now);
        Ok((proposals, bolder, family))
    });
    match judged.await {
        Ok((proposals, bolder, family)) => {
            (probe.proposals, probe.bolder, probe.family) = (proposals, bolder, family);
        }
        Err(error) => probe.trouble = Some(error.to_string()),
    }
    probe
}

impl Probe {
    /// Asks for a page; notes why it does not come.
    async fn ask(&mut self, harvester: &Harvester, address: &Url) -> Option<Page> {
        match harvester.ask_anew(address).await {
            Ok(page) => {
                (self.reachable, self.robots) = (true, Some(true));
                Some(page)
            }
            Err(error) => {
                self.note(&error);
                None
            }
        }
    }

    /// Asks for a feed or sitemap; the addresses of its entries, all of them sure. Of an index the first sitemap counts.
    async fn ask_list(&mut self, harvester: &Harvester, source: &Source, address: &Url) -> Vec<(Url, bool)> {
        let mut next = Some(address.clone());
        for _ in 0..SITEMAPS_MAX {
            let Some(at) = next.take() else { break };
            let Some(page) = self.ask(harvester, &at).await else { break };
            let (reader, charset) = (reader(source, &Habits::default(), harvester.clock.now()), source.encoding);
            let wants_feed = !source.reads.addresses().contains(address) || matches!(source.reads, Reads::Feed(_));
            let read = harvester.desk.parse(&at, move || {
                if wants_feed {
                    let drafts = read_feed(&text_of(&page, charset), &page.address, &reader)?;
                    return Ok(Sitemap::Pages(drafts.into_iter().map(entry_of).collect()));
                }
                sitemap_of(&page, charset)
            });
            match read.await {
                Ok(Sitemap::Pages(entries)) => {
                    let entries: Vec<Url> = entries.into_iter().map(|entry| entry.address).collect();
                    self.pages.lists.push((address.clone(), entries.clone()));
                    return entries.into_iter().map(|entry| (entry, true)).collect();
                }
                Ok(Sitemap::Index(sitemaps)) => next = sitemaps.into_iter().find(|url| same_site(url, address)),
                Err(error) => self.trouble = Some(error.to_string()),
            }
        }
        Vec::new()
    }

    /// Asks the source's listings; where one of them, or its feed, is of no use, also the home page of its site and the
    /// section of the same name that this leads to.
    async fn ask_listings(&mut self, harvester: &Harvester, source: &Source, first: &Url) -> Vec<(Url, bool)> {
        let (own, mut lost) = match &source.reads {
            Reads::Listing(rules) => (&rules.urls[..], Vec::new()),
            Reads::Feed(_) | Reads::Sitemap(_) => (&[][..], vec![first.clone()]),
        };
        let mut found = Vec::new();
        for address in own.iter().take(LISTINGS_MAX) {
            let links = self.ask_listing(harvester, source, address).await;
            if links.is_empty() || self.listing_at(address).is_some_and(ListingPage::led_home) {
                lost.push(address.clone());
            }
            found.extend(links);
        }
        // A site that does not answer or forbids it is not asked again.
        let asks_home = !lost.is_empty() && (own.is_empty() || (self.reachable && self.robots != Some(false)));
        let Some(home) = first.join("/").ok().filter(|_| asks_home) else { return found };
        let mut front = Vec::new();
        if !own.contains(&home) && self.pages.led_home().next().is_none() {
            front = self.ask_listing(harvester, source, &home).await;
        }
        let led_home = || self.pages.listings.iter().find(|page| page.led_home());
        let page = self.listing_at(&home).or_else(led_home).cloned();
        for old in lost {
            let Some(page) = page.clone() else { break };
            let gone = old.clone();
            let section = harvester.desk.parse(&home, move || find_section(&page.html, &page.at, &gone)).await;
            let Some(new) = section.ok().flatten().filter(|new| self.listing_at(new).is_none()) else { continue };
            let links = self.ask_listing(harvester, source, &new).await;
            if !links.is_empty() {
                self.pages.moved.push((old, new));
            }
            found.extend(links);
        }
        if found.is_empty() { front } else { found }
    }

    /// The page that came when an address was asked for.
    fn listing_at(&self, address: &Url) -> Option<&ListingPage> {
        self.pages.listings.iter().find(|page| page.asked == *address)
    }

    /// Asks for a page of links; each with whether the source's rules and automatic reading agree on it.
    async fn ask_listing(&mut self, harvester: &Harvester, source: &Source, address: &Url) -> Vec<(Url, bool)> {
        self.ask_listing_by(harvester, source, address, address).await
    }

    async fn ask_listing_by(
        &mut self,
        harvester: &Harvester,
        source: &Source,
        asked: &Url,
        address: &Url,
    ) -> Vec<(Url, bool)> {
        let Some(page) = self.ask(harvester, address).await else { return Vec::new() };
        let page =
            ListingPage { asked: asked.clone(), html: text_of(&page, source.encoding).into_owned(), at: page.address };
        let rules = match &source.reads {
            Reads::Listing(rules) => rules.clone(),
            _ => ListingRules::default(),
        };
        self.pages.listings.push(page.clone());
        let links = harvester.desk.parse(address, move || {
            let ((own, next), anew) = (read(&page, &rules), read(&page, &ListingRules::default()).0);
            let api = next.filter(|_| rules.api.is_some() && own.is_empty());
            let found = if own.is_empty() { &anew } else { &own };
            let links: Vec<(Url, bool)> = found.iter().map(|link| (link.clone(), anew.contains(link))).collect();
            Ok((announced_feeds(&page.html, &page.at)?, links, api))
        });
        match links.await {
            Ok((feeds, links, api)) => {
                let new: Vec<Url> = feeds.into_iter().filter(|feed| !self.feeds.contains(feed)).collect();
                self.feeds.extend(new);
                match api {
                    Some(api) => Box::pin(self.ask_listing_by(harvester, source, asked, &api)).await,
                    None => links,
                }
            }
            Err(error) => {
                self.trouble = Some(error.to_string());
                Vec::new()
            }
        }
    }

    async fn ask_samples(&mut self, harvester: &Harvester, source: &Source, articles: impl Iterator<Item = &Url>) {
        for address in articles {
            if let Ok(page) = harvester.ask_anew(address).await {
                self.pages.articles.push((text_of(&page, source.encoding).into_owned(), page.address));
            }
        }
    }

    /// Whether a selector of the source finds nothing on any of the samples.
    async fn misses_a_rule(&self, harvester: &Harvester, source: &Source, now: DateTime<Utc>, first: &Url) -> bool {
        let (pages, source) = (self.pages.clone(), source.clone());
        let missed = harvester.desk.parse(first, move || {
            let sight = look(&pages, &source, now);
            let read: Vec<&Reading> = sight.samples.iter().filter_map(|(_, reading)| reading.as_ref()).collect();
            Ok((0..RULES.len()).any(|rule| !read.is_empty() && read.iter().all(|reading| reading.missed[rule])))
        });
        missed.await.unwrap_or_default()
    }

    fn note(&mut self, error: &HarvestError) {
        let refused = matches!(error, HarvestError::Fetch(FetchError::Forbidden { .. }));
        if refused {
            self.robots = Some(false);
        }
        self.reachable |= refused || matches!(error, HarvestError::Fetch(FetchError::Status { .. }));
        self.trouble = Some(error.to_string());
    }
}

fn entry_of(draft: Draft) -> Listed {
    Listed { address: draft.address, title: draft.title, date: None, lead: draft.lead, image: None }
}
