//! Small questions to an HTML tree.

use ego_tree::iter::Edge;
use scraper::{ElementRef, Html, Node, Selector};
use url::Url;

use super::ParseError;
use super::bounds::readable;
use crate::text::{is_blank, tidy};

/// Elements whose text no reader sees.
pub(super) const UNSEEN: [&str; 9] =
    ["script", "style", "noscript", "template", "head", "svg", "select", "textarea", "button"];

/// The selector that a constant of this program writes, read once.
///
/// A constant that is no selector would panic at its first use; each is used by the tests of its room.
macro_rules! css {
    ($text:expr) => {{
        static SELECTOR: std::sync::LazyLock<scraper::Selector> = std::sync::LazyLock::new(|| {
            scraper::Selector::parse($text).unwrap_or_else(|error| panic!("constant selector {}: {error}", $text))
        });
        &*SELECTOR
    }};
}
pub(super) use css;

/// Elements nested deeper than this are no page: browsers stop at 512, and articles stand at about 30.
const DEPTH_MAX: usize = 400;

/// Reads HTML into a tree.
///
/// # Errors
/// [`ParseError::TooDeep`] for tags nested without end, which would cost more than they say, see [`readable`].
pub(super) fn document(html: &str) -> Result<Html, ParseError> {
    bounded(html, Html::parse_document)
}

/// As [`document`], for a part of a page.
pub(super) fn fragment(html: &str) -> Result<Html, ParseError> {
    bounded(html, Html::parse_fragment)
}

fn bounded(html: &str, parse: fn(&str) -> Html) -> Result<Html, ParseError> {
    shallow(parse(readable(html)?))
}

fn shallow(tree: Html) -> Result<Html, ParseError> {
    let mut depth = 0usize;
    let fits = tree.tree.root().traverse().all(|edge| {
        match edge {
            Edge::Open(_) => depth += 1,
            Edge::Close(_) => depth -= 1,
        }
        depth <= DEPTH_MAX
    });
    if fits { Ok(tree) } else { Err(ParseError::TooDeep) }
}

/// The text that a reader sees, as one tidy line.
pub(super) fn text_of(element: ElementRef) -> String {
    let mut raw = String::new();
    collect(element, &mut raw, usize::MAX);
    tidy(&raw)
}

/// Whether a reader sees any text in the element.
pub(super) fn shows_text(element: ElementRef) -> bool {
    element.children().any(|child| match child.value() {
        Node::Text(text) => !is_blank(text),
        Node::Element(inner) => !UNSEEN.contains(&inner.name()) && ElementRef::wrap(child).is_some_and(shows_text),
        _ => false,
    })
}

/// The text that a reader sees, when it has at most `max` characters; longer texts are not read to their end.
pub(super) fn short_text(element: ElementRef, max: usize) -> Option<String> {
    let mut raw = String::new();
    // A character has at most four bytes, and templates add blanks: more than eight a character is too long.
    collect(element, &mut raw, max * 8).then_some(())?;
    Some(tidy(&raw)).filter(|text| text.chars().count() <= max)
}

/// Collects text until there are too many bytes; `false` when it stopped before the end.
fn collect(element: ElementRef, raw: &mut String, bytes_max: usize) -> bool {
    for child in element.children() {
        if raw.len() > bytes_max {
            return false;
        }
        match child.value() {
            Node::Text(text) => raw.push_str(text),
            Node::Element(inner) => {
                let name = inner.name();
                if UNSEEN.contains(&name) {
                    continue;
                }
                let apart = is_block(name) || name == "br";
                if apart {
                    raw.push(' ');
                }
                if ElementRef::wrap(child).is_some_and(|element| !collect(element, raw, bytes_max)) {
                    return false;
                }
                if apart {
                    raw.push(' ');
                }
            }
            _ => {}
        }
    }
    true
}

/// The first element that `selector` matches and that shows any text.
pub(super) fn first_text(html: &Html, selector: &Selector) -> Option<String> {
    html.select(selector).map(text_of).find(|text| !text.is_empty())
}

/// Whether the element begins a new line on the page.
pub(super) fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "body"
            | "center"
            | "dd"
            | "details"
            | "dialog"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hgroup"
            | "hr"
            | "html"
            | "li"
            | "main"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "summary"
            | "table"
            | "tbody"
            | "td"
            | "tfoot"
            | "th"
            | "thead"
            | "tr"
            | "ul"
    )
}

/// Whether the page hides the element by its own attributes.
pub(super) fn is_hidden(element: ElementRef) -> bool {
    let value = element.value();
    value.attr("hidden").is_some()
        || value.attr("style").is_some_and(|style| {
            let style: String = style.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
            style.contains("display:none") || style.contains("visibility:hidden")
        })
}

/// The address that relative links on the page are relative to: `<base href>`, or the page's own.
pub(super) fn base_of(html: &Html, page: &Url) -> Url {
    let base = html.select(css!("base[href]")).find_map(|base| page.join(base.value().attr("href")?).ok());
    base.filter(|base| matches!(base.scheme(), "http" | "https")).unwrap_or_else(|| page.clone())
}
