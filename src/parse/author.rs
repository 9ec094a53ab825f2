//! Who wrote the story: what the page prints near it, and what its head says.

use std::collections::HashSet;

use scraper::ElementRef;

use super::marks::Marks;
use super::nodes::short_text;
use super::outline::Part;
use super::page::{Page, Story};
use crate::text::{comparison_words, tidy};

/// Elements before the title that may hold the byline.
const BEFORE_TITLE_MAX: usize = 30;
/// Elements at either end of the body that may hold the byline.
const INSIDE_BODY_MAX: usize = 60;
/// Elements behind the body that may hold the byline.
const BEHIND_BODY_MAX: usize = 60;
/// The longest text that is tried as a byline.
const BYLINE_CHARS_MAX: usize = 90;
/// A longer text is no byline, wherever it stands.
const PRINTED_BYTES_MAX: usize = 400;
/// A name has at most so many words.
const NAME_WORDS_MAX: usize = 7;

/// Openings of printed bylines, in lower case.
const OPENINGS: [&str; 22] = [
    "by ",
    "by: ",
    "written by",
    "words by",
    "text by",
    "story by",
    "posted by",
    "published by",
    "author:",
    "authors:",
    "author ",
    "reported by",
    "created by",
    "from ",
    "von ",
    "par ",
    "por ",
    "di ",
    "door ",
    "bởi ",
    "tác giả:",
    "tác giả ",
];

/// Openings that are words of plain sentences too, such as *di động*: a name stands behind them or they open nothing.
const PLAIN_OPENINGS: [&str; 6] = ["from ", "von ", "par ", "por ", "di ", "door "];

/// Words of a line that signs a story and are no names, in lower case.
const SIGNED_WORDS: [&str; 10] = ["biên", "bài", "hiện", "hợp", "theo", "thực", "tin", "tổng", "và", "ảnh"];

/// Parts of addresses that lead to an author's page.
const PAGES: [&str; 10] = [
    "/author/",
    "/authors/",
    "/profile/",
    "/profiles/",
    "/people/",
    "/contributor/",
    "/contributors/",
    "/staff/",
    "/by/",
    "/tac-gia/",
];

/// Endings that follow a name on the same line.
const ENDINGS: [&str; 12] =
    [" | ", " · ", " • ", " – ", " — ", " - ", " on ", " published", " updated", " posted", "  ", " ("];

/// Accounts, roles and labels that are no names.
const NO_NAMES: [&str; 22] = [
    "admin",
    "administrator",
    "author",
    "authors",
    "by",
    "editor",
    "guest",
    "root",
    "user",
    "webmaster",
    "written by",
    "posted by",
    "share",
    "follow",
    "view",
    "profile",
    "about",
    "quantri",
    "btv",
    "ban biên tập",
    "read more",
    "references",
];

/// The name that the most of a page's statements agree on, as printed.
pub(super) fn find(page: &Page, story: Story) -> Option<String> {
    let mut votes = Votes::default();
    for (weight, name) in &page.meta.authors {
        votes.add(*weight, name);
    }
    printed(page, story, &mut votes);
    votes.winner(page.meta.site.as_deref())
}

#[derive(Default)]
struct Votes {
    names: Vec<(String, String, u32)>,
}

impl Votes {
    fn add(&mut self, weight: u32, printed: &str) {
        let Some(name) = name_in(printed) else { return };
        let key = comparison_words(&name).join(" ");
        match self.names.iter_mut().find(|(known, _, _)| *known == key) {
            Some((_, _, sum)) => *sum += weight,
            None => self.names.push((key, name, weight)),
        }
    }

    fn winner(self, site: Option<&str>) -> Option<String> {
        let site = site.map(|site| comparison_words(site).join(" "));
        let worth = |key: &str, sum: u32| if site.as_deref() == Some(key) { 1 } else { sum * 2 };
        let best = self.names.iter().rev().max_by_key(|(key, _, sum)| worth(key, *sum))?;
        Some(best.1.clone())
    }
}

/// The statements that stand near the story.
fn printed(page: &Page, story: Story, votes: &mut Votes) {
    let parts = page.outline.parts();
    let place = |element: Option<ElementRef>| element.and_then(|element| page.outline.place(element));
    let (title_at, body_at) = (place(story.title), place(story.body));
    let Some(start) = title_at.or(body_at) else { return };
    let end = body_at.map_or(start + BEHIND_BODY_MAX, |at| parts[at].end);
    let first = start.saturating_sub(BEFORE_TITLE_MAX)
        ..(body_at.unwrap_or(start).max(start) + INSIDE_BODY_MAX).min(parts.len());
    let last = end.saturating_sub(INSIDE_BODY_MAX).max(first.end)..(end.max(start) + BEHIND_BODY_MAX).min(parts.len());
    let mut seen: HashSet<(u32, String)> = HashSet::new();
    for at in first.chain(last) {
        let part = &parts[at];
        if part.hidden || part.chars == 0 || part.chars > BYLINE_CHARS_MAX {
            continue;
        }
        let value = part.element.value();
        let stated = value.attr("rel").is_some_and(|rel| rel.split_whitespace().any(|word| word == "author"))
            || value.attr("itemprop") == Some("author");
        let marked = part.marks.has(Marks::AUTHOR) && part.headlines == 0;
        let linked = value.attr("href").is_some_and(|href| PAGES.iter().any(|page| href.contains(page)));
        let Some(text) = short_text(part.element, BYLINE_CHARS_MAX) else { continue };
        let opened = text.chars().next().is_some_and(char::is_alphabetic) && opening_of(&text).is_some();
        let weight = match (stated, marked, linked, opened) {
            (true, ..) => 4,
            (_, true, ..) | (_, _, true, _) => 3,
            (_, _, _, true) => 2,
            _ if body_at.is_some_and(|body| signs(parts, at, body)) && is_name(&text) => 2,
            _ => continue,
        };
        let far = at >= end || (page.beside.holds(at) && at > start);
        let weight = if far { 1 } else { weight };
        if seen.insert((weight, text.clone())) {
            votes.add(weight, &text);
        }
    }
}

/// Whether an element is set to the right as the last line of a body or the first one behind it: where editors sign.
fn signs(parts: &[Part], at: usize, body: usize) -> bool {
    let end = parts[body].end;
    let value = parts[at].element.value();
    let aligned = value.attr("align").is_some_and(|align| align.eq_ignore_ascii_case("right"))
        || value.attr("style").is_some_and(|style| {
            let style: String = style.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
            style.contains("text-align:right")
        });
    let blank = |mut between: std::slice::Iter<Part>| between.all(|part| part.chars == 0);
    let last = || at > body && at < end && blank(parts[parts[at].end.min(end)..end].iter());
    let behind = || at >= end && parts[at].parent == parts[body].parent && blank(parts[end..at].iter());
    aligned && (last() || behind())
}

/// A few words with capitals, but for those that join names or tell who did what: `Tin, ảnh: Hạnh Thắng - Vân Nga`.
fn is_name(text: &str) -> bool {
    let mut words = text.split([' ', '-', '–', ',', ':', '/', '(', ')']).filter(|word| !word.is_empty());
    let joins = |word: &str| SIGNED_WORDS.contains(&word.to_lowercase().as_str());
    let fits = |word: &str| word.starts_with(char::is_uppercase) || joins(word);
    words.clone().count() <= NAME_WORDS_MAX && words.clone().any(|word| !joins(word)) && words.all(fits)
}

fn opening_of(text: &str) -> Option<&str> {
    let lower = text.to_lowercase();
    let opening = OPENINGS.iter().find(|opening| lower.starts_with(**opening))?;
    let rest = text.get(opening.len()..)?;
    (!PLAIN_OPENINGS.contains(opening) || rest.trim_start().starts_with(char::is_uppercase)).then_some(rest)
}

/// `Quang Hùng - Hoài Lan` are two names.
fn is_second_name(ending: &str, rest: &str) -> bool {
    let mut words = rest.split(' ');
    matches!(ending, " - " | " – " | " — ")
        && words.clone().count() <= 4
        && words.all(|word| word.starts_with(char::is_uppercase) && word.chars().all(|c| c.is_alphabetic() || c == '.'))
}

/// The name in a byline: without its opening, and without date or role behind it.
fn name_in(printed: &str) -> Option<String> {
    if printed.len() > PRINTED_BYTES_MAX {
        return None;
    }
    let text = tidy(&html_escape::decode_html_entities(printed));
    let mut name = text.as_str();
    while let Some(rest) = opening_of(name) {
        name = rest.trim_start_matches([' ', ':']);
    }
    for ending in ENDINGS {
        if let Some((front, rest)) = name.split_once(ending)
            && !is_second_name(ending, rest)
        {
            name = front;
        }
    }
    let name = name.trim_matches([' ', ',', ';', ':', '|', '·', '•', '-', '–', '—', '.']);
    let words: Vec<&str> = name.split(' ').collect();
    let named = words.len() <= NAME_WORDS_MAX
        && name.chars().any(char::is_alphabetic)
        && !name.chars().any(|c| c.is_ascii_digit() || matches!(c, '?' | '!' | '{' | '}' | '<' | '>' | '@' | '='))
        && !name.contains("http")
        && !NO_NAMES.contains(&name.to_lowercase().as_str());
    named.then(|| name.to_owned())
}
