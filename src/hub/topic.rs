//! The feeds that somebody subscribed to, as they are now.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::Config;
use crate::edition::{Before, Desk, FeedAddress};
use crate::publish::{Document, Format, Site};
use crate::store::{Store, StoreError};

/// A feed's bytes.
#[derive(Clone)]
pub(super) struct Content {
    pub(super) bytes: Bytes,
    pub(super) hash: [u8; 16],
    pub(super) media_type: &'static str,
    /// What the next one is made from.
    before: Arc<Before>,
}

/// What subscribers are sent, made once a change.
pub(super) struct Topics {
    config: watch::Receiver<Arc<Config>>,
    store: Arc<dyn Store>,
    clock: Clock,
    /// The generation and the configuration that the contents belong to.
    made_for: Option<(u64, Arc<Config>)>,
    contents: HashMap<String, Content>,
}

impl Topics {
    pub(super) fn new(config: watch::Receiver<Arc<Config>>, store: Arc<dyn Store>, clock: Clock) -> Self {
        Self { config, store, clock, made_for: None, contents: HashMap::new() }
    }

    pub(super) fn get(&self, topic: &str) -> Option<Content> {
        self.contents.get(topic).cloned()
    }

    /// The state of the feed of everything, after a refresh that asked for it.
    pub(super) fn whole(&self) -> Option<[u8; 16]> {
        self.contents.get(&whole_address(&self.config.borrow().site)).map(|content| content.hash)
    }

    /// Brings the feeds of some topics up to date, and the feed of everything when it is asked for.
    pub(super) async fn refresh(&mut self, mut topics: HashSet<String>, whole: bool) -> Result<(), StoreError> {
        let config = self.config.borrow().clone();
        let generation = self.store.generation();
        if whole {
            topics.insert(whole_address(&config.site));
        }
        let made_for = self.made_for.as_ref().filter(|(_, by)| Arc::ptr_eq(by, &config));
        let by_same = made_for.is_some();
        let is_current = made_for.is_some_and(|(made_for, _)| *made_for == generation);
        let mut overtaken = if is_current { HashMap::new() } else { std::mem::take(&mut self.contents) };
        topics.retain(|topic| !self.contents.contains_key(topic));
        let (store, now) = (self.store.clone(), self.clock.now());
        self.made_for = Some((generation, config.clone()));
        if topics.is_empty() {
            return Ok(());
        }
        let made = tokio::task::spawn_blocking(move || {
            // Each is let go of once the next one is made from it.
            let content = |topic: &String| {
                let before = overtaken.remove(topic).filter(|_| by_same).map(|content| content.before);
                let before = before.unwrap_or_default();
                Some((topic.clone(), content(&config, &*store, now, topic, &before)?))
            };
            topics.iter().filter_map(content).collect::<Vec<_>>()
        });
        let made = made.await.map_err(|_| StoreError::BrokeOff("making a feed".to_owned()))?;
        self.contents.extend(made);
        Ok(())
    }
}

/// The feed at an address of the site; `None` when there is none, or none that may be subscribed to.
pub(super) fn content(
    config: &Config,
    store: &dyn Store,
    now: chrono::DateTime<chrono::Utc>,
    topic: &str,
    before: &Before,
) -> Option<Content> {
    let path = topic.strip_prefix(config.site.url.as_str())?;
    let (address, format) = FeedAddress::parse(path, "").ok()??;
    let desk = Desk { site: &config.site, sources: &config.sources, zone: config.zone, store, now };
    let (Document { bytes, .. }, before) = desk.edition(&address, format, before).ok()?.write();
    let mut hash = [0; 16];
    hash.copy_from_slice(&blake3::hash(&bytes).as_bytes()[..16]);
    Some(Content { bytes, hash, media_type: format.media_type(), before: Arc::new(before) })
}

/// The address of this hub.
pub(super) fn hub_address(site: &Site) -> String {
    format!("{}hub", site.url)
}

fn whole_address(site: &Site) -> String {
    format!("{}{}", site.url, Format::Atom.file())
}
