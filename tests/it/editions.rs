//! A feed that is made from the one before holds what one made anew does, whatever has happened between them.

use std::cell::Cell;
use std::ops::ControlFlow;

use bantin::config::Config;
use bantin::dedupe::{MergeMode, MergeRules, sketch};
use bantin::edition::{Before, Desk, FeedAddress, Filter};
use bantin::harvest::decide;
use bantin::model::ArticleId;
use bantin::publish::{Format, render};
use bantin::store::{Batch, Incoming, LiveStore, Store};
use proptest::prelude::*;
use url::Url;

use crate::harness::prose;
use crate::store::{RULES, admit, at, incoming, source};

const PAPERS: [&str; 3] = ["mot", "hai", "ba"];
const STORIES: usize = 6;

/// What may happen to stories between two editions.
#[derive(Clone, Debug)]
enum Event {
    Read { story: usize, paper: usize },
    ReadAsLinked { story: usize, paper: usize },
    Edited { story: usize, paper: usize, by: usize },
    Listed { story: usize, paper: usize, by: usize },
    Gone { story: usize, paper: usize },
    Joined { one: usize, other: usize },
    Split { story: usize, all: bool },
    Dropped { before: usize },
    WrittenAnew,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let (story, paper) = (|| 0..STORIES, || 0..PAPERS.len());
    let event = prop_oneof![
        6 => (story(), paper()).prop_map(|(story, paper)| Event::Read { story, paper }),
        2 => (story(), paper()).prop_map(|(story, paper)| Event::ReadAsLinked { story, paper }),
        3 => (story(), paper(), 0..3_usize).prop_map(|(story, paper, by)| Event::Edited { story, paper, by }),
        2 => (story(), paper(), paper()).prop_map(|(story, paper, by)| Event::Listed { story, paper, by }),
        2 => (story(), paper()).prop_map(|(story, paper)| Event::Gone { story, paper }),
        2 => (story(), story()).prop_map(|(one, other)| Event::Joined { one, other }),
        2 => (story(), any::<bool>()).prop_map(|(story, all)| Event::Split { story, all }),
        1 => (0..STORIES / 2).prop_map(|before| Event::Dropped { before }),
        1 => Just(Event::WrittenAnew),
    ];
    prop::collection::vec(event, 1..24)
}

fn address(story: usize, paper: usize) -> Url {
    Url::parse(&incoming(story, PAPERS[paper]).article.address).unwrap()
}

fn happens(store: &LiveStore, event: &Event) {
    // The stories that stand there, by numbers that may mean none.
    let named = |n: usize| {
        let mut ids = Vec::new();
        let mut visit = |article: bantin::model::Article| {
            ids.push(article.id);
            ControlFlow::Continue(())
        };
        store.newest(None, &mut visit).unwrap();
        ids.get(n).copied().unwrap_or(ArticleId::of_address("khong.example"))
    };
    let keep = |batch: Batch, rules: MergeRules| {
        store.admit(&[batch], &|incoming, known| decide(incoming, known, &rules)).unwrap();
    };
    match *event {
        Event::Read { story, paper } => drop(admit(store, vec![incoming(story, PAPERS[paper])])),
        Event::ReadAsLinked { story, paper } => {
            let articles = vec![incoming(story, PAPERS[paper])];
            keep(Batch { articles, ..Batch::default() }, MergeRules { mode: MergeMode::Link, ..RULES });
        }
        Event::Edited { story, paper, by } => {
            let mut edited = incoming(story, PAPERS[paper]);
            edited.article.text.push_str(&prose(60 * by, 99 + by));
            edited.article.title.push_str(&" (sửa)".repeat(by));
            edited.sketch = sketch(None, &edited.article.text);
            admit(store, vec![edited]);
        }
        Event::Listed { story, paper, by } => {
            keep(Batch { listed: vec![(address(story, paper), source(PAPERS[by]))], ..Batch::default() }, RULES);
        }
        Event::Gone { story, paper } => {
            keep(Batch { gone: vec![(address(story, paper), at(90))], ..Batch::default() }, RULES);
        }
        // There may be no two such stories, or nothing to take apart.
        Event::Joined { one, other } => drop(store.join(named(one), named(other))),
        Event::Split { story, all } => {
            let id = named(story);
            let told = store.article(id).unwrap().and_then(|article| Some(article.also_in.first()?.address.clone()));
            drop(store.split(id, told.as_deref().filter(|_| !all)));
        }
        Event::Dropped { before } => drop(store.prune(at(before.try_into().unwrap())).unwrap()),
        Event::WrittenAnew => drop(store.compact().unwrap()),
    }
}

/// Two sites: one shows all in a wide window, the other drops what was taken down and has few places to share out.
fn sites() -> Vec<Config> {
    let sources: String = PAPERS
        .iter()
        .map(|id| format!("[[source]]\nid = \"{id}\"\nname = \"Báo {id}\"\nfeed = \"https://{id}.example/tin.rss\"\n"))
        .collect();
    let tables = ["", "items = 4\nmin_age = \"0s\"\nmax_per_source = 0.4\nwithdrawn = \"drop\"\n"];
    let config = |table| Config::parse("feeds.toml", &format!("[site]\n{table}{sources}")).unwrap();
    tables.into_iter().map(config).collect()
}

fn desk<'a>(config: &'a Config, store: &'a dyn Store) -> Desk<'a> {
    // An hour later than half of the stories.
    Desk { site: &config.site, sources: &config.sources, zone: config.zone, store, now: at(63) }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn editions_from_the_ones_before_are_those_made_anew(events in events()) {
        let directory = tempfile::tempdir().unwrap();
        let store = LiveStore::open(&directory.path().join("store")).unwrap();
        let since = Filter { since: Some("1h".to_owned()), ..Filter::default() };
        let sought = Filter { query: Some("sửa".to_owned()), ..Filter::default() };
        let addresses = [
            FeedAddress::default(),
            FeedAddress::narrowed("sources", "hai").unwrap(),
            FeedAddress::filtered(since),
            FeedAddress::filtered(sought),
        ];
        let sites = sites();
        let feeds = sites.iter().flat_map(|site| addresses.iter().map(move |address| (site, address)));
        let feeds: Vec<_> = feeds.zip(Format::ALL.into_iter().cycle()).collect();
        let mut before: Vec<Before> = feeds.iter().map(|_| Before::default()).collect();
        for event in &events {
            happens(&store, event);
            for (((site, address), format), before) in feeds.iter().zip(&mut before) {
                let desk = desk(site, &store);
                let (made, after) = desk.edition(address, *format, before).unwrap().write();
                let anew = render(&desk.feed(address).unwrap(), *format);
                prop_assert_eq!(
                    String::from_utf8_lossy(&made.bytes), String::from_utf8_lossy(&anew.bytes), "after {:?}", event
                );
                *before = after;
            }
        }
    }
}

/// The number of items that a feed of everything writes anew, and what the next one is made from.
fn written_anew(desk: &Desk, before: &Before) -> (usize, Before) {
    let edition = desk.edition(&FeedAddress::default(), Format::Rss, before).unwrap();
    (edition.news(), edition.write().1)
}

#[test]
fn an_edition_writes_what_has_changed_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let store = LiveStore::open(&directory.path().join("store")).unwrap();
    let config = &sites()[0];
    let desk = desk(config, &store);
    let before = Cell::new(Before::default());
    let news = || {
        let (new, after) = written_anew(&desk, &before.take());
        before.set(after);
        new
    };
    admit(&store, (0..9).map(|n| incoming(n, "mot")).collect());
    assert_eq!(news(), 9, "the first one");
    assert_eq!(news(), 0, "nothing has happened");
    admit(&store, vec![incoming(3, "mot"), incoming(9, "mot")]);
    assert_eq!(news(), 1, "a new story beside a known one");
    admit(&store, vec![incoming(4, "hai")]);
    assert_eq!(news(), 1, "a story that another paper prints too");
    let mut edited = incoming(4, "hai");
    edited.article.title = "Tin khác".to_owned();
    edited.article.text.push_str(&prose(90, 77));
    admit(&store, vec![edited]);
    assert_eq!(news(), 1, "a telling that is edited changes its story");
    let together = store.join(incoming(1, "mot").article.id, incoming(2, "mot").article.id).unwrap();
    assert_eq!(news(), 1, "two that are one now");
    store.split(together, None).unwrap();
    assert_eq!(news(), 2, "and two again");
    store.compact().unwrap();
    assert_eq!(news(), 10, "a store that was opened anew may hold anything");
    // A twin that is linked names the other in both items.
    let rules = MergeRules { mode: MergeMode::Link, ..RULES };
    let batch = Batch { articles: vec![incoming(5, "ba")], ..Batch::default() };
    store.admit(&[batch], &|incoming: &Incoming, known| decide(incoming, known, &rules)).unwrap();
    assert_eq!(news(), 2, "an article and the twin that is linked to it");
    let linked = store.article(incoming(5, "mot").article.id).unwrap().unwrap().also_in;
    assert!(linked.iter().any(|other| other.item == Some(incoming(5, "ba").article.id)), "{linked:?}");
}
