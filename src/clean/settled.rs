//! HTML that ammonia would leave as it is, seen without making a tree of it.
//!
//! Only what `render` writes of the plainest articles is settled: paragraphs, headings, quotations, lists and pictures,
//! properly nested, with every sign escaped as ammonia's serializer escapes it (HTML Living Standard, "Serializing HTML
//! fragments"). All else, tables among it, is left to ammonia.

use url::Url;

/// Inline elements that may stand inside each other; html5ever looks at more than three equal ones in its own way.
const INLINE_DEPTH_MAX: usize = 3;
/// Elements without attributes that hold running text.
const INLINE: [&str; 7] = ["strong", "em", "u", "s", "sub", "sup", "code"];
/// Blocks of running text.
const LINES: [&str; 6] = ["p", "h2", "h3", "h4", "h5", "h6"];
/// What a serializer writes for the signs that it escapes.
const IN_TEXT: [&str; 3] = ["&amp;", "&lt;", "&gt;"];
const IN_ATTRIBUTES: [&str; 4] = ["&amp;", "&lt;", "&gt;", "&quot;"];

/// Whether ammonia would hand the HTML back byte for byte.
pub(super) fn is_settled(html: &str) -> bool {
    blocks(html).is_some()
}

fn blocks(mut html: &str) -> Option<()> {
    while !html.is_empty() {
        html = block(html)?.trim_start_matches('\n');
    }
    Some(())
}

/// What stands behind the block that opens the HTML.
fn block(html: &str) -> Option<&str> {
    let (name, rest) = opened(html)?;
    match name {
        "ul" | "ol" => repeated(rest, "li", name),
        "blockquote" => repeated(rest, "p", name),
        "figure" => {
            let rest = image(rest)?;
            let rest = match rest.strip_prefix("<figcaption>") {
                Some(caption) => closed(running(caption)?, "figcaption")?,
                None => rest,
            };
            closed(rest, name)
        }
        _ if LINES.contains(&name) => closed(running(rest)?, name),
        _ => None,
    }
}

fn repeated<'a>(mut html: &'a str, item: &str, name: &str) -> Option<&'a str> {
    while let Some((inner, rest)) = opened(html).filter(|(inner, _)| *inner == item) {
        html = closed(running(rest)?, inner)?;
    }
    closed(html, name)
}

/// The name of the element that opens the HTML without attributes, and what stands behind its tag.
fn opened(html: &str) -> Option<(&str, &str)> {
    html.strip_prefix('<')?.split_once('>')
}

fn closed<'a>(html: &'a str, name: &str) -> Option<&'a str> {
    html.strip_prefix("</")?.strip_prefix(name)?.strip_prefix('>')
}

/// What stands behind the running text that opens the HTML, at the end tag that none of its own elements waits for.
fn running(mut html: &str) -> Option<&str> {
    let mut open: Vec<&str> = Vec::new();
    loop {
        let at = html.find('<')?;
        is_escaped(&html[..at], &IN_TEXT).then_some(())?;
        html = &html[at..];
        if html.starts_with("</") {
            let Some(name) = open.pop() else { return Some(html) };
            html = closed(html, name)?;
        } else if let Some(rest) = html.strip_prefix("<br>") {
            html = rest;
        } else if let Some(rest) = html.strip_prefix("<a href=\"") {
            let (address, rest) = rest.split_once('"')?;
            (!open.contains(&"a") && is_address(address)).then_some(())?;
            open.push("a");
            html = rest.strip_prefix('>')?;
        } else {
            let (name, rest) = opened(html)?;
            open.push(INLINE.into_iter().find(|inline| *inline == name)?);
            html = rest;
        }
        if open.len() > INLINE_DEPTH_MAX {
            return None;
        }
    }
}

fn image(html: &str) -> Option<&str> {
    let (address, rest) = html.strip_prefix("<img src=\"")?.split_once('"')?;
    let (alt, rest) = rest.strip_prefix(" alt=\"")?.split_once('"')?;
    (is_address(address) && is_escaped(alt, &IN_ATTRIBUTES)).then_some(())?;
    rest.strip_prefix('>')
}

/// An address of the web, its ampersands escaped.
fn is_address(escaped: &str) -> bool {
    let web = escaped.starts_with("http://") || escaped.starts_with("https://");
    web && is_escaped(escaped, &IN_TEXT) && Url::parse(&escaped.replace("&amp;", "&")).is_ok()
}

/// Whether every sign that a serializer escapes stands escaped, and no character that a parser changes stands at all.
fn is_escaped(text: &str, references: &[&str]) -> bool {
    let bytes = text.as_bytes();
    let escaped = |at: usize| references.iter().any(|reference| text[at..].starts_with(reference));
    memchr::memchr2(b'\r', 0, bytes).is_none()
        && memchr::memchr2(b'<', b'>', bytes).is_none()
        && memchr::memchr_iter(b'&', bytes).all(escaped)
        && memchr::memchr_iter(0xc2, bytes).all(|at| bytes.get(at + 1) != Some(&0xa0))
}
