//! One `[[source]]`.

use std::path::Path;

use chrono::TimeDelta;
use chrono_tz::Tz;
use fancy_regex::Regex;
use url::Url;

use super::access::read_access;
use super::problem::{masked, nearest};
use super::table::Table;
use super::units::{DURATION_HELP, duration};
use crate::address::without_login;
use crate::model::{
    ArticleRules, Cadence, Charset, Crontab, Css, DateOrder, Families, Family, ListingRules, Pace, Province, Reads,
    Source, SourceId, province, province_slugs,
};

pub(super) const SCHEDULE_HELP: &str =
    "write five crontab fields (minute hour day-of-month month day-of-week), such as \"*/15 5-23 * * *\", or \"auto\"";
pub(super) const ZONE_HELP: &str = "write a zone of the tz database, such as Asia/Ho_Chi_Minh";
const URL_HELP: &str = "write an absolute address with http:// or https://; a login goes beside it, as \
                        auth = { user = \"…\", password_file = \"…\" }";
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
pub(super) fn read_source(table: Table, defaults: &Defaults, families: &Families, directory: &Path) -> Option<Source> {
    let id =
        table.parsed("id", ID_HELP, |text| SourceId::parse(text).ok_or_else(|| format!("`{text}` is no source id")));
    if !table.has("id") {
        table.problem(table.span(), "a source without `id`", "give it a short name: id = \"bao-khanh-hoa\"");
    }
    let enabled = table.flag("enabled").unwrap_or(true);
    let family = table.parsed("family", FAMILY_HELP, |name| find_family(name, families));
    let reads = read_place(&table, &family.clone().unwrap_or_default().listing);
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
    let article = read_article(table.table("article"), family.as_ref(), families);
    let access = read_access(&table, directory);
    let pace = read_pace(&table, defaults.pace);
    table.finish();
    let id = id?;
    Some(Source {
        name: name.unwrap_or_else(|| id.to_string()),
        family: family.map(|family| family.name),
        province,
        category,
        cadence: cadence.unwrap_or_else(|| defaults.cadence.clone()),
        zone: zone.unwrap_or(defaults.zone),
        reads: reads?,
        // At most PRIORITY_MAX.
        priority: i32::try_from(priority).unwrap_or_default(),
        encoding,
        full_text: full_text.unwrap_or(false),
        enabled,
        article,
        pace,
        access,
        id,
    })
}

const FAMILY_HELP: &str = "write the name of a [family.NAME] of this file or of a built-in one";

fn find_family(name: &str, families: &Families) -> Result<Family, String> {
    families.named(name).cloned().ok_or_else(|| {
        let known: Vec<&str> = families.iter().map(|family| family.name.as_str()).collect();
        match nearest(name, known.iter().copied()) {
            Some(near) => format!("`{name}` is no family; did you mean `{near}`?"),
            None => format!("`{name}` is no family; known are {}", known.join(", ")),
        }
    })
}

fn read_place(table: &Table, common: &ListingRules) -> Option<Reads> {
    let feed = table.parsed("feed", URL_HELP, read_url);
    let sitemap = table.parsed("sitemap", URL_HELP, read_url);
    let listing = table.has("listing").then(|| read_listing(table.table("listing"), common));
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

fn read_listing(table: Table, common: &ListingRules) -> Option<ListingRules> {
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
        pages: table.number("pages", 1..=PAGES_MAX).unwrap_or(1),
        ..listing_rules(&table, common)
    };
    table.finish();
    (!rules.urls.is_empty()).then_some(rules)
}

/// What a `[source.listing]` and a `[family.NAME]` may say of links; what is left out is as in `common`.
pub(super) fn listing_rules(table: &Table, common: &ListingRules) -> ListingRules {
    ListingRules {
        urls: Vec::new(),
        link: css(table, "link").or_else(|| common.link.clone()),
        pattern: regex(table, "pattern").or_else(|| common.pattern.clone()),
        pages: common.pages,
        next: css(table, "next").or_else(|| common.next.clone()),
        api: table.parsed("api", API_HELP, read_api).or_else(|| common.api.clone()),
    }
}

const API_HELP: &str = "write a path of the site, such as \"/sc_service/api/article/list\"";

fn read_api(text: &str) -> Result<String, String> {
    let path = text.starts_with('/') && !text.starts_with("//") && !text.contains(['?', '#', ' ']);
    if path { Ok(text.to_owned()) } else { Err(format!("`{text}` is no path")) }
}

pub(super) fn regex(table: &Table, key: &'static str) -> Option<Regex> {
    table.parsed(key, "write a regular expression, with \\\\ for each backslash", |text| {
        Regex::new(text)
            .map_err(|error| format!("`{text}` is no regular expression: {}", last_line(&error.to_string())))
    })
}

/// The rules of an `[source.article]`: a source without a family and without selectors is read by those of the family
/// that its pages are recognised by.
fn read_article(table: Table, family: Option<&Family>, families: &Families) -> ArticleRules {
    let mut rules = article_rules(&table, &family.map(|family| family.article.clone()).unwrap_or_default());
    rules.body_in_common = family.is_some() && !table.has("body");
    if family.is_none() && rules.are_empty() {
        rules.families = families.clone();
    }
    table.finish();
    rules
}

/// What an `[source.article]` and a `[family.NAME]` may say of articles; what is left out is as in `common`.
pub(super) fn article_rules(table: &Table, common: &ArticleRules) -> ArticleRules {
    let own = |key, common: &Option<Css>| css(table, key).or_else(|| common.clone());
    let orders = [("dmy", DateOrder::Dmy), ("mdy", DateOrder::Mdy)];
    ArticleRules {
        title: own("title", &common.title),
        date: own("date", &common.date),
        date_order: table.choice("date_order", &orders).unwrap_or(common.date_order),
        naive_local: table.flag("naive_local").unwrap_or(common.naive_local),
        lead: own("lead", &common.lead),
        body: own("body", &common.body),
        author: own("author", &common.author),
        image: own("image", &common.image),
        remove: table.list("remove", CSS_HELP, read_css).unwrap_or_else(|| common.remove.clone()),
        ..ArticleRules::default()
    }
}

pub(super) fn css(table: &Table, key: &'static str) -> Option<Css> {
    table.parsed(key, CSS_HELP, read_css)
}

fn read_css(text: &str) -> Result<Css, String> {
    Css::parse(text).map_err(|error| format!("`{text}` is no CSS selector: {error}"))
}

pub(super) fn read_url(text: &str) -> Result<Url, String> {
    let refuse = |why: &str| format!("`{}` is no web address: {why}", masked(text, &[]));
    let url = Url::parse(text).map_err(|error| refuse(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse("only http and https are read"));
    }
    if without_login(url.clone()) != url {
        return Err("an address with a user or a password in it, which everyone would see".to_owned());
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
