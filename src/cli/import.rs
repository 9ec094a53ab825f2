//! `bantin import`

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use clap::Args;

use super::export::named;
use super::{CommandError, progress};
use crate::config::Config;
use crate::store::LiveStore;

/// How a file that zstd packed begins (RFC 8878 §3.1.1).
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// What `export` or `backup` wrote; standard input when left out.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Fills an empty store; all lines are kept or none.
pub(super) fn import(file: &Path, args: &ImportArgs) -> Result<(), CommandError> {
    let config = Config::read(file)?;
    let (bar, input): (_, Box<dyn Read>) = match &args.file {
        Some(path) => {
            let input = File::open(path).map_err(|error| named(path, &error))?;
            (progress::bytes("import", input.metadata()?.len()), Box::new(input))
        }
        None => (progress::spinner("import"), Box::new(std::io::stdin())),
    };
    let mut input = BufReader::new(bar.wrap_read(input));
    let packed = input.fill_buf()?.starts_with(&ZSTD);
    let stories = if packed {
        LiveStore::import(&config.store, &mut BufReader::new(zstd::Decoder::with_buffer(input)?))
    } else {
        LiveStore::import(&config.store, &mut input)
    }?;
    bar.finish_and_clear();
    println!("{stories} stories are in {}", config.store.display());
    Ok(())
}
