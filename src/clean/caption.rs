//! Lines under pictures: captions and credits.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::{Block, Inline};

/// A longer paragraph is text.
const CAPTION_CHARS_MAX: usize = 300;

/// `Ảnh: Trí Dũng – TTXVN`, `(Ảnh: Trọng Đức/TTXVN)`, `Ảnh minh họa`, or such a credit at the end of a caption.
static CREDIT: LazyLock<Regex> = LazyLock::new(|| {
    let kind = "(?:\\ (?:minh\\ h(?:ọa|oạ)|tư\\ liệu|chụp\\ màn\\ hình|internet))";
    let pattern = format!(
        r"(?x)^\(?(?:Nguồn\ )?[Ảả]nh(?:{kind}?\s*:|{kind}(?:[.,)(]|$)) | [.!?…)(\s]\(?Ảnh{kind}?\s*:\s*[^.]{{2,60}}$"
    );
    Regex::new(&pattern).unwrap_or_else(|error| panic!("constant pattern: {error}"))
});

/// Moves the credits and captions that stand as paragraphs behind pictures to their pictures.
pub(super) fn take(blocks: &mut Vec<Block>) {
    let mut kept: Vec<Block> = Vec::with_capacity(blocks.len());
    for block in blocks.drain(..) {
        match (kept.last_mut(), block) {
            (Some(Block::Figure { caption, .. }), Block::Paragraph(line)) if is_credit(&line.text) => {
                *caption = Some(match caption.take() {
                    Some(above) => Inline {
                        html: format!("{}<br>{}", above.html, line.html),
                        text: format!("{} {}", above.text, line.text),
                    },
                    None => line,
                });
            }
            (_, block) => kept.push(block),
        }
    }
    *blocks = kept;
}

fn is_credit(text: &str) -> bool {
    text.chars().count() <= CAPTION_CHARS_MAX && CREDIT.is_match(text)
}

/// The caption of the picture at an address.
pub(super) fn of(blocks: &[Block], address: &str) -> Option<String> {
    blocks.iter().find_map(|block| match block {
        Block::Figure { image, caption: Some(line), .. } if image == address => Some(line.text.clone()),
        _ => None,
    })
}
