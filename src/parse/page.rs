//! One page, read once: its tree, its elements in a row, what stands beside the story, and what its head says.

use scraper::{ElementRef, Html};
use url::Url;

use super::beside::Beside;
use super::metadata::{self, Metadata};
use super::nodes::base_of;
use super::outline::Outline;

pub(super) struct Page<'a> {
    pub(super) tree: &'a Html,
    pub(super) address: &'a Url,
    /// What relative links are relative to.
    pub(super) base: Url,
    pub(super) outline: Outline<'a>,
    pub(super) beside: Beside,
    pub(super) meta: Metadata,
}

/// The two elements that the rest of a story is found by.
#[derive(Clone, Copy)]
pub(super) struct Story<'a> {
    pub(super) title: Option<ElementRef<'a>>,
    pub(super) body: Option<ElementRef<'a>>,
}

impl<'a> Page<'a> {
    pub(super) fn of(tree: &'a Html, address: &'a Url) -> Self {
        let base = base_of(tree, address);
        let outline = Outline::of(tree);
        let beside = Beside::of(&outline, address);
        let meta = metadata::read(tree, &base);
        Self { tree, address, base, outline, beside, meta }
    }
}
