//! The store's place on disk: one owner at a time, and a store that takes another's place at one stroke.
//!
//! Beside the store's directory `data` may stand `data.lock`, which its owner holds; `data.partial`, a store that is
//! still being written; `data.fresh`, one that is whole and takes the place of `data`; and `data.old`, whose place was
//! taken. A kill between any two steps leaves a state that [`Place::settle`] finishes.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock, statvfs};

use super::StoreError;

/// How long an owner that is about to leave is waited for.
const LOCK_WAIT_MAX: Duration = Duration::from_secs(1);
const LOCK_WAIT_STEP: Duration = Duration::from_millis(10);
/// Of the disk, so much stays free: a sixteenth, within these bounds. A store whose disk is full to the last byte can
/// neither finish a write nor undo it.
const FREE_SHARE: u64 = 16;
const FREE_BYTES_MIN: u64 = 2 << 20;
const FREE_BYTES_MAX: u64 = 64 << 20;

/// A store's directory, owned until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    _lock: File,
}

impl Place {
    /// Takes the place and finishes what a kill has interrupted.
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        let failed =
            |reason: &dyn std::fmt::Display| StoreError::Open { path: path.to_owned(), reason: reason.to_string() };
        let lock_file = beside(path, "lock");
        let opened = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| File::create(&lock_file));
        let lock = opened.map_err(|error| failed(&format!("{}: {error}", lock_file.display())))?;
        let started = Instant::now();
        while let Err(error) = flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            if error != rustix::io::Errno::WOULDBLOCK {
                return Err(failed(&error));
            }
            if started.elapsed() > LOCK_WAIT_MAX {
                return Err(StoreError::InUse { path: path.to_owned() });
            }
            std::thread::sleep(LOCK_WAIT_STEP);
        }
        let place = Self { path: path.to_owned(), _lock: lock };
        place.settle().map_err(|error| failed(&error))?;
        Ok(place)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where a store is written that is to take this place.
    pub(super) fn partial(&self) -> PathBuf {
        beside(&self.path, "partial")
    }

    /// The last backup, as JSON lines packed with zstd.
    pub(super) fn backup(&self) -> PathBuf {
        beside(&self.path, "backup.jsonl.zst")
    }

    pub(super) fn backup_partial(&self) -> PathBuf {
        beside(&self.path, "backup.partial")
    }

    /// Puts the store in [`Place::partial`], which is whole and closed, in this place.
    pub(super) fn replace(&self) -> io::Result<()> {
        sync(&self.partial())?;
        fs::rename(self.partial(), beside(&self.path, "fresh"))?;
        self.settle()
    }

    /// Moves the store out of its place; says where to.
    pub(super) fn set_aside(&self, name: &str) -> io::Result<PathBuf> {
        let aside = beside(&self.path, name);
        fs::rename(&self.path, &aside)?;
        self.sync_parent()?;
        Ok(aside)
    }

    fn settle(&self) -> io::Result<()> {
        let (fresh, old) = (beside(&self.path, "fresh"), beside(&self.path, "old"));
        remove(&self.partial())?;
        if fresh.exists() {
            self.sync_parent()?;
            if self.path.exists() {
                remove(&old)?;
                fs::rename(&self.path, &old)?;
            }
            fs::rename(&fresh, &self.path)?;
            self.sync_parent()?;
        }
        remove(&old)
    }

    fn sync_parent(&self) -> io::Result<()> {
        self.path.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or_else(|| sync(Path::new(".")), sync)
    }

    /// Refuses to go on when the disk is all but full.
    pub(super) fn has_room(&self) -> Result<(), StoreError> {
        // A file system that does not tell its size is not held to have none.
        let Ok(disk) = statvfs(&self.path) else { return Ok(()) };
        let wanted = (disk.f_blocks * disk.f_frsize / FREE_SHARE).clamp(FREE_BYTES_MIN, FREE_BYTES_MAX);
        let free = disk.f_bavail * disk.f_frsize;
        if free < wanted { Err(StoreError::Full { path: self.path.clone(), free, wanted }) } else { Ok(()) }
    }
}

/// `data` and `lock` give `data.lock`.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

fn remove(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}
