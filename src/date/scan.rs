//! Text to tokens: numbers, folded words, signs.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Datelines are short; what is longer is cut before it is read.
pub(super) const DATELINE_CHARS_MAX: usize = 400;

/// One token of a dateline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Digits as written, at most 18 of them.
    Number(String),
    /// Letters in lower case without accents; `đ` is `d`.
    Word(String),
    /// Any other character but blanks.
    Sign(char),
    /// One blank, however wide.
    Blank,
}

impl Token {
    pub(super) fn is_word(&self, words: &[&str]) -> bool {
        matches!(self, Token::Word(word) if words.contains(&word.as_str()))
    }

    pub(super) fn is_sign(&self, signs: &str) -> bool {
        matches!(self, Token::Sign(sign) if signs.contains(*sign))
    }
}

/// Splits a text into tokens, whatever its case, Unicode form and kind of blanks.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::new();
    for c in text.chars().take(DATELINE_CHARS_MAX).nfd().flat_map(char::to_lowercase) {
        if is_combining_mark(c) || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}') {
            continue;
        }
        match c {
            '0'..='9' => match out.last_mut() {
                Some(Token::Number(digits)) if digits.len() < 18 => digits.push(c),
                _ => out.push(Token::Number(c.to_string())),
            },
            c if c.is_alphabetic() => {
                let c = if matches!(c, 'đ' | 'ð') { 'd' } else { c };
                match out.last_mut() {
                    Some(Token::Word(word)) => word.push(c),
                    _ => out.push(Token::Word(c.to_string())),
                }
            }
            c if c.is_whitespace() => {
                if !matches!(out.last(), Some(Token::Blank)) {
                    out.push(Token::Blank);
                }
            }
            '’' | '‘' | '′' | '`' => out.push(Token::Sign('\'')),
            '–' | '—' | '‒' | '−' | '‐' | '‑' => out.push(Token::Sign('-')),
            c => out.push(Token::Sign(c)),
        }
    }
    out
}
