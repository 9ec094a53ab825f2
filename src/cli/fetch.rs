//! `bantin fetch`

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use comfy_table::Table;
use comfy_table::presets::NOTHING;
use futures_util::StreamExt;
use indicatif::MultiProgress;

use super::{CommandError, block_on, progress};
use crate::clock::Clock;
use crate::config::{Config, nearest};
use crate::daemon::harvester;
use crate::harvest::{Harvester, Recheck};
use crate::model::{Outcome, Report, Source};
use crate::shutdown;

#[derive(Debug, Args)]
pub(super) struct FetchArgs {
    /// Sources to read; all of them when none is named.
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// Write JSON, a list with an entry for each source.
    #[arg(long)]
    json: bool,
}

pub(super) fn fetch(file: &Path, args: &FetchArgs) -> Result<(), CommandError> {
    let config = Config::read(file)?;
    let sources = named(&config, &args.ids)?;
    let (reports, stopped) = block_on(async {
        let stop = shutdown::on_signal()?;
        let harvester = harvester(&config, Clock::system(), stop.clone())?;
        let reports = read_all(&harvester, sources, config.fetch.concurrency).await;
        Ok::<_, CommandError>((reports, stop.is_cancelled()))
    })?;
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{:#}", reports.iter().map(entry).collect::<serde_json::Value>())?;
    } else {
        writeln!(out, "{}", table(&reports))?;
    }
    if stopped {
        return Err(CommandError::Failed("stopped before every source was read to its end".to_owned()));
    }
    if !reports.is_empty() && reports.iter().all(Report::failed_whole) {
        return Err(CommandError::Failed("every source failed".to_owned()));
    }
    Ok(())
}

fn named(config: &Config, ids: &[String]) -> Result<Vec<Source>, CommandError> {
    if ids.is_empty() {
        return Ok(config.enabled().cloned().collect());
    }
    let find = |id: &String| {
        let found = config.sources.iter().find(|source| source.id.as_str() == id).cloned();
        match found {
            Some(source) if source.enabled => Ok(source),
            Some(_) => Err(CommandError::Failed(format!("`{id}` is disabled; write enabled = true to read it"))),
            None => {
                let near = nearest(id, config.sources.iter().map(|source| source.id.as_str()));
                let way_out =
                    near.map_or("`bantin check` lists them".to_owned(), |near| format!("did you mean `{near}`?"));
                Err(CommandError::Failed(format!("no source is called `{id}`; {way_out}")))
            }
        }
    };
    ids.iter().map(find).collect()
}

/// Reads the sources side by side, with a bar each on a terminal; the reports come in the sources' order.
async fn read_all(harvester: &Harvester, sources: Vec<Source>, concurrency: usize) -> Vec<Report> {
    let bars = Arc::new(MultiProgress::new());
    let read = futures_util::stream::iter(sources).map(|source| {
        let (harvester, bars) = (harvester.clone(), bars.clone());
        let broken = Report {
            outcome: Outcome::Failed("the harvest broke off, which is a fault of bantin".to_owned()),
            ..Report::new(source.id.clone(), harvester.clock.now())
        };
        let work = async move {
            let bar = bars.add(progress::bar(source.id.to_string(), 0));
            let report = harvester
                .harvest(&source, Recheck::All, &|done, total| {
                    bar.set_length(u64::try_from(total).unwrap_or_default());
                    bar.set_position(u64::try_from(done).unwrap_or_default());
                })
                .await;
            bar.finish_and_clear();
            report
        };
        // A task of its own, so that all cores read, and one that breaks off leaves the others alone.
        async move { tokio::spawn(work).await.unwrap_or(broken) }
    });
    read.buffered(concurrency).collect().await
}

fn entry(report: &Report) -> serde_json::Value {
    serde_json::json!({
        "id": report.source.as_str(),
        "new": report.new,
        "revised": report.revised,
        "copies": report.copies,
        "unchanged": report.unchanged,
        "failed": report.failed,
        "seconds": report.took.as_seconds_f64(),
        "trouble": report.trouble(),
    })
}

fn table(reports: &[Report]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(["source", "new", "revised", "copies", "unchanged", "failed", "seconds", ""]);
    for report in reports {
        let seconds = format!("{}.{:01}", report.took.num_seconds(), report.took.num_milliseconds() % 1000 / 100);
        let counts = [report.new, report.revised, report.copies, report.unchanged, report.failed];
        let mut row = vec![report.source.to_string()];
        row.extend(counts.map(|count| count.to_string()));
        row.extend([seconds, report.trouble().unwrap_or_default().to_owned()]);
        table.add_row(row);
    }
    table
}
