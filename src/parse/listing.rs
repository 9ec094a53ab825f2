//! A home or section page to the links of its articles.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use fancy_regex::Regex;
use scraper::{ElementRef, Html};
use url::Url;

use super::nodes::{base_of, css, document, text_of};
use super::shape::{Shape, is_aside};
use super::{ENTRIES_MAX, ParseError};
use crate::address::{identity, publishable, same_site};
use crate::model::{Listed, Listing, ListingRules};

/// A link's text with fewer words is a menu entry, not a headline.
const HEADLINE_WORDS_MIN: usize = 5;
/// A second shape of address counts as articles from so many headlines on.
const SHAPE_HEADLINES_MIN: usize = 2;
/// The date beside a link stands at most so many elements above it.
const DATE_STEPS_MAX: usize = 3;
/// The longest text beside a link that can be its date.
const DATE_CHARS_MAX: usize = 60;

/// What links to the next page say, in lower case.
const NEXT_WORDS: [&str; 12] = [
    "trang sau",
    "trang sau »",
    "trang tiếp",
    "trang tiếp theo",
    "tiếp",
    "tiếp theo",
    "sau",
    "next",
    "next page",
    "»",
    "›",
    "older posts",
];

/// Reads the article links of one listing page, in the page's order, each once.
///
/// Without a selector and a pattern the links are found by themselves: those whose text reads like a headline, and
/// whose addresses have the shape that most headlines of the page share.
///
/// # Errors
/// [`ParseError::NoLinks`] when no link fits the rules: the page's template has changed, or it is no listing.
pub fn read_listing(html: &str, address: &Url, rules: &ListingRules) -> Result<Listing, ParseError> {
    let tree = document(html)?;
    let base = base_of(&tree, address);
    let mut entries = match &rules.link {
        Some(link) => collect(tree.select(link.selector()).filter_map(anchor), &base, address, rules),
        None => Vec::new(),
    };
    if entries.is_empty() && rules.pattern.is_some() {
        // With a pattern any text will do.
        entries = collect(tree.select(css!("a[href]")), &base, address, rules);
    } else if entries.is_empty() {
        entries = collect(discover(&tree, &base, address).into_iter(), &base, address, rules);
    }
    if entries.is_empty() {
        let rule = match (&rules.link, &rules.pattern) {
            (Some(link), _) => format!("link = {link:?}"),
            (None, Some(pattern)) => format!("pattern = {:?}", pattern.as_str()),
            (None, None) => "found automatically".to_owned(),
        };
        return Err(ParseError::NoLinks(rule));
    }
    Ok(Listing { entries, next: find_next(&tree, &base, address, rules), feeds: announced_feeds(&tree, &base) })
}

/// The feeds that a page announces in its head (RSS Advisory Board, "RSS Autodiscovery").
pub(super) fn announced_feeds(tree: &Html, base: &Url) -> Vec<Url> {
    let links = tree.select(css!(
        "link[rel~=alternate][type='application/rss+xml'][href], link[rel~=alternate][type='application/atom+xml'][href], \
         link[rel~=alternate][type='application/feed+json'][href]"
    ));
    links.filter_map(|link| publishable(base, link.value().attr("href")?)).collect()
}

/// The article links of a page and their addresses, found by themselves.
pub(super) fn article_links<'a>(
    tree: &'a Html,
    base: &Url,
    page: &Url,
    rules: &ListingRules,
) -> (Vec<ElementRef<'a>>, Vec<Url>) {
    let links = discover(tree, base, page);
    let articles = collect(links.iter().copied(), base, page, rules).into_iter().map(|entry| entry.address).collect();
    (links, articles)
}

/// The links that are articles by their text and the shape of their address.
fn discover<'a>(tree: &'a Html, base: &Url, page: &Url) -> Vec<ElementRef<'a>> {
    let links = tree.select(css!("a[href]"));
    let links: Vec<(ElementRef, Shape, bool)> = links
        .filter_map(|link| {
            let address = publishable(base, link.value().attr("href")?)?;
            let shape = Shape::of(&address);
            let article = same_site(&address, page) && !is_aside(&address) && !shape.is_front();
            article.then(|| (link, shape, is_headline(link)))
        })
        .collect();
    let mut shapes: HashMap<&Shape, (usize, usize)> = HashMap::new();
    for (_, shape, headline) in &links {
        let count = shapes.entry(shape).or_default();
        count.0 += 1;
        count.1 += usize::from(*headline);
    }
    let most = shapes.values().map(|(_, headlines)| *headlines).max().unwrap_or_default();
    let is_article = |shape: &Shape| {
        let (all, headlines) = shapes[shape];
        headlines == most || (headlines >= SHAPE_HEADLINES_MIN && headlines * 2 >= all && headlines * 4 >= most)
    };
    links.iter().filter(|(_, shape, headline)| *headline && is_article(shape)).map(|(link, ..)| *link).collect()
}

/// The links as entries: each address once, with what stands beside it.
fn collect<'a>(
    links: impl Iterator<Item = ElementRef<'a>>,
    base: &Url,
    page: &Url,
    rules: &ListingRules,
) -> Vec<Listed> {
    let own = identity(page);
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut entries: Vec<Listed> = Vec::new();
    for link in links {
        let Some(address) = link.value().attr("href").and_then(|href| publishable(base, href)) else { continue };
        let fits = rules.pattern.as_ref().is_none_or(|pattern| finds(pattern, &address));
        let key = identity(&address);
        if !fits || !same_site(&address, page) || key == own {
            continue;
        }
        let title = Some(text_of(link)).filter(|title| !title.is_empty());
        match seen.entry(key) {
            // The first link to it may have been a picture.
            Entry::Occupied(known) => {
                let entry: &mut Listed = &mut entries[*known.get()];
                entry.title = entry.title.take().or(title);
            }
            Entry::Vacant(new) => {
                new.insert(entries.len());
                entries.push(Listed { address, title, date: date_beside(link) });
            }
        }
        if entries.len() == ENTRIES_MAX {
            break;
        }
    }
    entries
}

/// The link that a selector means: the match itself, or the first link inside or around it.
fn anchor(element: ElementRef) -> Option<ElementRef> {
    if element.value().attr("href").is_some() {
        return Some(element);
    }
    let around = || element.ancestors().filter_map(ElementRef::wrap).find(|outer| outer.value().name() == "a");
    element.select(css!("a[href]")).next().or_else(around)
}

/// Whether the pattern finds something in path and query; one that gives up on an address does not.
fn finds(pattern: &Regex, url: &Url) -> bool {
    let text = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    pattern.is_match(&text).unwrap_or(false)
}

/// A text of some words, outside of menus.
fn is_headline(link: ElementRef) -> bool {
    let around = || link.ancestors().filter_map(ElementRef::wrap);
    // An article in the list may have a head of its own.
    let in_article = || around().any(|outer| outer.value().name() == "article");
    let in_menu = || {
        around().any(|outer| {
            let value = outer.value();
            matches!(value.name(), "nav" | "footer" | "aside")
                || (value.name() == "header" && !in_article())
                || value.classes().any(|class| class.contains("menu") || class.contains("footer"))
        })
    };
    text_of(link).split(' ').count() >= HEADLINE_WORDS_MIN && !in_menu()
}

/// The first short text with a date's digits in the box around the link.
fn date_beside(link: ElementRef) -> Option<String> {
    let boxes = link.ancestors().filter_map(ElementRef::wrap).take(DATE_STEPS_MAX);
    for around in boxes {
        let mut links = HashSet::new();
        if around.select(css!("a[href]")).any(|a| links.insert(a.value().attr("href")) && links.len() > 2) {
            return None;
        }
        let texts = around.descendants().filter_map(ElementRef::wrap).filter(|inner| {
            inner.id() != around.id()
                && !inner.descendants().any(|node| node.id() == link.id())
                && !inner.ancestors().any(|outer| outer.id() == link.id())
        });
        let found = texts.map(text_of).find(|text| {
            text.chars().count() <= DATE_CHARS_MAX
                && (text.chars().filter(char::is_ascii_digit).count() >= 6 || text.contains("trước"))
        });
        if found.is_some() {
            return found;
        }
    }
    None
}

/// The link to the page after this one: the rule's, else one that is marked or worded so.
fn find_next(tree: &Html, base: &Url, page: &Url, rules: &ListingRules) -> Option<Url> {
    let leads_on = |link: ElementRef| {
        let next = publishable(base, link.value().attr("href")?)?;
        (same_site(&next, page) && identity(&next) != identity(page)).then_some(next)
    };
    if let Some(css) = &rules.next {
        return tree.select(css.selector()).filter_map(anchor).find_map(leads_on);
    }
    let marked = css!(
        "a[rel~=next][href], link[rel~=next][href], a.next[href], .next > a[href], a.page-next[href], a[class*=trangsau][href], a[class*=trang-sau][href]"
    );
    let worded = || {
        let links = tree.select(css!("a[href]"));
        links.filter(|link| NEXT_WORDS.contains(&text_of(*link).to_lowercase().as_str())).find_map(leads_on)
    };
    tree.select(marked).find_map(leads_on).or_else(worded)
}
