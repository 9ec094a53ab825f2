//! The lead: once, and without the paper's dateline prefix.

use std::sync::LazyLock;

use regex::Regex;

use super::text_of;
use crate::model::{Block, Inline};
use crate::text::comparison_words;

/// A second copy of the lead stands among the first blocks of a body.
const COPY_BLOCKS_MAX: usize = 4;

/// A bold first paragraph is a lead from this length on; shorter ones are headings.
const LEAD_CHARS_MIN: usize = 40;

/// `(QBĐT) -`, `(Baonghean.vn) -`, `(TTXVN/Vietnam+)`, `BHG -`, `VTV.vn –`, with any blanks around.
static PREFIX: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?x)^\s*(?:
        \((?<name>[^()]{2,24})\)\s*(?<dash>[-–—])?
      | (?<bare>[A-ZĐ&]{3,8}(?:\.[A-Za-z]{2,4})?|[A-Za-z]{3,20}\.[Vv][Nn])\s*[-–—]
    )\s*";
    Regex::new(pattern).unwrap_or_else(|error| panic!("constant pattern: {error}"))
});

/// Short forms that open sentences: titles, places, editors' notes.
const FALSE_FRIENDS: [&str; 8] = ["PGS", "TS", "THS", "LTS", "OPEC", "UBND", "TPHCM", "VN"];

/// Takes a dateline prefix off a lead: the name in it, and the lead behind it.
pub(super) fn split_prefix(lead: &str) -> (Option<String>, Option<String>) {
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    match prefix_of(lead) {
        Some((name, rest)) if !rest.trim().is_empty() => (Some(name), some(rest)),
        _ => (None, some(lead)),
    }
}

fn prefix_of(text: &str) -> Option<(String, &str)> {
    let found = PREFIX.captures(text)?;
    let rest = &text[found.get(0)?.end()..];
    if let Some(bare) = found.name("bare") {
        return (!FALSE_FRIENDS.contains(&bare.as_str())).then(|| (bare.as_str().to_owned(), rest));
    }
    let name = found.name("name")?.as_str().trim();
    let letters = name.chars().any(char::is_alphabetic);
    let caption = name.to_lowercase().contains("ảnh");
    let capitals = !name.contains(' ') && name.chars().all(|c| !c.is_lowercase());
    let known = capitals || name.to_lowercase().contains(".vn") || name.contains("TTXVN");
    (letters && !caption && (found.name("dash").is_some() || known)).then(|| (name.to_owned(), rest))
}

/// Removes the copies of the lead that open the body, whether or not they carry a prefix; says how many there were.
pub(super) fn remove(blocks: &mut Vec<Block>, lead: &str) -> usize {
    let bare = |text: &str| comparison_words(prefix_of(text).map_or(text, |(_, rest)| rest));
    let lead = bare(lead);
    if lead.is_empty() {
        return 0;
    }
    let mut at = 0;
    let mut copies = 0;
    blocks.retain(|block| {
        at += 1;
        let copy = at <= COPY_BLOCKS_MAX && text_of(block).is_some_and(|text| bare(text) == lead);
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
    let escaped = html_escape::encode_text(prefix);
    if let Some(html) = line.html.strip_prefix(escaped.as_ref()) {
        *line = Inline { html: html.to_owned(), text: rest.to_owned() };
    }
}
