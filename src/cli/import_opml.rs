//! `bantin import-opml`

use std::collections::HashSet;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use url::Url;

use super::CommandError;
use crate::address::without_login;
use crate::model::{SourceId, province_slugs};
use crate::text::{search_key, tidy};

#[derive(Debug, Args)]
pub(super) struct ImportOpmlArgs {
    /// A list of feeds, as feed readers export it.
    file: PathBuf,
}

/// One feed of a list.
struct Outline {
    title: String,
    feed: String,
    /// The folder that it stands in.
    folder: Option<String>,
}

/// Prints a `[[source]]` block for every feed of the list.
pub(super) fn import_opml(args: &ImportOpmlArgs) -> Result<(), CommandError> {
    let name = args.file.display();
    let bytes = std::fs::read(&args.file).map_err(|error| CommandError::Failed(format!("{name}: {error}")))?;
    let outlines = read(&crate::parse::decode(&bytes, None, None))
        .map_err(|reason| CommandError::Failed(format!("{name} is no OPML: {reason}")))?;
    if outlines.is_empty() {
        return Err(CommandError::Failed(format!("{name} lists no feeds: none of its outlines has an xmlUrl")));
    }
    let mut out = std::io::stdout().lock();
    let (mut ids, mut feeds) = (HashSet::new(), HashSet::new());
    for outline in &outlines {
        let feed = Url::parse(outline.feed.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        match feed {
            None => {
                writeln!(out, "# {} was left out: its feed is no http or https address\n", one_line(&outline.title))?;
            }
            Some(feed) if without_login(feed.clone()) != feed => {
                let title = one_line(&outline.title);
                writeln!(out, "# {title} was left out: its feed has a login in its address; write that into auth\n")?;
            }
            Some(feed) if !feeds.insert(feed.clone()) => {
                writeln!(out, "# {} was left out: its feed stands above already\n", one_line(&outline.title))?;
            }
            Some(feed) => write_block(&mut out, outline, &feed, &mut ids)?,
        }
    }
    Ok(())
}

fn read(text: &str) -> Result<Vec<Outline>, String> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let (mut found, mut folders) = (Vec::new(), Vec::new());
    let mut is_opml = false;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Eof if is_opml => return Ok(found),
            Event::Eof => return Err("it has no <opml> element".to_owned()),
            Event::Start(element) if element.name().as_ref() == b"outline" => {
                let outline = outline(&element, &folders);
                folders.push(outline.title.clone());
                found.extend(Some(outline).filter(|outline| !outline.feed.is_empty()));
            }
            Event::Empty(element) if element.name().as_ref() == b"outline" => {
                found.extend(Some(outline(&element, &folders)).filter(|outline| !outline.feed.is_empty()));
            }
            Event::End(element) if element.name().as_ref() == b"outline" => {
                folders.pop();
            }
            Event::Start(element) | Event::Empty(element) if element.name().as_ref() == b"opml" => is_opml = true,
            _ => {}
        }
    }
}

fn outline(element: &BytesStart, folders: &[String]) -> Outline {
    let attribute = |name: &str| {
        let mut attributes = element.attributes().flatten();
        let found = attributes.find(|found| found.key.as_ref().eq_ignore_ascii_case(name.as_bytes()))?;
        let text = String::from_utf8_lossy(&found.value).into_owned();
        Some(tidy(&html_escape::decode_html_entities(&text))).filter(|text| !text.is_empty())
    };
    let title = attribute("title").or_else(|| attribute("text")).unwrap_or_default();
    Outline { title, feed: attribute("xmlUrl").unwrap_or_default(), folder: folders.last().cloned() }
}

fn write_block(
    out: &mut impl Write,
    outline: &Outline,
    feed: &Url,
    ids: &mut HashSet<String>,
) -> Result<(), CommandError> {
    let quoted = |text: &str| serde_json::to_string(text).map_err(|error| CommandError::Failed(error.to_string()));
    let host = feed.host_str().unwrap_or_default().trim_start_matches("www.");
    let name = if outline.title.is_empty() { host } else { &outline.title };
    let stem = [slug(name), slug(host)].into_iter().find(|slug| SourceId::parse(slug).is_some());
    let stem = stem.unwrap_or_else(|| "nguon".to_owned());
    let numbered = (2..).map(|number| format!("{stem}-{number}"));
    let id = std::iter::once(stem.clone()).chain(numbered).find(|id| !ids.contains(id)).unwrap_or_default();
    ids.insert(id.clone());
    writeln!(out, "[[source]]\nid = {}\nname = {}", quoted(&id)?, quoted(name)?)?;
    let named = |slug: &&str| format!("-{stem}-").contains(&format!("-{slug}-"));
    if let Some(province) = province_slugs().filter(named).max_by_key(|slug| slug.len()) {
        writeln!(out, "province = {}", quoted(province)?)?;
    }
    if let Some(folder) = outline.folder.as_deref().map(slug).filter(|folder| !folder.is_empty()) {
        writeln!(out, "category = {}", quoted(&folder)?)?;
    }
    writeln!(out, "feed = {}\n", quoted(feed.as_str())?)?;
    Ok(())
}

/// A name as ids and categories write it: `Báo Khánh Hòa` is `bao-khanh-hoa`.
fn slug(text: &str) -> String {
    const CHARACTERS_MAX: usize = 60;
    let ascii: String = search_key(text).chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect();
    let mut slug = ascii.split_whitespace().collect::<Vec<_>>().join("-");
    slug.truncate(CHARACTERS_MAX);
    slug.trim_end_matches('-').to_owned()
}

fn one_line(text: &str) -> String {
    if text.is_empty() { "A feed without a title".to_owned() } else { tidy(text) }
}
