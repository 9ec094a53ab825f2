//! Opening a store in its place: one of an earlier format is written anew, one that is damaged says so.

use std::io::BufRead;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::place::Place;
use super::record::FORMAT;
use super::sled::{SledStore, tip};
use super::{StoreError, TransferError, io};

/// Stands in a damaged store that is being changed so that it can be read.
pub(super) const RESCUE_MARK: &str = "rescue";

/// Opens the store in a place. A kill while one of an earlier format is written anew leaves that one as it was.
pub(super) fn open(place: &Place) -> Result<SledStore, StoreError> {
    match open_by(place, SledStore::open) {
        Err(StoreError::Version { found, .. }) if (1..FORMAT).contains(&found) => {
            tracing::info!(store.format = found, "the store of an earlier release is written anew in today's form");
            upgrade(place, found)?;
            SledStore::open(place.path())
        }
        opened => opened,
    }
}

/// As [`open`], but one of an earlier format stays as it is.
pub(super) fn open_unchanged(place: &Place) -> Result<SledStore, StoreError> {
    open_by(place, SledStore::open_unchanged)
}

fn open_by(place: &Place, open: impl FnOnce(&Path) -> Result<SledStore, StoreError>) -> Result<SledStore, StoreError> {
    let path = place.path();
    drop_unfinished_snapshots(path);
    if path.join(RESCUE_MARK).exists() {
        return Err(StoreError::Damaged(format!("{}: its rescue broke off", path.display())));
    }
    let unopened = |error: std::io::Error| StoreError::Open { path: path.to_owned(), reason: error.to_string() };
    if tip::is_damaged(path).map_err(unopened)? {
        return Err(StoreError::Damaged(format!("{}: the end of its log", path.display())));
    }
    unless_it_panics(path, || open(path))
}

/// A kill while sled writes a snapshot leaves `snap.X.generating`. sled 0.34.7 means to pass it over, but looks for
/// another ending and takes it for the newest snapshot, and a damaged one.
fn drop_unfinished_snapshots(path: &Path) {
    let Ok(entries) = std::fs::read_dir(path) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("snap.") && name.ends_with(".generating") {
            // Where it cannot be removed, opening says what is wrong.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn upgrade(place: &Place, format: u32) -> Result<(), StoreError> {
    place.has_room()?;
    let partial = place.partial();
    let upgraded = unless_it_panics(place.path(), || SledStore::open_as(place.path(), format)?.upgrade_to(&partial));
    if let Err(error) = upgraded {
        // What is left of it goes at the next start, if not now.
        let _ = std::fs::remove_dir_all(partial);
        return Err(error);
    }
    place.replace().map_err(|error| io(&error))
}

/// Writes lines to a store in the partial place.
pub(super) fn fill(place: &Place, input: &mut dyn BufRead) -> Result<(), TransferError> {
    let partial = place.partial();
    let filled = SledStore::open_to_fill(&partial).map_err(TransferError::from).and_then(|store| store.import(input));
    if filled.is_err() {
        // What is left of it goes at the next start, if not now.
        let _ = std::fs::remove_dir_all(partial);
    }
    filled
}

/// Runs work on the store in `path`; sled panics over files that are damaged in certain ways.
pub(super) fn unless_it_panics<T>(path: &Path, work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let damaged = |reason: &str| StoreError::Damaged(format!("{}: {reason}", path.display()));
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Err(StoreError::Damaged(reason))) => Err(damaged(&reason)),
        Ok(done) => done,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Err(damaged(text.unwrap_or("it cannot be opened")))
        }
    }
}
