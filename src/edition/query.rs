//! A search for words: `"chợ nổi" hải sản -bão`.

use std::cell::LazyCell;

use crate::model::Article;
use crate::text::{comparison_words, search_key};

/// Words that must stand in an article's title, lead or text, and words that must not.
///
/// A part between quotes is found word after word; a part after `-` must not be there. A part is compared without
/// accents, unless one of its own letters has an accent: `bao` finds *báo* and *bão*, `bão` only *bão*.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    /// Words with a blank at both ends.
    key: String,
    accents: bool,
    wanted: bool,
}

impl Query {
    /// Reads what a visitor typed; every text is a query.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (wanted, after) = match rest.strip_prefix(['-', '−']) {
                Some(after) if !after.starts_with(char::is_whitespace) => (false, after),
                _ => (true, rest),
            };
            let (words, after) = match after.strip_prefix(['"', '“', '”']) {
                Some(quoted) => quoted.split_once(['"', '“', '”']).unwrap_or((quoted, "")),
                None => after.split_once(|c: char| c.is_whitespace() || c == '"').unwrap_or((after, "")),
            };
            parts.extend(Part::read(words, wanted));
            rest = after.trim_start();
        }
        Self { parts }
    }

    /// Whether it asks for nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Whether an article is one of those asked for.
    #[must_use]
    pub fn finds(&self, article: &Article) -> bool {
        let texts = [article.title.as_str(), article.lead.as_deref().unwrap_or_default(), &article.text];
        // Most are seen to be found or not before the last key is made.
        let folded = texts.map(|text| LazyCell::new(move || search_key(text)));
        let accented = texts.map(|text| LazyCell::new(move || accent_key(text)));
        self.parts.iter().all(|part| {
            let holds = |key: &str| key.contains(&part.key);
            let found =
                if part.accents { accented.iter().any(|key| holds(key)) } else { folded.iter().any(|key| holds(key)) };
            found == part.wanted
        })
    }
}

impl Part {
    fn read(words: &str, wanted: bool) -> Option<Self> {
        let (folded, accented) = (search_key(words), accent_key(words));
        let accents = folded != accented;
        let key = if accents { accented } else { folded };
        (!key.trim().is_empty()).then_some(Self { key, accents, wanted })
    }
}

/// As [`search_key`], but with accents, one way of placing tones.
fn accent_key(text: &str) -> String {
    format!(" {} ", comparison_words(text).join(" "))
}
