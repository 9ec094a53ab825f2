//! What a listing says of its stories for machines: schema.org `ItemList`.

use scraper::Html;
use serde_json::Value;
use url::Url;

use super::ENTRIES_MAX;
use super::json_ld::{has_type, image_of, nodes};
use crate::address::publishable;
use crate::model::Listed;
use crate::text::headline;

/// The entries of a page's lists, in their stated order. Menus are stated in the same way; the caller tells them apart.
pub(super) fn read(html: &Html, base: &Url) -> Vec<Listed> {
    let nodes = nodes(html);
    let lists = nodes.iter().flat_map(|node| [node, &node["mainEntity"]]).filter(|node| has_type(node, "ItemList"));
    let entries = lists.flat_map(|list| {
        let mut elements: Vec<&Value> = match &list["itemListElement"] {
            Value::Array(elements) => elements.iter().collect(),
            one => vec![one],
        };
        elements.sort_by_key(|element| element["position"].as_u64());
        elements
    });
    entries.filter_map(|element| entry(element, base)).take(ENTRIES_MAX).collect()
}

/// `"https://…"`, `{"url": …}`, `{"item": "https://…"}` or `{"item": {"@id": …, "headline": …}}`.
fn entry(element: &Value, base: &Url) -> Option<Listed> {
    let item = if element["item"].is_object() { &element["item"] } else { element };
    let address = [&item["url"], &element["url"], &item["@id"], &element["item"], element];
    let text = |keys: &[&str]| {
        let stated = keys.iter().find_map(|key| item[*key].as_str()).map(headline);
        stated.filter(|text| !text.is_empty())
    };
    Some(Listed {
        address: publishable(base, address.into_iter().find_map(Value::as_str)?)?,
        title: text(&["headline", "name"]),
        date: text(&["datePublished"]),
        lead: text(&["description"]),
        image: image_of(&item["image"]).and_then(|image| publishable(base, image)),
    })
}
