//! Where a source's articles are: the entries of its feed, its listings or its sitemap.

use std::collections::HashSet;

use url::Url;

use super::ask::{state_of, text_of};
use super::{HarvestError, Harvester, Pass, Task, reading};
use crate::address::{identity, same_site};
use crate::fetch::{FetchError, Page, Terms};
use crate::model::{Channel, Charset, Listed, Listing, ListingRules, Notice, Reads};
use crate::parse::{
    FeedEntry, ParseError, Sitemap, decode, read_channel, read_feed_after, read_listing, read_sitemap, unpack,
};
use crate::store::PageState;

/// Sitemaps of one index that a pass reads, the first ones: indexes put the newest first.
const SITEMAPS_PER_PASS_MAX: usize = 4;

/// What a pass has to do.
#[derive(Default)]
pub(super) struct Found {
    pub(super) tasks: Vec<Task>,
    /// Fingerprints of entries that were read before and are as they were.
    pub(super) known: Vec<u64>,
    /// Listings and feeds that were read, to be remembered once their articles are kept.
    pub(super) pages: Vec<(Url, PageState)>,
    /// Listings that could not be read while others could.
    pub(super) troubles: Vec<HarvestError>,
    /// When and where the source wants to be read next.
    pub(super) notice: Notice,
}

/// Finds the articles; fails when not one page of the source could be read.
pub(super) async fn discover(harvester: &Harvester, pass: &Pass<'_>) -> Result<Found, HarvestError> {
    match &pass.source.reads {
        Reads::Feed(feed) => feed_tasks(harvester, pass, feed).await,
        Reads::Sitemap(sitemap) => sitemap_tasks(harvester, pass, sitemap).await,
        Reads::Listing(rules) => listing_tasks(harvester, pass, rules).await,
    }
}

async fn feed_tasks(harvester: &Harvester, pass: &Pass<'_>, configured: &Url) -> Result<Found, HarvestError> {
    let moved = pass.moved.as_ref().filter(|(from, _)| from == configured).map(|(_, to)| to);
    let Some(moved) = moved else { return feed_at(harvester, pass, configured, None).await };
    match feed_at(harvester, pass, moved, Some(moved)).await {
        // Where it had moved to it is no longer: the configuration has the last word.
        Err(error) if error.is_of_the_page() => {
            let mut found = feed_at(harvester, pass, configured, None).await?;
            found.notice.moved = Some(found.notice.moved.flatten());
            Ok(found)
        }
        found => found,
    }
}

/// Reads a feed at one address, `moved` when that is not the configuration's own.
async fn feed_at(
    harvester: &Harvester,
    pass: &Pass<'_>,
    feed: &Url,
    moved: Option<&Url>,
) -> Result<Found, HarvestError> {
    let mut found = Found::default();
    let before = harvester.store.page(feed)?;
    let now = harvester.clock.now();
    let (page, terms) = harvester.ask(pass.reading, feed, before.as_ref()).await?;
    found.notice.note_freshness(terms.fresh_until, true);
    found.notice.moved = terms.moved.or_else(|| moved.cloned()).map(Some);
    let Some(page) = page else {
        found.pages.extend(before.map(|before| (feed.clone(), PageState { asked: now, ..before })));
        return Ok(found);
    };
    found.pages.push((feed.clone(), state_of(&page, pass.reading, before.as_ref(), now)));
    let reader = reading::reader(pass.source, &pass.habits, now);
    let encoding = pass.source.encoding;
    let follow = pass.source.full_text;
    // The page behind an entry may have changed though the entry has not.
    let known = before.filter(|before| before.reading == pass.reading && !follow).map(|before| before.entries);
    let parsed = harvester.desk.parse(feed, move || {
        let text = text_of(&page, encoding);
        let entries = read_feed_after(&text, &page.address, &reader, &known.unwrap_or_default())?;
        Ok((entries, read_channel(&text, &page.address)))
    });
    let (entries, channel) = parsed.await?;
    let (hub, topic) = (terms.hub.or(channel.hub), terms.topic.or(channel.topic));
    found.notice.channel = Some(Channel { hub, topic, ..channel });
    for FeedEntry { fingerprint, draft } in entries {
        let Some(draft) = draft else {
            found.known.push(fingerprint);
            continue;
        };
        let (address, fingerprint) = (draft.address.clone(), Some(fingerprint));
        found.tasks.push(Task { address, listed: None, entry: Some(draft), fingerprint, follow });
    }
    Ok(found)
}

async fn sitemap_tasks(harvester: &Harvester, pass: &Pass<'_>, first: &Url) -> Result<Found, HarvestError> {
    let mut found = Found::default();
    let mut waiting = vec![first.clone()];
    let mut read = 0;
    while let Some(address) = waiting.pop() {
        read += 1;
        let sitemap = match sitemap(harvester, pass, &address, &mut found).await {
            Ok((sitemap, terms)) => {
                found.notice.note_freshness(terms.fresh_until, read == 1);
                sitemap
            }
            Err(error) if address != *first && !matches!(error, HarvestError::Store(_)) => {
                found.troubles.push(error);
                continue;
            }
            Err(error) => return Err(error),
        };
        match sitemap {
            Sitemap::Pages(entries) => {
                let own = entries.into_iter().filter(|entry| same_site(&entry.address, first));
                found.tasks.extend(own.map(followed));
            }
            Sitemap::Index(sitemaps) => {
                let room = SITEMAPS_PER_PASS_MAX.saturating_sub(read + waiting.len());
                waiting.extend(
                    sitemaps
                        .into_iter()
                        .filter(|next| same_site(next, first))
                        .take(room)
                        .collect::<Vec<_>>()
                        .into_iter()
                        .rev(),
                );
            }
        }
    }
    each_once(&mut found.tasks);
    Ok(found)
}

/// Reads one sitemap; one that has not changed is as it was read the last time, but for what stood beside its links.
async fn sitemap(
    harvester: &Harvester,
    pass: &Pass<'_>,
    address: &Url,
    found: &mut Found,
) -> Result<(Sitemap, Terms), HarvestError> {
    let before = harvester.store.page(address)?;
    // One of which no links are kept is read anew.
    let kept = before.as_ref().filter(|before| before.next.is_some() || !before.links.is_empty());
    let now = harvester.clock.now();
    let (page, terms) = harvester.ask(pass.reading, address, kept).await?;
    let Some(page) = page else {
        let Some(before) = kept.cloned() else { return Ok((Sitemap::Pages(Vec::new()), terms)) };
        let links = before.links.iter().cloned();
        let sitemap = match before.next.clone() {
            Some(first) => Sitemap::Index(std::iter::once(first).chain(links).collect()),
            None => Sitemap::Pages(links.map(bare).collect()),
        };
        found.pages.push((address.clone(), PageState { asked: now, ..before }));
        return Ok((sitemap, terms));
    };
    let mut state = state_of(&page, pass.reading, before.as_ref(), now);
    let encoding = pass.source.encoding;
    let sitemap = harvester.desk.parse(address, move || sitemap_of(&page, encoding)).await?;
    match &sitemap {
        Sitemap::Pages(entries) => state.links = entries.iter().map(|entry| entry.address.clone()).collect(),
        // Reading goes on at the first of an index, which tells it from a list of pages.
        Sitemap::Index(sitemaps) => {
            let mut sitemaps = sitemaps.iter().cloned();
            state.next = sitemaps.next();
            state.links = sitemaps.collect();
        }
    }
    found.pages.push((address.clone(), state));
    Ok((sitemap, terms))
}

/// Reads a page as a sitemap, packed or not.
pub(super) fn sitemap_of(page: &Page, encoding: Option<Charset>) -> Result<Sitemap, ParseError> {
    read_sitemap(&decode(&unpack(&page.body), page.content_type.as_deref(), encoding), &page.address)
}

fn each_once(tasks: &mut Vec<Task>) {
    let mut seen = HashSet::new();
    tasks.retain(|task| seen.insert(identity(&task.address)));
}

async fn listing_tasks(harvester: &Harvester, pass: &Pass<'_>, rules: &ListingRules) -> Result<Found, HarvestError> {
    let mut found = Found::default();
    let mut read = 0;
    for first in &rules.urls {
        let mut next = Some(first.clone());
        // The list that an `api` rule leads to stands behind the page itself.
        for _ in 0..rules.pages.max(1) + usize::from(rules.api.is_some()) {
            let Some(address) = next.take() else { break };
            match listing(harvester, pass, rules, &address, &mut found).await {
                Ok((listing, terms)) => {
                    read += 1;
                    found.notice.note_freshness(terms.fresh_until, read == 1);
                    found.tasks.extend(listing.entries.into_iter().map(followed));
                    next = listing.next;
                }
                Err(error @ (HarvestError::Store(_) | HarvestError::Stopped)) => return Err(error),
                Err(error) => {
                    let closed = matches!(
                        error,
                        HarvestError::Fetch(FetchError::Wait { .. } | FetchError::RobotsUnreachable { .. })
                    );
                    found.troubles.push(error);
                    if closed {
                        break;
                    }
                }
            }
        }
    }
    if read == 0 && !found.troubles.is_empty() {
        // Gone for good is a source of which nothing else can be said.
        let first = found.troubles.iter().position(|error| !error.is_gone_for_good()).unwrap_or_default();
        return Err(found.troubles.swap_remove(first));
    }
    each_once(&mut found.tasks);
    Ok(found)
}

fn followed(listed: Listed) -> Task {
    Task { address: listed.address.clone(), listed: Some(listed), entry: None, fingerprint: None, follow: true }
}

/// A link with nothing beside it.
fn bare(address: Url) -> Listed {
    Listed { address, title: None, date: None, lead: None, image: None }
}

/// Reads one listing page; one that has not changed is as it was read the last time.
async fn listing(
    harvester: &Harvester,
    pass: &Pass<'_>,
    rules: &ListingRules,
    address: &Url,
    found: &mut Found,
) -> Result<(Listing, Terms), HarvestError> {
    let before = harvester.store.page(address)?;
    let now = harvester.clock.now();
    let (page, terms) = harvester.ask(pass.reading, address, before.as_ref()).await?;
    let Some(page) = page else {
        let Some(before) = before else { return Ok((Listing::default(), terms)) };
        let entries = before.links.iter().cloned().map(bare);
        let listing = Listing { entries: entries.collect(), next: before.next.clone(), feeds: Vec::new() };
        found.pages.push((address.clone(), PageState { asked: now, ..before }));
        return Ok((listing, terms));
    };
    let mut state = state_of(&page, pass.reading, before.as_ref(), now);
    let rules = rules.clone();
    let encoding = pass.source.encoding;
    let listing = harvester.desk.parse(address, move || read_listing(&text_of(&page, encoding), &page.address, &rules));
    let listing = listing.await?;
    state.links = listing.entries.iter().map(|entry| entry.address.clone()).collect();
    state.next.clone_from(&listing.next);
    found.pages.push((address.clone(), state));
    Ok((listing, terms))
}
