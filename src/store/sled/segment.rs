//! The words of some stories on disk: the ids of the stories, and for each word those that hold it.
//!
//! Words stand in buckets, by the first bits of their hashes, so that looking one up unpacks a 256th of a segment.

use serde::{Deserialize, Serialize};

use super::run::Id;
use crate::store::record::{self, Packer};
use crate::store::{StoreError, keys};
use crate::text::{Sought, Term};

/// The stories of a segment.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Stories {
    /// How many times segments were made one to make it.
    pub(super) level: u8,
    /// The articles that opened them, the one indexed last at the end.
    pub(super) ids: Vec<Id>,
}

impl Stories {
    pub(super) fn write(&self, packer: &mut Packer) -> Result<Vec<u8>, StoreError> {
        packer.pack(&record::write_list(std::slice::from_ref(self))?)
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, StoreError> {
        let stories = record::read_list(&record::unpacked(bytes)?)?.pop();
        stories.ok_or_else(|| StoreError::Damaged("a segment without stories".to_owned()))
    }
}

/// A word, and the stories that hold it.
#[derive(Serialize, Deserialize)]
struct Posting<'a> {
    plain: u32,
    accented: u32,
    /// The place of the first one in the segment, and how far each further one stands behind the one before, in postcard.
    steps: &'a [u8],
}

impl Posting<'_> {
    fn places(&self) -> Result<Vec<u32>, StoreError> {
        let mut places = Vec::new();
        let (mut rest, mut last) = (self.steps, 0u32);
        while !rest.is_empty() {
            let (step, left): (u32, _) = postcard::take_from_bytes(rest).map_err(|error| damaged(&error))?;
            last = last.saturating_add(step);
            places.push(last);
            rest = left;
        }
        Ok(places)
    }
}

fn damaged(error: &postcard::Error) -> StoreError {
    StoreError::Damaged(format!("an index of words: {error}"))
}

/// A story that holds a word, by its place in a segment.
pub(super) type Holder = (Term, u32);

/// The number of the segment that a key is of.
pub(super) fn number_of(key: &[u8]) -> Option<u64> {
    key.strip_prefix(keys::SEGMENTS)?.first_chunk().copied().map(u64::from_be_bytes)
}

/// The bucket in which a word stands.
pub(super) fn bucket_of(plain: u32) -> u8 {
    plain.to_be_bytes()[0]
}

/// A key, and what stands there.
type Entry = (Vec<u8>, Vec<u8>);

/// The words of a bucket as they stand on disk, if there are any; they are sorted.
pub(super) fn write_bucket(number: u64, holders: &[Holder], packer: &mut Packer) -> Result<Option<Entry>, StoreError> {
    let Some((first, _)) = holders.first() else { return Ok(None) };
    let key = keys::bucket(number, bucket_of(first.plain));
    let (mut steps, mut ends) = (Vec::new(), Vec::new());
    for of_one in holders.chunk_by(|(one, _), (other, _)| one == other) {
        let mut last = 0;
        for (_, place) in of_one {
            steps = postcard::to_extend(&(place - last), steps).map_err(|error| damaged(&error))?;
            last = *place;
        }
        ends.push((of_one[0].0, steps.len()));
    }
    let mut start = 0;
    let postings: Vec<Posting> = ends
        .into_iter()
        .map(|(Term { plain, accented }, end)| {
            let steps = &steps[start..end];
            start = end;
            Posting { plain, accented, steps }
        })
        .collect();
    Ok(Some((key, packer.pack(&record::write_list(&postings)?)?)))
}

/// All words of a bucket with the stories that hold them.
pub(super) fn read_bucket(bytes: &[u8]) -> Result<Vec<Holder>, StoreError> {
    let record = record::unpacked(bytes)?;
    let mut holders = Vec::new();
    for posting in record::read_list::<Posting>(&record)? {
        let term = Term { plain: posting.plain, accented: posting.accented };
        holders.extend(posting.places()?.into_iter().map(|place| (term, place)));
    }
    Ok(holders)
}

/// The stories of a bucket that hold a word, by their places, sorted.
pub(super) fn holding(bytes: &[u8], sought: Sought) -> Result<Vec<u32>, StoreError> {
    let record = record::unpacked(bytes)?;
    let mut holding = Vec::new();
    for posting in record::read_list::<Posting>(&record)? {
        if sought.is(Term { plain: posting.plain, accented: posting.accented }) {
            holding.extend(posting.places()?);
        }
    }
    holding.sort_unstable();
    holding.dedup();
    Ok(holding)
}
