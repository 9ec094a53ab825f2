//! The shapes of a site's addresses: which of them are articles.

use std::sync::LazyLock;

use regex::Regex;
use url::Url;

/// What all articles of a site have in common: the kind of id in the last part of the path, its ending, the keys of the
/// query, and where there is no id, how deep the path is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    id: Option<String>,
    month: bool,
    ending: String,
    keys: Vec<String>,
    depth: usize,
}

/// The id behind a slug: `-post399901`, `-a123`, `-8181690`, `-e4914ab`, `-2021100914262592`, and the letters before it.
static ID: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?:^|[-_/.])(?:(?<letters>[a-zA-Z]{0,12}?)(?<digits>\d{3,})|(?<hex>[0-9a-f]{7,32}))$";
    Regex::new(pattern).unwrap_or_else(|error| panic!("constant pattern: {error}"))
});

/// First parts of paths under which no article of text stands.
const ASIDE: [&str; 43] = [
    "video",
    "videos",
    "videoclip",
    "videoclips",
    "clip",
    "clips",
    "media",
    "multimedia",
    "emagazine",
    "e-magazine",
    "magazine",
    "infographic",
    "infographics",
    "podcast",
    "podcasts",
    "photo",
    "photos",
    "anh",
    "gallery",
    "album",
    "truc-tuyen",
    "hashtag",
    "topic",
    "topics",
    "tag",
    "tags",
    "tac-gia",
    "author",
    "authors",
    "search",
    "tim-kiem",
    "documents",
    "document",
    "van-ban",
    "vanban",
    "rss",
    "feed",
    "login",
    "dang-nhap",
    "lien-he",
    "contact",
    "files",
    "download",
];

/// Endings of files that are no pages.
const FILES: [&str; 22] = [
    "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "zip", "rar", "7z", "jpg", "jpeg", "png", "gif", "webp", "svg",
    "mp3", "mp4", "xml", "json", "apk", "ics",
];

impl Shape {
    pub(super) fn of(address: &Url) -> Self {
        let parts: Vec<&str> = parts(address).collect();
        let last = parts.last().copied().unwrap_or_default();
        let (stem, ending) = match last.rsplit_once('.') {
            Some((stem, ending)) if (1..=5).contains(&ending.len()) => (stem, ending.to_ascii_lowercase()),
            _ => (last, String::new()),
        };
        let id = ID.captures(stem).filter(|found| {
            // Seven letters a to f are a word, and `2026` is a year.
            let word = found.name("hex").is_some_and(|hex| !hex.as_str().bytes().any(|byte| byte.is_ascii_digit()));
            let year = found.name("digits").is_some_and(|digits| is_year(digits.as_str()));
            !word && !year
        });
        let id = id.map(|found| found.name("letters").map_or("", |letters| letters.as_str()).to_ascii_lowercase());
        let mut keys: Vec<String> = address.query_pairs().map(|(key, _)| key.into_owned()).collect();
        keys.sort_unstable();
        keys.dedup();
        let month = parts.iter().any(|part| is_month(part));
        let depth = if id.is_some() { 0 } else { parts.len() };
        Self { id, month, ending, keys, depth }
    }

    /// The site's front page, which every page links to.
    pub(super) fn is_front(&self) -> bool {
        self.id.is_none() && self.depth == 0 && self.keys.is_empty()
    }
}

/// Whether the address leads to a file, or to a part of the site that holds no articles of text.
pub(super) fn is_aside(address: &Url) -> bool {
    let path = address.path().to_ascii_lowercase();
    let file = path.rsplit_once('.').is_some_and(|(_, ending)| FILES.contains(&ending));
    file || parts(address).rev().skip(1).any(|part| ASIDE.contains(&part.to_ascii_lowercase().as_str()))
}

fn parts(address: &Url) -> impl DoubleEndedIterator<Item = &str> {
    address.path().split('/').filter(|part| !part.is_empty())
}

fn is_year(digits: &str) -> bool {
    digits.len() == 4 && matches!(&digits[..2], "19" | "20")
}

/// `202008`
fn is_month(part: &str) -> bool {
    part.len() == 6
        && part.bytes().all(|byte| byte.is_ascii_digit())
        && matches!(&part[..2], "19" | "20")
        && matches!(part[4..].parse(), Ok(1..=12u8))
}
