//! The shipped `feeds.toml`: every province is served, on stated evidence, and the table in the docs is its own.

use std::collections::{BTreeMap, HashSet};

use bantin::config::Config;
use bantin::model::{Cadence, PROVINCES, Reads, Source};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::harness::{FakeSite, TestDaemon, source};

const FILE: &str = include_str!("../../feeds.toml");
const DOCS: &str = "docs/sources.md";

fn config() -> Config {
    Config::parse("feeds.toml", FILE).unwrap_or_else(|error| panic!("{error}"))
}

/// What the line above each source says, by its id.
fn evidence() -> BTreeMap<String, String> {
    let mut said = BTreeMap::new();
    for (above, block) in FILE.split("[[source]]").zip(FILE.split("[[source]]").skip(1)) {
        let id = block.split("id = \"").nth(1).and_then(|rest| rest.split('"').next()).expect("an id");
        let line = above.trim_end().lines().last().expect("a line above");
        let line = line.strip_prefix("# Evidence: ").unwrap_or_else(|| panic!("{id} stands on no evidence: {line}"));
        said.insert(id.to_owned(), line.to_owned());
    }
    said
}

#[test]
fn every_unit_of_today_is_served_by_an_enabled_source() {
    let config = config();
    for unit in PROVINCES.iter().filter(|unit| unit.code.is_some()) {
        let mut serving = config.enabled().filter(|source| source.province.is_some_and(|own| unit.covers(own)));
        assert!(serving.next().is_some(), "nothing enabled serves {}", unit.name);
    }
    let units = PROVINCES.iter().filter(|unit| unit.code.is_some()).count();
    assert_eq!((units, PROVINCES.len() - units), (34, 29));
}

#[test]
fn every_source_says_what_it_is_and_on_which_evidence_it_stands() {
    let (config, said) = (config(), evidence());
    let all = &config.sources;
    assert_eq!(said.len(), all.len());
    let ids: HashSet<&str> = all.iter().map(|source| source.id.as_str()).collect();
    assert_eq!(ids.len(), all.len());
    for source in all {
        assert!(source.province.is_some() && source.category.is_some(), "{}", source.id);
        assert_eq!(
            said[source.id.as_str()].contains(" Disabled: "),
            !source.enabled,
            "{} gives a reason or none",
            source.id
        );
    }
}

#[test]
fn no_host_is_asked_by_two_sources_at_one_minute_and_few_sources_start_together() {
    let start: DateTime<Utc> = "2026-11-24T00:00:00Z".parse().unwrap();
    let (mut hosts, mut minutes) = (HashSet::new(), BTreeMap::<DateTime<Utc>, usize>::new());
    for source in config().enabled() {
        let Cadence::Cron(crontab) = &source.cadence else { panic!("{} has no fixed times", source.id) };
        let next = |moment: &DateTime<Utc>| crontab.next_after(*moment, source.zone);
        let day = std::iter::successors(next(&start), next).take_while(|run| *run < start + TimeDelta::days(1));
        for run in day {
            *minutes.entry(run).or_default() += 1;
            let own: HashSet<&str> = source.reads.addresses().iter().filter_map(|url| url.host_str()).collect();
            for host in own {
                assert!(hosts.insert((host.to_owned(), run)), "{} and another ask {host} at {run}", source.id);
            }
        }
    }
    assert!(minutes.values().all(|together| *together <= 3), "{minutes:?}");
}

#[test]
fn check_tells_of_every_source_and_of_those_that_stand_by() {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bantin"));
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("feeds.toml");
    let output = command.arg("--config").arg(file).arg("check").output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    let config = config();
    let read = config.enabled().count();
    assert!(output.status.success(), "{shown}");
    assert_eq!(shown.lines().filter(|line| line.ends_with(": disabled")).count(), config.sources.len() - read);
    assert!(shown.ends_with(&format!("{read} sources and {} disabled, no problem\n", config.sources.len() - read)));
}

#[test]
fn a_source_that_is_read_on_old_or_thin_evidence_says_that_it_is_weak() {
    let thin =
        |said: &str| said.contains("addresses") || ["2018-21", "2021", "2022"].iter().any(|year| said.contains(year));
    for (id, said) in evidence() {
        if !said.contains(" Disabled: ") {
            assert_eq!(said.contains(" Weak: "), thin(&said), "{id}: {said}");
        }
    }
}

/// The table of the docs, made of the file.
fn table() -> String {
    let (config, said) = (config(), evidence());
    let mut out = String::from(
        "# The sources of feeds.toml\n\n\
         Made of `feeds.toml` by `cargo test --test it catalogue`; a change of that file is followed by\n\
         `BANTIN_RENEW_DOCS=1 cargo test --test it catalogue`.\n\n\
         No source was tried live by the tests, nor while bantin was made. \"Evidence\" tells what a source stands on\n\
         instead: pages of the paper that others stored, the scripts of the site itself, or the configuration of a public\n\
         crawler and its years. \"Weak\" marks the sources that are read though no page of recent years was seen.\n\n\
         Run `bantin probe` on the first day; `bantin probe --write` puts right in the file what it finds. It asks each\n\
         source for its listing or feed and two to four articles. A selector that finds nothing gives way to one that\n\
         does, or to automatic reading; a section that has moved is looked for by its name on the home page; a feed that\n\
         is gone gives way to its section or the home page, a list that a script draws to the feed that it announces; an\n\
         address that leads to another host follows it. What answers nothing stays in the file and shows up in\n\
         `bantin status`: only a person can tell where that paper has gone.\n\n",
    );
    let all = &config.sources;
    let read = config.enabled().count();
    out += &format!("{read} sources are read, {} stand by with the reason.\n", all.len() - read);
    for unit in PROVINCES.iter().filter(|unit| unit.code.is_some()) {
        let absorbed: Vec<&str> =
            PROVINCES.iter().filter(|other| other.within == Some(unit.slug)).map(|o| o.name).collect();
        let with = if absorbed.is_empty() { String::new() } else { format!(", with {}", absorbed.join(" and ")) };
        out += &format!("\n## {} {}{with}\n\n", unit.code.unwrap(), unit.name);
        out += "| id | name | reads | family | evidence |\n| --- | --- | --- | --- | --- |\n";
        let mut own: Vec<&Source> =
            all.iter().filter(|source| source.province.is_some_and(|other| unit.covers(other))).collect();
        own.sort_by_key(|source| !source.enabled);
        for source in own {
            let kind = match source.reads {
                Reads::Feed(_) => "feed",
                Reads::Listing(_) => "listing",
                Reads::Sitemap(_) => "sitemap",
            };
            let address = source.reads.addresses()[0].as_str();
            let family = source.family.as_deref().unwrap_or("");
            let (id, name, why) = (&source.id, &source.name, &said[source.id.as_str()]);
            out += &format!("| `{id}` | {name} | {kind} <{address}> | {family} | {why} |\n");
        }
    }
    out
}

#[test]
fn the_table_in_the_docs_is_that_of_the_file() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(DOCS);
    let wanted = table();
    if std::env::var_os("BANTIN_RENEW_DOCS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let shown = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(shown == wanted, "{DOCS} is out of date; renew it: BANTIN_RENEW_DOCS=1 cargo test --test it catalogue");
}

#[tokio::test]
async fn a_source_that_is_not_enabled_is_told_of_and_not_read() {
    let site = FakeSite::start().await;
    let off = source("tat", &site).replace("[source.listing]", "enabled = false\n[source.listing]");
    let daemon = TestDaemon::at("2020-08-24T05:00:00Z", &off).await;
    assert_eq!(daemon.config.enabled().count(), 0);
    assert!(!daemon.text("/opml.xml").await.contains("sources/tat"));
    assert!(daemon.text("/status").await.contains("disabled"));
    let (config, now) = (&daemon.config, daemon.clock.now());
    let store = &*daemon.harvester.store;
    let desk = bantin::edition::Desk { site: &config.site, sources: &config.sources, zone: config.zone, store, now };
    let rows = bantin::server::rows(config, &desk).unwrap();
    let row: Value = serde_json::to_value(&rows[0]).unwrap();
    assert_eq!((&row["id"], &row["health"]), (&"tat".into(), &"disabled".into()));
}
