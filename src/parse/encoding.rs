//! Bytes to text, whatever the page says of its encoding.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8};

/// The head of a page in which an encoding must be named (HTML Living Standard, "prescan a byte stream").
const PRESCAN_BYTES: usize = 2048;

/// Reads bytes as text: byte order mark, then valid UTF-8, then the HTTP header, then the page's own word, then
/// detection. A named encoding that does not fit the bytes is passed over, so a lying header or meta is survived.
#[must_use]
pub fn decode(bytes: &[u8], content_type: Option<&str>) -> String {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned();
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(PRESCAN_BYTES)]).to_ascii_lowercase();
    let labels = [content_type.and_then(|value| label_after(value, "charset=")), named_in(&head)];
    for encoding in labels.into_iter().flatten().filter_map(|label| Encoding::for_label(label.as_bytes())) {
        let (text, _, broken) = encoding.decode(bytes);
        if !broken {
            return text.into_owned();
        }
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let guess = detector.guess(None, Utf8Detection::Allow);
    let named = label_of(&head, content_type);
    // Mostly UTF-8 with a few broken bytes is likelier than an encoding nobody named.
    let encoding = if named == Some(UTF_8) { UTF_8 } else { guess };
    encoding.decode(bytes).0.into_owned()
}

fn label_of(head: &str, content_type: Option<&str>) -> Option<&'static Encoding> {
    let label = content_type.and_then(|value| label_after(value, "charset=")).or_else(|| named_in(head))?;
    Encoding::for_label(label.as_bytes())
}

/// The encoding that an XML declaration or a `<meta>` in the head names.
fn named_in(head: &str) -> Option<String> {
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
