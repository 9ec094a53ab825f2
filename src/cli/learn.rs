//! `bantin learn`

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use url::Url;

use super::{CommandError, block_on};
use crate::clock::Clock;
use crate::config::Config;
use crate::daemon::harvester_over;
use crate::date::{Reader, write};
use crate::harvest::{Lesson, Reading, learn as study};
use crate::model::{DateOrder, Precision};
use crate::places::provinces_named;
use crate::shutdown;
use crate::store::SledStore;

#[derive(Debug, Args)]
pub(super) struct LearnArgs {
    /// A home or section page.
    url: Url,
}

/// Asks the page and three of its articles; the configuration, where there is one, says how politely.
pub(super) fn learn(file: &Path, args: &LearnArgs) -> Result<(), CommandError> {
    let config = if file.exists() { Config::read(file)? } else { Config::parse("the defaults", "")? };
    let zone = config.zone;
    let clock = Clock::system();
    let reader =
        Reader { order: DateOrder::Dmy, zone, naive_local: false, month_minutes: false, seen_at: Some(clock.now()) };
    block_on(async {
        let scratch = tempfile::tempdir()?;
        let store = Arc::new(SledStore::open(scratch.path())?);
        let harvester = harvester_over(&config, store, clock, shutdown::on_signal()?)?;
        let lesson = study(&harvester, &reader, &config.families, &args.url).await;
        let lesson = lesson.map_err(|error| CommandError::Failed(error.to_string()))?;
        let mut out = std::io::stdout().lock();
        write_block(&mut out, &args.url, &lesson, &config)?;
        for (address, reading) in &lesson.samples {
            write_sample(&mut out, address, reading, zone)?;
        }
        Ok(())
    })
}

fn write_block(out: &mut impl Write, address: &Url, lesson: &Lesson, config: &Config) -> Result<(), CommandError> {
    let quoted = |text: &str| serde_json::to_string(text).map_err(|error| CommandError::Failed(error.to_string()));
    let host = address.host_str().unwrap_or_default().trim_start_matches("www.");
    writeln!(out, "# {} links to articles on {address}", lesson.listing.articles.len())?;
    for feed in &lesson.listing.feeds {
        writeln!(out, "# the page announces a feed: feed = {}, full_text = true", quoted(feed.as_str())?)?;
    }
    let name = lesson.listing.site.as_deref().unwrap_or(host);
    writeln!(out, "[[source]]\nid = {}", quoted(&free_id(host, config))?)?;
    writeln!(out, "name = {}", quoted(name)?)?;
    if let [province] = provinces_named(&[name])[..] {
        writeln!(out, "province = {}", quoted(province.slug)?)?;
    }
    if let Some(family) = &lesson.family {
        writeln!(out, "family = {}", quoted(&family.name)?)?;
    }
    writeln!(out, "\n[source.listing]\nurl = {}", quoted(address.as_str())?)?;
    let family = lesson.family.clone().unwrap_or_default();
    let has_links = family.listing.link.is_some() || family.listing.pattern.is_some();
    if let Some(link) = lesson.listing.link.as_ref().filter(|_| !has_links) {
        writeln!(out, "link = {}", quoted(link)?)?;
    }
    let rules = &lesson.rules;
    let common = &family.article;
    let keys = [
        ("title", &rules.title, &common.title),
        ("date", &rules.date, &common.date),
        ("lead", &rules.lead, &common.lead),
        ("body", &rules.body, &common.body),
        ("author", &rules.author, &common.author),
    ];
    writeln!(out, "\n[source.article]")?;
    for (key, css, common) in keys {
        match (css, common) {
            (_, Some(_)) => writeln!(out, "# {key} is read as in the family {}", family.name)?,
            (Some(css), None) => writeln!(out, "{key} = {}", quoted(css.as_str())?)?,
            (None, None) => writeln!(out, "# {key} is found automatically")?,
        }
    }
    Ok(())
}

/// An id after the host that no source has yet.
fn free_id(host: &str, config: &Config) -> String {
    let id: String = host.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let taken = |id: &str| config.sources.iter().any(|source| source.id.as_str() == id);
    let numbered = (2..=config.sources.len() + 1).map(|n| format!("{id}-{n}"));
    std::iter::once(id.clone()).chain(numbered).find(|id| !taken(id)).unwrap_or(id)
}

fn write_sample(
    out: &mut impl Write,
    address: &Url,
    reading: &Reading,
    zone: chrono_tz::Tz,
) -> Result<(), CommandError> {
    let clean = &reading.clean;
    let published = reading.published.instant.map(|instant| match reading.published.precision {
        Some(Precision::Day) => write::day(instant, zone),
        _ => write::dateline(instant, zone),
    });
    let text = format!("{} characters", clean.text.chars().count());
    let rows = [
        ("title", Some(clean.title.as_str())),
        ("date", published.as_deref()),
        ("lead", clean.lead.as_deref()),
        ("body", Some(text.as_str())),
        ("author", clean.author.as_deref()),
    ];
    writeln!(out, "\n# {address}")?;
    for (name, value) in rows {
        writeln!(out, "#   {name:<7}{}", value.unwrap_or("-"))?;
    }
    Ok(())
}
