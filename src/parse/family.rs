//! Which CMS made a page: by elements that no other puts there, then by the shape of its address.

use std::borrow::Cow;

use scraper::Html;
use url::Url;

use super::nodes::document;
use super::{ParseError, twice};
use crate::model::{ArticleRules, Css, Families, Family};

/// The family of a page, if it is told by one; a host is never looked at, since papers change theirs and keep the CMS.
///
/// # Errors
/// [`ParseError::TooDeep`].
pub fn recognise_family<'a>(
    html: &str,
    address: &Url,
    families: &'a Families,
) -> Result<Option<&'a Family>, ParseError> {
    let html = twice::mend(html);
    Ok(family_of(&html, &document(&html)?, address, families))
}

fn family_of<'a>(html: &str, tree: &Html, address: &Url, families: &'a Families) -> Option<&'a Family> {
    let holds = |marks: &Css| may_hold(html, marks) && tree.select(marks.selector()).next().is_some();
    let marked = |family: &&Family| family.marks.as_ref().is_some_and(holds);
    families.iter().find(marked).or_else(|| families.iter().find(|family| family.has_shape(address)))
}

/// Whether a page's text holds the longest name of any of the selectors; looking through the tree costs far more.
fn may_hold(html: &str, marks: &Css) -> bool {
    let in_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    marks.as_str().split(',').any(|selector| {
        let name = selector.split(|c| !in_name(c)).max_by_key(|name| name.len()).unwrap_or_default();
        // An escaped name is written otherwise in the page.
        selector.contains('\\') || memchr::memmem::find(html.as_bytes(), name.as_bytes()).is_some()
    })
}

/// The rules for one page: the source's own, and where it has none those of the page's family.
pub(super) fn rules_for<'a>(rules: &'a ArticleRules, html: &str, tree: &Html, address: &Url) -> Cow<'a, ArticleRules> {
    match family_of(html, tree, address, &rules.families) {
        Some(family) => Cow::Owned(rules.over(&family.article)),
        None => Cow::Borrowed(rules),
    }
}
