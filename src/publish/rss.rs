//! RSS 2.0 with `content:encoded`, `dc:creator` and `media:content`, by the rss crate.

use std::collections::BTreeMap;

use rss::extension::atom::{AtomExtension, Link};
use rss::extension::dublincore::DublinCoreExtension;
use rss::extension::{Extension, ExtensionMap};
use rss::{Category, Channel, Enclosure, Guid, Image, Source};

use super::media::{attachment, attributes};
use super::{Feed, Format, Frame, HISTORY, ICON_FILE, Item, MEDIA, Site, around_element};
use crate::date::write;

const NAMESPACES: [[&str; 2]; 4] = [
    ["atom", "http://www.w3.org/2005/Atom"],
    ["content", "http://purl.org/rss/1.0/modules/content/"],
    ["dc", "http://purl.org/dc/elements/1.1/"],
    MEDIA,
];

/// The element of an item.
const ITEM: &str = "item";

pub(super) fn frame(feed: &Feed) -> Frame {
    let kind = || Some("application/rss+xml".to_owned());
    let link = |rel: &str, href: String, mime_type| Link { href, rel: rel.to_owned(), mime_type, ..Link::default() };
    let mut links = vec![link("self", feed.address(Format::Rss), kind())];
    links.extend(feed.hubs().into_iter().map(|hub| link("hub", hub, None)));
    links.extend(feed.history_links(Format::Rss).into_iter().map(|(rel, href)| link(rel, href, kind())));
    let mut namespaces = BTreeMap::from(NAMESPACES.map(|pair| pair.map(str::to_owned).into()));
    let mut extensions = ExtensionMap::default();
    if feed.history.closed {
        namespaces.insert("fh".to_owned(), HISTORY.to_owned());
        let archive = Extension { name: "fh:archive".to_owned(), ..Extension::default() };
        extensions.insert("fh".to_owned(), BTreeMap::from([("archive".to_owned(), vec![archive])]));
    }
    let channel = Channel {
        title: feed.title(),
        link: feed.home_page(),
        description: feed.site.description.clone(),
        language: Some(feed.site.language.clone()),
        last_build_date: feed.changed().map(|changed| write::rfc2822(changed, feed.zone)),
        generator: Some(concat!("bantin ", env!("CARGO_PKG_VERSION")).to_owned()),
        docs: Some("https://www.rssboard.org/rss-specification".to_owned()),
        ttl: (!feed.history.archive).then(|| feed.site.ttl_minutes.to_string()),
        image: Some(Image {
            url: feed.under(ICON_FILE).into(),
            title: feed.title(),
            link: feed.home_page(),
            ..Image::default()
        }),
        items: vec![rss::Item::default()],
        atom_ext: Some(AtomExtension { links }),
        namespaces,
        extensions,
        ..Channel::default()
    };
    Frame::of_xml(feed, &written(&channel), ITEM)
}

/// An item as it stands in a feed.
pub(super) fn piece(item: &Item, site: &Site) -> Vec<u8> {
    let channel = Channel { items: vec![rss_item(item, site)], ..Channel::default() };
    around_element(&written(&channel), ITEM).1.to_vec()
}

fn written(channel: &Channel) -> Vec<u8> {
    // Writing to memory does not fail, and bytes need not be looked through for being text.
    channel.write_to(Vec::new()).unwrap_or_default()
}

fn rss_item(item: &Item, site: &Site) -> rss::Item {
    let creator =
        item.author.clone().map(|author| DublinCoreExtension { creators: vec![author], ..Default::default() });
    let source = site.url.join(&format!("sources/{}/{}", item.source.id, Format::Rss.file()));
    rss::Item {
        title: Some(item.title.clone()),
        link: Some(item.link.clone()),
        // A description is HTML (RSS Advisory Board, "Encoding markup"), so plain text is escaped.
        description: item.lead.as_deref().map(escaped).or_else(|| item.html.clone()),
        categories: item.categories().map(|name| Category { name: name.to_owned(), domain: None }).collect(),
        guid: Some(Guid { value: item.guid.clone(), permalink: false }),
        pub_date: item.published.map(|published| write::rfc2822(published, item.zone)),
        source: source.ok().map(|url| Source { url: url.into(), title: Some(item.source.name.clone()) }),
        content: item.html.clone(),
        enclosure: attachment(item).map(|(image, mime_type, bytes)| Enclosure {
            url: image.address.clone(),
            length: bytes.to_string(),
            mime_type,
        }),
        extensions: media(item),
        dublin_core_ext: creator,
        ..rss::Item::default()
    }
}

fn escaped(text: &str) -> String {
    html_escape::encode_text(text).into_owned()
}

fn media(item: &Item) -> ExtensionMap {
    let Some(image) = &item.image else { return ExtensionMap::default() };
    let attrs = attributes(image).collect();
    let mut content = Extension { name: "media:content".to_owned(), attrs, ..Extension::default() };
    if let Some(caption) = &image.caption {
        let description =
            Extension { name: "media:description".to_owned(), value: Some(caption.clone()), ..Extension::default() };
        content.children.insert("description".to_owned(), vec![description]);
    }
    let media = BTreeMap::from([("content".to_owned(), vec![content])]);
    ExtensionMap::from([("media".to_owned(), media)])
}
