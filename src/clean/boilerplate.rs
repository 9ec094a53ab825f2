//! What stands on a page beside the story: link lists, share bars, counters, the paper's own name.

use std::collections::{HashMap, HashSet};

use crate::model::{Block, Inline};
use crate::text::tidy;

/// Openings of lines that belong to the page; compared in lower case.
const OPENINGS: [&str; 31] = [
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

/// Sentences that papers append to every description; what stands before them is the description.
const PAPER_SENTENCES: [&str; 4] =
    ["cơ quan của đảng bộ", "cơ quan ngôn luận của", "trang thông tin điện tử", "cổng thông tin điện tử"];

pub(super) fn remove(blocks: &mut Vec<Block>) {
    let repeated = repeated(blocks);
    blocks.retain(|block| match block {
        Block::Paragraph(line) if repeated.contains(&line.text) => false,
        Block::Paragraph(line) | Block::Heading(_, line) => !is_furniture(line),
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
    let lower = line.text.to_lowercase();
    lower.chars().count() <= FURNITURE_CHARS_MAX
        && OPENINGS.iter().any(|opening| {
            let rest = lower.strip_prefix(opening);
            let speaks = |rest: &str| COMMON_WORDS.contains(opening) && rest.contains(char::is_alphabetic);
            rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric) && !speaks(rest))
                && (is_label(&lower) || line.html.contains("<a "))
        })
}

/// A short line or one that ends as a label does says nothing by itself.
fn is_label(text: &str) -> bool {
    text.ends_with(':') || text.split(' ').count() <= 6
}

fn is_only_link(line: &Inline) -> bool {
    line.html.starts_with("<a ") && line.html.ends_with("</a>") && line.html.matches("<a ").count() == 1
}

/// A description without the sentence about the paper itself; `None` when nothing else is in it.
///
/// Seen on all sites of the VNPT family: `…lead. Báo Khánh Hòa điện tử, Cơ quan của Đảng Bộ, chính quyền và nhân dân…`.
pub(super) fn strip_paper(description: &str) -> Option<String> {
    let text = tidy(description);
    let lower = text.to_lowercase();
    let found = PAPER_SENTENCES.iter().filter_map(|sentence| lower.find(sentence)).min();
    let kept = match found {
        Some(at) => {
            let sentence = |(stop, c): (usize, char)| stop + c.len_utf8();
            let start =
                lower[..at].char_indices().rfind(|(_, c)| matches!(c, '.' | '!' | '?' | '…')).map_or(0, sentence);
            // Lower case has the same length in all but a few letters; where it has not, nothing is cut.
            text.get(..start).filter(|_| lower.len() == text.len()).unwrap_or(&text).trim().to_owned()
        }
        None => text,
    };
    (!kept.is_empty()).then_some(kept)
}
