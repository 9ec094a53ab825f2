//! What feeds put behind an excerpt: `[…]`, `Đọc tiếp`, `The post X appeared first on Y.`

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::captures;
use crate::model::Inline;
use crate::text::same_words;

/// The paper's name in a footer; a longer text behind the title is a sentence.
const PAPER_CHARS_MAX: usize = 120;

/// The footer that `WordPress` puts under each entry of a feed, in English and in its Vietnamese translations (one of
/// them takes `on` for a day).
static FOOTER: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?x)(?:^|\s)(?:
        The\ post\ (?<english>.+?)\ (?:appeared\ first|first\ appeared)\ on
      | Bài\ viết\ (?<vietnamese>.+?)\ (?:đã\ )?xuất\ hiện\ (?:lần\ )?đầu\ tiên\ (?:trên|tại|ở|vào\ ngày)
    )\ (?<paper>.+)$";
    Regex::new(pattern).unwrap_or_else(|error| panic!("constant pattern: {error}"))
});

/// One of them opens each footer: what [`FOOTER`] looks for is seen more quickly so.
const OPENINGS: [&str; 2] = ["The post ", "Bài viết "];

/// An invitation to read on behind a sentence or a mark that the text is cut.
static INVITATION: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"(?x)^(?<text>.*[.!?…\]”"»])\s*[\[(]?
        (?:(?:Read|READ)\ (?i:more) | Continue\ reading(?:\ .*)? | (?:Đọc|ĐỌC|Xem|XEM)\ (?i:tiếp|thêm|chi\ tiết))
        [\s.…»›>→\])]*$"#;
    Regex::new(pattern).unwrap_or_else(|error| panic!("constant pattern: {error}"))
});

/// Whether a line is the footer of an entry with this title.
pub(super) fn is_footer(line: &Inline, title: &str) -> bool {
    let opens = OPENINGS.iter().any(|opening| line.text.starts_with(opening));
    opens && footer(&line.text, title) == Some(0)
}

/// Where a footer begins that ends the text and names the title.
fn footer(text: &str, title: &str) -> Option<usize> {
    let found = OPENINGS.iter().any(|opening| text.contains(opening)).then(|| captures(&FOOTER, text))??;
    let named = found.name("english").or_else(|| found.name("vietnamese"))?;
    let short = found.name("paper")?.as_str().chars().count() <= PAPER_CHARS_MAX;
    (short && same_words(named.as_str(), title)).then_some(found.get(0)?.start())
}

/// An excerpt without what is put behind it; where it was cut stands `…`. Empty when it holds no word.
pub(super) fn plain<'a>(text: &'a str, title: &str) -> Cow<'a, str> {
    let text = footer(text, title).map_or(text, |at| &text[..at]);
    let text = captures(&INVITATION, text).and_then(|found| found.name("text")).map_or(text, |text| text.as_str());
    let text = text.trim_end();
    if !text.contains(char::is_alphanumeric) {
        return "".into();
    }
    match text.strip_suffix("[…]").or_else(|| text.strip_suffix("[...]")) {
        Some(cut) => format!("{}…", cut.trim_end_matches([' ', '.', '…'])).into(),
        None => text.into(),
    }
}
