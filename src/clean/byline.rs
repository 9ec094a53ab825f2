//! Who wrote it: `Bài và ảnh: Nguyễn Hương`, `PV (Theo TTXVN)`, `T.N`, `Thực hiện: A - B`.

use super::text_of;
use crate::model::Block;
use crate::text::{same_words, tidied};

/// Labels before names, the longest first; compared in lower case.
const LABELS: [&str; 22] = [
    "bài và ảnh",
    "bài, ảnh",
    "bài - ảnh",
    "tin và ảnh",
    "tin, ảnh",
    "tin - ảnh",
    "tin, bài",
    "ảnh và bài",
    "thực hiện",
    "tổng hợp",
    "biên tập",
    "tác giả",
    "người viết",
    "nguồn tin",
    "nguồn",
    "bài",
    "tin",
    "ảnh",
    "theo",
    "bởi",
    "by",
    "ctv",
];

/// No label has more characters.
const LABEL_CHARS_MAX: usize = 16;

/// Labels of which the name behind is a paper or agency, no person.
const AGENCY_LABELS: [&str; 3] = ["theo", "nguồn tin", "nguồn"];

/// Accounts of editing systems and what was done to a text, no names.
const NO_NAMES: [&str; 14] = [
    "admin",
    "administrator",
    "editor",
    "btv",
    "ban biên tập",
    "quantri",
    "webmaster",
    "root",
    "biên dịch",
    "dịch",
    "lược dịch",
    "sưu tầm",
    "tổng hợp",
    "internet",
];

/// A byline is one short line.
const BYLINE_CHARS_MAX: usize = 60;
/// At most so many words that are no signs.
const BYLINE_WORDS_MAX: usize = 9;
/// The byline is one of the last so many blocks.
const BYLINE_BLOCKS_MAX: usize = 2;

/// A byline read: the name, and where the text was taken from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Byline {
    /// The name without label, or the agency where no person is named.
    pub author: Option<String>,
    /// The agency or paper named after `Theo` or `Nguồn`, or named alone.
    pub agency: Option<String>,
}

/// Reads a byline as printed.
#[must_use]
pub fn read_byline(printed: &str) -> Byline {
    let text = tidied(printed);
    let (text, mut agency) = split_brackets(&text);
    let mut name = text.trim();
    while let Some((label, rest)) = strip_label(name) {
        if AGENCY_LABELS.contains(&label) {
            agency = Some(rest.to_owned());
        }
        name = rest;
    }
    let name = name.trim_matches([' ', ',', ';', ':', '.', '-', '–', '/', '|', '(', ')']);
    let initials = text.trim().ends_with('.') && name.contains('.');
    let name = if initials { format!("{name}.") } else { name.to_owned() };
    if is_agency(&name) {
        agency.get_or_insert_with(|| name.clone());
    }
    let real = !name.is_empty() && !NO_NAMES.contains(&name.to_lowercase().as_str());
    Byline { author: real.then_some(name), agency }
}

/// `PV (Theo TTXVN)` is `PV` from `TTXVN`; `Q.H (Tổng hợp)` is `Q.H`.
fn split_brackets(text: &str) -> (String, Option<String>) {
    let Some((before, rest)) = text.split_once('(') else { return (text.to_owned(), None) };
    let inside = rest.split(')').next().unwrap_or_default().trim();
    let agency =
        strip_label(inside).filter(|(label, _)| AGENCY_LABELS.contains(label)).map(|(_, name)| name.to_owned());
    if before.trim().is_empty() {
        return (inside.to_owned(), agency);
    }
    (before.to_owned(), agency)
}

fn strip_label(text: &str) -> Option<(&'static str, &str)> {
    let head = text.char_indices().nth(LABEL_CHARS_MAX).map_or(text, |(end, _)| &text[..end]);
    let lower = head.to_lowercase();
    if lower.len() != head.len() {
        return None;
    }
    LABELS.iter().find_map(|label| {
        lower.strip_prefix(label)?;
        let behind = text.get(label.len()..)?;
        let colon = behind.trim_start().strip_prefix([':', '.']);
        let named = matches!(*label, "theo" | "ctv" | "bởi" | "by");
        match colon {
            Some(name) if !name.trim().is_empty() => Some((*label, name.trim_start())),
            None if named && behind.starts_with(' ') => Some((*label, behind.trim_start())),
            _ => None,
        }
    })
}

fn is_agency(name: &str) -> bool {
    ["TTXVN", "Vietnam+", "VOV", "VTV", "TTX", "Chinhphu.vn"].iter().any(|agency| name.starts_with(agency))
}

/// Takes the byline out of the last blocks: a line that repeats the stated name, or one that has a byline's shape.
pub(super) fn take(blocks: &mut Vec<Block>, stated: &Byline) -> Byline {
    let texts = blocks.iter().filter(|block| text_of(block).is_some()).count();
    let mut found = Byline::default();
    for _ in 0..BYLINE_BLOCKS_MAX.min(texts.saturating_sub(1)) {
        let Some(at) = blocks.iter().rposition(|block| text_of(block).is_some()) else { break };
        let line = text_of(&blocks[at]).unwrap_or_default();
        let repeats = |byline: &Byline| match (&byline.author, &stated.author) {
            (Some(one), Some(other)) => same_words(one, other),
            _ => false,
        };
        // Most last lines are text, which a look at the shape tells sooner.
        let shaped = has_shape(line);
        if !shaped && stated.author.is_none() {
            break;
        }
        let byline = read_byline(line);
        if !shaped && !repeats(&byline) {
            break;
        }
        found = Byline { author: byline.author.or(found.author), agency: byline.agency.or(found.agency) };
        blocks.remove(at);
    }
    found
}

/// One short line without a final stop whose words are names, initials or labels.
fn has_shape(line: &str) -> bool {
    let line = line.trim().trim_matches(['(', ')', '-', '–', '*', ' ']);
    if line.chars().count() > BYLINE_CHARS_MAX {
        return false;
    }
    let labelled = strip_label(line).is_some();
    let words: Vec<&str> =
        line.split([' ', '-', '–', ',', '/', '&', '(', ')', ':']).filter(|word| !word.is_empty()).collect();
    let short = (1..=BYLINE_WORDS_MAX).contains(&words.len());
    let stopped = line.ends_with(['!', '?', ';', ':', '”', '"', '…'])
        || (line.ends_with('.') && !is_initials(words.last().unwrap_or(&"")));
    let joins = [
        "và", "thực", "hiện", "ảnh", "tin", "bài", "theo", "hợp", "tổng", "lược", "biên", "dịch", "sưu", "tầm", "nguồn",
    ];
    let names = words.iter().all(|word| {
        word.starts_with(char::is_uppercase)
            || joins.contains(&word.to_lowercase().as_str())
            || word.split('.').next_back() == Some("vn")
    });
    let digits = line.chars().any(|c| c.is_ascii_digit());
    short && !stopped && !digits && names && (labelled || words.len() <= 8)
}

/// `T.N`, `Q.H.`
fn is_initials(word: &str) -> bool {
    word.split('.').filter(|part| !part.is_empty()).all(|part| part.chars().count() <= 2)
}
