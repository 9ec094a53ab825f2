//! What a page may cost, counted before a tree is made of it: its tags, the attributes of one, the elements left open.

use std::collections::HashMap;

use super::ParseError;

/// Tags of a page that are read; what stands behind them is left out. Long pages have some ten thousand.
const TAGS_MAX: usize = 150_000;
/// Attributes of one tag; a page is read up to a tag with more, since html5ever compares each with all before it.
const ATTRIBUTES_MAX: usize = 256;
/// Tags that may be open at once before a page is read at all; careless templates leave some dozens.
const OPEN_TAGS_MAX: usize = 3_000;
/// Letters of an element's name that are looked at; no element of HTML has more.
const NAME_BYTES_MAX: usize = 16;

/// The part of a page that is read: whole, but for hostile ones.
///
/// # Errors
/// [`ParseError::TooDeep`] when far more tags are opened than closed: html5ever takes a time that grows with the square
/// of that number (800 KB of `<div>` take it 36 s). Elements that end by themselves do not count.
pub(super) fn readable(html: &str) -> Result<&str, ParseError> {
    let mut brackets = memchr::memchr_iter(b'<', html.as_bytes());
    let many = brackets.by_ref().nth(OPEN_TAGS_MAX).is_some();
    let html = brackets.nth(TAGS_MAX - OPEN_TAGS_MAX).map_or(html, |end| &html[..end]);
    let bytes = html.as_bytes();
    let mut open = Open::default();
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'<', &bytes[at..]) {
        let start = at + found;
        if bytes[start..].starts_with(b"<!--") {
            at = comment_end(bytes, start + 2);
            continue;
        }
        let closing = bytes.get(start + 1) == Some(&b'/');
        let name_at = start + 1 + usize::from(closing);
        let rest = bytes.get(name_at..).unwrap_or_default();
        let name = &rest[..rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count()];
        at = name_at + name.len();
        if name.is_empty() {
            continue;
        }
        let Some(end) = tag_end(bytes, at) else { return Ok(&html[..start]) };
        at = end;
        let name = Name::of(name);
        if !closing && name.holds_no_tags() {
            // `a<b` in a script opens nothing.
            at = end_tag(bytes, at, name);
        } else if many && !name.ends_itself() && open.count(name, closing) > OPEN_TAGS_MAX {
            return Err(ParseError::TooDeep);
        }
    }
    Ok(html)
}

/// The place behind a comment, which ends in `-->` or `--!>`.
fn comment_end(bytes: &[u8], from: usize) -> usize {
    let mut signs = memchr::memchr_iter(b'>', &bytes[from..]).map(|found| from + found);
    let ends = |at: &usize| bytes[from..*at].ends_with(b"--") || bytes[from..*at].ends_with(b"--!");
    signs.find(ends).map_or(bytes.len(), |at| at + 1)
}

/// The place behind a tag whose attributes begin at `at` (HTML Living Standard, "Attributes"); `None` when it has too many.
fn tag_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    let until = |at: usize, stops: &[u8]| {
        bytes[at..]
            .iter()
            .position(|byte| byte.is_ascii_whitespace() || stops.contains(byte))
            .map_or(bytes.len(), |n| at + n)
    };
    let blanks = |at: usize| at + bytes[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    for _ in 0..=ATTRIBUTES_MAX {
        at += bytes[at..].iter().take_while(|byte| byte.is_ascii_whitespace() || **byte == b'/').count();
        match bytes.get(at) {
            None => return Some(at),
            Some(b'>') => return Some(at + 1),
            // An attribute's name may begin with `=`.
            Some(_) => at = blanks(until(at + 1, b"/>=")),
        }
        if bytes.get(at) == Some(&b'=') {
            at = blanks(at + 1);
            at = match bytes.get(at) {
                Some(quote @ (b'"' | b'\'')) => {
                    memchr::memchr(*quote, &bytes[at + 1..]).map_or(bytes.len(), |end| at + end + 2)
                }
                _ => until(at, b">"),
            };
        }
    }
    None
}

/// The place of the tag that ends an element whose content holds no tags.
fn end_tag(bytes: &[u8], from: usize, name: Name) -> usize {
    let mut found = memchr::memmem::find_iter(&bytes[from..], b"</").map(|found| from + found);
    let ends = |at: &usize| {
        let rest = &bytes[at + 2..];
        rest.get(..name.length).is_some_and(|start| start.eq_ignore_ascii_case(&name.letters[..name.length]))
    };
    found.find(ends).unwrap_or(bytes.len())
}

/// The name of an element in lower case.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Name {
    letters: [u8; NAME_BYTES_MAX],
    length: usize,
}

impl Name {
    fn of(name: &[u8]) -> Self {
        let mut letters = [0; NAME_BYTES_MAX];
        let length = name.len().min(NAME_BYTES_MAX);
        letters[..length].copy_from_slice(&name[..length]);
        letters.make_ascii_lowercase();
        Self { letters, length }
    }

    fn holds_no_tags(&self) -> bool {
        matches!(&self.letters[..self.length], b"script" | b"style" | b"textarea" | b"title" | b"xmp")
    }

    /// Elements without content, and those whose end tag may be left out (HTML Living Standard, "Optional tags").
    #[rustfmt::skip]
    fn ends_itself(&self) -> bool {
        matches!(
            &self.letters[..self.length],
            b"area" | b"base" | b"br" | b"col" | b"embed" | b"hr" | b"img" | b"input" | b"link" | b"meta" | b"param"
                | b"source" | b"track" | b"wbr" | b"p" | b"li" | b"dt" | b"dd" | b"option" | b"optgroup" | b"tr" | b"td"
                | b"th" | b"thead" | b"tbody" | b"tfoot" | b"colgroup" | b"rt" | b"rp" | b"html" | b"head" | b"body"
        )
    }
}

/// Open elements, counted by name: an end tag that closes nothing hides no other one.
#[derive(Default)]
struct Open {
    by_name: HashMap<Name, usize>,
    all: usize,
}

impl Open {
    fn count(&mut self, name: Name, closing: bool) -> usize {
        let of_name = self.by_name.entry(name).or_default();
        match (closing, *of_name) {
            (true, 0) => {}
            (true, _) => (*of_name, self.all) = (*of_name - 1, self.all - 1),
            (false, _) => (*of_name, self.all) = (*of_name + 1, self.all + 1),
        }
        self.all
    }
}
