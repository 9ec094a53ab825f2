//! Changes to `feeds.toml` that would read more of the pages that a probe saw.

use chrono::{DateTime, Utc};
use url::Url;

use super::super::reading::Reading;
use super::{Pages, Sight, look, read};
use crate::address::same_site;
use crate::model::{ArticleRules, Change, Css, ListingRules, PARTS, RULES, Reads, Source, To};
use crate::parse::{learn_article, learn_listing, selects_any};

/// Proposals that read no less than the rules of the file do, and those that give up some of the rules.
pub(super) fn proposals(
    pages: &Pages,
    feeds: &[Url],
    family: Option<&str>,
    source: &Source,
    now: DateTime<Utc>,
) -> (Vec<Vec<Change>>, Vec<Vec<Change>>) {
    let sight = look(pages, source, now);
    let (mended, doubtful) = mended_rules(pages, source, &sight);
    let with = |changes: Vec<Change>| changes.into_iter().chain(mended.clone()).collect::<Vec<_>>();
    let place = places(pages, feeds, source, &sight);
    let stale = stale_rules(pages, source);
    let mut all: Vec<Vec<Change>> = place.iter().map(|place| with([&place[..], &stale].concat())).collect();
    let mut bolder = Vec::new();
    let came = match &source.reads {
        Reads::Listing(rules) => pages.of(&rules.urls).count(),
        Reads::Feed(_) | Reads::Sitemap(_) => pages.listings.len(),
    };
    if sight.full < came.max(1) {
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

/// Where the source may be read: as it says, at the address that its own leads to, from the section of the same name,
/// from the home page of its site, or from a feed that the page announces.
fn places(pages: &Pages, feeds: &[Url], source: &Source, sight: &Sight) -> Vec<Vec<Change>> {
    let first = &source.reads.addresses()[0];
    let home = pages.listings.iter().find(|page| first.join("/").is_ok_and(|home| page.asked == home));
    let mut places = Vec::new();
    match &source.reads {
        Reads::Listing(rules) => {
            let led = pages.listings.first().map(|page| &page.at).filter(|at| !same_site(first, at));
            places.push(led.filter(|_| rules.urls.len() == 1).map_or_else(Vec::new, only_listing));
            if !pages.moved.is_empty() {
                places.push(pages.moved.iter().map(|(old, new)| entry(old, new)).collect());
            } else if let Some(home) = home.filter(|_| sight.links == 0) {
                places.push(only_listing(&home.at));
            }
        }
        Reads::Feed(_) | Reads::Sitemap(_) => {
            let section = pages.moved.first().map(|(_, section)| section);
            places.push(section.or(home.map(|page| &page.at)).map_or_else(Vec::new, |at| {
                let given_up = ["feed", "sitemap", "full_text"].map(|key| Change::own(key, To::Nothing));
                given_up.into_iter().chain(only_listing(at)).collect()
            }));
        }
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

fn only_listing(at: &Url) -> Vec<Change> {
    vec![Change::listing("url", To::Text(at.to_string())), Change::listing("urls", To::Nothing)]
}

/// Puts one address of a source's listings in the place of another.
fn entry(old: &Url, new: &Url) -> Change {
    Change::listing("url", To::Entry(old.clone(), new.clone()))
}

/// Mends the source's selectors for links and for the next page, where these find nothing on any of its listings
/// though there are some.
fn stale_rules(pages: &Pages, source: &Source) -> Vec<Change> {
    let Reads::Listing(rules) = &source.reads else { return Vec::new() };
    let stale = |css: &Option<Css>| {
        css.as_ref().is_some_and(|css| !pages.listings.iter().any(|page| selects_any(&page.html, css)))
    };
    let mut changes = Vec::new();
    if stale(&rules.link) {
        changes.extend(learnt_links(pages).into_iter().next().map(|link| Change::listing("link", To::Instead(link))));
    }
    let automatic = ListingRules::default();
    let leads_on = || pages.listings.iter().any(|page| read(page, &automatic).1.is_some());
    if stale(&rules.next) && leads_on() {
        changes.push(Change::listing("next", To::Nothing));
    }
    changes
}

/// Selectors for the links, as each of the listings teaches them.
fn learnt_links(pages: &Pages) -> Vec<String> {
    let mut links: Vec<String> = Vec::new();
    for link in pages.listings.iter().filter_map(|page| learn_listing(&page.html, &page.at).ok()?.link) {
        if !links.contains(&link) {
            links.push(link);
        }
    }
    links
}

/// Selectors that fit, for those that find nothing on any sample; apart from these, what may be left out if more is
/// read without it: not every article has a lead, a byline or a picture.
fn mended_rules(pages: &Pages, source: &Source, sight: &Sight) -> (Vec<Change>, Vec<Change>) {
    let read: Vec<&Reading> = sight.samples.iter().filter_map(|(_, reading)| reading.as_ref()).collect();
    let learnt = learn_article(&pages.articles);
    // What a selector takes for the body is kept whole: where what was removed from it is called otherwise, too,
    // automatic reading leaves out more.
    let found = |css: &Css| pages.articles.iter().any(|(html, _)| selects_any(html, css));
    let keeps_furniture = !source.article.remove.iter().all(found);
    let (mut changes, mut doubtful) = (Vec::new(), Vec::new());
    for (at, key) in RULES.into_iter().enumerate() {
        if read.is_empty() || !read.iter().all(|reading| reading.missed[at]) {
            continue;
        }
        let part = PARTS.iter().position(|part| *part == if key == "body" { "text" } else { key });
        let stated = part.is_none_or(|part| read.iter().all(|reading| reading.parts[part]));
        match fitting(&learnt, key).filter(|_| key != "body" || !keeps_furniture) {
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
