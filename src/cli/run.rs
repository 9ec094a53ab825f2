//! `bantin run`

use std::path::Path;

use super::{CommandError, block_on};
use crate::clock::Clock;
use crate::config::Config;
use crate::daemon::Daemon;
use crate::shutdown;

pub(super) fn run(file: &Path) -> Result<(), CommandError> {
    let config = Config::read(file)?;
    block_on(async {
        let stop = shutdown::on_signal()?;
        let daemon = Daemon::build(config, Some(file.to_owned()), Clock::system(), stop).await?;
        Ok(daemon.run().await?)
    })
}
