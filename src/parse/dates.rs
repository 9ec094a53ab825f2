//! Everything on a page that may state when the article was published.

use scraper::{ElementRef, Html};
use url::Url;

use super::body::StoryBoxes;
use super::metadata::Metadata;
use super::nodes::{UNSEEN, css, is_hidden, short_text, text_of};
use crate::date::{Dateline, Reader};
use crate::model::{ArticleRules, Candidate, DateOrder, Origin};

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

/// Elements that may make up a box of one story in a list.
const BOXES: [&str; 9] = ["li", "td", "span", "div", "p", "em", "small", "time", "i"];

/// Openings of texts that name the publication.
const LABELS: [&str; 14] = [
    "ngày đăng",
    "đăng ngày",
    "đăng lúc",
    "ngày xuất bản",
    "cập nhật",
    "published",
    "posted",
    "date:",
    "datum",
    "veröffentlicht",
    "erschienen",
    "aktualisiert",
    "publié",
    "fecha",
];

/// Keys under which scripts carry the time of publication.
const SCRIPT_KEYS: [&str; 5] =
    ["\"datePublished\"", "\"publishedDate\"", "\"published_at\"", "\"publishDate\"", "\"uploadDate\""];

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

/// All candidates of a page: the selector's, the head's, those near title and body, and the address's; where there is
/// none of these, whatever the page calls a date.
pub(super) fn find(
    tree: &Html,
    address: &Url,
    meta: &Metadata,
    rules: &ArticleRules,
    title: Option<ElementRef>,
    body: Option<ElementRef>,
    boxes: &StoryBoxes,
) -> Vec<Candidate> {
    let mut finder = Finder { boxes, title: title.map(text_of).unwrap_or_default(), found: Vec::new() };
    if let Some(css) = &rules.date {
        for element in tree.select(css.selector()).take(2) {
            finder.push(Origin::Selector, text_of(element));
            finder.push(Origin::Selector, element.value().attr("datetime").unwrap_or_default().to_owned());
        }
    }
    finder.found.extend(meta.dates.iter().cloned());
    finder.near(tree, title, body);
    finder.push(Origin::Address, in_address(address).unwrap_or_default());
    if !finder.found.iter().any(is_readable) {
        finder.anywhere(tree);
    }
    finder.found.truncate(CANDIDATES_MAX);
    finder.found
}

/// The day in an address: `/2020/08/24/`, `/2020-08-24-`, `/portal/Pages/2021-10-4/`, `d20211009`, `20180604131733961`.
fn in_address(address: &Url) -> Option<String> {
    let path = address.path();
    // An archive's address holds the original one behind its own date.
    let path = path.rfind("http").map_or(path, |at| &path[at..]);
    let runs: Vec<&str> = path.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty()).collect();
    let day = |year: &str, month: &str, day: &str| {
        let (y, m, d): (u32, u32, u32) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
        let fits = year.len() == 4 && (1990..2100).contains(&y) && (1..=12).contains(&m) && (1..=31).contains(&d);
        fits.then(|| format!("{y}-{m:02}-{d:02}"))
    };
    let apart =
        runs.windows(3).find_map(|run| day(run[0], run[1], run[2]).filter(|_| run[1].len() <= 2 && run[2].len() <= 2));
    let turned =
        runs.windows(3).find_map(|run| day(run[2], run[1], run[0]).filter(|_| run[0].len() == 2 && run[1].len() == 2));
    apart.or(turned).or_else(|| {
        runs.iter()
            .filter(|run| matches!(run.len(), 8 | 12 | 14 | 16 | 17))
            .find_map(|run| day(&run[..4], &run[4..6], &run[6..8]))
    })
}

/// Whether a candidate states a time of publication at all, whatever the source's own rules make of it.
fn is_readable(candidate: &Candidate) -> bool {
    let zone = chrono_tz::Tz::Asia__Ho_Chi_Minh;
    let reader = Reader { order: DateOrder::Dmy, zone, naive_local: false, month_minutes: false, seen_at: None };
    let clock = |read: &Dateline| read.clock_form && candidate.origin == Origin::Visible;
    let relative = candidate.text.contains("trước") || candidate.text.contains("ago");
    !candidate.updated && (relative || reader.read(&candidate.text).is_ok_and(|read| !clock(&read) && !read.updated))
}

struct Finder<'a> {
    boxes: &'a StoryBoxes,
    title: String,
    found: Vec<Candidate>,
}

impl Finder<'_> {
    fn push(&mut self, origin: Origin, text: String) {
        let known = self.found.iter().any(|candidate| candidate.origin == origin && candidate.text == text);
        if !text.is_empty() && !known {
            self.found.push(Candidate { origin, text, updated: false });
        }
    }

    /// `<time>` elements and short texts with a date's digits, from just before the title to just behind the body,
    /// but not inside its running text.
    fn near(&mut self, tree: &Html, title: Option<ElementRef>, body: Option<ElementRef>) {
        let elements: Vec<ElementRef> = tree.root_element().descendants().filter_map(ElementRef::wrap).collect();
        let position = |wanted: ElementRef| elements.iter().position(|element| element.id() == wanted.id());
        let inside = |body: ElementRef| body.descendants().filter(|node| node.value().is_element()).count();
        let body_at = body.and_then(position);
        let body_end = body.zip(body_at).map(|(body, at)| at + inside(body));
        let title_at = title.and_then(position).or(body_at).unwrap_or(0);
        let text_at =
            (title_at + 1..elements.len()).find(|at| is_running_text(elements[*at])).unwrap_or(elements.len());
        let before = elements[..title_at].iter().rev().take(BEFORE_TITLE_MAX);
        let between = elements[(title_at + 1).min(text_at)..text_at].iter();
        let behind = body_end.map_or(0..0, |end| {
            let start = end.max(text_at).min(elements.len());
            start..(start + BEHIND_BODY_MAX).min(elements.len())
        });
        for element in between.chain(before).chain(&elements[behind]) {
            self.read(*element);
        }
        for time in tree.select(css!("article time, main time, time[pubdate], time.entry-date, time.published")).take(3)
        {
            self.read(time);
        }
    }

    fn read(&mut self, element: ElementRef) {
        let name = element.value().name();
        if UNSEEN.contains(&name) || matches!(name, "h1" | "option" | "label") {
            return;
        }
        let shows = element.children().any(|child| child.value().as_text().is_some_and(|text| !text.trim().is_empty()));
        if name != "time" && !shows && !is_marked(element) {
            return;
        }
        let Some(text) = short_text(element, DATELINE_CHARS_MAX) else { return };
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let relative = digits > 0 && (text.ends_with("trước") || text.ends_with("ago"));
        if (name != "time" && digits < 5 && !relative) || self.is_foreign(element) {
            return;
        }
        if name == "time" {
            self.push(Origin::Time, element.value().attr("datetime").unwrap_or_default().to_owned());
            self.push(Origin::Time, text);
        } else {
            self.push(Origin::Visible, text);
        }
    }

    /// Hidden, beside the story, or about another one: a box that holds a link that reads like a headline.
    fn is_foreign(&self, element: ElementRef) -> bool {
        let headline = |link: ElementRef| {
            let text = text_of(link);
            text.split(' ').count() >= HEADLINE_WORDS_MIN && text != self.title
        };
        let around = std::iter::once(element).chain(element.ancestors().filter_map(ElementRef::wrap)).take(3);
        let mut boxes = around.take_while(|outer| BOXES.contains(&outer.value().name()));
        is_hidden(element)
            || self.boxes.stands_beside(element)
            || boxes.any(|outer| {
                short_text(outer, 2 * RUNNING_TEXT_CHARS_MIN).is_some() && outer.select(css!("a[href]")).any(headline)
            })
    }

    /// Whatever the page calls a date: times, elements named so, labelled texts, data of its scripts.
    fn anywhere(&mut self, tree: &Html) {
        for element in tree
            .select(css!("time, [class*=date], [class*=Date], [class*=datum], [class*=publi], [class*=author], [class*=meta], [class*=info], [id*=date], abbr[title], dd, h3, h4, h5"))
        {
            if self.found.len() >= CANDIDATES_MAX || self.is_foreign(element) {
                continue;
            }
            let machine = element.value().attr("datetime").or(element.value().attr("title")).unwrap_or_default();
            let texts = [Some(machine.to_owned()), short_text(element, DATELINE_CHARS_MAX / 2)];
            for text in texts.into_iter().flatten() {
                self.push(Origin::Page, text);
            }
        }
        for element in tree.select(css!("p, span, div, li, td, small, em, dd, h4, h5")) {
            let Some(text) = short_text(element, DATELINE_CHARS_MAX) else { continue };
            let lower = text.to_lowercase();
            let labelled = LABELS.iter().any(|label| lower.starts_with(label));
            if labelled && self.found.len() < CANDIDATES_MAX && !self.is_foreign(element) {
                self.push(Origin::Page, text);
            }
        }
        for script in tree.select(css!("script")) {
            let code: String = script.text().take(1).collect();
            let value = SCRIPT_KEYS.iter().find_map(|key| {
                let rest = code[code.find(key)? + key.len()..].trim_start_matches([' ', ':', '\\', '"']);
                rest.split(['"', '\\']).next().map(str::to_owned)
            });
            self.push(Origin::Page, value.filter(|value| value.len() <= DATELINE_CHARS_MAX).unwrap_or_default());
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
