//! `bantin preview`

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use comfy_table::Table;
use comfy_table::presets::NOTHING;
use serde_json::{Value, json};
use url::Url;

use super::{CommandError, block_on, by_daemon, by_store};
use crate::clock::Clock;
use crate::config::Config;
use crate::daemon::{Question, harvester_over};
use crate::date::write;
use crate::harvest::{Preview, Reading, Seen, preview as read, source_for};
use crate::model::{Cadence, Habits, Origin, Precision, Published, Reads, Source, SourceId, Verdict};
use crate::parse::Sitemap;
use crate::shutdown;
use crate::store::{LiveStore, SledStore};

/// Links shown of a listing or feed.
const LINKS_SHOWN: usize = 40;

#[derive(Debug, Args)]
pub(super) struct PreviewArgs {
    /// A page's address, or a source's id: then its first page and the first article on it.
    #[arg(value_name = "URL|ID")]
    what: String,
    /// Write JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn preview(file: &Path, args: &PreviewArgs) -> Result<(), CommandError> {
    let config = Config::read(file)?;
    let (source, address) = find(&config, &args.what)?;
    let by_id = Url::parse(&args.what).is_err();
    let habits = stored(&config, &Question::Habits(source.id.clone())).and_then(|line| Habits::of_line(&line));
    let known = habits.as_ref().copied().unwrap_or_default();
    block_on(async {
        let scratch = tempfile::tempdir()?;
        let store = Arc::new(SledStore::open(scratch.path())?);
        let harvester = harvester_over(&config, store, Clock::system(), shutdown::on_signal()?)?;
        let mut next = Some(address);
        let mut follow = by_id;
        while let Some(address) = next.take() {
            let failed = |error: crate::harvest::HarvestError| CommandError::Failed(error.to_string());
            let seen = read(&harvester, &source, &known, &config.families, &address).await.map_err(failed)?;
            let decision = match &seen.preview {
                Preview::Article(reading) => {
                    let incoming = reading.as_ref().clone().into_incoming(&source, harvester.clock.now(), false);
                    // What was read without what is known of the source's clock is not compared.
                    habits
                        .as_ref()
                        .map_err(String::clone)
                        .and_then(|_| stored(&config, &Question::Decision(Box::new(incoming))))
                }
                _ => Err("no article".to_owned()),
            };
            let mut out = std::io::stdout().lock();
            if args.json {
                writeln!(out, "{}", as_json(&address, &seen, &decision, &source))?;
            } else {
                write_text(&mut out, &address, &seen, &decision, &source)?;
            }
            next = first_link(&seen.preview).filter(|_| std::mem::take(&mut follow));
        }
        Ok(())
    })
}

/// What is stored of what a question asks for, in one line; or why nobody can say.
type Stored = Result<String, String>;

fn stored(config: &Config, question: &Question) -> Stored {
    let mut words = Vec::new();
    look_up(config, question, &mut words).map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&words).into_owned())
}

/// Asks the running daemon, or the store, which is held no longer than it takes: the page may be slow, and a daemon about
/// to start.
fn look_up(config: &Config, question: &Question, out: &mut dyn Write) -> Result<(), CommandError> {
    if by_daemon(config, question, out)? {
        return Ok(());
    }
    by_store(&LiveStore::open_unchanged(&config.store)?, config, question, out)
}

/// The rules and the page that an argument means.
fn find(config: &Config, what: &str) -> Result<(Source, Url), CommandError> {
    if let Some(source) = config.sources.iter().find(|source| source.id.as_str() == what) {
        let first =
            source.reads.addresses().first().ok_or_else(|| CommandError::Failed(format!("`{what}` has no address")))?;
        return Ok((source.clone(), first.clone()));
    }
    let unknown = |_| CommandError::Failed(format!("`{what}` is neither a source in the file nor a web address"));
    let address = Url::parse(what).map_err(unknown)?;
    let source = source_for(&config.sources, &address).cloned();
    Ok((source.unwrap_or_else(|| nobody(config, &address)), address))
}

/// A source without rules, for a page of no configured site.
fn nobody(config: &Config, address: &Url) -> Source {
    Source {
        id: SourceId::parse("preview").unwrap_or_else(|| unreachable!("a constant id")),
        name: address.host_str().unwrap_or_default().to_owned(),
        enabled: true,
        family: None,
        province: None,
        category: None,
        cadence: Cadence::Auto,
        pace: crate::model::Pace::default(),
        zone: config.zone,
        reads: Reads::Feed(address.clone()),
        priority: 0,
        encoding: None,
        full_text: false,
        article: crate::model::ArticleRules { families: config.families.clone(), ..Default::default() },
        access: crate::model::Access::default(),
    }
}

fn links(preview: &Preview) -> Vec<(Url, Option<String>, Option<String>)> {
    let listed = |entry: &crate::model::Listed| (entry.address.clone(), entry.title.clone(), entry.date.clone());
    match preview {
        Preview::Feed(entries) => entries
            .iter()
            .map(|entry| {
                (entry.address.clone(), entry.title.clone(), entry.dates.first().map(|date| date.text.clone()))
            })
            .collect(),
        Preview::Sitemap(Sitemap::Pages(entries)) => entries.iter().map(listed).collect(),
        Preview::Sitemap(Sitemap::Index(urls)) => urls.iter().map(|url| (url.clone(), None, None)).collect(),
        Preview::Listing(listing) => listing.entries.iter().map(listed).collect(),
        Preview::Article(_) => Vec::new(),
    }
}

fn first_link(preview: &Preview) -> Option<Url> {
    links(preview).into_iter().next().map(|(address, ..)| address)
}

fn kind(preview: &Preview) -> &'static str {
    match preview {
        Preview::Feed(_) => "feed",
        Preview::Sitemap(_) => "sitemap",
        Preview::Listing(_) => "listing",
        Preview::Article(_) => "article",
    }
}

fn verdict(verdict: &Verdict, source: &Source) -> String {
    match verdict {
        Verdict::Used => "used".to_owned(),
        Verdict::Agrees => "agrees".to_owned(),
        Verdict::Differs(instant) => format!("differs: {}", write::dateline(*instant, source.zone)),
        Verdict::Refused(reason) => format!("refused: {reason}"),
    }
}

fn dated(published: &Published, source: &Source) -> String {
    match (published.instant, published.precision, published.origin) {
        (Some(instant), Some(Precision::Day), Some(origin)) => {
            format!("{}, the day only, from {}", write::day(instant, source.zone), origin.as_str())
        }
        (Some(instant), _, Some(origin)) => {
            format!("{}, from {}", write::dateline(instant, source.zone), origin.as_str())
        }
        _ => "not stated".to_owned(),
    }
}

fn write_text(
    out: &mut impl Write,
    address: &Url,
    seen: &Seen,
    decision: &Stored,
    source: &Source,
) -> std::io::Result<()> {
    let preview = &seen.preview;
    writeln!(out, "{address}\n  read by the rules of {}: {}", source.name, kind(preview))?;
    if let Some(family) = source.family.as_ref().or(seen.family.as_ref()) {
        let how = if source.family.is_some() { "named by the file" } else { "recognised by the page" };
        writeln!(out, "  family {family}, {how}")?;
    }
    if let Preview::Article(reading) = preview {
        return write_article(out, reading, decision, source);
    }
    let links = links(preview);
    for (address, title, date) in links.iter().take(LINKS_SHOWN) {
        writeln!(out, "  {}  {}  {address}", date.as_deref().unwrap_or("-"), title.as_deref().unwrap_or("-"))?;
    }
    writeln!(out, "  {} links", links.len())?;
    if let Preview::Listing(crate::model::Listing { next: Some(next), .. }) = preview {
        writeln!(out, "  next page: {next}")?;
    }
    if let Preview::Listing(listing) = preview {
        for feed in &listing.feeds {
            writeln!(out, "  announces a feed: {feed}")?;
        }
    }
    writeln!(out)
}

fn write_article(out: &mut impl Write, reading: &Reading, decision: &Stored, source: &Source) -> std::io::Result<()> {
    let none = "-".to_owned();
    let clean = &reading.clean;
    let rows = [
        ("title", Some(clean.title.clone())),
        ("published", Some(dated(&reading.published, source))),
        ("lead", clean.lead.clone()),
        ("author", clean.author.clone()),
        ("agency", clean.agency.clone()),
        ("image", clean.image.as_ref().map(|image| image.address.clone())),
        ("canonical", reading.canonical.as_ref().map(Url::to_string)),
        ("decision", Some(decision.clone().unwrap_or_else(|why| format!("not compared: {why}")))),
    ];
    for (name, value) in rows {
        writeln!(out, "  {name:<10} {}", value.as_ref().unwrap_or(&none))?;
    }
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(["date from", "as printed", "verdict"]);
    for entry in &reading.published.evidence {
        table.add_row([entry.origin.as_str().to_owned(), entry.text.clone(), verdict(&entry.verdict, source)]);
    }
    writeln!(out, "\n{table}\n")?;
    for paragraph in clean.text.split("\n\n") {
        writeln!(out, "  {paragraph}\n")?;
    }
    Ok(())
}

fn as_json(address: &Url, seen: &Seen, decision: &Stored, source: &Source) -> Value {
    let preview = &seen.preview;
    let family = source.family.as_ref().or(seen.family.as_ref());
    let Preview::Article(reading) = preview else {
        let links: Vec<Value> = links(preview)
            .into_iter()
            .map(|(address, title, date)| json!({"url": address.as_str(), "title": title, "date": date}))
            .collect();
        return json!({"url": address.as_str(), "source": source.id.as_str(), "family": family, "kind": kind(preview), "links": links});
    };
    let (clean, published) = (&reading.clean, &reading.published);
    let evidence: Vec<Value> = published
        .evidence
        .iter()
        .map(|entry| {
            json!({"origin": entry.origin.as_str(), "text": entry.text, "verdict": verdict(&entry.verdict, source)})
        })
        .collect();
    json!({
        "url": address.as_str(),
        "source": source.id.as_str(),
        "family": family,
        "kind": "article",
        "title": clean.title,
        "lead": clean.lead,
        "text": clean.text,
        "html": clean.html,
        "author": clean.author,
        "agency": clean.agency,
        "image": clean.image.as_ref().map(|image| &image.address),
        "canonical": reading.canonical.as_ref().map(Url::as_str),
        "published": published.instant.map(|instant| write::rfc3339(instant, source.zone)),
        "precision": published.precision.map(Precision::as_str),
        "date_origin": published.origin.map(Origin::as_str),
        "evidence": evidence,
        "decision": decision.as_ref().ok(),
        "not_compared": decision.as_ref().err(),
    })
}
