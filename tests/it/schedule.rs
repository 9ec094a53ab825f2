//! Who is read when: the plan by itself, and end to end.

use std::collections::{BTreeMap, HashMap, HashSet};

use bantin::cadence::{Outlook, Plan, Rhythm, backoff, jitter, next_run};
use bantin::config::Config;
use bantin::model::{Source, SourceId};
use chrono::{DateTime, TimeDelta, Timelike as _, Utc};
use proptest::prelude::*;

use crate::harness::{FakeSite, TestDaemon};

const MORNING: &str = "2026-08-24T03:00:00Z";
const HANOI: chrono_tz::Tz = chrono_tz::Tz::Asia__Ho_Chi_Minh;

fn sources(text: &str) -> Vec<Source> {
    Config::parse("feeds.toml", text).unwrap_or_else(|error| panic!("{error}")).sources
}

fn feed(id: &str, keys: &str) -> String {
    format!("[[source]]\nid = \"{id}\"\nfeed = \"https://{id}.example/rss\"\n{keys}\n")
}

fn one(keys: &str) -> Source {
    sources(&feed("a", keys)).remove(0)
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn minutes(minutes: i64) -> TimeDelta {
    TimeDelta::minutes(minutes)
}

#[test]
fn two_hundred_sources_on_one_schedule_start_apart_and_always_at_their_own_moment() {
    let text: String = (0..200).map(|n| feed(&format!("s{n}"), "schedule = \"*/15 * * * *\"")).collect();
    let now = at("2026-08-24T03:01:00Z");
    let mut starts: BTreeMap<i64, usize> = BTreeMap::new();
    for source in sources(&text) {
        let first = next_run(&source, 0, &Outlook::default(), now).unwrap();
        let second = next_run(&source, 0, &Outlook::default(), first).unwrap();
        assert_eq!(second - first, minutes(15), "{}", source.id);
        assert!(first >= at("2026-08-24T03:15:00Z") && first < at("2026-08-24T03:16:00Z"));
        *starts.entry(first.timestamp()).or_default() += 1;
    }
    assert!(starts.len() > 40 && starts.values().all(|count| *count < 15), "{starts:?}");
}

#[test]
fn failures_make_patient_up_to_the_longest_wait_and_one_success_ends_it() {
    let id = SourceId::parse("a").unwrap();
    let whole = [5, 10, 20, 40, 80, 160, 320, 360, 360].map(minutes);
    assert_eq!(backoff(&id, 0, minutes(360)), TimeDelta::zero());
    for (n, whole) in whole.into_iter().enumerate() {
        let wait = backoff(&id, u32::try_from(n + 1).unwrap(), minutes(360));
        assert!(wait <= whole && wait >= whole * 8 / 10, "{n}: {wait}");
    }
    let waits: HashSet<_> =
        (0..50).map(|n| backoff(&SourceId::parse(&format!("s{n}")).unwrap(), 4, minutes(360))).collect();
    assert!(waits.len() > 10, "sources that fail together come apart");
    let source = one("schedule = \"* * * * *\"\nmax_backoff = \"1h\"");
    let now = at(MORNING);
    let wait = |failures| next_run(&source, failures, &Outlook::default(), now).unwrap() - now;
    assert!(wait(1) > minutes(3) && wait(20) <= minutes(60) && wait(20) >= minutes(48) && wait(0) < minutes(2));
    assert!(wait(u32::MAX) <= minutes(60));
}

#[test]
fn a_host_that_asks_for_patience_and_a_hub_that_tells_delay_the_next_run() {
    let source = one("schedule = \"* * * * *\"\nmax_interval = \"3h\"");
    let now = at(MORNING);
    let next = |outlook: Outlook| next_run(&source, 0, &outlook, now).unwrap() - now;
    assert_eq!(next(Outlook { wait_until: Some(now + minutes(90)), ..Outlook::default() }), minutes(90));
    assert_eq!(next(Outlook { pushed: Some(now - minutes(90)), ..Outlook::default() }), minutes(180));
    assert!(
        next(Outlook { pushed: Some(now - TimeDelta::hours(25)), ..Outlook::default() }) < minutes(2),
        "it fell silent"
    );
    let told = Outlook { pushed: Some(now - minutes(90)), ..Outlook::default() };
    assert!(next_run(&source, 1, &told, now).unwrap() - now < minutes(6), "what it told of was not read");
}

#[test]
fn a_source_that_is_gone_is_paused_until_its_configuration_changes() {
    let source = one("");
    let outlook = Outlook { gone: Some(source.reading()), ..Outlook::default() };
    assert_eq!(next_run(&source, 1, &outlook, at(MORNING)), None);
    let changed = sources("[[source]]\nid = \"a\"\nfeed = \"https://a.example/new\"\n").remove(0);
    assert!(next_run(&changed, 0, &outlook, at(MORNING)).is_some());
}

fn auto(channel: bantin::model::Channel, fresh_until: Option<DateTime<Utc>>, now: &str) -> TimeDelta {
    let source = one("schedule = \"auto\"");
    let outlook = Outlook { channel, fresh_until, ..Outlook::default() };
    next_run(&source, 0, &outlook, at(now)).unwrap() - at(now) - jitter(&source.id)
}

#[test]
fn a_publishers_wishes_are_lower_bounds_of_a_learned_interval() {
    use bantin::model::Channel;
    let none = Channel::default();
    assert_eq!(auto(none.clone(), None, MORNING), minutes(15), "half of the half hour that is assumed");
    assert_eq!(auto(Channel { ttl: Some(minutes(60)), ..none.clone() }, None, MORNING), minutes(60));
    assert_eq!(auto(none.clone(), Some(at(MORNING) + minutes(45)), MORNING), minutes(45));
    assert_eq!(
        auto(Channel { ttl: Some(TimeDelta::days(7)), ..none.clone() }, None, MORNING),
        TimeDelta::days(1),
        "bounded"
    );
    let night = Channel { skip_hours: 0b1_1100_0000_0000_0000_0000, ..none.clone() };
    assert_eq!(auto(night, None, "2026-08-24T17:50:00Z"), minutes(190), "18, 19 and 20 o'clock are skipped");
    let weekend = Channel { skip_days: 0b110_0000, ..none.clone() };
    assert_eq!(auto(weekend.clone(), None, "2026-08-28T23:50:00Z"), TimeDelta::days(1), "a day at most");
    assert_eq!(auto(weekend, None, "2026-08-30T23:50:00Z"), minutes(15));
    assert_eq!(auto(Channel { skip_hours: u32::MAX, ..none }, None, MORNING), TimeDelta::days(1));
}

#[test]
fn a_rhythm_is_learned_hour_by_hour() {
    let mut rhythm = Rhythm::default();
    let mut now = at("2026-08-24T00:00:00Z");
    // Two weeks of a paper that prints four stories an hour from 8 to 18 o'clock.
    for _ in 0..14 * 48 {
        let next = now + minutes(30);
        let hour = now.with_timezone(&HANOI).hour();
        rhythm.learn(now, next, if (8..18).contains(&hour) { 2 } else { 0 }, HANOI);
        now = next;
    }
    let wait = |at: DateTime<Utc>| rhythm.next_story(at, HANOI) - at;
    let noon = wait(at("2026-09-07T05:00:00Z"));
    assert!(noon >= minutes(6) && noon <= minutes(9), "half a story in 7.5 minutes: {noon}");
    let evening = wait(at("2026-09-07T12:00:00Z"));
    assert!(evening > TimeDelta::hours(11) && evening < TimeDelta::hours(14), "it waits for 8 o'clock: {evening}");
}

#[test]
fn a_flood_is_forgotten_and_a_silent_source_is_still_read() {
    let mut rhythm = Rhythm::default();
    let start = at("2026-08-24T00:00:00Z");
    rhythm.learn(start, start + minutes(1), usize::MAX, HANOI);
    for hour in 0..24 * 30 {
        rhythm.learn(start + TimeDelta::hours(hour), start + TimeDelta::hours(hour + 1), 0, HANOI);
    }
    let source = one("schedule = \"auto\"\nmin_interval = \"5m\"\nmax_interval = \"2h\"");
    let next = next_run(&source, 0, &Outlook { rhythm, ..Outlook::default() }, start).unwrap();
    assert_eq!(next - start - jitter(&source.id), TimeDelta::hours(2));
}

fn ids(ids: &[SourceId]) -> Vec<&str> {
    ids.iter().map(SourceId::as_str).collect()
}

/// A plan of the sources a, b and c, due in 10, 20 and 30 minutes.
fn plan(now: DateTime<Utc>) -> (Plan, Vec<Source>) {
    let sources = sources(&(feed("a", "") + &feed("b", "") + &feed("c", "")));
    let mut plan = Plan::new(now);
    plan.adopt(&sources, |source| {
        Some(
            now + minutes(match source.id.as_str() {
                "a" => 10,
                "b" => 20,
                _ => 30,
            }),
        )
    });
    (plan, sources)
}

#[test]
fn a_source_never_runs_twice_at_once_and_is_woken_once() {
    let now = at(MORNING);
    let (mut plan, _) = plan(now);
    let a = SourceId::parse("a").unwrap();
    assert_eq!((plan.wait(now), plan.start(now).len()), (Some(minutes(10)), 0));
    plan.wake(&a, now);
    assert_eq!(ids(&plan.start(now)), ["a"]);
    plan.wake(&a, now);
    plan.wake(&a, now);
    assert!(plan.start(now + minutes(1)).is_empty(), "it is running");
    plan.finish(&a, Some(now + minutes(60)), now + minutes(2));
    assert_eq!(ids(&plan.start(now + minutes(2))), ["a"]);
    plan.finish(&a, Some(now + minutes(60)), now + minutes(3));
    assert!(plan.start(now + minutes(4)).is_empty());
    plan.wake(&SourceId::parse("nobody").unwrap(), now);
    assert_eq!(plan.planned(), 3);
    // A hub that never stops telling hurries a source no more than this.
    let now = now + minutes(60);
    assert_eq!(plan.start(now).len(), 1);
    plan.wake(&a, now);
    plan.finish(&a, Some(now + minutes(60)), now);
    plan.wake(&a, now);
    assert_eq!(plan.wait(now), Some(TimeDelta::seconds(5)));
}

#[test]
fn a_machine_that_slept_makes_up_for_each_missed_run_once_and_not_all_at_once() {
    let now = at(MORNING);
    let text: String = (0..200).map(|n| feed(&format!("s{n}"), "schedule = \"*/15 * * * *\"")).collect();
    let sources = sources(&text);
    let mut plan = Plan::new(now);
    plan.adopt(&sources, |source| next_run(source, 0, &Outlook::default(), now));
    let awake = now + TimeDelta::days(3);
    let mut runs: HashMap<SourceId, usize> = HashMap::new();
    let mut most = 0;
    for second in 0..60 {
        let now = awake + TimeDelta::seconds(second);
        let started = plan.start(now);
        most = most.max(started.len());
        for id in started {
            *runs.entry(id.clone()).or_default() += 1;
            plan.finish(&id, Some(now + minutes(15)), now);
        }
    }
    assert_eq!((runs.len(), runs.values().max()), (200, Some(&1)));
    assert!(most < 20, "{most} started in one second");
}

#[test]
fn a_clock_that_is_set_back_delays_nothing() {
    let now = at(MORNING);
    let (mut plan, _) = plan(now);
    plan.start(now);
    let back = now - TimeDelta::days(365);
    assert!(plan.start(back).is_empty());
    assert_eq!(plan.wait(back), Some(minutes(10)));
    assert_eq!(ids(&plan.start(back + minutes(20) + TimeDelta::seconds(30))), ["b"]);
    assert_eq!(ids(&plan.start(back + minutes(21) + TimeDelta::seconds(30))), ["a"], "late by eleven minutes");
}

#[test]
fn a_new_configuration_is_taken_over_while_a_harvest_is_under_way() {
    let now = at(MORNING);
    let (mut plan, _) = plan(now);
    let (a, b) = (SourceId::parse("a").unwrap(), SourceId::parse("b").unwrap());
    assert_eq!(ids(&plan.start(now + minutes(10))), ["a"]);
    assert_eq!(ids(&plan.start(now + minutes(20))), ["b"]);
    // `b` and `c` go, `d` comes, `a` stays; `a` and `b` are being read.
    plan.adopt(&sources(&(feed("a", "") + &feed("d", ""))), |_| Some(now + minutes(20)));
    assert_eq!(ids(&plan.start(now + minutes(20))), ["d"], "what runs is not started again");
    plan.finish(&a, Some(now + minutes(40)), now + minutes(25));
    plan.finish(&b, None, now + minutes(25));
    assert_eq!(plan.wait(now + minutes(25)), Some(minutes(15)));
    assert_eq!(plan.planned(), 1, "`d` is running, `b` and `c` are gone");
}

proptest! {
    #[test]
    fn whatever_happens_no_source_runs_twice_at_once_and_none_is_forgotten(steps in prop::collection::vec((0..4u8, 0..3usize, 0..1_000i64), 1..120)) {
        let mut now = at(MORNING);
        let (mut plan, sources) = plan(now);
        let mut running: HashSet<SourceId> = HashSet::new();
        for (step, n, seconds) in steps {
            let id = sources[n].id.clone();
            match step {
                0 => now += TimeDelta::seconds(seconds),
                1 => now -= TimeDelta::seconds(seconds),
                2 => plan.wake(&id, now),
                _ if running.remove(&id) => plan.finish(&id, Some(now + TimeDelta::seconds(seconds)), now),
                _ => {}
            }
            for id in plan.start(now) {
                prop_assert!(running.insert(id.clone()), "{} runs twice", id);
            }
            prop_assert_eq!(plan.planned() + running.len(), sources.len());
        }
    }
}

fn rss(channel: &str) -> String {
    format!(
        "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel><title>t</title>{channel}<item><title>Một tin</title>\
         <link>https://bao.example/1.html</link><description>Sáng nay, cầu thông xe.</description></item></channel></rss>"
    )
}

async fn daemon_over(site: &FakeSite) -> TestDaemon {
    TestDaemon::at(MORNING, &format!("[[source]]\nid = \"a\"\nfeed = \"{}\"\n", site.url("/rss"))).await
}

fn state(daemon: &TestDaemon) -> bantin::store::SourceState {
    daemon.harvester.store.source(&SourceId::parse("a").unwrap()).unwrap()
}

#[tokio::test]
async fn what_a_feed_says_of_its_own_times_is_heard_and_kept() {
    let site = FakeSite::start().await;
    let own = "<ttl>45</ttl><skipHours><hour>1</hour><hour>24</hour></skipHours><skipDays><day>Sunday</day></skipDays>\
               <atom:link rel=\"hub\" href=\"https://hub.example/\"/><atom:link rel=\"self\" href=\"https://bao.example/rss\"/>";
    site.serve("/rss", 200, &[("etag", "\"1\""), ("cache-control", "public, max-age=600"), ("age", "60")], rss(own));
    let daemon = daemon_over(&site).await;
    for _ in 0..2 {
        daemon.harvest("a").await;
        let outlook = state(&daemon).outlook;
        assert_eq!(outlook.channel.ttl, Some(minutes(45)));
        assert_eq!((outlook.channel.skip_hours, outlook.channel.skip_days), (0b11, 0b100_0000));
        assert_eq!(outlook.channel.hub.unwrap().as_str(), "https://hub.example/");
        assert_eq!(outlook.channel.topic.unwrap().as_str(), "https://bao.example/rss");
    }
    assert_eq!(state(&daemon).outlook.fresh_until, None, "a 304 says nothing of its own here");
}

#[tokio::test]
async fn cache_control_and_expires_say_until_when_a_page_is_fresh() {
    for (headers, expected) in [
        (vec![("cache-control", "max-age=600")], Some(600)),
        (vec![("cache-control", "max-age=600"), ("age", "60")], Some(540)),
        (vec![("cache-control", "no-cache, max-age=600")], None),
        (vec![("date", "Mon, 24 Aug 2026 02:00:00 GMT"), ("expires", "Mon, 24 Aug 2026 02:10:00 GMT")], Some(600)),
        (vec![("expires", "0")], None),
        (vec![("cache-control", "max-age=99999999999999999999")], None),
        (vec![("cache-control", "max-age=99999999")], Some(86_400)),
    ] {
        let site = FakeSite::start().await;
        site.serve("/rss", 200, &headers, rss(""));
        let daemon = daemon_over(&site).await;
        daemon.harvest("a").await;
        let expected = expected.map(|seconds| at(MORNING) + TimeDelta::seconds(seconds));
        assert_eq!(state(&daemon).outlook.fresh_until, expected, "{headers:?}");
    }
}

#[tokio::test]
async fn a_feed_that_is_gone_for_good_is_paused_and_shown() {
    let site = FakeSite::start().await;
    site.serve("/rss", 410, &[], "");
    let daemon = daemon_over(&site).await;
    daemon.harvest("a").await;
    let source = &daemon.config.sources[0];
    assert_eq!(next_run(source, 1, &state(&daemon).outlook, at(MORNING)), None);
    assert!(daemon.text("/status").await.contains("gone for good (410)"));
    site.serve("/rss", 200, &[], rss(""));
    daemon.harvest("a").await;
    assert!(next_run(source, 0, &state(&daemon).outlook, at(MORNING)).is_some(), "asked for by hand, it is back");
}

#[tokio::test]
async fn a_pass_that_was_stopped_does_not_count_as_one() {
    let site = FakeSite::start().await;
    site.serve("/rss", 200, &[], rss(""));
    let daemon = daemon_over(&site).await;
    daemon.harvest("a").await;
    let before = state(&daemon);
    daemon.later(minutes(60));
    daemon.harvester.stop.cancel();
    assert_eq!(daemon.harvest("a").await.trouble(), None);
    assert_eq!((state(&daemon), before.last_pass), (before, Some(at(MORNING))));
}

#[tokio::test]
async fn retry_after_binds_the_host_for_every_source_and_outlives_a_restart() {
    for (status, header, wait) in [
        (503, Some("1800"), 1_800),
        (429, Some("Mon, 24 Aug 2026 03:45:00 GMT"), 2_700),
        (429, Some("Monday, 24-Aug-26 03:45:00 GMT"), 2_700),
        (500, Some("60"), 60),
        (429, None, 300),
        (503, Some("99999999"), 86_400),
    ] {
        let site = FakeSite::start().await;
        let headers: Vec<_> = header.map(|value| ("retry-after", value)).into_iter().collect();
        site.serve("/rss", status, &headers, "").serve("/two", 200, &[], rss(""));
        let two = format!(
            "[[source]]\nid = \"a\"\nfeed = \"{}\"\n[[source]]\nid = \"b\"\nfeed = \"{}\"\n",
            site.url("/rss"),
            site.url("/two")
        );
        let daemon = TestDaemon::at(MORNING, &two).await;
        daemon.harvest("a").await;
        let until = at(MORNING) + TimeDelta::seconds(wait);
        assert_eq!(state(&daemon).outlook.wait_until, Some(until), "{status} {header:?}");
        let other = daemon.harvest("b").await;
        assert!(other.trouble().unwrap().contains("asks to wait until"), "{other:?}");
        assert_eq!(site.paths_asked(), ["/rss"]);
        let source = &daemon.config.sources[0];
        assert!(next_run(source, 0, &state(&daemon).outlook, at(MORNING)).unwrap() >= until);
        daemon.later(TimeDelta::seconds(wait + 1));
        assert_eq!(daemon.harvest("b").await.new, 1, "{status} {header:?}");
    }
}

#[tokio::test]
async fn a_feed_that_moved_for_good_is_asked_for_at_its_new_address_and_that_is_shown() {
    let site = FakeSite::start().await;
    site.serve("/rss", 301, &[("location", "/moved")], "").serve("/moved", 308, &[("location", "/new.xml")], "");
    site.serve("/new.xml", 200, &[], rss(""));
    let daemon = daemon_over(&site).await;
    daemon.harvest("a").await;
    assert_eq!(site.paths_asked(), ["/rss", "/moved", "/new.xml"]);
    daemon.harvest("a").await;
    assert_eq!(site.paths_asked(), ["/new.xml"]);
    assert!(daemon.text("/status").await.contains(&format!("moved for good to {}", site.url("/new.xml"))));
    // Where it moved to it is no more: the file's own address has the last word.
    site.serve("/new.xml", 404, &[], "").serve("/rss", 200, &[], rss(""));
    let report = daemon.harvest("a").await;
    assert_eq!((report.trouble(), site.paths_asked()), (None, vec!["/new.xml".to_owned(), "/rss".to_owned()]));
    daemon.harvest("a").await;
    assert_eq!(site.paths_asked(), ["/rss"]);
}

#[tokio::test]
async fn a_feed_that_is_elsewhere_for_now_is_asked_for_at_its_own_address() {
    let site = FakeSite::start().await;
    site.serve("/rss", 302, &[("location", "/moved")], "").serve("/moved", 301, &[("location", "/new.xml")], "");
    site.serve("/new.xml", 200, &[], rss(""));
    let daemon = daemon_over(&site).await;
    for _ in 0..2 {
        daemon.harvest("a").await;
        assert_eq!(site.paths_asked(), ["/rss", "/moved", "/new.xml"]);
    }
}
