//! A home or section page to the links of its articles.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use fancy_regex::Regex;
use scraper::{ElementRef, Html};
use url::Url;

use super::nodes::{base_of, css, document, text_of};
use super::{ENTRIES_MAX, ParseError};
use crate::address::{identity, publishable, same_site};
use crate::model::{Listed, Listing, ListingRules};

/// A link's text with fewer words is a menu entry, not a headline.
const HEADLINE_WORDS_MIN: usize = 5;
/// The date beside a link stands at most so many elements above it.
const DATE_STEPS_MAX: usize = 3;
/// The longest text beside a link that can be its date.
const DATE_CHARS_MAX: usize = 60;

/// Reads the article links of one listing page, in the page's order, each once.
///
/// # Errors
/// [`ParseError::NoLinks`] when no link fits the rules: the page's template has changed, or it is no listing.
pub fn read_listing(html: &str, address: &Url, rules: &ListingRules) -> Result<Listing, ParseError> {
    let tree = document(html)?;
    let base = base_of(&tree, address);
    let mut entries = pick(&tree, &base, address, rules, rules.link.is_some());
    if entries.is_empty() && rules.link.is_some() {
        entries = pick(&tree, &base, address, rules, false);
    }
    if entries.is_empty() {
        let rule = match (&rules.link, &rules.pattern) {
            (Some(link), _) => format!("link = {link:?}"),
            (None, Some(pattern)) => format!("pattern = {:?}", pattern.as_str()),
            (None, None) => "found automatically".to_owned(),
        };
        return Err(ParseError::NoLinks(rule));
    }
    Ok(Listing { entries, next: find_next(&tree, &base, address, rules) })
}

fn pick(tree: &Html, base: &Url, page: &Url, rules: &ListingRules, selected: bool) -> Vec<Listed> {
    let any = css!("a[href]");
    let selector = match &rules.link {
        Some(css) if selected => css.selector(),
        _ => any,
    };
    let own = identity(page);
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut entries: Vec<Listed> = Vec::new();
    for element in tree.select(selector) {
        let Some(link) = anchor(element) else { continue };
        let Some(address) = link.value().attr("href").and_then(|href| publishable(base, href)) else { continue };
        let fits = rules.pattern.as_ref().is_none_or(|pattern| finds(pattern, &address));
        let title = text_of(link);
        if !fits || !same_site(&address, page) || (!selected && !is_headline(link, &title, rules)) {
            continue;
        }
        let key = identity(&address);
        let title = Some(title).filter(|title| !title.is_empty());
        match seen.entry(key) {
            _ if own == identity(&address) => continue,
            Entry::Occupied(known) => {
                // The first link to it may have been a picture.
                let entry: &mut Listed = &mut entries[*known.get()];
                entry.title = entry.title.take().or(title);
                continue;
            }
            Entry::Vacant(new) => new.insert(entries.len()),
        };
        entries.push(Listed { address, title, date: date_beside(link) });
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

/// With a pattern any text will do; without one the text must read like a headline outside menus.
fn is_headline(link: ElementRef, title: &str, rules: &ListingRules) -> bool {
    let in_menu = || {
        link.ancestors().filter_map(ElementRef::wrap).any(|outer| {
            matches!(outer.value().name(), "nav" | "footer" | "header" | "aside")
                || outer.value().classes().any(|class| class.contains("menu") || class.contains("footer"))
        })
    };
    rules.pattern.is_some() || (title.split(' ').count() >= HEADLINE_WORDS_MIN && !in_menu())
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

fn find_next(tree: &Html, base: &Url, page: &Url, rules: &ListingRules) -> Option<Url> {
    let automatic = css!("a[rel~=next][href], link[rel~=next][href], a.next[href], .next > a[href], a.page-next[href]");
    let selector = rules.next.as_ref().map_or(automatic, |css| css.selector());
    let mut links = tree.select(selector).filter_map(anchor);
    let next = links.find_map(|link| publishable(base, link.value().attr("href")?))?;
    (same_site(&next, page) && identity(&next) != identity(page)).then_some(next)
}
