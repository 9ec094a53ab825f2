//! Which selectors a sysadmin would write for a site: the plainest ones that find, on all samples, what automatic
//! reading found.

use std::collections::HashSet;

use chrono_tz::Tz;
use ego_tree::NodeId;
use scraper::{ElementRef, Html};
use url::Url;

use super::article::{locate, read_article};
use super::listing::{article_links, feeds_in};
use super::nodes::{base_of, css, document, short_text};
use super::page::Page;
use super::{ParseError, title, twice};
use crate::date::Reader;
use crate::model::{ArticleRules, Candidate, Css, DateOrder, Draft, ListingRules, Origin};
use crate::text::tidy;

/// Elements around a link that may name it.
const AROUND_LINK_MAX: usize = 3;
/// Selectors tried.
const NAMES_MAX: usize = 500;
/// A selector for links finds at least this share of them ...
const LINKS_FOUND_MIN: f64 = 0.9;
/// ... and at most this share of others.
const LINKS_STRAY_MAX: f64 = 0.1;

/// Class names that speak of layout alone.
const LAYOUT: [&str; 6] = ["clearfix", "col", "container", "row", "text-right", "wrap"];

/// What a home or section page teaches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListingLesson {
    /// The name of the site, as its pages state it.
    pub site: Option<String>,
    /// A selector for the links to articles.
    pub link: Option<String>,
    /// The addresses of the articles, in the page's order.
    pub articles: Vec<Url>,
    /// Feeds that the page announces.
    pub feeds: Vec<Url>,
}

/// Reads a home or section page for its links and a selector that finds them.
///
/// # Errors
/// [`ParseError::NoLinks`] when no link looks like an article's; [`ParseError::TooDeep`].
pub fn learn_listing(html: &str, address: &Url) -> Result<ListingLesson, ParseError> {
    let tree = document(&twice::mend(html))?;
    let base = base_of(&tree, address);
    let (links, articles) = article_links(&tree, &base, address, &ListingRules { pages: 1, ..ListingRules::default() });
    if articles.is_empty() {
        return Err(ParseError::NoLinks("found automatically".to_owned()));
    }
    let page = Page::of(&tree, address);
    Ok(ListingLesson {
        site: page.meta.site.clone().or_else(|| title::site_named(&page.meta)),
        link: link_selector(&tree, &links),
        articles,
        feeds: feeds_in(&tree, &base),
    })
}

/// The plainest `box a` that finds nearly all of the links and little else.
fn link_selector(tree: &Html, links: &[ElementRef]) -> Option<String> {
    let wanted: HashSet<NodeId> = links.iter().map(|link| link.id()).collect();
    let mut named: Vec<String> = Vec::new();
    for link in links {
        named.extend(names_of(*link));
        let around = link.ancestors().filter_map(ElementRef::wrap).take(AROUND_LINK_MAX);
        named.extend(around.flat_map(names_of).map(|name| format!("{name} a")));
    }
    named.sort_by_key(|name| (name.len(), name.clone()));
    named.dedup();
    named.truncate(NAMES_MAX);
    named.into_iter().find(|text| {
        let Ok(css) = Css::parse(text) else { return false };
        let found: Vec<NodeId> = tree.select(css.selector()).map(|link| link.id()).collect();
        let right = found.iter().filter(|id| wanted.contains(id)).count();
        let share = super::outline::share;
        share(right, wanted.len()) >= LINKS_FOUND_MIN && share(found.len() - right, found.len()) <= LINKS_STRAY_MAX
    })
}

/// Reads sample articles of one site and says by which selectors their parts are found on all of them; a part that no
/// plain selector finds is left to automatic reading.
#[must_use]
pub fn learn_article(samples: &[(String, Url)]) -> ArticleRules {
    let read = |(html, address): &(String, Url)| {
        let draft = read_article(html, address, &ArticleRules::default()).ok()?;
        Some((document(&twice::mend(html)).ok()?, address.clone(), draft))
    };
    let read: Vec<(Html, Url, Draft)> = samples.iter().filter_map(read).collect();
    let stated = |text: fn(&Draft) -> Option<String>| {
        common(&read, |tree, _, draft| text(draft).map_or_else(Vec::new, |text| elements_saying(tree, &text)))
    };
    ArticleRules {
        title: stated(|draft| draft.title.clone()),
        lead: stated(|draft| draft.lead.clone()),
        author: stated(|draft| draft.author.clone()),
        date: stated(|draft| {
            let shown =
                |date: &&Candidate| matches!(date.origin, Origin::Time | Origin::Visible) && is_date(&date.text);
            let printed = draft.dates.iter().find(shown);
            printed.map(|date| date.text.clone())
        }),
        body: common(&read, |tree, address, _| locate(tree, address).into_iter().collect()),
        ..ArticleRules::default()
    }
}

/// Whether a text is read as a date; not all that stands where dates do is one.
fn is_date(text: &str) -> bool {
    let order = DateOrder::Dmy;
    let reader = Reader { order, zone: Tz::Asia__Ho_Chi_Minh, naive_local: false, month_minutes: false, seen_at: None };
    reader.read(text).is_ok()
}

/// The plainest selector whose first match, on each sample that has the part, is one of the elements that hold it.
fn common<'a>(
    samples: &'a [(Html, Url, Draft)],
    parts: impl Fn(&'a Html, &'a Url, &Draft) -> Vec<ElementRef<'a>>,
) -> Option<Css> {
    let found: Vec<(&Html, Vec<ElementRef>)> = samples
        .iter()
        .map(|(tree, address, draft)| (tree, parts(tree, address, draft)))
        .filter(|(_, elements)| !elements.is_empty())
        .collect();
    let (_, first) = found.first()?;
    let mut names: Vec<String> = first.iter().flat_map(|element| names_of(*element)).collect();
    // Other headings than the first are those of boxes, too.
    let lesser = |name: &str| matches!(name, "h2" | "h3" | "h4");
    names.sort_by_key(|name| (lesser(name), name.len(), name.clone()));
    names.into_iter().filter_map(|name| Css::parse(&name).ok()).find(|css| {
        found.iter().all(|(tree, elements)| {
            tree.select(css.selector())
                .next()
                .is_some_and(|hit| elements.iter().any(|element| element.id() == hit.id()))
        })
    })
}

/// The elements that show just this text.
fn elements_saying<'a>(tree: &'a Html, text: &str) -> Vec<ElementRef<'a>> {
    let text = tidy(text);
    let size = text.chars().count();
    let all = tree.select(css!("body *"));
    all.filter(|element| short_text(*element, size).is_some_and(|shown| shown == text)).collect()
}

/// Selectors for one element, by its tag, its id and its classes; names with digits are made by a program and change.
fn names_of(element: ElementRef) -> Vec<String> {
    let value = element.value();
    let steady = |name: &&str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '-' | '_'))
            && !LAYOUT.contains(name)
    };
    let mut names = Vec::new();
    if matches!(value.name(), "h1" | "h2" | "h3" | "h4" | "time" | "article") {
        names.push(value.name().to_owned());
    }
    names.extend(value.id().filter(steady).map(|id| format!("#{id}")));
    names.extend(value.classes().filter(steady).map(|class| format!(".{class}")));
    names.extend(value.attr("itemprop").filter(steady).map(|name| format!("[itemprop={name}]")));
    names
}
