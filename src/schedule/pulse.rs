//! Whether the loop still turns: it answers when it is asked.

use tokio::sync::{mpsc, oneshot};

/// Questions that may wait; whoever finds no room knows enough.
const QUESTIONS_MAX: usize = 8;

/// Asks a schedule whether it is alive.
#[derive(Clone, Debug)]
pub struct Pulse(mpsc::Sender<oneshot::Sender<()>>);

/// The schedule's end.
#[derive(Debug)]
pub(super) struct Beat(mpsc::Receiver<oneshot::Sender<()>>);

pub(super) fn pulse() -> (Pulse, Beat) {
    let (ask, asked) = mpsc::channel(QUESTIONS_MAX);
    (Pulse(ask), Beat(asked))
}

impl Pulse {
    /// Returns true once the schedule's loop has answered, and false when it has ended.
    pub async fn answers(&self) -> bool {
        let (answer, answered) = oneshot::channel();
        self.0.try_send(answer).is_ok() && answered.await.is_ok()
    }
}

impl Beat {
    /// Answers the next question.
    pub(super) async fn answer(&mut self) {
        match self.0.recv().await {
            // Who asked may have gone.
            Some(asker) => asker.send(()).unwrap_or_default(),
            None => std::future::pending().await,
        }
    }
}
