//! What readers may have from before: earlier states of feeds, for those who ask for what is new alone (RFC 3229).

use std::collections::VecDeque;
use std::sync::Arc;

/// Earlier states of one feed that are remembered.
const PAST_STATES_MAX: usize = 8;
/// What tells one state of an item from another, see [`crate::publish::Piece::digest`].
pub(super) type Digest = u64;

/// Earlier states of feeds, the newest last.
#[derive(Debug, Default)]
pub(super) struct Past {
    states: VecDeque<State>,
    bytes: usize,
}

/// One state of a feed: the hash of its bytes and its items.
#[derive(Debug)]
struct State {
    feed: String,
    hash: String,
    items: Arc<[Digest]>,
}

impl State {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.feed.len() + self.hash.len() + size_of_val(&*self.items)
    }
}

impl Past {
    /// Remembers a state of a feed as its newest one. All states take up to `bytes_max`; the oldest goes first.
    pub(super) fn remember(&mut self, feed: &str, hash: &str, items: &Arc<[Digest]>, bytes_max: usize) {
        let of_feed = |state: &State| state.feed == feed;
        let known = self.states.iter().position(|state| of_feed(state) && state.hash == hash);
        let many = self.states.iter().filter(|state| of_feed(state)).count() >= PAST_STATES_MAX;
        let gone = known.or_else(|| self.states.iter().position(of_feed).filter(|_| many));
        self.forget(gone);
        let state = State { feed: feed.to_owned(), hash: hash.to_owned(), items: items.clone() };
        self.bytes += state.bytes();
        self.states.push_back(state);
        while self.bytes > bytes_max {
            self.forget(Some(0));
        }
    }

    fn forget(&mut self, at: Option<usize>) {
        let gone = at.and_then(|at| self.states.remove(at));
        self.bytes -= gone.map_or(0, |state| state.bytes());
    }

    /// The items of an earlier state of a feed.
    pub(super) fn items(&self, feed: &str, hash: &str) -> Option<Arc<[Digest]>> {
        let state = self.states.iter().rfind(|state| state.hash == hash && state.feed == feed)?;
        Some(state.items.clone())
    }
}
