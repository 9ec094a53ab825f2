//! What a pass as a whole says of a source's times: whether its clock lies, and in which order equal times stand.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use url::Url;

use super::reading::reader;
use crate::address::identity;
use crate::date::{observe, prints_month_for_minutes, reweigh, states_local_as_utc};
use crate::model::{Article, Habits, Precision, Source};
use crate::store::{Batch, Decision, Incoming, Store, StoreError};

/// Stored articles of a source that are dated anew when its clock is recognised, the newest first.
const REDATED_MAX: usize = 500;
/// Stored articles of a source that are looked through for equal times, the newest first.
const LOOKED_MAX: usize = 2_000;
/// A minute has no more seconds to tell stories apart by.
const NUDGE_SECONDS_MAX: u8 = 59;

/// The new articles of one pass, in the source's order.
pub(super) struct Times {
    source: Source,
    before: Habits,
    after: Habits,
    new: Vec<Article>,
}

impl Times {
    pub(super) fn of(source: Source, habits: Habits) -> Self {
        Self { source, before: habits, after: habits, new: Vec::new() }
    }

    pub(super) fn add(&mut self, article: Article) {
        let plain = reader(&self.source, &Habits::default(), article.first_seen);
        observe(&mut self.after, &article.published.candidates(), &plain);
        self.new.push(article);
    }

    /// Whether [`Times::settle`] reads nothing from the store and writes nothing to it.
    pub(super) fn is_settled(&self) -> bool {
        !self.clock_is_recognised() && !self.new.iter().any(is_coarse)
    }

    /// What the pass proved of the source's clock, when it is more than was known.
    pub(super) fn proved(&self) -> Option<Habits> {
        Some(self.after).filter(|after| *after != self.before)
    }

    /// Dates the source's stories anew when its clock has been recognised, and sets new stories with one coarse time
    /// apart.
    pub(super) fn settle(mut self, store: &dyn Store, now: DateTime<Utc>) -> Result<(), StoreError> {
        if self.clock_is_recognised() {
            let (local_as_utc, month_minutes) = judged(&self.after);
            tracing::warn!(
                source.id = %self.source.id, times.local_as_utc = local_as_utc,
                times.month_minutes = month_minutes, "the source's clock was recognised; its stories are dated anew"
            );
            self.redate(store, now)?;
        }
        self.set_apart(store)
    }

    fn clock_is_recognised(&self) -> bool {
        judged(&self.after) != judged(&self.before)
    }

    fn redate(&mut self, store: &dyn Store, now: DateTime<Utc>) -> Result<(), StoreError> {
        let mut stored = Vec::new();
        store.newest(Some(std::slice::from_ref(&self.source.id)), &mut |article| {
            stored.push(article);
            if stored.len() < REDATED_MAX { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        let mut changed = Vec::new();
        for article in stored.into_iter().filter(|article| article.source == self.source.id) {
            let published =
                reweigh(&article.published, &reader(&self.source, &self.after, article.first_seen.min(now)));
            if published != article.published {
                changed.push(Article { published, ..article });
            }
        }
        for fresh in &mut self.new {
            if let Some(article) = changed.iter().find(|article| article.id == fresh.id) {
                fresh.published = article.published.clone();
            }
        }
        amend(store, changed)
    }

    /// New stories of the source that share a coarse time get seconds of their own, the one listed last the fewest,
    /// behind those that earlier passes gave.
    fn set_apart(self, store: &dyn Store) -> Result<(), StoreError> {
        let mut groups: BTreeMap<DateTime<Utc>, Vec<Article>> = BTreeMap::new();
        for article in self.new {
            if let Some(instant) = article.published.instant.filter(|_| is_coarse(&article)) {
                groups.entry(instant).or_default().push(article);
            }
        }
        let taken = taken(store, &self.source, &groups)?;
        let mut changed = Vec::new();
        for (instant, group) in groups {
            let first = taken.get(&instant).map_or(0, |highest| highest.saturating_add(1));
            for (rank, article) in group.into_iter().rev().enumerate() {
                let nudge = first.saturating_add(u8::try_from(rank).unwrap_or(u8::MAX)).min(NUDGE_SECONDS_MAX);
                if nudge != article.nudge_seconds {
                    changed.push(Article { nudge_seconds: nudge, ..article });
                }
            }
        }
        amend(store, changed)
    }
}

/// What is known of a source's clock: it states local times as UTC, it prints the month in the place of minutes.
fn judged(habits: &Habits) -> (bool, bool) {
    (states_local_as_utc(habits), prints_month_for_minutes(habits))
}

/// Whether an article's time leaves its seconds open.
fn is_coarse(article: &Article) -> bool {
    article.published.precision.is_some_and(|precision| precision < Precision::Second)
}

/// The most seconds that a stored story outside the groups already has, for each of their times.
fn taken(
    store: &dyn Store,
    source: &Source,
    groups: &BTreeMap<DateTime<Utc>, Vec<Article>>,
) -> Result<BTreeMap<DateTime<Utc>, u8>, StoreError> {
    let mut taken = BTreeMap::new();
    let mut looked = 0;
    let Some(oldest) = groups.keys().next() else { return Ok(taken) };
    store.newest(Some(std::slice::from_ref(&source.id)), &mut |article| {
        if let Some((instant, group)) = article.published.instant.and_then(|instant| groups.get_key_value(&instant))
            && !group.iter().any(|own| own.id == article.id)
        {
            let highest = taken.entry(*instant).or_insert(0);
            *highest = article.nudge_seconds.max(*highest);
        }
        looked += 1;
        let done = article.order() < *oldest || looked >= LOOKED_MAX;
        if done { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(taken)
}

/// Writes the times of known stories; whatever else became of them meanwhile stays.
fn amend(store: &dyn Store, articles: Vec<Article>) -> Result<(), StoreError> {
    if articles.is_empty() {
        return Ok(());
    }
    let incoming = |article: Article| {
        let identities = Url::parse(&article.address).iter().map(identity).collect();
        Incoming::of(article, identities)
    };
    let batch = Batch { articles: articles.into_iter().map(incoming).collect(), ..Batch::default() };
    store.admit(&[batch], &|incoming, known| match &known.by_address {
        Some(kept) if kept.source == incoming.article.source && kept.address == incoming.article.address => {
            let (published, nudge_seconds) = (incoming.article.published.clone(), incoming.article.nudge_seconds);
            Decision::Amended(Article { published, nudge_seconds, ..kept.clone() }).into()
        }
        _ => Decision::Unchanged(incoming.article.id).into(),
    })?;
    Ok(())
}
