//! One story in several papers: edited, cut, retitled; and bulletins that differ in numbers alone.

use bantin::dedupe::{Compared, Told, likeness, sketch};
use proptest::prelude::*;

use crate::harness::{FakeSite, TestDaemon, article, listing, prose, source};

const MORNING: &str = "2026-08-24T03:10:00Z";

fn told(title: &'static str, text: &str) -> (&'static str, String) {
    (title, text.to_owned())
}

#[track_caller]
fn one_story(a: &(&str, String), b: &(&str, String), expected: bool) {
    let (first, second) = (tell(a), tell(b));
    let found = likeness(&first, &second);
    assert_eq!(found.same, expected, "{found:?}");
    assert_eq!(likeness(&second, &first), found, "the order does not matter");
}

fn tell((title, text): &(&str, String)) -> Compared {
    Compared::of(Told { title, lead: None, text })
}

/// A weather bulletin of a series: the same words around other numbers.
fn bulletin(number: usize) -> String {
    (0..30)
        .map(|n| {
            format!(
                "Tại điểm đo {} lượng mưa là {} mm và gió giật cấp {}.",
                (b'a' + n) as char,
                number * 100 + usize::from(n),
                number * 10
            )
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn the_same_text_under_another_title_is_one_story() {
    let text = prose(200, 1);
    one_story(&told("Cầu mới thông xe", &text), &told("Khánh thành cầu qua sông", &text.to_uppercase()), true);
}

#[test]
fn a_copy_with_another_opening_and_some_words_changed_is_one_story() {
    let words: Vec<String> = prose(300, 1).split(' ').map(str::to_owned).collect();
    let edited: Vec<String> =
        words.iter().enumerate().map(|(n, word)| if n % 40 == 39 { "khác".to_owned() } else { word.clone() }).collect();
    let edited = format!("{} {}", prose(25, 9), edited[20..].join(" "));
    one_story(&told("Cầu mới", &words.join(" ")), &told("Cầu qua sông", &edited), true);
}

#[test]
fn a_short_version_inside_a_longer_text_is_one_story() {
    let long = format!("{} {}", prose(150, 1), prose(200, 2));
    one_story(&told("Cầu mới", &prose(150, 1)), &told("Toàn cảnh cầu mới", &long), true);
}

#[test]
fn two_reports_of_one_event_in_their_own_words_are_two_stories() {
    let shared = prose(40, 1);
    let (a, b) = (format!("{} {shared}", prose(200, 2)), format!("{} {shared}", prose(200, 3)));
    one_story(&told("Cầu mới thông xe", &a), &told("Cầu mới thông xe", &b), false);
}

#[test]
fn bulletins_of_a_series_are_two_stories() {
    one_story(&told("Tin bão số 5", &bulletin(5)), &told("Tin bão khẩn cấp", &bulletin(6)), false);
    let text = prose(200, 1);
    one_story(&told("Giá xăng ngày 12-11", &text), &told("Giá xăng ngày 19-11", &text), false);
}

#[test]
fn a_line_or_two_is_known_by_its_title_too() {
    let line = prose(20, 1);
    one_story(&told("Lịch cắt điện", &line), &told("Lịch cắt điện", &line), true);
    one_story(&told("Lịch cắt điện", &line), &told("Thông báo", &line), false);
}

#[test]
fn texts_that_share_a_part_are_found_by_their_sketches() {
    for seed in 0..20 {
        let (long, part) = (prose(400, seed), prose(250, seed));
        let kept = sketch(None, &long);
        assert!(sketch(None, &part).iter().any(|number| kept.contains(number)), "{seed}");
        assert!(kept.len() <= 9);
    }
    assert_eq!(sketch(Some("Một"), "hai ba bốn"), sketch(None, "MỘT, hai: ba bốn!"));
    assert_eq!(sketch(None, "quá ngắn"), Vec::<u32>::new());
}

#[test]
fn a_sketch_holds_the_numbers_that_stores_hold() {
    let lead = "Sáng 24/8, Ủy ban nhân dân tỉnh tổ chức lễ khánh thành cây cầu mới qua sông Cái;";
    let kept = [631_145_429, 855_908_873, 2_087_727_596, 2_842_144_947];
    assert_eq!(sketch(Some(lead), "người dân hai bờ phấn khởi."), kept);
}

async fn paper(id: &str, path: &str, title: &str, lead: &str, text: &str) -> (FakeSite, String) {
    let site = FakeSite::start().await;
    site.page("/", listing(&[(path, title)]));
    site.page(path, article(title, "10:08, 24/08/2026", lead, &[text]));
    let source = source(id, &site);
    (site, source)
}

#[tokio::test]
async fn an_edited_copy_in_another_paper_is_one_item_that_names_both_whichever_is_read_first() {
    let text = prose(200, 1);
    let edited = format!("{} {}", prose(12, 7), &text[text.char_indices().nth(90).unwrap().0..]);
    for first in ["nam", "bac"] {
        let (_one, bac) = paper("bac", "/1.html", "Cầu mới thông xe", "Sáng nay, cầu thông xe.", &text).await;
        let (two, nam) =
            paper("nam", "/a.html", "Khánh thành cầu qua sông", "(TTXVN) - Cầu đã thông xe.", &edited).await;
        two.page("/a.html", article("Khánh thành cầu qua sông", "10:30, 24/08/2026", "Cầu đã thông xe.", &[&edited]));
        let daemon = TestDaemon::at(MORNING, &format!("{bac}{nam}")).await;
        let second = if first == "nam" { "bac" } else { "nam" };
        assert_eq!(daemon.harvest(first).await.new, 1);
        let report = daemon.harvest(second).await;
        assert_eq!((report.new, report.copies), (0, 1));
        let item = daemon.only_item("/feed.json").await;
        assert_eq!(item["_bantin"]["source"]["id"], "bac", "in their first passes the earlier one opens the story");
        assert_eq!(item["_bantin"]["also_in"][0]["id"], "nam");
        assert_eq!(item["_bantin"]["also_in"][0]["merged"]["how"], "alike");
        let before = daemon.text("/feed.xml").await;
        daemon.harvest(first).await;
        daemon.harvest(second).await;
        assert_eq!(daemon.text("/feed.xml").await, before, "reading both again changes nothing");
    }
}

#[tokio::test]
async fn two_bulletins_of_one_paper_are_two_items() {
    let site = FakeSite::start().await;
    site.page("/", listing(&[("/5.html", "Tin bão số 5"), ("/6.html", "Tin bão số 6")]));
    for number in [5, 6] {
        site.page(
            &format!("/{number}.html"),
            article(&format!("Tin bão số {number}"), "10:08, 24/08/2026", "Dẫn.", &[&bulletin(number)]),
        );
    }
    let daemon = TestDaemon::at(MORNING, &source("bao", &site)).await;
    assert_eq!(daemon.harvest("bao").await.new, 2);
}

#[tokio::test]
async fn a_paper_s_own_longer_report_of_a_short_notice_is_an_item_of_its_own() {
    let site = FakeSite::start().await;
    site.page("/", listing(&[("/1.html", "Cầu mới"), ("/2.html", "Toàn cảnh cầu mới")]));
    site.page("/1.html", article("Cầu mới", "10:08, 24/08/2026", "Dẫn một.", &[&prose(150, 1)]));
    let long = format!("{} {}", prose(150, 1), prose(300, 2));
    site.page("/2.html", article("Toàn cảnh cầu mới", "12:08, 24/08/2026", "Dẫn hai.", &[&long]));
    let daemon = TestDaemon::at(MORNING, &source("bao", &site)).await;
    assert_eq!(daemon.harvest("bao").await.new, 2);
}

proptest! {
    /// However two texts relate, comparing them ends, does not depend on their order, and a text is its own copy.
    #[test]
    fn comparing_is_symmetric_and_reflexive(a in "[ a-dà0-9.]{0,400}", b in "[ a-dà0-9.]{0,400}") {
        let tell = |text| Compared::of(Told { title: "Tin", lead: None, text });
        prop_assert_eq!(likeness(&tell(&a), &tell(&b)), likeness(&tell(&b), &tell(&a)));
        let itself = likeness(&tell(&a), &tell(&a));
        prop_assert!(itself.same || itself.together == 0.0);
    }
}
