//! What a pass leaves in the state of its source.

use super::Harvester;
use crate::drift::drift;
use crate::model::{Report, Source};
use crate::store::{SourceState, StoreError};

impl Harvester {
    /// Keeps what a pass came to.
    pub(super) fn remember(&self, source: &Source, report: &Report) -> Result<(), StoreError> {
        let stopped = self.stop.is_cancelled();
        let new = u64::try_from(report.new).unwrap_or_default();
        self.store.update_source(&source.id, &|state| {
            if stopped && !report.failed_whole() {
                // What it has read is kept; the pass itself is made again at the next start.
                state.articles += new;
                state.outlook.wait_until = state.outlook.wait_until.max(report.notice.wait_until);
                return;
            }
            hear(state, source, report);
            state.last_pass = Some(report.started);
            state.drift = drift(&state.usual, &report.fill, &state.drift);
            state.usual.remember(&report.fill);
            state.articles += new;
            if report.failed_whole() {
                state.failures = state.failures.saturating_add(1);
            } else {
                state.failures = 0;
                state.last_success = Some(report.started);
            }
            if let Some(trouble) = report.trouble() {
                state.last_error = Some((report.started, trouble.to_owned()));
            }
        })
    }
}

/// Takes in what a pass says of when and where its source is read next.
fn hear(state: &mut SourceState, source: &Source, report: &Report) {
    let outlook = &mut state.outlook;
    if let Some(last) = state.last_success.filter(|_| !report.failed_whole()) {
        outlook.rhythm.learn(last, report.started, report.new, source.zone);
        // What the hub told was read by the pass that it woke; what is new in another pass, it did not tell.
        let told = outlook.pushed.is_some_and(|pushed| Some(pushed) >= state.last_pass);
        outlook.pushed = outlook.pushed.filter(|_| told || report.new == 0);
    }
    outlook.hear(&report.notice, source.reading());
    if let Some(moved) = &report.notice.moved {
        let pair = source.reads.addresses().first().cloned().zip(moved.clone());
        state.moved = pair.filter(|(from, to)| from != to);
    }
}
