//! Atom 1.0 (RFC 4287), by the `atom_syndication` crate.

use std::collections::BTreeMap;

use atom_syndication::extension::{Extension, ExtensionMap};
use atom_syndication::{Category, Content, Entry, Generator, Link, Person, Source, Text};
use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use chrono_tz::Tz;

use super::media::attributes;
use super::{Feed, Format, Frame, HISTORY, ICON_FILE, Item, MEDIA, Site, around_element};
use crate::date::write;

/// The element of an item.
const ENTRY: &str = "entry";

pub(super) fn frame(feed: &Feed) -> Frame {
    let address = feed.address(Format::Atom);
    let kind = "application/atom+xml";
    let mut links = vec![link(address.clone(), "self", kind), link(feed.home_page(), "alternate", "text/html")];
    links.extend(feed.hubs().into_iter().map(|hub| Link { href: hub, rel: "hub".to_owned(), ..Link::default() }));
    links.extend(feed.history_links(Format::Atom).into_iter().map(|(rel, href)| link(href, rel, kind)));
    let mut namespaces = BTreeMap::from([MEDIA.map(str::to_owned).into()]);
    if feed.history.closed {
        namespaces.insert("fh".to_owned(), HISTORY.to_owned());
    }
    let atom = atom_syndication::Feed {
        title: Text::plain(feed.title()),
        id: address,
        updated: fixed(feed.changed().unwrap_or_default(), feed.zone),
        subtitle: Some(Text::plain(feed.site.description.clone())),
        authors: vec![Person { name: feed.site.title.clone(), ..Person::default() }],
        generator: Some(Generator {
            value: "bantin".to_owned(),
            uri: None,
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
        icon: Some(feed.under(ICON_FILE).into()),
        links,
        entries: vec![Entry::default()],
        lang: Some(feed.site.language.clone()),
        namespaces,
        ..atom_syndication::Feed::default()
    };
    let mut document = atom.to_string();
    if feed.history.closed {
        // The crate writes a feed's extensions behind its entries, where RFC 4287 §4.1.1 has no place for them.
        document = document.replacen("<link ", "<fh:archive/><link ", 1);
    }
    Frame::of_xml(feed, document.as_bytes(), ENTRY)
}

/// An item as it stands in a feed.
pub(super) fn piece(item: &Item, site: &Site) -> Vec<u8> {
    let feed = atom_syndication::Feed { entries: vec![entry(item, site)], ..atom_syndication::Feed::default() };
    // Writing to memory does not fail, and bytes need not be looked through for being text.
    around_element(&feed.write_to(Vec::new()).unwrap_or_default(), ENTRY).1.to_vec()
}

fn entry(item: &Item, site: &Site) -> Entry {
    let updated = fixed(item.updated(), item.zone) + own_micros(&item.guid);
    let also_in = item
        .also_in
        .iter()
        .map(|other| Link { title: Some(other.name.clone()), ..link(other.url.clone(), "related", "text/html") });
    let source = site.url.join(&format!("sources/{}/{}", item.source.id, Format::Atom.file()));
    Entry {
        title: Text::plain(item.title.clone()),
        id: item.guid.clone(),
        updated,
        published: item.published.map(|published| fixed(published, item.zone)),
        authors: item.author.iter().map(|name| Person { name: name.clone(), ..Person::default() }).collect(),
        categories: item.categories().map(|term| Category { term: term.to_owned(), ..Category::default() }).collect(),
        links: [link(item.link.clone(), "alternate", "text/html")].into_iter().chain(also_in).collect(),
        source: source.ok().map(|id| Source {
            title: Text::plain(item.source.name.clone()),
            id: id.into(),
            updated,
            authors: vec![Person { name: item.source.name.clone(), ..Person::default() }],
            ..Source::default()
        }),
        summary: item.lead.clone().map(Text::plain),
        content: item.html.clone().map(|html| Content {
            value: Some(html),
            content_type: Some("html".to_owned()),
            ..Content::default()
        }),
        extensions: media(item),
        ..Entry::default()
    }
}

/// Less than a second that is an item's own: many items share a minute or a batch, and the W3C validator warns of two
/// that were changed at the same instant.
fn own_micros(guid: &str) -> TimeDelta {
    let hash = blake3::hash(guid.as_bytes());
    let number = hash.as_bytes()[..4].iter().fold(0, |number, byte| number << 8 | i64::from(*byte));
    TimeDelta::microseconds(1 + number % 999_999)
}

fn media(item: &Item) -> ExtensionMap {
    let Some(image) = &item.image else { return ExtensionMap::default() };
    // The crate writes the attributes of extensions as they are.
    let escaped = |value: String| html_escape::encode_double_quoted_attribute(&value).into_owned();
    let attrs = attributes(image).map(|(name, value)| (name, escaped(value))).collect();
    let content = Extension { name: "media:content".to_owned(), attrs, ..Extension::default() };
    ExtensionMap::from([("media".to_owned(), BTreeMap::from([("content".to_owned(), vec![content])]))])
}

fn link(href: String, rel: &str, mime: &str) -> Link {
    Link { href, rel: rel.to_owned(), mime_type: Some(mime.to_owned()), ..Link::default() }
}

fn fixed(instant: DateTime<Utc>, zone: Tz) -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339(&write::rfc3339(instant, zone)).unwrap_or_else(|_| instant.fixed_offset())
}
