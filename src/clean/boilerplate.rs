//! What stands on a page beside the story: link lists, share bars, counters, the paper's own name.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex::Regex;

use super::excerpt::is_footer;
use crate::model::{Block, Inline};

/// Openings of lines that belong to the page; compared in lower case.
const OPENINGS: [&str; 35] = [
    "tin liên quan",
    "tin cùng chuyên mục",
    "các tin khác",
    "tin khác",
    "tin đọc nhiều",
    "đọc nhiều",
    "xem nhiều",
    "bài viết liên quan",
    "bài liên quan",
    "có thể bạn quan tâm",
    "xem thêm",
    "đọc thêm",
    "đọc tiếp",
    "xem tiếp",
    "read more",
    "continue reading",
    "mời độc giả",
    "mời quý vị",
    "mời bạn đọc",
    ">>",
    "»",
    "từ khóa",
    "từ khoá",
    "tags:",
    "chia sẻ",
    "bình luận",
    "ý kiến bạn đọc",
    "lượt xem",
    "số lượt xem",
    "mặc định",
    "cỡ chữ",
    "nội dung quảng cáo",
    "theo dõi báo",
    "trở lại đầu trang",
    "in bài này",
];

/// Of these, words that also open lines of a story: `Chia sẻ kinh nghiệm làm giàu`.
const COMMON_WORDS: [&str; 2] = ["chia sẻ", "bình luận"];

/// A line longer than this is read, however it opens.
const FURNITURE_CHARS_MAX: usize = 160;

/// A paragraph of at most this length ...
const REPEATED_CHARS_MAX: usize = 30;
/// ... that stands so often in one text belongs to the page.
const REPEATS_MIN: usize = 3;

/// What papers and portals call themselves at the end of their descriptions, or instead of one; a paper with its name.
static CALLED: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?x)
        (?<paper>(?:Báo|BÁO|Tạp\ chí|Đài)\ [^.!?…]{2,60}?[,:–-]\s*)?
        (?i:cơ\ quan\ (?:của\ đảng\ bộ|ngôn\ luận\ của)) | (?i:(?:cổng|trang)\ thông\ tin\ điện\ tử)";
    Regex::new(pattern).unwrap_or_else(|error| panic!("constant pattern: {error}"))
});

/// Words between names in such a line; any other one makes it a sentence that says something.
const CALLED_WORDS: [&str; 25] = [
    "bộ",
    "các",
    "chính",
    "cơ",
    "của",
    "dân",
    "diễn",
    "đàn",
    "đảng",
    "điện",
    "huyện",
    "luận",
    "ngôn",
    "nhân",
    "nói",
    "phố",
    "phường",
    "quan",
    "quyền",
    "thành",
    "tỉnh",
    "tiếng",
    "tử",
    "và",
    "xã",
];

/// A box in which readers rate the article: `Bạn đánh giá thế nào về bài viết này?`, `Đánh giá bài viết: 5 sao`.
static RATING: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?xi)^(?:
        bạn\ (?:đánh\ giá|thấy|nghĩ|cảm\ nhận)\b.{0,30}\b(?:bài\ viết|bài\ báo|bản\ tin)\ này\b.{0,40}
      | bạn\ đánh\ giá\ thế\ nào\P{L}*
      | (?:(?:hãy|mời\ bạn|click\ để|nhấn\ để|bấm\ để)\ )?đánh\ giá\ (?:bài\ viết|bài\ báo|bản\ tin|nội\ dung)(?:\ này)?
        (?:\P{L}|\b(?:sao|điểm|lượt|của\ bạn)\b)*
      | bài\ viết\ (?:này\ )?có\ hữu\ ích\b.{0,30}\?.{0,40}
      | tổng\ số\ điểm\ của\ bài\ viết\b.{0,60}
    )$";
    Regex::new(pattern).unwrap_or_else(|error| panic!("constant pattern: {error}"))
});

pub(super) fn remove(blocks: &mut Vec<Block>, title: &str) {
    let repeated = repeated(blocks);
    blocks.retain(|block| match block {
        Block::Paragraph(line) if repeated.contains(&line.text) => false,
        Block::Paragraph(line) | Block::Heading(_, line) => !is_furniture(line) && !is_footer(line, title),
        Block::List { items, .. } => !items.iter().all(is_only_link),
        _ => true,
    });
}

/// Short lines that a page prints again and again between its paragraphs: `Advertisement`, `Learn more`.
fn repeated(blocks: &[Block]) -> HashSet<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for block in blocks {
        if let Block::Paragraph(line) = block
            && line.text.chars().count() <= REPEATED_CHARS_MAX
            && line.text.ends_with(char::is_alphanumeric)
        {
            *counts.entry(&line.text).or_default() += 1;
        }
    }
    counts.into_iter().filter(|(_, count)| *count >= REPEATS_MIN).map(|(text, _)| text.to_owned()).collect()
}

fn is_furniture(line: &Inline) -> bool {
    // No text has fewer characters in lower case.
    if line.text.chars().count() > FURNITURE_CHARS_MAX {
        return false;
    }
    let lower = line.text.to_lowercase();
    lower.chars().count() <= FURNITURE_CHARS_MAX && (RATING.is_match(&line.text) || opens_as_furniture(line, &lower))
}

fn opens_as_furniture(line: &Inline, lower: &str) -> bool {
    OPENINGS.iter().any(|opening| {
        let rest = lower.strip_prefix(opening);
        let speaks = |rest: &str| COMMON_WORDS.contains(opening) && rest.contains(char::is_alphabetic);
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric) && !speaks(rest))
            && (is_label(lower) || line.html.contains("<a "))
    })
}

/// A short line or one that ends as a label does says nothing by itself.
fn is_label(text: &str) -> bool {
    text.ends_with(':') || text.split(' ').count() <= 6
}

fn is_only_link(line: &Inline) -> bool {
    line.html.starts_with("<a ") && line.html.ends_with("</a>") && line.html.matches("<a ").count() == 1
}

/// A tidy description without the line about the paper itself; `None` when nothing else is in it.
///
/// Seen on all sites of the VNPT family: `…lead. Báo Khánh Hòa điện tử, Cơ quan của Đảng Bộ, chính quyền và nhân dân…`.
pub(super) fn strip_paper(text: &str) -> Option<String> {
    let appended = CALLED.captures_iter(text).find_map(|found| {
        let whole = found.get(0)?;
        let before = text[..whole.start()].trim_end();
        let apart = found.name("paper").is_some()
            || before.is_empty()
            || before.ends_with(['.', '!', '?', '…', '|', '-', '–', '—']);
        (apart && names_alone(&text[whole.end()..])).then_some(before)
    });
    let kept = appended.map_or(text, |before| before.trim_end_matches([' ', '|', '-', '–', '—', ',']));
    (!kept.is_empty()).then(|| kept.to_owned())
}

/// Whether a text holds names and what joins them, and so no sentence.
fn names_alone(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .all(|word| word.starts_with(char::is_uppercase) || CALLED_WORDS.contains(&word))
}
