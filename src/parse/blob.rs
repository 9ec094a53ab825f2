//! Encoded text that a page's own script would turn into its story, as dhcn's editing system sends it.

use std::borrow::Cow;

/// A word of so many characters is no word.
const BLOB_CHARS_MIN: usize = 60;

/// The text without its runs of base64 (RFC 4648); text that holds none is handed back as it is.
pub(super) fn without_blobs(text: &str) -> Cow<'_, str> {
    let long = text.len() >= BLOB_CHARS_MIN
        && text.as_bytes().split(u8::is_ascii_whitespace).any(|word| word.len() >= BLOB_CHARS_MIN);
    if !long || !text.split_whitespace().any(is_blob) {
        return text.into();
    }
    let mut kept: Vec<&str> = Vec::new();
    let mut inside = false;
    for word in text.split_whitespace() {
        // The last line of a blob may be short.
        inside = is_blob(word) || (inside && is_base64(word));
        if !inside {
            kept.push(word);
        }
    }
    format!(" {} ", kept.join(" ")).into()
}

fn is_blob(word: &str) -> bool {
    word.len() >= BLOB_CHARS_MIN && is_base64(word)
}

/// Letters of both cases and digits without a sign between them, or padding at the end.
fn is_base64(word: &str) -> bool {
    let bytes = word.trim_end_matches('=').as_bytes();
    let mixed = |kind: fn(&u8) -> bool| bytes.iter().any(kind);
    bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
        && (bytes.len() < word.len()
            || (mixed(u8::is_ascii_uppercase) && mixed(u8::is_ascii_lowercase) && mixed(u8::is_ascii_digit)))
}
