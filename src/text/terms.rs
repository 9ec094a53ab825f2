//! The words of texts as an index of words files them.

use std::collections::HashSet;

use super::{ComparisonWords, fnv, fold_word, mixed, without_accents};

/// A word by two hashes, without its accents and with them.
///
/// They are kept in stores, so this is part of the format: the upper half of what [`mixed`] makes of [`fnv`] of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Term {
    /// As [`search_key`](super::search_key) writes it.
    pub plain: u32,
    /// As [`ComparisonWords`] gives it.
    pub accented: u32,
}

/// A word that is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sought {
    /// Without its accents.
    pub plain: u32,
    /// With them; nothing where other accents do as well.
    pub accented: Option<u32>,
}

impl Sought {
    /// A word as [`ComparisonWords`] gives it.
    #[must_use]
    pub fn with_accents(word: &str) -> Self {
        Self { plain: hash(&without_accents(word)), accented: Some(hash(word)) }
    }

    /// A word as [`fold_word`] writes it, whatever its accents.
    #[must_use]
    pub fn without_accents(plain: &str) -> Self {
        Self { plain: hash(plain), accented: None }
    }

    /// Whether a word is the one looked for.
    #[must_use]
    pub fn is(&self, term: Term) -> bool {
        self.plain == term.plain && self.accented.is_none_or(|accented| accented == term.accented)
    }

    /// Whether one of some words is, which are sorted.
    #[must_use]
    pub fn is_among(&self, terms: &[Term]) -> bool {
        let from = terms.partition_point(|term| term.plain < self.plain);
        terms[from..].iter().take_while(|term| term.plain == self.plain).any(|term| self.is(*term))
    }
}

/// The words of some texts, sorted, each once.
#[must_use]
pub fn terms(texts: &[&str]) -> Vec<Term> {
    let mut met = HashSet::new();
    let mut terms = Vec::new();
    let mut plain = String::new();
    for text in texts {
        let mut words = ComparisonWords::of(text);
        while let Some(word) = words.next_word() {
            let whole = mixed(fnv(word.bytes()));
            if met.insert(whole) {
                plain.clear();
                fold_word(word, &mut plain);
                terms.push(Term { plain: hash(&plain), accented: upper(whole) });
            }
        }
    }
    terms.sort_unstable();
    terms
}

fn hash(word: &str) -> u32 {
    upper(mixed(fnv(word.bytes())))
}

fn upper(mixed: u64) -> u32 {
    u32::try_from(mixed >> u32::BITS).unwrap_or_default()
}
