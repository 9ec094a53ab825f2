//! A search for words: `"chợ nổi" hải sản -bão`.

use crate::model::Article;
use crate::text::{ComparisonWords, Sought, comparison_words, fold_word, without_accents};

/// Words that are looked up; whether the others are there the texts tell.
const SOUGHT_MAX: usize = 16;

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
    /// As [`ComparisonWords`] gives them, without accents unless they tell; at least one.
    words: Vec<String>,
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
        self.parts.iter().all(|part| texts.iter().any(|text| part.is_in(text)) == part.wanted)
    }

    /// Words that each article holds that is found: each once, and of very many some.
    #[must_use]
    pub fn sought(&self) -> Vec<Sought> {
        let mut sought: Vec<Sought> = self.parts.iter().filter(|part| part.wanted).flat_map(Part::sought).collect();
        sought.sort_unstable();
        sought.dedup();
        sought.truncate(SOUGHT_MAX);
        sought
    }
}

impl Part {
    fn read(words: &str, wanted: bool) -> Option<Self> {
        let accented = comparison_words(words);
        let plain: Vec<String> = accented.iter().map(|word| without_accents(word)).collect();
        let accents = plain != accented;
        let words = if accents { accented } else { plain };
        (!words.is_empty()).then_some(Self { words, accents, wanted })
    }

    fn sought(&self) -> impl Iterator<Item = Sought> {
        let sought = if self.accents { Sought::with_accents } else { Sought::without_accents };
        self.words.iter().map(move |word| sought(word))
    }

    /// Whether its words stand one after the other in a text, of which no more is read than it takes to see.
    fn is_in(&self, text: &str) -> bool {
        let mut words = ComparisonWords::of(text);
        let mut plain = String::new();
        // How many of its words stand behind each place where its first ones do, the farthest first.
        let mut matched: Vec<usize> = Vec::new();
        while let Some(word) = words.next_word() {
            if matched.is_empty() && !may_be(word, &self.words[0]) {
                continue;
            }
            let word = if self.accents {
                word
            } else {
                plain.clear();
                fold_word(word, &mut plain);
                &plain
            };
            matched.push(0);
            matched.retain_mut(|count| {
                *count += 1;
                self.words[*count - 1] == word
            });
            if matched.first() == Some(&self.words.len()) {
                return true;
            }
        }
        false
    }
}

/// Whether a word may be another one without its accents, which leaves ASCII as it is: quicker to see than to make.
fn may_be(word: &str, plain: &str) -> bool {
    let (word, plain) = (word.as_bytes(), plain.as_bytes());
    let fits = |own: Option<&u8>, wanted: Option<&u8>| own.is_none_or(|own| !own.is_ascii() || Some(own) == wanted);
    fits(word.first(), plain.first()) && fits(word.last(), plain.last())
}
