//! Text that was encoded twice: UTF-8 read as windows-1252 on its way, as in `isnâ€™t` and `Há»™i nghá»‹`.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;

/// A page is mended as a whole when so much of what is no ASCII on it was encoded twice.
const TWICE_SHARE_MIN: f64 = 0.9;

/// Undoes a second encoding. On a page that is otherwise sound only the punctuation of the form `â€™` is mended, which
/// stands in no language; `Ã ` and the like may be Vietnamese.
pub(super) fn mend(text: &str) -> Cow<'_, str> {
    if !text.contains("â€") && !text.contains("â\u{80}") {
        return Cow::Borrowed(text);
    }
    let (mut all, mut twice) = (0usize, 0usize);
    for run in text.split(|c: char| c.is_ascii()).filter(|run| !run.is_empty()) {
        all += run.len();
        twice += decoded(run).map_or(0, |_| run.len());
    }
    let whole = super::outline::share(twice, all) >= TWICE_SHARE_MIN;
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| !c.is_ascii()) {
        out.push_str(&rest[..start]);
        let run = &rest[start..];
        let end = run.find(|c: char| c.is_ascii()).unwrap_or(run.len());
        match decoded(&run[..end]).filter(|mended| whole || mended.chars().all(is_punctuation)) {
            Some(mended) => out.push_str(&mended),
            None => out.push_str(&run[..end]),
        }
        rest = &run[end..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The run as it was before its second encoding; `None` for one that was encoded once.
fn decoded(run: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(run.len());
    for c in run.chars() {
        if matches!(c, '\u{80}'..='\u{9f}') {
            // windows-1252 leaves five bytes open; browsers and encoders read them as C1 controls.
            bytes.push(u8::try_from(c).ok()?);
            continue;
        }
        let mut buffer = [0; 4];
        let (encoded, _, lost) = WINDOWS_1252.encode(c.encode_utf8(&mut buffer));
        if lost {
            return None;
        }
        bytes.extend_from_slice(&encoded);
    }
    String::from_utf8(bytes).ok()
}

fn is_punctuation(c: char) -> bool {
    matches!(c, '\u{2000}'..='\u{206f}')
}
