//! The daemon, from the configuration to the last byte served.

mod care;
mod control;
mod probes;
mod question;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use control::ask;
pub use question::{AnswerError, Question};

use self::control::Control;
use self::probes::Probes;
use crate::clock::Clock;
use crate::config::Config;
use crate::fetch::Fetcher;
use crate::harvest::{Desk, Harvester, Keeper, Roster};
use crate::hub::Hub;
use crate::mirror::Mirror;
use crate::model::SourceId;
use crate::schedule::{Pulse, Scheduler};
use crate::server::{self, App, Door};
use crate::store::{LiveStore, Store, StoreError};
use crate::{measure, shutdown, systemd};

/// How long open connections may take to finish once the daemon stops.
const DRAIN_SECONDS_MAX: u64 = 8;

/// Sources that hubs told of and that the schedule has not woken yet.
const PUSHES_WAITING_MAX: usize = 1_024;

/// Why the daemon did not start.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The HTTP client cannot be built.
    #[error("{0}")]
    Client(String),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {reason}; change [server] listen")]
    Listen {
        /// The configured address.
        address: SocketAddr,
        /// What the system says.
        reason: std::io::Error,
    },
    /// The system failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// A daemon that is bound and ready to run.
pub struct Daemon {
    /// Reads sources.
    pub harvester: Harvester,
    /// Where it serves.
    pub address: SocketAddr,
    store: Arc<LiveStore>,
    listener: TcpListener,
    config: watch::Sender<Arc<Config>>,
    file: Option<PathBuf>,
    pushes: mpsc::Sender<SourceId>,
    told: mpsc::Receiver<SourceId>,
}

/// What reads sources by a configuration: store, client and rules.
///
/// # Errors
/// When the store cannot be opened or the client not be built.
pub fn harvester(config: &Config, clock: Clock, stop: CancellationToken) -> Result<Harvester, DaemonError> {
    let store = open(config, &clock)?;
    if !store.was_closed_well()
        && let Some(rescue) = store.check(clock.now())?
    {
        care::tell(&rescue);
    }
    harvester_over(config, store, clock, stop)
}

/// Opens the store, or what can be had of a damaged one.
fn open(config: &Config, clock: &Clock) -> Result<Arc<LiveStore>, StoreError> {
    let (store, rescue) = LiveStore::open_or_rescue(&config.store, clock.now())?;
    if let Some(rescue) = rescue {
        care::tell(&rescue);
    }
    Ok(Arc::new(store))
}

/// What reads sources by a configuration, over a store that is open already.
///
/// # Errors
/// When the client cannot be built.
pub fn harvester_over(
    config: &Config,
    store: Arc<dyn Store>,
    clock: Clock,
    stop: CancellationToken,
) -> Result<Harvester, DaemonError> {
    let fetcher = Fetcher::new(config.fetch.clone(), clock.clone()).map_err(DaemonError::Client)?;
    let roster = Roster::of(&config.sources);
    let desk = Desk::default();
    let keeper = Keeper::new(store.clone(), desk.clone(), config.merge);
    Ok(Harvester { fetcher, store, clock, roster, stop, desk, keeper })
}

impl Daemon {
    /// Opens the store and binds the address; `file` is read again on SIGHUP.
    ///
    /// # Errors
    /// See [`DaemonError`].
    pub async fn build(
        config: Config,
        file: Option<PathBuf>,
        clock: Clock,
        stop: CancellationToken,
    ) -> Result<Self, DaemonError> {
        let store = open(&config, &clock)?;
        let harvester = harvester_over(&config, store.clone(), clock, stop)?;
        let listen = |reason| DaemonError::Listen { address: config.listen, reason };
        let listener = match systemd::socket().map_err(listen)? {
            Some(socket) => TcpListener::from_std(socket)?,
            None => TcpListener::bind(config.listen).await.map_err(listen)?,
        };
        let address = listener.local_addr()?;
        let (config, _) = watch::channel(Arc::new(config));
        let (pushes, told) = mpsc::channel(PUSHES_WAITING_MAX);
        Ok(Self { harvester, address, store, listener, config, file, pushes, told })
    }

    /// Reads sources in their time and serves all the while, until the harvester's `stop` is set.
    ///
    /// # Errors
    /// When serving fails.
    pub async fn run(mut self) -> Result<(), DaemonError> {
        if let Err(error) = measure::start() {
            tracing::warn!(%error, "nothing is counted for /metrics");
        }
        let told = std::mem::replace(&mut self.told, mpsc::channel(1).1);
        let (scheduler, pulse) = Scheduler::new(self.harvester.clone(), self.config.subscribe(), told);
        let scheduling = tokio::spawn(scheduler.run());
        let probes = self.probes(Some(pulse));
        let control =
            Control { store: self.store.clone(), config: self.config.subscribe(), clock: self.harvester.clock.clone() };
        let mut helpers = JoinSet::new();
        helpers.spawn(reload(self.config.clone(), self.file.clone()));
        if let Some(listener) = control.listen() {
            helpers.spawn(control.serve(listener));
        }
        helpers.spawn(care::care(self.store.clone(), self.harvester.clock.clone()));
        helpers.spawn(watch_over(probes.clone()));
        systemd::ready();
        tracing::info!(server.address = %self.address, "serving");
        let stop = self.harvester.stop.clone();
        self.serve_with(probes).await?;
        stop.cancel();
        systemd::stopping();
        if let Err(error) = scheduling.await {
            tracing::error!(%error, "the schedule broke off");
        }
        helpers.shutdown().await;
        tracing::info!("stopped");
        Ok(())
    }

    /// Serves until told to stop; open connections then have some seconds to finish.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(self) -> Result<(), DaemonError> {
        let probes = self.probes(None);
        self.serve_with(probes).await
    }

    fn probes(&self, pulse: Option<Pulse>) -> Probes {
        let clock = self.harvester.clock.clone();
        let (store, config, started) = (self.store.clone(), self.config.subscribe(), clock.now());
        Probes { store, config, clock, started, pulse }
    }

    async fn serve_with(self, probes: Probes) -> Result<(), DaemonError> {
        let stop = self.harvester.stop.clone();
        let Harvester { store, clock, fetcher, .. } = &self.harvester;
        let app = App::new(self.config.subscribe(), store.clone(), clock.clone(), self.pushes);
        let (hub, beside) =
            Hub::new(self.config.subscribe(), store.clone(), fetcher.clone(), clock.clone(), stop.clone())?;
        let door = Door::new(app, beside.merge(probes.router()));
        let mirror = Mirror::new(self.config.subscribe(), store.clone(), clock.clone());
        let mut helpers = JoinSet::new();
        helpers.spawn(hub.run());
        helpers.spawn(mirror.run(stop.clone()));
        let serving = server::listen(self.listener, door, stop.clone());
        let overdue = async {
            stop.cancelled().await;
            tokio::time::sleep(std::time::Duration::from_secs(DRAIN_SECONDS_MAX)).await;
        };
        tokio::select! {
            () = serving => {}
            () = overdue => {
                tracing::warn!(drain.seconds = DRAIN_SECONDS_MAX, "connections still open were closed");
            }
        }
        // What the loops hold of the store is let go of before this returns.
        helpers.shutdown().await;
        Ok(())
    }
}

/// Takes over the file's sources and feed settings at each SIGHUP; a file with problems changes nothing.
async fn reload(config: watch::Sender<Arc<Config>>, file: Option<PathBuf>) {
    let (Some(file), Ok(mut wishes)) = (file, shutdown::reloads()) else { return };
    while wishes.recv().await.is_some() {
        systemd::reloading();
        let told = match Config::read(&file) {
            Ok(fresh) => take_over(&config, fresh),
            Err(error) => {
                tracing::error!("the configuration stays as it was:\n{error}");
                "the configuration has problems and stays as it was; see the log".to_owned()
            }
        };
        systemd::ready();
        systemd::status(&told);
    }
}

/// Puts a configuration in force, and says so in one line.
fn take_over(config: &watch::Sender<Arc<Config>>, fresh: Config) -> String {
    let old = config.borrow().clone();
    let fixed = [
        ("[server] listen", fresh.listen != old.listen),
        ("[store]", fresh.store != old.store),
        ("[fetch]", fresh.fetch != old.fetch),
        ("[dedupe]", fresh.merge != old.merge),
    ];
    for (table, _) in fixed.iter().filter(|(_, changed)| *changed) {
        tracing::warn!("what changed in {table} takes effect at the next start");
    }
    let sources = fresh.enabled().count();
    config.send_replace(Arc::new(fresh));
    tracing::info!(sources.count = sources, "configuration read again");
    format!("configuration read again: {sources} sources")
}

/// Tells the service manager that all is well, each time the store and the schedule have answered.
async fn watch_over(probes: Probes) {
    let Some(limit) = systemd::watchdog() else { return };
    loop {
        match probes.answer().await {
            Ok(()) => systemd::alive(),
            Err(reason) => tracing::error!(error = reason, "the service manager is not told that all is well"),
        }
        tokio::time::sleep(limit / 3).await;
    }
}
