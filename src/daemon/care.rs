//! What the daemon does for its store while nobody asks.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::measure;
use crate::store::{LiveStore, StoreError, TransferError};

/// The daemon looks after itself this often.
const LOOK_GAP: Duration = Duration::from_secs(60);
/// And after its store every so many looks.
const STORE_LOOKS: u32 = 60;
/// A backup is written when the last one is older.
const BACKUP_AGE_MAX: Duration = Duration::from_secs(24 * 3600);

/// Writes the daily backup beside the store, and the store anew when most of its space is waste. Runs until it is
/// dropped.
pub(super) async fn care(store: Arc<LiveStore>) {
    for look in 1u32.. {
        tokio::time::sleep(LOOK_GAP).await;
        measure::tidy();
        if !look.is_multiple_of(STORE_LOOKS) {
            continue;
        }
        let store = store.clone();
        // A panic in it was logged by the panic itself; the next look tries again.
        let _ = tokio::task::spawn_blocking(move || {
            back_up(&store);
            compact(&store);
        })
        .await;
    }
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
        Err(TransferError::Store(StoreError::Full { .. })) => {}
        Err(error) => tracing::error!(%error, "the store could not be backed up"),
    }
}

fn compact(store: &LiveStore) {
    match store.compact_if_wasteful() {
        Ok(Some((before, after))) => {
            tracing::info!(store.before_bytes = before, store.after_bytes = after, "the store was written anew");
        }
        Ok(None) | Err(StoreError::Full { .. }) => {}
        Err(error) => tracing::error!(%error, "the store could not be written anew"),
    }
}
