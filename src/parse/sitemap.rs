//! Sitemaps and news sitemaps (sitemaps.org 0.9, Google News).

use std::borrow::Cow;
use std::io::Read as _;

use quick_xml::Reader;
use quick_xml::events::Event;
use url::Url;

use super::shape::{Shape, is_aside};
use super::{ENTRIES_MAX, ParseError};
use crate::address::publishable;
use crate::model::Listed;
use crate::text::headline;

/// Elements of a sitemap stand in three others at most.
const DEPTH_MAX: usize = 100;
/// The largest sitemap, unpacked (sitemaps.org, "Sitemap file requirements").
const UNPACKED_BYTES_MAX: u64 = 50 << 20;
/// Entries of one sitemap by the protocol; the newest of them are kept.
const SITEMAP_ENTRIES_MAX: usize = 50_000;

/// Words in the names of sitemaps that hold no articles, as `WordPress` and its plugins name theirs.
const ASIDE: [&str; 14] = [
    "author",
    "authors",
    "categories",
    "category",
    "chuyenmuc",
    "image",
    "images",
    "tag",
    "tags",
    "taxonomies",
    "taxonomy",
    "users",
    "video",
    "videos",
];

/// What a sitemap holds, in both cases the latest change first where changes are stated, else in the file's order.
#[derive(Debug, PartialEq, Eq)]
pub enum Sitemap {
    /// Pages but for the front page, tags, authors and files.
    Pages(Vec<Listed>),
    /// Other sitemaps; those of sections, tags, authors and videos are left out.
    Index(Vec<Url>),
}

/// The bytes of a sitemap, which may be a file packed by gzip (RFC 1952); what goes beyond 50 MiB is cut off.
#[must_use]
pub fn unpack(bytes: &[u8]) -> Cow<'_, [u8]> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return bytes.into();
    }
    let mut plain = Vec::new();
    // What was unpacked before a fault is worth reading; a file of faults alone is no sitemap.
    let _ = flate2::read::MultiGzDecoder::new(bytes).take(UNPACKED_BYTES_MAX).read_to_end(&mut plain);
    plain.into()
}

/// Reads a sitemap or an index of sitemaps.
///
/// # Errors
/// [`ParseError::Sitemap`] when the text is no XML with `<urlset>` or `<sitemapindex>`.
pub fn read_sitemap(text: &str, address: &Url) -> Result<Sitemap, ParseError> {
    let mut reader = Reader::from_str(text.trim_start());
    let (mut index, mut pages) = (false, false);
    let mut open: Vec<String> = Vec::new();
    let mut entry = Entry::default();
    let mut entries = Vec::new();
    loop {
        match reader.read_event().map_err(|error| ParseError::Sitemap(error.to_string()))? {
            Event::Start(start) => {
                let name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
                index |= name == "sitemapindex";
                pages |= name == "urlset";
                open.push(name);
                if open.len() > DEPTH_MAX {
                    return Err(ParseError::TooDeep);
                }
            }
            Event::Text(text) => {
                entry.add(&open, &text.decode().map_err(|error| ParseError::Sitemap(error.to_string()))?);
            }
            Event::CData(text) => entry.add(&open, &String::from_utf8_lossy(&text)),
            Event::GeneralRef(reference) => {
                let reference = String::from_utf8_lossy(&reference).into_owned();
                let source = format!("&{reference};");
                let decoded: Cow<str> = html_escape::decode_html_entities(&source);
                entry.add(&open, &decoded);
            }
            Event::End(end) => {
                open.pop();
                if end.local_name().as_ref() == b"image" {
                    entry.image.push(' ');
                } else if matches!(end.local_name().as_ref(), b"url" | b"sitemap") {
                    entries.push(std::mem::take(&mut entry));
                    if entries.len() == SITEMAP_ENTRIES_MAX {
                        break;
                    }
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    let mut entries: Vec<Listed> = entries.into_iter().filter_map(|entry| entry.listed(address)).collect();
    entries.sort_by(|a, b| b.date.cmp(&a.date));
    entries.truncate(ENTRIES_MAX);
    match (index, pages) {
        (true, _) => {
            let addresses = entries.into_iter().map(|entry| entry.address);
            Ok(Sitemap::Index(addresses.filter(|address| !holds_no_articles(address)).collect()))
        }
        (false, true) => {
            entries.retain(|entry| !is_aside(&entry.address) && !Shape::of(&entry.address).is_front());
            Ok(Sitemap::Pages(entries))
        }
        (false, false) => Err(ParseError::Sitemap("no <urlset> and no <sitemapindex>".to_owned())),
    }
}

/// Whether the name of a sitemap says that it lists sections, tags, people or videos.
fn holds_no_articles(sitemap: &Url) -> bool {
    let name = sitemap.path().rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    name.split(|c: char| !c.is_ascii_alphabetic()).any(|word| ASIDE.contains(&word))
}

#[derive(Default)]
struct Entry {
    address: String,
    changed: String,
    published: String,
    title: String,
    image: String,
}

impl Entry {
    /// Adds a text by the element that it stands in and the one around that: `<image:loc>` is not the page's address.
    fn add(&mut self, open: &[String], text: &str) {
        let [.., around, name] = open else { return };
        let part = match (around.as_str(), name.as_str()) {
            ("url" | "sitemap", "loc") => &mut self.address,
            ("url" | "sitemap", "lastmod") => &mut self.changed,
            ("news", "publication_date") => &mut self.published,
            ("news", "title") => &mut self.title,
            ("image", "loc") => &mut self.image,
            _ => return,
        };
        part.push_str(text);
    }

    fn listed(self, base: &Url) -> Option<Listed> {
        let some = |text: String| Some(headline(&text)).filter(|text| !text.is_empty());
        Some(Listed {
            address: publishable(base, self.address.trim())?,
            title: some(self.title),
            date: some(self.published).or(some(self.changed)),
            lead: None,
            image: self.image.split_whitespace().next().and_then(|image| publishable(base, image)),
        })
    }
}
