//! Connections: how many, how long, how large a head.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::Door;

/// Connections open at once; further ones wait in the system's queue.
pub const CONNECTIONS_MAX: u32 = 12_000;
/// Files that the process may have open: the connections, the store, and what sources are read by.
const FILES_MAX: u64 = CONNECTIONS_MAX as u64 + 1_000;
/// The head of a request, the line with its address included.
pub const HEAD_BYTES_MAX: usize = 32 << 10;
/// How long a client may take to send a whole head, and how long it may rest between two requests.
pub const HEAD_SECONDS_MAX: u64 = 15;
/// How long one connection may live; a client that reads this slowly is let go.
const CONNECTION_SECONDS_MAX: u64 = 600;
/// How long the request under way may then take.
const LAST_REQUEST_SECONDS_MAX: u64 = 30;
/// The wait after the system gave no connection, mostly for want of file handles.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// Serves until told to stop, then lets open requests finish.
pub async fn listen(listener: TcpListener, door: Door, stop: CancellationToken) {
    // Without the permission for more, the limit of the system holds and `accept` waits.
    if let Err(error) = rlimit::increase_nofile_limit(FILES_MAX) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
    let door = Arc::new(door);
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX as usize));
    while !stop.is_cancelled() {
        let accepted = async {
            // The semaphore is never closed.
            let place = places.clone().acquire_owned().await.ok()?;
            Some((listener.accept().await, place))
        };
        let accepted = tokio::select! {
            accepted = accepted => accepted,
            () = stop.cancelled() => break,
        };
        match accepted {
            Some((Ok((stream, peer)), place)) => {
                tokio::spawn(talk(stream, peer, door.clone(), stop.clone(), place));
            }
            Some((Err(error), _)) => {
                tracing::debug!(%error, "no connection could be taken");
                tokio::time::sleep(ACCEPT_RETRY).await;
            }
            None => break,
        }
    }
    drop(listener);
    // All places are free when the last connection has ended.
    let _ = places.acquire_many(CONNECTIONS_MAX).await;
}

async fn talk(
    stream: TcpStream,
    peer: SocketAddr,
    door: Arc<Door>,
    stop: CancellationToken,
    _place: OwnedSemaphorePermit,
) {
    // Without it a small answer could wait for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let door = door.clone();
        async move { Ok::<_, Infallible>(door.answer(peer, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(HEAD_SECONDS_MAX))
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    tokio::select! {
        biased;
        // A client that goes away in the middle is its own affair.
        _ = connection.as_mut() => return,
        () = stop.cancelled() => {}
        () = tokio::time::sleep(Duration::from_secs(CONNECTION_SECONDS_MAX)) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(Duration::from_secs(LAST_REQUEST_SECONDS_MAX), connection).await;
}
