//! Text without accents, for searching.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::is_invisible;

/// Characters below this are looked up: the letters of Latin, Greek and Cyrillic with all that stands on them.
const LOOKED_UP: u32 = 0x2100;

/// What a character of a text is in its key.
#[derive(Clone, Copy)]
enum Fold {
    Nothing,
    One(char),
    /// More than one character.
    Many,
}

static FOLDS: LazyLock<Vec<Fold>> = LazyLock::new(|| {
    let fold = |code| {
        let mut parts = char::from_u32(code).into_iter().flat_map(folded);
        match (parts.next(), parts.next()) {
            (None, _) => Fold::Nothing,
            (Some(c), None) => Fold::One(c),
            _ => Fold::Many,
        }
    };
    (0..LOOKED_UP).map(fold).collect()
});

/// The words of a text without accents, in lower case: `Khánh Hòa` and `khanh-hoa` are both ` khanh hoa `.
///
/// A blank stands at both ends, so that a whole word is found by searching for it between blanks.
#[must_use]
pub fn search_key(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(' ');
    let mut add = |c| {
        if c != ' ' || !out.ends_with(' ') {
            out.push(c);
        }
    };
    fold(text, &mut add);
    add(' ');
    out
}

/// Adds a word as [`search_key`] writes it, without the blanks.
pub fn fold_word(word: &str, out: &mut String) {
    fold(word, &mut |c| out.push(c));
}

/// A word as [`fold_word`] adds it.
#[must_use]
pub fn without_accents(word: &str) -> String {
    let mut plain = String::with_capacity(word.len());
    fold_word(word, &mut plain);
    plain
}

fn fold(text: &str, add: &mut impl FnMut(char)) {
    let folds = &*FOLDS;
    for c in text.chars() {
        match folds.get(c as usize) {
            Some(Fold::Nothing) => {}
            Some(Fold::One(own)) => add(*own),
            Some(Fold::Many) | None => folded(c).for_each(&mut *add),
        }
    }
}

/// One character's letters without marks, in lower case; a blank for what is no letter or digit. A text's are those of
/// its characters: decomposed as a whole, it differs in the order of marks alone.
fn folded(c: char) -> impl Iterator<Item = char> {
    let letters = std::iter::once(c).nfd().filter(|c| !is_combining_mark(*c) && !is_invisible(*c));
    letters.flat_map(char::to_lowercase).map(|c| match c {
        'đ' | 'ð' => 'd',
        c if c.is_alphanumeric() => c,
        _ => ' ',
    })
}
