//! Signals to wishes: stop, reload.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A token that SIGTERM or SIGINT sets. A second signal ends the program at once, as a terminal user expects.
///
/// # Errors
/// When the system refuses the handlers.
pub fn on_signal() -> std::io::Result<CancellationToken> {
    let token = CancellationToken::new();
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = token.clone();
    tokio::spawn(async move {
        for wish in 0.. {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            if wish > 0 {
                std::process::exit(1);
            }
            stop.cancel();
        }
    });
    Ok(token)
}

/// A stream of wishes to read the configuration again: SIGHUP.
///
/// # Errors
/// When the system refuses the handler.
pub fn reloads() -> std::io::Result<tokio::signal::unix::Signal> {
    signal(SignalKind::hangup())
}
