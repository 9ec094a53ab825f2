//! A simulated month of 500 sources, driven through the plan as the daemon's loop does.

use std::collections::{BTreeSet, HashMap, HashSet};

use bantin::cadence::{Outlook, Plan, backoff, jitter, next_run};
use bantin::config::Config;
use bantin::model::{Source, SourceId};
use chrono::{DateTime, TimeDelta, Timelike as _, Utc};

const HANOI: chrono_tz::Tz = chrono_tz::Tz::Asia__Ho_Chi_Minh;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A source of the simulated month: how long its harvests take, when it fails, when it publishes.
struct Simulated {
    source: Source,
    outlook: Outlook,
    failures: u32,
    last: Option<DateTime<Utc>>,
    seconds: i64,
    starts: Vec<DateTime<Utc>>,
    /// Starts of runs that followed a failure.
    patient: Vec<(u32, TimeDelta)>,
}

/// The eleventh day is down for every tenth source, and every fiftieth is always down.
fn fails(n: usize, now: DateTime<Utc>) -> bool {
    n % 50 == 49 || n % 10 == 5 && (now - at(MONTH)).num_days() == 10
}

/// A story each hour from 6 to 22 o'clock in Hanoi.
fn published(from: DateTime<Utc>, to: DateTime<Utc>) -> usize {
    let hour = |at: DateTime<Utc>| at.timestamp() / 3_600;
    let is_day = |hour: &i64| (6..22).contains(&((hour + 7) % 24));
    (hour(from) + 1..=hour(to)).filter(is_day).count()
}

const MONTH: &str = "2026-08-01T00:00:00Z";

/// 500 sources: 50 every quarter of an hour, 300 hourly, 150 learned; number 6 takes three hours each time.
fn simulated() -> Vec<Simulated> {
    let schedule = |n: usize| match n % 10 {
        0 => "*/15 * * * *",
        1..=6 => "5 * * * *",
        _ => "auto",
    };
    let feed =
        |n| format!("[[source]]\nid = \"s{n}\"\nfeed = \"https://s{n}.example/rss\"\nschedule = \"{}\"\n", schedule(n));
    let text: String = (0..500).map(feed).collect();
    let begin = |(n, source): (usize, Source)| Simulated {
        source,
        outlook: Outlook::default(),
        failures: 0,
        last: None,
        seconds: if n == 6 { 10_800 } else { 1 + i64::try_from(n * 7 % 40).unwrap() },
        starts: Vec::new(),
        patient: Vec::new(),
    };
    Config::parse("feeds.toml", &text).unwrap().sources.into_iter().enumerate().map(begin).collect()
}

/// Drives a plan as the daemon's loop does, with a clock that jumps from event to event.
fn run_a_month(all: &mut [Simulated]) {
    let (mut now, end) = (at(MONTH), at(MONTH) + TimeDelta::days(30));
    let places: HashMap<SourceId, usize> = all.iter().enumerate().map(|(n, one)| (one.source.id.clone(), n)).collect();
    let configured: Vec<Source> = all.iter().map(|one| one.source.clone()).collect();
    let mut plan = Plan::new(now);
    plan.adopt(&configured, |source| next_run(source, 0, &Outlook::default(), now));
    let mut under_way: BTreeSet<(DateTime<Utc>, usize)> = BTreeSet::new();
    let mut running: HashSet<usize> = HashSet::new();
    while now < end {
        for id in plan.start(now) {
            let n = places[&id];
            assert!(running.insert(n), "s{n} runs twice at once");
            let one = &mut all[n];
            if let Some(last) = one.starts.last().filter(|_| one.failures > 0) {
                one.patient.push((one.failures, now - *last));
            }
            one.starts.push(now);
            under_way.insert((now + TimeDelta::seconds(one.seconds), n));
        }
        let due = plan.wait(now).map(|wait| now + wait);
        let done = under_way.first().map(|(done, _)| *done);
        now = due.into_iter().chain(done).min().unwrap();
        while under_way.first().is_some_and(|(done, _)| *done <= now) {
            let (_, n) = under_way.pop_first().unwrap();
            running.remove(&n);
            let one = &mut all[n];
            let started = *one.starts.last().unwrap();
            if fails(n, started) {
                one.failures += 1;
            } else {
                one.failures = 0;
                if let Some(last) = one.last {
                    one.outlook.rhythm.learn(last, started, published(last, started), one.source.zone);
                }
                one.last = Some(started);
            }
            let next = next_run(&one.source, one.failures, &one.outlook, now);
            plan.finish(&one.source.id, next, now);
        }
    }
}

#[test]
fn a_month_of_five_hundred_sources_is_fair_spaced_patient_and_without_drift() {
    let mut all = simulated();
    run_a_month(&mut all);
    let mut seconds: HashMap<i64, usize> = HashMap::new();
    for (n, one) in all.iter().enumerate() {
        for start in &one.starts {
            *seconds.entry(start.timestamp()).or_default() += 1;
        }
        let always_down = n % 50 == 49;
        let down_for_a_day = n % 10 == 5;
        for (failures, gap) in &one.patient {
            assert!(*gap >= backoff(&one.source.id, *failures, one.source.pace.max_backoff), "s{n}: {gap}");
        }
        let longest = one.starts.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
        assert!(longest <= TimeDelta::hours(8), "s{n} was left alone for {longest}");
        match n % 10 {
            _ if always_down => assert!((115..200).contains(&one.starts.len()), "s{n}: {}", one.starts.len()),
            0..=6 if n == 6 => {
                assert!((170..=240).contains(&one.starts.len()), "three hours each: {}", one.starts.len());
            }
            0..=6 => {
                let slot = if n % 10 == 0 { 900 } else { 3_600 };
                let phase = if n % 10 == 0 { 0 } else { 300 };
                let own = jitter(&one.source.id);
                // Runs after a failure are the patience's, all others the schedule's to the millisecond.
                let drifted = one.starts.iter().filter(|start| {
                    (**start - own - TimeDelta::seconds(phase)).timestamp_millis() % (slot * 1_000) != 0
                });
                assert!(drifted.count() <= one.patient.len(), "s{n} drifts");
                let runs = usize::try_from(30 * 86_400 / slot).unwrap();
                let missed = runs - one.starts.len();
                assert!(missed <= if down_for_a_day { runs / 25 } else { 0 }, "s{n} missed {missed} of {runs}");
            }
            _ => {
                let gaps = one.starts.windows(2).map(|pair| pair[1] - pair[0]);
                assert!(gaps.clone().all(|gap| gap >= TimeDelta::minutes(10)), "s{n}: {:?}", gaps.min());
                let week = &one.starts[one.starts.partition_point(|start| *start < at(MONTH) + TimeDelta::days(20))..];
                let is_day = |start: &&DateTime<Utc>| (6..22).contains(&start.with_timezone(&HANOI).hour());
                let day = week.iter().filter(is_day).count();
                let night = week.len() - day;
                assert!(day > 200 && night < day / 6, "s{n}: {day} by day, {night} by night");
            }
        }
    }
    let most = seconds.values().max().unwrap();
    assert!(*most <= 25, "{most} sources started in one second");
}
