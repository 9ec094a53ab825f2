//! The store's place on disk: one owner at a time, and a store that takes another's place at one stroke.
//!
//! Beside the store's directory `data` may stand `data.lock`, which its owner holds; `data.partial`, a store that is
//! still being written; `data.fresh`, one that is whole and takes the place of `data`; and `data.old`, whose place was
//! taken. `data.fresh.damaged-DATE` is one after which `data` is kept as `data.damaged-DATE`. A kill between any two
//! steps leaves a state that [`Place::settle`] finishes.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
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
/// Of a segment of sled 0.34.
const TRIAL_BYTES: usize = 512 << 10;
/// Of the endings of stores that were set aside.
const DAMAGED: &str = "damaged-";
/// Two numbers.
const NOTE_BYTES_MAX: u64 = 64;

/// A store's directory, owned until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    /// Holds, while nobody owns the place, how the database was when it was closed.
    lock: File,
    closed_well: bool,
    /// Nothing is known to be wrong with the database: it was closed well or is new, or was read through since.
    is_sound: AtomicBool,
}

impl Place {
    /// Takes the place and finishes what a kill has interrupted.
    pub(super) fn take(path: &Path) -> Result<Self, StoreError> {
        let failed =
            |reason: &dyn std::fmt::Display| StoreError::Open { path: path.to_owned(), reason: reason.to_string() };
        let lock_file = beside(path, "lock");
        let opened = path
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| File::options().read(true).write(true).create(true).truncate(false).open(&lock_file));
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
        let is_sound = AtomicBool::new(!path.exists());
        let mut place = Self { path: path.to_owned(), lock, closed_well: false, is_sound };
        place.settle().map_err(|error| failed(&error))?;
        place.open().map_err(|error| failed(&error))?;
        Ok(place)
    }

    /// Whether the last owner closed the store, and nobody has touched its database since.
    pub(super) fn was_closed_well(&self) -> bool {
        self.closed_well
    }

    fn open(&mut self) -> io::Result<()> {
        let mut note = String::new();
        (&self.lock).take(NOTE_BYTES_MAX).read_to_string(&mut note)?;
        self.closed_well = !note.is_empty() && self.database().is_some_and(|now| now == note);
        *self.is_sound.get_mut() |= self.closed_well;
        self.lock.set_len(0)
    }

    /// All of the database was just read, or something of it may be damaged.
    pub(super) fn set_sound(&self, is_sound: bool) {
        self.is_sound.store(is_sound, Ordering::Release);
    }

    /// Notes how the database is, which is closed, unless something of it may be damaged.
    pub(super) fn close(&self) -> io::Result<()> {
        let Some(note) = self.database().filter(|_| self.is_sound.load(Ordering::Acquire)) else { return Ok(()) };
        self.lock.write_all_at(note.as_bytes(), 0)
    }

    /// The length and the time of the last change of the database's file.
    fn database(&self) -> Option<String> {
        let file = fs::metadata(self.path.join("db")).ok()?;
        let changed = file.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
        Some(format!("{} {}", file.len(), changed.as_nanos()))
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

    /// As [`Place::replace`], and keeps the damaged store that was here until now, named by a moment; says where.
    pub(super) fn replace_damaged(&self, moment: &str) -> io::Result<PathBuf> {
        let ending = &format!("{DAMAGED}{moment}");
        sync(&self.partial())?;
        fs::rename(self.partial(), beside(&self.path, &format!("fresh.{ending}")))?;
        self.settle()?;
        self.set_sound(true);
        Ok(beside(&self.path, ending))
    }

    fn settle(&self) -> io::Result<()> {
        let old = beside(&self.path, "old");
        remove(&self.partial())?;
        for (fresh, aside) in self.waiting()? {
            self.sync_parent()?;
            if self.path.exists() {
                if aside == old {
                    remove(&old)?;
                }
                fs::rename(&self.path, &aside)?;
                self.sync_parent()?;
            }
            fs::rename(&fresh, &self.path)?;
            self.sync_parent()?;
        }
        remove(&old)
    }

    /// Stores that are to take this place, and where the one that is here now goes.
    fn waiting(&self) -> io::Result<Vec<(PathBuf, PathBuf)>> {
        let fresh = beside(&self.path, "fresh");
        let name = fresh.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut waiting = Vec::new();
        for entry in fs::read_dir(self.parent())? {
            let found = entry?.file_name().to_string_lossy().into_owned();
            match found.strip_prefix(&name).map(|rest| rest.strip_prefix('.').ok_or(rest)) {
                Some(Ok(ending)) if ending.starts_with(DAMAGED) => {
                    waiting.push((self.parent().join(&found), beside(&self.path, ending)));
                }
                Some(Err("")) => waiting.push((fresh.clone(), beside(&self.path, "old"))),
                _ => {}
            }
        }
        Ok(waiting)
    }

    fn parent(&self) -> &Path {
        self.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    fn sync_parent(&self) -> io::Result<()> {
        sync(self.parent())
    }

    /// Refuses to go on when the disk is all but full.
    pub(super) fn has_room(&self) -> Result<(), StoreError> {
        // A file system that does not tell its size is not held to have none.
        let Ok(disk) = statvfs(&self.path) else { return Ok(()) };
        let wanted = (disk.f_blocks * disk.f_frsize / FREE_SHARE).clamp(FREE_BYTES_MIN, FREE_BYTES_MAX);
        let free = disk.f_bavail * disk.f_frsize;
        if free < wanted { Err(StoreError::Full { path: self.path.clone(), free, wanted }) } else { Ok(()) }
    }

    /// Writes as much as sled does at once to a file beside the store that has no name, so that nothing is left of it.
    pub(super) fn takes_writes(&self) -> Result<(), StoreError> {
        let tried = tempfile::tempfile_in(self.parent()).and_then(|file| {
            file.write_all_at(&vec![0; TRIAL_BYTES], 0)?;
            file.sync_all()
        });
        tried.map_err(|error| StoreError::Unwritable { path: self.parent().to_owned(), reason: error.to_string() })
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
