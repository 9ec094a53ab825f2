//! A source whose template changes is told of, and an honest one never is.

use bantin::drift::drift;
use bantin::model::{Drift, Fill};

use crate::harness::{FakeSite, TestDaemon, article, listing, prose, source};

const ALL: [bool; 5] = [true; 5];
const NONE_MISSED: [bool; 6] = [false; 6];

fn pass(links: u32, articles: &[([bool; 5], [bool; 6])]) -> Fill {
    let mut fill = Fill { passes: 1, links, ..Fill::default() };
    for (parts, missed) in articles {
        fill.add(*parts, *missed, false);
    }
    fill
}

/// Ten passes of twelve links and six whole articles each.
fn usual() -> Fill {
    let mut usual = Fill::default();
    for _ in 0..10 {
        usual.remember(&pass(12, &[(ALL, NONE_MISSED); 6]));
    }
    usual
}

#[track_caller]
fn tells(now: &Fill, expected: Option<&str>) {
    assert_eq!(drift(&usual(), now, &Drift::default()).told().as_deref(), expected);
}

#[test]
fn a_source_that_reads_as_ever_is_not_spoken_of() {
    tells(&pass(12, &[(ALL, NONE_MISSED); 6]), None);
    tells(&pass(6, &[]), None);
    tells(&pass(12, &[([true, true, false, true, true], NONE_MISSED)]), None);
    assert_eq!(drift(&Fill::default(), &pass(1, &[([false; 5], NONE_MISSED); 9]), &Drift::default()).told(), None);
}

#[test]
fn fewer_links_lost_parts_and_dead_selectors_are_told_in_words() {
    tells(&pass(5, &[]), Some("the listing gives 5 links, usually 12; look at it with `bantin preview`"));
    tells(
        &pass(12, &[([true, true, true, false, true], NONE_MISSED); 4]),
        Some("0 of 4 articles have a date, usually 100 %"),
    );
    tells(
        &pass(12, &[(ALL, [false, false, false, true, false, false]); 3]),
        Some("`body` under [source.article] matches nothing on 3 pages"),
    );
    let mut disputed = pass(12, &[]);
    (0..3).for_each(|_| disputed.add(ALL, NONE_MISSED, true));
    tells(&disputed, Some("3 of 3 articles state two dates more than a day apart; look at one with `bantin preview`"));
}

#[test]
fn what_was_told_stays_until_a_pass_shows_otherwise() {
    let before = drift(&usual(), &pass(5, &[([false; 5], NONE_MISSED); 4]), &Drift::default());
    let quiet = Fill::default();
    assert_eq!(drift(&usual(), &quiet, &before), before);
    assert_eq!(drift(&usual(), &pass(12, &[(ALL, NONE_MISSED); 4]), &before), Drift::default());
}

#[tokio::test]
async fn a_selector_that_matches_no_more_turns_the_source_degraded_and_its_stories_are_read_all_the_same() {
    let site = FakeSite::start().await;
    let stories = [("/1.html", "Tin một của báo"), ("/2.html", "Tin hai của báo"), ("/3.html", "Tin ba của báo")];
    site.page("/", listing(&stories));
    for (n, (path, title)) in stories.iter().enumerate() {
        let page = article(title, "10:08, 24/08/2026", &format!("Dẫn {n}."), &[&prose(80, n)]);
        site.page(path, page.replace("detail-news", "khung-moi"));
    }
    let daemon = TestDaemon::at("2026-08-24T03:10:00Z", &source("bao", &site)).await;
    daemon.harvest("bao").await;
    assert_eq!(daemon.titles("/feed.json").await.len(), 3);
    let page = daemon.text("/status").await;
    assert!(page.contains("degraded") && page.contains("`body` under [source.article] matches nothing"), "{page}");
    let texts = daemon.items("/feed.json").await;
    assert!(texts.iter().all(|item| item["content_html"].as_str().unwrap().len() > prose(80, 0).len()));
}
