//! Entries of a feed that come again with every answer, and the desk where they are read.

use std::time::Duration;

use bantin::harvest::{Desk, Keeper};
use chrono::TimeDelta;

use crate::harness::{FakeSite, TestDaemon, article, listing, source};
use crate::store::RULES;

const MORNING: &str = "2026-08-24T04:00:00Z";

/// One entry: its number, its words and when it says it was printed.
type Printed<'a> = (u32, &'a str, &'a str);

fn serve(site: &FakeSite, entries: &[Printed]) {
    let items: String = entries
        .iter()
        .map(|(number, words, date)| {
            format!(
                "<item><title>Tin {number}</title><link>http://bao.example/{number}.html</link><pubDate>{date}</pubDate>\
                 <description>{words}</description></item>"
            )
        })
        .collect();
    let feed = format!("<rss version=\"2.0\"><channel><title>Báo</title>{items}</channel></rss>");
    site.serve("/rss", 200, &[("content-type", "text/xml")], feed);
}

async fn reader_of(site: &FakeSite, rules: &str) -> TestDaemon {
    TestDaemon::at(MORNING, &sources(site, rules)).await
}

fn sources(site: &FakeSite, rules: &str) -> String {
    format!("[[source]]\nid = \"bao\"\nfeed = \"{}\"\nfull_text = false\n[source.article]\n{rules}\n", site.url("/rss"))
}

const MORNING_NEWS: Printed = (1, "Cầu mới đã thông xe.", "Mon, 24 Aug 2026 10:08:00 +0700");
const NOON_NEWS: Printed = (2, "Chợ nổi đông khách.", "Mon, 24 Aug 2026 10:30:00 +0700");

/// What a second pass makes of a feed that has changed: new, revised, unchanged.
#[track_caller]
fn check(report: &bantin::model::Report, counts: [usize; 3]) {
    assert_eq!([report.new, report.revised, report.unchanged], counts, "{report:?}");
}

#[tokio::test]
async fn entries_that_are_as_they_were_are_counted_and_the_new_one_is_read() {
    let site = FakeSite::start().await;
    serve(&site, &[MORNING_NEWS]);
    let daemon = reader_of(&site, "").await;
    check(&daemon.harvest("bao").await, [1, 0, 0]);
    let before = daemon.only_item("/feed.json").await;
    serve(&site, &[NOON_NEWS, MORNING_NEWS]);
    check(&daemon.later(TimeDelta::hours(1)).harvest("bao").await, [1, 0, 1]);
    let items = daemon.items("/feed.json").await;
    assert_eq!(items.len(), 2);
    assert!(items.contains(&before), "the known one is as it was");
}

#[tokio::test]
async fn an_entry_that_was_edited_is_read_again() {
    let site = FakeSite::start().await;
    serve(&site, &[NOON_NEWS, MORNING_NEWS]);
    let daemon = reader_of(&site, "").await;
    daemon.harvest("bao").await;
    serve(&site, &[NOON_NEWS, (1, "Cầu mới chưa thông xe.", MORNING_NEWS.2)]);
    check(&daemon.later(TimeDelta::hours(1)).harvest("bao").await, [0, 1, 1]);
    let items = daemon.items("/feed.json").await;
    assert!(items.iter().any(|item| item["summary"] == "Cầu mới chưa thông xe."));
}

#[tokio::test]
async fn an_entry_from_the_future_gets_its_time_once_that_has_come() {
    let site = FakeSite::start().await;
    let ahead = (3, "Lễ hội khai mạc.", "Wed, 26 Aug 2026 10:00:00 +0700");
    serve(&site, &[ahead]);
    let daemon = reader_of(&site, "").await;
    daemon.harvest("bao").await;
    assert!(daemon.only_item("/feed.json").await["date_published"].is_null());
    serve(&site, &[ahead, MORNING_NEWS]);
    daemon.later(TimeDelta::days(3)).harvest("bao").await;
    let items = daemon.items("/feed.json").await;
    let late = items.iter().find(|item| item["title"] == "Tin 3").unwrap();
    assert_eq!(late["date_published"], "2026-08-26T10:00:00+07:00");
}

#[tokio::test]
async fn other_rules_read_the_same_entries_again() {
    let site = FakeSite::start().await;
    serve(&site, &[(1, "Cầu mới đã thông xe.", "08/03/2026 10:08")]);
    let daemon = reader_of(&site, "").await;
    daemon.harvest("bao").await;
    assert_eq!(daemon.only_item("/feed.json").await["date_published"], "2026-03-08T10:08:00+07:00");
    serve(&site, &[(1, "Cầu mới đã thông xe.", "08/03/2026 10:08"), NOON_NEWS]);
    let daemon = daemon.restart("", &sources(&site, "date_order = \"mdy\"")).await;
    check(&daemon.later(TimeDelta::hours(1)).harvest("bao").await, [1, 0, 1]);
    let entries = daemon.harvester.store.page(&site.url("/rss").parse().unwrap()).unwrap().unwrap().entries;
    assert_eq!(entries.len(), 2, "both were read by the rules of now");
}

#[tokio::test]
async fn bulletins_at_one_minute_of_every_hour_keep_their_minutes_in_the_month_of_that_number() {
    let site = FakeSite::start().await;
    let dates: Vec<String> = (0..10).map(|hour| format!("Sun, 23 Aug 2026 {hour:02}:08:00 +0700")).collect();
    let entries: Vec<Printed> =
        (1..).zip(&dates).map(|(number, date)| (number, "Bản tin đầu giờ.", date.as_str())).collect();
    serve(&site, &entries);
    let daemon = reader_of(&site, "").await;
    daemon.harvest("bao").await;
    let items = daemon.items("/feed.json").await;
    assert!(items.iter().all(|item| item["_bantin"]["date_precision"] != "day"), "{items:#?}");
}

#[tokio::test]
async fn a_description_of_several_paragraphs_is_lead_and_text() {
    let (one_way, ferry) = (
        "Xe đi một chiều cho đến khi đường dẫn ở bờ bắc được mở rộng.",
        "Phà nghỉ từ sáng mai, sau \
        hơn ba mươi năm nối hai bờ sông; người lái phà được nhận vào đội bảo dưỡng cầu.",
    );
    let site = FakeSite::start().await;
    serve(
        &site,
        &[(1, &format!("<![CDATA[<p>Cầu mới đã thông xe.</p><p>{one_way}</p><p>{ferry}</p>]]>"), MORNING_NEWS.2)],
    );
    let daemon = reader_of(&site, "").await;
    daemon.harvest("bao").await;
    let item = daemon.only_item("/feed.json").await;
    assert_eq!(item["summary"], "Cầu mới đã thông xe.");
    let html = item["content_html"].as_str().unwrap();
    assert!(html.contains(&format!("<p>{one_way}</p>\n<p>{ferry}</p>")), "{html}");
    assert_eq!(html.matches("thông xe").count(), 1, "{html}");
}

/// What an entry that is called `Tin 1` and has this description says: its lead, and nothing else.
#[track_caller]
fn is_an_excerpt(description: &str, lead: &str) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    async move {
        let site = FakeSite::start().await;
        serve(&site, &[(1, &format!("<![CDATA[{description}]]>"), MORNING_NEWS.2)]);
        let daemon = reader_of(&site, "").await;
        daemon.harvest("bao").await;
        let item = daemon.only_item("/feed.json").await;
        assert_eq!(item["summary"], lead, "{caller}");
        let html = item["content_html"].as_str().unwrap();
        for added in ["first on", "đầu tiên", "Đọc tiếp", "Read more", "Nguồn", "[…]"] {
            assert!(!html.contains(added), "{caller}: {item:#}");
        }
    }
}

#[tokio::test]
async fn an_excerpt_with_a_footer_is_no_whole_article() {
    let (cut, lead) = (
        "Cầu mới đã thông xe, hàng nghìn người dân hai bên bờ sông […]",
        "Cầu mới đã thông xe, hàng \
        nghìn người dân hai bên bờ sông…",
    );
    let linked = "<a href='http://bao.example/1.html'>Tin 1</a>";
    let home = "<a href='http://bao.example/'>Báo điện tử của tỉnh ở đầu nguồn con sông dài nhất miền núi phía Bắc</a>";
    is_an_excerpt(&format!("<p>{cut}</p><p>The post {linked} appeared first on {home}.</p>"), lead).await;
    is_an_excerpt(&format!("<p>{cut}</p><p>The post Tin 1 first appeared on Báo.</p>"), lead).await;
    is_an_excerpt(&format!("<p>{cut}</p><p>Bài viết {linked} đã xuất hiện đầu tiên vào ngày {home}.</p>"), lead).await;
    is_an_excerpt(&format!("{cut} Bài viết Tin 1 xuất hiện đầu tiên trên Báo."), lead).await;
}

#[tokio::test]
async fn an_invitation_to_read_on_is_no_part_of_an_excerpt() {
    is_an_excerpt("Cầu mới đã thông xe. <a href='/1.html'>Đọc tiếp »</a>", "Cầu mới đã thông xe.").await;
    is_an_excerpt("<p>Cầu mới đã thông xe [...]</p><p><a href='/1.html'>Read more</a></p>", "Cầu mới đã thông xe…")
        .await;
    is_an_excerpt("<p>Cầu mới đã thông xe.</p><p>Phà nghỉ.</p><p>Nguồn: Báo</p>", "Cầu mới đã thông xe. Phà nghỉ.")
        .await;
    is_an_excerpt("Cuốn sách mời bạn đọc tiếp.", "Cuốn sách mời bạn đọc tiếp.").await;
}

#[tokio::test]
async fn an_excerpt_in_several_lines_keeps_all_that_are_no_labels() {
    let label = "<p>(Dân trí)</p><p>Cầu mới thông xe sáng nay</p>";
    is_an_excerpt(label, "(Dân trí) Cầu mới thông xe sáng nay").await;
    let says = "Theo người dân, phà nghỉ từ hôm qua";
    for label in ["Nguồn: VOV", "(Theo TTXVN)", "Theo Báo điện tử Chính phủ", "Ảnh: Minh An", "Nguyễn Văn An"]
    {
        is_an_excerpt(
            &format!("<p>Cầu mới đã thông xe.</p><p>{says}</p><p>{label}</p>"),
            &format!("Cầu mới đã thông xe. {says}"),
        )
        .await;
    }
}

#[tokio::test]
async fn what_was_read_of_a_feed_too_long_for_one_pass_is_not_read_again_with_the_rest() {
    let site = FakeSite::start().await;
    let read = bantin::harvest::ARTICLES_PER_PASS_MAX;
    let entries: Vec<Printed> = (0..=u32::try_from(read).unwrap()).map(|n| (n, "Bản tin.", MORNING_NEWS.2)).collect();
    serve(&site, &entries);
    let daemon = reader_of(&site, "").await;
    check(&daemon.scheduled("bao").await, [read, 0, 0]);
    let known = || daemon.harvester.store.page(&site.url("/rss").parse().unwrap()).unwrap().unwrap().entries.len();
    assert_eq!(known(), read, "the feed is asked for anew, and these are known");
    check(&daemon.later(TimeDelta::hours(1)).scheduled("bao").await, [1, 0, read]);
    assert_eq!(known(), read + 1);
    check(&daemon.later(TimeDelta::hours(1)).scheduled("bao").await, [0, 0, 0]);
}

#[tokio::test]
async fn one_place_to_work_at_is_enough_for_a_pass_with_many_pages() {
    let site = FakeSite::start().await;
    let links: Vec<(String, String)> =
        (0..140).map(|n| (format!("/{n}.html"), format!("Tin số {n} của tỉnh"))).collect();
    for (path, title) in &links {
        site.page(path, article(title, "10:08, 24/08/2026", "Dẫn.", &[title]));
    }
    let links: Vec<(&str, &str)> = links.iter().map(|(path, title)| (path.as_str(), title.as_str())).collect();
    site.page("/", listing(&links));
    let mut daemon = TestDaemon::at(MORNING, &source("bao", &site)).await;
    let harvester = &mut daemon.harvester;
    harvester.desk = Desk::of(1);
    harvester.keeper = Keeper::new(harvester.store.clone(), harvester.desk.clone(), RULES);
    let report = tokio::time::timeout(Duration::from_secs(60), daemon.harvest("bao")).await;
    assert_eq!(report.expect("the pass waits for itself").new, 140);
}
