//! Vietnamese text: one Unicode form, plain blanks, and keys for comparing and searching.

mod compare;
mod fold;
mod hash;
mod terms;

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

pub use compare::{ComparisonWords, comparison_words, same_words};
pub use fold::{fold_word, search_key, without_accents};
pub use hash::{fnv, mixed};
pub use terms::{Sought, Term, terms};

/// One line of clean text: NFC, `Đ` for its look-alike `Ð` in Vietnamese words, no zero-width or control characters,
/// single blanks.
#[must_use]
pub fn tidy(text: &str) -> String {
    tidied(text).into_owned()
}

/// As [`tidy`], without a copy where the text is tidy already.
#[must_use]
pub fn tidied(text: &str) -> Cow<'_, str> {
    match tidy_run(text.trim()) {
        Cow::Borrowed(run) => Cow::Borrowed(run),
        Cow::Owned(run) if run.starts_with(' ') || run.ends_with(' ') => Cow::Owned(run.trim().to_owned()),
        run @ Cow::Owned(_) => run,
    }
}

/// As [`tidy`], but a blank at either end stays, for text that is joined with its neighbours.
#[must_use]
pub fn tidy_run(text: &str) -> Cow<'_, str> {
    if tidy_head(text, false) == text.len() {
        return Cow::Borrowed(text);
    }
    // What is invisible may stand between a letter and its mark.
    let squeezed = squeezed(text);
    let composed = if is_composed(&squeezed) { squeezed } else { squeezed.nfc().collect() };
    Cow::Owned(if composed.contains(['Ð', 'ð']) { with_vietnamese_d(&composed) } else { composed })
}

/// Whether a reader sees nothing of the text, so that [`tidy`] would leave nothing of it.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_invisible(c))
}

/// The text with single blanks, without invisible characters.
fn squeezed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let (head, tail) = rest.split_at(tidy_head(rest, out.ends_with(' ')));
        out.push_str(head);
        let Some(c) = tail.chars().next() else { break };
        if c.is_whitespace() {
            if !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !is_invisible(c) {
            out.push(c);
        }
        rest = &tail[c.len_utf8()..];
    }
    out
}

/// How many bytes at the start of a text are tidy whatever stands behind them: single blanks (none where one stands
/// before), and the signs of ASCII, the letters of Latin and Vietnamese, dashes and quotation marks.
fn tidy_head(text: &str, blank_before: bool) -> usize {
    let bytes = text.as_bytes();
    let mut blank = blank_before;
    let mut at = 0;
    // Up to here it is read sign by sign.
    let mut slow = 1;
    while let Some(byte) = bytes.get(at) {
        if at >= slow && at + STRETCH_BYTES < bytes.len() && (*byte != b' ' || !blank) {
            if is_tidy_stretch(&bytes[at - 1..]) {
                at += STRETCH_BYTES;
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                blank = bytes[at - 1] == b' ';
                continue;
            }
            slow = at + STRETCH_BYTES;
        }
        let next = |n: usize| bytes.get(at + n).copied().unwrap_or_default();
        let width = match byte {
            b'!'..=b'~' => 1,
            b' ' if !blank => {
                blank = true;
                at += 1;
                continue;
            }
            // All up to U+00FF but control characters, the hard blank, the soft hyphen, and `Ð` and `ð`.
            0xc2 if next(1) > 0xa0 && next(1) != 0xad => 2,
            0xc3 if !matches!(next(1), 0x90 | 0xb0) => 2,
            // U+0100 to U+02FF.
            0xc4..=0xcb => 2,
            // U+1EA0 to U+1EF9.
            0xe1 if matches!((next(1), next(2)), (0xba, 0xa0..) | (0xbb, ..=0xb9)) => 3,
            // U+2010 to U+2027.
            0xe2 if matches!((next(1), next(2)), (0x80, 0x90..=0xa7)) => 3,
            _ => break,
        };
        blank = false;
        at += width;
    }
    at
}

/// Bytes that are looked at together.
const STRETCH_BYTES: usize = 32;

/// Whether a stretch of text, without the byte before it and the one behind it, is certain to be tidy but for its first
/// blank; [`tidy_head`] would see it sign by sign.
fn is_tidy_stretch(bytes: &[u8]) -> bool {
    let part = |from: usize| bytes.get(from..)?.first_chunk::<STRETCH_BYTES>();
    let (Some(before), Some(own), Some(next)) = (part(0), part(1), part(2)) else { return false };
    let mut stops = [0; STRETCH_BYTES];
    for at in 0..STRETCH_BYTES {
        stops[at] = stop(before[at], own[at], next[at]);
    }
    stops.iter().fold(0, |all, stop| all | stop) == 0
}

/// All bits where a byte between two others may not be tidy, or none. Without branches, so that a processor does many at
/// once: a text by signs takes four times as long.
fn stop(before: u8, byte: u8, next: u8) -> u8 {
    let all = |is_so: bool| if is_so { u8::MAX } else { 0 };
    let among = |byte: u8, from: u8, to: u8| all(byte.wrapping_sub(from) <= to - from);
    let control = all(byte < b' ') | all(byte == 0x7f);
    let blanks = all(byte == b' ') & all(next == b' ');
    // U+0080 to U+00BF; `Ð` and `ð`; from U+0300 on all but Vietnamese, dashes and quotation marks.
    let latin = all(byte == 0xc2) | all(byte == 0xc3) & (all(next == 0x90) | all(next == 0xb0));
    let others = among(byte, 0xcc, 0xe0) | all(byte > 0xe2);
    let vietnamese = all(byte == 0xe1) & !among(next, 0xba, 0xbb)
        | all(before == 0xe1) & (all(byte == 0xba) & all(next < 0xa0) | all(byte == 0xbb) & all(next > 0xb9));
    let marks =
        all(byte == 0xe2) & all(next != 0x80) | all(before == 0xe2) & all(byte == 0x80) & !among(next, 0x90, 0xa7);
    control | blanks | latin | others | vietnamese | marks
}

/// Whether the text is in NFC, which is quicker to see than to make.
fn is_composed(text: &str) -> bool {
    text.chars().all(is_plain) || is_nfc_quick(text.chars()) == IsNormalized::Yes
}

/// A character that stays as it is in NFC whatever stands beside it: all before the combining marks, and the letters of
/// Vietnamese behind them.
fn is_plain(c: char) -> bool {
    c < '\u{300}' || ('\u{1ea0}'..='\u{1ef9}').contains(&c)
}

/// Clean text of a title or lead: tidied, with entities that were escaped twice (`&amp;quot;`) read once more.
#[must_use]
pub fn headline(text: &str) -> String {
    if text.contains('&') && text.contains(';') {
        return tidy(&html_escape::decode_html_entities(text));
    }
    tidy(text)
}

fn is_invisible(c: char) -> bool {
    if c < '\u{7f}' {
        return c < ' ' && !c.is_whitespace();
    }
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}')
        || (c.is_control() && !c.is_whitespace())
}

/// `U+00D0` and `U+00F0` are Icelandic letters that old Vietnamese keyboards produce for `Đ` and `đ`. No Icelandic word
/// begins with one; inside a word they are Vietnamese in short forms such as `HĐND` and beside Vietnamese letters.
fn with_vietnamese_d(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(|c: char| !c.is_alphabetic()) {
        let vietnamese = word.contains(is_vietnamese);
        let mut before = None;
        for c in word.chars() {
            let short_form = c == 'Ð' && before.is_some_and(|c| "BCDGHKLMNPQSTVX".contains(c));
            let own = vietnamese || before.is_none() || short_form;
            before = Some(match c {
                'Ð' if own => 'Đ',
                'ð' if own => 'đ',
                other => other,
            });
            out.extend(before);
        }
    }
    out
}

/// A letter of Vietnamese that Icelandic does not have.
fn is_vietnamese(c: char) -> bool {
    matches!(c, 'ă' | 'Ă' | 'â' | 'Â' | 'ê' | 'Ê' | 'ô' | 'Ô' | 'ơ' | 'Ơ' | 'ư' | 'Ư' | '\u{1ea0}'..='\u{1ef9}')
}
