//! The last gate before HTML is kept: an allow-list, by ammonia.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// What an article is made of.
const TAGS: [&str; 25] = [
    "a",
    "blockquote",
    "br",
    "code",
    "em",
    "figcaption",
    "figure",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "img",
    "li",
    "ol",
    "p",
    "s",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tr",
    "ul",
];

static GATE: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut gate = ammonia::Builder::empty();
    gate.tags(HashSet::from(TAGS))
        .add_tags(["u"])
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"])), ("img", HashSet::from(["src", "alt"]))]))
        .clean_content_tags(HashSet::from(["script", "style"]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(None);
    gate
});

/// Keeps the elements and attributes of an article, addresses with `http`, `https` or `mailto`, and nothing else.
#[must_use]
pub fn sanitize(html: &str) -> String {
    GATE.clean(html).to_string()
}
