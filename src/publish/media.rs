//! An item's picture in XML feeds: Media RSS 1.5 <https://www.rssboard.org/media-rss>.

use super::Item;
use super::fit::picture_type;
use crate::model::Image;

/// The attributes of `media:content`, of which the W3C validator wants sizes above 0.
pub(super) fn attributes(image: &Image) -> impl Iterator<Item = (String, String)> + use<> {
    let file = &image.file;
    let pairs = [
        ("url", Some(image.address.clone())),
        ("medium", Some("image".to_owned())),
        ("type", media_type(image)),
        ("fileSize", file.bytes.map(|bytes| bytes.to_string())),
        ("width", file.width_pixels.map(|pixels| pixels.to_string())),
        ("height", file.height_pixels.map(|pixels| pixels.to_string())),
    ];
    pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)))
}

/// The media type that is stated, or by the end of the address.
pub(super) fn media_type(image: &Image) -> Option<String> {
    image.file.media_type.clone().or_else(|| picture_type(&image.address).map(str::to_owned))
}

/// The picture as a file beside the text, where all is known that RSS 2.0 (`enclosure`) and JSON Feed (`attachments`)
/// want of one: its address, media type and length in bytes.
pub(super) fn attachment(item: &Item) -> Option<(&Image, String, u64)> {
    let image = item.image.as_ref()?;
    Some((image, media_type(image)?, image.file.bytes?))
}
