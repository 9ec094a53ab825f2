//! The loop: whose turn it is, who is being read, what came of it.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::cadence::{AUTO_ARTICLES, next_run};
use crate::config::Config;
use crate::harvest::{Harvester, Recheck};
use crate::model::{Cadence, Report, Source, SourceId};
use crate::store::StoreError;

/// The loop looks at the clock at least this often, so that a clock that was set is noticed.
const LOOK_MAX: Duration = Duration::from_secs(60);
/// Articles past their time are dropped this often.
const PRUNE_GAP: chrono::TimeDelta = chrono::TimeDelta::hours(1);

/// Reads each source in its time until told to stop.
pub struct Scheduler {
    harvester: Harvester,
    config: watch::Receiver<Arc<Config>>,
    due: HashMap<SourceId, DateTime<Utc>>,
    running: JoinSet<Report>,
    /// The harvests under way, by their tasks.
    busy: HashMap<tokio::task::Id, SourceId>,
    prune_at: DateTime<Utc>,
}

impl Scheduler {
    /// A scheduler that follows the configuration.
    #[must_use]
    pub fn new(harvester: Harvester, config: watch::Receiver<Arc<Config>>) -> Self {
        let prune_at = harvester.clock.now();
        Self { harvester, config, due: HashMap::new(), running: JoinSet::new(), busy: HashMap::new(), prune_at }
    }

    /// Runs until `stop` is set, then waits for the harvests under way to keep what they have read.
    pub async fn run(mut self) {
        let stop = self.harvester.stop.clone();
        self.plan_all();
        while !stop.is_cancelled() {
            let wait = self.start_due();
            tokio::select! {
                () = stop.cancelled() => {}
                Ok(()) = self.config.changed() => self.plan_all(),
                Some(done) = self.running.join_next_with_id() => self.settle(done),
                () = tokio::time::sleep(wait) => self.prune(),
            }
        }
        while let Some(done) = self.running.join_next_with_id().await {
            self.settle(done);
        }
    }

    /// Plans every source of the configuration anew; one that missed its run while nobody looked runs once, now.
    fn plan_all(&mut self) {
        let config = self.config.borrow_and_update().clone();
        let now = self.harvester.clock.now();
        self.due.clear();
        for source in &config.sources {
            let last = self.harvester.store.source(&source.id).ok().and_then(|state| state.last_pass);
            let due = match last {
                None => Some(now),
                Some(last) => self.next_for(source, last.min(now)).map(|planned| planned.max(now)),
            };
            self.due.extend(due.map(|due| (source.id.clone(), due)));
        }
    }

    fn next_for(&self, source: &Source, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let failures = self.harvester.store.source(&source.id).map(|state| state.failures).unwrap_or_default();
        let published = if matches!(source.cadence, Cadence::Auto) { self.published(source) } else { Ok(Vec::new()) };
        next_run(source, failures, &published.unwrap_or_default(), after)
    }

    fn published(&self, source: &Source) -> Result<Vec<DateTime<Utc>>, StoreError> {
        let mut times = Vec::new();
        self.harvester.store.newest(Some(std::slice::from_ref(&source.id)), &mut |article| {
            times.push(article.order());
            if times.len() < AUTO_ARTICLES { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(times)
    }

    /// Starts every source whose time has come; how long until the next one.
    fn start_due(&mut self) -> Duration {
        let config = self.config.borrow().clone();
        let now = self.harvester.clock.now();
        let ready: Vec<SourceId> =
            self.due.iter().filter(|(id, due)| **due <= now && !self.is_busy(id)).map(|(id, _)| id.clone()).collect();
        for id in ready {
            self.due.remove(&id);
            if let Some(source) = config.source(&id).cloned() {
                let harvester = self.harvester.clone();
                let harvest = async move { harvester.harvest(&source, Recheck::Due, &|_, _| {}).await };
                let task = self.running.spawn(harvest).id();
                self.busy.insert(task, id);
            }
        }
        let next = self.due.iter().filter(|(id, _)| !self.is_busy(id)).map(|(_, due)| *due).min();
        next.and_then(|next| (next - now).to_std().ok()).map_or(LOOK_MAX, |wait| wait.min(LOOK_MAX))
    }

    fn is_busy(&self, id: &SourceId) -> bool {
        self.busy.values().any(|busy| busy == id)
    }

    fn settle(&mut self, done: Result<(tokio::task::Id, Report), tokio::task::JoinError>) {
        let (task, report) = match done {
            Ok((task, report)) => (task, Some(report)),
            Err(error) => {
                // A harvest that panicked is a fault of this program; its source is read again in its time.
                tracing::error!(%error, "a harvest broke off");
                (error.id(), None)
            }
        };
        let Some(id) = self.busy.remove(&task) else { return };
        if report.is_none() {
            self.blame(&id);
        }
        let config = self.config.borrow().clone();
        if let Some(source) = config.source(&id) {
            let next = self.next_for(source, self.harvester.clock.now());
            self.due.extend(next.map(|next| (id, next)));
        }
        let Some(report) = report else { return };
        log(&report);
        let waiting = self.due.len();
        crate::systemd::status(&format!("{waiting} sources planned, {} articles", self.harvester.store.len()));
    }

    /// Makes a harvest that broke off count as one that failed, so that it is seen and waited out.
    fn blame(&self, id: &SourceId) {
        let now = self.harvester.clock.now();
        let blamed = self.harvester.store.source(id).and_then(|mut state| {
            state.last_pass = Some(now);
            state.failures = state.failures.saturating_add(1);
            state.last_error = Some((now, "the harvest broke off, which is a fault of bantin; see the log".to_owned()));
            self.harvester.store.set_source(id, &state)
        });
        if let Err(error) = blamed {
            tracing::error!(%error, "the failure could not be remembered");
        }
    }

    fn prune(&mut self) {
        let now = self.harvester.clock.now();
        if now < self.prune_at {
            return;
        }
        self.prune_at = now + PRUNE_GAP;
        let keep = self.config.borrow().keep;
        let store = self.harvester.store.clone();
        tokio::task::spawn_blocking(move || match store.prune(now - keep) {
            Ok(0) => {}
            Ok(dropped) => tracing::info!(articles.dropped = dropped, "articles past their time were dropped"),
            Err(error) => tracing::error!(%error, "articles past their time could not be dropped"),
        });
    }
}

/// One line a pass: what was read, or what went wrong.
fn log(report: &Report) {
    let (id, millis) = (report.source.as_str(), report.took.num_milliseconds());
    match report.trouble() {
        Some(trouble) => tracing::warn!(
            source.id = id,
            pass.millis = millis,
            articles.new = report.new,
            pages.failed = report.failed,
            error = trouble,
            "source read with trouble"
        ),
        None if report.new + report.revised + report.copies > 0 => tracing::info!(
            source.id = id,
            pass.millis = millis,
            articles.new = report.new,
            articles.revised = report.revised,
            articles.copies = report.copies,
            "source read"
        ),
        None => tracing::debug!(source.id = id, pass.millis = millis, "source read, nothing new"),
    }
}
