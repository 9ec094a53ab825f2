//! What the passes of many sources come to at the same time is kept together, and yet each on its own account.

use std::sync::{Arc, Mutex, mpsc};

use bantin::config::Config;
use bantin::harvest::{Desk, Keeper, Roster, Stage};
use bantin::store::{Batch, Change, Decision, LiveStore, SledStore, Store, StoreError};
use futures_util::future::join_all;

use crate::store::{RULES, incoming, source};

pub fn keeper(store: Arc<dyn Store>) -> Keeper {
    Keeper::new(store, Desk::of(2), RULES)
}

/// Articles of one paper, by their numbers.
pub fn batch(numbers: impl IntoIterator<Item = usize>) -> Batch {
    Batch { articles: numbers.into_iter().map(|n| incoming(n, "mot")).collect(), ..Batch::default() }
}

/// Hands all batches over before the first of them is kept.
pub async fn keep_at_once(keeper: &Keeper, batches: Vec<Batch>) -> Vec<Result<Vec<Decision>, StoreError>> {
    let roster = Roster::of(&[]);
    join_all(batches.into_iter().map(|batch| keeper.keep(batch, &roster))).await
}

fn open(directory: &tempfile::TempDir) -> Arc<LiveStore> {
    Arc::new(LiveStore::open(&directory.path().join("data")).unwrap())
}

#[tokio::test]
async fn passes_that_keep_at_the_same_time_each_hear_what_became_of_their_own_articles() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory);
    let sizes = [3, 0, 1, 12, 2];
    let numbered = |n: usize, size: usize| (0..size).map(move |own| 100 * n + own);
    let batches = sizes.iter().enumerate().map(|(n, size)| batch(numbered(n, *size))).collect();
    let kept = keep_at_once(&keeper(store.clone()), batches).await;
    for ((n, size), decisions) in sizes.iter().enumerate().zip(kept) {
        let own: Vec<Decision> = numbered(n, *size).map(|n| Decision::New(incoming(n, "mot").article)).collect();
        assert_eq!(decisions.unwrap(), own);
    }
    assert_eq!(store.len(), sizes.iter().sum::<usize>());
}

#[tokio::test]
async fn what_waits_at_the_same_time_is_written_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(SledStore::open(directory.path()).unwrap());
    let before = store.generation();
    let kept = keep_at_once(&keeper(store.clone()), (0..60).map(|n| batch([n])).collect()).await;
    assert!(kept.iter().all(Result::is_ok));
    assert_eq!((store.len(), store.generation() - before), (60, 1));
}

#[tokio::test]
async fn no_more_than_some_dozen_articles_are_written_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(SledStore::open(directory.path()).unwrap());
    let before = store.generation();
    let batches = (0..30).map(|n| batch((0..20).map(|own| 100 * n + own))).collect();
    let kept = keep_at_once(&keeper(store.clone()), batches).await;
    assert!(kept.iter().all(|decisions| decisions.as_ref().is_ok_and(|decisions| decisions.len() == 20)));
    assert_eq!((store.len(), store.generation() - before), (600, 10));
}

#[tokio::test]
async fn each_pass_is_decided_on_by_the_sources_that_were_read_when_it_began() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory);
    let keeper = keeper(store.clone());
    let config = |ids: &[&str]| {
        let source =
            |id: &&str| format!("[[source]]\nid = \"{id}\"\nname = \"Báo\"\nfeed = \"https://{id}.example/\"\n");
        let text = ids.iter().map(source).collect::<String>();
        Roster::of(&Config::parse("feeds.toml", &text).unwrap().sources)
    };
    let (both, one) = (config(&["mot", "ba"]), config(&["ba"]));
    keeper.keep(batch([1, 2]), &both).await.unwrap();
    let read_by_ba = |n| {
        let mut incoming = incoming(n, "mot");
        incoming.article.source = source("ba");
        Batch { articles: vec![incoming], ..Batch::default() }
    };
    let (before, after) = (keeper.keep(read_by_ba(1), &both), keeper.keep(read_by_ba(2), &one));
    let (before, after) = futures_util::future::join(before, after).await;
    let own = |n| store.article(incoming(n, "mot").article.id).unwrap().unwrap().source;
    assert_eq!((own(1), own(2)), (source("mot"), source("ba")), "{before:?} {after:?}");
}

#[tokio::test]
async fn a_story_that_two_passes_bring_at_the_same_time_is_new_once() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory);
    let kept = keep_at_once(&keeper(store.clone()), vec![batch([1, 2]), batch([2, 3])]).await;
    let kept: Vec<Vec<Decision>> = kept.into_iter().map(Result::unwrap).collect();
    assert!(matches!(kept[0][..], [Decision::New(_), Decision::New(_)]), "{kept:?}");
    assert!(matches!(kept[1][..], [Decision::Unchanged(_), Decision::New(_)]), "{kept:?}");
    assert_eq!(store.len(), 3);
}

#[tokio::test]
async fn a_fault_in_what_one_pass_keeps_is_no_trouble_of_those_beside_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory);
    let fault = Change::by(|_| panic!("a fault"));
    let faulty = Batch { states: vec![(source("mot"), fault)], ..batch([2]) };
    let kept = keep_at_once(&keeper(store.clone()), vec![batch([1]), faulty, batch([3])]).await;
    assert!(matches!(kept[..], [Ok(_), Err(StoreError::BrokeOff(_)), Ok(_)]), "{kept:?}");
    assert_eq!(store.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_kept_twice_whoever_keeps_when() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory);
    let (keeper, roster) = (keeper(store.clone()), Roster::of(&[]));
    let passes = (0..40_usize).map(|n| {
        let (keeper, roster) = (keeper.clone(), roster.clone());
        tokio::spawn(async move {
            let mut new = 0;
            for chunk in 0..5 {
                // Every second pass lists what the one before it lists too.
                let first = 100 * (n / 2) + 20 * chunk;
                let decisions = keeper.keep(batch(first..first + 3), &roster).await.unwrap();
                new += decisions.iter().filter(|decision| matches!(decision, Decision::New(_))).count();
            }
            let count = Change::by(move |state| state.articles += u64::try_from(new).unwrap());
            let state = Batch { states: vec![(source("mot"), count)], ..Batch::default() };
            keeper.keep(state, &roster).await.unwrap();
        })
    });
    for pass in join_all(passes).await {
        pass.unwrap();
    }
    assert_eq!((store.len(), store.source(&source("mot")).unwrap().articles), (300, 300));
}

#[tokio::test]
async fn what_is_nearest_to_its_end_goes_first_whoever_has_waited_longer() {
    let desk = Desk::of(1);
    let done = Arc::new(Mutex::new(Vec::new()));
    let (leave, left) = mpsc::channel();
    let holds_the_place = desk.work(Stage::List, move || left.recv().unwrap());
    let work = |stage, name: &'static str| {
        let done = done.clone();
        desk.work(stage, move || done.lock().unwrap().push(name))
    };
    let waiting = [
        work(Stage::List, "a feed"),
        work(Stage::Page, "a page"),
        work(Stage::List, "another feed"),
        work(Stage::Keeping, "an article"),
        work(Stage::Page, "another page"),
        work(Stage::Keeping, "another article"),
    ];
    let leaves = async {
        // All others of this thread go first, so that each is waiting by now.
        tokio::task::yield_now().await;
        leave.send(()).unwrap();
    };
    let (held, all, ()) = tokio::join!(holds_the_place, join_all(waiting), leaves);
    assert!(held.is_some() && all.iter().all(Option::is_some));
    let order = ["an article", "another article", "a page", "another page", "a feed", "another feed"];
    assert_eq!(*done.lock().unwrap(), order);
}
