//! What a listing shows beside a link: the time, a lead and a picture.

use std::collections::HashSet;

use ego_tree::NodeId;
use ego_tree::iter::Edge;
use scraper::ElementRef;
use url::Url;

use super::listing::{HEADLINE_WORDS_MIN, words};
use super::nodes::{css, is_block, short_text, text_of};
use super::picture::{is_site_picture, picture};

/// What belongs to a link stands at most so many elements above it.
const STEPS_MAX: usize = 4;
/// Links to other addresses in one box: the section's, the author's.
const OTHER_LINKS_MAX: usize = 1;
/// A text of so many words is a lead.
const LEAD_WORDS_MIN: usize = 8;
/// A longer text is no lead.
const LEAD_CHARS_MAX: usize = 800;
/// The longest text that can be a date.
const DATE_CHARS_MAX: usize = 60;
/// `24/8/2020` has one more.
const DATE_DIGITS_MIN: usize = 6;

/// Links of one box to its story that are looked at.
const OWN_LINKS_MAX: usize = 8;
/// Tags and texts of a box that are looked at.
const CARD_EDGES_MAX: usize = 600;

/// What stands beside a link.
#[derive(Default)]
pub(super) struct Card {
    pub(super) date: Option<String>,
    pub(super) lead: Option<String>,
    pub(super) image: Option<Url>,
}

impl Card {
    /// Looks around a link, outward, as far as the box speaks of it alone.
    pub(super) fn around(link: ElementRef, base: &Url) -> Self {
        let mut card = Self::default();
        for around in link.ancestors().filter_map(ElementRef::wrap).take(STEPS_MAX) {
            if matches!(around.value().name(), "body" | "html") || speaks_of_others(around, link) {
                break;
            }
            card.image = card.image.take().or_else(|| thumbnail(around, link, base));
            if card.date.is_none() || card.lead.is_none() {
                for inner in apart(around, link) {
                    card.take(inner);
                }
            }
        }
        card
    }

    fn take(&mut self, element: ElementRef) {
        let Some(text) = short_text(element, LEAD_CHARS_MAX) else { return };
        let dated = text.chars().filter(char::is_ascii_digit).count() >= DATE_DIGITS_MIN || text.contains("trước");
        if self.date.is_none() && dated && text.chars().count() <= DATE_CHARS_MAX {
            self.date = Some(text);
        } else if self.lead.is_none()
            && matches!(element.value().name(), "p" | "div" | "span")
            && words(&text) >= LEAD_WORDS_MIN
            && !element.descendants().skip(1).filter_map(ElementRef::wrap).any(|inner| is_block(inner.value().name()))
        {
            self.lead = Some(text);
        }
    }
}

/// The picture that leads to the story itself; an icon beside it does not.
fn thumbnail(around: ElementRef, link: ElementRef, base: &Url) -> Option<Url> {
    let own = link.value().attr("href");
    let links = around.select(css!("a[href]")).filter(|other| other.value().attr("href") == own).take(OWN_LINKS_MAX);
    links
        .filter_map(|own| own.select(css!("img")).find_map(|img| picture(img, base)))
        .find(|image| !is_site_picture(image))
}

/// The elements in a box that neither hold the link nor stand in it.
fn apart<'a>(around: ElementRef<'a>, link: ElementRef) -> Vec<ElementRef<'a>> {
    let path: Vec<NodeId> = link.ancestors().take(STEPS_MAX).map(|outer| outer.id()).collect();
    let mut inside = false;
    let mut found = Vec::new();
    for edge in around.traverse().take(CARD_EDGES_MAX) {
        match edge {
            Edge::Open(node) if node.id() == link.id() => inside = true,
            Edge::Close(node) if node.id() == link.id() => inside = false,
            Edge::Open(node) if !inside && !path.contains(&node.id()) => found.extend(ElementRef::wrap(node)),
            _ => {}
        }
    }
    found
}

/// Whether a box holds links to more than the story of `link`, or another headline.
fn speaks_of_others(around: ElementRef, link: ElementRef) -> bool {
    let own = link.value().attr("href");
    let mut others = HashSet::new();
    around.select(css!("a[href]")).filter(|other| other.value().attr("href") != own).any(|other| {
        others.insert(other.value().attr("href"));
        others.len() > OTHER_LINKS_MAX || words(&text_of(other)) >= HEADLINE_WORDS_MIN
    })
}
