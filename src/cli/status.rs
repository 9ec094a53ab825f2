//! `bantin status`

use std::io::Write;
use std::path::Path;

use chrono::DateTime;
use chrono_tz::Tz;
use clap::Args;
use comfy_table::Table;
use comfy_table::presets::NOTHING;
use serde_json::Value;

use super::{CommandError, answer};
use crate::config::Config;
use crate::daemon::Question;
use crate::date::write;

#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    /// Write JSON.
    #[arg(long)]
    json: bool,
    /// Print only what is not well, and exit with 1 when any source is degraded or failing.
    #[arg(long)]
    check: bool,
}

/// Tells how each source fares; a running daemon is asked for it.
pub(super) fn status(file: &Path, args: &StatusArgs) -> Result<(), CommandError> {
    let config = Config::read(file)?;
    let mut json = Vec::new();
    answer(&config, &Question::Status, &mut json)?;
    let mut rows: Vec<Value> =
        serde_json::from_slice(&json).map_err(|error| CommandError::Failed(error.to_string()))?;
    let ill = |row: &Value| matches!(row["health"].as_str(), Some("degraded" | "failing"));
    if args.check {
        rows.retain(ill);
    }
    let mut out = std::io::stdout().lock();
    if args.json {
        let text = serde_json::to_string_pretty(&rows).map_err(|error| CommandError::Failed(error.to_string()))?;
        writeln!(out, "{text}")?;
    } else if !(args.check && rows.is_empty()) {
        writeln!(out, "{}", table(&rows, config.zone))?;
    }
    match rows.iter().filter(|row| ill(row)).count() {
        0 => Ok(()),
        _ if !args.check => Ok(()),
        1 => Err(CommandError::Failed("1 source is not well".to_owned())),
        count => Err(CommandError::Failed(format!("{count} sources are not well"))),
    }
}

fn table(rows: &[Value], zone: Tz) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(["source", "health", "articles", "last success", "next run", "notes"]);
    for row in rows {
        let text = |key: &str| row[key].as_str().map(str::to_owned);
        let time = |key: &str| {
            let instant = row[key].as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
            instant.map_or_else(|| "-".to_owned(), |at| write::dateline(at.to_utc(), zone))
        };
        let error = text("last_error").map(|error| format!("{}: {error}", time("last_error_at")));
        let notes: Vec<String> = [text("drift"), text("clock"), text("place"), error].into_iter().flatten().collect();
        table.add_row([
            text("id").unwrap_or_default(),
            text("health").unwrap_or_default(),
            row["articles"].to_string(),
            time("last_success"),
            time("next_run"),
            notes.join("\n"),
        ]);
    }
    table
}
