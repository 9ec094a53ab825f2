//! `bantin check`

use std::io::Write;
use std::path::Path;

use super::CommandError;
use crate::clock::Clock;
use crate::config::Config;
use crate::date::write;
use crate::model::{Cadence, Source};

/// Runs shown of each source.
const RUNS: usize = 3;

pub(super) fn check(file: &Path) -> Result<(), CommandError> {
    let config = Config::read(file)?;
    let now = Clock::system().now();
    let mut out = std::io::stdout().lock();
    for source in &config.sources {
        writeln!(out, "{}: {}", source.id, runs(source, now))?;
    }
    let read = config.enabled().count();
    let disabled = match config.sources.len() - read {
        0 => String::new(),
        count => format!(" and {count} disabled"),
    };
    let file = file.display();
    match read {
        0 if config.sources.is_empty() => writeln!(
            out,
            "{file}: no problem, but nothing is read: there is no source\nhelp: `bantin learn URL` prints one, made from a \
             section page"
        )?,
        0 => writeln!(
            out,
            "{file}: no problem, but nothing is read: all of its sources are disabled\nhelp: take `enabled = false` out of \
             one; `bantin probe --all` tells which can be read"
        )?,
        _ => writeln!(out, "{file}: {read} sources{disabled}, no problem")?,
    }
    Ok(())
}

fn runs(source: &Source, now: chrono::DateTime<chrono::Utc>) -> String {
    if !source.enabled {
        return "disabled".to_owned();
    }
    let Cadence::Cron(crontab) = &source.cadence else { return "as often as it publishes".to_owned() };
    let next = |moment: &chrono::DateTime<chrono::Utc>| crontab.next_after(*moment, source.zone);
    let runs = std::iter::successors(next(&now), next).take(RUNS);
    let runs: Vec<String> = runs.map(|run| write::dateline(run, source.zone)).collect();
    runs.join(" | ")
}
