//! The lead: once, and without the paper's dateline prefix.

use std::sync::LazyLock;

use regex::Regex;

use super::{captures, text_of};
use crate::model::{Block, Inline};
use crate::text::{ComparisonWords, same_words};

/// A second copy of the lead stands among the first blocks of a body.
const COPY_BLOCKS_MAX: usize = 4;

/// A bold first paragraph is a lead from this length on; shorter ones are headings.
const LEAD_CHARS_MIN: usize = 40;

/// `(QBĐT) -`, `(Baonghean.vn) -`, `(TTXVN/Vietnam+)`, `(PLO–`, `BHG -`, `VTV.vn –`, `SGGPO`, with any blanks around; a
/// dash without a blank joins two words, as in `COVID-19`.
static PREFIX: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?x)^\s*(?:
        \((?<name>[^()]{2,24})\)\s*(?<dash>[-–—])?
      | \((?<open>[A-ZĐ]{2,8})\s?[-–—]
      | (?<bare>[A-ZĐ&]{3,8}(?:\.[A-Za-z]{2,4})?|[A-Za-z]{3,20}\.[Vv][Nn]|[A-Z][a-z]{2,12}Net)(?:\s+[-–—]|[-–—]\s)
      | (?<alone>SGGPO)(?-u:\b)[.:]?
    )\s*";
    Regex::new(pattern).unwrap_or_else(|error| panic!("constant pattern: {error}"))
});

/// Short forms that open sentences: titles, places, bodies, editors' notes.
const FALSE_FRIENDS: [&str; 44] = [
    "AFF", "APEC", "ASEAN", "BCH", "BHXH", "BHYT", "CLB", "COVID", "CSGT", "CPTPP", "ĐBSCL", "ĐHQG", "ĐKVĐ", "EVN",
    "FED", "FIFA", "GDP", "GRDP", "HCM", "HĐND", "HIV", "HLV", "IMF", "LĐLĐ", "LTS", "MTTQ", "NASA", "NATO", "OCOP",
    "OPEC", "PCCC", "PGS", "THCS", "THPT", "THS", "TPHCM", "UBND", "UEFA", "UNESCO", "UNICEF", "USD", "VĐV", "WHO",
    "WTO",
];

/// Takes a dateline prefix off a lead: the name in it, and the lead behind it.
pub(super) fn split_prefix(lead: &str) -> (Option<String>, Option<String>) {
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    match prefix_of(lead) {
        Some((name, rest)) if !rest.trim().is_empty() => (Some(name), some(rest)),
        _ => (None, some(lead)),
    }
}

fn prefix_of(text: &str) -> Option<(String, &str)> {
    let found = captures(&PREFIX, text)?;
    let rest = &text[found.get(0)?.end()..];
    if let Some(open) = found.name("open") {
        // `(TTXVN - Hà Nội) …` is closed further on.
        let closed = rest.find(')').is_some_and(|close| rest.find('(').is_none_or(|open| close < open));
        return (!closed).then(|| (open.as_str().to_owned(), rest));
    }
    if let Some(bare) = found.name("bare").or(found.name("alone")) {
        return (!FALSE_FRIENDS.contains(&bare.as_str())).then(|| (bare.as_str().to_owned(), rest));
    }
    let name = found.name("name")?.as_str().trim();
    let letters = name.chars().any(char::is_alphabetic);
    let caption = name.to_lowercase().contains("ảnh");
    let capitals = !name.contains(' ') && name.chars().all(|c| !c.is_lowercase());
    let known = capitals || name.to_lowercase().contains(".vn") || name.contains("TTXVN");
    (letters && !caption && (found.name("dash").is_some() || known)).then(|| (name.to_owned(), rest))
}

fn without_prefix(text: &str) -> &str {
    prefix_of(text).map_or(text, |(_, rest)| rest)
}

/// Removes the copies of the lead that open the body, whether or not they carry a prefix; says how many there were.
pub(super) fn remove(blocks: &mut Vec<Block>, lead: &str) -> usize {
    let lead = without_prefix(lead);
    if ComparisonWords::of(lead).next_word().is_none() {
        return 0;
    }
    let mut at = 0;
    let mut copies = 0;
    blocks.retain(|block| {
        at += 1;
        let copy = at <= COPY_BLOCKS_MAX && text_of(block).is_some_and(|text| same_words(without_prefix(text), lead));
        copies += usize::from(copy);
        !copy
    });
    copies
}

/// The first paragraph when the whole of it is bold: how most provincial papers print a lead inside the body.
pub(super) fn bold_opening(blocks: &[Block]) -> Option<String> {
    let first = blocks.iter().find(|block| !matches!(block, Block::Figure { .. } | Block::Medium(_)))?;
    let Block::Paragraph(Inline { html, text }) = first else { return None };
    let inner = html.strip_prefix("<strong>")?.strip_suffix("</strong>")?;
    (!inner.contains("<strong>") && text.chars().count() >= LEAD_CHARS_MIN).then(|| text.clone())
}

/// Takes a dateline prefix off the first paragraph.
pub(super) fn strip_prefix(blocks: &mut [Block]) {
    let Some(Block::Paragraph(line)) = blocks.iter_mut().find(|block| matches!(block, Block::Paragraph(_))) else {
        return;
    };
    let Some((_, rest)) = prefix_of(&line.text) else { return };
    let prefix = &line.text[..line.text.len() - rest.len()];
    if let Some(html) = without_opening(&line.html, html_escape::encode_text(prefix).trim_end()) {
        *line = Inline { html, text: rest.to_owned() };
    }
}

/// A line of HTML without the text that opens it; its tags stay, but for a pair that held nothing else.
fn without_opening(html: &str, opening: &str) -> Option<String> {
    let mut tags = String::new();
    let (mut html, mut opening) = (html, opening);
    while !opening.is_empty() {
        if html.starts_with('<') {
            let (tag, rest) = html.split_at(html.find('>')? + 1);
            (tags, html) = (tags + tag, rest);
        } else {
            let shared = html.find('<').unwrap_or(html.len()).min(opening.len());
            html = html.strip_prefix(opening.get(..shared)?)?;
            opening = &opening[shared..];
        }
    }
    let rest = html.trim_start();
    let emptied = tags.strip_prefix('<').and_then(|tag| rest.strip_prefix(&format!("</{tag}")));
    Some(emptied.map_or_else(|| format!("{tags}{rest}"), |rest| rest.trim_start().to_owned()))
}
