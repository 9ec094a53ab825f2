//! Which picture an `<img>` shows once scripts have run.

use scraper::{ElementRef, Html};
use url::Url;

use super::nodes::css;
use crate::address::resolved;
use crate::model::PictureFile;

/// Where lazy pages keep the real address, before `src`.
const LAZY_KEYS: [&str; 4] = ["data-src", "data-original", "data-lazy-src", "data-lazy"];
/// Where sets of sizes are kept (HTML Living Standard, "srcset attributes").
const SET_KEYS: [&str; 3] = ["data-srcset", "data-lazy-srcset", "srcset"];
/// Pictures of one set that are looked at.
const SET_MAX: usize = 32;
/// Elements beside an `<img>` in its `<picture>` that are looked at.
const SOURCES_MAX: usize = 16;

/// What is larger than this is a slip.
const PIXELS_MAX: u32 = 100_000;
/// Pictures of a page that are looked at for the one whose size is wanted.
const SIZED_MAX: usize = 64;
/// The longest media type (RFC 6838 §4.2).
const MEDIA_TYPE_BYTES_MAX: usize = 127;

/// What the files of placeholders are called.
const PLACEHOLDER_WORDS: [&str; 11] =
    ["1x1", "blank", "icon", "image", "img", "lazy", "lazyload", "loading", "pixel", "placeholder", "spacer"];

/// Parts of the names of pictures that are the site's and no story's.
const SITE_PICTURES: [&str; 5] = ["banner", "logo", "no-image", "no_image", "noimage"];

/// The picture that an `<img>` shows: the lazy one before a placeholder, the largest of a set; none for a pixel that
/// counts visitors.
pub(super) fn picture(img: ElementRef, base: &Url) -> Option<Url> {
    let value = img.value();
    let tiny = |key| value.attr(key).is_some_and(|size| matches!(size.trim().trim_end_matches("px"), "0" | "1"));
    if tiny("width") || tiny("height") || value.attr("style").is_some_and(is_pixel) {
        return None;
    }
    let lazy = LAZY_KEYS.iter().filter_map(|key| value.attr(key)).map(str::trim);
    let sets = |element: ElementRef<'_>| {
        SET_KEYS.iter().find_map(|key| element.value().attr(key).and_then(largest).map(str::to_owned))
    };
    let lazy_set = value.attr("data-srcset").and_then(largest);
    let source = value.attr("src").map(str::trim);
    let real = |source: &str| real(source, base);
    lazy.chain(lazy_set).chain(source).find_map(real).or_else(|| sets(img).and_then(|source| real(&source))).or_else(
        || {
            let around = img.parent().and_then(ElementRef::wrap).filter(|around| around.value().name() == "picture")?;
            let beside = around.children().filter_map(ElementRef::wrap).take(SOURCES_MAX);
            beside.filter(|source| source.value().name() == "source").filter_map(sets).find_map(|source| real(&source))
        },
    )
}

/// What a page's `<img>` of an address says of its size; where the picture is cut to fit, that is the shown size.
pub(super) fn shown_size(html: &Html, base: &Url, address: &str) -> PictureFile {
    let mut sized = html.select(css!("img[width][height]")).take(SIZED_MAX);
    let img = sized.find(|img| picture(*img, base).is_some_and(|url| url.as_str() == address));
    let length = |key| img.and_then(|img| img.value().attr(key)).and_then(pixels);
    PictureFile { width_pixels: length("width"), height_pixels: length("height"), ..PictureFile::default() }
}

/// A number of pixels as pages write it: `640` or `640px`, and no percentage.
pub(super) fn pixels(text: &str) -> Option<u32> {
    let number = text.trim();
    let number = number.strip_suffix("px").unwrap_or(number).trim_end().parse().ok()?;
    (2..=PIXELS_MAX).contains(&number).then_some(number)
}

/// The media type of a picture, in lower case and without its parameters.
pub(super) fn media_type(text: &str) -> Option<String> {
    let kind = text.split(';').next()?.trim().to_ascii_lowercase();
    let name = kind.strip_prefix("image/")?;
    let fits = |c: u8| c.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&c);
    (kind.len() <= MEDIA_TYPE_BYTES_MAX && !name.is_empty() && name.bytes().all(fits)).then_some(kind)
}

/// A logo, a banner or what is shown where there is no picture, by the name of the file.
pub(super) fn is_site_picture(image: &Url) -> bool {
    let name = image.path().rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    stem == "default" || SITE_PICTURES.iter().any(|sign| stem.contains(sign))
}

fn real(source: &str, base: &Url) -> Option<Url> {
    if source.is_empty() || source.starts_with("data:") {
        return None;
    }
    resolved(base, source).filter(|url| !is_placeholder(url))
}

fn is_pixel(style: &str) -> bool {
    style
        .split(';')
        .filter_map(|rule| rule.split_once(':'))
        .any(|(key, size)| matches!(key.trim(), "width" | "height") && matches!(size.trim(), "0" | "1px" | "0px"))
}

/// `loading.gif`, `lazy-load-icon.svg`: nothing but such words and numbers.
fn is_placeholder(url: &Url) -> bool {
    let name = url.path().rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    let mut words = stem.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    let counts = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    words.peek().is_some()
        && words.clone().all(|word| PLACEHOLDER_WORDS.contains(&word) || counts(word))
        && words.any(|word| !matches!(word, "icon" | "image" | "img") && !counts(word))
}

/// The address with the largest number behind it: `/a.jpg 600w, /b.jpg 1200w` is `/b.jpg`.
fn largest(set: &str) -> Option<&str> {
    let mut rest = set.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
    let mut best: Option<(f64, &str)> = None;
    for _ in 0..SET_MAX {
        if rest.is_empty() {
            break;
        }
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        let address = word.trim_end_matches(',');
        let sized =
            if address.len() < word.len() { ("", behind) } else { behind.split_once(',').unwrap_or((behind, "")) };
        let size = sized.0.trim().trim_end_matches(['w', 'x', 'h']).parse().unwrap_or(1.0);
        if best.is_none_or(|(known, _)| size > known) {
            best = Some((size, address));
        }
        rest = sized.1.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
    }
    best.map(|(_, address)| address).filter(|address| !address.is_empty())
}
