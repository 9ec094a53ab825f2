//! The contract that every store keeps.

use std::ops::ControlFlow;
use std::path::Path;

use bantin::dedupe::{MergeMode, MergeRules, sketch};
use bantin::harvest::decide;
use bantin::model::{Article, ArticleId, PictureFile, SourceId};
use bantin::store::{
    Batch, Change, Decision, Incoming, Known, LiveStore, PageState, SledStore, SourceState, Store, StoreError,
};
use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use crate::harness::prose;

pub fn at(minute: i64) -> DateTime<Utc> {
    "2026-08-24T03:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minute)
}

pub fn source(id: &str) -> SourceId {
    SourceId::parse(id).unwrap()
}

pub fn incoming(n: usize, paper: &str) -> Incoming {
    let identity = format!("{paper}.example/{n}");
    let text = prose(80, n);
    let (id, address) = (ArticleId::of_address(&identity), format!("https://{identity}"));
    let article = Article {
        lead: Some("Dẫn".to_owned()),
        html: format!("<p>{text}</p>"),
        text,
        author: Some("Ngọc Khánh".to_owned()),
        ..Article::bare(id, source(paper), address, format!("Tin {n}"), at(i64::try_from(n).unwrap()))
    };
    Incoming { sketch: sketch(None, &article.text), ..Incoming::of(article, vec![identity]) }
}

/// A source that fares so from then on, however it did.
pub fn becomes(state: &SourceState) -> Change {
    let state = state.clone();
    Change::by(move |kept| *kept = state.clone())
}

pub const RULES: MergeRules = MergeRules { mode: MergeMode::Merge, window: TimeDelta::days(7) };

pub fn admit(store: &dyn Store, articles: Vec<Incoming>) -> Vec<Decision> {
    store.admit(&[Batch { articles, ..Batch::default() }], &|incoming, known| decide(incoming, known, &RULES)).unwrap()
}

fn titles(store: &dyn Store, sources: Option<&[SourceId]>) -> Vec<String> {
    let mut titles = Vec::new();
    let mut visit = |article: Article| {
        titles.push(article.title);
        ControlFlow::Continue(())
    };
    store.newest(sources, &mut visit).unwrap();
    titles
}

/// Everything that a store promises, over an implementation that `open` opens in a directory.
fn keeps_the_contract(open: &dyn Fn(&Path) -> Box<dyn Store>) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let store = open(&path);
    assert!(store.is_empty());

    let before = store.generation();
    let decided = admit(&*store, vec![incoming(1, "mot"), incoming(2, "mot"), incoming(1, "mot"), incoming(3, "hai")]);
    assert!(
        matches!(decided[..], [Decision::New(_), Decision::New(_), Decision::Unchanged(_), Decision::New(_)]),
        "a batch sees its own earlier articles"
    );
    assert_ne!(store.generation(), before);
    assert_eq!(store.len(), 3);

    let before = store.generation();
    admit(&*store, vec![incoming(2, "mot")]);
    assert_eq!(store.generation(), before, "nothing changed");

    assert_eq!(titles(&*store, None), ["Tin 3", "Tin 2", "Tin 1"], "newest first");
    assert_eq!(titles(&*store, Some(&[source("mot")])), ["Tin 2", "Tin 1"]);
    assert_eq!(titles(&*store, Some(&[source("hai"), source("mot")])), ["Tin 3", "Tin 2", "Tin 1"]);
    let mut first = None;
    store
        .newest(None, &mut |article| {
            first = Some(article);
            ControlFlow::Break(())
        })
        .unwrap();
    assert_eq!(first.unwrap(), incoming(3, "hai").article, "an article comes back as it went in");

    let mut copy = incoming(1, "ba");
    copy.article.first_seen = at(60);
    assert!(matches!(admit(&*store, vec![copy])[0], Decision::Copy { .. }));
    assert_eq!(titles(&*store, Some(&[source("ba")])), ["Tin 1"], "a copy stands in its paper's list");
    assert_eq!(
        titles(&*store, Some(&[source("ba"), source("mot")])),
        ["Tin 2", "Tin 1"],
        "and once where both papers are asked for"
    );

    let page = PageState {
        etag: Some("\"x\"".to_owned()),
        links: vec![Url::parse("https://mot.example/1").unwrap()],
        asked: at(5),
        ..PageState::default()
    };
    let address = Url::parse("https://mot.example/").unwrap();
    store
        .admit(&[Batch { pages: vec![(address.clone(), page.clone())], ..Batch::default() }], &|_, _| unreachable!())
        .unwrap();
    let state = SourceState {
        last_pass: Some(at(5)),
        last_error: Some((at(4), "lỗi".to_owned())),
        failures: 2,
        articles: 7,
        ..SourceState::default()
    };
    store.update_source(&source("mot"), becomes(&state)).unwrap();

    drop(store);
    let store = open(&path);
    assert_eq!(store.len(), 3);
    assert_eq!(titles(&*store, None), ["Tin 3", "Tin 2", "Tin 1"]);
    assert_eq!(store.page(&address).unwrap(), Some(page));
    assert_eq!(store.source(&source("mot")).unwrap(), state);
    assert_eq!(store.source(&source("nobody")).unwrap(), SourceState::default());
    assert_eq!(store.at_address("mot.example/2").unwrap(), Some(incoming(2, "mot").article.id));

    assert_eq!(store.prune(at(2)).unwrap(), 1);
    assert_eq!(titles(&*store, None), ["Tin 3", "Tin 2"]);
    assert_eq!(store.article(incoming(1, "mot").article.id).unwrap(), None);
    assert!(matches!(admit(&*store, vec![incoming(1, "mot")])[0], Decision::Dropped), "what was dropped stays dropped");
    assert_eq!(store.len(), 2);
}

#[test]
fn the_sled_store_keeps_the_contract() {
    keeps_the_contract(&|path| Box::new(SledStore::open(path).unwrap()));
}

/// A head as the first version of its record had it.
type FirstHead<'a> = (
    (&'a str, &'a str, &'a str, Option<&'a str>, Option<&'a str>, Option<&'a str>, Option<(&'a str, Option<&'a str>)>),
    (Option<i64>, Option<u8>, Option<u8>, Option<i32>, Option<i64>, Vec<()>, u8, i64, i64),
    (Vec<(&'a str, &'a str, Option<[u8; 16]>)>, Vec<&'a str>, Vec<(&'a str, &'a str)>, Option<[u8; 16]>),
);

/// What the second version of a head had behind the first one: its place among the tellings of its story.
type SecondHead = (i32, Option<i64>, bool, Option<[u8; 16]>, Vec<()>, Option<(u8, u8)>, Vec<[u8; 16]>);

#[track_caller]
fn is_read_and_takes_copies(version: u8, behind: &[u8]) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    drop(SledStore::open(&path).unwrap());
    let old = incoming(1, "mot");
    let (id, text) = (old.article.id.to_bytes(), old.article.text.clone());
    let millis = at(1).timestamp_millis();
    let head: FirstHead = (
        ("mot", "https://mot.example/1", "Tin 1", Some("Dẫn"), None, None, Some(("https://mot.example/1.jpg", None))),
        (Some(millis), Some(1), Some(0), None, None, Vec::new(), 0, millis, millis),
        (
            vec![("hai", "https://hai.example/1", None)],
            vec!["mot.example/1"],
            vec![("mot", "https://mot.example/1"), ("mot", "tag:1")],
            Some([7; 16]),
        ),
    );
    let raw = std::iter::repeat_with(|| sled::open(&path)).find_map(Result::ok).unwrap();
    let under = |letter: &[u8], rest: &[u8]| [letter, rest].concat();
    let head = postcard::to_extend(&head, vec![version]).unwrap();
    raw.insert(under(b"a", &id), under(&head, behind)).unwrap();
    let body = postcard::to_extend(&("<p></p>", &text), vec![1]).unwrap();
    raw.insert(under(b"b", &id), zstd::bulk::compress(&body, 3).unwrap()).unwrap();
    raw.insert(under(b"k", b"mot.example/1"), &id).unwrap();
    raw.insert(under(b"t", &[&(millis ^ i64::MIN).to_be_bytes()[..], &id[..]].concat()), &[]).unwrap();
    // One guid is an address, one is none, and one was given by a release that did not note it.
    let guids = ["https://mot.example/1", "tag:1", "tag:old"];
    for guid in guids {
        raw.insert(under(b"g", format!("mot\0{guid}").as_bytes()), &id).unwrap();
    }
    for number in old.sketch {
        raw.insert(under(b"n", &number.to_be_bytes()), &id).unwrap();
    }
    raw.insert(b"v", &2_u32.to_be_bytes()).unwrap();
    drop(raw);

    let store = std::iter::repeat_with(|| LiveStore::open(&path)).find_map(Result::ok).unwrap();
    let article = store.article(old.article.id).unwrap().unwrap();
    assert_eq!((article.title.as_str(), article.published.instant, article.text), ("Tin 1", Some(at(1)), text));
    let image = article.image.unwrap();
    assert_eq!((image.address.as_str(), image.file), ("https://mot.example/1.jpg", PictureFile::default()));
    for guid in guids {
        let moved = Incoming { guid: Some(guid.to_owned()), ..incoming(9, "mot") };
        let found = store.known(&moved).unwrap().by_guid.map(|article| article.id);
        assert_eq!(found, Some(old.article.id), "{guid}");
    }
    assert!(matches!(admit(&store, vec![incoming(1, "ba")])[0], Decision::Copy { .. }));
    let sources: Vec<String> =
        store.article(old.article.id).unwrap().unwrap().also_in.iter().map(|other| other.source.to_string()).collect();
    assert_eq!(sources, ["hai", "ba"]);
}

#[test]
fn an_article_that_an_earlier_release_wrote_is_read_and_takes_copies() {
    is_read_and_takes_copies(1, &[]);
    let place: SecondHead = (0, None, false, None, Vec::new(), None, Vec::new());
    is_read_and_takes_copies(2, &postcard::to_stdvec(&place).unwrap());
}

/// What is known by their texts of articles that no paper has printed before.
fn found_by_text(store: &dyn Store) -> Vec<Vec<ArticleId>> {
    let strangers = (0..80).map(|n| Incoming { identities: vec![format!("la.example/{n}")], ..incoming(n, "la") });
    let ids = |known: Known| known.stories.iter().map(|story| story.lead.article.id).collect();
    strangers.map(|incoming| ids(store.known(&incoming).unwrap())).collect()
}

#[test]
fn the_same_stories_are_found_by_their_texts_however_the_store_was_written() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    let store = LiveStore::open(&path).unwrap();
    // One by one and many at once, some of them edited, some of them copied.
    for n in 0..20 {
        admit(&store, vec![incoming(n, "mot")]);
    }
    admit(&store, (20..60).map(|n| incoming(n, "hai")).collect());
    let mut edited = incoming(30, "hai");
    edited.article.text.push_str(&prose(40, 99));
    edited.sketch = sketch(None, &edited.article.text);
    admit(&store, vec![edited, incoming(7, "ba"), incoming(31, "ba")]);
    let found = found_by_text(&store);
    assert!((0..60).all(|n| !found[n].is_empty()) && (60..80).all(|n| found[n].is_empty()), "{found:?}");
    drop(store);
    let store = LiveStore::open(&path).unwrap();
    assert_eq!(found_by_text(&store), found, "opened again");
    store.compact().unwrap();
    assert_eq!(found_by_text(&store), found, "written anew");
    let mut lines = Vec::new();
    store.export(&mut lines, &mut |_, _| ()).unwrap();
    let other = directory.path().join("other");
    LiveStore::import(&other, &mut &lines[..]).unwrap();
    assert_eq!(found_by_text(&LiveStore::open(&other).unwrap()), found, "brought to another place");
    store.prune(at(40)).unwrap();
    let left = found_by_text(&store);
    assert!((0..40).all(|n| left[n].is_empty()) && left[40..] == found[40..], "{left:?}");
    drop(store);
    assert_eq!(found_by_text(&LiveStore::open(&path).unwrap()), left, "after some went");
}

#[test]
fn two_batches_at_once_publish_a_story_once() {
    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(directory.path()).unwrap();
    let news: Vec<Decision> = std::thread::scope(|scope| {
        let workers: Vec<_> = ["mot", "hai", "ba", "bon"]
            .map(|paper| scope.spawn(|| admit(&store, (0..20).map(|n| incoming(n, paper)).collect())))
            .into_iter()
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert_eq!(news.iter().filter(|decision| matches!(decision, Decision::New(_))).count(), 20);
    assert_eq!(store.len(), 20);
}

#[test]
fn a_store_in_use_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let _held = SledStore::open(directory.path()).unwrap();
    let error = SledStore::open(directory.path()).unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
}

#[test]
fn a_store_of_another_format_is_refused_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    drop(SledStore::open(directory.path()).unwrap());
    let raw = std::iter::repeat_with(|| sled::open(directory.path())).find_map(Result::ok).unwrap();
    raw.insert(b"v", &99u32.to_be_bytes()).unwrap();
    drop(raw);
    let error = SledStore::open(directory.path()).unwrap_err().to_string();
    assert!(error.contains("format 99") && error.contains("use the release that wrote it"), "{error}");
}

#[test]
fn two_changes_of_a_sources_state_at_once_both_count() {
    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(directory.path()).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10 {
                    store.update_source(&source("mot"), Change::by(|state| state.failures += 1)).unwrap();
                }
            });
        }
    });
    assert_eq!(store.source(&source("mot")).unwrap().failures, 40);
}

/// How older releases wrote a source's state, field by field: the second one added what follows the first part.
#[test]
fn a_sources_state_that_an_older_release_wrote_is_read() {
    let first = (
        Some(at(5).timestamp_millis()),
        Some(at(4).timestamp_millis()),
        Some((at(3).timestamp_millis(), "lỗi")),
        2u32,
        7u64,
        [1u32, 2, 3, 4],
    );
    let usual = (3u32, 40u32, 30u32, [9u32; bantin::model::PARTS.len()], [1u32; bantin::model::RULES.len()], 5u32);
    let drift = [Some("ít liên kết"), None];
    let (p, l, a, parts, missed, disputed) = usual;
    let records = [
        postcard::to_extend(&first, vec![1]).unwrap(),
        postcard::to_extend(&(first, p, l, a, parts, missed, disputed, drift), vec![2]).unwrap(),
    ];
    for (n, record) in records.into_iter().enumerate() {
        let directory = tempfile::tempdir().unwrap();
        drop(SledStore::open(directory.path()).unwrap());
        let raw = std::iter::repeat_with(|| sled::open(directory.path())).find_map(Result::ok).unwrap();
        raw.insert(b"hmot", record).unwrap();
        drop(raw);
        let store = std::iter::repeat_with(|| SledStore::open(directory.path())).find_map(Result::ok).unwrap();
        let state = store.source(&source("mot")).unwrap();
        assert_eq!((state.last_pass, state.last_success, state.failures), (Some(at(5)), Some(at(4)), 2));
        assert_eq!((state.articles, state.habits.free_minutes), (7, 4));
        assert_eq!((state.usual.passes, state.usual.disputed), if n == 0 { (0, 0) } else { (3, 5) });
        assert_eq!(state.drift.links.as_deref(), (n > 0).then_some("ít liên kết"));
        assert_eq!((state.outlook, state.moved, state.lease), (bantin::cadence::Outlook::default(), None, None));
    }
}

#[test]
fn everything_of_a_sources_state_comes_back() {
    use bantin::cadence::{Outlook, Rhythm};
    use bantin::model::{Channel, Secret};
    use bantin::store::Lease;
    let url = |text: &str| Url::parse(text).unwrap();
    let state = SourceState {
        outlook: Outlook {
            rhythm: Rhythm(std::array::from_fn(|hour| u32::try_from(hour).unwrap())),
            channel: Channel {
                ttl: Some(TimeDelta::minutes(45)),
                skip_hours: 3,
                skip_days: 64,
                hub: Some(url("https://hub.example/")),
                topic: Some(url("https://mot.example/rss")),
            },
            fresh_until: Some(at(1)),
            wait_until: Some(at(2)),
            gone: Some(3),
            pushed: Some(at(4)),
        },
        moved: Some((url("https://mot.example/cu"), url("https://mot.example/moi"))),
        lease: Some(Lease {
            hub: url("https://hub.example/"),
            topic: url("https://mot.example/rss"),
            token: Secret::new("t".to_owned()),
            secret: Secret::new("s".to_owned()),
            asked: at(5),
            until: Some(at(6)),
        }),
        ..SourceState::default()
    };
    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(directory.path()).unwrap();
    store.update_source(&source("mot"), becomes(&state)).unwrap();
    assert_eq!(store.source(&source("mot")).unwrap(), state);
}

#[test]
fn an_incoming_article_comes_back_from_its_line_as_it_went_in() {
    let mut incoming = incoming(1, "mot");
    for (number, guid, first_pass) in [(None, None, true), (Some("mot.example#1"), Some("tag:\n1"), false)] {
        (incoming.number, incoming.guid) = (number.map(str::to_owned), guid.map(str::to_owned));
        incoming.first_pass = first_pass;
        incoming.identities.push("mot.example/khac".to_owned());
        incoming.identities.dedup();
        let line = incoming.to_line();
        assert!(!line.contains('\n'), "one line");
        let back = Incoming::of_line(&line).unwrap();
        assert_eq!(format!("{back:?}"), format!("{incoming:?}"));
    }
    let error = Incoming::of_line("{\"article\": 1}").unwrap_err();
    assert!(error.contains("invalid type"), "{error}");
}
