//! Log lines on standard error: one an event, readable alone, with dotted fields and units.

use std::fmt;
use std::io::IsTerminal;

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{Format, Full, Writer};
use tracing_subscriber::fmt::time::SystemTime;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

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
/// Under systemd the journal stamps each line and keeps its priority, so the text form leaves stamp and level out and
/// begins with the priority as sd-daemon(3) reads it.
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
        LogFormat::Text if stamped => builder.event_format(Journal::new()).try_init(),
        LogFormat::Text => builder.with_timer(SystemTime).try_init(),
    };
}

/// Lines with a priority in front, such as `<4>` for warnings.
struct Journal(Format<Full, ()>);

impl Journal {
    fn new() -> Self {
        Self(Format::default().without_time().with_target(false).with_level(false).with_ansi(false))
    }
}

impl<S, N> FormatEvent<S, N> for Journal
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let priority = match *event.metadata().level() {
            Level::ERROR => 3,
            Level::WARN => 4,
            Level::INFO => 6,
            Level::DEBUG | Level::TRACE => 7,
        };
        write!(writer, "<{priority}>")?;
        self.0.format_event(context, writer, event)
    }
}
