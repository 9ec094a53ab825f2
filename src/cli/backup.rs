//! `bantin backup` and `bantin compact`: care for the store.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::export::{named, partial};
use super::{CommandError, progress};
use crate::clock::Clock;
use crate::config::Config;
use crate::daemon::{Question, ask};
use crate::store::LiveStore;

#[derive(Debug, Args)]
pub(super) struct BackupArgs {
    /// Where to write; made when it is missing.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

/// Writes everything and the configuration to a directory, also while the daemon runs, and prints the files' names.
pub(super) fn backup(file: &Path, args: &BackupArgs) -> Result<(), CommandError> {
    let config = Config::read(file)?;
    let directory = &args.directory;
    std::fs::create_dir_all(directory).map_err(|error| named(directory, &error))?;
    let stamp = Clock::system().now().format("%Y%m%dT%H%M%SZ");
    let backup = directory.join(format!("bantin-{stamp}.jsonl.zst"));
    let partial = partial(&backup);
    let mut out = BufWriter::new(File::create(&partial).map_err(|error| named(&partial, &error))?);
    let bar = progress::spinner("backup");
    if let Some(mut answer) = ask(&config.store, Question::Export)? {
        std::io::copy(&mut bar.wrap_read(&mut answer), &mut out)?;
    } else {
        let mut packed = zstd::Encoder::new(&mut out, 0)?;
        packed.include_checksum(true)?;
        LiveStore::open(&config.store)?.export(&mut bar.wrap_write(&mut packed), &mut |_, _| ())?;
        packed.finish()?;
    }
    bar.finish_and_clear();
    out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    check(&partial)?;
    std::fs::rename(partial, &backup).map_err(|error| named(&backup, &error))?;
    let rules = directory.join(format!("feeds-{stamp}.toml"));
    std::fs::copy(file, &rules).map_err(|error| named(&rules, &error))?;
    println!("{}\n{}", backup.display(), rules.display());
    Ok(())
}

/// A packed file is whole when it can be unpacked to its end, where its checksum stands.
fn check(path: &Path) -> Result<(), CommandError> {
    let mut lines = zstd::Decoder::new(BufReader::new(File::open(path)?))?;
    std::io::copy(&mut lines, &mut std::io::sink()).map_err(|error| named(path, &error))?;
    Ok(())
}

/// Writes the store anew, without what it no longer needs.
pub(super) fn compact(file: &Path) -> Result<(), CommandError> {
    let config = Config::read(file)?;
    let (before, after) = LiveStore::open(&config.store)?.compact()?;
    writeln!(std::io::stdout(), "{before} bytes before, {after} bytes now")?;
    Ok(())
}
