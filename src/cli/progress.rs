//! Progress of long work, on a terminal only.

use std::borrow::Cow;
use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over so many steps.
pub(super) fn bar(name: impl Into<Cow<'static, str>>, steps: u64) -> ProgressBar {
    shown(ProgressBar::new(steps), name, "{msg:24!} {bar:30} {pos}/{len} {elapsed}")
}

/// A bar over so many bytes.
pub(super) fn bytes(name: impl Into<Cow<'static, str>>, length: u64) -> ProgressBar {
    shown(ProgressBar::new(length), name, "{msg:24!} {bar:30} {bytes}/{total_bytes} {elapsed}")
}

/// Bytes of something whose length is not known.
pub(super) fn spinner(name: impl Into<Cow<'static, str>>) -> ProgressBar {
    let bar = shown(ProgressBar::no_length(), name, "{msg:24!} {spinner} {bytes} {elapsed}");
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn shown(bar: ProgressBar, name: impl Into<Cow<'static, str>>, template: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = bar.with_message(name);
    // The templates are constants; a wrong one would leave the standard style.
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
