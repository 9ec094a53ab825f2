//! A text as the set of its runs of words, hashed.

use crate::text::{ComparisonWords, fnv, mixed};

/// The runs of some words that a text holds; hashes in ascending order, each once.
///
/// The hashes are kept in stores, so this arithmetic is part of the format: FNV-1a over a word, then a multiplication
/// and `SplitMix64`'s last steps over the run.
pub(super) struct Shingles(Vec<u64>);

impl Shingles {
    pub(super) fn of(words: &[u64], size: usize) -> Self {
        let mut hashes: Vec<u64> = windows(words, size).collect();
        hashes.sort_unstable();
        hashes.dedup();
        Self(hashes)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn holds(&self, hash: u64) -> bool {
        self.0.binary_search(&hash).is_ok()
    }

    /// How many runs both texts hold.
    pub(super) fn shared(&self, other: &Self) -> usize {
        let (small, large) = if self.len() <= other.len() { (self, other) } else { (other, self) };
        small.0.iter().filter(|hash| large.holds(**hash)).count()
    }
}

/// Words of one article that are compared; stories are shorter.
const WORDS_MAX: usize = 5_000;
/// Of Vietnamese text, a space with it, and a little less.
const WORD_BYTES_MEAN: usize = 5;
/// Characters of a text that are read for them.
const CHARS_MAX: usize = 40_000;

fn head(text: &str) -> &str {
    if text.len() <= CHARS_MAX {
        return text;
    }
    text.char_indices().nth(CHARS_MAX).map_or(text, |(end, _)| &text[..end])
}

/// The hash of each run, in the text's order.
pub(super) fn windows(words: &[u64], size: usize) -> impl Iterator<Item = u64> + '_ {
    words.windows(size).map(|run| {
        mixed(run.iter().fold(0u64, |hash, word| (hash.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    })
}

/// For the words of so many bytes of text.
fn room_for(bytes: usize) -> usize {
    (bytes / WORD_BYTES_MEAN).min(WORDS_MAX)
}

/// Hands over the words of a text as they compare, and their hashes.
fn each_word(text: &str, mut take: impl FnMut(&str, u64)) {
    let mut words = ComparisonWords::of(head(text));
    for _ in 0..WORDS_MAX {
        let Some(word) = words.next_word() else { break };
        take(word, fnv(word.bytes()));
    }
}

/// The hashes of a text's words as they compare, and those of another behind them.
pub(super) fn words_of(text: &str, more: &str) -> Vec<u64> {
    let mut words = Vec::with_capacity(room_for(text.len() + more.len()));
    for text in [text, more] {
        each_word(text, |_, hash| words.push(hash));
    }
    words.truncate(WORDS_MAX);
    words
}

/// The words of a text as they compare, hashed.
pub(super) struct Words {
    pub(super) plain: Vec<u64>,
    /// The same with every number read as one sign, so that two bulletins that differ in numbers alone are alike.
    pub(super) masked: Vec<u64>,
}

impl Words {
    pub(super) fn of(text: &str) -> Self {
        let room = room_for(text.len());
        let mut read = Self { plain: Vec::with_capacity(room), masked: Vec::with_capacity(room) };
        each_word(text, |word, plain| {
            let numbered = word.bytes().any(|byte| byte.is_ascii_digit());
            read.plain.push(plain);
            read.masked.push(if numbered { masked(word) } else { plain });
        });
        read
    }

    pub(super) fn append(&mut self, mut more: Self) {
        self.plain.append(&mut more.plain);
        self.masked.append(&mut more.masked);
        self.truncate();
    }

    fn truncate(&mut self) {
        self.plain.truncate(WORDS_MAX);
        self.masked.truncate(WORDS_MAX);
    }
}

fn masked(word: &str) -> u64 {
    let mut before = false;
    let signs = word.bytes().filter_map(|byte| {
        let again = std::mem::replace(&mut before, byte.is_ascii_digit());
        (!(again && before)).then_some(if before { b'#' } else { byte })
    });
    fnv(signs)
}
