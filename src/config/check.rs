//! The whole file, table by table.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::TimeDelta;
use chrono_tz::Tz;
use ipnet::IpNet;
use toml::de::DeTable;
use url::Url;

use super::access::read_proxy;
use super::family::read_families;
use super::problem::Problem;
use super::source::{Defaults, read_source, read_url, read_zone};
use super::table::{Problems, Table};
use super::units::{DURATION_HELP, SIZE_HELP, duration, size};
use super::{Audience, Config};
use crate::cadence::shortest_gap;
use crate::dedupe::{MergeMode, MergeRules};
use crate::fetch::Manners;
use crate::model::{Cadence, Crontab, Pace, Source};
use crate::publish::{Content, Site, Withdrawn};

const ITEMS_MAX: usize = 100_000;
const CONCURRENCY_MAX: usize = 1_024;
/// The cap of a feed unless the file says more.
const FEED_ITEMS_MAX: usize = 1_000;
/// Readers are not told to wait for longer, however rarely sources are read.
const TTL_MINUTES_MAX: i64 = 60;

/// Checks a text; password files with a relative path lie in `directory`. What is wrong comes with the places that no
/// report shows.
pub(super) fn check(text: &str, directory: &Path) -> Result<Config, (Vec<Problem>, Vec<Range<usize>>)> {
    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let problem = |error: &toml::de::Error| Problem {
            span: error.span().unwrap_or(0..0),
            message: format!("not valid TOML: {}", error.message()),
            help: None,
        };
        return Err((errors.iter().map(problem).collect(), Vec::new()));
    }
    let problems = Problems::default();
    let config = read(&Table::root(&document, &problems), directory);
    let (problems, hidden) = problems.into_parts();
    if problems.is_empty() { Ok(config) } else { Err((problems, hidden)) }
}

fn read(root: &Table, directory: &Path) -> Config {
    let (site, keep) = read_site(root.table("site"));
    let server = read_server(root.table("server"));
    let publish = root.table("publish");
    let files = publish.text("dir").map(PathBuf::from);
    publish.finish();
    let store = root.table("store");
    let path = store.text("path").map(PathBuf::from);
    store.finish();
    let fetch = read_fetch(root.table("fetch"));
    let merge = read_dedupe(root.table("dedupe"));
    let defaults = read_defaults(root.table("defaults"));
    let families = read_families(root);
    let mut sources = Vec::new();
    let mut lines: HashMap<String, std::ops::Range<usize>> = HashMap::new();
    for table in root.tables("source") {
        let span = table.span_of("id");
        if let Some(source) = read_source(table, &defaults, &families, directory) {
            if lines.insert(source.id.to_string(), span.clone()).is_some() {
                root.problem(span, format!("a second source is called `{}`", source.id), "give each source its own id");
            }
            sources.push(source);
        }
    }
    root.unknown();
    Config {
        site: Site { own_hub: server.hub, ttl_minutes: ttl_minutes(&sources), ..site },
        keep,
        listen: server.listen,
        status: server.status,
        cache_bytes: server.cache,
        publish: files,
        store: path.unwrap_or_else(default_store),
        fetch,
        merge,
        zone: defaults.zone,
        families,
        sources,
    }
}

/// How long a reader may wait between two looks and not be late: the shortest time between two runs of a source.
fn ttl_minutes(sources: &[Source]) -> u32 {
    let shortest = shortest_gap(sources).unwrap_or_else(|| TimeDelta::minutes(TTL_MINUTES_MAX));
    u32::try_from(shortest.num_minutes().clamp(1, TTL_MINUTES_MAX)).unwrap_or(1)
}

/// systemd names the directory of a `StateDirectory=`; without it the store is `data` beside the file.
fn default_store() -> PathBuf {
    std::env::var_os("STATE_DIRECTORY").map_or_else(|| PathBuf::from("data"), |path| PathBuf::from(path).join("store"))
}

fn read_site(table: Table) -> (Site, TimeDelta) {
    let days = |days| TimeDelta::days(days);
    let url = table.parsed("url", "write the public address, such as https://tin.example.vn/", read_url);
    let items = table.number("items", 1..=ITEMS_MAX).unwrap_or(100);
    let max_items = table.number("max_items", 1..=ITEMS_MAX);
    if max_items.is_some_and(|max| max < items) {
        let help = format!("write a number from {items} on, or lower `items`");
        table.problem(table.span_of("max_items"), format!("`max_items` is less than `items`, which is {items}"), help);
    }
    let site = Site {
        title: table.text("title").unwrap_or_else(|| "Tin các tỉnh".to_owned()),
        description: table
            .text("description")
            .unwrap_or_else(|| "Tin tức từ báo và cổng thông tin các tỉnh".to_owned()),
        url: url.unwrap_or_else(|| local(8080)),
        language: table.text("language").unwrap_or_else(|| "vi".to_owned()),
        items,
        max_items: max_items.unwrap_or(FEED_ITEMS_MAX.max(items)),
        max_per_source: table.share("max_per_source").unwrap_or(1.0),
        hubs: table
            .list("hubs", "write addresses such as https://pubsubhubbub.appspot.com/", read_url)
            .unwrap_or_default(),
        own_hub: true,
        ttl_minutes: 1,
        min_age: table.parsed("min_age", DURATION_HELP, duration).unwrap_or_else(|| days(1)),
        content: table.choice("content", &[("full", Content::Full), ("summary", Content::Summary)]).unwrap_or_default(),
        dateline: table.flag("dateline").unwrap_or(true),
        withdrawn: table
            .choice("withdrawn", &[("keep", Withdrawn::Keep), ("drop", Withdrawn::Drop)])
            .unwrap_or_default(),
    };
    let keep = table.parsed("keep", DURATION_HELP, duration).unwrap_or_else(|| days(365));
    if keep == TimeDelta::zero() {
        table.problem(table.span_of("keep"), "`keep` of nothing keeps nothing", "write how long, such as 365d");
    }
    table.finish();
    (Site { url: with_slash(site.url), ..site }, keep)
}

/// Paths are joined behind the address, so it must end in a slash.
fn with_slash(mut url: Url) -> Url {
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    url.set_query(None);
    url.set_fragment(None);
    url
}

fn local(port: u16) -> Url {
    let mut url = Url::parse("http://127.0.0.1/").unwrap_or_else(|_| unreachable!("a constant address"));
    // Cannot fail: the address has a host.
    let _ = url.set_port(Some(port));
    url
}

/// The feeds that everybody asks for, of a hundred sources in all formats.
const CACHE_BYTES: usize = 64 << 20;

/// The `[server]` table.
struct Server {
    listen: SocketAddr,
    hub: bool,
    status: Audience,
    cache: usize,
}

fn read_server(table: Table) -> Server {
    let listen = table.parsed("listen", "write an address and a port, such as 127.0.0.1:8080", |text| {
        text.parse().map_err(|_| format!("`{text}` is no address to listen on"))
    });
    let audiences = [("public", Audience::Public), ("loopback", Audience::Loopback), ("off", Audience::Off)];
    let server = Server {
        listen: listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080))),
        hub: table.flag("hub").unwrap_or(true),
        status: table.choice("status", &audiences).unwrap_or_default(),
        cache: table.parsed("cache", SIZE_HELP, size).unwrap_or(CACHE_BYTES),
    };
    table.finish();
    server
}

fn read_fetch(table: Table) -> Manners {
    let standard = Manners::default();
    let time = |key, standard: Duration| {
        table.parsed(key, DURATION_HELP, duration).and_then(|time| time.to_std().ok()).unwrap_or(standard)
    };
    let manners = Manners {
        contact: table.text("contact"),
        host_gap: time("host_gap", standard.host_gap),
        host_concurrency: table.number("host_concurrency", 1..=CONCURRENCY_MAX).unwrap_or(standard.host_concurrency),
        concurrency: table.number("concurrency", 1..=CONCURRENCY_MAX).unwrap_or(standard.concurrency),
        connect_timeout: time("connect_timeout", standard.connect_timeout),
        first_byte_timeout: time("first_byte_timeout", standard.first_byte_timeout),
        idle_timeout: time("idle_timeout", standard.idle_timeout),
        timeout: time("timeout", standard.timeout),
        max_body: table.parsed("max_body", SIZE_HELP, size).unwrap_or(standard.max_body),
        robots: table.flag("robots").unwrap_or(standard.robots),
        crawl_delay_max: time("crawl_delay_max", standard.crawl_delay_max),
        allow_private: table.flag("allow_private").unwrap_or(standard.allow_private),
        allow: table.list("allow", "write networks such as \"10.1.0.0/16\"", read_network).unwrap_or_default(),
        proxy: read_proxy(&table),
    };
    let nothings = [
        ("connect_timeout", manners.connect_timeout.is_zero()),
        ("first_byte_timeout", manners.first_byte_timeout.is_zero()),
        ("idle_timeout", manners.idle_timeout.is_zero()),
        ("timeout", manners.timeout.is_zero()),
        ("max_body", manners.max_body == 0),
    ];
    for (key, nothing) in nothings {
        if nothing {
            table.problem(
                table.span_of(key),
                format!("with `{key}` of nothing no page is read"),
                "leave it out for the default",
            );
        }
    }
    table.finish();
    manners
}

/// `10.1.0.0/16`, or one address.
fn read_network(text: &str) -> Result<IpNet, String> {
    let network = text.parse::<IpNet>().or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from));
    network.map(|network| network.trunc()).map_err(|_| format!("`{text}` is no network"))
}

fn read_dedupe(table: Table) -> MergeRules {
    let modes = [("merge", MergeMode::Merge), ("link", MergeMode::Link), ("off", MergeMode::Off)];
    let mode = table.choice("mode", &modes).unwrap_or_default();
    let window = table.parsed("window", DURATION_HELP, duration).unwrap_or_else(|| TimeDelta::days(7));
    table.finish();
    MergeRules { mode, window }
}

fn read_defaults(table: Table) -> Defaults {
    let cadence = table.parsed("schedule", super::source::SCHEDULE_HELP, super::source::read_cadence);
    let quarter = || Crontab::parse("*/15 * * * *").map_or(Cadence::Auto, Cadence::Cron);
    let zone = table.parsed("timezone", super::source::ZONE_HELP, read_zone);
    let pace = super::source::read_pace(&table, Pace::default());
    table.finish();
    Defaults { cadence: cadence.unwrap_or_else(quarter), pace, zone: zone.unwrap_or(Tz::Asia__Ho_Chi_Minh) }
}
