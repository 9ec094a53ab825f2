//! `feeds.toml`: read whole, checked whole, every problem reported at once.
//!
//! `table.rs` walks the parsed document with the place of every key and value at hand, `check.rs` turns it into a
//! [`Config`]; the rest of the program sees only that. There is no serde mirror of the file: serde stops at the first
//! problem, and a sysadmin wants them all.

mod access;
mod check;
mod edit;
mod family;
mod problem;
mod reference;
mod source;
mod table;
mod units;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use chrono_tz::Tz;

pub use edit::edited;
pub use family::families;
pub use problem::{ConfigError, nearest};
pub use reference::{examples, explained, markdown, plain};

use crate::dedupe::MergeRules;
use crate::fetch::Manners;
use crate::model::{Families, Source, SourceId};
use crate::publish::Site;

/// Who may see the status page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// Everyone.
    #[default]
    Public,
    /// Who asks from this machine, and not through a proxy.
    Loopback,
    /// Nobody.
    Off,
}

/// A checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// What the feeds say of themselves.
    pub site: Site,
    /// How long an article is kept, counted from its first sight.
    pub keep: TimeDelta,
    /// Where the daemon listens.
    pub listen: SocketAddr,
    /// Who may see how the sources fare.
    pub status: Audience,
    /// What rendered feeds may take in memory.
    pub cache_bytes: usize,
    /// Where the feeds are written as files, for a web server to serve.
    pub publish: Option<PathBuf>,
    /// The store's directory.
    pub store: PathBuf,
    /// How pages are asked for.
    pub fetch: Manners,
    /// What happens to copies.
    pub merge: MergeRules,
    /// The zone of the feeds' own dates.
    pub zone: Tz,
    /// The families that sources may name: the file's own, then the built-in ones.
    pub families: Families,
    /// The sources, in the file's order, also those that are not read.
    pub sources: Vec<Source>,
}

impl Config {
    /// Reads and checks the file at `path`. Relative paths in it start at the file's directory.
    ///
    /// # Errors
    /// Every problem of the file, or why it cannot be read.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Unreadable { path: path.to_owned(), reason: error.to_string() })?;
        let mut config = Self::parse(&path.display().to_string(), &text)?;
        if let Some(directory) = path.parent() {
            config.store = directory.join(&config.store);
            config.publish = config.publish.map(|path| directory.join(path));
        }
        Ok(config)
    }

    /// Checks the text of a file that is called `name`, which says where relative password files lie.
    ///
    /// # Errors
    /// Every problem of the text.
    pub fn parse(name: &str, text: &str) -> Result<Self, ConfigError> {
        let directory = Path::new(name).parent().unwrap_or_else(|| Path::new(""));
        check::check(text, directory).map_err(|(problems, hidden)| {
            ConfigError::Problems(problem::report(name, &problem::masked(text, &hidden), problems))
        })
    }

    /// The sources that are read.
    pub fn enabled(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(|source| source.enabled)
    }

    /// The source with this id.
    #[must_use]
    pub fn source(&self, id: &SourceId) -> Option<&Source> {
        self.sources.iter().find(|source| source.id == *id)
    }
}
