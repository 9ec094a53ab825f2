//! The plan: who is due, who is being read. Pure; the loop of the daemon and a simulated month both drive it.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::jitter;
use crate::model::{Source, SourceId};

/// A run that is late by more was missed, while the machine slept, say.
const LATE_MAX: TimeDelta = TimeDelta::minutes(2);
/// A source is not woken sooner after its last start.
const WAKE_GAP_MIN: TimeDelta = TimeDelta::seconds(5);
/// A clock that goes back by more was set.
const CLOCK_BACK_MAX: TimeDelta = TimeDelta::seconds(30);

/// Who is read when.
///
/// A source never runs twice at once. A missed run is made up for once, within a minute and at the source's own
/// moment of it, so that after a long sleep not all sources start together. A clock that is set back takes the plan
/// along with it.
#[derive(Debug)]
pub struct Plan {
    due: HashMap<SourceId, DateTime<Utc>>,
    /// The same, in order.
    queue: BTreeSet<(DateTime<Utc>, SourceId)>,
    running: HashSet<SourceId>,
    /// When each was last started.
    started: HashMap<SourceId, DateTime<Utc>>,
    /// Wanted while they were running: they run once more.
    again: HashSet<SourceId>,
    looked: DateTime<Utc>,
}

impl Plan {
    /// An empty plan.
    #[must_use]
    pub fn new(now: DateTime<Utc>) -> Self {
        Self {
            due: HashMap::new(),
            queue: BTreeSet::new(),
            running: HashSet::new(),
            started: HashMap::new(),
            again: HashSet::new(),
            looked: now,
        }
    }

    /// Plans the sources of a configuration; `next` says when each is due. What runs goes on and is planned when it
    /// ends; what is no longer there is not run again.
    pub fn adopt(&mut self, sources: &[Source], mut next: impl FnMut(&Source) -> Option<DateTime<Utc>>) {
        self.due.clear();
        self.queue.clear();
        self.started.retain(|id, _| sources.iter().any(|source| source.id == *id));
        for source in sources {
            if !self.running.contains(&source.id) {
                self.set(&source.id, next(source));
            }
        }
    }

    /// Takes those whose time has come, the longest waiting first; they are running then.
    pub fn start(&mut self, now: DateTime<Utc>) -> Vec<SourceId> {
        self.follow_clock(now);
        let (mut ready, mut late) = (Vec::new(), Vec::new());
        while self.queue.first().is_some_and(|(due, _)| *due <= now) {
            let Some((due, id)) = self.queue.pop_first() else { break };
            self.due.remove(&id);
            if now - due > LATE_MAX {
                late.push(id);
            } else {
                self.running.insert(id.clone());
                self.started.insert(id.clone(), now);
                ready.push(id);
            }
        }
        for id in late {
            self.set(&id, Some(now + jitter(&id)));
        }
        ready
    }

    /// A run has ended; it is due again at `next`, or never.
    pub fn finish(&mut self, id: &SourceId, next: Option<DateTime<Utc>>, now: DateTime<Utc>) {
        self.running.remove(id);
        let again = self.again.remove(id);
        self.set(id, next.map(|next| if again { next.min(self.soonest(id, now)) } else { next }));
    }

    /// Makes a planned source due now, or again once it has ended; some seconds after its last start at the earliest.
    pub fn wake(&mut self, id: &SourceId, now: DateTime<Utc>) {
        if self.running.contains(id) {
            self.again.insert(id.clone());
        } else if let Some(due) = self.due.get(id).copied() {
            self.set(id, Some(due.min(self.soonest(id, now))));
        }
    }

    fn soonest(&self, id: &SourceId, now: DateTime<Utc>) -> DateTime<Utc> {
        // A start that lies ahead was before the clock was set back.
        let started = self.started.get(id).filter(|started| **started <= now);
        started.map_or(now, |started| now.max(*started + WAKE_GAP_MIN))
    }

    /// How long until the next run, nothing when none is planned.
    #[must_use]
    pub fn wait(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        self.queue.first().map(|(due, _)| (*due - now).max(TimeDelta::zero()))
    }

    /// How many are planned.
    #[must_use]
    pub fn planned(&self) -> usize {
        self.due.len()
    }

    fn set(&mut self, id: &SourceId, due: Option<DateTime<Utc>>) {
        if let Some(before) = self.due.remove(id) {
            self.queue.remove(&(before, id.clone()));
        }
        if let Some(due) = due {
            self.due.insert(id.clone(), due);
            self.queue.insert((due, id.clone()));
        }
    }

    fn follow_clock(&mut self, now: DateTime<Utc>) {
        let back = self.looked - now;
        if back > CLOCK_BACK_MAX {
            self.due.values_mut().for_each(|due| *due -= back);
            self.queue = self.due.iter().map(|(id, due)| (*due, id.clone())).collect();
        }
        self.looked = now;
    }
}
