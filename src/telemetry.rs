//! Log lines on standard error: one an event, readable alone, with dotted fields and units.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::time::SystemTime;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging; `verbosity` 0 is for warnings and news, positive numbers tell more, negative ones less.
///
/// Under systemd the journal stamps each line, so the text form leaves its own stamp out.
pub fn start(verbosity: i8, format: LogFormat) {
    let level = match verbosity {
        i8::MIN..=-2 => "off",
        -1 => "error",
        0 => "info",
        1 => "debug",
        2.. => "trace",
    };
    let quiet_peers = "hyper=warn,reqwest=warn,sled=warn,h2=warn,html5ever=error,selectors=warn,rustls=warn";
    let filter = EnvFilter::new(format!("{level},{quiet_peers}"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let builder = builder.with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none());
    let stamped = std::env::var_os("JOURNAL_STREAM").is_some();
    // A second start in one process, as in tests, keeps the first one's subscriber.
    let _ = match format {
        LogFormat::Json => builder.json().try_init(),
        LogFormat::Text if stamped => builder.without_time().try_init(),
        LogFormat::Text => builder.with_timer(SystemTime).try_init(),
    };
}
