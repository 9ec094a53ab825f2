//! robots.txt: Google's published cases (`robots_test.cc` of its parser), and how a file is come by (RFC 9309).

use std::time::Duration;

use bantin::clock::Clock;
use bantin::fetch::{FetchError, Fetcher, LANES_MAX, Manners, Robots, Validators};
use chrono::TimeDelta;
use proptest::prelude::*;
use url::Url;

use crate::harness::FakeSite;

/// Asserts which addresses a file lets `agent` read: `+/path` and `-/path`.
#[track_caller]
fn says(text: &str, agent: &str, expected: &[&str]) {
    let robots = Robots::read(agent, text.as_bytes());
    for expectation in expected {
        let (sign, path) = expectation.split_at(1);
        assert_eq!(robots.allows_path(path), sign == "+", "{agent} at {path}:\n{text}");
    }
}

#[test]
fn an_empty_file_or_name_forbids_nothing() {
    let text = "user-agent: FooBot\ndisallow: /\n";
    says("", "FooBot", &["+/"]);
    says(text, "", &["+/"]);
    says(text, "FooBot", &["-/"]);
    says("", "", &["+/"]);
}

#[test]
fn a_line_is_a_key_and_a_value_and_a_forgotten_colon_is_forgiven() {
    says("user-agent: FooBot\ndisallow: /\n", "FooBot", &["-/x/y"]);
    says("foo: FooBot\nbar: /\n", "FooBot", &["+/x/y"]);
    says("user-agent FooBot\ndisallow /\n", "FooBot", &["-/x/y"]);
}

#[test]
fn a_group_is_one_or_more_agents_and_their_rules() {
    let text = "allow: /foo/bar/\n\nuser-agent: FooBot\ndisallow: /\nallow: /x/\nuser-agent: BarBot\ndisallow: /\n\
                allow: /y/\n\n\nallow: /w/\nuser-agent: BazBot\n\nuser-agent: FooBot\nallow: /z/\ndisallow: /\n";
    says(text, "FooBot", &["+/x/b", "+/z/d", "-/y/c", "-/foo/bar/"]);
    says(text, "BarBot", &["+/y/c", "+/w/a", "-/z/d", "-/foo/bar/"]);
    says(text, "BazBot", &["+/z/d", "-/foo/bar/"]);
}

#[test]
fn keys_and_agents_are_read_in_any_case_and_paths_are_not() {
    for text in [
        "USER-AGENT: FooBot\nALLOW: /x/\nDISALLOW: /\n",
        "user-agent: FooBot\nallow: /x/\ndisallow: /\n",
        "uSeR-aGeNt: FooBot\nAlLoW: /x/\ndIsAlLoW: /\n",
    ] {
        says(text, "FooBot", &["+/x/y", "-/a/b"]);
    }
    for text in [
        "User-Agent: FOO BAR\nAllow: /x/\nDisallow: /\n",
        "User-Agent: foo bar\nAllow: /x/\nDisallow: /\n",
        "User-Agent: FoO bAr\nAllow: /x/\nDisallow: /\n",
    ] {
        says(text, "Foo", &["+/x/y", "-/a/b"]);
        says(text, "foo", &["+/x/y", "-/a/b"]);
    }
    says("user-agent: FooBot\ndisallow: /x/\n", "FooBot", &["-/x/y"]);
    says("user-agent: FooBot\ndisallow: /X/\n", "FooBot", &["+/x/y"]);
}

#[test]
fn an_agent_is_read_up_to_its_first_space_or_slash() {
    let text = "User-Agent: *\nDisallow: /\nUser-Agent: Foo Bar\nAllow: /x/\nDisallow: /\n";
    says(text, "Foo", &["+/x/y"]);
    says(text, "Foo Bar", &["-/x/y"]);
    says("User-agent: bantin/1.0\nDisallow: /x\n", "bantin", &["-/x"]);
}

#[test]
fn everyones_group_counts_for_those_whom_no_group_names() {
    says("", "FooBot", &["+/x/y"]);
    let everyone = "user-agent: *\nallow: /\nuser-agent: FooBot\ndisallow: /\n";
    says(everyone, "FooBot", &["-/x/y"]);
    says(everyone, "BarBot", &["+/x/y"]);
    let named = "user-agent: FooBot\nallow: /\nuser-agent: BarBot\ndisallow: /\nuser-agent: BazBot\ndisallow: /\n";
    says(named, "QuxBot", &["+/x/y"]);
    let both = "User-agent: *\nDisallow: /x/\nUser-agent: FooBot\nDisallow: /y/\n";
    says(both, "FooBot", &["+/x/page", "-/y/page"]);
}

#[test]
fn the_longest_rule_wins_and_allow_wins_a_tie() {
    let foo = |rules: &str, expected: &[&str]| says(&format!("user-agent: FooBot\n{rules}"), "FooBot", expected);
    foo("disallow: /x/page.html\nallow: /x/\n", &["-/x/page.html"]);
    foo("allow: /x/page.html\ndisallow: /x/\n", &["+/x/page.html", "-/x/"]);
    foo("disallow: \nallow: \n", &["+/x/page.html"]);
    foo("disallow: /\nallow: /\n", &["+/x/page.html"]);
    foo("disallow: /x\nallow: /x/\n", &["-/x", "+/x/"]);
    foo("disallow: /x/page.html\nallow: /x/page.html\n", &["+/x/page.html"]);
    foo("allow: /page\ndisallow: /*.html\n", &["-/page.html", "+/page"]);
    foo("allow: /x/page.\ndisallow: /*.html\n", &["+/x/page.html", "-/x/y.html"]);
    foo("allow: /p\ndisallow: /\n", &["+/page"]);
    foo("allow: /folder\ndisallow: /folder\n", &["+/folder/page"]);
    foo("allow: /page\ndisallow: /*.htm\n", &["-/page.htm"]);
    foo("allow: /$\ndisallow: /\n", &["+/", "-/page.html"]);
}

#[test]
fn rules_are_percent_encoded_and_addresses_come_so() {
    let foo = |allow: &str, expected: &[&str]| {
        says(&format!("User-agent: FooBot\nDisallow: /\nAllow: {allow}\n"), "FooBot", expected);
    };
    let query = "/foo/bar?qux=taz&baz=http://foo.bar?tar&par";
    foo(query, &[&format!("+{query}")]);
    foo("/foo/bar/ツ", &["+/foo/bar/%E3%83%84", "-/foo/bar/ツ"]);
    foo("/foo/bar/%E3%83%84", &["+/foo/bar/%E3%83%84", "-/foo/bar/ツ"]);
    foo("/foo/bar/%e3%83%84", &["+/foo/bar/%E3%83%84"]);
    foo("/foo/bar/%62%61%7A", &["-/foo/bar/baz", "+/foo/bar/%62%61%7A"]);
}

#[test]
fn star_dollar_and_hash_have_their_meaning() {
    let foo = |rules: &str, expected: &[&str]| says(&format!("User-agent: FooBot\n{rules}"), "FooBot", expected);
    let star = "Disallow: /foo/bar/quz\nAllow: /foo/*/qux\n";
    foo(star, &["-/foo/bar/quz", "+/foo/quz", "+/foo//quz", "+/foo/bax/quz"]);
    let dollar = "Disallow: /foo/bar$\nAllow: /foo/bar/qux\n";
    foo(dollar, &["-/foo/bar", "+/foo/bar/qux", "+/foo/bar/", "+/foo/bar/baz"]);
    foo("# Disallow: /\nDisallow: /foo/quz#qux\nAllow: /\n", &["+/foo/bar", "-/foo/quz"]);
}

#[test]
fn an_allowed_index_page_allows_its_directory() {
    let text = "User-Agent: *\nAllow: /allowed-slash/index.html\nDisallow: /\n";
    let expected = ["+/allowed-slash/", "-/allowed-slash/index.htm", "+/allowed-slash/index.html", "-/anyother-url"];
    says(text, "foobot", &expected);
}

#[test]
fn a_line_that_is_too_long_is_cut() {
    const LINE: usize = 2_083 * 8;
    let long = |key: &str, letter: &str| format!("/x/{}", letter.repeat(LINE - 3 - key.len() + 1 - 3));
    let cut = long("disallow: ", "a");
    let text = format!("user-agent: FooBot\ndisallow: {cut}/qux\n");
    says(&text, "FooBot", &["+/fux", &format!("-{cut}/fux")]);
    let (a, b) = (long("allow: ", "a"), long("allow: ", "b"));
    let text = format!("user-agent: FooBot\ndisallow: /\nallow: {a}/qux\nallow: {b}/qux\n");
    says(&text, "FooBot", &["-/", &format!("+{a}/qux"), &format!("+{b}/fux")]);
}

#[test]
fn the_examples_of_googles_documentation_hold() {
    let foo = |allow: &str, expected: &[&str]| {
        says(&format!("user-agent: FooBot\ndisallow: /\nallow: {allow}\n"), "FooBot", expected);
    };
    let fish = [
        "-/bar",
        "+/fish",
        "+/fish.html",
        "+/fish/salmon.html",
        "+/fishheads",
        "+/fishheads/yummy.html",
        "+/fish.html?id=anything",
        "-/Fish.asp",
        "-/catfish",
        "-/?id=fish",
    ];
    foo("/fish", &fish);
    foo("/fish*", &fish);
    let directory = [
        "-/bar",
        "+/fish/",
        "+/fish/salmon",
        "+/fish/?salmon",
        "+/fish/salmon.html",
        "+/fish/?id=anything",
        "-/fish",
        "-/fish.html",
        "-/Fish/Salmon.html",
    ];
    foo("/fish/", &directory);
    let php = [
        "-/bar",
        "+/filename.php",
        "+/folder/filename.php",
        "+/folder/filename.php?parameters",
        "+//folder/any.php.file.html",
        "+/filename.php/",
        "+/index?f=filename.php/",
        "-/php/",
        "-/index?php",
        "-/windows.PHP",
    ];
    foo("/*.php", &php);
    let php_at_the_end = [
        "-/bar",
        "+/filename.php",
        "+/folder/filename.php",
        "-/filename.php?parameters",
        "-/filename.php/",
        "-/filename.php5",
        "-/php/",
        "-/filename?php",
        "-/aaaphpaaa",
        "-//windows.PHP",
    ];
    foo("/*.php$", &php_at_the_end);
    foo("/fish*.php", &["-/bar", "+/fish.php", "+/fishheads/catfish.php?parameters", "-/Fish.PHP"]);
}

#[test]
fn all_line_ends_and_a_byte_order_mark_are_read() {
    for end in ["\n", "\r\n", "\r"] {
        let text = ["User-Agent: foo", "Allow: /some/path", "User-Agent: bar", "", "", "Disallow: /"].join(end);
        says(&text, "foo", &["+/some/path", "+/x"]);
        says(&text, "bar", &["-/some/path"]);
    }
    says("\u{feff}User-Agent: foo\nDisallow: /AnyValue\n", "foo", &["-/AnyValue"]);
}

#[test]
fn a_crawl_delay_is_its_groups_and_nonsense_is_none() {
    let delay = |text: &str| Robots::read("bantin", text.as_bytes()).delay();
    assert_eq!(delay("User-agent: *\nCrawl-delay: 2.5\n"), Some(Duration::from_millis(2_500)));
    assert_eq!(delay("User-agent: *\nCrawl-delay: 9\nUser-agent: bantin\nDisallow: /x\n"), None);
    for nonsense in ["-1", "NaN", "inf", "1e300", "soon", ""] {
        assert_eq!(delay(&format!("User-agent: *\nCrawl-delay: {nonsense}\n")), None, "{nonsense}");
    }
}

proptest! {
    #[test]
    fn no_file_breaks_the_reader_and_an_empty_rule_set_allows_all(text in prop::collection::vec(any::<u8>(), 0..300), path in "/[ -~]{0,30}") {
        let _ = Robots::read("bantin", &text).allows_path(&path);
        prop_assert!(Robots::read("bantin", b"user-agent: other\ndisallow: /\n").allows_path(&path));
    }

    #[test]
    fn a_pattern_means_what_the_regular_expression_it_stands_for_means(pattern in "/[ab*/]{0,8}[$]?", path in "/[ab/]{0,12}") {
        let expression = regex::escape(&pattern).replace(r"\*", ".*");
        let expression = expression.strip_suffix(r"\$").map_or(format!("^{expression}"), |rest| format!("^{rest}$"));
        let forbidden = regex::Regex::new(&expression).unwrap().is_match(&path);
        let robots = Robots::read("bantin", format!("user-agent: *\ndisallow: {pattern}\n").as_bytes());
        prop_assert_eq!(robots.allows_path(&path), !forbidden);
    }
}

async fn get(fetcher: &Fetcher, url: &str) -> Result<(), FetchError> {
    let url = Url::parse(url).unwrap();
    fetcher.for_address(&url).get(&url, &Validators::default()).await.map(drop)
}

fn fetcher(clock: &Clock) -> Fetcher {
    let manners = Manners { host_gap: Duration::ZERO, allow_private: true, ..Manners::default() };
    Fetcher::new(manners, clock.clone()).unwrap()
}

fn clock() -> Clock {
    Clock::fixed("2026-08-24T03:00:00Z".parse().unwrap())
}

/// How often robots.txt was asked for since the last call.
fn robots_asked(site: &FakeSite) -> usize {
    site.all_asked().into_iter().filter(|asked| asked.path == "/robots.txt").count()
}

#[tokio::test]
async fn a_file_counts_for_a_day_and_is_then_read_again() {
    let (site, clock) = (FakeSite::start().await, clock());
    site.serve("/robots.txt", 200, &[], "User-agent: *\nDisallow: /x\n").page("/x", "x").page("/y", "y");
    let fetcher = fetcher(&clock);
    assert!(get(&fetcher, &site.url("/y")).await.is_ok());
    assert!(matches!(get(&fetcher, &site.url("/x")).await, Err(FetchError::Forbidden { .. })));
    clock.advance(TimeDelta::hours(23));
    site.serve("/robots.txt", 200, &[], "");
    assert!(matches!(get(&fetcher, &site.url("/x")).await, Err(FetchError::Forbidden { .. })));
    assert_eq!(robots_asked(&site), 1);
    clock.advance(TimeDelta::hours(2));
    assert!(get(&fetcher, &site.url("/x")).await.is_ok());
}

#[tokio::test]
async fn a_file_that_is_not_there_allows_and_one_that_cannot_be_read_forbids_for_a_while() {
    for status in [401, 403, 404, 410] {
        let site = FakeSite::start().await;
        site.serve("/robots.txt", status, &[], "").page("/x", "x");
        assert!(get(&fetcher(&clock()), &site.url("/x")).await.is_ok(), "{status}");
    }
    for status in [500, 502, 599] {
        let (site, clock) = (FakeSite::start().await, clock());
        site.serve("/robots.txt", status, &[], "").page("/x", "x");
        let fetcher = fetcher(&clock);
        for _ in 0..2 {
            let refused = get(&fetcher, &site.url("/x")).await;
            assert!(matches!(refused, Err(FetchError::RobotsUnreachable { .. })), "{status}: {refused:?}");
        }
        assert_eq!(robots_asked(&site), 1, "it is not asked for at every page");
        site.remove("/robots.txt");
        clock.advance(TimeDelta::minutes(11));
        assert!(get(&fetcher, &site.url("/x")).await.is_ok(), "{status}");
    }
}

#[tokio::test]
async fn what_was_known_of_a_host_holds_while_its_file_cannot_be_reached() {
    let (site, clock) = (FakeSite::start().await, clock());
    site.serve("/robots.txt", 200, &[], "User-agent: *\nDisallow: /x\n").page("/x", "x").page("/y", "y");
    let fetcher = fetcher(&clock);
    assert!(get(&fetcher, &site.url("/y")).await.is_ok());
    site.serve("/robots.txt", 500, &[], "");
    clock.advance(TimeDelta::hours(25));
    assert!(get(&fetcher, &site.url("/y")).await.is_ok());
    assert!(matches!(get(&fetcher, &site.url("/x")).await, Err(FetchError::Forbidden { .. })));
}

#[tokio::test]
async fn a_moved_file_is_followed_and_a_loop_allows() {
    let site = FakeSite::start().await;
    site.serve("/robots.txt", 301, &[("location", "/r.txt")], "").page("/x", "x");
    site.serve("/r.txt", 200, &[], "User-agent: bantin\nDisallow: /\n");
    assert!(matches!(get(&fetcher(&clock()), &site.url("/x")).await, Err(FetchError::Forbidden { .. })));
    site.serve("/r.txt", 302, &[("location", "/robots.txt")], "");
    assert!(get(&fetcher(&clock()), &site.url("/x")).await.is_ok());
}

#[tokio::test]
async fn of_an_endless_file_the_first_half_megabyte_counts() {
    let site = FakeSite::start().await;
    let text = format!("User-agent: *\nDisallow: /x\n{}\nDisallow: /y\n", "# filler\n".repeat(70_000));
    site.serve("/robots.txt", 200, &[], text).page("/x", "x").page("/y", "y");
    let fetcher = fetcher(&clock());
    assert!(matches!(get(&fetcher, &site.url("/x")).await, Err(FetchError::Forbidden { .. })));
    assert!(get(&fetcher, &site.url("/y")).await.is_ok());
}

#[tokio::test]
async fn of_more_hosts_than_are_kept_in_mind_those_that_wait_are_not_forgotten() {
    let (site, patient) = (FakeSite::start().await, FakeSite::start().await);
    site.page("/x", "x");
    patient.serve("/x", 503, &[("retry-after", "3600")], "");
    let fetcher = fetcher(&clock());
    assert!(get(&fetcher, &site.url("/x")).await.is_ok());
    assert!(get(&fetcher, &patient.url("/x")).await.is_err());
    for (others, asked) in [(10, 1), (LANES_MAX, 1)] {
        for n in 0..others {
            let other = Url::parse(&format!("http://may-{n}.example/")).unwrap();
            assert_eq!(fetcher.for_address(&other).asked_to_wait(), None);
        }
        assert!(get(&fetcher, &site.url("/x")).await.is_ok());
        assert_eq!(robots_asked(&site), asked, "after {others} others");
    }
    let refused = get(&fetcher, &patient.url("/x")).await;
    assert!(matches!(refused, Err(FetchError::Wait { .. })), "{refused:?}");
}
