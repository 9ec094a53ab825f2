//! What a source's site answers today: each page is asked for once, then looked at by the rules of the file and by
//! those that would fit better. Keeps nothing.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use url::Url;

use super::ask::text_of;
use super::discover::sitemap_of;
use super::reading::{Reading, read_followed, reader};
use super::{HarvestError, Harvester};
use crate::address::{identity, same_site};
use crate::fetch::{FetchError, Page};
use crate::model::{
    ArticleRules, Change, Css, Draft, Families, Habits, Listed, ListingRules, PARTS, RULES, Reads, Source, To,
};
use crate::parse::Sitemap;
use crate::parse::{
    announced_feeds, learn_article, learn_listing, read_feed, read_listing, recognise_family, selects_any,
};

/// Articles that are read as samples.
const SAMPLES_MAX: usize = 2;
/// Sitemaps that are asked for until one holds pages.
const SITEMAPS_MAX: usize = 2;
/// Listings of one source that are asked for.
const LISTINGS_MAX: usize = 6;

/// The pages that came.
#[derive(Clone, Debug, Default)]
pub struct Pages {
    /// The source's listings or the site's home page, each with where it came from in the end.
    pub listings: Vec<(String, Url)>,
    /// Feeds and sitemaps that could be read, with the addresses of their entries.
    pub lists: Vec<(Url, Vec<Url>)>,
    /// Sample articles.
    pub articles: Vec<(String, Url)>,
}

/// What a probe saw.
#[derive(Debug)]
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
        Reads::Listing(rules) => pages.listings.iter().map(|(html, at)| read(html, at, rules).0).collect(),
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
fn read(html: &str, address: &Url, rules: &ListingRules) -> (Vec<Url>, Option<Url>) {
    let listing = read_listing(html, address, rules).unwrap_or_default();
    (listing.entries.into_iter().map(|entry| entry.address).collect(), listing.next)
}

/// Asks the source's feed or listings, the home page or an announced feed where these are of no use, and two articles.
pub async fn probe(harvester: &Harvester, source: &Source, families: &Families) -> Probe {
    let mut probe = Probe {
        trouble: None,
        reachable: false,
        robots: None,
        feeds: Vec::new(),
        family: None,
        pages: Pages::default(),
        proposals: Vec::new(),
        bolder: Vec::new(),
    };
    let Some(first) = source.reads.addresses().first().cloned() else { return probe };
    let harvester = &Harvester { fetcher: harvester.fetcher.for_source(source), ..harvester.clone() };
    let asked = first.clone();
    let mut found = match &source.reads {
        Reads::Listing(_) => Vec::new(),
        Reads::Feed(_) | Reads::Sitemap(_) => probe.ask_list(harvester, source, &first).await,
    };
    if found.is_empty() {
        let listings: Vec<Url> = match &source.reads {
            Reads::Listing(rules) => rules.urls.iter().take(LISTINGS_MAX).cloned().collect(),
            _ => first.join("/").into_iter().collect(),
        };
        for address in &listings {
            found.extend(probe.ask_listing(harvester, source, address).await);
        }
        // What both ways find is an article for certain.
        found.sort_by_key(|(_, sure)| !sure);
    }
    let mut found: Vec<Url> = found.into_iter().map(|(address, _)| address).collect();
    if let Some(feed) = probe.feeds.iter().find(|feed| found.is_empty() && **feed != asked).cloned() {
        found = probe.ask_list(harvester, source, &feed).await.into_iter().map(|(address, _)| address).collect();
    }
    let mut seen = HashSet::new();
    found.retain(|address| seen.insert(identity(address)));
    for address in found.iter().take(SAMPLES_MAX) {
        if let Ok(page) = harvester.ask_anew(address).await {
            probe.pages.articles.push((text_of(&page, source.encoding), page.address));
        }
    }
    let (pages, feeds) = (probe.pages.clone(), probe.feeds.clone());
    let (rules, known, now) = (source.clone(), families.clone(), harvester.clock.now());
    let judged = harvester.desk.parse(&asked, move || {
        let mut all = pages.articles.iter().chain(&pages.listings);
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

    /// Asks for a page of links; each with whether the source's rules and automatic reading agree on it.
    async fn ask_listing(&mut self, harvester: &Harvester, source: &Source, address: &Url) -> Vec<(Url, bool)> {
        let Some(page) = self.ask(harvester, address).await else { return Vec::new() };
        let (html, at) = (text_of(&page, source.encoding), page.address);
        let rules = match &source.reads {
            Reads::Listing(rules) => rules.clone(),
            _ => ListingRules::default(),
        };
        self.pages.listings.push((html.clone(), at.clone()));
        let links = harvester.desk.parse(address, move || {
            let ((own, next), anew) = (read(&html, &at, &rules), read(&html, &at, &ListingRules::default()).0);
            let api = next.filter(|_| rules.api.is_some() && own.is_empty());
            let found = if own.is_empty() { &anew } else { &own };
            let links: Vec<(Url, bool)> = found.iter().map(|link| (link.clone(), anew.contains(link))).collect();
            Ok((announced_feeds(&html, &at)?, links, api))
        });
        match links.await {
            Ok((feeds, links, api)) => {
                let new: Vec<Url> = feeds.into_iter().filter(|feed| !self.feeds.contains(feed)).collect();
                self.feeds.extend(new);
                match api {
                    Some(api) => Box::pin(self.ask_listing(harvester, source, &api)).await,
                    None => links,
                }
            }
            Err(error) => {
                self.trouble = Some(error.to_string());
                Vec::new()
            }
        }
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

/// Proposals that read no less than the rules of the file do, and those that give up some of the rules.
fn proposals(
    pages: &Pages,
    feeds: &[Url],
    family: Option<&str>,
    source: &Source,
    now: DateTime<Utc>,
) -> (Vec<Vec<Change>>, Vec<Vec<Change>>) {
    let sight = look(pages, source, now);
    let (mended, doubtful) = mended_rules(pages, &sight);
    let with = |changes: Vec<Change>| changes.into_iter().chain(mended.clone()).collect::<Vec<_>>();
    let place = places(pages, feeds, source);
    let stale = stale_rules(pages, source);
    let mut all: Vec<Vec<Change>> = place.iter().map(|place| with([&place[..], &stale].concat())).collect();
    let mut bolder = Vec::new();
    if sight.full < pages.listings.len().max(1) {
        for free in freer(pages, family.filter(|family| source.family.as_deref() != Some(*family))) {
            bolder.extend(place.iter().map(|place| with([&place[..], &free].concat())));
        }
    }
    if !source.enabled && sight.is_sound() {
        for changes in &mut all {
            changes.push(Change::own("enabled", To::Nothing));
        }
    }
    let also = |more: &[Change]| all.iter().map(|changes| [changes, more].concat()).collect::<Vec<_>>();
    bolder.extend(also(&doubtful));
    bolder.extend(also(&[Change::own("family", To::Nothing)]));
    all.retain(|changes| !changes.is_empty());
    (all, bolder)
}

/// Ways to find links without the source's rules: by those of another family, by themselves, by a learnt selector.
fn freer(pages: &Pages, family: Option<&str>) -> Vec<Vec<Change>> {
    let plain = [Change::listing("link", To::Nothing), Change::listing("pattern", To::Nothing)];
    let with = |more: &[Change]| [&plain, more].concat();
    let unnamed = Change::own("family", To::Nothing);
    let mut ways: Vec<Vec<Change>> =
        family.map(|family| with(&[Change::own("family", To::Text(family.to_owned()))])).into_iter().collect();
    ways.extend([with(&[]), with(std::slice::from_ref(&unnamed))]);
    for link in learnt_links(pages) {
        let link = Change::listing("link", To::Text(link));
        ways.extend([with(std::slice::from_ref(&link)), with(&[unnamed.clone(), link])]);
    }
    ways
}

/// Where the source may be read: as it says, at the address that its own leads to, from the home page of its site, or
/// from a feed that the page announces.
fn places(pages: &Pages, feeds: &[Url], source: &Source) -> Vec<Vec<Change>> {
    let first = &source.reads.addresses()[0];
    let home = pages.listings.first().map(|(_, at)| at);
    let mut places = Vec::new();
    match (&source.reads, home) {
        (Reads::Listing(rules), Some(at)) if rules.urls.len() == 1 && !same_site(first, at) => {
            places.push(vec![Change::listing("url", To::Text(at.to_string())), Change::listing("urls", To::Nothing)]);
        }
        (Reads::Feed(_) | Reads::Sitemap(_), Some(at)) => places.push(vec![
            Change::own("feed", To::Nothing),
            Change::own("sitemap", To::Nothing),
            Change::own("full_text", To::Nothing),
            Change::listing("url", To::Text(at.to_string())),
        ]),
        _ => places.push(Vec::new()),
    }
    let answering = |feed: &&Url| pages.lists.iter().any(|(list, entries)| list == *feed && !entries.is_empty());
    if let Some(feed) = feeds.iter().find(answering) {
        let keys = ["url", "urls", "pages", "next"];
        let mut changes: Vec<Change> = keys.map(|key| Change::listing(key, To::Nothing)).into();
        changes.extend([
            Change::own("sitemap", To::Nothing),
            Change::own("feed", To::Text(feed.to_string())),
            Change::own("full_text", To::Flag(true)),
        ]);
        places.push(changes);
    }
    places
}

/// Mends the source's selectors for links and for the next page, where these find nothing on any of its listings
/// though there are some.
fn stale_rules(pages: &Pages, source: &Source) -> Vec<Change> {
    let Reads::Listing(rules) = &source.reads else { return Vec::new() };
    let stale = |css: &Option<Css>| {
        css.as_ref().is_some_and(|css| !pages.listings.iter().any(|(html, _)| selects_any(html, css)))
    };
    let mut changes = Vec::new();
    if stale(&rules.link) {
        changes.extend(learnt_links(pages).into_iter().next().map(|link| Change::listing("link", To::Instead(link))));
    }
    let automatic = ListingRules::default();
    let leads_on = || pages.listings.iter().any(|(html, at)| read(html, at, &automatic).1.is_some());
    if stale(&rules.next) && leads_on() {
        changes.push(Change::listing("next", To::Nothing));
    }
    changes
}

/// Selectors for the links, as each of the listings teaches them.
fn learnt_links(pages: &Pages) -> Vec<String> {
    let mut links: Vec<String> = Vec::new();
    for link in pages.listings.iter().filter_map(|(html, at)| learn_listing(html, at).ok()?.link) {
        if !links.contains(&link) {
            links.push(link);
        }
    }
    links
}

/// Selectors that fit, for those that find nothing on any sample; apart from these, what may be left out if more is
/// read without it: not every article has a lead, a byline or a picture.
fn mended_rules(pages: &Pages, sight: &Sight) -> (Vec<Change>, Vec<Change>) {
    let read: Vec<&Reading> = sight.samples.iter().filter_map(|(_, reading)| reading.as_ref()).collect();
    let learnt = learn_article(&pages.articles);
    let (mut changes, mut doubtful) = (Vec::new(), Vec::new());
    for (at, key) in RULES.into_iter().enumerate() {
        if read.is_empty() || !read.iter().all(|reading| reading.missed[at]) {
            continue;
        }
        let part = PARTS.iter().position(|part| *part == if key == "body" { "text" } else { key });
        let stated = part.is_none_or(|part| read.iter().all(|reading| reading.parts[part]));
        match fitting(&learnt, key) {
            // A part that is found all the same needs no rule where the file has none of its own.
            Some(css) if stated => changes.push(Change::article(key, To::Instead(css))),
            Some(css) => changes.push(Change::article(key, To::Text(css))),
            None if matches!(key, "title" | "date" | "body") => changes.push(Change::article(key, To::Nothing)),
            None => doubtful.push(Change::article(key, To::Nothing)),
        }
    }
    (changes, doubtful)
}

fn fitting(rules: &ArticleRules, key: &str) -> Option<String> {
    let css = match key {
        "title" => &rules.title,
        "date" => &rules.date,
        "lead" => &rules.lead,
        "body" => &rules.body,
        "author" => &rules.author,
        _ => &None,
    };
    css.as_ref().map(Css::as_str).map(str::to_owned)
}
