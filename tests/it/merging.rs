//! What becomes of a story that several papers tell: who names it, who represents it, how it is joined and split.

use std::collections::BTreeSet;

use bantin::model::ArticleId;
use chrono::TimeDelta;
use serde_json::Value;

use crate::harness::{FakeSite, TestDaemon, article, listing, prose, source};

const MORNING: &str = "2026-08-24T03:10:00Z";

/// A paper that has been read before it has anything to tell.
struct Paper {
    site: FakeSite,
    id: &'static str,
}

impl Paper {
    async fn start(id: &'static str) -> Self {
        let site = FakeSite::start().await;
        site.page("/", listing(&[("/cu.html", "Một tin cũ của báo này")]));
        site.page("/cu.html", article("Một tin cũ của báo này", "07:00, 20/08/2026", id, &[&prose(70, id.len() * 31)]));
        Self { site, id }
    }

    fn source(&self, more: &str) -> String {
        source(self.id, &self.site).replacen('\n', &format!("\n{more}\n"), 1)
    }

    fn tells(&self, path: &str, title: &str, dateline: &str, text: &str) {
        self.site.page("/", listing(&[(path, title)]));
        self.site.page(path, article(title, dateline, &format!("Dẫn của {}.", self.id), &[text]));
    }
}

/// Papers that have been read once, and the daemon that reads them; their old stories are out of sight.
async fn papers<const N: usize>(ids: [&'static str; N], more: [&str; N]) -> (Vec<Paper>, TestDaemon) {
    let mut papers = Vec::new();
    let mut sources = String::new();
    for (id, more) in ids.into_iter().zip(more) {
        let paper = Paper::start(id).await;
        sources.push_str(&paper.source(more));
        papers.push(paper);
    }
    let daemon = TestDaemon::at(MORNING, &sources).await;
    for paper in &papers {
        daemon.harvest(paper.id).await;
    }
    daemon.later(TimeDelta::minutes(10));
    (papers, daemon)
}

async fn news(daemon: &TestDaemon) -> Vec<Value> {
    let mut items = daemon.items("/feed.json").await;
    items.retain(|item| item["title"] != "Một tin cũ của báo này");
    items
}

#[track_caller]
fn only(items: Vec<Value>) -> Value {
    assert_eq!(items.len(), 1, "{items:#?}");
    items.into_iter().next().unwrap()
}

fn names(item: &Value) -> BTreeSet<String> {
    let others = item["_bantin"]["also_in"].as_array().unwrap().iter();
    others.chain([&item["_bantin"]["source"]]).map(|paper| paper["id"].as_str().unwrap().to_owned()).collect()
}

/// A text of so many words without a number among them.
pub fn letters(words: usize) -> String {
    let word = |n: usize| {
        let mixed = n * n * 7 + n * 13;
        [mixed % 23, mixed / 23 % 23, n % 19]
            .map(|at| (b'a' + u8::try_from(at).unwrap()) as char)
            .iter()
            .collect::<String>()
    };
    (0..words).map(word).collect::<Vec<_>>().join(" ")
}

pub fn some_words(text: &str, range: std::ops::Range<usize>) -> String {
    text.split(' ').skip(range.start).take(range.len()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn the_paper_that_was_read_first_names_and_represents_a_story_though_another_claims_an_earlier_time() {
    let (papers, daemon) = papers(["bac", "nam"], ["", ""]).await;
    papers[0].tells("/1.html", "Cầu mới thông xe", "10:08, 24/08/2026", &prose(200, 1));
    daemon.harvest("bac").await;
    let before = only(news(&daemon).await);
    papers[1].tells("/a.html", "Thông xe cầu mới", "09:30, 24/08/2026", &prose(200, 1));
    daemon.later(TimeDelta::minutes(10)).harvest("nam").await;
    let after = only(news(&daemon).await);
    for key in ["id", "url", "title", "date_published"] {
        assert_eq!(after[key], before[key], "{key}");
    }
    assert_eq!(after["date_modified"], Value::Null, "a copy is no change of text");
    assert_eq!(after["_bantin"]["also_in"][0]["merged"]["how"], "same text");
}

#[tokio::test]
async fn a_paper_with_priority_represents_the_story_under_its_first_name_and_in_its_place() {
    let (papers, daemon) = papers(["bac", "nam", "tay"], ["", "priority = 5", ""]).await;
    papers[0].tells("/1.html", "Cầu mới thông xe", "10:08, 24/08/2026", &prose(200, 1));
    daemon.harvest("bac").await;
    let before = only(news(&daemon).await);
    papers[2].tells("/t.html", "Một tin khác hẳn", "10:15, 24/08/2026", &prose(200, 9));
    daemon.harvest("tay").await;
    papers[1].tells("/a.html", "Thông xe cầu mới", "10:18, 24/08/2026", &prose(200, 1));
    daemon.later(TimeDelta::minutes(10)).harvest("nam").await;
    let items = news(&daemon).await;
    assert_eq!(items.len(), 2);
    assert_eq!(items[0]["title"], "Một tin khác hẳn", "a copy moves no story up");
    assert_eq!((&items[1]["id"], &items[1]["title"]), (&before["id"], &Value::from("Thông xe cầu mới")));
    assert_eq!(items[1]["url"], papers[1].site.url("/a.html"));
    assert_eq!(names(&items[1]), ["bac", "nam"].map(str::to_owned).into());
}

#[tokio::test]
async fn a_paper_that_tells_twice_as_much_represents_the_story() {
    let (papers, daemon) = papers(["bac", "nam"], ["", ""]).await;
    let text = prose(300, 1);
    papers[0].tells("/1.html", "Cầu mới thông xe", "10:08, 24/08/2026", &some_words(&text, 0..125));
    daemon.harvest("bac").await;
    papers[1].tells("/a.html", "Thông xe cầu mới", "10:18, 24/08/2026", &some_words(&text, 0..260));
    daemon.harvest("nam").await;
    let item = only(news(&daemon).await);
    assert_eq!(item["title"], "Thông xe cầu mới");
    assert_eq!(item["id"].as_str(), Some(ArticleId::of_address(&papers[0].site.url("/1.html")[7..]).guid().as_str()));
}

#[tokio::test]
async fn two_tellings_and_the_one_that_holds_both_are_one_story_in_whichever_order_they_come() {
    let text = letters(300);
    let tellings = [some_words(&text, 0..200), some_words(&text, 95..300), text.clone()];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let (papers, daemon) = papers(["bac", "nam", "tay"], ["", "", ""]).await;
        let mut first = Value::Null;
        for at in order {
            papers[at].tells(
                "/1.html",
                ["Cầu mới thông xe", "Thông xe cầu mới", "Toàn cảnh cầu mới"][at],
                "10:08, 24/08/2026",
                &tellings[at],
            );
            daemon.later(TimeDelta::minutes(1)).harvest(papers[at].id).await;
            if first.is_null() {
                first = only(news(&daemon).await)["id"].clone();
            }
        }
        let item = only(news(&daemon).await);
        assert_eq!(names(&item), ["bac", "nam", "tay"].map(str::to_owned).into(), "{order:?}");
        assert_eq!(item["id"], first, "the oldest name stays");
    }
}

#[tokio::test]
async fn a_round_up_that_holds_two_notices_does_not_make_them_one() {
    let (papers, daemon) = papers(["bac", "nam", "tay"], ["", "", ""]).await;
    let (one, two) = (prose(150, 1), prose(150, 2));
    papers[0].tells("/1.html", "Cầu mới thông xe", "10:08, 24/08/2026", &one);
    papers[1].tells("/1.html", "Trường mới khánh thành", "10:08, 24/08/2026", &two);
    papers[2].tells("/1.html", "Điểm tin", "10:08, 24/08/2026", &format!("{one} {two}"));
    for id in ["bac", "nam", "tay"] {
        daemon.harvest(id).await;
    }
    assert_eq!(news(&daemon).await.len(), 2);
}

#[tokio::test]
async fn linked_items_name_each_other() {
    let (bac, nam) = (Paper::start("bac").await, Paper::start("nam").await);
    let sources = format!("[dedupe]\nmode = \"link\"\n{}{}", bac.source(""), nam.source(""));
    let daemon = TestDaemon::at(MORNING, &sources).await;
    for (paper, title) in [(&bac, "Cầu mới thông xe"), (&nam, "Thông xe cầu mới")] {
        paper.tells("/1.html", title, "10:08, 24/08/2026", &prose(200, 1));
        daemon.harvest(paper.id).await;
    }
    let items = news(&daemon).await;
    assert_eq!(items.len(), 2);
    assert!(items.iter().all(|item| names(item) == ["bac", "nam"].map(str::to_owned).into()), "{items:#?}");
}

#[tokio::test]
async fn a_story_that_was_split_by_hand_stays_split_and_one_that_was_merged_stays_merged() {
    let (papers, daemon) = papers(["bac", "nam", "tay"], ["", "", ""]).await;
    for (paper, title) in papers.iter().zip(["Cầu mới thông xe", "Thông xe cầu mới"]) {
        paper.tells("/1.html", title, "10:08, 24/08/2026", &prose(200, 1));
        daemon.later(TimeDelta::minutes(1)).harvest(paper.id).await;
    }
    let store = daemon.harvester.store.clone();
    let id = |item: &Value| ArticleId::parse(item["id"].as_str().unwrap()).unwrap();
    let whole = only(news(&daemon).await);
    let made = store.split(id(&whole), None).unwrap();
    assert_eq!(made.len(), 1);
    assert_eq!(news(&daemon).await.len(), 2);

    daemon.later(TimeDelta::hours(1));
    papers[2].tells("/1.html", "Cầu đã thông xe", "10:09, 24/08/2026", &prose(200, 1));
    for paper in &papers {
        daemon.harvest(paper.id).await;
    }
    let items = news(&daemon).await;
    assert_eq!(items.len(), 2, "neither another reading nor another copy undoes it: {items:#?}");
    assert_eq!(items.iter().map(|item| names(item).len()).sum::<usize>(), 3);

    assert_eq!(store.join(id(&items[0]), id(&items[1])).unwrap(), id(&whole), "the oldest name stays");
    let item = only(news(&daemon).await);
    assert_eq!((&item["id"], names(&item).len()), (&whole["id"], 3));
    let made = store.split(id(&whole), Some(&papers[1].site.url("/1.html"))).unwrap();
    assert_eq!(made, [ArticleId::of_address(&papers[1].site.url("/1.html")[7..])]);
    assert_eq!(news(&daemon).await.len(), 2);
    let refused = store.split(id(&whole), Some("https://bao.example/1.html")).unwrap_err().to_string();
    assert!(refused.contains("is not told at https://bao.example/1.html, but at http"), "{refused}");
    let refused = store.join(id(&whole), id(&whole)).unwrap_err().to_string();
    assert!(refused.contains("are one story already"), "{refused}");
}

#[tokio::test]
async fn a_page_that_is_gone_is_marked_and_leaves_the_feeds_where_the_file_says_so() {
    for (withdrawn, left) in [("keep", 1), ("drop", 0)] {
        let paper = Paper::start("bac").await;
        let sources = format!("[site]\nwithdrawn = \"{withdrawn}\"\n{}", paper.source(""));
        let daemon = TestDaemon::at(MORNING, &sources).await;
        paper.tells("/1.html", "Cầu mới thông xe", "10:08, 24/08/2026", &prose(200, 1));
        daemon.harvest("bac").await;
        assert_eq!(only(news(&daemon).await)["_bantin"]["withdrawn"], Value::Null);

        paper.site.page("/", listing(&[("/cu.html", "Một tin cũ của báo này")])).remove("/1.html");
        let report = daemon.later(TimeDelta::minutes(40)).scheduled("bac").await;
        assert_eq!(report.failed, 0, "no fault of the source");
        let items = news(&daemon).await;
        assert_eq!(items.len(), left);
        assert!(items.iter().all(|item| item["_bantin"]["withdrawn"] == "2026-08-24T10:50:00+07:00"), "{items:#?}");

        paper.tells("/1.html", "Cầu mới thông xe", "10:08, 24/08/2026", &prose(200, 1));
        daemon.later(TimeDelta::hours(1)).scheduled("bac").await;
        assert_eq!(only(news(&daemon).await)["_bantin"]["withdrawn"], Value::Null, "it is back");
    }
}

#[tokio::test]
async fn a_withdrawn_telling_no_longer_represents_its_story() {
    let (papers, daemon) = papers(["bac", "nam"], ["", ""]).await;
    for (paper, title) in papers.iter().zip(["Cầu mới thông xe", "Thông xe cầu mới"]) {
        paper.tells("/1.html", title, "10:08, 24/08/2026", &prose(200, 1));
        daemon.later(TimeDelta::minutes(1)).harvest(paper.id).await;
    }
    let before = only(news(&daemon).await);
    papers[0].site.remove("/1.html");
    daemon.later(TimeDelta::hours(1)).harvest("bac").await;
    let after = only(news(&daemon).await);
    assert_eq!(after["id"], before["id"]);
    assert_eq!(after["url"], papers[1].site.url("/1.html"));
}

#[tokio::test]
async fn a_source_that_moves_to_another_host_keeps_its_stories_and_gives_their_new_addresses() {
    let (old, new) = (Paper::start("bac").await, Paper::start("bac").await);
    let daemon = TestDaemon::at(MORNING, &old.source("")).await;
    old.tells("/xa-hoi/1.html", "Cầu mới thông xe", "10:08, 24/08/2026", &prose(200, 1));
    daemon.harvest("bac").await;
    let before = only(news(&daemon).await);
    new.tells("/thoi-su/cau-moi-a1.htm", "Cầu mới thông xe", "10:08, 24/08/2026", &prose(200, 1));
    daemon.later(TimeDelta::hours(1));
    let daemon = daemon.restart("", &new.source("")).await;
    assert_eq!(daemon.harvest("bac").await.new, 0);
    let after = only(news(&daemon).await);
    assert_eq!(after["id"], before["id"]);
    assert_eq!(after["url"], new.site.url("/thoi-su/cau-moi-a1.htm"));
    assert_eq!(after["date_published"], before["date_published"]);
}

#[tokio::test]
async fn a_story_that_gets_another_title_and_address_under_its_number_is_followed_there() {
    let paper = Paper::start("bac").await;
    let daemon = TestDaemon::at(MORNING, &paper.source("")).await;
    paper.tells("/xa-hoi/cau-moi-8181690/", "Cầu mới sắp thông xe", "10:08, 24/08/2026", &prose(200, 1));
    daemon.harvest("bac").await;
    let before = only(news(&daemon).await);
    paper.tells("/kinh-te/da-thong-xe-8181690/", "Cầu mới đã thông xe", "10:08, 24/08/2026", &prose(200, 5));
    assert_eq!(daemon.later(TimeDelta::hours(1)).harvest("bac").await.revised, 1);
    let after = only(news(&daemon).await);
    assert_eq!((&after["id"], after["title"].as_str()), (&before["id"], Some("Cầu mới đã thông xe")));
    assert_eq!(after["url"], paper.site.url("/kinh-te/da-thong-xe-8181690/"));
    let feed = daemon.text("/feed.json").await;
    daemon.later(TimeDelta::hours(1)).harvest("bac").await;
    assert_eq!(daemon.text("/feed.json").await, feed);
}

#[tokio::test]
async fn two_evenings_of_one_programme_are_two_items_though_their_text_is_the_same() {
    let site = FakeSite::start().await;
    let titles = ["Chương trình thời sự tối ngày 23/8", "Chương trình thời sự tối ngày 24/8"];
    site.page("/", listing(&[("/thoi-su-23.html", titles[0]), ("/thoi-su-24.html", titles[1])]));
    for (path, title, dateline) in
        [("/thoi-su-23.html", titles[0], "19:00, 23/08/2026"), ("/thoi-su-24.html", titles[1], "09:00, 24/08/2026")]
    {
        site.page(path, article(title, dateline, "Mời bạn xem.", &[&letters(80)]));
    }
    let daemon = TestDaemon::at(MORNING, &source("dai", &site)).await;
    assert_eq!(daemon.harvest("dai").await.new, 2);
}

#[tokio::test]
async fn notices_of_one_day_are_two_items_though_their_addresses_end_in_its_date() {
    let site = FakeSite::start().await;
    let paths = ["/gia-vang-hom-nay-24082026.html", "/thoi-tiet-hom-nay-24082026.html"];
    site.page("/", listing(&[(paths[0], "Giá vàng hôm nay tăng"), (paths[1], "Thời tiết hôm nay đẹp")]));
    site.page(paths[0], article("Giá vàng hôm nay tăng", "07:00, 24/08/2026", "Vàng.", &[&prose(80, 1)]));
    site.page(paths[1], article("Thời tiết hôm nay đẹp", "08:00, 24/08/2026", "Nắng.", &[&prose(80, 2)]));
    let daemon = TestDaemon::at(MORNING, &source("bao", &site)).await;
    assert_eq!(daemon.harvest("bao").await.new, 2);
}

#[tokio::test]
async fn a_story_that_was_gone_and_returns_elsewhere_is_back_at_its_new_address() {
    let paper = Paper::start("bac").await;
    let daemon = TestDaemon::at(MORNING, &paper.source("")).await;
    paper.tells("/cau-moi.html", "Cầu mới thông xe", "10:08, 24/08/2026", &prose(200, 1));
    daemon.harvest("bac").await;
    paper.site.remove("/cau-moi.html");
    daemon.later(TimeDelta::hours(1)).harvest("bac").await;
    assert_ne!(only(news(&daemon).await)["_bantin"]["withdrawn"], Value::Null);
    paper.tells("/xa-hoi/cau-moi.html", "Cầu mới thông xe", "10:08, 24/08/2026", &prose(200, 1));
    daemon.later(TimeDelta::hours(1)).harvest("bac").await;
    let item = only(news(&daemon).await);
    assert_eq!(item["_bantin"]["withdrawn"], Value::Null);
    assert_eq!(item["url"], paper.site.url("/xa-hoi/cau-moi.html"));
}

#[tokio::test]
async fn a_source_that_lists_another_ones_page_has_its_story_also_once_that_is_a_copy() {
    let (bac, nam) = (Paper::start("bac").await, Paper::start("nam").await);
    let guest = nam.source("").replacen("id = \"nam\"", "id = \"khach\"", 1).replace("\"h1\"", "\"h1, h2\"");
    let daemon = TestDaemon::at(MORNING, &format!("{}{}{guest}", bac.source(""), nam.source(""))).await;
    for (paper, dateline) in [(&bac, "10:08, 24/08/2026"), (&nam, "10:09, 24/08/2026")] {
        paper.tells("/1.html", "Cầu mới thông xe", dateline, &prose(200, 1));
    }
    for id in ["nam", "khach", "bac"] {
        daemon.harvest(id).await;
        for listed in if id == "bac" { &["nam", "khach", "bac"][..] } else { &["nam"] } {
            let titles = daemon.titles(&format!("/sources/{listed}/feed.json")).await;
            assert!(titles.contains(&"Cầu mới thông xe".to_owned()), "{listed} after {id}: {titles:?}");
        }
    }
}

#[tokio::test]
async fn a_page_is_read_by_another_source_that_lists_it_once_its_own_is_read_no_more() {
    for without in ["", "enabled = false"] {
        let paper = Paper::start("bac").await;
        let guest = paper.source("").replacen("id = \"bac\"", "id = \"khach\"", 1);
        let both = format!("{}{guest}", paper.source(""));
        let daemon = TestDaemon::at(MORNING, &both).await;
        paper.tells("/1.html", "Cầu mới thông xe", "10:08, 24/08/2026", &prose(200, 1));
        daemon.scheduled("bac").await;
        daemon.scheduled("khach").await;
        let before = only(news(&daemon).await);
        let left = if without.is_empty() { guest.clone() } else { format!("{}{guest}", paper.source(without)) };
        let daemon = daemon.restart("", &left).await;

        // What the page says now is told under the name and at the place that it had.
        let edited = format!("{} {}", prose(200, 1), prose(20, 3));
        paper.tells("/1.html", "Cầu mới thông xe", "10:08, 24/08/2026", &edited);
        assert_eq!(daemon.later(TimeDelta::hours(2)).scheduled("khach").await.revised, 1);
        let item = only(news(&daemon).await);
        for kept in ["id", "url", "date_published"] {
            assert_eq!(item[kept], before[kept], "{kept}");
        }
        assert_eq!(item["_bantin"]["source"]["id"], "khach");
        assert!(item["content_html"].as_str().unwrap().contains(&prose(20, 3)), "{item:#}");

        // It is looked at when the listing names it no longer, and by one source only when its first one is back.
        paper.site.page("/", listing(&[("/cu.html", "Một tin cũ của báo này")]));
        paper.site.asked();
        daemon.later(TimeDelta::hours(5)).scheduled("khach").await;
        assert!(paper.site.paths_asked().contains(&"/1.html".to_owned()));
        let daemon = daemon.restart("", &both).await;
        paper.tells("/1.html", "Cầu mới thông xe", "10:08, 24/08/2026", &edited);
        let feed = daemon.text("/feed.json").await;
        paper.site.asked();
        daemon.later(TimeDelta::hours(12));
        for id in ["bac", "khach", "bac"] {
            daemon.scheduled(id).await;
        }
        assert_eq!(paper.site.paths_asked().iter().filter(|path| *path == "/1.html").count(), 1);
        assert_eq!(daemon.text("/feed.json").await, feed);
    }
}

#[tokio::test]
async fn a_page_that_two_sources_list_is_read_by_one_and_names_both() {
    let (paper, other) = (Paper::start("bac").await, Paper::start("nam").await);
    let guest = paper.source("").replacen("id = \"bac\"", "id = \"khach\"", 1);
    let daemon = TestDaemon::at(MORNING, &format!("{}{}{guest}", paper.source(""), other.source(""))).await;
    paper.tells("/1.html", "Cầu mới thông xe", "10:08, 24/08/2026", &prose(200, 1));
    daemon.scheduled("bac").await;
    let before = only(news(&daemon).await);
    paper.site.asked();
    assert_eq!(daemon.scheduled("khach").await.unchanged, 1);
    assert_eq!(paper.site.paths_asked(), ["/"], "the page itself is known");
    let item = only(news(&daemon).await);
    assert_eq!(names(&item), ["bac", "khach"].map(str::to_owned).into());
    assert_eq!((&item["id"], &item["url"], &item["date_modified"]), (&before["id"], &before["url"], &Value::Null));
    assert_eq!(daemon.titles("/sources/khach/feed.json").await, ["Cầu mới thông xe"]);

    // It stays so, however often both are read, and the page is looked at no more often than by one source.
    let feed = daemon.text("/feed.json").await;
    daemon.later(TimeDelta::minutes(40));
    for id in ["khach", "bac", "khach"] {
        daemon.scheduled(id).await;
    }
    assert_eq!(daemon.text("/feed.json").await, feed);
    assert_eq!(paper.site.paths_asked().iter().filter(|path| *path == "/1.html").count(), 1);

    // The one that prints it tells its edits, and its text finds copies for both.
    paper.tells("/1.html", "Cầu mới thông xe", "10:08, 24/08/2026", &format!("{} {}", prose(200, 1), prose(20, 3)));
    assert_eq!(daemon.later(TimeDelta::hours(2)).scheduled("khach").await.revised, 0);
    assert_eq!(daemon.scheduled("bac").await.revised, 1);
    other.tells("/a.html", "Thông xe cầu mới", "12:40, 24/08/2026", &prose(200, 1));
    assert_eq!(daemon.scheduled("nam").await.copies, 1);
    assert_eq!(names(&only(news(&daemon).await)), ["bac", "khach", "nam"].map(str::to_owned).into());
}
