//! Everything on a page that may state when the article was published.

use std::ops::Range;

use chrono::{Datelike, NaiveDate};
use scraper::ElementRef;
use url::Url;

use super::marks::Marks;
use super::nodes::{css, short_text, text_of};
use super::outline::{Line, Outline, has_date};
use super::page::{Page, Story};
use crate::date::{DateError, Dateline, Reader};
use crate::model::{ArticleRules, Candidate, DateOrder, Origin};

/// Lines before the title that may be its dateline.
const BEFORE_TITLE_MAX: usize = 8;
/// Lines behind the body that may be its dateline.
const BEHIND_BODY_MAX: usize = 12;
/// A line that holds a date and hardly more.
const BARE_CHARS_MAX: usize = 40;
/// A dateline that stands inside the title's heading.
const TITLE_DATELINE_CHARS_MAX: usize = 20;
/// Lines of the story's opening that may hold a dateline where none stands in a better place.
const OPENING_LINES_MAX: usize = 8;
/// Candidates kept of one page.
const CANDIDATES_MAX: usize = 24;
/// A link with so many words leads to another story, and the date beside it is that story's.
const HEADLINE_WORDS_MIN: usize = 5;
/// The box of another story holds at most so much text.
const TEASER_CHARS_MAX: usize = 200;
/// ... and at most so many elements.
const TEASER_ELEMENTS_MAX: usize = 64;
/// A line of so much running text is a paragraph of the story; shorter ones may be its lead, before the dateline.
const RUNNING_TEXT_CHARS_MIN: usize = 150;
/// `<time>` elements looked at.
const TIMES_MAX: usize = 200;

/// Elements around a date that are tried as the box of another story.
const BOXES_MAX: usize = 4;

/// Elements that may make up a box of one story in a list.
const BOXES: [&str; 10] = ["a", "li", "td", "span", "div", "p", "em", "small", "time", "i"];

/// Openings of texts that name the publication, in lower case.
const LABELS: [&str; 20] = [
    "ngày đăng",
    "đăng ngày",
    "đăng lúc",
    "ngày xuất bản",
    "cập nhật",
    "published",
    "posted",
    "date:",
    "datum",
    "stand:",
    "veröffentlicht",
    "erschienen",
    "aktualisiert",
    "letzte änderung",
    "letzte aktualisierung",
    "diese seite wurde zuletzt",
    "dieser beitrag wurde",
    "last modified",
    "publié",
    "fecha",
];

/// What stands before and behind the date in the sentence under a story that `WordPress` themes print since its first
/// default one: `This entry was posted on Monday, August 24th, 2020 at 10:08 and is filed under …`.
const FILED: [(&str, &str); 4] = [
    ("was posted on", " and is filed under"),
    ("Beitrag wurde vor am", "veröffentlicht"),
    (" wurde am ", "gepostet"),
    (" wurde am ", "veröffentlicht"),
];

/// Keys under which scripts carry the time of publication.
const SCRIPT_KEYS: [&str; 8] = [
    "\"datePublished\"",
    "\"publishedDate\"",
    "\"published_at\"",
    "\"publishedAt\"",
    "\"publishDate\"",
    "\"publish_date\"",
    "\"publicationDate\"",
    "\"uploadDate\"",
];

/// All candidates of a page: the selector's, the head's, those near title and body, and the address's; where there is
/// none of these, whatever the page calls a date.
pub(super) fn find(page: &Page, rules: &ArticleRules, story: Story) -> Vec<Candidate> {
    let mut finder = Finder { page, title: story.title.map(text_of).unwrap_or_default(), found: Vec::new() };
    if let Some(css) = &rules.date {
        // A page states when it was published and when updated; what boxes of other stories state is theirs.
        let beside = |element: &ElementRef| page.outline.place(*element).is_some_and(|at| page.beside.holds(at));
        let mut matches = page.tree.select(css.selector());
        for element in matches.next().into_iter().chain(matches.next().filter(|second| !beside(second))) {
            finder.push(Origin::Selector, text_of(element));
            finder.push(Origin::Selector, element.value().attr("datetime").unwrap_or_default().to_owned());
        }
    }
    finder.found.extend(page.meta.dates.iter().take(CANDIDATES_MAX / 2).cloned());
    let place = Place::of(&page.outline, story);
    finder.push(Origin::Address, in_address(page.address).unwrap_or_default());
    finder.near(&place);
    if !finder.found.iter().any(is_readable) {
        finder.anywhere(&place);
        finder.in_scripts();
    }
    finder.found
}

/// The day in an address: `/2020/08/24/`, `/2020-08-24-`, `/portal/Pages/2021-10-4/`, `d20211009`, `20180604131733961`.
fn in_address(address: &Url) -> Option<String> {
    let path = address.path();
    // An archive's address holds the original one behind its own date.
    let path = path.rfind("http").map_or(path, |at| &path[at..]);
    // Empty where more than one other character stands between two numbers.
    let runs: Vec<&str> = path.split(|c: char| !c.is_ascii_digit()).collect();
    let day = |year: &str, month: &str, day: &str| {
        let (y, m, d): (u32, u32, u32) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
        let fits = year.len() == 4 && (1990..2100).contains(&y) && (1..=12).contains(&m) && (1..=31).contains(&d);
        fits.then(|| format!("{y}-{m:02}-{d:02}"))
    };
    let apart =
        runs.windows(3).find_map(|run| day(run[0], run[1], run[2]).filter(|_| run[1].len() <= 2 && run[2].len() <= 2));
    let turned =
        runs.windows(3).find_map(|run| day(run[2], run[1], run[0]).filter(|_| run[0].len() == 2 && run[1].len() == 2));
    let joined = || {
        let mut stamps = runs.iter().filter(|run| matches!(run.len(), 8 | 12 | 14 | 16 | 17));
        stamps.find_map(|run| day(&run[..4], &run[4..6], &run[6..8]).or_else(|| day(&run[4..8], &run[2..4], &run[..2])))
    };
    apart.or(turned).or_else(joined)
}

/// Whether a candidate states a time of publication at all, whatever the source's own rules make of it.
fn is_readable(candidate: &Candidate) -> bool {
    let reader = any_reader(false);
    let clock = |read: &Dateline| read.clock_form && candidate.origin == Origin::Visible;
    let relative = candidate.text.contains("trước") || candidate.text.contains("ago");
    !candidate.updated && (relative || reader.read(&candidate.text).is_ok_and(|read| !clock(&read) && !read.updated))
}

/// The day that a text states, by any clock.
fn day_of(text: &str) -> Option<NaiveDate> {
    let reader = any_reader(true);
    reader.read(text).ok().map(|read| read.instant.with_timezone(&reader.zone).date_naive())
}

/// A reader that knows nothing of the source.
fn any_reader(naive_local: bool) -> Reader {
    let zone = chrono_tz::Tz::Asia__Ho_Chi_Minh;
    Reader { order: DateOrder::Dmy, zone, naive_local, month_minutes: false, seen_at: None }
}

/// Where title and body stand among the lines of a page.
struct Place {
    /// The title's lines and those between it and the first paragraph.
    head: Range<usize>,
    /// The title's lines, and its elements.
    title: Range<usize>,
    heading: Range<usize>,
    /// The body's lines.
    body: Range<usize>,
    /// The elements from a little before the title to a little behind the body.
    places: Range<usize>,
}

impl Place {
    fn of(page: &Outline, story: Story) -> Self {
        let lines = page.lines();
        let place = |element: Option<ElementRef>| element.and_then(|element| page.place(element));
        let end_of = |at: usize| page.parts()[at].end;
        let (title_at, body_at) = (place(story.title), place(story.body));
        let lines_of = |at: usize| page.parts()[at].lines.clone();
        let body_lines = body_at.map_or(lines.len()..lines.len(), lines_of);
        // A line that is title and dateline at once belongs to the head.
        let head_start = title_at.map_or(body_lines.start, |at| lines_of(at).start);
        let running = |at: &usize| {
            lines[*at].running
                && lines[*at].chars >= RUNNING_TEXT_CHARS_MIN
                && title_at.is_none_or(|title| *at >= lines_of(title).end)
        };
        let head_end =
            (head_start.max(body_lines.start.min(lines.len()))..lines.len()).find(running).unwrap_or(lines.len());
        let before = lines.get(head_start.saturating_sub(BEFORE_TITLE_MAX)).map(|line| line.owner);
        let first = title_at.or(body_at).unwrap_or(0);
        let first = before.map_or(first, |before| before.min(first));
        let last = body_at.map_or(first, end_of).max(first);
        let title = title_at.map_or(0..0, lines_of);
        let heading = title_at.map_or(0..0, |at| at..end_of(at));
        Self { head: head_start..head_end, title, heading, body: body_lines, places: first..last }
    }
}

struct Finder<'a> {
    page: &'a Page<'a>,
    title: String,
    found: Vec<Candidate>,
}

impl Finder<'_> {
    fn push(&mut self, origin: Origin, text: String) {
        if self.is_full() {
            return;
        }
        let known = self.found.iter().any(|candidate| candidate.origin == origin && candidate.text == text);
        if !text.is_empty() && !known {
            self.found.push(Candidate { origin, text, updated: false });
        }
    }

    fn is_full(&self) -> bool {
        self.found.len() >= CANDIDATES_MAX
    }

    /// `<time>` elements and short lines with a date's digits, from just before the title to just behind the body,
    /// but not inside its running text.
    fn near(&mut self, place: &Place) {
        let lines = self.page.outline.lines();
        let before = place.head.start.saturating_sub(BEFORE_TITLE_MAX)..place.head.start;
        let behind = place.body.end.max(place.head.end).min(lines.len());
        let behind = behind..(behind + BEHIND_BODY_MAX).min(lines.len());
        for at in place.head.clone().chain(before.rev()).chain(behind) {
            if self.is_full() {
                break;
            }
            // A title may speak of a day; a dateline inside its heading says nothing else, and a later line of it opens with one.
            if !place.heading.contains(&lines[at].owner) || lines[at].chars <= TITLE_DATELINE_CHARS_MAX {
                self.read(Origin::Visible, &lines[at]);
            } else if at > place.title.start {
                self.push(Origin::Visible, lines[at].opening_date().unwrap_or_default());
            }
        }
        let parts = self.page.outline.parts();
        let times = parts.iter().enumerate().filter(|(_, part)| part.name() == "time").take(TIMES_MAX);
        let (near, far): (Vec<_>, Vec<_>) = times.partition(|(at, _)| place.places.contains(at));
        let far = far.into_iter().filter(|(at, part)| {
            let named = part.element.value().attr("pubdate").is_some() || part.marks.has(Marks::DATE);
            let holds_story = |outer: usize| matches!(parts[outer].name(), "article" | "main");
            named || self.page.outline.outward(*at).any(holds_story)
        });
        for (at, part) in near.into_iter().chain(far) {
            if self.is_foreign(at) {
                continue;
            }
            let value = part.element.value();
            let text = short_text(part.element, TEASER_CHARS_MAX).unwrap_or_default();
            let machine = value.attr("datetime").unwrap_or_default().to_owned();
            // Where the two contradict each other, people are told the one and machines were left with another.
            let contradicted = day_of(&text).zip(day_of(&machine)).is_some_and(|(shown, stated)| {
                let turned = shown.day() == stated.month() && shown.month() == stated.day();
                (shown - stated).num_days().abs() > 1 && !turned
            });
            let said = if contradicted { [text, machine] } else { [machine, text] };
            for text in said {
                self.push(Origin::Time, text);
            }
            if self.found.iter().filter(|candidate| candidate.origin == Origin::Time).count() >= 6 {
                break;
            }
        }
    }

    /// A line whole and, where that is more than a dateline, what stands between its separators.
    fn read(&mut self, origin: Origin, line: &Line) {
        let Some(text) = line.dated() else { return };
        if self.is_foreign(line.owner) {
            return;
        }
        let whole = Candidate { origin, text: text.clone(), updated: false };
        let whole_line = is_readable(&whole) || any_reader(false).read(&text) == Err(DateError::Furniture);
        self.push(origin, text.clone());
        if !whole_line {
            for piece in text.split(['|', '•', '·', '»', '(', ')', '—']).map(str::trim).filter(|piece| has_date(piece))
            {
                self.push(origin, piece.to_owned());
            }
        }
    }

    /// Hidden, beside the story, about another one, or quoted.
    fn is_foreign(&self, at: usize) -> bool {
        let quoted =
            || self.page.outline.outward(at).any(|outer| self.page.outline.parts()[outer].name() == "blockquote");
        self.page.beside.holds(at) || self.is_teaser(at) || quoted()
    }

    /// In a box that holds a link that reads like a headline, and so about another story.
    fn is_teaser(&self, at: usize) -> bool {
        let parts = self.page.outline.parts();
        let own = |link: ElementRef| {
            let address = link.value().attr("href").and_then(|href| self.page.address.join(href).ok());
            address.is_some_and(|address| address.path() == self.page.address.path() && address.path() != "/")
        };
        let headline = |link: ElementRef| {
            let text = text_of(link);
            text.split(' ').count() >= HEADLINE_WORDS_MIN && text != self.title && !own(link)
        };
        let mut boxes =
            self.page.outline.outward(at).take(BOXES_MAX).take_while(|outer| BOXES.contains(&parts[*outer].name()));
        boxes.any(|outer| {
            let part = &parts[outer];
            part.chars <= TEASER_CHARS_MAX
                && part.end - outer <= TEASER_ELEMENTS_MAX
                && part.linked > 0
                && (part.name() == "a" && headline(part.element) || part.element.select(css!("a[href]")).any(headline))
        })
    }

    /// Whatever the page calls a date: lines in elements named so, labelled lines, the openings and ends of the text.
    fn anywhere(&mut self, place: &Place) {
        let (lines, parts) = (self.page.outline.lines(), self.page.outline.parts());
        for line in lines {
            let named = self.page.outline.outward(line.owner).take(3).any(|outer| parts[outer].marks.has(Marks::DATE));
            if named && !self.is_full() {
                self.read(Origin::Page, line);
            }
        }
        for line in lines {
            for (label, verb) in FILED {
                self.push(Origin::Page, line.between(label, verb).unwrap_or_default());
            }
            let Some(text) = line.dated() else { continue };
            let lower = text.to_lowercase();
            if LABELS.iter().any(|label| lower.trim_start_matches(['[', '(']).starts_with(label)) && !self.is_full() {
                self.push(Origin::Page, text);
            }
        }
        self.only(place);
        // The box of a byline often holds the dateline too.
        let signs =
            |line: &Line| self.page.outline.outward(line.owner).take(3).any(|at| parts[at].marks.has(Marks::AUTHOR));
        let opening = place.head.start.max(place.title.end)..place.body.end;
        for line in opening.clone().take(OPENING_LINES_MAX).filter_map(|at| lines.get(at)) {
            if !self.is_teaser(line.owner) && (!self.page.beside.holds(line.owner) || signs(line)) {
                self.push(Origin::Page, line.dated().or_else(|| line.opening_date()).unwrap_or_default());
            }
        }
        if let Some(line) = place.body.clone().last().and_then(|at| lines.get(at)) {
            self.read(Origin::Page, line);
        }
    }

    /// The one date that a page shows outside of its head and foot; where it shows several, none of them is the story's.
    fn only(&mut self, place: &Place) {
        let told = |line: &&Line| {
            let inside = |at: usize| matches!(self.page.outline.parts()[at].name(), "article" | "main");
            let spoken = place.heading.contains(&line.owner) || line.chars > BARE_CHARS_MAX;
            !spoken && (!self.page.beside.holds(line.owner) || self.page.outline.outward(line.owner).any(inside))
        };
        let dated = self.page.outline.lines().iter().filter(told).filter_map(|line| Some((line.dated()?, line.owner)));
        let own = dated.filter(|(_, owner)| !self.is_teaser(*owner));
        let mut days = own.filter_map(|(text, _)| Some((day_of(&text)?, text)));
        if let Some((day, text)) = days.next()
            && days.all(|(other, _)| other == day)
        {
            self.push(Origin::Page, text);
        }
    }

    fn in_scripts(&mut self) {
        for script in self.page.tree.select(css!("script")) {
            let code: String = script.text().take(1).collect();
            let value = SCRIPT_KEYS.iter().find_map(|key| {
                let rest = code[code.find(key)? + key.len()..].trim_start_matches([' ', ':', '\\', '"']);
                rest.split(['"', '\\']).next().map(str::to_owned)
            });
            self.push(Origin::Page, value.filter(|value| value.len() <= 120).unwrap_or_default());
        }
    }
}
