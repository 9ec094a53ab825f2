//! Which texts are the same story.

mod likeness;
mod shingles;
mod sketch;

use chrono::TimeDelta;

pub use likeness::{COPY_MIN, Compared, Likeness, Told, is_series, likeness};
pub use sketch::sketch;

use crate::text::comparison_words;

/// What happens to a story that another paper has already published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MergeMode {
    /// One item that names all papers.
    #[default]
    Merge,
    /// An item each; the later one names the earlier.
    Link,
    /// An item each.
    Off,
}

/// What happens to copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MergeRules {
    /// One item, linked items, or items that do not know each other.
    pub mode: MergeMode,
    /// How far apart two copies may be seen.
    pub window: TimeDelta,
}

/// A text with fewer words is not known by its text alone: two papers may print one standing notice of a few lines.
const FINGERPRINT_WORDS_MIN: usize = 60;

/// A text's fingerprint: equal for texts of the same words in the same order, whatever their case, punctuation,
/// Unicode form and placement of tones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// The fingerprint of a body; `None` when it is too short to be known by.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let words = comparison_words(text);
        if words.len() < FINGERPRINT_WORDS_MIN {
            return None;
        }
        let mut hasher = blake3::Hasher::new();
        for word in &words {
            hasher.update(word.as_bytes()).update(b" ");
        }
        let mut bytes = [0; 16];
        hasher.finalize_xof().fill(&mut bytes);
        Some(Self(bytes))
    }
}
