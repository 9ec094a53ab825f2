//! What stands on a page beside its story: menus, footers, lists of other stories, share bars, comments.

use std::collections::HashMap;

use url::Url;

use super::marks::Marks;
use super::nodes::{css, short_text};
use super::outline::{Outline, Part, is_heading, share};
use crate::address::same_site;

/// An element with this share of the page's running text is the story, whatever its names say.
const STORY_SHARE_MIN: f64 = 0.5;
/// Comments may hold more text than the story, but not nearly all of the page's.
const COMMENTS_SHARE_MAX: f64 = 0.9;
/// Hidden text that unfolds on a click is read from this length on.
const FOLDED_CHARS_MIN: usize = 100;
/// So many boxes of one kind side by side, each with a headline that links, are a list of other stories.
const CARDS_MIN: usize = 3;
/// A box with more text than this is no teaser.
const CARD_CHARS_MAX: usize = 700;
/// So many empty elements before a heading end the search for what it opens.
const BEFORE_MAX: usize = 32;
/// Shorter texts may stand on a page twice.
const COPY_CHARS_MIN: usize = 500;
/// A heading that announces other stories is short.
const ANNOUNCEMENT_CHARS_MAX: usize = 48;
/// A line that is no heading says little else.
const ANNOUNCEMENT_EXTRA_MAX: usize = 20;
/// What a heading announces has at most this share of the page's running text; more is the story itself.
const ANNOUNCED_SHARE_MAX: f64 = 0.35;

/// Openings of headings that announce other stories, in lower case.
const ANNOUNCEMENTS: [&str; 58] = [
    "also in the news",
    "also on",
    "about the author",
    "around the web",
    "continue reading",
    "featured posts",
    "further reading",
    "keep reading",
    "latest articles",
    "latest news",
    "latest posts",
    "latest stories",
    "leave a comment",
    "leave a reply",
    "more articles",
    "more from",
    "more in",
    "more like this",
    "more news",
    "more on",
    "more posts",
    "more stories",
    "most popular",
    "most read",
    "other articles",
    "popular posts",
    "read more",
    "read next",
    "recent articles",
    "recent posts",
    "recommended",
    "related",
    "share this",
    "similar posts",
    "you may also",
    "you might also",
    "bài liên quan",
    "bài viết liên quan",
    "bạn đánh giá thế nào",
    "bình chọn",
    "bình luận",
    "các tin khác",
    "chia sẻ",
    "có thể bạn quan tâm",
    "cùng chuyên mục",
    "đọc nhiều",
    "mời quý vị tham gia",
    "thăm dò ý kiến",
    "tin cũ hơn",
    "tin cùng chuyên mục",
    "tin đọc nhiều",
    "tin khác",
    "tin liên quan",
    "tin mới hơn",
    "từ khóa",
    "xem nhiều",
    "ý kiến bạn đọc",
    "ý kiến độc giả",
];

/// Of these, words that also open headings of a story: they announce nothing unless they stand alone.
const COMMON_WORDS: [&str; 8] =
    ["bình chọn", "bình luận", "chia sẻ", "more in", "more on", "recommended", "related", "từ khóa"];

/// For each element of a page whether it stands beside the story.
pub(super) struct Beside(Vec<bool>);

impl Beside {
    pub(super) fn of(page: &Outline, address: &Url) -> Self {
        let parts = page.parts();
        let mut story = vec![false; parts.len()];
        for (at, part) in parts.iter().enumerate() {
            if part.name() == "h1" && !part.hidden {
                page.outward(at).for_each(|outer| story[outer] = true);
            }
        }
        let mut named = cards(page, address);
        announced(page, &story, &mut named);
        copies(page, &mut named);
        let all = parts.first().map_or(0, |root| root.running);
        let mut beside: Vec<bool> = Vec::with_capacity(parts.len());
        for (at, part) in parts.iter().enumerate() {
            let inherited = at > 0 && beside[part.parent];
            let share = share(part.running, all);
            let outside = matches!(part.name(), "nav" | "footer" | "aside" | "header" | "dialog" | "form");
            let plain = share > 0.3 && part.link_share() < 0.15;
            let marked = (outside || part.marks.has(Marks::BESIDE)) && !story[at] && share < STORY_SHARE_MIN && !plain;
            let comments = part.marks.has(Marks::COMMENTS) && !story[at] && share < COMMENTS_SHARE_MAX;
            beside.push(inherited || named[at] || marked || comments || is_lost(page, at));
        }
        Self(beside)
    }

    pub(super) fn holds(&self, at: usize) -> bool {
        self.0[at]
    }
}

/// Hidden for good: no script unfolds it, and none moves it into view.
pub(super) fn is_lost(page: &Outline, at: usize) -> bool {
    let part = &page.parts()[at];
    if !part.hidden {
        return false;
    }
    let streamed = part.element.value().id().is_some_and(|id| id.starts_with("S:"));
    let outer = &page.parts()[part.parent];
    let folded = part.marks.has(Marks::FOLDED) || outer.marks.has(Marks::FOLDED);
    !(streamed || (folded && part.running >= FOLDED_CHARS_MIN))
}

/// Boxes of one kind side by side, each with a headline that links.
fn cards(page: &Outline, address: &Url) -> Vec<bool> {
    let parts = page.parts();
    let mut found = vec![false; parts.len()];
    for (at, part) in parts.iter().enumerate() {
        if part.headlines < CARDS_MIN {
            continue;
        }
        let mut kinds: HashMap<(&str, &str), (usize, usize)> = HashMap::new();
        let is_card = |child: &Part<'_>| child.headlines > 0 && child.chars <= CARD_CHARS_MAX && stays(child, address);
        for child in page.children(at) {
            let child = &parts[child];
            let count = kinds.entry(key(child)).or_default();
            count.0 += 1;
            count.1 += usize::from(is_card(child));
        }
        for child in page.children(at) {
            let (all, cards) = kinds.get(&key(&parts[child])).copied().unwrap_or_default();
            let boxed = matches!(parts[child].name(), "div" | "li" | "article" | "section" | "td" | "tr");
            found[child] = boxed && cards >= CARDS_MIN && cards * 5 >= all * 4 && is_card(&parts[child]);
        }
    }
    found
}

/// Whether the first link leads to another page of the same site.
fn stays(part: &Part, address: &Url) -> bool {
    let href = part.element.select(css!("a[href]")).find_map(|link| link.value().attr("href"));
    href.and_then(|href| address.join(href).ok()).is_some_and(|link| same_site(&link, address))
}

fn key<'a>(part: &Part<'a>) -> (&'a str, &'a str) {
    let value = part.element.value();
    (value.name(), value.classes().next().unwrap_or_default())
}

/// Marks the second copy of a text, as templates print one for wide and one for narrow screens.
fn copies(page: &Outline, named: &mut [bool]) {
    let mut first: HashMap<(usize, usize, usize), usize> = HashMap::new();
    for (at, part) in page.parts().iter().enumerate() {
        if part.running < COPY_CHARS_MIN || named[at] {
            continue;
        }
        let known = *first.entry((part.chars, part.running, part.linked)).or_insert(at);
        // The same sizes are a hint only; two paragraphs of a story may well have them.
        let hashes = |at: usize| page.lines()[page.parts()[at].lines.clone()].iter().map(|line| line.hash);
        if page.parts()[known].end <= at && hashes(known).eq(hashes(at)) {
            named[at] = true;
        }
    }
}

/// Marks what stands behind a heading such as `More stories`, to the end of the box that the heading opens.
fn announced(page: &Outline, story: &[bool], named: &mut [bool]) {
    let parts = page.parts();
    let all = parts.first().map_or(0, |root| root.running);
    for (at, part) in parts.iter().enumerate() {
        let heading = matches!(part.name(), "h2" | "h3" | "h4" | "h5" | "h6" | "p" | "strong" | "b" | "div" | "span");
        if !heading || part.chars == 0 || part.chars > ANNOUNCEMENT_CHARS_MAX || named[at] {
            continue;
        }
        let Some(text) = short_text(part.element, ANNOUNCEMENT_CHARS_MAX) else { continue };
        // `3 bình luận` counts them.
        let text = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').to_lowercase();
        let announces = |opening: &&str| {
            text.strip_prefix(*opening).is_some_and(|rest| {
                let alone = !rest.contains(char::is_alphabetic);
                alone || (!COMMON_WORDS.contains(opening) && rest.chars().count() <= ANNOUNCEMENT_EXTRA_MAX)
            })
        };
        if !ANNOUNCEMENTS.iter().any(announces) {
            continue;
        }
        // The widest box that holds little else than what the heading announces.
        let leads_away = |outer: usize| {
            let part = &parts[outer];
            part.link_share() > 0.3 || share(part.running, all) < 0.1
        };
        let mut widest = None;
        for outer in page.outward(at) {
            let fits = !story[outer]
                && !matches!(parts[outer].name(), "tbody" | "table" | "tr" | "td")
                && share(parts[outer].running, all) <= ANNOUNCED_SHARE_MAX
                && leads_away(outer)
                && widest.is_none_or(|inner| opens(page, outer, inner));
            if !fits {
                break;
            }
            widest = Some(outer);
        }
        let Some(widest) = widest else { continue };
        if widest != at || !is_heading(part.name()) {
            named[widest] = true;
            continue;
        }
        let section: Vec<usize> =
            page.behind(widest).take_while(|sibling| !is_heading(parts[*sibling].name())).collect();
        let sum = |size: fn(&Part) -> usize| section.iter().map(|sibling| size(&parts[*sibling])).sum::<usize>();
        let (running, linked) = (sum(|part| part.running), share(sum(|part| part.linked), sum(|part| part.chars)));
        // A section of the story may have such a heading too; what leads elsewhere consists of links.
        if running == 0 || (linked > 0.3 && share(running, all) <= ANNOUNCED_SHARE_MAX / 2.0) {
            named[widest] = true;
            for sibling in section {
                named[sibling] = true;
            }
        }
    }
}

/// Whether the text of `outer` begins with the element at `inner`, which stands directly in it.
fn opens(page: &Outline, outer: usize, inner: usize) -> bool {
    let before = page.children(outer).take_while(|sibling| *sibling < inner).take(BEFORE_MAX);
    before.enumerate().all(|(n, before)| n + 1 < BEFORE_MAX && page.parts()[before].chars == 0)
}
