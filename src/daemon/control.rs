//! The running daemon's door for its own commands: a socket beside the store, `data.sock`, for its user alone.
//!
//! A question is one line. The answer is `ok` and what was asked for, or the reason why not, in one line. All of `export`
//! is written to the backup beside the store first, other answers to memory or a file, so that a slow asker holds
//! nothing up.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UnixListener;
use tokio::sync::{Semaphore, watch};

use super::Question;
use crate::clock::Clock;
use crate::config::Config;
use crate::edition::Desk;
use crate::store::LiveStore;

/// The longest question holds an article: its body as HTML and as text, each quoted, and what is said of it.
const QUESTION_BODIES_MAX: usize = 4;
const QUESTION_REST_BYTES_MAX: usize = 1 << 20;
/// So much of an answer is kept in memory, the rest in a file.
const SPOOL_BYTES_MAX: usize = 1 << 20;
/// Questions answered at once.
const QUESTIONS_AT_ONCE_MAX: usize = 4;
/// How long the other side may take to say or to take something.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks the daemon that holds the store in `store`; nothing when none listens.
///
/// # Errors
/// When the daemon refuses, in its words, or the talk does not come about or breaks off.
pub fn ask(store: &Path, question: &Question) -> io::Result<Option<impl BufRead + use<>>> {
    let path = socket(store);
    let mut stream = match UnixStream::connect(&path) {
        Ok(stream) => stream,
        Err(error) => {
            use io::ErrorKind::{ConnectionRefused, NotADirectory, NotFound};
            let nobody = matches!(error.kind(), NotFound | NotADirectory | ConnectionRefused);
            let named = || io::Error::new(error.kind(), format!("the daemon's socket {}: {error}", path.display()));
            return if nobody { Ok(None) } else { Err(named()) };
        }
    };
    // A daemon that has heard enough says why.
    let sent = stream.write_all(format!("{}\n", question.line()).as_bytes());
    let mut answer = BufReader::new(stream);
    let mut first = String::new();
    answer.read_line(&mut first)?;
    match first.trim_end() {
        "ok" => Ok(Some(answer)),
        "" => Err(io::Error::other(match sent {
            Ok(()) => "the daemon did not answer".to_owned(),
            Err(error) => format!("the daemon did not take the question: {error}"),
        })),
        reason => Err(io::Error::other(reason.to_owned())),
    }
}

fn socket(store: &Path) -> PathBuf {
    let mut name = store.file_name().unwrap_or_default().to_owned();
    name.push(".sock");
    store.with_file_name(name)
}

/// What answers questions.
#[derive(Clone)]
pub(super) struct Control {
    pub(super) store: Arc<LiveStore>,
    pub(super) config: watch::Receiver<Arc<Config>>,
    pub(super) clock: Clock,
}

impl Control {
    /// From now on commands find this daemon. A socket that cannot be made costs these commands, not the daemon.
    pub(super) fn listen(&self) -> Option<UnixListener> {
        let path = socket(&self.config.borrow().store);
        let listener = listen(&path);
        if let Err(error) = &listener {
            tracing::warn!(%error, control.socket = %path.display(), "commands cannot ask this daemon");
        }
        listener.ok()
    }

    /// Answers until it is dropped.
    pub(super) async fn serve(self, listener: UnixListener) {
        let turns = Arc::new(Semaphore::new(QUESTIONS_AT_ONCE_MAX));
        loop {
            let Ok(turn) = turns.clone().acquire_owned().await else { return };
            let Ok((stream, _)) = listener.accept().await else {
                // Out of descriptors, as a rule; some will be free again.
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            };
            let control = self.clone();
            tokio::task::spawn_blocking(move || {
                if let Err(error) = stream.into_std().and_then(|stream| control.talk(stream)) {
                    tracing::debug!(%error, "a command did not take its answer");
                }
                drop(turn);
            });
        }
    }

    fn talk(&self, mut stream: UnixStream) -> io::Result<()> {
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let max = self.config.borrow().fetch.max_body.saturating_mul(QUESTION_BODIES_MAX);
        let max = max.saturating_add(QUESTION_REST_BYTES_MAX);
        let mut line = Vec::new();
        BufReader::new((&stream).take(max as u64)).read_until(b'\n', &mut line)?;
        let question = match String::from_utf8(line) {
            Ok(line) if line.len() < max => Question::read(line.trim_end_matches('\n')),
            Err(error) if error.as_bytes().len() < max => Err(format!("the question is no text: {error}")),
            _ => Err(format!("the question is longer than {max} bytes")),
        };
        match question.and_then(|question| self.reply(&question)) {
            Ok(mut answer) => {
                stream.write_all(b"ok\n")?;
                io::copy(&mut answer, &mut stream)?;
            }
            Err(reason) => stream.write_all(format!("{}\n", reason.replace('\n', " ")).as_bytes())?,
        }
        Ok(())
    }

    fn reply(&self, question: &Question) -> Result<Box<dyn Read>, String> {
        if matches!(question, Question::Export) { self.export() } else { self.answer(question) }
    }

    fn export(&self) -> Result<Box<dyn Read>, String> {
        let backup = self.store.back_up().map_err(|error| error.to_string())?;
        Ok(Box::new(File::open(backup).map_err(|error| error.to_string())?))
    }

    fn answer(&self, question: &Question) -> Result<Box<dyn Read>, String> {
        let config = self.config.borrow().clone();
        let desk = Desk {
            site: &config.site,
            sources: &config.sources,
            zone: config.zone,
            store: &*self.store,
            now: self.clock.now(),
        };
        let mut spool = tempfile::spooled_tempfile(SPOOL_BYTES_MAX);
        question.answer(&desk, &config, &mut spool).map_err(|error| error.to_string())?;
        spool.rewind().map_err(|error| error.to_string())?;
        Ok(Box::new(spool))
    }
}

/// The store is ours, so a socket that is there already was left by a daemon that was killed.
fn listen(path: &Path) -> io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}
