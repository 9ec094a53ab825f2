//! What the class names and ids of an element say of its part on a page.

use std::collections::HashMap;

use scraper::ElementRef;

/// The parts that the words in an element's class names and id speak of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks(u8);

/// Words of one class name that are looked at.
const WORDS_MAX: usize = 12;
/// Bytes of one class name that are looked at.
const NAME_BYTES_MAX: usize = 64;

/// Words of boxes that lead to other stories, in order.
const OTHER_STORIES: [&str; 18] = [
    "docnhieu",
    "lienquan",
    "mostread",
    "outbrain",
    "popular",
    "prevnext",
    "recirc",
    "recommend",
    "recommendations",
    "recommended",
    "related",
    "related1",
    "relatedposts",
    "taboola",
    "tinkhac",
    "tinlienquan",
    "trending",
    "xemnhieu",
];

/// Words of menus, share bars, forms, advertisements and the rest of a page's furniture, in order.
const FURNITURE: [&str; 50] = [
    "addthis",
    "addtoany",
    "ads",
    "adsbygoogle",
    "advert",
    "advertisement",
    "adverts",
    "aside",
    "bio",
    "breadcrumb",
    "breadcrumbs",
    "colophon",
    "consent",
    "cookie",
    "cookies",
    "crumbs",
    "footer",
    "gdpr",
    "masthead",
    "menu",
    "modal",
    "nav",
    "navbar",
    "navigation",
    "navmenu",
    "newsletter",
    "optin",
    "pager",
    "pagination",
    "paging",
    "popup",
    "promo",
    "promotion",
    "reactions",
    "share",
    "sharebar",
    "sharedaddy",
    "sharing",
    "signup",
    "skip",
    "social",
    "socials",
    "socialshare",
    "sponsored",
    "subscribe",
    "subscription",
    "tagcloud",
    "taglist",
    "tags",
    "toolbar",
];

impl Marks {
    const NONE: Self = Self(0);
    /// Other stories, menus, share bars, advertisements.
    pub(super) const BESIDE: Self = Self(1);
    /// The text of the story.
    pub(super) const BODY: Self = Self(1 << 1);
    /// A date.
    pub(super) const DATE: Self = Self(1 << 2);
    /// Who wrote it.
    pub(super) const AUTHOR: Self = Self(1 << 3);
    /// What readers wrote.
    pub(super) const COMMENTS: Self = Self(1 << 4);
    /// Text that unfolds on a click.
    pub(super) const FOLDED: Self = Self(1 << 5);
    /// A title, of the story or of another one.
    pub(super) const TITLE: Self = Self(1 << 6);

    /// What the element's own names say; `known` keeps what each name was found to say, since pages repeat their names.
    pub(super) fn of<'a>(element: ElementRef<'a>, known: &mut HashMap<&'a str, Self>) -> Self {
        let value = element.value();
        if matches!(value.name(), "body" | "html") {
            return Self::NONE;
        }
        let mut marks = Self::NONE;
        for name in value.classes().chain(value.id()) {
            marks = marks.and(*known.entry(name).or_insert_with(|| Self::of_name(name)));
        }
        if value.attr("itemprop") == Some("articleBody") {
            marks = marks.and(Self::BODY);
        }
        marks.and(value.attr("role").map_or(Self::NONE, Self::of_role))
    }

    pub(super) fn has(self, mark: Self) -> bool {
        self.0 & mark.0 != 0
    }

    fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Landmarks of WAI-ARIA that hold no story.
    fn of_role(role: &str) -> Self {
        match role {
            "navigation" | "banner" | "contentinfo" | "complementary" | "search" | "dialog" | "alertdialog"
            | "menu" => Self::BESIDE,
            _ => Self::NONE,
        }
    }

    /// Reads one class name word by word: `related-news`, `tinLienQuan`, `author_bio`.
    fn of_name(name: &str) -> Self {
        let mut buffer = [0u8; NAME_BYTES_MAX];
        let name = lower(name, &mut buffer);
        let mut words = [""; WORDS_MAX];
        let mut count = 0;
        for word in name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).take(WORDS_MAX) {
            words[count] = word;
            count += 1;
        }
        match &words[..count] {
            // `with-sidebar` speaks of something else, and so does `nav` alone, Bootstrap's name for any plain list.
            ["with" | "has" | "no" | "is" | "without", ..] | ["nav"] => Self::NONE,
            // The head of a page; an article's own head is named otherwise.
            ["header" | "topbar"]
            | ["site" | "page" | "main", "header"]
            | ["header" | "hdr", "top"]
            | ["top", "bar"]
            | ["site", "clock"] => Self::BESIDE,
            words => words.iter().enumerate().fold(Self::NONE, |marks, (at, word)| {
                marks.and(Self::of_word(word, words.get(at + 1).copied().unwrap_or_default()))
            }),
        }
    }

    /// What a word says together with the one behind it.
    fn of_word(word: &str, next: &str) -> Self {
        match (word, next) {
            (
                "comment" | "comments" | "commentlist" | "discussion" | "disqus" | "respond" | "binhluan" | "ykien",
                _,
            )
            | ("binh", "luan") => Self::COMMENTS,
            ("author" | "authors" | "byline", "bio" | "box" | "info" | "card" | "profile" | "about") => {
                Self::AUTHOR.and(Self::BESIDE)
            }
            (
                "author" | "authors" | "authorname" | "byline" | "bylines" | "writer" | "creator" | "contributor"
                | "tacgia",
                _,
            )
            | ("tac", "gia") => Self::AUTHOR,
            (
                "articlebody" | "newscontent" | "newscontents" | "noidung" | "lblnoidung" | "bodyhtml"
                | "chitietbaiviet",
                _,
            )
            | ("noi", "dung")
            | (
                "article" | "post" | "entry" | "detail" | "story" | "news" | "cms" | "blog" | "page",
                "body" | "content" | "text" | "bodyhtml" | "contents",
            )
            | ("content", "detail" | "body")
            | ("rich" | "rte", "text" | "") => Self::BODY,
            ("title" | "headline" | "heading" | "tieude", _) | ("tieu", "de") => Self::TITLE,
            (
                "accordion" | "collapse" | "collapsible" | "collapsed" | "panel" | "tab" | "toggle" | "faq" | "expand"
                | "expandable" | "folded",
                _,
            ) => Self::FOLDED,
            (
                "date" | "time" | "datetime" | "published" | "publish" | "posted" | "created" | "ngay" | "meta"
                | "dateline" | "fecha" | "stand" | "timestamp" | "updated",
                _,
            ) => Self::DATE,
            _ if is_beside(word, next) => Self::BESIDE,
            _ if word.ends_with("date") || word.ends_with("datum") => Self::DATE,
            _ => Self::NONE,
        }
    }
}

/// Whether a word names what stands beside a story, together with the one behind it.
fn is_beside(word: &str, next: &str) -> bool {
    let paired = match word {
        "lien" => next == "quan",
        "xem" | "doc" => next == "nhieu",
        "tin" => next == "khac",
        "most" => matches!(next, "read" | "popular" | "viewed"),
        "read" => matches!(next, "more" | "next" | "also"),
        "more" => matches!(next, "stories" | "posts" | "news" | "articles" | "from"),
        "sidebar" => !matches!(next, "layout" | "wrap" | "page" | "grid"),
        _ => false,
    };
    debug_assert!(OTHER_STORIES.is_sorted() && FURNITURE.is_sorted());
    paired || OTHER_STORIES.binary_search(&word).is_ok() || FURNITURE.binary_search(&word).is_ok()
}

/// A class name in lower case, its inner capitals as new words: `relatedNews` is `related-news`.
fn lower<'b>(name: &str, buffer: &'b mut [u8; NAME_BYTES_MAX]) -> &'b str {
    let mut length = 0;
    let mut small = false;
    for byte in name.bytes() {
        let turns = small && byte.is_ascii_uppercase();
        if length + usize::from(turns) >= NAME_BYTES_MAX {
            break;
        }
        if turns {
            buffer[length] = b'-';
            length += 1;
        }
        buffer[length] = if byte.is_ascii() { byte.to_ascii_lowercase() } else { b'-' };
        length += 1;
        small = byte.is_ascii_lowercase();
    }
    std::str::from_utf8(&buffer[..length]).unwrap_or_default()
}
