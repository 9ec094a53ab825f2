//! What the edition before showed of each story, so that the next one reads and writes anew only what has changed.

use std::collections::HashMap;

use crate::model::ArticleId;
use crate::publish::{Format, Head, Piece};

/// What is known of the stories that a feed was chosen from: those that it shows, and those that it passed over. It holds
/// for the same address by the same configuration.
#[derive(Debug, Default)]
pub struct Before {
    format: Option<Format>,
    told: HashMap<ArticleId, Told>,
}

#[derive(Debug)]
struct Told {
    head: Head,
    /// As the feed shows it.
    piece: Option<Piece>,
}

impl Before {
    /// Of a feed that was written: the stories that it shows, each with its piece, and those that it passed over.
    pub(super) fn new(format: Format, shown: impl Iterator<Item = (Head, Piece)>, passed: Vec<Head>) -> Self {
        let shown = shown.map(|(head, piece)| (head, Some(piece)));
        let passed = passed.into_iter().map(|head| (head, None));
        let told = shown.chain(passed).map(|(head, piece)| (head.id, Told { head, piece })).collect();
        Self { format: Some(format), told }
    }

    /// The same, if it is in a format.
    pub(super) fn in_format(&self, format: Format) -> Option<&Self> {
        Some(self).filter(|before| before.format == Some(format))
    }

    /// What is known of a story that is still as it was.
    pub(super) fn head(&self, id: ArticleId, version: u64) -> Option<&Head> {
        self.told(id, version).map(|told| &told.head)
    }

    pub(super) fn piece(&self, head: &Head) -> Option<Piece> {
        self.told(head.id, head.version)?.piece.clone()
    }

    fn told(&self, id: ArticleId, version: u64) -> Option<&Told> {
        self.told.get(&id).filter(|told| told.head.version == version)
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// What it takes in memory, besides the bytes of the feed.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let names: usize = self.told.values().map(|told| told.head.source.as_str().len()).sum();
        names + self.told.capacity() * size_of::<(ArticleId, Told)>()
    }
}
