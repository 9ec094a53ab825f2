//! The feeds as files, for a web server or a content delivery network: `[publish] dir`.

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::Config;
use crate::edition::{Desk, EditionError, FeedAddress};
use crate::publish::{self, Format, render};
use crate::store::Store;

/// Changes that come this close together are written at once.
const SETTLE: Duration = Duration::from_millis(500);
/// Archives that a change may have touched: stories are new, and archives are filled from their oldest ones.
const ARCHIVES_FRESH: usize = 3;
/// How often all archives are written, for what was found, corrected or dropped long after its day.
const ALL_GAP: TimeDelta = TimeDelta::days(1);

/// Why the files could not be written.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    /// The articles could not be read.
    #[error(transparent)]
    Edition(#[from] EditionError),
    /// The directory cannot be written to.
    #[error("{path}: {reason}; bantin must be allowed to write [publish] dir")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: std::io::Error,
    },
}

/// Writes the feeds after each change.
pub struct Mirror {
    config: watch::Receiver<Arc<Config>>,
    store: Arc<dyn Store>,
    clock: Clock,
    /// When all archives were written last, and where.
    whole: Option<(DateTime<Utc>, PathBuf)>,
}

impl Mirror {
    /// A mirror that follows configuration and store.
    #[must_use]
    pub fn new(config: watch::Receiver<Arc<Config>>, store: Arc<dyn Store>, clock: Clock) -> Self {
        Self { config, store, clock, whole: None }
    }

    /// Writes the files now and after each change, until told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut changes = self.store.changes();
        while !stop.is_cancelled() {
            changes.mark_unchanged();
            self.write().await;
            tokio::select! {
                () = stop.cancelled() => break,
                Ok(()) = self.config.changed() => {}
                Ok(()) = changes.changed() => {}
            }
            tokio::time::sleep(SETTLE).await;
        }
    }

    async fn write(&mut self) {
        let config = self.config.borrow().clone();
        let Some(directory) = config.publish.clone() else { return };
        let (store, now) = (self.store.clone(), self.clock.now());
        let recent = self.whole.as_ref().is_some_and(|(at, place)| *place == directory && now < *at + ALL_GAP);
        let archives = if recent { ARCHIVES_FRESH } else { usize::MAX };
        let place = directory.clone();
        let written = tokio::task::spawn_blocking(move || {
            let Config { site, sources, zone, .. } = &*config;
            write_all(&directory, &Desk { site, sources, zone: *zone, store: &*store, now }, archives)
        });
        match written.await {
            Ok(Ok(files)) => {
                if !recent {
                    self.whole = Some((now, place));
                }
                tracing::debug!(files.written = files, "feeds written as files");
            }
            Ok(Err(error)) => tracing::error!(%error, "the feeds could not be written as files"),
            Err(error) => tracing::error!(%error, "writing the feeds as files broke off"),
        }
    }
}

/// Writes every feed, the newest `archives` and what goes with them under a directory; returns how many files changed.
///
/// # Errors
/// When the articles cannot be read or a file not be written.
pub fn write_all(directory: &Path, desk: &Desk, archives: usize) -> Result<usize, MirrorError> {
    let mut changed = 0;
    let mut put = |path: &str, bytes: &[u8]| -> Result<(), MirrorError> {
        let path = directory.join(path);
        changed += usize::from(put(&path, bytes).map_err(|reason| MirrorError::Write { path, reason })?);
        Ok(())
    };
    for (_, path) in desk.narrowed_feeds() {
        let Some((address, _)) = FeedAddress::parse(&path, "").ok().flatten().filter(|_| is_below(&path)) else {
            continue;
        };
        let feed = desk.feed(&address)?;
        for format in Format::ALL {
            put(&format!("{}.{}", address.stem, format.extension()), &render(&feed, format).bytes)?;
        }
    }
    for month in desk.archives(archives)? {
        if let Some(feed) = desk.archive(month)? {
            for format in Format::ALL {
                put(&format!("{}.{}", month.stem(), format.extension()), &render(&feed, format).bytes)?;
            }
        }
    }
    put("opml.xml", &publish::opml(desk.site, &desk.narrowed_feeds()))?;
    put(publish::ICON_FILE, publish::ICON)?;
    put(publish::STYLE_FILE, publish::STYLE.as_bytes())?;
    Ok(changed)
}

/// Whether a path leads down from where it starts: categories are named by people.
fn is_below(path: &str) -> bool {
    Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

/// Puts bytes in the place of a file at once, so that no reader sees half of them; `false` when they stand there.
fn put(path: &Path, bytes: &[u8]) -> std::io::Result<bool> {
    if std::fs::read(path).is_ok_and(|before| before == bytes) {
        return Ok(false);
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    create_readable(folder)?;
    let mut file = tempfile::Builder::new().prefix(".bantin-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().set_permissions(Permissions::from_mode(0o644))?;
    file.as_file().sync_data()?;
    file.persist(path)?;
    Ok(true)
}

/// Makes a folder and those above it. A web server runs as another user than bantin, so the modes of files and folders
/// are set once they are made: those given at birth are cut by the umask.
fn create_readable(folder: &Path) -> std::io::Result<()> {
    // A relative path ends in an empty one, which is where bantin runs.
    if folder.is_dir() || folder.as_os_str().is_empty() {
        return Ok(());
    }
    if let Some(above) = folder.parent() {
        create_readable(above)?;
    }
    std::fs::create_dir(folder)?;
    std::fs::set_permissions(folder, Permissions::from_mode(0o755))
}
