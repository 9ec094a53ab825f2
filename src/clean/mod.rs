//! Drafts to clean texts: one lead, no byline in the text, no furniture, safe HTML.

mod boilerplate;
mod byline;
mod caption;
mod excerpt;
mod lead;
mod render;
mod sanitize;
mod settled;

pub use byline::{Byline, read_byline};
pub use sanitize::sanitize;

use regex::{Captures, Regex};

use crate::model::{Block, Draft, Image};
use crate::text::{headline, tidied};

/// What is left of a draft once it is clean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clean {
    /// Plain text; empty when the page states none.
    pub title: String,
    /// Plain text without a dateline prefix.
    pub lead: Option<String>,
    /// The page prints the lead inside its body only, so a reader of the bare body expects it there.
    pub lead_opens_body: bool,
    /// Allow-listed HTML of the body, without the lead and the byline.
    pub html: String,
    /// The paragraphs of `html` as plain text, separated by a blank line.
    pub text: String,
    /// The byline without its label.
    pub author: Option<String>,
    /// The agency or paper that the text was taken from.
    pub agency: Option<String>,
    /// The lead picture.
    pub image: Option<Image>,
}

/// Cleans a draft, whose body and picture it takes.
#[must_use]
pub fn clean(draft: &mut Draft) -> Clean {
    let title = draft.title.as_deref().map(headline).unwrap_or_default();
    let mut blocks = std::mem::take(&mut draft.body);
    boilerplate::remove(&mut blocks, &title);
    caption::take(&mut blocks);
    let stated = draft.author.as_deref().map(read_byline).unwrap_or_default();
    let signed = byline::take(&mut blocks, &stated);
    let stated_lead = draft.lead.as_deref().and_then(|lead| plain_lead(lead, &title));
    let lead = stated_lead.or_else(|| lead::bold_opening(&blocks));
    let copies = lead.as_deref().map_or(0, |lead| lead::remove(&mut blocks, lead));
    let (prefix, lead) = lead.map_or((None, None), |text| lead::split_prefix(&headline(&text)));
    lead::strip_prefix(&mut blocks);
    let mut image = draft.image.take();
    if let Some(image) = &mut image {
        image.caption = image.caption.take().or_else(|| caption::of(&blocks, &image.address));
    }
    Clean {
        title,
        lead,
        lead_opens_body: copies > 0 && !draft.lead_apart,
        html: sanitized(render::html(&blocks)),
        text: render::text(&blocks),
        author: stated.author.or(signed.author),
        agency: stated.agency.or(signed.agency).or(prefix),
        image,
    }
}

/// A lead that stands apart from its article, without the paper's own sentence and dateline prefix.
#[must_use]
pub fn clean_lead(printed: &str, title: &str) -> Option<String> {
    lead::split_prefix(&headline(&plain_lead(printed, title)?)).1
}

/// A lead without what the paper and its feed put behind it; `None` when nothing else is in it.
fn plain_lead(printed: &str, title: &str) -> Option<String> {
    boilerplate::strip_paper(&excerpt::plain(&tidied(printed), title))
}

/// HTML that `render` wrote, through ammonia unless that would leave it as it is.
fn sanitized(html: String) -> String {
    if settled::is_settled(&html) { html } else { sanitize(&html) }
}

/// What a pattern finds in a text. Most texts hold nothing of it, which is seen without the room for what would be found.
fn captures<'t>(pattern: &Regex, text: &'t str) -> Option<Captures<'t>> {
    pattern.is_match(text).then(|| pattern.captures(text))?
}

fn text_of(block: &Block) -> Option<&str> {
    match block {
        Block::Paragraph(line) | Block::Heading(_, line) => Some(&line.text),
        _ => None,
    }
}
