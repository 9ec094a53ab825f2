//! RSS, Atom and JSON Feed to drafts, by feed-rs.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use feed_rs::model::{Entry, MediaObject};
use url::Url;

use super::picture::media_type;
use super::{ENTRIES_MAX, ParseError, read_fragment};
use crate::address::publishable;
use crate::date::Reader;
use crate::model::{Block, Candidate, Draft, Image, Inline, Origin, PictureFile};
use crate::text::tidy;

/// A description holds the article itself when so much stands behind its first paragraph; less is a part of an excerpt,
/// or what the feed puts behind that.
const ARTICLE_CHARS_MIN: usize = 120;

/// A line of an excerpt that is longer says something by itself.
const LABEL_CHARS_MAX: usize = 60;
/// What stands before the colon of a label, in lower case.
const LABELS: [&str; 7] = ["nguồn", "nguồn ảnh", "nguồn tin", "ảnh", "bài và ảnh", "tác giả", "theo"];

/// One entry of a feed.
pub struct FeedEntry {
    /// Of all that its draft is made from; the same in one release for the same entry.
    pub fingerprint: u64,
    /// What it says; nothing when it is known by its fingerprint.
    pub draft: Option<Draft>,
}

/// Reads the entries of a feed, in its order; an entry without an address and without a permalink guid is left out.
///
/// A panic inside the parser becomes an error.
///
/// # Errors
/// [`ParseError::Feed`] when the text is no feed.
pub fn read_feed(text: &str, address: &Url, reader: &Reader) -> Result<Vec<Draft>, ParseError> {
    let entries = read_feed_after(text, address, reader, &[])?;
    Ok(entries.into_iter().filter_map(|entry| entry.draft).collect())
}

/// As [`read_feed`], but entries with a known fingerprint are not read any further.
///
/// # Errors
/// [`ParseError::Feed`] when the text is no feed.
pub fn read_feed_after(
    text: &str,
    address: &Url,
    reader: &Reader,
    known: &[u64],
) -> Result<Vec<FeedEntry>, ParseError> {
    let text = plain_declaration(text);
    let printed = Printed::default();
    let (parse_printed, reader) = (printed.clone(), *reader);
    let parser = feed_rs::parser::Builder::new()
        .base_uri(Some(address.as_str()))
        .sanitize_content(false)
        .id_generator(|_, _, _| String::new())
        .timestamp_parser(move |text| {
            let instant = reader.read(text).ok()?.instant;
            parse_printed.remember(instant, text);
            Some(instant)
        })
        .build();
    let parsed = catch_unwind(AssertUnwindSafe(|| parser.parse(text.as_bytes())));
    let feed = match parsed {
        Ok(Ok(feed)) => feed,
        Ok(Err(error)) => return Err(ParseError::Feed(error.to_string())),
        Err(_) => return Err(ParseError::Feed("the parser gave up on these bytes".to_owned())),
    };
    let read = |entry: Entry| {
        let fingerprint = fingerprint(&entry, &printed);
        if known.contains(&fingerprint) {
            return Some(FeedEntry { fingerprint, draft: None });
        }
        draft(entry, address, &printed).map(|draft| FeedEntry { fingerprint, draft: Some(draft) })
    };
    Ok(feed.entries.into_iter().take(ENTRIES_MAX).filter_map(read).collect())
}

/// Covers what [`draft`] takes from an entry.
fn fingerprint(entry: &Entry, printed: &Printed) -> u64 {
    let mut state = DefaultHasher::new();
    entry.id.hash(&mut state);
    for link in &entry.links {
        (&link.rel, &link.href).hash(&mut state);
    }
    let content = entry.content.as_ref().and_then(|content| content.body.as_ref());
    let texts = [entry.title.as_ref(), entry.summary.as_ref()].map(|text| text.map(|text| &text.content));
    (texts, content).hash(&mut state);
    for person in &entry.authors {
        person.name.hash(&mut state);
    }
    for media in &entry.media {
        for content in &media.content {
            (&content.url, content.content_type.as_ref().map(ToString::to_string)).hash(&mut state);
            (content.size, content.width, content.height).hash(&mut state);
        }
        for thumbnail in &media.thumbnails {
            (&thumbnail.image.uri, thumbnail.image.width, thumbnail.image.height).hash(&mut state);
        }
    }
    for instant in [entry.published, entry.updated] {
        instant.map(|instant| printed.text(instant)).hash(&mut state);
    }
    state.finish()
}

/// The date texts behind the instants that the feed parser hands on.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<HashMap<DateTime<Utc>, String>>>);

impl Printed {
    fn remember(&self, instant: DateTime<Utc>, text: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(instant, tidy(text));
    }

    fn text(&self, instant: DateTime<Utc>) -> String {
        let texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        texts.get(&instant).cloned().unwrap_or_else(|| instant.to_rfc3339())
    }
}

/// The text is UTF-8 now, whatever its XML declaration still says.
fn plain_declaration(text: &str) -> Cow<'_, str> {
    let text = text.trim_start();
    match text.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")) {
        Some((_, rest)) => format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>{rest}").into(),
        None => text.into(),
    }
}

fn draft(entry: Entry, feed: &Url, printed: &Printed) -> Option<Draft> {
    let guid = Some(tidy(&entry.id)).filter(|guid| !guid.is_empty());
    let page = |link: &&feed_rs::model::Link| link.rel.as_deref().is_none_or(|rel| rel == "alternate");
    let link = entry.links.iter().find(page).map(|link| link.href.clone());
    let permalink = || guid.clone().filter(|guid| guid.starts_with("http"));
    let address = publishable(feed, &link.or_else(permalink)?)?;
    let mut summary = entry.summary.map(|text| read_fragment(&text.content, &address)).unwrap_or_default();
    let content = entry.content.and_then(|content| content.body);
    let mut body = content.map(|html| read_fragment(&html, &address)).unwrap_or_default();
    let image =
        entry.media.iter().flat_map(pictures).find_map(|(image, file)| {
            publishable(&address, &image).map(|address| Image { file, ..Image::at(address) })
        });
    let image = image.or_else(|| first_picture(&body)).or_else(|| first_picture(&summary));
    let stated = |instant: Option<DateTime<Utc>>, origin| {
        instant.map(|instant| Candidate { origin, text: printed.text(instant), updated: false })
    };
    let whole = holds_article(&summary);
    let lead = if whole { lines(&summary).next().map(str::to_owned) } else { excerpt(&summary) };
    // Many feeds print the whole article as its description.
    if body.is_empty() && whole {
        body = std::mem::take(&mut summary);
    }
    let dates = [stated(entry.published, Origin::Feed), stated(entry.updated, Origin::FeedUpdated)];
    Some(Draft {
        address,
        canonical: None,
        guid,
        title: entry.title.map(|title| title.content),
        lead,
        lead_apart: true,
        body,
        author: entry
            .authors
            .into_iter()
            .filter_map(|person| person.name)
            .map(|name| tidy(&name))
            .find(|name| !name.is_empty()),
        image,
        dates: dates.into_iter().flatten().collect(),
        missed: Default::default(),
    })
}

fn holds_article(description: &[Block]) -> bool {
    let chars = |lines: &[Inline]| lines.iter().map(|line| line.text.chars().count()).sum::<usize>();
    let texts = description.iter().map(|block| match block {
        Block::Paragraph(line) | Block::Heading(_, line) => chars(std::slice::from_ref(line)),
        Block::Quote(lines) | Block::List { items: lines, .. } => chars(lines),
        Block::Table(rows) => rows.iter().map(|cells| chars(cells)).sum(),
        Block::Figure { .. } | Block::Medium(_) => 0,
    });
    texts.filter(|chars| *chars > 0).skip(1).sum::<usize>() >= ARTICLE_CHARS_MIN
}

/// All of a description that is no article, but labels.
fn excerpt(description: &[Block]) -> Option<String> {
    let mut lines = lines(description);
    let first = lines.next()?.to_owned();
    Some(lines.filter(|line| !is_label(line)).fold(first, |lead, line| lead + " " + line))
}

/// `Nguồn: VOV`, `(Theo TTXVN)`, `Nguyễn An`: a short line without an end that says where a text comes from or only names.
fn is_label(line: &str) -> bool {
    if line.chars().count() > LABEL_CHARS_MAX || line.ends_with(['.', '!', '?', '…', '”', '"', ']']) {
        return false;
    }
    let lower = line.trim_start_matches('(').to_lowercase();
    let names_source = lower.starts_with("theo ") && !lower.contains(',');
    let mut words = line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    names_source
        || lower.split_once(':').is_some_and(|(label, _)| LABELS.contains(&label.trim_end()))
        || words.all(|word| word.starts_with(char::is_uppercase))
}

fn lines(blocks: &[Block]) -> impl Iterator<Item = &str> {
    blocks.iter().filter_map(|block| match block {
        Block::Paragraph(line) | Block::Heading(_, line) => Some(line.text.as_str()),
        _ => None,
    })
}

/// The pictures of a media object (RSS 2.0 `enclosure`, Media RSS), with what it says of their files; thumbnails last.
fn pictures(media: &MediaObject) -> impl Iterator<Item = (String, PictureFile)> {
    let length = |pixels: Option<u32>| pixels.filter(|pixels| *pixels > 0);
    let contents = media.content.iter().filter_map(move |content| {
        let kind = content.content_type.as_ref().map(ToString::to_string);
        let file = PictureFile {
            media_type: kind.as_deref().and_then(media_type),
            bytes: content.size.filter(|bytes| *bytes > 0),
            width_pixels: length(content.width),
            height_pixels: length(content.height),
        };
        let is_picture = kind.is_none() || file.media_type.is_some();
        content.url.as_ref().filter(|_| is_picture).map(|url| (url.to_string(), file))
    });
    let thumbnails = media.thumbnails.iter().map(move |thumbnail| {
        let (width_pixels, height_pixels) = (length(thumbnail.image.width), length(thumbnail.image.height));
        (thumbnail.image.uri.clone(), PictureFile { width_pixels, height_pixels, ..PictureFile::default() })
    });
    contents.chain(thumbnails)
}

fn first_picture(blocks: &[Block]) -> Option<Image> {
    blocks.iter().find_map(|block| match block {
        Block::Figure { image, .. } => Some(Image::at(image)),
        _ => None,
    })
}
