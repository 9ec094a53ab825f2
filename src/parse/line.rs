//! One line of a block, as HTML and as text.

use std::borrow::Cow;

use crate::model::Inline;
use crate::text::{tidy, tidy_run};

#[derive(Default)]
pub(super) struct Line {
    pub(super) html: String,
    pub(super) text: String,
    /// Some of the text was not tidy as it stood, so that its neighbours may change with it.
    mended: bool,
}

impl Line {
    /// Adds text as it stands in the tree.
    pub(super) fn push(&mut self, raw: &str) {
        let run = tidy_run(raw);
        self.mended |= matches!(run, Cow::Owned(_));
        let run = if self.text.is_empty() || self.text.ends_with(' ') { run.trim_start() } else { &run };
        self.text.push_str(run);
        if memchr::memchr3(b'&', b'<', b'>', run.as_bytes()).is_none() {
            self.html.push_str(run);
        } else {
            html_escape::encode_text_to_string(run, &mut self.html);
        }
    }

    /// The line without blanks at its ends; `None` when nothing else is in it.
    pub(super) fn finish(mut self) -> Option<Inline> {
        let html = self.html.trim().trim_end_matches("<br>").trim();
        let html = if html.len() == self.html.len() { self.html } else { html.to_owned() };
        if self.mended {
            self.text = tidy(&self.text);
        }
        self.text.truncate(self.text.trim_end().len());
        (!self.text.is_empty()).then_some(Inline { html, text: self.text })
    }
}
