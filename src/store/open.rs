//! Opening a store in its place: one of an earlier format is written anew, one that is damaged says so.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::place::Place;
use super::record::FORMAT;
use super::sled::SledStore;
use super::{StoreError, io};

/// Opens the store in a place. A kill while one of an earlier format is written anew leaves that one as it was.
pub(super) fn open(place: &Place) -> Result<SledStore, StoreError> {
    let path = place.path();
    match unless_it_panics(path, || SledStore::open(path)) {
        Err(StoreError::Version { found, .. }) if (1..FORMAT).contains(&found) => {
            tracing::info!(store.format = found, "the store of an earlier release is written anew in today's form");
            upgrade(place, found)?;
            SledStore::open(path)
        }
        opened => opened,
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
