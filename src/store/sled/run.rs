//! What finds articles, as it stands on disk: in runs, one a write, read in their order when the store is opened.
//!
//! An entry for each address, guid, place in time and number of a sketch, as earlier formats had them, made five of six
//! entries of a store and most of the work of admitting an article.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::model::ArticleId;
use crate::store::record::Packer;
use crate::store::{StoreError, keys, record};

pub(super) type Id = [u8; keys::ID_BYTES];

/// What finds one article from then on, besides what found it before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Filing {
    pub(super) id: Id,
    /// When it was first seen, in milliseconds since 1970; nothing once it was dropped.
    pub(super) first_seen: Option<i64>,
    /// What leads to it, see [`keys::address`] and [`keys::guid`].
    pub(super) names: Vec<String>,
    /// Where its story is listed; nothing where that stays as it was.
    pub(super) listing: Option<Listing>,
    /// The numbers of its sketch, big-endian, under which it is the newest article.
    pub(super) sketch: Vec<[u8; 4]>,
}

/// Where the story that an article opened is listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Listing {
    /// What sorts it among others, in milliseconds since 1970.
    pub(super) order: i64,
    /// Whose lists it is in, sorted; nobody's where the article opened no story.
    pub(super) sources: Vec<String>,
}

impl Filing {
    /// Of an article first seen at a moment, or one that was dropped, so far with nothing that finds it.
    pub(super) fn of(id: Id, first_seen: Option<i64>) -> Self {
        Self { id, first_seen, ..Self::default() }
    }

    pub(super) fn article(&self) -> ArticleId {
        ArticleId::from_bytes(self.id)
    }

    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> {
        self.sketch.iter().map(|number| u32::from_be_bytes(*number))
    }
}

/// The numbers of a sketch as they stand in a filing.
pub(super) fn sketched(sketch: &[u32]) -> Vec<[u8; 4]> {
    sketch.iter().map(|number| number.to_be_bytes()).collect()
}

/// What a write says of articles.
#[derive(Debug, Default)]
pub(super) struct Run(pub(super) Vec<Filing>);

impl Run {
    pub(super) fn write(&self, packer: &mut Packer) -> Result<Vec<u8>, StoreError> {
        packer.pack(&record::write_list(&self.0)?)
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, StoreError> {
        Ok(Self(record::read_list(&record::unpacked(bytes)?)?))
    }

    /// With nothing of some articles, which were dropped, but their addresses.
    pub(super) fn without(mut self, gone: &HashSet<Id>) -> Self {
        self.0.retain_mut(|filing| {
            if !gone.contains(&filing.id) {
                return true;
            }
            let mut names = std::mem::take(&mut filing.names);
            names.retain(|name| name.starts_with(keys::ADDRESSES));
            *filing = Filing { names, ..Filing::of(filing.id, None) };
            !filing.names.is_empty()
        });
        self
    }
}
