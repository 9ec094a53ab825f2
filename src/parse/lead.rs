//! The lead that a page prints: by the names that families of sites give it, else by where it stands.

use scraper::ElementRef;

use super::nodes::{css, text_of};
use super::page::{Page, Story};

/// Class names that families of provincial sites give the lead, and what schema.org calls it.
const PLACES: &str = ".sapo, .article__sapo, .lead-detail, .hometext, .detail-sapo, .lblTomTat, [data-role=sapo], \
                      .chapeau, .tomtat, [itemtype*=Article] [itemprop=description]";

/// A lead has at least so many characters ...
const LEAD_CHARS_MIN: usize = 40;
/// ... and at most so many.
const LEAD_CHARS_MAX: usize = 800;

/// The element that is the lead; where the head of the page describes the story in a sentence, only one that is named.
pub(super) fn find<'a>(page: &Page<'a>, story: Story<'a>) -> Option<ElementRef<'a>> {
    let named = page.tree.select(css!(PLACES)).find(|element| !text_of(*element).is_empty());
    let described = || page.meta.description.as_deref().is_some_and(is_sentence);
    named.or_else(|| if described() { None } else { between(page, story) })
}

/// The only sentence that stands between the title and the body; without a title, before the body in the same box.
fn between<'a>(page: &Page<'a>, story: Story<'a>) -> Option<ElementRef<'a>> {
    let outline = &page.outline;
    let parts = outline.parts();
    let body = outline.place(story.body?)?;
    let title = story.title.and_then(|title| outline.place(title)).map(|title| parts[title].end);
    let is_lead = |at: &usize| {
        let part = &parts[*at];
        let whole = part.own_running > 0 && part.own_running == part.chars;
        let sized = (LEAD_CHARS_MIN..=LEAD_CHARS_MAX).contains(&part.chars);
        let seen = part.linked == 0 && !part.hidden && !page.beside.holds(*at);
        whole && sized && seen && is_sentence(&text_of(part.element))
    };
    let mut found = (title.unwrap_or(parts[body].parent + 1)..body).filter(is_lead).map(|at| parts[at].element);
    let lead = found.next()?;
    let framed = lead.ancestors().filter_map(ElementRef::wrap).any(|outer| is_frame(outer.value().name()));
    (found.next().is_none() && !framed).then_some(lead)
}

/// What holds captions and lists.
fn is_frame(name: &str) -> bool {
    matches!(name, "figure" | "figcaption" | "table" | "li")
}

/// The name of a site and a list of keywords end in no full stop.
fn is_sentence(text: &str) -> bool {
    text.trim_end().ends_with(['.', '!', '?', '…', '"', '”'])
}
