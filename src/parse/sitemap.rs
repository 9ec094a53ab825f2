//! Sitemaps and news sitemaps (sitemaps.org 0.9, Google News).

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::events::Event;
use url::Url;

use super::{ENTRIES_MAX, ParseError};
use crate::address::publishable;
use crate::model::Listed;
use crate::text::headline;

/// What a sitemap holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Sitemap {
    /// Pages, in the file's order.
    Pages(Vec<Listed>),
    /// Other sitemaps, in the file's order.
    Index(Vec<Url>),
}

/// Reads a sitemap or an index of sitemaps.
///
/// # Errors
/// [`ParseError::Sitemap`] when the text is no XML with `<urlset>` or `<sitemapindex>`.
pub fn read_sitemap(text: &str, address: &Url) -> Result<Sitemap, ParseError> {
    let mut reader = Reader::from_str(text.trim_start());
    let (mut index, mut pages) = (false, false);
    let mut name = String::new();
    let mut entry = Entry::default();
    let mut entries = Vec::new();
    loop {
        match reader.read_event().map_err(|error| ParseError::Sitemap(error.to_string()))? {
            Event::Start(start) => {
                name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
                index |= name == "sitemapindex";
                pages |= name == "urlset";
            }
            Event::Text(text) => {
                entry.add(&name, &text.decode().map_err(|error| ParseError::Sitemap(error.to_string()))?);
            }
            Event::CData(text) => entry.add(&name, &String::from_utf8_lossy(&text)),
            Event::GeneralRef(reference) => {
                let reference = String::from_utf8_lossy(&reference).into_owned();
                let source = format!("&{reference};");
                let decoded: Cow<str> = html_escape::decode_html_entities(&source);
                entry.add(&name, &decoded);
            }
            Event::End(end) => {
                if matches!(end.local_name().as_ref(), b"url" | b"sitemap") {
                    entries.push(std::mem::take(&mut entry));
                    if entries.len() == ENTRIES_MAX {
                        break;
                    }
                }
                name.clear();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let entries = entries.into_iter().filter_map(|entry| entry.listed(address));
    match (index, pages) {
        (true, _) => Ok(Sitemap::Index(entries.map(|entry| entry.address).collect())),
        (false, true) => Ok(Sitemap::Pages(entries.collect())),
        (false, false) => Err(ParseError::Sitemap("no <urlset> and no <sitemapindex>".to_owned())),
    }
}

#[derive(Default)]
struct Entry {
    address: String,
    changed: String,
    published: String,
    title: String,
}

impl Entry {
    fn add(&mut self, name: &str, text: &str) {
        match name {
            "loc" => self.address.push_str(text),
            "lastmod" => self.changed.push_str(text),
            "publication_date" => self.published.push_str(text),
            "title" => self.title.push_str(text),
            _ => {}
        }
    }

    fn listed(self, base: &Url) -> Option<Listed> {
        let some = |text: String| Some(headline(&text)).filter(|text| !text.is_empty());
        let address = publishable(base, self.address.trim())?;
        Some(Listed { address, title: some(self.title), date: some(self.published).or(some(self.changed)) })
    }
}
