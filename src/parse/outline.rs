//! A page's elements in one row, each with how much text stands in it: measured once, asked often.

use std::collections::HashMap;
use std::ops::Range;

use ego_tree::NodeId;
use ego_tree::iter::Edge;
use scraper::{ElementRef, Html, Node};

use super::marks::Marks;
use super::nodes::{UNSEEN, is_block, is_hidden};
use crate::text::tidy;

/// A line of text from this length on may be a paragraph.
const PARAGRAPH_CHARS_MIN: usize = 40;
/// A shorter line from this length on counts when it is a sentence.
const SENTENCE_CHARS_MIN: usize = 20;
/// A line of which more stands in links is no running text.
const LINKED_PARAGRAPH_MAX: f64 = 0.4;

/// `1/8/2020` has more digits; a year alone has fewer.
const DATE_DIGITS_MIN: usize = 5;
/// The longest line that is tried as a dateline.
const DATELINE_CHARS_MAX: usize = 140;
/// Characters kept of one run of text, its blanks included.
const TEXT_CHARS_MAX: usize = 1_000;
/// The longest date that opens a paragraph.
const OPENING_CHARS_MAX: usize = 40;
/// Characters of a date with its weekday and time inside a sentence.
const SAID_CHARS_MAX: usize = 48;
/// A link's text from this length on may be a headline.
const HEADLINE_CHARS_MIN: usize = 15;

/// One element. Sizes are in characters of text that a reader sees, blanks counted once.
pub(super) struct Part<'a> {
    pub(super) element: ElementRef<'a>,
    /// The element around it; its own place for the first.
    pub(super) parent: usize,
    /// The place behind the last element inside it.
    pub(super) end: usize,
    /// The lines of which it holds any text.
    pub(super) lines: Range<usize>,
    pub(super) marks: Marks,
    /// Hidden by its own attributes.
    pub(super) hidden: bool,
    /// All text inside.
    pub(super) chars: usize,
    /// Text inside links.
    pub(super) linked: usize,
    /// Text of lines that read like sentences.
    pub(super) running: usize,
    /// Running text that stands directly in it, in no element inside.
    pub(super) own_running: usize,
    /// Links inside that are headings, or hold one.
    pub(super) headlines: usize,
}

impl<'a> Part<'a> {
    pub(super) fn name(&self) -> &'a str {
        self.element.value().name()
    }

    /// The share of the text that stands in links, 0 to 1.
    pub(super) fn link_share(&self) -> f64 {
        share(self.linked, self.chars)
    }
}

/// All elements of a page in its order.
pub(super) struct Outline<'a> {
    parts: Vec<Part<'a>>,
    lines: Vec<Line>,
    places: HashMap<NodeId, usize>,
}

/// A line of text as a reader sees it, from one block's edge or `<br>` to the next.
#[derive(Clone, Default)]
pub(super) struct Line {
    /// The place of the innermost element that holds all of it.
    pub(super) owner: usize,
    /// The place of the element that its first text stands in.
    pub(super) start: usize,
    pub(super) chars: usize,
    pub(super) linked: usize,
    /// It reads like a paragraph.
    pub(super) running: bool,
    last: Option<char>,
    /// Of its text, to tell two lines apart.
    pub(super) hash: u64,
    /// As in the source, to about the length of a dateline.
    text: String,
}

impl Line {
    /// The text of a short line that holds the digits of a date, or counts back from now.
    pub(super) fn dated(&self) -> Option<String> {
        if self.chars > DATELINE_CHARS_MAX {
            return None;
        }
        let text = tidy(&self.text);
        let counted = text.contains(|c: char| c.is_ascii_digit());
        (has_date(&text) || (counted && (text.ends_with("trước") || text.ends_with("ago")))).then_some(text)
    }

    /// The date that opens a paragraph as a dateline does: `27.1.2022 - …`, `(18.01.2018) …`, `Karlsruhe (12.11.2021). …`,
    /// `HANOI, Dec 20, 2025 (VNA) - …`.
    pub(super) fn opening_date(&self) -> Option<String> {
        let text = tidy(&self.text);
        let text = text.trim_start_matches('(');
        let end = [" - ", " – ", " — ", ") ", "). ", " • "].iter().filter_map(|sign| text.find(sign)).min()?;
        let pieces = text[..end].split('(').map(str::trim);
        let opening = pieces.into_iter().find(|piece| has_date(piece))?;
        // `Ngày 24/8/2020 - …` opens a sentence about that day.
        let spoken = opening.to_lowercase().starts_with("ngày");
        (!spoken && end <= 2 * OPENING_CHARS_MAX && opening.chars().count() <= OPENING_CHARS_MAX)
            .then(|| opening.to_owned())
    }

    /// The date that a line of any length states between two words that stand not farther apart than a dateline is long.
    pub(super) fn between(&self, label: &str, verb: &str) -> Option<String> {
        let text = tidy(&self.text);
        let rest = &text[text.find(label)? + label.len()..];
        let near = rest.char_indices().nth(DATELINE_CHARS_MAX).map_or(rest, |(end, _)| &rest[..end]);
        let said: String = near[..near.find(verb)?].chars().take(SAID_CHARS_MAX).collect();
        has_date(&said).then_some(said)
    }
}

impl<'a> Outline<'a> {
    pub(super) fn of(html: &'a Html) -> Self {
        let mut walk = Walk::default();
        for edge in html.root_element().traverse() {
            match edge {
                Edge::Open(node) => match node.value() {
                    Node::Text(text) => walk.text(text),
                    Node::Element(_) => walk.open(ElementRef::wrap(node)),
                    _ => {}
                },
                Edge::Close(node) if node.value().is_element() => walk.close(),
                Edge::Close(_) => {}
            }
        }
        for at in (0..walk.parts.len()).rev() {
            walk.parts[at].running += walk.parts[at].own_running;
            if at > 0 {
                let (parent, running) = (walk.parts[at].parent, walk.parts[at].running);
                walk.parts[parent].running += running;
            }
        }
        let places = walk.parts.iter().enumerate().map(|(at, part)| (part.element.id(), at)).collect();
        Self { parts: walk.parts, lines: walk.lines, places }
    }

    pub(super) fn parts(&self) -> &[Part<'a>] {
        &self.parts
    }

    /// The lines of text in the page's order.
    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub(super) fn place(&self, element: ElementRef) -> Option<usize> {
        self.places.get(&element.id()).copied()
    }

    /// The place itself and those around it, outward.
    pub(super) fn outward(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let up = |at: &usize| (*at != 0).then(|| self.parts[*at].parent);
        std::iter::successors(Some(at), up)
    }

    /// The places behind one in the same element.
    pub(super) fn behind(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.parts[self.parts[at].parent].end;
        let next = move |place: usize| Some(self.parts[place].end).filter(|next| *next < end);
        std::iter::successors(next(at), move |place| next(*place))
    }

    /// The places directly inside one.
    pub(super) fn children(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.parts[at].end;
        let first = (at + 1 < end).then_some(at + 1);
        std::iter::successors(first, move |child| Some(self.parts[*child].end).filter(|next| *next < end))
    }
}

#[derive(Default)]
struct Walk<'a> {
    parts: Vec<Part<'a>>,
    lines: Vec<Line>,
    /// What the class names of the page say.
    names: HashMap<&'a str, Marks>,
    open: Vec<usize>,
    line: Line,
    /// Open elements that no reader sees, open links and open headings.
    unseen: usize,
    links: usize,
    headings: usize,
}

impl<'a> Walk<'a> {
    fn open(&mut self, element: Option<ElementRef<'a>>) {
        let Some(element) = element else { return };
        let name = element.value().name();
        let at = self.parts.len();
        let unseen = UNSEEN.contains(&name);
        if is_block(name) || name == "br" {
            self.end_line();
        }
        self.unseen += usize::from(unseen);
        let parent = self.open.last().copied().unwrap_or_default();
        let marks = Marks::of(element, &mut self.names);
        self.links += usize::from(name == "a");
        self.headings += usize::from(is_heading(name) || marks.has(Marks::TITLE));
        self.parts.push(Part {
            element,
            parent,
            end: at + 1,
            lines: self.lines.len()..self.lines.len(),
            marks,
            hidden: is_hidden(element),
            chars: 0,
            linked: 0,
            running: 0,
            own_running: 0,
            headlines: 0,
        });
        self.open.push(at);
    }

    fn close(&mut self) {
        let Some(at) = self.open.pop() else { return };
        let name = self.parts[at].name();
        let block = is_block(name);
        if block {
            self.end_line();
        }
        self.unseen -= usize::from(UNSEEN.contains(&name));
        self.links -= usize::from(name == "a");
        let heading = is_heading(name) || self.parts[at].marks.has(Marks::TITLE);
        self.headings -= usize::from(heading);
        let closes_headline = (name == "a" && self.headings > 0) || (heading && self.links > 0);
        if closes_headline && self.parts[at].chars >= HEADLINE_CHARS_MIN {
            self.parts[at].headlines += 1;
        }
        let end = self.parts.len();
        let lines_end = self.lines.len() + usize::from(self.line.chars > 0);
        let part = &mut self.parts[at];
        part.end = end;
        part.lines.end = lines_end.max(part.lines.start);
        let (parent, chars, linked, headlines) = (part.parent, part.chars, part.linked, part.headlines);
        if parent != at {
            let parent = &mut self.parts[parent];
            parent.chars += chars;
            parent.linked += linked;
            parent.headlines += headlines;
        }
    }

    fn text(&mut self, text: &str) {
        let Some(at) = self.open.last().copied().filter(|_| self.unseen == 0) else { return };
        let (chars, last) = size(text);
        if chars == 0 {
            if !self.line.text.is_empty() {
                self.line.text.push(' ');
            }
            return;
        }
        let linked = if self.links > 0 { chars } else { 0 };
        self.parts[at].chars += chars;
        self.parts[at].linked += linked;
        if self.line.chars == 0 {
            (self.line.start, self.line.owner) = (at, at);
        }
        while self.open.binary_search(&self.line.owner).is_err() {
            self.line.owner = self.parts[self.line.owner].parent;
        }
        if self.line.chars <= DATELINE_CHARS_MAX {
            self.line.text.extend(text.chars().take(TEXT_CHARS_MAX));
        }
        let bytes = text.bytes().filter(|byte| !byte.is_ascii_whitespace());
        self.line.hash =
            bytes.fold(self.line.hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        self.line.chars += chars;
        self.line.linked += linked;
        self.line.last = last.or(self.line.last);
    }

    fn end_line(&mut self) {
        let mut line = std::mem::take(&mut self.line);
        if line.chars == 0 {
            return;
        }
        let sentence = line.last.is_some_and(|last| matches!(last, '.' | '!' | '?' | '…' | '”' | '"' | ':' | ';'));
        let long = line.chars >= PARAGRAPH_CHARS_MIN || (sentence && line.chars >= SENTENCE_CHARS_MIN);
        line.running = long && share(line.linked, line.chars) <= LINKED_PARAGRAPH_MAX;
        if line.running {
            self.parts[line.owner].own_running += line.chars;
        }
        self.lines.push(line);
    }
}

pub(super) fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

/// Whether a text holds the digits of a date.
pub(super) fn has_date(text: &str) -> bool {
    text.chars().filter(char::is_ascii_digit).count() >= DATE_DIGITS_MIN
}

/// Characters with blanks counted once, and the last one that is no blank.
fn size(text: &str) -> (usize, Option<char>) {
    let (mut chars, mut last, mut blank) = (0, None, true);
    for c in text.chars() {
        let space = c.is_whitespace();
        chars += usize::from(!(space && blank));
        blank = space;
        if !space {
            last = Some(c);
        }
    }
    (if last.is_some() { chars } else { 0 }, last)
}

#[allow(clippy::cast_precision_loss, reason = "characters of a page of at most some MiB")]
pub(super) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
