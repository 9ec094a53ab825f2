//! An article page to a draft: by the source's selectors, and where there are none or they find nothing, by itself.

use std::collections::HashSet;

use ego_tree::NodeId;
use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::blocks::read_blocks;
use super::nodes::{css, document, first_text, text_of};
use super::page::{Page, Story};
use super::picture::{is_site_picture, picture, shown_size};
use super::{ParseError, author, body, dates, family, lead, title, twice};
use crate::address::{same_site, without_tracking};
use crate::model::{ArticleRules, Block, Candidate, Css, Draft, Image, RULES};

/// A page that was parsed and measured once, with its title and body found: the parts of an article are read from it.
pub struct Measured<'a> {
    page: Page<'a>,
    /// The source's own rules.
    given: &'a ArticleRules,
    /// Those and, where it has none, its family's.
    rules: &'a ArticleRules,
    roots: Vec<ElementRef<'a>>,
    /// What the source's selector takes for the title.
    picked: Option<ElementRef<'a>>,
    story: Story<'a>,
}

/// Parses and measures a page and hands it to `work`.
///
/// # Errors
/// [`ParseError::TooDeep`].
pub fn measured<T>(
    html: &str,
    address: &Url,
    rules: &ArticleRules,
    work: impl FnOnce(&Measured) -> T,
) -> Result<T, ParseError> {
    let html = &twice::mend(html);
    let tree = document(html)?;
    let page_rules = family::rules_for(rules, html, &tree, address);
    Ok(work(&Measured::of(&tree, address, rules, &page_rules)))
}

/// Reads one article page, by the selectors of its family where the rules allow for that.
///
/// # Errors
/// [`ParseError::NoArticle`] when the page has neither a title nor any text; [`ParseError::TooDeep`].
pub fn read_article(html: &str, address: &Url, rules: &ArticleRules) -> Result<Draft, ParseError> {
    measured(html, address, rules, draft)?
}

impl<'a> Measured<'a> {
    fn of(tree: &'a Html, address: &'a Url, given: &'a ArticleRules, rules: &'a ArticleRules) -> Self {
        let page = Page::of(tree, address);
        let roots = body_roots(&page, rules);
        let body = roots.first().copied();
        let picked = rules.title.as_ref().and_then(|css| first_shown(tree, css));
        let story = Story { title: picked.or_else(|| title::find(&page, body)), body };
        Self { page, given, rules, roots, picked, story }
    }

    /// Every statement of the article's time that is found on the page.
    #[must_use]
    pub fn dates(&self) -> Vec<Candidate> {
        dates::find(&self.page, self.rules, self.story)
    }
}

fn draft(measured: &Measured) -> Result<Draft, ParseError> {
    let Measured { page, given, rules, roots, picked, story } = measured;
    let title = picked.map(text_of).or_else(|| title::text(story.title, &page.meta));
    let cut = Cut::of(page, rules, roots);
    let body: Vec<Block> = roots.iter().flat_map(|root| read_blocks(*root, &page.base, &cut.all)).collect();
    if title.is_none() && body.is_empty() {
        return Err(ParseError::NoArticle);
    }
    let lead = rules.lead.as_ref().and_then(|css| first_shown(page.tree, css)).or_else(|| lead::find(page, *story));
    let address = page.address;
    let canonical = page
        .meta
        .canonical
        .clone()
        .filter(|canonical| same_site(canonical, address) && canonical.path() != "/")
        .filter(|canonical| resembles(address, canonical));
    let author = rules.author.as_ref().and_then(|css| first_text(page.tree, css.selector()));
    Ok(Draft {
        address: without_tracking(address.clone()),
        canonical: canonical.map(without_tracking),
        guid: None,
        title,
        lead: lead.map(text_of).or_else(|| page.meta.description.clone()),
        lead_apart: lead.is_some_and(|lead| !roots.iter().any(|root| holds(*root, lead))),
        author: author.or_else(|| author::find(page, *story)),
        image: lead_image(page, rules, roots, &cut, &body).map(|image| with_file(image, page)),
        body,
        dates: measured.dates(),
        missed: missed(page.tree, given),
    })
}

/// Which selectors of the rules find nothing on the page, in the order of [`RULES`].
fn missed(tree: &Html, rules: &ArticleRules) -> [bool; RULES.len()] {
    let selectors = [&rules.title, &rules.date, &rules.lead, &rules.body, &rules.author, &rules.image];
    selectors.map(|css| css.as_ref().is_some_and(|css| tree.select(css.selector()).next().is_none()))
}

/// The element that automatic reading takes for the body.
pub(super) fn locate<'a>(tree: &'a Html, address: &'a Url) -> Option<ElementRef<'a>> {
    body::find(&Page::of(tree, address))
}

/// Whether a canonical address is this page's: it ends in the same part and says no less. Templates that name one
/// address on all their pages would make one story of a whole paper.
fn resembles(address: &Url, canonical: &Url) -> bool {
    let last = |url: &Url| url.path().trim_end_matches('/').rsplit('/').next().map(str::to_ascii_lowercase);
    let says = |url: &Url| without_tracking(url.clone()).query().is_some();
    last(address) == last(canonical) && (says(canonical) || !says(address))
}

fn first_shown<'a>(tree: &'a Html, css: &Css) -> Option<ElementRef<'a>> {
    tree.select(css.selector()).find(|element| !text_of(*element).is_empty())
}

/// The elements that are the body: by the source's rule where that matches any text or picture, else the likeliest one.
fn body_roots<'a>(page: &Page<'a>, rules: &ArticleRules) -> Vec<ElementRef<'a>> {
    let selected = rules.body.as_ref().map(|css| outermost(page.tree, css.selector())).unwrap_or_default();
    let holds_any = |root: &ElementRef| !text_of(*root).is_empty() || root.select(css!("img")).next().is_some();
    if selected.iter().any(holds_any) {
        return if rules.body_in_common { story_among(selected) } else { selected };
    }
    body::find(page).into_iter().collect()
}

/// What a family calls a body may stand in the header and footer too: the longest match, and those beside it.
fn story_among(matches: Vec<ElementRef>) -> Vec<ElementRef> {
    let parent = |element: &ElementRef| element.parent().map(|parent| parent.id());
    let longest = matches.iter().max_by_key(|element| text_of(**element).len()).and_then(parent);
    matches.into_iter().filter(|element| parent(element) == longest).collect()
}

fn holds(root: ElementRef, element: ElementRef) -> bool {
    element.id() == root.id() || element.ancestors().any(|ancestor| ancestor.id() == root.id())
}

/// What is left out of the text.
struct Cut {
    /// By the source's rules.
    by_rule: HashSet<NodeId>,
    all: HashSet<NodeId>,
}

impl Cut {
    fn of(page: &Page, rules: &ArticleRules, roots: &[ElementRef]) -> Self {
        let select = |css: &Css| page.tree.select(css.selector()).map(|element| element.id()).collect::<Vec<_>>();
        let by_rule: HashSet<NodeId> = rules.remove.iter().flat_map(select).collect();
        let own = rules.body.as_ref().filter(|_| !rules.body_in_common);
        let selected = |root: &ElementRef| own.is_some_and(|css| css.selector().matches(root));
        let mut all = by_rule.clone();
        for root in roots {
            // What a sysadmin selects is taken as it is, but for what no reader sees.
            all.extend(if selected(root) { body::hidden(page, *root) } else { body::furniture(page, *root) });
        }
        Self { by_rule, all }
    }

    /// The first picture of a figure or table that a rule leaves out: the text goes without it, the story does not.
    fn picture(&self, page: &Page, roots: &[ElementRef]) -> Option<Url> {
        let frame = |element: &ElementRef| {
            matches!(element.value().name(), "figure" | "img" | "picture" | "table")
                && self.by_rule.contains(&element.id())
        };
        let shown = |img: &ElementRef| {
            let mut around = std::iter::once(*img).chain(img.ancestors().filter_map(ElementRef::wrap));
            around.all(|element| !self.all.contains(&element.id()) || frame(&element))
        };
        let pictures = roots.iter().flat_map(|root| root.select(css!("img"))).filter(shown);
        pictures.filter_map(|img| picture(img, &page.base)).find(|address| !is_site_picture(address))
    }
}

/// The matches that stand in no other match.
fn outermost<'a>(tree: &'a Html, selector: &Selector) -> Vec<ElementRef<'a>> {
    let all: Vec<ElementRef> = tree.select(selector).collect();
    let ids: HashSet<NodeId> = all.iter().map(|element| element.id()).collect();
    all.into_iter().filter(|element| !element.ancestors().any(|ancestor| ids.contains(&ancestor.id()))).collect()
}

fn lead_image(page: &Page, rules: &ArticleRules, roots: &[ElementRef], cut: &Cut, body: &[Block]) -> Option<Image> {
    if let Some(css) = &rules.image {
        let img = page.tree.select(css.selector()).find_map(|img| picture(img, &page.base));
        return img.map(|address| Image { caption: caption_of(body, address.as_str()), ..Image::at(address) });
    }
    let in_body = body.iter().find_map(|block| match block {
        Block::Figure { image, caption, .. } if !Url::parse(image).is_ok_and(|image| is_site_picture(&image)) => {
            let caption = caption.as_ref().map(|line| line.text.clone());
            Some(Image { caption, ..Image::at(image) })
        }
        _ => None,
    });
    let in_head = || page.meta.image.clone().filter(|image| !is_site_picture(image));
    in_body.or_else(|| in_head().map(Image::at)).or_else(|| cut.picture(page, roots).map(Image::at))
}

/// The picture with what the page says of its file: in its head, else where it is shown.
fn with_file(image: Image, page: &Page) -> Image {
    let file = page.meta.file_of(&image.address).cloned();
    Image { file: file.unwrap_or_else(|| shown_size(page.tree, &page.base, &image.address)), ..image }
}

fn caption_of(body: &[Block], address: &str) -> Option<String> {
    body.iter().find_map(|block| match block {
        Block::Figure { image, caption: Some(line), .. } if image == address => Some(line.text.clone()),
        _ => None,
    })
}
