//! What finds stories is the same while a store is written, when it is opened again, written anew, and moved.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;

use bantin::model::{ArticleId, Published, SourceId};
use bantin::store::{Batch, Decision, Incoming, LiveStore, Store};
use chrono::TimeDelta;
use url::Url;

use crate::store::{admit, at, incoming, source};

/// Looks at a store as it was left, opened again, written anew, and imported elsewhere.
fn through_its_life(directory: &Path, store: LiveStore, looks: &dyn Fn(&dyn Store, &str)) {
    let path = directory.join("store");
    looks(&store, "as it was left");
    drop(store);
    let store = LiveStore::open(&path).unwrap();
    looks(&store, "opened again");
    store.compact().unwrap();
    looks(&store, "written anew");
    let mut lines = Vec::new();
    store.export(&mut lines, &mut |_, _| ()).unwrap();
    let moved = directory.join("moved");
    LiveStore::import(&moved, &mut &lines[..]).unwrap();
    looks(&LiveStore::open(&moved).unwrap(), "imported");
}

fn opened(directory: &Path) -> LiveStore {
    LiveStore::open(&directory.join("store")).unwrap()
}

fn newest(store: &dyn Store, sources: Option<&[SourceId]>) -> Vec<ArticleId> {
    let mut ids = Vec::new();
    let mut visit = |article: bantin::model::Article| {
        ids.push(article.id);
        ControlFlow::Continue(())
    };
    store.newest(sources, &mut visit).unwrap();
    ids
}

#[test]
fn stories_are_listed_by_time_and_by_every_source_that_tells_or_lists_them() {
    let directory = tempfile::tempdir().unwrap();
    let store = opened(directory.path());
    admit(&store, (0..300).map(|n| incoming(n, "mot")).collect());
    admit(&store, (0..150).map(|n| incoming(n, "hai")).collect());
    // Some are dated anew, two are joined by hand, one is split, one is listed by a third paper.
    let dated = |n: usize| {
        let known = incoming(n, "mot");
        let instant = Some(at(i64::try_from(n).unwrap()) - TimeDelta::days(3));
        let article =
            bantin::model::Article { published: Published { instant, ..Published::default() }, ..known.article };
        Incoming { article, ..known }
    };
    let batch = Batch { articles: (40..60).chain(200..220).map(dated).collect(), ..Batch::default() };
    store.admit(&[batch], &|incoming, _| Decision::Amended(incoming.article.clone()).into()).unwrap();
    let id = |n: usize| incoming(n, "mot").article.id;
    store.join(id(10), id(250)).unwrap();
    store.split(id(20), None).unwrap();
    let address = Url::parse("https://mot.example/299").unwrap();
    store
        .admit(&[Batch { listed: vec![(address, source("ba"))], ..Batch::default() }], &|_, _| unreachable!())
        .unwrap();

    let told = |store: &dyn Store| {
        let one = |paper: &str| newest(store, Some(&[source(paper)]));
        let both = newest(store, Some(&[source("hai"), source("mot"), source("ba")]));
        let within = |paper: Option<&SourceId>| store.between(paper, at(30) - TimeDelta::days(4), at(230)).unwrap();
        let beside = store.orders_beside(at(100), at(100)).unwrap();
        (
            newest(store, None),
            one("mot"),
            one("hai"),
            one("ba"),
            both,
            within(None),
            within(Some(&source("hai"))),
            beside,
        )
    };
    let first = told(&store);
    through_its_life(directory.path(), store, &|store, when| {
        let (all, mot, hai, ba, both, within, within_hai, _) = told(store);
        assert_eq!(told(store), first, "{when}");
        assert_eq!((all.len(), mot.len(), hai.len()), (300, 299, 150), "{when}");
        assert_eq!((store.len(), ba), (300, vec![id(299)]), "{when}");
        assert_eq!(both, all, "each once, {when}");
        let order = |id: &ArticleId| store.article(*id).unwrap().unwrap().order();
        assert!(all.iter().map(order).is_sorted_by(|one, next| one >= next), "{when}");
        assert!(within.iter().map(order).is_sorted(), "{when}");
        let all: BTreeSet<_> = all.into_iter().collect();
        assert_eq!(all.len(), 300, "{when}");
        assert!(hai.iter().chain(&within_hai).all(|id| all.contains(id)), "{when}");
    });
}

#[test]
fn the_addresses_of_dropped_stories_outlive_them() {
    let directory = tempfile::tempdir().unwrap();
    let store = opened(directory.path());
    admit(&store, vec![incoming(1, "mot"), incoming(2, "mot")]);
    admit(&store, vec![incoming(1, "hai")]);
    assert_eq!(store.prune(at(10)).unwrap(), 2);
    // What comes after it takes the place of nothing.
    admit(&store, vec![incoming(20, "mot")]);
    let store = {
        drop(store);
        opened(directory.path())
    };
    admit(&store, vec![incoming(21, "mot")]);
    through_its_life(directory.path(), store, &|store, when| {
        let again = admit(store, vec![incoming(1, "mot"), incoming(1, "hai"), incoming(2, "mot")]);
        assert!(again.iter().all(|decision| *decision == Decision::Dropped), "{when}: {again:?}");
        assert_eq!(newest(store, None), [21, 20].map(|n| incoming(n, "mot").article.id), "{when}");
    });
}

#[test]
fn a_guid_that_another_story_took_over_leads_to_that_one() {
    let directory = tempfile::tempdir().unwrap();
    let store = opened(directory.path());
    let with_guid = |n: usize| Incoming { guid: Some("https://mot.example/tin".to_owned()), ..incoming(n, "mot") };
    for n in [1, 2] {
        let batch = Batch { articles: vec![with_guid(n)], ..Batch::default() };
        store.admit(&[batch], &|incoming, _| Decision::New(incoming.article.clone()).into()).unwrap();
    }
    through_its_life(directory.path(), store, &|store, when| {
        let known = store.known(&with_guid(3)).unwrap();
        assert_eq!(known.by_guid.map(|article| article.title).as_deref(), Some("Tin 2"), "{when}");
    });
}
