//! Vietnamese text in the two font encodings of the years before Unicode that no standard of the web knows.
//!
//! Both are read from windows-1252 text, or from the same letters in UTF-8, as editing systems made them when they moved.

use std::borrow::Cow;
use std::sync::LazyLock;

use encoding_rs::WINDOWS_1252;
use unicode_normalization::UnicodeNormalization;

/// TCVN 5712:1993 from `A0` on, as its set VN3 (ABC) has it; the capitals with marks are those of VN1, which VN3 leaves
/// open. `80` to `9F` hold the punctuation of windows-1252.
static TCVN3: LazyLock<Vec<char>> = LazyLock::new(|| {
    let rows = [
        "\u{a0}ĂÂÊÔƠƯĐăâêôơưđẰ",
        "\u{300}\u{309}\u{303}\u{301}\u{323}àảãáạẲằẳẵắẴ",
        "ẮẦẨẪẤỀặầẩẫấậèỂẻẽ",
        "éẹềểễếệìỉỄẾỒĩíịò",
        "Ổỏõóọồổỗốộờởỡớợù",
        "ỖủũúụừửữứựỳỷỹýỵỐ",
    ];
    rows.concat().chars().collect()
});

/// Reads TCVN3 (ABC), such as `§µ N½ng`; composed.
pub(super) fn tcvn3(bytes: &[u8]) -> String {
    let Some(text) = plain(bytes) else { return String::from_utf8_lossy(bytes).into_owned() };
    let letter = |c: char| match c {
        '\u{a0}'..='\u{ff}' => TCVN3.get(c as usize - 0xa0).copied().unwrap_or(c),
        c => c,
    };
    let text: String = text.chars().map(letter).nfc().collect();
    text.split_inclusive(['<', '>']).map(capitals).collect()
}

/// The fonts for headings (`.VnTimeH`) show small letters as capitals: `BốN LầN` was read as `BỐN LẦN`.
fn capitals(run: &str) -> Cow<'_, str> {
    let marked = |c: char| !c.is_ascii() && c.is_lowercase();
    let mixed = run.chars().zip(run.chars().skip(1)).any(|(a, b)| marked(a) && b.is_ascii_uppercase());
    if mixed && !run.contains(|c: char| c.is_ascii_lowercase()) { run.to_uppercase().into() } else { run.into() }
}

/// Reads VNI-Windows, in which marks stand behind their letters, such as `Ñaø Naüng`; composed.
pub(super) fn vni(bytes: &[u8]) -> String {
    let Some(text) = plain(bytes) else { return String::from_utf8_lossy(bytes).into_owned() };
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    for c in text.chars() {
        if let Some(mark) = before.and_then(|letter| vni_mark(letter, c)) {
            out.push_str(mark);
            before = None;
        } else {
            let letter = vni_letter(c);
            out.push(letter);
            before = Some(letter);
        }
    }
    out.nfc().collect()
}

fn vni_letter(c: char) -> char {
    match c {
        'Ñ' => 'Đ',
        'ñ' => 'đ',
        'Ô' => 'Ơ',
        'ô' => 'ơ',
        'Ö' => 'Ư',
        'ö' => 'ư',
        'Æ' => 'Ỉ',
        'æ' => 'ỉ',
        'Ó' => 'Ĩ',
        'ó' => 'ĩ',
        'Ò' => 'Ị',
        'ò' => 'ị',
        'Î' => 'Ỵ',
        'î' => 'ỵ',
        other => other,
    }
}

/// The marks that a character behind `letter` puts on it, if it is one that the letter can carry.
fn vni_mark(letter: char, c: char) -> Option<&'static str> {
    let (mark, letters) = match c {
        'ø' | 'Ø' => ("\u{300}", "aeouyơư"),
        'û' | 'Û' => ("\u{309}", "aeouyơư"),
        'õ' | 'Õ' => ("\u{303}", "aeouyơư"),
        'ù' | 'Ù' => ("\u{301}", "aeouyơư"),
        'ï' | 'Ï' => ("\u{323}", "aeouyơư"),
        'â' | 'Â' => ("\u{302}", "aeo"),
        'à' | 'À' => ("\u{302}\u{300}", "aeo"),
        'å' | 'Å' => ("\u{302}\u{309}", "aeo"),
        'ã' | 'Ã' => ("\u{302}\u{303}", "aeo"),
        'á' | 'Á' => ("\u{302}\u{301}", "aeo"),
        'ä' | 'Ä' => ("\u{302}\u{323}", "aeo"),
        'ê' | 'Ê' => ("\u{306}", "a"),
        'è' | 'È' => ("\u{306}\u{300}", "a"),
        'ú' | 'Ú' => ("\u{306}\u{309}", "a"),
        'ü' | 'Ü' => ("\u{306}\u{303}", "a"),
        'é' | 'É' => ("\u{306}\u{301}", "a"),
        'ë' | 'Ë' => ("\u{306}\u{323}", "a"),
        _ => return None,
    };
    letter.to_lowercase().any(|letter| letters.contains(letter)).then_some(mark)
}

/// The bytes as windows-1252, or as UTF-8 where they are that; `None` for a page that holds Vietnamese in Unicode, as
/// the newer ones of a site do.
fn plain(bytes: &[u8]) -> Option<Cow<'_, str>> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.contains(|c| matches!(c, '\u{1ea0}'..='\u{1ef9}')) => None,
        Ok(text) => Some(text.into()),
        Err(_) => Some(WINDOWS_1252.decode_without_bom_handling(bytes).0),
    }
}
