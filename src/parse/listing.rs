//! A home or section page to the links of its articles.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use ego_tree::NodeId;
use fancy_regex::Regex;
use scraper::{ElementRef, Html};
use url::Url;

use super::card::Card;
use super::nodes::{base_of, css, document, text_of};
use super::shape::{Shape, is_aside};
use super::{ENTRIES_MAX, ParseError, article_list, item_list, twice};
use crate::address::{identity, publishable, same_site};
use crate::model::{Css, Listed, Listing, ListingRules};

/// A link's text with fewer words is a menu entry, not a headline.
pub(super) const HEADLINE_WORDS_MIN: usize = 5;
/// A second shape of address counts as articles from so many headlines on.
const SHAPE_HEADLINES_MIN: usize = 2;
/// A box of videos holds more links than the two, picture and title, of one story with a video.
const VIDEO_BOX_LINKS_MIN: usize = 2;

/// What names of places begin with, in lower case: portals and papers have a channel for each of them.
const PLACES: [&str; 9] =
    ["phường ", "xã ", "thị trấn ", "thị xã ", "thành phố ", "quận ", "huyện ", "đặc khu ", "tỉnh "];

/// Keys of a query that count pages.
const PAGE_KEYS: [&str; 6] = ["cur", "page", "paged", "pageindex", "start", "trang"];

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
/// A page that is a list made for scripts is read as such; with an `api` rule the page after this one is that list.
///
/// Without a selector and a pattern the links are found by themselves: those whose text reads like a headline, and
/// whose addresses have the shape that most headlines of the page share.
///
/// # Errors
/// [`ParseError::NoLinks`] when no link fits the rules: the page's template has changed, or it is no listing.
pub fn read_listing(html: &str, address: &Url, rules: &ListingRules) -> Result<Listing, ParseError> {
    if let Some(list) = article_list::read(html, address, rules) {
        return list;
    }
    let tree = document(&twice::mend(html))?;
    let base = base_of(&tree, address);
    let api = rules.api.as_ref().and_then(|api| article_list::address_for(&tree, &base, api));
    let mut picked = true;
    let mut entries = match &rules.link {
        Some(link) => collect(tree.select(link.selector()).filter_map(anchor), &base, address, rules),
        None => Vec::new(),
    };
    if entries.is_empty() {
        picked = false;
        entries = match rules.pattern {
            // With a pattern any text will do.
            Some(_) => collect(tree.select(css!("a[href]")), &base, address, rules),
            None => collect(discover(&tree, &base, address).into_iter(), &base, address, rules),
        };
    }
    let stated = stated(&tree, &base, address, rules, &entries);
    merge(&mut entries, stated, !picked);
    if entries.is_empty() && api.is_none() {
        let rule = match (&rules.link, &rules.pattern) {
            (Some(link), _) => format!("link = {link:?}"),
            (None, Some(pattern)) => format!("pattern = {:?}", pattern.as_str()),
            (None, None) => "found automatically".to_owned(),
        };
        return Err(ParseError::NoLinks(rule));
    }
    let next = api.or_else(|| find_next(&tree, &base, address, rules));
    Ok(Listing { entries, next, feeds: feeds_in(&tree, &base) })
}

/// The feeds that a page announces in its head (RSS Advisory Board, "RSS Autodiscovery").
///
/// # Errors
/// [`ParseError::TooDeep`].
pub fn announced_feeds(html: &str, address: &Url) -> Result<Vec<Url>, ParseError> {
    let tree = document(html)?;
    Ok(feeds_in(&tree, &base_of(&tree, address)))
}

/// Whether a selector finds anything on a page.
#[must_use]
pub fn selects_any(html: &str, css: &Css) -> bool {
    document(html).is_ok_and(|tree| tree.select(css.selector()).next().is_some())
}

pub(super) fn feeds_in(tree: &Html, base: &Url) -> Vec<Url> {
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
    let mut menus = HashMap::new();
    let links = tree.select(css!("a[href]"));
    let links: Vec<(ElementRef, Shape, bool)> = links
        .filter_map(|link| {
            let address = publishable(base, link.value().attr("href")?)?;
            let shape = Shape::of(&address);
            let article =
                same_site(&address, page) && !is_aside(&address) && !shape.is_front() && !is_further(&address, page);
            article.then(|| (link, shape, is_headline(link, &mut menus)))
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

/// Whether an address is a further page of the listing itself.
fn is_further(address: &Url, page: &Url) -> bool {
    address.path() == page.path()
        && address.query_pairs().any(|(key, _)| PAGE_KEYS.contains(&&*key.to_ascii_lowercase()))
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
        let fits = fits(rules, &address);
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
                let Card { date, lead, image } = Card::around(link, base);
                let lead = lead.filter(|lead| Some(lead) != title.as_ref());
                entries.push(Listed { address, title, date, lead, image });
            }
        }
        if entries.len() == ENTRIES_MAX {
            break;
        }
    }
    drop_shared_pictures(&mut entries);
    entries
}

/// A picture beside several stories is none of theirs.
fn drop_shared_pictures(entries: &mut [Listed]) {
    let mut counts: HashMap<Url, usize> = HashMap::new();
    for image in entries.iter().filter_map(|entry| entry.image.clone()) {
        *counts.entry(image).or_default() += 1;
    }
    for entry in entries {
        entry.image.take_if(|image| counts.get(image).is_some_and(|count| *count > 1));
    }
}

/// The link that a selector means: the match itself, or the first link inside or around it.
fn anchor(element: ElementRef) -> Option<ElementRef> {
    if element.value().attr("href").is_some() {
        return Some(element);
    }
    let around = || element.ancestors().filter_map(ElementRef::wrap).find(|outer| outer.value().name() == "a");
    element.select(css!("a[href]")).next().or_else(around)
}

/// The stories that the page states in an `ItemList`: not its menus, which are stated in the same way.
fn stated(tree: &Html, base: &Url, page: &Url, rules: &ListingRules, entries: &[Listed]) -> Vec<Listed> {
    let shapes: HashSet<Shape> = entries.iter().map(|entry| Shape::of(&entry.address)).collect();
    let mut list = item_list::read(tree, base);
    list.retain(|entry| {
        let shape = Shape::of(&entry.address);
        let headline = || entries.is_empty() && entry.title.as_deref().is_some_and(is_headline_text);
        let told = entry.date.is_some() || headline();
        let found = rules.pattern.is_some() || (!is_aside(&entry.address) && (told || shapes.contains(&shape)));
        found
            && !shape.is_front()
            && same_site(&entry.address, page)
            && identity(&entry.address) != identity(page)
            && fits(rules, &entry.address)
    });
    list
}

/// Completes the entries by what the page states of them and, where `adds`, by those that only it states; a list that
/// names all of the page's links then has them in its own order.
fn merge(entries: &mut Vec<Listed>, stated: Vec<Listed>, adds: bool) {
    let mut places: HashMap<String, usize> =
        entries.iter().enumerate().map(|(at, entry)| (identity(&entry.address), at)).collect();
    let linked = entries.len();
    let mut order: Vec<usize> = Vec::new();
    for entry in stated {
        let room = adds && entries.len() < ENTRIES_MAX;
        match places.entry(identity(&entry.address)) {
            Entry::Occupied(known) => {
                let at = *known.get();
                order.push(at);
                let known = &mut entries[at];
                known.title = known.title.take().or(entry.title);
                known.date = known.date.take().or(entry.date);
                known.lead = known.lead.take().or(entry.lead);
                known.image = known.image.take().or(entry.image);
            }
            Entry::Vacant(new) if room => {
                order.push(entries.len());
                new.insert(entries.len());
                entries.push(entry);
            }
            Entry::Vacant(_) => {}
        }
    }
    let mut ranks: HashMap<usize, usize> = HashMap::new();
    for (rank, at) in order.into_iter().enumerate() {
        ranks.entry(at).or_insert(rank);
    }
    if adds && (0..linked).all(|at| ranks.contains_key(&at)) {
        let mut ranked: Vec<(usize, Listed)> = std::mem::take(entries).into_iter().enumerate().collect();
        ranked.sort_by_key(|(at, _)| ranks.get(at).copied());
        entries.extend(ranked.into_iter().map(|(_, entry)| entry));
    }
}

fn fits(rules: &ListingRules, address: &Url) -> bool {
    rules.pattern.as_ref().is_none_or(|pattern| finds(pattern, address))
}

/// Whether the pattern finds something in path and query; one that gives up on an address does not.
pub(super) fn finds(pattern: &Regex, url: &Url) -> bool {
    let text = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    pattern.is_match(&text).unwrap_or(false)
}

pub(super) fn words(text: &str) -> usize {
    text.split(' ').filter(|word| word.contains(char::is_alphanumeric)).count()
}

/// A text of some words that is no name of a place, such as `Thị trấn Khánh Vĩnh cũ`.
fn is_headline_text(text: &str) -> bool {
    let lower = text.to_lowercase();
    let place = || {
        let rest = PLACES
            .iter()
            .find_map(|kind| lower.strip_prefix(kind))
            .and_then(|rest| text.get(text.len().checked_sub(rest.len())?..));
        rest.is_some_and(|rest| rest.split(' ').all(|word| !word.starts_with(char::is_lowercase)))
    };
    text.split(' ').count() >= HEADLINE_WORDS_MIN && !place()
}

/// A headline's text, outside of menus and boxes of videos.
fn is_headline(link: ElementRef, menus: &mut HashMap<NodeId, bool>) -> bool {
    let around = || link.ancestors().filter_map(ElementRef::wrap);
    // An article in the list may have a head of its own.
    let in_article = || around().any(|outer| outer.value().name() == "article");
    let mut in_menu = || {
        around().any(|outer| {
            (outer.value().name() == "header" && !in_article())
                || *menus.entry(outer.id()).or_insert_with(|| is_menu(outer))
        })
    };
    is_headline_text(&text_of(link)) && !in_menu()
}

fn is_menu(element: ElementRef) -> bool {
    let value = element.value();
    matches!(value.name(), "nav" | "footer" | "aside")
        || value.classes().any(|class| class.contains("menu") || class.contains("footer"))
        || (names_videos(element) && holds_stories(element))
}

fn names_videos(element: ElementRef) -> bool {
    let value = element.value();
    let named = |name: &str| name.split(['-', '_']).any(|word| matches!(word, "video" | "videos" | "clip" | "clips"));
    !matches!(value.name(), "body" | "html") && value.classes().chain(value.id()).any(named)
}

/// Whether a box holds more than the links of one story.
fn holds_stories(element: ElementRef) -> bool {
    let mut links = HashSet::new();
    element
        .select(css!("a[href]"))
        .any(|link| links.insert(link.value().attr("href")) && links.len() > VIDEO_BOX_LINKS_MIN)
}

/// The link to the page after this one: the rule's, else one that is marked, worded or numbered so.
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
    let numbered = || {
        let wanted = page_number(page).unwrap_or(1) + 1;
        let links = tree.select(css!("a[href]")).filter(|link| text_of(*link) == wanted.to_string());
        links.filter_map(leads_on).find(|next| is_further(next, page) && page_number(next) == Some(wanted))
    };
    tree.select(marked).find_map(leads_on).or_else(worded).or_else(numbered)
}

/// The number of a page that its query states.
fn page_number(page: &Url) -> Option<u32> {
    let (_, number) = page.query_pairs().find(|(key, _)| PAGE_KEYS.contains(&&*key.to_ascii_lowercase()))?;
    number.parse().ok().filter(|number| *number < u32::MAX)
}
