//! One `[[source]]`.

use std::path::Path;

use chrono::TimeDelta;
use chrono_tz::Tz;
use fancy_regex::Regex;
use url::Url;

use super::access::read_access;
use super::problem::nearest;
use super::table::Table;
use super::units::{DURATION_HELP, duration};
use crate::model::{
    ArticleRules, Cadence, Charset, Crontab, Css, DateOrder, ListingRules, Pace, Province, Reads, Source, SourceId,
    province, province_slugs,
};

pub(super) const SCHEDULE_HELP: &str =
    "write five crontab fields (minute hour day-of-month month day-of-week), such as \"*/15 5-23 * * *\", or \"auto\"";
pub(super) const ZONE_HELP: &str = "write a zone of the tz database, such as Asia/Ho_Chi_Minh";
const URL_HELP: &str = "write an absolute address with http:// or https://";
const CSS_HELP: &str = "write a CSS selector, such as \".detail-news p\"";
const ID_HELP: &str = "write 1 to 64 of a-z, 0-9 and -, such as \"bao-khanh-hoa\"";
const ENCODING_HELP: &str = "write a label of the Encoding Standard such as \"utf-8\" or \"windows-1258\", or \"tcvn3\" or \"vni\"; \
                             leave it out to have it found automatically";
const PAGES_MAX: usize = 50;
const PRIORITY_MAX: usize = 1_000;
/// No source is read more often, whatever its rhythm.
const INTERVAL_MIN: TimeDelta = TimeDelta::minutes(1);

/// What a source takes from `[defaults]`.
pub(super) struct Defaults {
    pub(super) cadence: Cadence,
    pub(super) pace: Pace,
    pub(super) zone: Tz,
}

/// Reads `min_interval`, `max_interval` and `max_backoff`; what is left out is as in `standard`.
pub(super) fn read_pace(table: &Table, standard: Pace) -> Pace {
    let time = |key, standard| table.parsed(key, DURATION_HELP, duration).unwrap_or(standard);
    let pace = Pace {
        min_interval: time("min_interval", standard.min_interval),
        max_interval: time("max_interval", standard.max_interval),
        max_backoff: time("max_backoff", standard.max_backoff),
    };
    if pace.min_interval < INTERVAL_MIN {
        table.problem(table.span_of("min_interval"), "`min_interval` is less than a minute", "write 1m or more");
    }
    if pace.max_interval < pace.min_interval {
        table.problem(
            table.span_of("max_interval"),
            "`max_interval` is less than `min_interval`",
            "write the longer one into max_interval",
        );
    }
    pace
}

/// Reads one source; `None` when it has no usable id or place to read, which is then among the problems.
pub(super) fn read_source(table: Table, defaults: &Defaults, directory: &Path) -> Option<Source> {
    let id =
        table.parsed("id", ID_HELP, |text| SourceId::parse(text).ok_or_else(|| format!("`{text}` is no source id")));
    if !table.has("id") {
        table.problem(table.span(), "a source without `id`", "give it a short name: id = \"bao-khanh-hoa\"");
    }
    let reads = read_place(&table);
    let category = table.parsed("category", "write a short name such as \"thoi-su\"", |text| {
        SourceId::parse(text).map(|slug| slug.to_string()).ok_or_else(|| format!("`{text}` is no category"))
    });
    let name = table.text("name");
    let province = table.parsed("province", PROVINCE_HELP, read_province);
    let cadence = table.parsed("schedule", SCHEDULE_HELP, read_cadence);
    let zone = table.parsed("timezone", ZONE_HELP, read_zone);
    let priority = table.number("priority", 0..=PRIORITY_MAX).unwrap_or(0);
    let encoding = table.parsed("encoding", ENCODING_HELP, |text| {
        Charset::parse(text).ok_or_else(|| format!("`{text}` is no encoding"))
    });
    let full_text = table.flag("full_text");
    if full_text.is_some() && !table.has("feed") {
        table.problem(
            table.span_of("full_text"),
            "`full_text` belongs to a feed",
            "leave it out: the pages of listings and sitemaps are always read whole",
        );
    }
    let article = read_article(table.table("article"));
    let access = read_access(&table, directory);
    let pace = read_pace(&table, defaults.pace);
    table.finish();
    let id = id?;
    Some(Source {
        name: name.unwrap_or_else(|| id.to_string()),
        province,
        category,
        cadence: cadence.unwrap_or_else(|| defaults.cadence.clone()),
        zone: zone.unwrap_or(defaults.zone),
        reads: reads?,
        // At most PRIORITY_MAX.
        priority: i32::try_from(priority).unwrap_or_default(),
        encoding,
        full_text: full_text.unwrap_or(false),
        article,
        pace,
        access,
        id,
    })
}

fn read_place(table: &Table) -> Option<Reads> {
    let feed = table.parsed("feed", URL_HELP, read_url);
    let sitemap = table.parsed("sitemap", URL_HELP, read_url);
    let listing = table.has("listing").then(|| read_listing(table.table("listing")));
    let ways: Vec<&'static str> = ["feed", "sitemap", "listing"].into_iter().filter(|key| table.has(key)).collect();
    match ways[..] {
        [] => {
            let help = "write feed = \"…\", sitemap = \"…\", or a [source.listing] with url = \"…\"";
            table.problem(table.span(), "a source without a place to read", help);
            None
        }
        [_] => feed.map(Reads::Feed).or(sitemap.map(Reads::Sitemap)).or(listing.flatten().map(Reads::Listing)),
        [first, second, ..] => {
            let message = format!("two ways to read one source: `{first}` and `{second}`");
            table.problem(table.span_of(second), message, "keep one of them, or make it a second [[source]]");
            None
        }
    }
}

fn read_listing(table: Table) -> Option<ListingRules> {
    let one = table.parsed("url", URL_HELP, read_url);
    let many = table.list("urls", URL_HELP, read_url);
    if table.has("url") && table.has("urls") {
        table.problem(table.span_of("urls"), "both `url` and `urls`", "write all addresses into urls = [\"…\", \"…\"]");
    }
    if !table.has("url") && many.as_ref().is_none_or(Vec::is_empty) && (!table.has("urls") || many.is_some()) {
        table.problem(table.span(), "a listing without an address", "write url = \"https://…\" or urls = [\"…\"]");
    }
    let rules = ListingRules {
        urls: many.into_iter().flatten().chain(one).collect(),
        link: css(&table, "link"),
        pattern: table.parsed("pattern", "write a regular expression, with \\\\ for each backslash", |text| {
            Regex::new(text)
                .map_err(|error| format!("`{text}` is no regular expression: {}", last_line(&error.to_string())))
        }),
        pages: table.number("pages", 1..=PAGES_MAX).unwrap_or(1),
        next: css(&table, "next"),
    };
    table.finish();
    (!rules.urls.is_empty()).then_some(rules)
}

fn read_article(table: Table) -> ArticleRules {
    let rules = ArticleRules {
        title: css(&table, "title"),
        date: css(&table, "date"),
        date_order: table.choice("date_order", &[("dmy", DateOrder::Dmy), ("mdy", DateOrder::Mdy)]).unwrap_or_default(),
        naive_local: table.flag("naive_local").unwrap_or(false),
        lead: css(&table, "lead"),
        body: css(&table, "body"),
        author: css(&table, "author"),
        image: css(&table, "image"),
        remove: table.list("remove", CSS_HELP, read_css).unwrap_or_default(),
    };
    table.finish();
    rules
}

fn css(table: &Table, key: &'static str) -> Option<Css> {
    table.parsed(key, CSS_HELP, read_css)
}

fn read_css(text: &str) -> Result<Css, String> {
    Css::parse(text).map_err(|error| format!("`{text}` is no CSS selector: {error}"))
}

pub(super) fn read_url(text: &str) -> Result<Url, String> {
    let refuse = |why: &str| format!("`{text}` is no web address: {why}");
    let url = Url::parse(text).map_err(|error| refuse(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse("only http and https are read"));
    }
    Ok(url)
}

pub(super) fn read_cadence(text: &str) -> Result<Cadence, String> {
    if text == "auto" {
        return Ok(Cadence::Auto);
    }
    Crontab::parse(text).map(Cadence::Cron).map_err(|error| error.to_string())
}

pub(super) fn read_zone(text: &str) -> Result<Tz, String> {
    text.parse().map_err(|_| format!("`{text}` is no time zone"))
}

const PROVINCE_HELP: &str =
    "write the slug of a unit, today's or a former one, such as \"khanh-hoa\" or \"ninh-thuan\"";

fn read_province(text: &str) -> Result<&'static Province, String> {
    province(text).ok_or_else(|| match nearest(text, province_slugs()) {
        Some(near) => format!("`{text}` is no province; did you mean `{near}`?"),
        None => format!("`{text}` is no province"),
    })
}

fn last_line(text: &str) -> &str {
    text.lines().last().unwrap_or_default().trim_start_matches("error: ")
}
