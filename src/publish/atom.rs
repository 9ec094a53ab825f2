//! Atom 1.0 (RFC 4287), by the `atom_syndication` crate.

use atom_syndication::{Category, Content, Entry, Generator, Link, Person, Source, Text};
use chrono::{DateTime, FixedOffset, Utc};
use chrono_tz::Tz;

use super::{Feed, Format, Item};
use crate::date::write;

pub(super) fn render(feed: &Feed) -> Vec<u8> {
    let address = feed.address(Format::Atom);
    let atom = atom_syndication::Feed {
        title: Text::plain(feed.title()),
        id: address.clone(),
        updated: fixed(feed.changed().unwrap_or_default(), feed.zone),
        subtitle: Some(Text::plain(feed.site.description.clone())),
        authors: vec![Person { name: feed.site.title.clone(), ..Person::default() }],
        generator: Some(Generator {
            value: "bantin".to_owned(),
            uri: None,
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
        links: vec![
            link(address, "self", "application/atom+xml"),
            link(feed.site.url.to_string(), "alternate", "text/html"),
        ],
        entries: feed.items.iter().map(|item| entry(item, feed)).collect(),
        lang: Some(feed.site.language.clone()),
        ..atom_syndication::Feed::default()
    };
    let mut bytes = b"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n".to_vec();
    let body = atom.to_string();
    let body = body.strip_prefix("<?xml version=\"1.0\"?>").unwrap_or(&body);
    bytes.extend_from_slice(body.trim_start().as_bytes());
    bytes.push(b'\n');
    bytes
}

fn entry(item: &Item, feed: &Feed) -> Entry {
    let updated = fixed(item.updated(), item.zone);
    let also_in = item
        .also_in
        .iter()
        .map(|other| Link { title: Some(other.name.clone()), ..link(other.url.clone(), "related", "text/html") });
    let source = feed.site.url.join(&format!("sources/{}/{}", item.source.id, Format::Atom.file()));
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
            ..Source::default()
        }),
        summary: item.lead.clone().map(Text::plain),
        content: item.html.clone().map(|html| Content {
            value: Some(html),
            content_type: Some("html".to_owned()),
            ..Content::default()
        }),
        ..Entry::default()
    }
}

fn link(href: String, rel: &str, mime: &str) -> Link {
    Link { href, rel: rel.to_owned(), mime_type: Some(mime.to_owned()), ..Link::default() }
}

fn fixed(instant: DateTime<Utc>, zone: Tz) -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339(&write::rfc3339(instant, zone)).unwrap_or_else(|_| instant.fixed_offset())
}
