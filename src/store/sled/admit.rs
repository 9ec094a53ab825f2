//! Deciding on a batch and writing what was decided, within one transaction.

use std::collections::HashMap;

use url::Url;

use super::id_from;
use super::stories::{self, within};
use super::texts::{Id, SHARED_MAX};
use super::transaction::Transaction;
use crate::address::identity;
use crate::model::{Appearance, Article, ArticleId, SourceId, Story};
use crate::store::record::{self, Handles, Kept, Place};
use crate::store::{Batch, Decision, Incoming, Known, Rule, Ruling, StoreError, keys};

/// Stories compared with an incoming article.
const ALIKE_MAX: usize = 8;

/// What a batch came to.
pub(super) struct Admitted {
    pub(super) decisions: Vec<Decision>,
    /// Any story changed.
    pub(super) changed: bool,
    /// So many more stories.
    pub(super) stories: isize,
}

/// The packed bodies of a batch's articles, in their order. Packing needs no turn of its own, so that several batches are
/// packed at once.
pub(super) fn packed(batch: &Batch) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut packer = record::BodyPacker::new()?;
    batch.articles.iter().map(|incoming| packer.pack(&incoming.article)).collect()
}

/// Decides on a batch whose bodies were [`packed`], and writes what was decided.
pub(super) fn admit(tx: &Transaction, batch: &Batch, bodies: Vec<Vec<u8>>, rule: Rule) -> Result<Admitted, StoreError> {
    let mut admitted = Admitted { decisions: Vec::with_capacity(batch.articles.len()), changed: false, stories: 0 };
    for (incoming, body) in batch.articles.iter().zip(bodies) {
        let Ruling { decision, parting } = rule(incoming, &known(tx, incoming)?);
        admitted.stories += stories::part(tx, &parting)? + write(tx, incoming, body, &decision)?;
        admitted.changed |= !matches!(decision, Decision::Unchanged(_) | Decision::Dropped);
        admitted.decisions.push(decision);
    }
    for (address, page) in &batch.pages {
        tx.insert(keys::page(address.as_str()), record::write_page(page)?);
    }
    for (address, source) in &batch.listed {
        admitted.changed |= stories::list(tx, address, source)?;
    }
    for (address, at) in &batch.gone {
        admitted.changed |= stories::withdraw(tx, address, *at)?;
    }
    Ok(admitted)
}

/// What the transaction knows of an incoming article, its own earlier writes included.
pub(super) fn known(tx: &Transaction, incoming: &Incoming) -> Result<Known, StoreError> {
    let reader = within(tx);
    let mut known = Known::default();
    for identity in &incoming.identities {
        if let Some(id) = tx.get(keys::address(identity))? {
            known.by_address = reader.article(id_from(&id)?)?;
            known.dropped = known.by_address.is_none();
            break;
        }
    }
    if known.by_address.is_none()
        && !known.dropped
        && let Some(number) = &incoming.number
        && let Some(id) = tx.get(keys::address(number))?
    {
        known.by_number = reader.article(id_from(&id)?)?;
        known.dropped = known.by_number.is_none();
    }
    if let Some(guid) = &incoming.guid {
        known.by_guid = by_guid(tx, &incoming.article.source, guid)?;
    }
    if known.by_address.is_none() && !known.dropped {
        known.stories = stories::with_those_beside(tx, alike(tx, &incoming.sketch)?)?;
    }
    Ok(known)
}

/// The article that a source's guid means.
fn by_guid(tx: &Transaction, source: &SourceId, guid: &str) -> Result<Option<Article>, StoreError> {
    let reader = within(tx);
    if let Some(id) = tx.get(keys::guid(source, guid))? {
        return reader.article(id_from(&id)?);
    }
    let Some(address) = address_entry(guid) else { return Ok(None) };
    let Some(id) = tx.get(address)? else { return Ok(None) };
    let kept = reader.kept(id_from(&id)?)?;
    let kept = kept.filter(|kept| kept.handles.guids.iter().any(|(own, known)| own == source && known == guid));
    kept.map(|kept| reader.with_body(kept.article)).transpose()
}

/// The entry that finds what stands at an address; nothing for what is none.
pub(super) fn address_entry(address: &str) -> Option<Vec<u8>> {
    Some(keys::address(&identity(&Url::parse(address).ok()?)))
}

/// The stories with articles whose sketches share the most with one.
fn alike(tx: &Transaction, sketch: &[u32]) -> Result<Vec<Story>, StoreError> {
    let mut shared: HashMap<Id, usize> = HashMap::new();
    for ids in tx.holding(sketch)? {
        for id in &ids {
            // What few texts hold says more than what many do.
            *shared.entry(*id).or_default() += SHARED_MAX / ids.len();
        }
    }
    let mut shared: Vec<(Id, usize)> = shared.into_iter().collect();
    shared.sort_unstable_by_key(|(id, weight)| (std::cmp::Reverse(*weight), *id));
    let reader = within(tx);
    let mut found: Vec<Story> = Vec::new();
    for (id, _) in shared {
        let id = ArticleId::from_bytes(id);
        if found.iter().any(|story| story.tellings().any(|telling| telling.article.id == id)) {
            continue;
        }
        found.extend(reader.story(id)?);
        if found.len() == ALIKE_MAX {
            break;
        }
    }
    Ok(found)
}

/// Writes what was decided; returns how many more stories there are.
fn write(tx: &Transaction, incoming: &Incoming, body: Vec<u8>, decision: &Decision) -> Result<isize, StoreError> {
    match decision {
        Decision::New(article) => {
            let kept = put(tx, article, incoming, body, None)?;
            stories::file(tx, &[kept]);
            for link in article.also_in.iter().filter_map(|other| other.item) {
                link_back(tx, link, article)?;
            }
            Ok(1)
        }
        Decision::Revised(article) | Decision::Moved(article) | Decision::Amended(article) => {
            put(tx, article, incoming, body, within(tx).kept(article.id)?)?;
            Ok(0)
        }
        Decision::Copy { article, of, joined } => {
            let mut copy = put(tx, article, incoming, body, None)?;
            copy.place.joined = Some(*joined);
            stories::admit_copy(tx, copy, of)
        }
        Decision::Unchanged(id) => {
            for key in incoming.identities.iter().map(|identity| keys::address(identity)) {
                if tx.get(key.as_slice())?.is_none() {
                    tx.insert(key, id.to_bytes().as_slice());
                }
            }
            Ok(0)
        }
        Decision::Dropped => Ok(0),
    }
}

/// Writes an article, of which something may have stood there before, and all entries that find it, and keeps a known
/// one's story up to date in the time indexes.
fn put(
    tx: &Transaction,
    article: &Article,
    incoming: &Incoming,
    body: Vec<u8>,
    before: Option<Kept>,
) -> Result<Kept, StoreError> {
    let known = before.is_some();
    if known {
        stories::unindex(tx, article.id)?;
    }
    let fresh = Place { first_pass: incoming.first_pass, ..Place::default() };
    let (mut handles, place) =
        before.map_or_else(|| (Handles::default(), fresh), |before| (before.handles, before.place));
    let guid = incoming.guid.clone().map(|guid| (incoming.article.source.clone(), guid));
    handles.add(&incoming.identities, guid);
    let kept = Kept { article: article.clone(), handles, place };
    let id = &article.id.to_bytes();
    tx.insert(keys::head(article.id), record::write_head(&kept)?);
    let same = article.html == incoming.article.html && article.text == incoming.article.text;
    tx.insert(keys::body(article), if same { body } else { record::write_body(article)? });
    if known {
        stories::index(tx, article.id)?;
    }
    for identity in &kept.handles.identities {
        tx.insert(keys::address(identity), id.as_slice());
    }
    if let Some(number) = &incoming.number {
        tx.insert(keys::address(number), id.as_slice());
    }
    for key in guid_entries(&kept.handles) {
        tx.insert(key, id.as_slice());
    }
    let finds = |ids: &Vec<Id>| ids.contains(id);
    // What many texts share leads to the newest of them only.
    let found = known && tx.holding(&incoming.sketch)?.into_iter().filter(finds).count() * 2 > incoming.sketch.len();
    if !found {
        tx.file_text(*id, &incoming.sketch);
    }
    Ok(kept)
}

/// The entries of an article's guids; one that is an address of its own is found as such.
pub(super) fn guid_entries(handles: &Handles) -> impl Iterator<Item = Vec<u8>> {
    let is_address =
        |guid: &str| Url::parse(guid).is_ok_and(|address| handles.identities.contains(&identity(&address)));
    handles.guids.iter().filter(move |(_, guid)| !is_address(guid)).map(|(source, guid)| keys::guid(source, guid))
}

/// Names an article in the item that it names itself as its twin.
fn link_back(tx: &Transaction, to: ArticleId, article: &Article) -> Result<(), StoreError> {
    let Some(mut twin) = within(tx).kept(to)? else { return Ok(()) };
    twin.article.also_in.push(Appearance {
        source: article.source.clone(),
        address: article.address.clone(),
        item: Some(article.id),
        joined: None,
    });
    tx.insert(keys::head(to), record::write_head(&twin)?);
    Ok(())
}
