//! Everything on a page that may state when the article was published.

use scraper::{ElementRef, Html};
use url::Url;

use super::body::stands_beside;
use super::metadata::Metadata;
use super::nodes::{UNSEEN, css, is_hidden, text_of};
use crate::model::{ArticleRules, Candidate, Origin};

/// Elements before the title that may hold its dateline.
const BEFORE_TITLE_MAX: usize = 12;
/// Elements behind the body that may hold its dateline.
const BEHIND_BODY_MAX: usize = 12;
/// An element with so much text of its own is a paragraph of the story.
const RUNNING_TEXT_CHARS_MIN: usize = 150;
/// The longest text that is tried as a visible dateline.
const DATELINE_CHARS_MAX: usize = 120;
/// Candidates kept of one page.
const CANDIDATES_MAX: usize = 24;
/// A link with so many words leads to another story, and the date beside it is that story's.
const HEADLINE_WORDS_MIN: usize = 5;

/// Class and id parts of elements that hold a date.
const DATE_MARKS: [&str; 14] = [
    "date",
    "time",
    "publish",
    "posted",
    "pubdate",
    "datum",
    "created",
    "ngay",
    "thoi-gian",
    "meta",
    "byline",
    "dateline",
    "fecha",
    "stand",
];

/// All candidates of a page: the selector's, the head's, those near title and body, and the address's.
pub(super) fn find(
    tree: &Html,
    address: &Url,
    meta: &Metadata,
    rules: &ArticleRules,
    title: Option<ElementRef>,
    body: Option<ElementRef>,
) -> Vec<Candidate> {
    let mut found = Vec::new();
    if let Some(css) = &rules.date {
        for element in tree.select(css.selector()).take(2) {
            push(&mut found, Origin::Selector, text_of(element));
            push(&mut found, Origin::Selector, element.value().attr("datetime").unwrap_or_default().to_owned());
        }
    }
    found.extend(meta.dates.iter().cloned());
    near(tree, title, body, &mut found);
    push(&mut found, Origin::Address, in_address(address).unwrap_or_default());
    found.truncate(CANDIDATES_MAX);
    found
}

fn push(found: &mut Vec<Candidate>, origin: Origin, text: String) {
    let known = found.iter().any(|candidate| candidate.origin == origin && candidate.text == text);
    if !text.is_empty() && !known {
        found.push(Candidate { origin, text, updated: false });
    }
}

/// The day in an address: `/2020/08/24/`, `/2020-08-24-`, `/portal/Pages/2021-10-4/`, `d20211009`, `20180604131733961`.
fn in_address(address: &Url) -> Option<String> {
    let digits = |part: &str| {
        part.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    };
    let runs = digits(address.path());
    let day = |year: &str, month: &str, day: &str| {
        let (y, m, d): (u32, u32, u32) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
        let fits = year.len() == 4 && (1990..2100).contains(&y) && (1..=12).contains(&m) && (1..=31).contains(&d);
        fits.then(|| format!("{y}-{m:02}-{d:02}"))
    };
    let apart = runs
        .windows(3)
        .find_map(|run| day(&run[0], &run[1], &run[2]).filter(|_| run[1].len() <= 2 && run[2].len() <= 2));
    apart.or_else(|| {
        runs.iter()
            .filter(|run| matches!(run.len(), 8 | 12 | 14 | 16 | 17))
            .find_map(|run| day(&run[..4], &run[4..6], &run[6..8]))
    })
}

/// `<time>` elements and short texts with a date's digits, from just before the title to just behind the body, but
/// not inside its running text.
fn near(tree: &Html, title: Option<ElementRef>, body: Option<ElementRef>, found: &mut Vec<Candidate>) {
    let elements: Vec<ElementRef> = tree.root_element().descendants().filter_map(ElementRef::wrap).collect();
    let position = |wanted: ElementRef| elements.iter().position(|element| element.id() == wanted.id());
    let body_at = body.and_then(position);
    let body_end =
        body.zip(body_at).map(|(body, at)| at + body.descendants().filter(|node| node.value().is_element()).count());
    let title_at = title.and_then(position).or(body_at).unwrap_or(0);
    let text_at = (title_at + 1..elements.len()).find(|at| is_running_text(elements[*at])).unwrap_or(elements.len());
    let before = elements[..title_at].iter().rev().take(BEFORE_TITLE_MAX);
    let between = elements[(title_at + 1).min(text_at)..text_at].iter();
    let behind =
        body_end.map_or(0..0, |end| end.max(text_at)..(end.max(text_at) + BEHIND_BODY_MAX).min(elements.len()));
    for element in between.chain(before).chain(&elements[behind]) {
        read(*element, found);
    }
    for time in tree.select(css!("article time, main time, [itemprop=datePublished]")).take(3) {
        read(time, found);
    }
}

fn read(element: ElementRef, found: &mut Vec<Candidate>) {
    let name = element.value().name();
    let skipped = UNSEEN.contains(&name) || matches!(name, "h1" | "h2" | "h3" | "option" | "label");
    if skipped || is_hidden(element) || stands_beside(element) || belongs_to_a_link(element) {
        return;
    }
    if name == "time" {
        push(found, Origin::Time, element.value().attr("datetime").unwrap_or_default().to_owned());
        push(found, Origin::Time, text_of(element));
        return;
    }
    let shows = element.children().any(|child| child.value().as_text().is_some_and(|text| !text.trim().is_empty()));
    if shows || is_marked(element) {
        let text = text_of(element);
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let relative = text.ends_with("trước") || text.ends_with("ago");
        if text.chars().count() <= DATELINE_CHARS_MAX && (digits >= 5 || (relative && digits > 0)) {
            push(found, Origin::Visible, text);
        }
    }
}

/// A `<p>` or the like with a paragraph's worth of text of its own.
fn is_running_text(element: ElementRef) -> bool {
    let own = element.children().filter_map(|child| child.value().as_text());
    !UNSEEN.contains(&element.value().name())
        && own.map(|text| text.trim().chars().count()).sum::<usize>() >= RUNNING_TEXT_CHARS_MIN
}

fn is_marked(element: ElementRef) -> bool {
    element.value().classes().chain(element.value().id()).any(|name| {
        let name = name.to_ascii_lowercase();
        DATE_MARKS.iter().any(|mark| name.contains(mark))
    })
}

/// Whether the box around the element is about another story: it holds a link that reads like a headline.
fn belongs_to_a_link(element: ElementRef) -> bool {
    let around = std::iter::once(element).chain(element.ancestors().filter_map(ElementRef::wrap));
    around
        .take(3)
        .take_while(|outer| {
            matches!(outer.value().name(), "li" | "td" | "span" | "div" | "p" | "em" | "small" | "time" | "i")
        })
        .any(|outer| {
            text_of(outer).chars().count() < 2 * RUNNING_TEXT_CHARS_MIN
                && outer.select(css!("a[href]")).any(|link| text_of(link).split(' ').count() >= HEADLINE_WORDS_MIN)
        })
}
