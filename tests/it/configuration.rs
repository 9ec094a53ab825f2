//! `feeds.toml`: what is accepted, and what is said of what is not.

use bantin::config::{Config, ConfigError};
use bantin::dedupe::MergeMode;
use bantin::model::{Cadence, DateOrder, Reads};
use chrono::TimeDelta;

/// The report on a broken file.
#[track_caller]
fn report(text: &str) -> String {
    match Config::parse("feeds.toml", text) {
        Err(ConfigError::Problems(report)) => report.to_string(),
        other => panic!("expected problems, got {other:?}"),
    }
}

macro_rules! broken {
    ($($name:ident: $text:expr;)*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(report($text));
        }
    )*};
}

const FEED: &str = "[[source]]\nid = \"a\"\nfeed = \"https://a.example/rss\"\n";

broken! {
    an_unknown_key_is_named_with_the_nearest_one: "[site]\ntitel = \"Tin\"\n";
    an_unknown_table_is_named: "[sources]\nid = \"a\"\n";
    an_unknown_key_of_a_source_is_named: "[[source]]\nid = \"a\"\nfeed = \"https://a.example/rss\"\nfulltext = true\n";
    a_bad_cron_names_the_field: "[[source]]\nid = \"a\"\nfeed = \"https://a.example/rss\"\nschedule = \"*/15 25 * * *\"\n";
    a_cron_with_seconds_is_refused: "[defaults]\nschedule = \"0 */15 * * * *\"\n";
    a_bad_selector_is_refused: "[[source]]\nid = \"a\"\n[source.listing]\nurl = \"https://a.example/\"\nlink = \"h3 >> a\"\n";
    a_bad_selector_in_a_list_is_refused: "[[source]]\nid = \"a\"\nfeed = \"https://a.example/\"\n[source.article]\nremove = [\".ads\", \"..x\"]\n";
    a_bad_pattern_is_refused: "[[source]]\nid = \"a\"\n[source.listing]\nurl = \"https://a.example/\"\npattern = \"/(20\"\n";
    two_sources_of_one_name_are_refused: "[[source]]\nid = \"a\"\nfeed = \"https://a.example/rss\"\n[[source]]\nid = \"a\"\nfeed = \"https://b.example/rss\"\n";
    two_ways_to_read_one_source_are_refused: "[[source]]\nid = \"a\"\nfeed = \"https://a.example/rss\"\n[source.listing]\nurl = \"https://a.example/\"\n";
    a_source_without_a_place_to_read_is_refused: "[[source]]\nid = \"a\"\n";
    a_source_without_an_id_is_refused: "[[source]]\nfeed = \"https://a.example/rss\"\n";
    an_unknown_encoding_is_refused: "[[source]]\nid = \"a\"\nfeed = \"https://a.example/rss\"\nencoding = \"tcvn\"\n";
    an_id_with_capitals_is_refused: "[[source]]\nid = \"Báo A\"\nfeed = \"https://a.example/rss\"\n";
    a_bad_duration_is_refused: "[fetch]\ntimeout = \"30 seconds\"\n";
    a_bad_size_is_refused: "[fetch]\nmax_body = \"8MB\"\n";
    a_bad_address_is_refused: "[[source]]\nid = \"a\"\nfeed = \"ftp://a.example/rss\"\n";
    a_login_in_an_address_is_refused_and_not_shown: "[site]\nurl = \"https://ai:bimat@tin.example/\"\n[[source]]\nid = \"a\"\nfeed = \"https://ai:bimat@a.example/rss\"\n[[source]]\nid = \"b\"\n[source.listing]\nurls = [\"https://b.example/@a\", \"https://ai@b.example/\"]\n[[source]]\nid = \"c\"\nfeed = \"ftp://ai:bimat@c.example/\"\n";
    an_address_to_listen_on_needs_a_port: "[server]\nlisten = \"localhost\"\n";
    a_wrong_type_is_named: "[fetch]\nrobots = \"yes\"\nconcurrency = 16.5\n";
    a_number_out_of_range_is_refused: "[site]\nitems = 0\n";
    a_word_that_is_no_choice_is_refused: "[dedupe]\nmode = \"join\"\n";
    an_unknown_zone_is_refused: "[defaults]\ntimezone = \"Asia/Hanoi\"\n";
    an_unknown_province_is_named_with_the_nearest_one: "[[source]]\nid = \"a\"\nfeed = \"https://a.example/rss\"\nprovince = \"khanh-hoaa\"\n";
    one_bracket_too_few_is_explained: "[source]\nid = \"a\"\n";
    broken_toml_is_shown_where_it_breaks: "[site]\ntitle = \"Tin\n\n[fetch\n";
    a_listing_without_an_address_is_refused: "[[source]]\nid = \"a\"\n[source.listing]\nlink = \"h3 a\"\n";
    full_text_belongs_to_feeds: "[[source]]\nid = \"a\"\nfull_text = true\n[source.listing]\nurl = \"https://a.example/\"\n";
    all_problems_are_told_in_one_run: "[site]\ntitel = \"Tin\"\nitems = -1\n[fetch]\nhost_gap = 2\n[[source]]\nid = \"a\"\nschedule = \"* * *\"\nfeed = \"nowhere\"\n";
}

#[test]
fn an_empty_file_is_all_defaults() {
    let config = Config::parse("feeds.toml", "").unwrap();
    assert_eq!(config.site.title, "Tin các tỉnh");
    assert_eq!(config.site.url.as_str(), "http://127.0.0.1:8080/");
    assert_eq!((config.site.items, config.site.min_age), (100, TimeDelta::hours(24)));
    assert_eq!(config.keep, TimeDelta::days(365));
    assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
    assert_eq!((config.merge.mode, config.merge.window), (MergeMode::Merge, TimeDelta::days(7)));
    assert_eq!(config.fetch.host_gap.as_secs(), 2);
    assert_eq!((config.fetch.concurrency, config.fetch.host_concurrency, config.fetch.max_body), (16, 1, 8 << 20));
    assert!(config.fetch.robots && !config.fetch.allow_private);
    assert!(config.sources.is_empty());
}

#[test]
fn every_key_of_the_reference_is_read() {
    let config =
        Config::parse("feeds.toml", include_str!("fixtures/reference.toml")).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.site.url.as_str(), "https://tin.example.vn/ban-tin/");
    assert_eq!(config.fetch.contact.as_deref(), Some("mailto:admin@example.vn"));
    assert_eq!(config.merge.mode, MergeMode::Link);
    let [feed, listing, sitemap] = &config.sources[..] else { panic!("three sources") };
    assert!(matches!(&feed.reads, Reads::Feed(url) if url.as_str() == "https://baokhanhhoa.example/rss/home.rss"));
    assert!(feed.full_text && feed.article.naive_local);
    assert_eq!(feed.article.date_order, DateOrder::Mdy);
    assert_eq!(feed.article.remove.len(), 2);
    assert_eq!(feed.province.unwrap().name, "Khánh Hòa");
    let Reads::Listing(rules) = &listing.reads else { panic!("a listing") };
    assert_eq!((rules.urls.len(), rules.pages), (2, 2));
    assert!(rules.link.is_some() && rules.pattern.is_some() && rules.next.is_some());
    assert_eq!(listing.name, "bao-gia-lai", "without a name the id serves");
    assert!(matches!(listing.cadence, Cadence::Auto));
    assert!(matches!(sitemap.reads, Reads::Sitemap(_)));
    assert_eq!(sitemap.zone, chrono_tz::Tz::UTC);
}

#[test]
fn the_shipped_file_has_no_problem() {
    let text = include_str!("../../feeds.toml");
    let config = Config::parse("feeds.toml", text).unwrap_or_else(|error| panic!("{error}"));
    assert!(!config.sources.is_empty());
}

#[test]
fn a_relative_store_lies_beside_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("feeds.toml");
    std::fs::write(&file, format!("[store]\npath = \"tin\"\n{FEED}")).unwrap();
    assert_eq!(Config::read(&file).unwrap().store, directory.path().join("tin"));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Config::read("/nowhere/feeds.toml".as_ref()).unwrap_err().to_string();
    assert!(error.contains("/nowhere/feeds.toml") && error.contains("--config"), "{error}");
}

/// What readers are told of when to look again, with sources of these keys.
#[track_caller]
fn ttl(sources: &[&str], minutes: u32) {
    let text: String = std::iter::zip('a'.., sources)
        .map(|(id, keys)| format!("[[source]]\nid = \"{id}\"\nfeed = \"https://{id}.example/rss\"\n{keys}"))
        .collect();
    let config = Config::parse("feeds.toml", &text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(config.site.ttl_minutes, minutes, "{text}");
}

#[test]
fn readers_are_asked_to_look_as_often_as_the_source_that_is_read_most_often() {
    const HOURLY: &str = "schedule = \"0 * * * *\"\n";
    ttl(&[], 60);
    ttl(&[HOURLY, HOURLY], 60);
    ttl(&[HOURLY, "schedule = \"*/15 * * * *\"\n", HOURLY], 15);
    ttl(&[HOURLY, "schedule = \"auto\"\nmin_interval = \"7m\"\n"], 7);
}
