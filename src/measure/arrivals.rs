//! How long new stories wait for a feed that holds them.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use metrics::histogram;

use crate::model::ArticleId;

/// New stories that wait to be seen in a feed. The oldest ones go first: a story too old for the feed would wait for ever.
const WAITING_STORIES_MAX: usize = 4_096;

static ARRIVALS: Mutex<Option<Arrivals>> = Mutex::new(None);

/// New stories on their way into the feed of everything.
#[derive(Debug, Default)]
struct Arrivals {
    /// Not in a feed yet, and since when they could be, the oldest first.
    waiting: VecDeque<(ArticleId, DateTime<Utc>)>,
    /// What the newest feed holds.
    shown: HashSet<ArticleId>,
}

/// A new story has its place in the store.
pub fn admitted(story: ArticleId, now: DateTime<Utc>) {
    let mut arrivals = ARRIVALS.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(arrivals) = arrivals.as_mut() else { return };
    // A feed may be made between the store's answer and this word of it.
    if arrivals.shown.contains(&story) {
        return record(TimeDelta::zero());
    }
    if arrivals.waiting.len() >= WAITING_STORIES_MAX {
        arrivals.waiting.pop_front();
    }
    arrivals.waiting.push_back((story, now));
}

/// The feed of everything was made and holds these stories.
pub fn shown(stories: impl IntoIterator<Item = ArticleId>, now: DateTime<Utc>) {
    let mut arrivals = ARRIVALS.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(Arrivals { waiting, shown }) = arrivals.as_mut() else { return };
    *shown = stories.into_iter().collect();
    waiting.retain(|(story, since)| {
        let arrived = shown.contains(story);
        if arrived {
            record(now - *since);
        }
        !arrived
    });
}

/// From now on stories are waited for.
pub(super) fn start() {
    ARRIVALS.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default();
}

fn record(waited: TimeDelta) {
    histogram!("bantin_admission_to_feed_seconds").record(waited.max(TimeDelta::zero()).as_seconds_f64());
}
