//! Bot walls: pages that stand between a program and the page it asked for.

use reqwest::header::HeaderMap;

/// A wall's page is short; a longer one is the site's own.
pub(super) const WALL_BYTES_MAX: usize = 64 << 10;
/// A page that only asks for JavaScript shows no more text than this.
const WALL_TEXT_CHARS_MAX: usize = 600;
/// A script that sets a cookie and comes back shows next to no text.
const COOKIE_TEXT_CHARS_MAX: usize = 80;

/// Words that stand on one vendor's wall together, in small letters.
const VENDORS: [(&str, &[&str]); 10] = [
    ("Cloudflare", &["<title>just a moment...", "challenge-platform"]),
    ("Cloudflare", &["<title>just a moment...", "cf-"]),
    ("Cloudflare", &["<title>attention required! | cloudflare"]),
    ("DataDome", &["captcha-delivery.com", "var dd="]),
    ("DataDome", &["geo.captcha-delivery.com", "<iframe"]),
    ("Imperva", &["_incapsula_resource", "<iframe"]),
    ("Imperva", &["incapsula incident id"]),
    ("Akamai", &["<title>access denied", "errors.edgesuite.net"]),
    ("HUMAN", &["px-captcha", "window._pxappid"]),
    ("Sucuri", &["sucuri_cloudproxy_js"]),
];

/// Elements at the root of what programs read and no browser shows.
const MACHINE_ROOTS: [&str; 5] = ["rss", "feed", "rdf:rdf", "urlset", "sitemapindex"];

/// What a page says that wants a browser, in small letters.
const WANTS_JAVASCRIPT: [&str; 12] = [
    "enable javascript",
    "enable js",
    "javascript is required",
    "javascript is disabled",
    "requires javascript",
    "javascript to run this app",
    "turn on javascript",
    "javascript must be enabled",
    "bật javascript",
    "kích hoạt javascript",
    "cho phép javascript",
    "hỗ trợ javascript",
];

/// Whose wall a page is, when it is one. `body` may be the beginning of a page.
pub(super) fn wall(headers: &HeaderMap, body: &[u8]) -> Option<&'static str> {
    let says = |name, value: &str| headers.get(name).is_some_and(|header| header.as_bytes() == value.as_bytes());
    if says("cf-mitigated", "challenge") {
        return Some("Cloudflare");
    }
    if body.len() > WALL_BYTES_MAX || root(body).is_some_and(|root| MACHINE_ROOTS.contains(&root.as_str())) {
        return None;
    }
    let html = String::from_utf8_lossy(body).to_ascii_lowercase();
    let vendor = VENDORS.iter().find(|(_, words)| words.iter().all(|word| html.contains(word)));
    if let Some((name, _)) = vendor {
        return Some(name);
    }
    // A feed, a sitemap or JSON is no page for people.
    if !html.contains("<html") && !html.contains("<script") && !html.contains("<noscript") || html.starts_with("<?xml")
    {
        return None;
    }
    let text = visible(&html);
    let chars = text.chars().count();
    let asks = |text: &str| WANTS_JAVASCRIPT.iter().any(|words| text.contains(words));
    if chars <= WALL_TEXT_CHARS_MAX && asks(&text.to_lowercase()) {
        return Some("it wants JavaScript");
    }
    let returns = ["location.reload", "location.href", "location.replace", "window.location"];
    let cookie = html.contains("document.cookie") && returns.iter().any(|words| html.contains(words));
    (cookie && chars <= COOKIE_TEXT_CHARS_MAX).then_some("it wants a cookie set by JavaScript")
}

/// The name of a document's first element, in small letters; `None` for what does not begin with markup.
fn root(body: &[u8]) -> Option<String> {
    let mut rest = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    loop {
        rest = rest.trim_ascii_start().strip_prefix(b"<")?;
        let end: &[u8] = match rest {
            [b'?', ..] => b"?>",
            [b'!', b'-', b'-', ..] => b"-->",
            [b'!', ..] => b">",
            _ => break,
        };
        rest = &rest[memchr::memmem::find(rest, end)? + end.len()..];
    }
    let name = rest.split(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/')).next()?;
    Some(String::from_utf8_lossy(name).to_ascii_lowercase())
}

/// The text outside tags, scripts and styles; `noscript` counts as text.
fn visible(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        text.push_str(&rest[..open]);
        text.push(' ');
        let hidden = [("<script", "</script"), ("<style", "</style"), ("<title", "</title"), ("<!--", "-->")];
        let inside = &rest[open..];
        let end = hidden.iter().find(|(tag, _)| inside.starts_with(tag)).map(|(_, end)| *end);
        let skip = end.and_then(|end| inside.find(end)).unwrap_or_default();
        let Some(close) = inside[skip..].find('>') else { return text };
        rest = &inside[skip + close + 1..];
    }
    text.push_str(rest);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
