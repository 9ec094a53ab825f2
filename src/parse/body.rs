//! Where on a page the article's text stands, when no selector says so.

use std::collections::{HashMap, HashSet};

use ego_tree::NodeId;
use scraper::{ElementRef, Html};

use super::nodes::{UNSEEN, css, is_hidden, text_of};

/// Class and id parts that mark what stands beside an article, never its text.
const BESIDE: [&str; 29] = [
    "comment",
    "binh-luan",
    "binhluan",
    "related",
    "relate",
    "lien-quan",
    "lienquan",
    "sidebar",
    "footer",
    "menu",
    "breadcrumb",
    "share",
    "social",
    "most",
    "xem-nhieu",
    "xemnhieu",
    "doc-nhieu",
    "tin-khac",
    "tinkhac",
    "other-news",
    "same-cate",
    "widget",
    "banner",
    "popup",
    "cookie",
    "newsletter",
    "advert",
    "tags",
    "paging",
];

/// Classes and ids of the head of a page; an article's own head is named otherwise.
const PAGE_HEADS: [&str; 12] = [
    "header",
    "site-header",
    "page-header",
    "top-bar",
    "topbar",
    "top",
    "masthead",
    "hdr-top",
    "navbar",
    "site-clock",
    "main-header",
    "header-top",
];

/// Class and id parts that families of provincial sites give the text of an article.
const BODY_MARKS: [&str; 16] = [
    "detail-news",
    "articlebody",
    "article-body",
    "article__body",
    "content-detail",
    "detail-content",
    "post-content",
    "entry-content",
    "news-bodyhtml",
    "journal-content-article",
    "newscontent",
    "cms-body",
    "lblnoidung",
    "noidung",
    "chitietbaiviet",
    "td-post-content",
];

/// A paragraph shorter than this says nothing of where the article is.
const PARAGRAPH_CHARS_MIN: usize = 40;

/// The element that holds most of the page's running text: paragraphs lend their length to their parent and, halved,
/// to its parent; links count against it, and known class names for or against it.
pub(super) fn find<'a>(html: &'a Html, boxes: &StoryBoxes) -> Option<ElementRef<'a>> {
    let mut scores: HashMap<NodeId, f64> = HashMap::new();
    for paragraph in html.select(css!("p, br, li, blockquote")) {
        let is_break = paragraph.value().name() == "br";
        let text = if is_break { line_before(paragraph) } else { text_of(paragraph) };
        let chars = text.chars().count();
        if chars < PARAGRAPH_CHARS_MIN || (!is_break && link_share(paragraph) > 0.5) || boxes.stands_beside(paragraph) {
            continue;
        }
        let commas = text.matches([',', ';', '.']).count();
        let chars = u32::try_from(chars).unwrap_or(u32::MAX);
        let score = f64::from(chars) + 10.0 * f64::from(u32::try_from(commas).unwrap_or_default());
        for (step, parent) in paragraph.ancestors().filter_map(ElementRef::wrap).take(3).enumerate() {
            let share = [1.0, 0.5, 0.25][step];
            *scores.entry(parent.id()).or_default() += score * share;
        }
    }
    let rated = scores.into_iter().filter_map(|(id, score)| {
        let element = ElementRef::wrap(html.tree.get(id)?)?;
        let name = element.value().name();
        if matches!(name, "body" | "html") {
            return Some((score * 0.3, id, element));
        }
        let marked = if has_mark(element, &BODY_MARKS) || name == "article" { 1.5 } else { 1.0 };
        Some((score * marked * (1.0 - link_share(element)), id, element))
    });
    rated.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1))).map(|(_, _, element)| element)
}

/// Elements inside a body that stand beside its text: link lists, share bars, comments.
pub(super) fn furniture(body: ElementRef<'_>) -> impl Iterator<Item = NodeId> + '_ {
    body.descendants()
        .skip(1)
        .filter_map(ElementRef::wrap)
        .filter(|element| {
            let name = element.value().name();
            let outside = matches!(name, "nav" | "aside" | "footer" | "form");
            let links = matches!(name, "ul" | "div" | "section" | "p") && link_share(*element) > 0.8;
            outside || is_hidden(*element) || has_mark(*element, &BESIDE) || (links && !text_of(*element).is_empty())
        })
        .map(|element| element.id())
}

/// The elements that hold a main heading of the page.
pub(super) struct StoryBoxes(HashSet<NodeId>);

impl StoryBoxes {
    pub(super) fn of(html: &Html) -> Self {
        let headings = html.select(css!("h1"));
        Self(headings.flat_map(|heading| heading.ancestors().map(|outer| outer.id())).collect())
    }

    /// Whether the element is part of a menu, a page's head or footer, a list of other stories or the comments.
    ///
    /// A box that holds a main heading is the story itself, whatever its class names say of tags and categories.
    pub(super) fn stands_beside(&self, element: ElementRef) -> bool {
        let outward = std::iter::once(element).chain(element.ancestors().filter_map(ElementRef::wrap));
        for outer in outward {
            let name = outer.value().name();
            let page_head = || outer.value().classes().chain(outer.value().id()).any(|name| PAGE_HEADS.contains(&name));
            let beside =
                matches!(name, "nav" | "footer" | "aside" | "header") || page_head() || has_mark(outer, &BESIDE);
            if beside || matches!(name, "main" | "article") {
                let entry_head = name == "header" && outer.value().classes().any(|class| class.contains("entry"));
                if self.0.contains(&outer.id()) || entry_head || name == "main" {
                    return false;
                }
                if beside {
                    return true;
                }
            }
        }
        false
    }
}

fn has_mark(element: ElementRef, marks: &[&str]) -> bool {
    if matches!(element.value().name(), "body" | "html") {
        return false;
    }
    let names = element.value().classes().chain(element.value().id());
    names.into_iter().any(|name| {
        let name = name.to_ascii_lowercase();
        marks.iter().any(|mark| name.contains(mark))
    })
}

/// The share of an element's text that stands in links, 0 to 1.
fn link_share(element: ElementRef) -> f64 {
    let all = text_of(element).chars().count();
    if all == 0 {
        return 0.0;
    }
    let linked: usize = element.select(css!("a[href]")).map(|link| text_of(link).chars().count()).sum();
    f64::from(u32::try_from(linked).unwrap_or(u32::MAX)) / f64::from(u32::try_from(all).unwrap_or(u32::MAX))
}

/// The text directly before a `<br>`.
fn line_before(line_break: ElementRef) -> String {
    let mut parts = Vec::new();
    for sibling in line_break.prev_siblings() {
        match ElementRef::wrap(sibling) {
            Some(element) if element.value().name() == "br" => break,
            Some(element) if UNSEEN.contains(&element.value().name()) => {}
            Some(element) => parts.push(text_of(element)),
            None => parts.extend(sibling.value().as_text().map(|text| text.to_string())),
        }
    }
    parts.reverse();
    crate::text::tidy(&parts.join(" "))
}
