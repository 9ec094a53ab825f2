//! `bantin status`

use std::io::Write;
use std::path::Path;

use clap::Args;
use comfy_table::Table;
use comfy_table::presets::NOTHING;

use super::{CommandError, with_desk};
use crate::date::write;
use crate::server::rows;

#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    /// Write JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn status(file: &Path, args: &StatusArgs) -> Result<(), CommandError> {
    with_desk(file, |desk, config| {
        let rows = rows(config, &desk)?;
        let mut out = std::io::stdout().lock();
        if args.json {
            let text = serde_json::to_string_pretty(&rows).map_err(|error| CommandError::Failed(error.to_string()))?;
            writeln!(out, "{text}")?;
            return Ok(());
        }
        let mut table = Table::new();
        table.load_style(NOTHING).set_header(["source", "health", "articles", "last success", "next run", "notes"]);
        for row in rows {
            let time = |instant: Option<_>| instant.map_or_else(|| "-".to_owned(), |at| write::dateline(at, desk.zone));
            let error = row.last_error.map(|error| format!("{}: {error}", time(row.last_error_at)));
            let clock = row.clock.map(str::to_owned);
            let notes: Vec<String> = [row.drift, clock, row.place, error].into_iter().flatten().collect();
            table.add_row([
                row.id,
                row.health.as_str().to_owned(),
                row.articles.to_string(),
                time(row.last_success),
                time(row.next_run),
                notes.join("\n"),
            ]);
        }
        writeln!(out, "{table}")?;
        Ok(())
    })
}
