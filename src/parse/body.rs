//! Where on a page the article's text stands, when no selector says so.

use std::collections::HashSet;

use ego_tree::NodeId;
use scraper::ElementRef;

use super::beside::is_lost;
use super::marks::Marks;
use super::outline::{Outline, Part, share};
use super::page::Page;

/// The story is followed inward while one element holds this share of the running text.
const INWARD_SHARE_MIN: f64 = 0.7;
/// An element that is named as a body is taken when it holds this share of the running text.
const NAMED_SHARE_MIN: f64 = 0.75;
/// A page with less running text outside of marked elements is read without regard to names.
const RUNNING_CHARS_MIN: usize = 250;
/// A list or box of which more stands in links leads elsewhere.
const LINKED_BOX_MAX: f64 = 0.6;
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
        match inner {
            Some(child) if share(running[child], running[at]) >= INWARD_SHARE_MIN => at = child,
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
    inside.filter(|at| marked(*at) || is_furniture(&parts[*at])).map(|at| parts[at].element.id()).collect()
}

fn is_furniture(part: &Part) -> bool {
    let boxed = match part.name() {
        "div" | "section" | "table" | "p" => true,
        // A list without a class was written by the author.
        "ul" | "ol" => part.element.value().classes().next().is_some(),
        _ => false,
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
