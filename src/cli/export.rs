//! `bantin export`

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::CommandError;
use super::progress;
use crate::config::Config;
use crate::daemon::{Question, ask};
use crate::store::LiveStore;

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// Where to write; standard output when left out.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Writes everything as JSON lines; a running daemon is asked for it. A file appears under its name when it is whole.
pub(super) fn export(file: &Path, args: &ExportArgs) -> Result<(), CommandError> {
    let config = Config::read(file)?;
    let Some(output) = &args.output else { return write(&config.store, &mut std::io::stdout().lock()) };
    let partial = partial(output);
    let mut out = BufWriter::new(File::create(&partial).map_err(|error| named(&partial, &error))?);
    write(&config.store, &mut out)?;
    out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    std::fs::rename(partial, output).map_err(|error| named(output, &error))?;
    Ok(())
}

fn write(store: &Path, out: &mut dyn Write) -> Result<(), CommandError> {
    if let Some(answer) = ask(store, &Question::Export)? {
        let mut lines = BufReader::new(zstd::Decoder::with_buffer(answer)?);
        let bar = progress::spinner("export");
        loop {
            let chunk = lines.fill_buf()?;
            if chunk.is_empty() {
                break;
            }
            out.write_all(chunk)?;
            let length = chunk.len();
            bar.inc(length as u64);
            lines.consume(length);
        }
        bar.finish_and_clear();
        return Ok(out.flush()?);
    }
    let bar = progress::bar("export", 0);
    LiveStore::open(store)?.export(out, &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    Ok(())
}

/// Where a file is written until it is whole.
pub(super) fn partial(output: &Path) -> PathBuf {
    let mut name = output.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    output.with_file_name(name)
}

/// An error of the system with the file that it is about.
pub(super) fn named(path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::Failed(format!("{}: {error}", path.display()))
}
