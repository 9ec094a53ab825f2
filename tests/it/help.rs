//! What the program says of itself: every key, every command, from one source.

use bantin::config::{Config, examples, explained, markdown};

use crate::desk::{Desk, text};

const NOBODY: &str = "zzzzzzzzzzzz";

/// The keys that a table knows, by what it says to a key that nobody knows.
fn known(table: &str) -> Vec<String> {
    let before = if table.starts_with("[source.") { "[[source]]\nid = \"a\"\n" } else { "" };
    let asked = format!("{before}{table}\n{NOBODY} = 1\n");
    let said = Config::parse("feeds.toml", &asked).unwrap_err().to_string();
    let list = said.lines().find_map(|line| line.split_once(" knows: ")).unwrap_or_else(|| panic!("{said}")).1;
    let mut keys: Vec<String> = list.split(", ").map(|key| key.trim().to_owned()).collect();
    keys.sort();
    keys
}

#[test]
fn every_key_that_is_read_is_explained_and_no_other() {
    let shared = explained().filter(|(table, _)| matches!(*table, "[source.listing]" | "[source.article]"));
    let shared: Vec<&str> =
        shared.flat_map(|(_, keys)| keys).filter(|key| !matches!(*key, "url" | "urls" | "pages")).collect();
    for (table, mut keys) in explained() {
        if table == "[family.NAME]" {
            keys.extend(&shared);
        }
        let table = table.replace("NAME", "name");
        keys.sort_unstable();
        assert_eq!(keys, known(&table), "{table}");
    }
    let tables: Vec<&str> = explained().map(|(table, _)| table.trim_matches(['[', ']'])).collect();
    for key in known("") {
        assert!(tables.iter().any(|table| table.split('.').next() == Some(&key)), "[{key}] is not explained");
    }
}

#[test]
fn every_example_is_taken() {
    for (table, key, example) in examples() {
        // Tables are below; a password must be where it is said to be.
        if example.starts_with("[source.") || table == "[source.auth]" {
            continue;
        }
        let place = if table == "[source.listing]" || matches!(key, "feed" | "sitemap") {
            ""
        } else {
            "feed = \"https://a.example/\"\n"
        };
        let id = if key == "id" { "" } else { "id = \"a\"\n" };
        let file = match table {
            "[[source]]" => format!("[[source]]\n{id}{place}{key} = {example}\n"),
            "[source.listing]" if key.starts_with("url") => format!("[[source]]\n{id}{table}\n{key} = {example}\n"),
            "[source.listing]" => format!("[[source]]\n{id}{table}\nurl = \"https://a.example/\"\n{key} = {example}\n"),
            "[source.article]" => format!("[[source]]\n{id}{place}{table}\n{key} = {example}\n"),
            _ => format!("{}\n{key} = {example}\n", table.replace("NAME", "name")),
        };
        Config::parse("feeds.toml", &file).unwrap_or_else(|error| panic!("{file}{error}"));
    }
}

#[test]
fn the_page_in_docs_is_the_one_that_the_program_knows() {
    let page = markdown();
    let kept = include_str!("../../docs/feeds.md");
    if kept != page {
        let fresh = concat!(env!("CARGO_TARGET_TMPDIR"), "/feeds.md");
        std::fs::write(fresh, page).unwrap();
        panic!("docs/feeds.md is out of date; {fresh} is what it should be");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn help_explains_commands_and_the_configuration_and_knows_near_names() {
    let desk = Desk::with_stories(1).await;
    let feeds = text(&desk.run(&["help", "feeds.toml"]).await.stdout);
    assert!(feeds.contains("host_gap") && feeds.contains("example: schedule = \"*/10 5-23 * * *\""), "{feeds}");
    let fetch = text(&desk.run(&["help", "fetch"]).await.stdout);
    assert!(fetch.contains("Sources to read; all of them when none is named"), "{fetch}");
    for (args, wanted) in [
        (vec!["help", "feed.toml"], "did you mean `feeds.toml`?"),
        (vec!["fetch", "baoo"], "no source is called `baoo`; did you mean `bao`?"),
        (vec!["fecth"], "fetch"),
    ] {
        let refused = desk.run(&args).await;
        assert_ne!(refused.status.code(), Some(0));
        assert!(text(&refused.stderr).contains(wanted), "{refused:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn completions_and_the_manual_name_every_command() {
    let desk = Desk::with_stories(1).await;
    let help = text(&desk.run(&["help"]).await.stdout);
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() >= 18, "{help}");
    let man = text(&desk.run(&["man"]).await.stdout);
    for shell in ["bash", "zsh", "fish"] {
        let out = text(&desk.run(&["completions", shell]).await.stdout);
        for name in names.iter().filter(|name| help.contains(&format!("\n  {name} "))) {
            assert!(out.contains(name), "{shell} does not know {name}");
            assert!(man.contains(&format!(".SH \"{}\"", name.to_uppercase())), "the manual does not tell of {name}");
        }
    }
    assert!(man.starts_with(".ie") || man.contains(".TH bantin 1"), "{man}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_piped_has_no_colours_and_no_bars() {
    let desk = Desk::with_stories(2).await;
    let backups = desk.directory.path().join("backups");
    for args in [
        vec!["fetch"],
        vec!["fetch", "--json"],
        vec!["export"],
        vec!["backup", backups.to_str().unwrap()],
        vec!["status"],
    ] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_bantin"));
        command
            .arg("--config")
            .arg(desk.file())
            .args(&args)
            .env_remove("STATE_DIRECTORY")
            .env("TERM", "xterm-256color");
        let out = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        assert!(out.status.success() && out.stderr.is_empty(), "{args:?}: {out:?}");
        assert!(!out.stdout.contains(&0x1b), "{args:?}: {out:?}");
    }
    let read = desk.run(&["fetch", "--json"]).await;
    let reports: serde_json::Value = serde_json::from_slice(&read.stdout).unwrap();
    assert_eq!((&reports[0]["id"], &reports[0]["unchanged"]), (&"bao".into(), &2.into()));
}
