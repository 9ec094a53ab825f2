//! The README says what is true.

use bantin::cli::Cli;
use bantin::config::Config;
use clap::CommandFactory;

const README: &str = include_str!("../../README.md");

/// The fenced blocks of one language.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    README.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn its_configuration_has_no_problem() {
    let read = |example: &str| Config::parse("README.md", example).unwrap_or_else(|error| panic!("{error}"));
    let sources: Vec<usize> = blocks("toml").into_iter().map(|example| read(example).sources.len()).collect();
    assert_eq!(sources, [1, 0], "a first file, and keys to add to it");
}

#[test]
fn its_two_commands_stand_first() {
    let lines: Vec<&str> = blocks("sh").iter().take(2).map(|block| block.trim()).collect();
    assert_eq!(lines, ["cargo run --release -- demo", "cargo test --locked --tests"]);
}

#[test]
fn its_commands_exist_and_none_is_missing() {
    let cli = Cli::command();
    let known: Vec<&str> = cli.get_subcommands().map(clap::Command::get_name).filter(|name| *name != "help").collect();
    let table: Vec<&str> = README
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .flat_map(|line| line.split(" | ").next().unwrap().split("`, `"))
        .map(|cell| cell.split(['`', ' ', '[']).next().unwrap())
        .filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.is_empty())
        .collect();
    for name in &known {
        assert!(table.contains(name), "README does not tell of `{name}`");
    }
    for block in blocks("sh") {
        for line in block.lines().filter_map(|line| line.strip_prefix("bantin ")) {
            assert!(known.contains(&line.split(' ').next().unwrap()), "{line}");
        }
    }
}

#[test]
fn the_files_it_names_are_there() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["feeds.toml", "systemd/bantin.service", "docs/architecture.md", "CHANGELOG.md"] {
        assert!(README.contains(name) && root.join(name).exists(), "{name}");
    }
}

#[test]
fn the_unit_starts_what_the_readme_installs() {
    let unit = include_str!("../../systemd/bantin.service");
    assert!(unit.contains("ExecStart=/usr/bin/bantin --config /etc/bantin/feeds.toml run"));
    assert!(unit.contains("Type=notify") && unit.contains("StateDirectory=bantin"));
    assert!(README.contains("/usr/bin/bantin") && README.contains("/etc/bantin/feeds.toml"));
}
