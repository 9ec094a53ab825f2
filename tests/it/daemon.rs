//! Cadence: who is read when.

use bantin::cadence::{auto_interval, backoff, next_run};
use bantin::config::Config;
use chrono::{DateTime, TimeDelta, Utc};

fn sources(text: &str) -> Vec<bantin::model::Source> {
    Config::parse("feeds.toml", text).unwrap().sources
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn sources_on_one_schedule_start_apart_and_always_at_their_own_second() {
    let text: String =
        (0..40).map(|n| format!("[[source]]\nid = \"s{n}\"\nfeed = \"https://s{n}.example/rss\"\n")).collect();
    let now = at("2026-08-24T03:01:00Z");
    let mut seconds: Vec<i64> = Vec::new();
    for source in sources(&text) {
        let first = next_run(&source, 0, &[], now).unwrap();
        let second = next_run(&source, 0, &[], first).unwrap();
        assert_eq!(second - first, TimeDelta::minutes(15), "{}", source.id);
        assert!(first >= at("2026-08-24T03:15:00Z") && first < at("2026-08-24T03:16:00Z"));
        seconds.push((first - at("2026-08-24T03:15:00Z")).num_seconds());
    }
    seconds.sort_unstable();
    seconds.dedup();
    assert!(seconds.len() > 20, "40 sources start at {} different seconds", seconds.len());
}

#[test]
fn failures_make_patient_up_to_six_hours() {
    let waits: Vec<i64> = (0..10).map(|failures| backoff(failures).num_minutes()).collect();
    assert_eq!(waits, [0, 5, 10, 20, 40, 80, 160, 320, 360, 360]);
    let source = &sources("[[source]]\nid = \"a\"\nfeed = \"https://a.example/rss\"\nschedule = \"* * * * *\"\n")[0];
    let now = at("2026-08-24T03:00:00Z");
    assert_eq!(next_run(source, 3, &[], now), Some(now + TimeDelta::minutes(20)));
}

#[test]
fn an_automatic_schedule_follows_the_sources_own_rhythm() {
    let every = |minutes: i64| -> Vec<DateTime<Utc>> {
        (0..20).map(|n| at("2026-08-24T03:00:00Z") - TimeDelta::minutes(minutes * n)).collect()
    };
    assert_eq!(auto_interval(&every(60)), TimeDelta::minutes(30));
    assert_eq!(auto_interval(&every(1)), TimeDelta::minutes(10));
    assert_eq!(auto_interval(&every(60 * 24 * 7)), TimeDelta::hours(6));
    assert_eq!(auto_interval(&[]), TimeDelta::minutes(30));
}
