//! RSS 2.0 with `content:encoded`, `dc:creator` and `media:content`, by the rss crate.

use std::collections::BTreeMap;

use rss::extension::atom::{AtomExtension, Link};
use rss::extension::dublincore::DublinCoreExtension;
use rss::extension::{Extension, ExtensionMap};
use rss::{Category, Channel, Guid, Source};

use super::{Feed, Format, Item};
use crate::date::write;

const NAMESPACES: [(&str, &str); 4] = [
    ("atom", "http://www.w3.org/2005/Atom"),
    ("content", "http://purl.org/rss/1.0/modules/content/"),
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("media", "http://search.yahoo.com/mrss/"),
];

pub(super) fn render(feed: &Feed) -> Vec<u8> {
    let own = Link {
        href: feed.address(Format::Rss),
        rel: "self".to_owned(),
        mime_type: Some("application/rss+xml".to_owned()),
        ..Link::default()
    };
    let channel = Channel {
        title: feed.title(),
        link: feed.site.url.to_string(),
        description: feed.site.description.clone(),
        language: Some(feed.site.language.clone()),
        last_build_date: feed.changed().map(|changed| write::rfc2822(changed, feed.zone)),
        generator: Some(concat!("bantin ", env!("CARGO_PKG_VERSION")).to_owned()),
        docs: Some("https://www.rssboard.org/rss-specification".to_owned()),
        items: feed.items.iter().map(|item| rss_item(item, feed)).collect(),
        atom_ext: Some(AtomExtension { links: vec![own] }),
        namespaces: NAMESPACES.map(|(prefix, name)| (prefix.to_owned(), name.to_owned())).into(),
        ..Channel::default()
    };
    let mut bytes = channel.to_string().into_bytes();
    bytes.push(b'\n');
    bytes
}

fn rss_item(item: &Item, feed: &Feed) -> rss::Item {
    let creator =
        item.author.clone().map(|author| DublinCoreExtension { creators: vec![author], ..Default::default() });
    let source = feed.site.url.join(&format!("sources/{}/{}", item.source.id, Format::Rss.file()));
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
    let mut content = Extension { name: "media:content".to_owned(), ..Extension::default() };
    content.attrs.insert("url".to_owned(), image.address.clone());
    content.attrs.insert("medium".to_owned(), "image".to_owned());
    if let Some(caption) = &image.caption {
        let description =
            Extension { name: "media:description".to_owned(), value: Some(caption.clone()), ..Extension::default() };
        content.children.insert("description".to_owned(), vec![description]);
    }
    let media = BTreeMap::from([("content".to_owned(), vec![content])]);
    ExtensionMap::from([("media".to_owned(), media)])
}
