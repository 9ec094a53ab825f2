//! What the daemon does for its store while nobody asks.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::clock::Clock;
use crate::measure;
use crate::store::{LiveStore, Rescue, Store, TransferError};

/// The daemon looks after itself this often.
const LOOK_GAP: Duration = Duration::from_secs(60);
/// And after its store every so many looks.
const STORE_LOOKS: u32 = 60;
/// All of the store is read every so many looks: a week.
const CHECK_LOOKS: u32 = 7 * 24 * STORE_LOOKS;
/// A backup is written when the last one is older.
const BACKUP_AGE_MAX: Duration = Duration::from_secs(24 * 3600);

/// Reads all of a store that was not closed well, later once a week and whenever a writer met damage; indexes the words of
/// stories that came; writes the daily backup beside it, and the store anew when most of its space is waste. Runs until it
/// is dropped.
pub(super) async fn care(store: Arc<LiveStore>, clock: Clock) {
    if !store.was_closed_well() {
        let (store, clock) = (store.clone(), clock.clone());
        let _ = tokio::task::spawn_blocking(move || check(&store, &clock)).await;
    }
    for look in 1u32.. {
        // A panic in it was logged by the panic itself; the next look tries again. A stop waits for one step.
        while let Ok(true) = {
            let store = store.clone();
            tokio::task::spawn_blocking(move || index_words(&store)).await
        } {}
        tokio::time::sleep(LOOK_GAP).await;
        measure::tidy();
        let (store, clock) = (store.clone(), clock.clone());
        // As above.
        let _ = tokio::task::spawn_blocking(move || {
            settle(&store);
            if look.is_multiple_of(CHECK_LOOKS) || store.is_suspect() {
                check(&store, &clock);
            }
            if !look.is_multiple_of(STORE_LOOKS) {
                return;
            }
            back_up(&store);
            compact(&store);
        })
        .await;
    }
}

/// Searches find stories that are not indexed too, but more slowly. Returns whether there may be more of them.
fn index_words(store: &LiveStore) -> bool {
    match store.index_words() {
        Ok(more) => more,
        // The schedule tells of the disk.
        Err(error) if error.is_pause() => false,
        Err(error) => {
            tracing::error!(%error, "the words of stories could not be indexed");
            false
        }
    }
}

/// What was remembered of sources and pages may not be on disk yet.
fn settle(store: &LiveStore) {
    match store.settle() {
        // The schedule tells of the disk.
        Ok(()) => {}
        Err(error) if error.is_pause() => {}
        Err(error) => tracing::error!(%error, "the store could not be brought to disk"),
    }
}

/// The daemon serves at once and reads its store through behind that.
fn check(store: &LiveStore, clock: &Clock) {
    match store.check(clock.now()) {
        Ok(Some(rescue)) => tell(&rescue),
        Ok(None) => tracing::debug!("all of the store was read"),
        Err(error) => tracing::error!(%error, "the store could not be checked"),
    }
}

/// Tells of damage, what was saved and what took the store's place.
pub(super) fn tell(rescue: &Rescue) {
    let backup = if rescue.backup { "the last backup and " } else { "" };
    tracing::error!(
        store.aside = %rescue.aside.display(), articles.saved = rescue.articles, stories.count = rescue.stories,
        error = rescue.reason,
        "the store was damaged and is set aside; {backup}what could be read of it took its place, and what is missing is \
         read again"
    );
}

fn back_up(store: &LiveStore) {
    let old = store
        .backup_made()
        .is_none_or(|made| SystemTime::now().duration_since(made).is_ok_and(|age| age > BACKUP_AGE_MAX));
    if !old {
        return;
    }
    match store.back_up() {
        Ok(path) => tracing::debug!(store.backup = %path.display(), "the store was backed up"),
        // The schedule has told of it.
        Err(TransferError::Store(error)) if error.is_pause() => {}
        Err(error) => tracing::error!(%error, "the store could not be backed up"),
    }
}

fn compact(store: &LiveStore) {
    match store.compact_if_wasteful() {
        Ok(Some((before, after))) => {
            tracing::info!(store.before_bytes = before, store.after_bytes = after, "the store was written anew");
        }
        Ok(None) => {}
        Err(error) if error.is_pause() => {}
        Err(error) => tracing::error!(%error, "the store could not be written anew"),
    }
}
