//! `bantin backup` and `bantin compact`: care for the store.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::export::{named, partial};
use super::{CommandError, progress};
use crate::clock::Clock;
use crate::config::Config;
use crate::daemon::{Question, ask};
use crate::store::LiveStore;

/// How the last line of an export begins.
const LAST_LINE: &[u8] = b"{\"kind\":\"end\"";

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
    if let Err(error) = write(&config.store, &partial).and_then(|()| check(&partial)) {
        // It may not even have been made.
        let _ = std::fs::remove_file(partial);
        return Err(error);
    }
    std::fs::rename(partial, &backup).map_err(|error| named(&backup, &error))?;
    let rules = directory.join(format!("feeds-{stamp}.toml"));
    std::fs::copy(file, &rules).map_err(|error| named(&rules, &error))?;
    println!("{}\n{}", backup.display(), rules.display());
    Ok(())
}

fn write(store: &Path, to: &Path) -> Result<(), CommandError> {
    let mut out = BufWriter::new(File::create(to).map_err(|error| named(to, &error))?);
    let bar = progress::spinner("backup");
    if let Some(mut answer) = ask(store, &Question::Export)? {
        std::io::copy(&mut bar.wrap_read(&mut answer), &mut out)?;
    } else {
        let mut packed = zstd::Encoder::new(&mut out, 0)?;
        packed.include_checksum(true)?;
        LiveStore::open(store)?.export(&mut bar.wrap_write(&mut packed), &mut |_, _| ())?;
        packed.finish()?;
    }
    bar.finish_and_clear();
    Ok(out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?)
}

/// A backup is whole when it can be unpacked to its last line.
fn check(path: &Path) -> Result<(), CommandError> {
    let lines = BufReader::new(zstd::Decoder::new(File::open(path)?)?);
    let mut last = Vec::new();
    for line in lines.split(b'\n') {
        last = line.map_err(|error| named(path, &error))?;
    }
    if last.starts_with(LAST_LINE) {
        Ok(())
    } else {
        Err(CommandError::Failed(format!("{} was cut off; nothing was backed up", path.display())))
    }
}

/// Writes the store anew, without what it no longer needs.
pub(super) fn compact(file: &Path) -> Result<(), CommandError> {
    let config = Config::read(file)?;
    let (before, after) = LiveStore::open(&config.store)?.compact()?;
    writeln!(std::io::stdout(), "{before} bytes before, {after} bytes now")?;
    Ok(())
}
