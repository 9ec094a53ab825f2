//! Which sources are read, and which of several that list one page reads it.

use std::collections::HashMap;
use std::sync::Arc;

use super::decide::{decide, revise};
use crate::dedupe::MergeRules;
use crate::model::{Appearance, Article, Reads, Source, SourceId};
use crate::store::{Decision, Incoming, Known, Ruling};

/// What is read of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    /// The entries of its feed.
    Entries,
    /// Whole pages.
    Pages,
}

/// The sources that are read, by the configuration of now.
#[derive(Clone, Debug)]
pub struct Roster(Arc<HashMap<SourceId, Extent>>);

impl Roster {
    /// Those of the sources that are enabled.
    #[must_use]
    pub fn of(sources: &[Source]) -> Self {
        let read = sources.iter().filter(|source| source.enabled);
        let extent = |source: &Source| match source.reads {
            Reads::Feed(_) if !source.full_text => Extent::Entries,
            _ => Extent::Pages,
        };
        Self(Arc::new(read.map(|source| (source.id.clone(), extent(source))).collect()))
    }

    /// Whether it is the same one, and not one that is like it.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether a source that is at work leaves a page to another one: to the first of those that list it and are read,
    /// which is the one that prints it as long as that is read.
    pub(super) fn leaves(&self, own: &SourceId, listed_by: &[SourceId]) -> bool {
        let reader = listed_by.iter().find(|source| *source == own || self.0.contains_key(*source));
        reader.is_some_and(|reader| reader != own)
    }

    /// What becomes of an article, by the roster and by what is [decided](decide) where that says nothing.
    #[must_use]
    pub fn decide(&self, incoming: &Incoming, known: &Known, rules: &MergeRules) -> Ruling {
        self.hand_over(incoming, known).unwrap_or_else(|| decide(incoming, known, rules))
    }

    /// What becomes of a known article whose source is read no more, once another source has read its page: it is that
    /// one's from then on, with its name, its place and its text; nothing when its own source still reads it, or when only
    /// an entry was read that says less.
    fn hand_over(&self, incoming: &Incoming, known: &Known) -> Option<Ruling> {
        let (fresh, article) = (&incoming.article, known.by_address.as_ref()?);
        if article.source == fresh.source || self.0.contains_key(&article.source) {
            return None;
        }
        if self.0.get(&fresh.source) == Some(&Extent::Entries) && fresh.text.len() < article.text.len() {
            return None;
        }
        let (source, address) = (article.source.clone(), article.address.clone());
        let mut next = Article { source: fresh.source.clone(), address: fresh.address.clone(), ..article.clone() };
        let is_here = |other: &Appearance| other.address == address || other.address == fresh.address;
        next.also_in.retain(|other| other.item.is_some() || other.source != fresh.source || !is_here(other));
        next.also_in.push(Appearance { source, address, item: None, joined: None });
        Some(match revise(&next, fresh) {
            Decision::Unchanged(_) => Decision::Amended(next).into(),
            decision => decision.into(),
        })
    }
}
