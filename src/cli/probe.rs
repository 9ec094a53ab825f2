//! `bantin probe`

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use futures_util::StreamExt;
use serde_json::{Value, json};
use similar::TextDiff;

use super::{CommandError, block_on};
use crate::clock::Clock;
use crate::config::{Config, ConfigError, edited};
use crate::daemon::harvester_over;
use crate::date::write;
use crate::harvest::{Probe, Reading, Sight, look, probe as ask};
use crate::model::{Change, PARTS, Source, Verdict};
use crate::shutdown;
use crate::store::SledStore;

/// Characters of a title or lead that are shown: what is left of 80 columns.
const SHOWN_CHARS_MAX: usize = 66;

#[derive(Debug, Args)]
pub(super) struct ProbeArgs {
    /// Sources to ask; all that are enabled when none is named.
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// Ask also those that are not enabled.
    #[arg(long)]
    all: bool,
    /// Change the file as proposed, keeping its comments and its order.
    #[arg(long)]
    write: bool,
    /// Write JSON.
    #[arg(long)]
    json: bool,
}

/// What came of one source.
struct Finding {
    source: Source,
    probe: Probe,
    sight: Sight,
    /// Its part of the file mended, and what is then read.
    mended: Option<(String, Sight)>,
}

pub(super) fn probe(file: &Path, args: &ProbeArgs) -> Result<(), CommandError> {
    let config = Config::read(file)?;
    let text = std::fs::read_to_string(file)?;
    let sources = named(&config, args)?;
    let clock = Clock::system();
    let probed: Vec<(Source, Probe)> = block_on(async {
        let scratch = tempfile::tempdir()?;
        let store = Arc::new(SledStore::open(scratch.path())?);
        let stop = shutdown::on_signal()?;
        let harvester = harvester_over(&config, store, clock.clone(), stop.clone())?;
        let asked = futures_util::stream::iter(sources).map(|source| {
            let (harvester, families) = (&harvester, &config.families);
            async move {
                let probe = ask(harvester, &source, families).await;
                (source, probe)
            }
        });
        tokio::select! {
            probed = asked.buffered(config.fetch.concurrency).collect() => Ok(probed),
            () = stop.cancelled() => Err(CommandError::Failed("stopped before every source was asked".to_owned())),
        }
    })?;
    let mut new = text.clone();
    let mut findings = Vec::new();
    for (source, probe) in probed {
        let sight = look(&probe.pages, &source, clock.now());
        let mended = mend(&new, &source, &probe, &sight, &clock);
        if let Some((text, _)) = &mended {
            new.clone_from(text);
        }
        findings.push(Finding { source, probe, sight, mended });
    }
    let diff = TextDiff::from_lines(&text, &new);
    let shown = file.display().to_string();
    let diff = diff.unified_diff().header(&shown, &shown).to_string();
    let writes = args.write && !diff.is_empty();
    if writes {
        replace(file, &new)?;
    }
    let mut out = std::io::stdout().lock();
    if args.json {
        let sources: Vec<Value> = findings.iter().map(as_json).collect();
        writeln!(out, "{}", json!({"sources": sources, "diff": diff, "written": writes}))?;
    } else {
        for finding in &findings {
            write_finding(&mut out, finding)?;
        }
        match (diff.is_empty(), writes) {
            (true, _) => writeln!(out, "nothing to change in {shown}")?,
            (false, true) => writeln!(out, "{diff}\n{shown} was changed as shown")?,
            (false, false) => writeln!(out, "{diff}\n`bantin probe --write` changes {shown} so")?,
        }
    }
    if !findings.is_empty() && findings.iter().all(|finding| !finding.probe.reachable) {
        return Err(CommandError::Failed("no source could be reached".to_owned()));
    }
    Ok(())
}

fn named(config: &Config, args: &ProbeArgs) -> Result<Vec<Source>, CommandError> {
    if args.ids.is_empty() {
        return Ok(config.sources.iter().filter(|source| source.enabled || args.all).cloned().collect());
    }
    let find = |id: &String| {
        let found = config.sources.iter().find(|source| source.id.as_str() == id).cloned();
        found.ok_or_else(|| CommandError::Failed(format!("no source is called `{id}`; `bantin check` lists them")))
    };
    args.ids.iter().map(find).collect()
}

/// The proposal by which most is read of the pages that came: no less than now, and more where rules are given up.
fn mend(text: &str, source: &Source, probe: &Probe, sight: &Sight, clock: &Clock) -> Option<(String, Sight)> {
    let tried = |changes: &Vec<Change>| {
        let new = edited(text, &source.id, changes).ok().filter(|new| new != text)?;
        let config = Config::parse("feeds.toml", &new).ok()?;
        let seen = look(&probe.pages, config.source(&source.id)?, clock.now());
        (seen.links > 0).then_some((new, seen))
    };
    let plain = probe.proposals.iter().filter_map(tried).filter(|(_, seen)| seen.worth() >= sight.worth());
    let bolder = probe.bolder.iter().filter_map(tried).filter(|(_, seen)| seen.worth() > sight.worth());
    // Of equals the first, which changes the least.
    plain.chain(bolder).reduce(|best, other| if other.1.worth() > best.1.worth() { other } else { best })
}

/// Writes the file anew in one step; who may read it stays.
fn replace(file: &Path, text: &str) -> Result<(), CommandError> {
    let file = file.canonicalize()?;
    let unreadable = |reason: String| ConfigError::Unreadable { path: file.clone(), reason };
    let directory = file.parent().ok_or_else(|| unreadable("it lies in no directory".to_owned()))?;
    let mut fresh = tempfile::NamedTempFile::new_in(directory)?;
    fresh.write_all(text.as_bytes())?;
    fresh.as_file().set_permissions(std::fs::metadata(&file)?.permissions())?;
    fresh.as_file().sync_all()?;
    fresh.persist(&file).map_err(|error| CommandError::Io(error.error))?;
    Ok(())
}

/// A text that fits a line of a terminal.
fn clipped(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let kept: String = text.chars().take(chars_max - 1).collect();
    format!("{}…", kept.trim_end())
}

fn robots(probe: &Probe) -> &'static str {
    match probe.robots {
        Some(true) => "allows",
        Some(false) => "forbids",
        None => "unknown",
    }
}

fn date(reading: &Reading, source: &Source) -> String {
    let Some(instant) = reading.published.instant else { return "not stated".to_owned() };
    let origin = reading.published.origin.map_or("", |origin| origin.as_str());
    let mut evidence = reading.published.evidence.iter();
    let used = evidence.find(|entry| matches!(entry.verdict, Verdict::Used));
    let printed = used.map_or("", |entry| entry.text.as_str());
    let dateline = write::dateline(instant, source.zone);
    format!("{dateline}, from {origin} `{}`", clipped(printed, SHOWN_CHARS_MAX / 2))
}

fn write_finding(out: &mut impl Write, finding: &Finding) -> std::io::Result<()> {
    let Finding { source, probe, sight, mended } = finding;
    writeln!(out, "{}: {}", source.id, source.name)?;
    let reachable = if probe.reachable { "yes" } else { "no" };
    writeln!(out, "  reachable  {reachable}; robots.txt: {}", robots(probe))?;
    if let Some(trouble) = &probe.trouble {
        writeln!(out, "  trouble    {trouble}")?;
    }
    writeln!(out, "  family     {}", family(source, probe).unwrap_or("none recognised"))?;
    for feed in &probe.feeds {
        writeln!(out, "  feed       {feed}")?;
    }
    for (asked, home) in probe.pages.led_home() {
        writeln!(out, "  redirects  {asked} leads to the home page {home}: that section is gone or elsewhere")?;
    }
    write_sight(out, sight, source)?;
    if let Some((_, seen)) = mended {
        writeln!(out, "  as changed below:")?;
        write_sight(out, seen, source)?;
    }
    writeln!(out)
}

fn family<'a>(source: &'a Source, probe: &'a Probe) -> Option<&'a str> {
    probe.family.as_deref().or(source.family.as_deref())
}

fn write_sight(out: &mut impl Write, sight: &Sight, source: &Source) -> std::io::Result<()> {
    writeln!(out, "  links      {}", sight.links)?;
    for (address, reading) in &sight.samples {
        writeln!(out, "  article    {address}")?;
        let Some(reading) = reading else {
            writeln!(out, "    no article can be read there")?;
            continue;
        };
        let clean = &reading.clean;
        writeln!(out, "    title    {}", clipped(&clean.title, SHOWN_CHARS_MAX))?;
        writeln!(out, "    date     {}", date(reading, source))?;
        writeln!(out, "    lead     {}", clipped(clean.lead.as_deref().unwrap_or("-"), SHOWN_CHARS_MAX))?;
        writeln!(out, "    text     {} characters", clean.text.chars().count())?;
        writeln!(out, "    author   {}", clean.author.as_deref().unwrap_or("-"))?;
        writeln!(out, "    image    {}", clean.image.as_ref().map_or("-", |image| image.address.as_str()))?;
    }
    Ok(())
}

fn as_json(finding: &Finding) -> Value {
    let Finding { source, probe, sight, mended } = finding;
    json!({
        "id": source.id.as_str(),
        "name": source.name,
        "enabled": source.enabled,
        "reachable": probe.reachable,
        "robots": robots(probe),
        "trouble": probe.trouble,
        "family": family(source, probe),
        "redirects_home": probe.pages.led_home().map(|(asked, _)| asked.as_str()).collect::<Vec<_>>(),
        "feeds": probe.feeds.iter().map(url::Url::as_str).collect::<Vec<_>>(),
        "reads": seen_as_json(sight, source),
        "would_read": mended.as_ref().map(|(_, seen)| seen_as_json(seen, source)),
    })
}

fn seen_as_json(sight: &Sight, source: &Source) -> Value {
    let sample = |(address, reading): &(url::Url, Option<Reading>)| {
        let fields = reading.as_ref().map(|reading| {
            let stated: serde_json::Map<String, Value> =
                PARTS.iter().zip(reading.parts).map(|(part, stated)| ((*part).to_owned(), stated.into())).collect();
            json!({"title": reading.clean.title, "dated": date(reading, source), "states": stated})
        });
        json!({"url": address.as_str(), "fields": fields})
    };
    json!({"links": sight.links, "articles": sight.samples.iter().map(sample).collect::<Vec<_>>()})
}
