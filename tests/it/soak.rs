//! Days of trouble in seconds: faults come and go at random, nothing grows, everything arrives.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bantin::clock::Clock;
use chrono::TimeDelta;

use crate::harness::{FakeSite, TestDaemon, article, listing, prose, source};

const SITES: usize = 4;
const STORIES: usize = 15;
/// The test runs itself in a process of its own, so that what grows there is its own.
const ALONE: &str = "BANTIN_SOAK_ALONE";

fn path(n: usize) -> String {
    format!("/{n}.html")
}

fn heal(site: &FakeSite, number: usize) {
    let links: Vec<(String, String)> = (0..STORIES).map(|n| (path(n), format!("Tin {number}-{n}"))).collect();
    let links: Vec<(&str, &str)> = links.iter().map(|(path, title)| (path.as_str(), title.as_str())).collect();
    site.page("/", listing(&links));
    for (n, (path, title)) in links.iter().enumerate() {
        let own = prose(70, number * 1_000 + n * 31);
        site.page(
            path,
            article(title, &format!("10:{n:02}, 24/08/2020"), "Dẫn.", &[&own, &format!("Riêng {number}-{n}.")]),
        );
    }
}

fn hurt(site: &FakeSite, random: u64) {
    let address = if random.is_multiple_of(3) { "/".to_owned() } else { path((random / 7) as usize % STORIES) };
    match random / 101 % 6 {
        0 => site.serve(&address, 500, &[], "lỗi"),
        1 => site.serve(&address, 404, &[], ""),
        2 => site.serve(&address, 200, &[("content-type", "text/html")], vec![0xff; 5_000]),
        3 => site.serve(&address, 302, &[("location", &address)], ""),
        4 => site.serve(&address, 503, &[("retry-after", "60")], ""),
        _ => site.page(&address, "<html><body>".to_owned() + &"<div>".repeat(3_000)),
    };
}

/// Resident memory in KiB, open descriptors, living tasks.
fn usage() -> (u64, usize, usize) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let resident = resident.trim().trim_end_matches(" kB").parse().unwrap();
    let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    (resident, std::fs::read_dir("/proc/self/fd").unwrap().count(), tasks)
}

async fn soak(span: Duration) {
    let mut sites = Vec::new();
    for _ in 0..SITES {
        sites.push(FakeSite::start().await);
    }
    let sources: String = sites.iter().enumerate().map(|(n, site)| source(&format!("bao-{n}"), site)).collect();
    let clock = Clock::fixed("2020-08-24T05:00:00Z".parse().unwrap());
    let daemon = TestDaemon::over(Arc::new(tempfile::tempdir().unwrap()), clock, "", &sources).await;
    let started = Instant::now();
    let mut random = 88_172_645_463_325_252_u64;
    let mut settled = None;
    let mut rounds = 0;
    while started.elapsed() < span {
        for (number, site) in sites.iter().enumerate() {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            if random.is_multiple_of(2) {
                heal(site, number);
            } else {
                hurt(site, random >> 8);
            }
            daemon.scheduled(&format!("bao-{number}")).await;
            site.asked();
        }
        daemon.later(TimeDelta::minutes(7));
        for feed in ["/feed.xml", "/feed.atom", "/feed.json?q=tin", "/status", "/health/ready"] {
            assert_eq!(daemon.get(feed).await.status(), 200, "{feed}");
        }
        rounds += 1;
        if settled.is_none() && started.elapsed() > span / 3 {
            settled = Some(usage());
        }
    }
    let (before, after) = (settled.unwrap(), usage());
    for (number, site) in sites.iter().enumerate() {
        heal(site, number);
    }
    daemon.later(TimeDelta::days(2));
    for number in 0..SITES {
        daemon.harvest(&format!("bao-{number}")).await;
    }
    let mut titles = daemon.titles("/feed.json?limit=1000").await;
    titles.sort();
    let mut wanted: Vec<String> =
        (0..SITES).flat_map(|number| (0..STORIES).map(move |n| format!("Tin {number}-{n}"))).collect();
    wanted.sort();
    assert_eq!(titles, wanted, "every story once");
    println!("{rounds} rounds; resident KiB, descriptors, tasks: {before:?} then {after:?}");
    assert!(after.0 < before.0 * 5 / 4 + 16_384, "memory grew: {before:?} then {after:?}");
    assert!(after.1 <= before.1 + 16, "descriptors grew: {before:?} then {after:?}");
    assert!(after.2 <= before.2 + 16, "tasks grew: {before:?} then {after:?}");
}

#[test]
fn through_days_of_faults_nothing_grows_and_every_story_arrives_once() {
    if std::env::var_os(ALONE).is_none() {
        let name = "soak::through_days_of_faults_nothing_grows_and_every_story_arrives_once";
        let test = std::env::current_exe().unwrap();
        let out = Command::new(test).args(["--exact", name, "--nocapture"]).env(ALONE, "1").output().unwrap();
        assert!(
            out.status.success(),
            "{}{}",
            String::from_utf8_lossy(&out.stdout),
            String::from_utf8_lossy(&out.stderr)
        );
        return;
    }
    let long = std::env::var_os("BANTIN_LONG").is_some_and(|value| value == "1");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(soak(Duration::from_secs(if long { 600 } else { 20 })));
}
