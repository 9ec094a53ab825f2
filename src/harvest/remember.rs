//! What a pass leaves in the state of its source.

use url::Url;

use super::Harvester;
use crate::drift::drift;
use crate::model::{Habits, Report, Source};
use crate::store::{Batch, Change, PageState, SourceState, StoreError};

/// What is to be remembered of a pass beside its report.
#[derive(Default)]
pub(super) struct Gained {
    /// The fingerprint of the rules it was read by, see [`Source::reading`].
    pub(super) reading: u64,
    /// The listings or the feed, once all of their articles are kept.
    pub(super) pages: Vec<(Url, PageState)>,
    /// Fingerprints of the feed's entries that need no second reading.
    pub(super) entries: Vec<u64>,
    /// What the source's pages have proved about its clock, when that is more than before.
    pub(super) habits: Option<Habits>,
}

impl Harvester {
    /// Keeps what a pass came to.
    pub(super) async fn remember(&self, source: &Source, report: &Report, gained: Gained) -> Result<(), StoreError> {
        let Gained { reading, pages, habits, .. } = gained;
        let (source, report, stopped) = (source.clone(), report.clone(), self.stop.is_cancelled());
        let (id, new) = (source.id.clone(), u64::try_from(report.new).unwrap_or_default());
        let change = Change::by(move |state| {
            state.habits = habits.unwrap_or(state.habits);
            state.articles += new;
            if stopped && !report.failed_whole() {
                // What it has read is kept; the pass itself is made again at the next start.
                state.outlook.wait_until = state.outlook.wait_until.max(report.notice.wait_until);
            } else {
                fare(state, &source, &report, reading);
            }
        });
        let batch = Batch { pages, states: vec![(id, change)], ..Batch::default() };
        self.keeper.keep(batch, &self.roster).await?;
        Ok(())
    }
}

/// Takes in how a pass went that was made to its end.
fn fare(state: &mut SourceState, source: &Source, report: &Report, reading: u64) {
    hear(state, source, report, reading);
    state.last_pass = Some(report.started);
    state.drift = drift(&state.usual, &report.fill, &state.drift);
    state.usual.remember(&report.fill);
    if report.failed_whole() {
        state.failures = state.failures.saturating_add(1);
    } else {
        state.failures = 0;
        state.last_success = Some(report.started);
    }
    if let Some(trouble) = report.trouble() {
        state.last_error = Some((report.started, trouble.to_owned()));
    }
}

/// Takes in what a pass says of when and where its source is read next.
fn hear(state: &mut SourceState, source: &Source, report: &Report, reading: u64) {
    let outlook = &mut state.outlook;
    if let Some(last) = state.last_success.filter(|_| !report.failed_whole()) {
        outlook.rhythm.learn(last, report.started, report.new, source.zone);
        // What the hub told was read by the pass that it woke; what is new in another pass, it did not tell.
        let told = outlook.pushed.is_some_and(|pushed| Some(pushed) >= state.last_pass);
        outlook.pushed = outlook.pushed.filter(|_| told || report.new == 0);
    }
    outlook.hear(&report.notice, reading);
    if let Some(moved) = &report.notice.moved {
        let pair = source.reads.addresses().first().cloned().zip(moved.clone());
        state.moved = pair.filter(|(from, to)| from != to);
    }
}
