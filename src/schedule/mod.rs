//! The loop: whose turn it is, who is being read, what came of it.

mod pulse;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use metrics::{counter, gauge, histogram};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

pub use self::pulse::Pulse;

use self::pulse::{Beat, pulse};
use crate::cadence::{Plan, next_run};
use crate::config::Config;
use crate::harvest::{Harvester, Recheck, Roster};
use crate::model::{Outcome, Report, SourceId};
use crate::store::Change;
use crate::subscribe::{self, Subscriber};

/// The loop looks at the clock at least this often, so that a clock that was set is noticed.
const LOOK_MAX: Duration = Duration::from_secs(60);
/// A disk that takes no writes is looked at this often.
const PAUSE_LOOK: Duration = Duration::from_secs(5);
/// Between the first passes of sources that were never read.
const FIRST_GAP: chrono::TimeDelta = chrono::TimeDelta::milliseconds(100);
/// Articles past their time are dropped this often.
const PRUNE_GAP: chrono::TimeDelta = chrono::TimeDelta::hours(1);

/// Reads each source in its time until told to stop.
pub struct Scheduler {
    harvester: Harvester,
    config: watch::Receiver<Arc<Config>>,
    plan: Plan,
    /// Sources whose hubs told of a change.
    pushes: mpsc::Receiver<SourceId>,
    running: JoinSet<Report>,
    /// The harvests under way, by their tasks.
    busy: HashMap<tokio::task::Id, SourceId>,
    prune_at: DateTime<Utc>,
    beat: Beat,
    /// The disk takes no writes, so nothing is read.
    paused: bool,
}

impl Scheduler {
    /// A scheduler that follows the configuration and what hubs tell, and what asks whether it is alive.
    #[must_use]
    pub fn new(
        harvester: Harvester,
        config: watch::Receiver<Arc<Config>>,
        pushes: mpsc::Receiver<SourceId>,
    ) -> (Self, Pulse) {
        let now = harvester.clock.now();
        let (pulse, beat) = pulse();
        let (plan, running, busy) = (Plan::new(now), JoinSet::new(), HashMap::new());
        (Self { harvester, config, plan, pushes, running, busy, prune_at: now, beat, paused: false }, pulse)
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
                Some(id) = self.pushes.recv() => self.plan.wake(&id, self.harvester.clock.now()),
                () = self.beat.answer() => {}
                () = tokio::time::sleep(wait) => self.prune(),
            }
        }
        while let Some(done) = self.running.join_next_with_id().await {
            self.settle(done);
        }
    }

    /// Plans every source of the configuration anew; one that missed its run while nobody looked runs once.
    fn plan_all(&mut self) {
        let config = self.config.borrow_and_update().clone();
        self.harvester.roster = Roster::of(&config.sources);
        let (now, store) = (self.harvester.clock.now(), &self.harvester.store);
        let mut first = now;
        self.plan.adopt(&config.sources, |source| {
            if !source.enabled {
                return None;
            }
            let state = store.source(&source.id).unwrap_or_default();
            match state.last_pass {
                None => {
                    first += FIRST_GAP;
                    Some(first)
                }
                // What its hub told of was not read any more before the program stopped.
                last if state.outlook.pushed > last && !state.outlook.is_paused(source) => Some(now),
                Some(last) => next_run(source, state.failures, &state.outlook, last.min(now)),
            }
        });
    }

    /// Starts every source whose time has come; how long until the next one.
    fn start_due(&mut self) -> Duration {
        if self.pauses() {
            return PAUSE_LOOK;
        }
        let config = self.config.borrow().clone();
        let now = self.harvester.clock.now();
        for id in self.plan.start(now) {
            let Some(source) = config.source(&id).filter(|source| source.enabled).cloned() else {
                self.plan.finish(&id, None, now);
                continue;
            };
            let (harvester, site) = (self.harvester.clone(), config.site.url.clone());
            let harvest = async move {
                let report = harvester.harvest(&source, Recheck::Due, &|_, _| {}).await;
                let Harvester { fetcher, store, clock, stop, .. } = harvester;
                let subscriber = Subscriber { fetcher, store, clock };
                stop.run_until_cancelled(subscriber.tend(&source, &site)).await;
                report
            };
            let task = self.running.spawn(harvest).id();
            self.busy.insert(task, id);
        }
        self.gauge_queue();
        self.plan.wait(now).and_then(|wait| wait.to_std().ok()).map_or(LOOK_MAX, |wait| wait.min(LOOK_MAX))
    }

    /// Whether nothing is read for want of a disk that takes writes; tells when that begins and ends.
    fn pauses(&mut self) -> bool {
        let refused = self.harvester.store.takes_writes().err();
        match &refused {
            Some(error) if !self.paused => {
                tracing::error!(%error, "harvests pause; what is stored is served");
                crate::systemd::status(&format!("harvests pause: {error}"));
            }
            None if self.paused => {
                tracing::info!("the disk takes writes again; harvests go on");
                crate::systemd::status("harvests go on");
            }
            _ => {}
        }
        self.paused = refused.is_some();
        self.paused
    }

    fn gauge_queue(&self) {
        let count = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        gauge!("bantin_schedule_waiting_sources").set(count(self.plan.planned()));
        gauge!("bantin_schedule_running_harvests").set(count(self.busy.len()));
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
        let now = self.harvester.clock.now();
        let next = self.config.borrow().source(&id).filter(|source| source.enabled).and_then(|source| {
            let state = self.harvester.store.source(&id).unwrap_or_default();
            let renewal = state.lease.as_ref().map(subscribe::due).filter(|renewal| *renewal > now);
            next_run(source, state.failures, &state.outlook, now).map(|next| renewal.map_or(next, |due| next.min(due)))
        });
        self.plan.finish(&id, next, now);
        let Some(report) = report else { return };
        log(&report);
        measure(&report);
        let waiting = self.plan.planned();
        crate::systemd::status(&format!("{waiting} sources planned, {} articles", self.harvester.store.len()));
    }

    /// Makes a harvest that broke off count as one that failed, so that it is seen and waited out.
    fn blame(&self, id: &SourceId) {
        let now = self.harvester.clock.now();
        let change = Change::by(move |state| {
            state.last_pass = Some(now);
            state.failures = state.failures.saturating_add(1);
            state.last_error = Some((now, "the harvest broke off, which is a fault of bantin; see the log".to_owned()));
        });
        if let Err(error) = self.harvester.store.update_source(id, change) {
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

fn measure(report: &Report) {
    let source = report.source.to_string();
    let result = match report.outcome {
        Outcome::Done => "done",
        Outcome::Partly(_) => "partly",
        Outcome::Failed(_) => "failed",
    };
    counter!("bantin_harvests_total", "source" => source.clone(), "result" => result).increment(1);
    histogram!("bantin_harvest_duration_seconds").record(report.took.as_seconds_f64());
    for (decision, count) in
        [("new", report.new), ("revised", report.revised), ("copy", report.copies), ("unchanged", report.unchanged)]
    {
        let count = u64::try_from(count).unwrap_or_default();
        counter!("bantin_articles_total", "source" => source.clone(), "decision" => decision).increment(count);
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
