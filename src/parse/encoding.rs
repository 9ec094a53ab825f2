//! Bytes to text, whatever the page says of its encoding.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252, WINDOWS_1258};
use unicode_normalization::UnicodeNormalization;

use super::legacy;
use crate::model::Charset;

/// The head of a page in which an encoding must be named (HTML Living Standard, "prescan a byte stream").
const PRESCAN_BYTES: usize = 2048;
/// Text is UTF-8 with faults when so many of its letters beyond ASCII stand against one fault, if it says so itself ...
const STATED_LETTERS_PER_FAULT_MIN: usize = 1;
/// ... and whatever else is said of it.
const LETTERS_PER_FAULT_MIN: usize = 10;
/// Where nothing else tells encodings apart, the page is one of this country (a top-level domain, as chardetng asks for).
const COUNTRY: &[u8] = b"vn";

/// Reads bytes as text: by their byte order mark, by `charset` where the source states one, as UTF-8 where they are that,
/// then by the HTTP header, the page's own word, and detection.
///
/// A named encoding that does not fit the bytes is passed over, so a header or meta element that lies is survived. Text
/// in encodings that write marks as letters of their own comes out composed (NFC).
#[must_use]
pub fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>, charset: Option<Charset>) -> Cow<'a, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0;
    }
    match charset {
        Some(Charset::Tcvn3) => return legacy::tcvn3(bytes).into(),
        Some(Charset::Vni) => return legacy::vni(bytes).into(),
        Some(Charset::Standard(encoding)) => return text_in(encoding, bytes),
        None => {}
    }
    // Two-byte and seven-bit encodings look like ASCII but for their zeros and escapes.
    let plain = memchr::memchr2(0, 0x1b, bytes).is_none();
    if let Some(text) = simdutf8::basic::from_utf8(bytes).ok().filter(|_| plain) {
        return text.into();
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(PRESCAN_BYTES)]).to_ascii_lowercase();
    let encoding = |label: String| Encoding::for_label(label.as_bytes());
    let header = content_type.and_then(|value| label_after(value, "charset=")).and_then(encoding);
    let own = label_in(&head).and_then(encoding);
    let stated = [header, own].contains(&Some(UTF_8));
    let letters_min = if stated { STATED_LETTERS_PER_FAULT_MIN } else { LETTERS_PER_FAULT_MIN };
    if plain && is_mostly_utf_8(bytes, letters_min) {
        return String::from_utf8_lossy(bytes);
    }
    text_in(named(bytes, header, own).unwrap_or_else(|| detected(bytes)), bytes)
}

fn text_in<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Cow<'a, str> {
    let text = encoding.decode_without_bom_handling(bytes).0;
    if encoding == WINDOWS_1258 { text.nfc().collect() } else { text }
}

fn is_mostly_utf_8(bytes: &[u8], letters_per_fault_min: usize) -> bool {
    let (mut letters, mut faults) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        letters += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        faults += usize::from(!chunk.invalid().is_empty());
    }
    letters >= faults * letters_per_fault_min
}

/// The encoding that the header or else the page names, if the bytes fit it.
fn named(bytes: &[u8], header: Option<&'static Encoding>, own: Option<&'static Encoding>) -> Option<&'static Encoding> {
    // UTF-8 was tried before.
    let fits = |encoding: &&'static Encoding| {
        *encoding != UTF_8 && encoding.decode_without_bom_handling_and_without_replacement(bytes).is_some()
    };
    let header = header.filter(fits);
    // Servers add windows-1252, alias iso-8859-1, to whatever they send; windows-1258 is only named on purpose.
    let unmeant = header.is_none_or(|encoding| encoding == WINDOWS_1252);
    let own = own.filter(|_| unmeant).filter(fits);
    own.filter(|encoding| header.is_none() || *encoding == WINDOWS_1258).or(header)
}

fn detected(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    detector.guess(Some(COUNTRY), Utf8Detection::Deny)
}

/// The encoding that an XML declaration or a `<meta>` in the head names.
fn label_in(head: &str) -> Option<String> {
    if head.trim_start().starts_with("<?xml")
        && let Some(label) = label_after(head.split("?>").next()?, "encoding=")
    {
        return Some(label);
    }
    label_after(head, "charset=")
}

fn label_after(text: &str, key: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let value = lower[lower.find(key)? + key.len()..].trim_start_matches(['"', '\'', ' ']);
    let end = value.find(['"', '\'', ' ', ';', '>', '/', '\n', '\r']).unwrap_or(value.len());
    (end > 0).then(|| value[..end].to_owned())
}
