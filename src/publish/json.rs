//! JSON Feed 1.1, with what only bantin knows under `_bantin`.

use serde::Serialize;

use super::media::attachment;
use super::{Feed, Format, Frame, ICON_FILE, Item, Site};
use crate::date::write;
use crate::model::Precision;

#[derive(Serialize)]
struct JsonFeed<'a> {
    version: &'static str,
    title: String,
    home_page_url: String,
    feed_url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_url: Option<String>,
    description: &'a str,
    icon: String,
    language: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hubs: Vec<Hub>,
    items: [(); 0],
}

/// An item where it stands in a feed, with nothing around it.
#[derive(Serialize)]
struct Alone<'a> {
    items: [JsonItem<'a>; 1],
}

#[derive(Serialize)]
struct JsonItem<'a> {
    id: &'a str,
    url: &'a str,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_html: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_published: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_modified: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<Author<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment<'a>>,
    language: &'a str,
    #[serde(rename = "_bantin")]
    bantin: Bantin<'a>,
}

#[derive(Serialize)]
struct Hub {
    r#type: &'static str,
    url: String,
}

#[derive(Serialize)]
struct Attachment<'a> {
    url: &'a str,
    mime_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    size_in_bytes: u64,
}

/// How large the picture is, as its source says.
#[derive(Serialize)]
struct Size {
    width: u32,
    height: u32,
}

#[derive(Serialize)]
struct Author<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Bantin<'a> {
    dateline: Option<&'a str>,
    date_origin: Option<&'a str>,
    first_seen: String,
    date_precision: Option<&'static str>,
    source: Source<'a>,
    also_in: Vec<AlsoIn<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_size: Option<Size>,
    /// Since when the page is gone; absent as long as it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawn: Option<String>,
}

#[derive(Serialize)]
struct Source<'a> {
    id: &'a str,
    name: &'a str,
    province: Option<&'a str>,
}

#[derive(Serialize)]
struct AlsoIn<'a> {
    id: &'a str,
    name: &'a str,
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    merged: Option<Merged>,
}

/// Why two articles are one item.
#[derive(Serialize)]
struct Merged {
    how: &'static str,
    score_percent: u8,
}

pub(super) fn frame(feed: &Feed) -> Frame {
    let json = JsonFeed {
        version: "https://jsonfeed.org/version/1.1",
        title: feed.title(),
        home_page_url: feed.home_page(),
        feed_url: feed.address(Format::Json),
        // What JSON Feed calls next is the older part.
        next_url: feed
            .history_links(Format::Json)
            .into_iter()
            .find(|(rel, _)| *rel == "prev-archive")
            .map(|(_, at)| at),
        description: &feed.site.description,
        icon: feed.under(ICON_FILE).into(),
        language: &feed.site.language,
        hubs: feed.hubs().into_iter().map(|url| Hub { r#type: "WebSub", url }).collect(),
        items: [],
    };
    let mut head = written(&json);
    // The list of items is the last thing.
    let end = memchr::memrchr(b']', &head).unwrap_or(head.len());
    let before_end = if feed.items.is_empty() { "" } else { "\n  " };
    let tail = [before_end.as_bytes(), &head.split_off(end), b"\n"].concat();
    Frame { head, between: b",", tail }
}

/// An item as it stands in a feed, on lines of its own.
pub(super) fn piece(item: &Item, site: &Site) -> Vec<u8> {
    let mut alone = written(&Alone { items: [json_item(item, site)] });
    alone.truncate(memchr::memrchr(b']', &alone).unwrap_or_default());
    alone.truncate(alone.trim_ascii_end().len());
    alone.split_off(memchr::memchr(b'[', &alone).map_or(0, |start| start + 1))
}

fn written(json: &impl Serialize) -> Vec<u8> {
    // Strings, numbers and lists of them: serde_json has no way to fail on these.
    serde_json::to_vec_pretty(json).unwrap_or_default()
}

fn json_item<'a>(item: &'a Item, site: &'a Site) -> JsonItem<'a> {
    let text = item.lead.as_deref().unwrap_or(&item.title);
    JsonItem {
        id: &item.guid,
        url: &item.link,
        title: &item.title,
        summary: item.lead.as_deref(),
        content_html: item.html.as_deref(),
        content_text: item.html.is_none().then_some(text),
        image: item.image.as_ref().map(|image| image.address.as_str()),
        date_published: item.published.map(|published| write::rfc3339(published, item.zone)),
        date_modified: item.was_revised().then(|| write::rfc3339(item.revised, item.zone)),
        authors: item.author.iter().map(|name| Author { name }).collect(),
        tags: item.categories().collect(),
        attachments: attachment(item)
            .into_iter()
            .map(|(image, mime_type, size_in_bytes)| Attachment {
                url: &image.address,
                mime_type,
                title: image.caption.as_deref(),
                size_in_bytes,
            })
            .collect(),
        language: &site.language,
        bantin: Bantin {
            dateline: item.dateline.as_deref(),
            date_origin: item.origin,
            first_seen: write::rfc3339(item.first_seen, item.zone),
            date_precision: item.precision.map(Precision::as_str),
            source: Source { id: &item.source.id, name: &item.source.name, province: item.source.province },
            also_in: item
                .also_in
                .iter()
                .map(|other| AlsoIn {
                    id: &other.id,
                    name: &other.name,
                    url: &other.url,
                    merged: other
                        .joined
                        .map(|joined| Merged { how: joined.how.as_str(), score_percent: joined.score_percent }),
                })
                .collect(),
            image_size: item
                .image
                .as_ref()
                .and_then(|image| Some(Size { width: image.file.width_pixels?, height: image.file.height_pixels? })),
            withdrawn: item.withdrawn.map(|since| write::rfc3339(since, item.zone)),
        },
    }
}
