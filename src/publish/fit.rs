//! What a feed may not hold, whatever the sources printed: a last look at each item before it is written.
//!
//! The rules are those of XML 1.0, RFC 3986 and the W3C feed validator, which call a feed broken or unsafe for one bad
//! character of one item.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::Item;

static TAG: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?s)</?[A-Za-z][A-Za-z0-9]*(\s[^<>]*)?/?>|<!--.*?-->").ok());
static MAIL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[^\s<>(),;:]+@[^\s<>(),;:]+\.[^\s<>(),;:]+").ok());

/// How often entities may have been escaped over each other.
const ENTITY_LAYERS_MAX: usize = 4;

/// The item with nothing in it that a reader or validator would stumble over.
pub(super) fn fit(item: Item) -> Item {
    let mut item = Item {
        link: uri(&item.link),
        title: Some(plain(&legal(&item.title))).filter(|title| !title.is_empty()).unwrap_or(item.source.name.clone()),
        lead: item.lead.as_deref().map(|lead| plain(&legal(lead))).filter(|lead| !lead.is_empty()),
        html: item.html.map(all_legal),
        author: item.author.as_deref().and_then(name),
        ..item
    };
    if let Some(image) = &mut item.image {
        image.address = uri(&image.address);
        image.caption = image.caption.as_deref().map(|caption| plain(&legal(caption))).filter(|text| !text.is_empty());
    }
    for other in &mut item.also_in {
        other.url = uri(&other.url);
    }
    item
}

/// The text without characters that XML 1.0 §2.2 forbids, and without the noncharacters of Unicode.
pub(super) fn legal(text: &str) -> Cow<'_, str> {
    let fine = |c: char| {
        let code = u32::from(c);
        matches!(c, '\t' | '\n' | '\r' | ' '..='\u{7e}' | '\u{a0}'..)
            && code & 0xfffe != 0xfffe
            && !(0xfdd0..=0xfdef).contains(&code)
    };
    if surely_legal(text) || text.chars().all(fine) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().filter(|c| fine(*c)).collect())
    }
}

/// As [`legal`], without a copy where nothing goes.
fn all_legal(text: String) -> String {
    match legal(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(legal) => legal,
    }
}

/// Whether a look at the bytes is enough, as it is for almost all texts: no control character, neither of one byte nor of
/// two (C2 and less than A0), and nothing from U+F000 on (EF and above). All bytes are looked at, each with the one behind
/// it, so that it takes few steps.
fn surely_legal(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some((last, behind)) = bytes.last().zip(bytes.get(1..)) else { return true };
    let control = |byte: u8| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r') || byte == 0x7f;
    let doubtful = |byte: u8, next: u8| control(byte) || byte >= 0xef || byte == 0xc2 && next < 0xa0;
    let found = bytes.iter().zip(behind).fold(false, |found, (byte, next)| found | doubtful(*byte, *next));
    !found && !control(*last)
}

/// The address with every character percent-encoded that RFC 3986 §2 has no place for; the URL standard leaves some.
fn uri(address: &str) -> String {
    let bytes = address.as_bytes();
    let is_hex = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_hexdigit);
    let mut out = String::with_capacity(address.len());
    for (at, byte) in bytes.iter().enumerate() {
        let fine = match byte {
            b'%' => is_hex(at + 1) && is_hex(at + 2),
            // Brackets stand around IPv6 addresses only.
            b'[' | b']' => address.find(']').is_some_and(|end| at <= end && address.contains("://[")),
            byte => byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=".contains(byte),
        };
        if fine {
            out.push(char::from(*byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Text that reads the same as text and as HTML: readers disagree about titles (RSS Advisory Board, "Title"), so tags
/// and entities that a source printed as text go.
fn plain(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..ENTITY_LAYERS_MAX {
        let read = match TAG.as_ref() {
            Some(tag) if text.contains('<') => tag.replace_all(&text, " ").into_owned(),
            _ => text.clone(),
        };
        let read = html_escape::decode_html_entities(&read).into_owned();
        if read == text {
            break;
        }
        text = legal(&read).split_whitespace().collect::<Vec<_>>().join(" ");
    }
    text
}

/// The name in a byline that may hold a mail address, as RSS's `author` does: `toasoan@bao.example (Nguyễn Văn An)`.
fn name(byline: &str) -> Option<String> {
    let text = plain(&legal(byline));
    let rest = match MAIL.as_ref() {
        Some(mail) if text.contains('@') => mail.replace_all(&text, " ").into_owned(),
        _ => return Some(text).filter(|text| !text.is_empty()),
    };
    let name = rest.trim_matches(|c: char| c.is_whitespace() || "()<>,;:-–|".contains(c));
    Some(name.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|name| name.chars().any(char::is_alphabetic))
}

/// The media type of a picture, by the end of its address.
pub(super) fn picture_type(address: &str) -> Option<&'static str> {
    let path = address.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let (_, end) = path.rsplit_once('.')?;
    match end {
        "jpg" | "jpeg" => Some("image/jpeg"),
        "png" => Some("image/png"),
        "gif" => Some("image/gif"),
        "webp" => Some("image/webp"),
        "avif" => Some("image/avif"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}
