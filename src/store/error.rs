//! Why a store did not do what was asked.

use std::path::PathBuf;

/// Why the store did not do what was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process holds the store.
    #[error("{path} is in use by another bantin, probably the daemon; stop it first, or ask it over HTTP")]
    InUse {
        /// The store's directory.
        path: PathBuf,
    },
    /// The store was written by a release that this one does not know.
    #[error("{path} has store format {found}, this release reads format {known}; use the release that wrote it")]
    Version {
        /// The store's directory.
        path: PathBuf,
        /// The format found.
        found: u32,
        /// The format that this release reads.
        known: u32,
    },
    /// None was made so far, and none is to be made.
    #[error("there is no store yet")]
    Missing,
    /// The store was written by an earlier release, and is to stay as it is.
    #[error("{path} is of an earlier release; `bantin run` and `bantin fetch` write it anew in today's form")]
    Earlier {
        /// The store's directory.
        path: PathBuf,
    },
    /// The directory cannot be used.
    #[error("cannot open the store {path}: {reason}")]
    Open {
        /// The store's directory.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// Reading or writing failed.
    #[error("the store failed: {0}")]
    Io(String),
    /// A piece of work ended before its time; what it was.
    #[error("{0} broke off before its end")]
    BrokeOff(String),
    /// The disk is all but full, so nothing is written.
    #[error("the disk under {path} has {free} bytes left, and writing waits for {wanted}; make room")]
    Full {
        /// The store's directory.
        path: PathBuf,
        /// What is left, in bytes.
        free: u64,
        /// What is kept free, in bytes.
        wanted: u64,
    },
    /// The disk has failed to write, and does still.
    #[error("the store failed: its disk takes no writes under {path}: {reason}")]
    Unwritable {
        /// The directory that it was tried in.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// A record cannot be read.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// A story that is to be split or joined by hand cannot be.
    #[error("{0}")]
    Refused(String),
}

impl StoreError {
    /// Whether nothing was tried, since writing pauses: the disk is full or does not write.
    #[must_use]
    pub fn is_pause(&self) -> bool {
        matches!(self, Self::Full { .. } | Self::Unwritable { .. })
    }
}

pub(super) fn io(error: &std::io::Error) -> StoreError {
    StoreError::Io(error.to_string())
}

/// Why a store was not exported or imported.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Reading or writing lines failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// A line cannot be read.
    #[error("line {line}: {reason}; nothing was imported")]
    Line {
        /// Its number, from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The articles do not make up whole stories.
    #[error("{0}; nothing was imported")]
    Stories(String),
    /// The store holds something already.
    #[error(
        "{path} is not empty ({stories} stories); import into an empty one: move it away, or name another [store] path"
    )]
    NotEmpty {
        /// The store's directory.
        path: PathBuf,
        /// How many stories it holds.
        stories: usize,
    },
}
