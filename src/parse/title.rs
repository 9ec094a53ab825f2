//! The title of the story: the heading that the page's head and its place agree on.

use scraper::ElementRef;

use super::marks::Marks;
use super::metadata::Metadata;
use super::nodes::text_of;
use super::outline::{is_heading, share};
use super::page::Page;
use crate::text::{comparison_words, tidy};

/// The longest text that is tried as a title.
const TITLE_CHARS_MAX: usize = 300;
/// Headings looked at.
const HEADINGS_MAX: usize = 500;
/// A heading repeats the head's title when so much of either is in the other.
const REPEATS_MIN: f64 = 0.6;

/// Signs between a title and the name of its site in a page's head.
const SITE_SEPARATORS: [&str; 9] = [" | ", " - ", " – ", " — ", " » ", " • ", " · ", " :: ", " // "];

/// The heading of the story, if the page prints one.
pub(super) fn find<'a>(page: &Page<'a>, body: Option<ElementRef>) -> Option<ElementRef<'a>> {
    let (parts, meta) = (page.outline.parts(), &page.meta);
    let heads: Vec<Vec<String>> = meta.titles.iter().map(|title| comparison_words(title)).collect();
    let site = meta.site.as_deref().map(comparison_words).unwrap_or_default();
    let body_at = body.and_then(|body| page.outline.place(body));
    let body_end = body_at.map_or(parts.len(), |at| parts[at].end);
    let mut best: Option<(f64, usize)> = None;
    let mut tried = 0;
    for (at, part) in parts.iter().enumerate().take(body_end) {
        let name = part.name();
        let headline = part.element.value().attr("itemprop") == Some("headline");
        let heading = is_heading(name) || headline || part.marks.has(Marks::TITLE);
        if !heading || part.hidden || part.chars == 0 || part.chars > TITLE_CHARS_MAX {
            continue;
        }
        tried += 1;
        if tried > HEADINGS_MAX {
            break;
        }
        let words = comparison_words(&text_of(part.element));
        if words.is_empty() || words == site {
            continue;
        }
        let likeness = heads.iter().map(|head| likeness(&words, head)).fold(0.0, f64::max);
        let rank = match name {
            "h1" => 0.5,
            "h2" => 0.15,
            _ if headline => 0.4,
            _ => 0.05,
        };
        let place = if page.beside.holds(at) { -0.5 } else { 0.0 };
        let linked = if part.link_share() > 0.5 { -0.15 } else { 0.0 };
        let named = if is_lesser_part(&words, &meta.titles) { -0.4 } else { 0.0 };
        let worth = likeness + rank + place + linked + named;
        let before = body_at.is_some_and(|body| at < body);
        let seen = likeness >= REPEATS_MIN
            || name == "h1"
            || (before && (name == "h2" || part.marks.has(Marks::TITLE)))
            || headline;
        if seen && best.is_none_or(|(known, _)| worth > known) {
            best = Some((worth, at));
        }
    }
    best.filter(|(worth, _)| *worth > 0.0).map(|(_, at)| parts[at].element)
}

/// Whether a text is the shorter one of the parts that a `<title>` joins: the site's name beside the story's.
fn is_lesser_part(words: &[String], titles: &[String]) -> bool {
    titles.iter().any(|title| {
        SITE_SEPARATORS.iter().filter_map(|separator| title.rsplit_once(separator)).any(|(front, back)| {
            let (front, back) = (comparison_words(front), comparison_words(back));
            (words == back && front.len() > back.len()) || (words == front && back.len() > front.len())
        })
    })
}

/// How far two titles are the same words: the share of the shorter one's words that stand in the longer one, a little
/// less where the longer one says more.
fn likeness(words: &[String], head: &[String]) -> f64 {
    let both = words.iter().filter(|word| head.contains(word)).count();
    let (short, long) = (words.len().min(head.len()), words.len().max(head.len()));
    share(both, short).min(1.0) * (0.5 + 0.5 * share(short, long))
}

/// The title to print: the heading's text, or what the head says without the site's name.
pub(super) fn text(heading: Option<ElementRef>, meta: &Metadata) -> Option<String> {
    let printed = heading.map(text_of).filter(|text| !text.is_empty());
    let stated = meta.titles.first().map(|title| without_site(title, meta.site.as_deref()));
    let Some(printed) = printed else { return stated };
    let words = comparison_words(&printed);
    let alike = meta.titles.iter().map(|head| likeness(&words, &comparison_words(head))).fold(0.0, f64::max);
    match stated {
        // A heading that has nothing in common with what the head says is a section's or the site's.
        Some(stated) if alike < 0.2 && comparison_words(&stated).len() > 2 => Some(stated),
        _ => Some(printed),
    }
}

/// Whether words name the site: as it names itself, or as papers and portals are called.
fn is_site(words: &[String], site: &[String]) -> bool {
    words == site || words.first().is_some_and(|first| matches!(first.as_str(), "báo" | "cổng" | "đài" | "trang"))
}

/// The name of the site that the title of one of its listings holds, such as `Xã hội | Báo Khánh Hòa`.
pub(super) fn site_named(meta: &Metadata) -> Option<String> {
    let mut parts: Vec<&str> = meta.titles.iter().map(String::as_str).collect();
    for separator in SITE_SEPARATORS {
        parts = parts.into_iter().flat_map(|part| part.split(separator)).collect();
    }
    parts.into_iter().find(|part| is_site(&comparison_words(part), &[])).map(tidy).filter(|name| !name.is_empty())
}

/// `Title | Site` is `Title`.
fn without_site(title: &str, site: Option<&str>) -> String {
    let site = site.map(comparison_words).unwrap_or_default();
    for separator in SITE_SEPARATORS {
        if let Some((front, back)) = title.rsplit_once(separator)
            && (is_site(&comparison_words(back), &site) || front.chars().count() > 2 * back.chars().count())
        {
            return tidy(front);
        }
    }
    tidy(title)
}
