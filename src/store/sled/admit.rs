//! Deciding on batches and writing what was decided, within one transaction.

use std::collections::HashMap;

use super::loaded;
use super::run::Id;
use super::stories::{self, within};
use super::texts::SHARED_MAX;
use super::transaction::Transaction;
use crate::model::{Appearance, Article, ArticleId, SourceId, Story};
use crate::store::record::{self, Handles, Kept, Packer, Place};
use crate::store::{Batch, Change, Decision, Incoming, Known, Rule, Ruling, StoreError, keys};

/// Stories compared with an incoming article.
const ALIKE_MAX: usize = 8;

/// What batches came to.
pub(super) struct Admitted {
    pub(super) decisions: Vec<Decision>,
    /// Any story changed.
    pub(super) changed: bool,
}

/// The articles of batches, packed as they are kept if they are new. Packing needs no turn of its own, so that some are
/// packed while others are written.
pub(super) struct Prepared {
    articles: Vec<(Handles, Vec<u8>)>,
    /// None where there is no article.
    packer: Option<Packer>,
}

impl Prepared {
    pub(super) fn of(batches: &[Batch]) -> Result<Self, StoreError> {
        let mut packer = None;
        let prepare = |incoming: &Incoming| {
            let handles = Handles::of(incoming);
            let packer = loaded(&mut packer, Packer::new)?;
            packer.pack_article(&incoming.article, &handles, &Place::of(incoming)).map(|packed| (handles, packed))
        };
        let articles = articles(batches).map(prepare).collect::<Result<_, _>>()?;
        Ok(Self { articles, packer })
    }
}

fn articles(batches: &[Batch]) -> impl Iterator<Item = &Incoming> {
    batches.iter().flat_map(|batch| &batch.articles)
}

/// Decides on batches and writes what was decided.
pub(super) fn admit(
    tx: &Transaction,
    batches: &[Batch],
    prepared: Prepared,
    rule: Rule,
) -> Result<Admitted, StoreError> {
    let mut admitted = Admitted { decisions: Vec::with_capacity(prepared.articles.len()), changed: false };
    tx.lend(prepared.packer);
    for (incoming, prepared) in articles(batches).zip(prepared.articles) {
        let Ruling { decision, parting } = rule(incoming, &known(tx, incoming)?);
        stories::part(tx, &parting)?;
        write(tx, incoming, prepared, &decision)?;
        admitted.changed |= !matches!(decision, Decision::Unchanged(_) | Decision::Dropped);
        admitted.decisions.push(decision);
    }
    for batch in batches {
        for (address, page) in &batch.pages {
            tx.insert(keys::page(address.as_str()), record::write_page(page)?);
        }
        for (address, source) in &batch.listed {
            admitted.changed |= stories::list(tx, address, source)?;
        }
        for (address, at) in &batch.gone {
            admitted.changed |= stories::withdraw(tx, address, *at)?;
        }
        for (id, change) in &batch.states {
            remember(tx, id, change)?;
        }
    }
    Ok(admitted)
}

fn remember(tx: &Transaction, id: &SourceId, change: &Change) -> Result<(), StoreError> {
    let key = keys::source(id);
    let before = tx.get(key.as_slice())?.map(|bytes| record::read_source(&bytes)).transpose()?;
    let mut state = before.unwrap_or_default();
    change.make(&mut state);
    tx.insert(key, record::write_source(&state)?);
    Ok(())
}

/// What the transaction knows of an incoming article, its own earlier writes included.
pub(super) fn known(tx: &Transaction, incoming: &Incoming) -> Result<Known, StoreError> {
    let reader = within(tx);
    let mut known = Known::default();
    let article = |id| Ok::<_, StoreError>(reader.kept(id)?.map(|kept| kept.article));
    let mut by_address = incoming.identities.iter().filter_map(|identity| tx.named(&keys::address(identity)));
    if let Some(id) = by_address.next() {
        known.by_address = article(id)?;
        known.dropped = known.by_address.is_none();
    } else if let Some(id) = incoming.number.as_ref().and_then(|number| tx.named(&keys::address(number))) {
        known.by_number = article(id)?;
        known.dropped = known.by_number.is_none();
    }
    if let Some(guid) = &incoming.guid
        && let Some(id) = tx.named(&keys::guid(&incoming.article.source, guid))
    {
        known.by_guid = article(id)?;
    }
    if known.by_address.is_none() && !known.dropped {
        known.stories = stories::with_those_beside(tx, alike(tx, &incoming.sketch)?)?;
    }
    Ok(known)
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

/// Writes what was decided.
fn write(
    tx: &Transaction,
    incoming: &Incoming,
    (handles, packed): (Handles, Vec<u8>),
    decision: &Decision,
) -> Result<(), StoreError> {
    match decision {
        Decision::New(article) => {
            if incoming.article == *article {
                tx.keep_packed(article, packed);
            } else {
                tx.keep(&Kept::of(incoming, article.clone()))?;
            }
            name_all(tx, article.id, &handles, incoming.number.as_deref());
            tx.file_text(article.id, &incoming.sketch);
            stories::file(tx, article, &[]);
            for link in article.also_in.iter().filter_map(|other| other.item) {
                link_back(tx, link, article)?;
            }
        }
        Decision::Revised(article) | Decision::Moved(article) | Decision::Amended(article) => {
            let mut kept = match within(tx).kept(article.id)? {
                Some(before) => Kept { article: article.clone(), ..before },
                None => Kept::of(incoming, article.clone()),
            };
            kept.handles.add(&incoming.identities, incoming.own_guid());
            tx.keep(&kept)?;
            name_all(tx, article.id, &kept.handles, incoming.number.as_deref());
            if !is_found_by_text(tx, article.id, &incoming.sketch)? {
                tx.file_text(article.id, &incoming.sketch);
            }
            stories::file_again(tx, article.id)?;
        }
        Decision::Copy { article, of, joined } => {
            let mut copy = Kept::of(incoming, article.clone());
            copy.place.joined = Some(*joined);
            name_all(tx, article.id, &copy.handles, incoming.number.as_deref());
            tx.file_text(article.id, &incoming.sketch);
            stories::admit_copy(tx, copy, of)?;
        }
        Decision::Unchanged(id) => {
            for name in incoming.identities.iter().map(|identity| keys::address(identity)) {
                if tx.named(&name).is_none() {
                    tx.name(name, *id);
                }
            }
        }
        Decision::Dropped => {}
    }
    Ok(())
}

/// Whether most numbers of a sketch lead to an article; those that many texts share lead to the newest of them only.
fn is_found_by_text(tx: &Transaction, id: ArticleId, sketch: &[u32]) -> Result<bool, StoreError> {
    let holds = |ids: &Vec<Id>| ids.contains(&id.to_bytes());
    Ok(tx.holding(sketch)?.into_iter().filter(holds).count() * 2 > sketch.len())
}

/// Has all that leads to an article do so.
pub(super) fn name_all(tx: &Transaction, id: ArticleId, handles: &Handles, number: Option<&str>) {
    let addresses = handles.identities.iter().map(String::as_str).chain(number).map(keys::address);
    let guids = handles.guids.iter().map(|(source, guid)| keys::guid(source, guid));
    for name in addresses.chain(guids) {
        tx.name(name, id);
    }
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
    tx.keep(&twin)
}
