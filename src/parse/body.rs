//! Where on a page the article's text stands, when no selector says so.

use std::collections::HashSet;

use ego_tree::NodeId;
use scraper::ElementRef;
use url::Url;

use super::beside::is_lost;
use super::marks::Marks;
use super::nodes::{css, text_of};
use super::outline::{Outline, Part, share};
use super::page::Page;
use crate::address::same_site;

/// The story is followed inward while one element holds this share of the running text.
const INWARD_SHARE_MIN: f64 = 0.7;
/// An element that is named as a body is taken when it holds this share of the running text.
const NAMED_SHARE_MIN: f64 = 0.75;
/// A page with less running text outside of marked elements is read without regard to names.
const RUNNING_CHARS_MIN: usize = 250;
/// A list or box of which more stands in links leads elsewhere.
const LINKED_BOX_MAX: f64 = 0.6;
/// A table of more elements lays out no links alone.
const LINKED_TABLE_ELEMENTS_MAX: usize = 300;
/// A table of one row is a bar of links when more than this share of its text stands in them.
const LINKED_BAR_MIN: f64 = 0.3;
/// A byline or dateline inside a body is shorter than this.
const SIGNATURE_CHARS_MAX: usize = 120;

/// The element that holds the story's text.
pub(super) fn find<'a>(page: &Page<'a>) -> Option<ElementRef<'a>> {
    let outline = &page.outline;
    let parts = outline.parts();
    let mut running = running_of(outline, |at| !page.beside.holds(at));
    if running.first().is_none_or(|all| *all < RUNNING_CHARS_MIN) {
        let raw = running_of(outline, |_| true);
        if raw.first() > running.first() {
            running = raw;
        }
    }
    let all = *running.first()?;
    if all == 0 {
        return None;
    }
    let named = parts
        .iter()
        .enumerate()
        .filter(|(at, part)| part.marks.has(Marks::BODY) && share(running[*at], all) >= NAMED_SHARE_MIN);
    if let Some((_, part)) = named.max_by_key(|(at, _)| *at) {
        return Some(part.element);
    }
    let mut at = 0;
    loop {
        let inner = outline.children(at).max_by_key(|child| running[*child]);
        let is_one_of_several = |child: usize| {
            let mut others = outline.children(at).filter(|other| *other != child && parts[*other].name() == "p");
            parts[child].name() == "p" && others.any(|other| running[other] > 0)
        };
        match inner {
            // One paragraph is no body while others stand beside it, however long it is.
            Some(child) if share(running[child], running[at]) >= INWARD_SHARE_MIN && !is_one_of_several(child) => {
                at = child;
            }
            _ => return Some(parts[at].element),
        }
    }
}

/// The running text inside each element, counting only the elements that `counts` lets through.
fn running_of(page: &Outline, counts: impl Fn(usize) -> bool) -> Vec<usize> {
    let parts = page.parts();
    let mut running: Vec<usize> =
        parts.iter().enumerate().map(|(at, part)| if counts(at) { part.own_running } else { 0 }).collect();
    for at in (1..parts.len()).rev() {
        running[parts[at].parent] += running[at];
    }
    running
}

/// Elements inside a body that stand beside its text: link lists, share bars, comments, the title again, its byline and
/// dateline.
pub(super) fn furniture(page: &Page, body: ElementRef) -> HashSet<NodeId> {
    let Some(root) = page.outline.place(body) else { return HashSet::new() };
    let parts = page.outline.parts();
    // Where nothing but what is marked holds any text, the marks say nothing.
    let marked = |at: usize| page.beside.holds(at) && !page.beside.holds(root);
    let inside = root + 1..parts[root].end;
    let beside = |at: &usize| {
        let part = &parts[*at];
        let small_table = part.name() == "table" && part.end - at <= LINKED_TABLE_ELEMENTS_MAX;
        marked(*at) || is_furniture(part) || (small_table && is_layout_of_links(page, part))
    };
    inside.filter(beside).map(|at| parts[at].element.id()).collect()
}

/// A table that lays out what leads elsewhere: a bar of buttons, advertisements, or stories with their pictures.
fn is_layout_of_links(page: &Page, part: &Part) -> bool {
    let table = part.element;
    let links = || table.select(css!("a[href]"));
    let href = |link: &ElementRef| link.value().attr("href").map(str::to_owned);
    let pictures: HashSet<String> =
        links().filter(|link| link.select(css!("img")).next().is_some()).filter_map(|link| href(&link)).collect();
    let lone_row = table.select(css!("tr")).nth(1).is_none();
    let bar = lone_row && part.running == 0 && part.link_share() > LINKED_BAR_MIN && links().nth(1).is_some();
    let abroad = |href: &String| page.base.join(href).is_ok_and(|to| !same_site(&to, page.address) && !is_image(&to));
    let advertises = part.chars == 0
        && !pictures.is_empty()
        && pictures.iter().all(abroad)
        && table.select(css!("img")).count() == table.select(css!("a[href] img")).count();
    // A picture and a headline that lead to one place are a teaser.
    let teases = |row: ElementRef| {
        let mut named =
            row.select(css!("a[href]")).filter(|link| !text_of(*link).is_empty()).filter_map(|link| href(&link));
        named.any(|href| pictures.contains(&href))
    };
    bar || advertises || (!pictures.is_empty() && table.select(css!("tr")).all(teases))
}

/// Whether an address is that of a picture, as a link to its full size is.
fn is_image(address: &Url) -> bool {
    let end = address.path().rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    matches!(&*end, "avif" | "gif" | "jpeg" | "jpg" | "png" | "webp")
}

/// A cell of the only row of a table that lays out a page.
fn is_column(part: &Part) -> bool {
    let row = part.element.parent().and_then(ElementRef::wrap);
    let alone =
        |row: ElementRef| !row.next_siblings().chain(row.prev_siblings()).any(|other| other.value().is_element());
    part.name() == "td" && row.is_some_and(alone)
}

fn is_furniture(part: &Part) -> bool {
    let boxed = match part.name() {
        "div" | "section" | "table" | "p" => true,
        // A list without a class was written by the author.
        "ul" | "ol" => part.element.value().classes().next().is_some(),
        _ => is_column(part),
    };
    let links = boxed && part.chars > 0 && part.link_share() > LINKED_BOX_MAX;
    let signature = (part.marks.has(Marks::AUTHOR) || part.marks.has(Marks::DATE)) && part.chars < SIGNATURE_CHARS_MAX;
    part.name() == "h1" || (part.running == 0 && (links || signature))
}

/// Elements inside a body that no reader sees.
pub(super) fn hidden(page: &Page, body: ElementRef) -> HashSet<NodeId> {
    let Some(root) = page.outline.place(body) else { return HashSet::new() };
    let parts = page.outline.parts();
    (root + 1..parts[root].end).filter(|at| is_lost(&page.outline, *at)).map(|at| parts[at].element.id()).collect()
}
