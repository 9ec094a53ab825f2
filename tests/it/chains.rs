//! What is one story does not depend on the order in which papers are read, also where one telling shades into the next.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use bantin::dedupe::{Compared, Told, likeness, sketch};
use bantin::harvest::decide;
use bantin::model::{Article, ArticleId, SourceId};
use bantin::store::{Batch, Incoming, LiveStore, SledStore, Store};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use crate::harness::{FakeSite, TestDaemon, article, listing, prose, source};
use crate::merging::{letters, some_words};
use crate::store::RULES;

fn incoming(paper: usize, text: &str, minute: i64) -> Incoming {
    let identity = format!("bao{paper}.example/{minute}");
    let seen = "2026-08-24T03:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minute);
    let source = SourceId::parse(&format!("bao{paper}")).unwrap();
    let title = format!("Tin của báo {}", (b'a' + u8::try_from(paper).unwrap()) as char);
    let (id, address) = (ArticleId::of_address(&identity), format!("https://{identity}"));
    let article = Article { text: text.to_owned(), ..Article::bare(id, source, address, title, seen) };
    Incoming { sketch: sketch(None, text), ..Incoming::of(article, vec![identity]) }
}

/// How a paper prints an agency's text.
fn printed(text: &str, how: usize) -> String {
    let words = text.split(' ').count();
    match how {
        0 => text.to_owned(),
        1 => text.to_uppercase(),
        2 => some_words(text, 0..words * 4 / 5),
        3 => format!("Theo tin từ phóng viên tại hiện trường sáng nay. {text}"),
        _ => text
            .split(' ')
            .enumerate()
            .map(|(n, word)| if n % 50 == 49 { "khác" } else { word })
            .collect::<Vec<_>>()
            .join(" "),
    }
}

type Groups = BTreeSet<BTreeSet<String>>;

/// The addresses of each story.
fn partition(store: &dyn Store) -> Groups {
    let mut stories = BTreeSet::new();
    let mut visit = |story: Article| {
        let mut papers: BTreeSet<String> = story.also_in.iter().map(|other| other.address.clone()).collect();
        papers.insert(story.address);
        stories.insert(papers);
        ControlFlow::Continue(())
    };
    store.newest(None, &mut visit).unwrap();
    stories
}

fn read(store: &dyn Store, article: &Incoming) {
    let batch = Batch { articles: vec![article.clone()], ..Batch::default() };
    store.admit(&[batch], &|incoming, known| decide(incoming, known, &RULES)).unwrap();
}

/// The stories that papers tell who are read in some order; a second reading of all changes nothing.
#[track_caller]
fn stories<'a>(order: impl Iterator<Item = &'a Incoming> + Clone) -> Groups {
    let directory = tempfile::tempdir().unwrap();
    let store = SledStore::open(directory.path()).unwrap();
    order.clone().for_each(|article| read(&store, article));
    let (once, generation) = (partition(&store), store.generation());
    order.for_each(|article| read(&store, article));
    assert_eq!(store.generation(), generation);
    assert_eq!(store.len(), once.len());
    once
}

/// Every order of so many things.
fn orders(count: usize) -> Vec<Vec<usize>> {
    let Some(last) = count.checked_sub(1) else { return vec![Vec::new()] };
    let shorter = orders(last).into_iter();
    shorter.flat_map(|order| (0..count).map(move |at| [&order[..at], &[last], &order[at..]].concat())).collect()
}

fn tellings(texts: &[String]) -> Vec<Incoming> {
    texts.iter().enumerate().map(|(paper, text)| incoming(paper, text, i64::try_from(paper).unwrap())).collect()
}

/// What papers tell falls into stories of so many papers each, whichever is read first.
#[track_caller]
fn grouped(texts: &[String], expected: &[&[usize]]) {
    let articles = tellings(texts);
    let address = |paper: &usize| articles[*paper].article.address.clone();
    let expected: Groups = expected.iter().map(|papers| papers.iter().map(address).collect()).collect();
    for order in orders(texts.len()) {
        assert_eq!(stories(order.iter().map(|at| &articles[*at])), expected, "read in the order {order:?}");
    }
}

/// Whether two texts are alike, and whether most of both is common.
fn alike(one: &str, other: &str) -> (bool, bool) {
    let compared = |text| Compared::of(Told { title: "Tin", lead: None, text });
    let found = likeness(&compared(one), &compared(other));
    (found.same, found.most)
}

/// Parts of one long text, each from one word to another.
fn parts<const N: usize>(ranges: [std::ops::Range<usize>; N]) -> [String; N] {
    let text = letters(1_000);
    ranges.map(|range| some_words(&text, range))
}

#[test]
fn a_telling_between_two_strangers_tells_the_one_that_it_is_most_like() {
    let texts = parts([0..240, 105..350, 215..465]);
    assert_eq!([(0, 1), (1, 2)].map(|(a, b)| alike(&texts[a], &texts[b])), [(true, false), (true, false)]);
    assert_eq!(alike(&texts[0], &texts[2]), (false, false));
    grouped(&texts, &[&[0, 1], &[2]]);
}

#[test]
fn a_longer_chain_falls_apart_where_it_is_weakest() {
    grouped(&parts([0..240, 105..350, 215..465, 322..577]), &[&[0, 1], &[2, 3]]);
}

#[test]
fn a_telling_that_is_more_like_another_story_s_keeps_apart_from_one_that_is_less_like_it() {
    grouped(&parts([0..240, 105..350, 215..465, 330..585]), &[&[0, 1], &[2], &[3]]);
}

#[test]
fn tellings_that_share_most_of_their_text_are_one_story_however_long_their_row_is() {
    grouped(&parts([0..300, 60..360, 120..420, 180..480]), &[&[0, 1, 2, 3]]);
}

#[test]
fn what_kept_two_stories_apart_is_exported_with_them() {
    let articles = tellings(&parts([0..240, 105..350, 215..465, 330..585]));
    let directory = tempfile::tempdir().unwrap();
    let store = LiveStore::open(&directory.path().join("first")).unwrap();
    articles[..3].iter().for_each(|article| read(&store, article));
    let mut lines = Vec::new();
    store.export(&mut lines, &mut |_, _| {}).unwrap();
    let second = directory.path().join("second");
    LiveStore::import(&second, &mut lines.as_slice()).unwrap();
    let imported = LiveStore::open(&second).unwrap();
    for store in [&store, &imported] {
        read(store, &articles[3]);
    }
    assert_eq!(partition(&store).len(), 3);
    assert_eq!(partition(&imported), partition(&store));
}

#[tokio::test]
async fn an_article_leaves_a_story_that_another_paper_shows_to_be_a_different_one() {
    let [near, between, far] = parts([0..240, 105..350, 215..465]);
    let texts = [
        ("bac", "10:05", between, "Cầu mới thông xe"),
        ("nam", "10:08", far, "Làng chài đón khách"),
        ("tay", "10:09", near, "Thông xe cầu mới"),
    ];
    let mut sites = Vec::new();
    let mut sources = String::new();
    for (id, time, text, title) in &texts {
        let site = FakeSite::start().await;
        site.page("/", listing(&[("/1.html", title)]));
        site.page("/1.html", article(title, &format!("{time}, 24/08/2026"), "", &[text]));
        sources.push_str(&source(id, &site));
        sites.push(site);
    }
    let daemon = TestDaemon::at("2026-08-24T03:10:00Z", &sources).await;
    for id in ["bac", "nam"] {
        daemon.harvest(id).await;
    }
    let before = daemon.only_item("/feed.json").await;
    assert_eq!(daemon.harvest("tay").await.copies, 1);
    let items = daemon.items("/feed.json").await;
    let told: BTreeSet<(&str, usize)> = items
        .iter()
        .map(|item| (item["title"].as_str().unwrap(), item["_bantin"]["also_in"].as_array().unwrap().len()))
        .collect();
    assert_eq!(told, [("Cầu mới thông xe", 1), ("Làng chài đón khách", 0)].into());
    let named = items.iter().find(|item| item["title"] == "Cầu mới thông xe").unwrap();
    assert_eq!(named["id"], before["id"], "the story keeps its name");
    assert_eq!(daemon.titles("/sources/nam/feed.json").await, ["Làng chài đón khách"]);

    let feed = daemon.text("/feed.xml").await;
    for id in ["bac", "nam", "tay"] {
        daemon.later(TimeDelta::hours(1)).harvest(id).await;
    }
    assert_eq!(daemon.text("/feed.xml").await, feed, "reading all again changes nothing");
}

/// Articles in one order, and in another one that some numbers give.
#[track_caller]
fn grouped_in_one_way(articles: &[Incoming], shuffle: &[u32]) {
    let mut other: Vec<usize> = (0..articles.len()).collect();
    other.sort_by_key(|at| (shuffle[*at], *at));
    let shuffled = other.iter().map(|at| &articles[*at]);
    assert_eq!(stories(articles.iter()), stories(shuffled), "read in the order {other:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whichever paper is read first, the same articles are one story; and a second reading changes nothing.
    #[test]
    fn what_is_one_story_does_not_depend_on_the_order_of_reading(
        tellings in prop::collection::vec((0usize..4, 0usize..5), 2..9),
        shuffle in prop::collection::vec(any::<u32>(), 9),
    ) {
        let printed = |(paper, (story, how)): (usize, &(usize, usize))| {
            incoming(paper, &printed(&prose(180 + story * 40, story * 13 + 1), *how), i64::try_from(paper).unwrap())
        };
        grouped_in_one_way(&tellings.iter().enumerate().map(printed).collect::<Vec<_>>(), &shuffle);
    }

    /// The same of parts of one long text, which shade into each other, and of round-ups of two parts.
    #[test]
    fn what_chains_of_likeness_fall_into_does_not_depend_on_the_order_of_reading(
        parts in prop::collection::vec((0usize..12, 6usize..12, prop::option::weighted(0.3, 0usize..12)), 3..8),
        shuffle in prop::collection::vec(any::<u32>(), 8),
    ) {
        let text = letters(1_000);
        let part = |first: usize, length: usize| some_words(&text, first * 30..(first + length) * 30);
        let texts: Vec<String> = parts
            .iter()
            .map(|(first, length, second)| match second {
                Some(second) => format!("{} {}", part(*first, *length), part(second + 12, *length)),
                None => part(*first, *length),
            })
            .collect();
        let articles = tellings(&texts);
        // A sketch is a sample: now and then it does not find what is alike.
        let are_found = |a: usize, b: usize| articles[a].sketch.iter().any(|number| articles[b].sketch.contains(number));
        let pairs = (0..texts.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
        let missed = pairs.filter(|(a, b)| alike(&texts[*a], &texts[*b]).0 && !are_found(*a, *b)).count();
        prop_assume!(missed == 0);
        grouped_in_one_way(&articles, &shuffle);
    }
}
