//! The JSON-LD that a page carries for machines (W3C JSON-LD 1.1; schema.org).

use scraper::Html;
use serde_json::Value;

use super::nodes::css;

/// All nodes of a page, through arrays and `@graph`.
pub(super) fn nodes(html: &Html) -> Vec<Value> {
    let mut nodes = Vec::new();
    for script in html.select(css!("script[type='application/ld+json']")) {
        let text: String = script.text().collect();
        if let Some(value) = json(&text) {
            flatten(value, &mut nodes);
        }
    }
    nodes
}

/// The JSON in a script; raw line breaks inside strings and comments round it, as careless templates leave them, are
/// passed over.
fn json(text: &str) -> Option<Value> {
    let text = text.trim().trim_start_matches("<!--").trim_start_matches("//<![CDATA[").trim_start_matches("<![CDATA[");
    let text =
        text.trim_end().trim_end_matches("-->").trim_end_matches("//]]>").trim_end_matches("]]>").trim_end_matches(';');
    serde_json::from_str(text.trim()).ok().or_else(|| {
        let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        serde_json::from_str(plain.trim()).ok()
    })
}

/// The node and, through arrays and `@graph`, all nodes in it.
fn flatten(value: Value, nodes: &mut Vec<Value>) {
    match value {
        Value::Array(items) => items.into_iter().for_each(|item| flatten(item, nodes)),
        Value::Object(mut object) => {
            let graph = object.remove("@graph");
            nodes.push(Value::Object(object));
            if let Some(graph) = graph {
                flatten(graph, nodes);
            }
        }
        _ => {}
    }
}

/// Whether a node is of a type.
pub(super) fn has_type(node: &Value, kind: &str) -> bool {
    match &node["@type"] {
        Value::String(name) => name == kind,
        Value::Array(names) => names.iter().any(|name| name == kind),
        _ => false,
    }
}

/// The address of an image, however it is given.
pub(super) fn image_of(image: &Value) -> Option<&str> {
    match image {
        Value::String(address) => Some(address),
        Value::Object(object) => object.get("url").and_then(image_of),
        Value::Array(images) => images.iter().find_map(image_of),
        _ => None,
    }
}
