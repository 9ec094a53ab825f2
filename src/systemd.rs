//! Words to the service manager, and the socket that it may hand over; without one they go nowhere.

use std::net::TcpListener;
use std::time::Duration;

use listenfd::ListenFd;
use sd_notify::NotifyState;

/// The daemon serves.
pub fn ready() {
    notify(&[NotifyState::Ready]);
}

/// The daemon reads its configuration again; [`ready`] ends it (`sd_notify(3)`, `Type=notify-reload`).
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => notify(&[NotifyState::Reloading, now]),
        Err(error) => tracing::debug!(%error, "the system does not tell the time since it was started"),
    }
}

/// The listening socket that the service manager holds open across restarts (`sd_listen_fds(3)`), when it hands one over.
///
/// # Errors
/// When what it hands over is no TCP socket.
pub fn socket() -> std::io::Result<Option<TcpListener>> {
    let socket = ListenFd::from_env().take_tcp_listener(0)?;
    if let Some(socket) = &socket {
        socket.set_nonblocking(true)?;
    }
    Ok(socket)
}

/// The daemon is on its way out.
pub fn stopping() {
    notify(&[NotifyState::Stopping]);
}

/// One line for `systemctl status`.
pub fn status(text: &str) {
    notify(&[NotifyState::Status(text)]);
}

/// The daemon is alive; call it only when it has proved so.
pub fn alive() {
    notify(&[NotifyState::Watchdog]);
}

/// How often the service manager wants to hear [`alive`], when it wants to.
#[must_use]
pub fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled()
}

fn notify(state: &[NotifyState]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "the service manager could not be told");
    }
}
