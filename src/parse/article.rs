//! An article page to a draft: by the source's selectors, and where there are none or they find nothing, by itself.

use std::collections::HashSet;

use ego_tree::NodeId;
use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::blocks::read_blocks;
use super::body::{self, StoryBoxes};
use super::metadata::{self, Metadata};
use super::nodes::{base_of, css, document, first_text, picture, text_of};
use super::{ParseError, dates};
use crate::address::{same_site, without_tracking};
use crate::model::{ArticleRules, Block, Css, Draft, Image};

/// Headings looked at for the title.
const TITLE_PLACES: &str = "h1, [itemprop=headline], .title-detail, .article__title, .entry-title";

/// Class names that families of provincial sites give the lead.
const LEAD_PLACES: &str =
    ".sapo, .article__sapo, .lead-detail, .hometext, .detail-sapo, .lblTomTat, [data-role=sapo], .chapeau, .tomtat";

/// Reads one article page.
///
/// # Errors
/// [`ParseError::NoArticle`] when the page has neither a title nor any text; [`ParseError::TooDeep`].
pub fn read_article(html: &str, address: &Url, rules: &ArticleRules) -> Result<Draft, ParseError> {
    let tree = document(html)?;
    let base = base_of(&tree, address);
    let meta = metadata::read(&tree, &base);
    let title_node = rules.title.as_ref().and_then(|css| first_shown(&tree, css)).or_else(|| find_title(&tree, &meta));
    let title = title_node.map(text_of).or_else(|| meta.title.clone()).or_else(|| document_title(&tree));
    let boxes = StoryBoxes::of(&tree);
    let roots = body_roots(&tree, rules, &boxes);
    let body = read_body(&tree, &base, rules, &roots);
    let dates = dates::find(&tree, address, &meta, rules, title_node, roots.first().copied(), &boxes);
    if title.is_none() && body.is_empty() {
        return Err(ParseError::NoArticle);
    }
    let lead = match &rules.lead {
        Some(css) => first_shown(&tree, css),
        None => find_lead(&tree),
    };
    let canonical = meta
        .canonical
        .clone()
        .filter(|canonical| same_site(canonical, address) && canonical.path() != "/")
        .filter(|canonical| resembles(address, canonical));
    Ok(Draft {
        address: without_tracking(address.clone()),
        canonical: canonical.map(without_tracking),
        guid: None,
        title,
        lead: lead.map(text_of).or_else(|| meta.description.clone()),
        lead_apart: lead.is_some_and(|lead| !roots.iter().any(|root| holds(*root, lead))),
        author: rules
            .author
            .as_ref()
            .and_then(|css| first_text(&tree, css.selector()))
            .or_else(|| rules.author.is_none().then(|| meta.author.clone()).flatten()),
        image: lead_image(&tree, &base, rules, &meta, &body),
        body,
        dates,
    })
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

/// The heading that the page's head repeats, or else its first one.
fn find_title<'a>(tree: &'a Html, meta: &Metadata) -> Option<ElementRef<'a>> {
    let named = [meta.title.clone(), document_title(tree)];
    let places = css!(TITLE_PLACES);
    let shown = |element: &ElementRef| !text_of(*element).is_empty();
    let repeated =
        tree.select(css!("h1, h2, h3, [itemprop=headline], span, div.title")).filter(shown).find(|element| {
            let text = text_of(*element);
            text.chars().count() > 10 && named.iter().flatten().any(|name| name.starts_with(&text))
        });
    repeated.or_else(|| tree.select(places).find(shown))
}

fn document_title(tree: &Html) -> Option<String> {
    let title = tree.select(css!("title")).map(|title| crate::text::tidy(&title.text().collect::<String>()));
    title.into_iter().find(|title| !title.is_empty())
}

fn find_lead(tree: &Html) -> Option<ElementRef<'_>> {
    tree.select(css!(LEAD_PLACES)).find(|element| !text_of(*element).is_empty())
}

/// The elements that are the body: by the source's rule where that matches any text or picture, else the likeliest one.
fn body_roots<'a>(tree: &'a Html, rules: &ArticleRules, boxes: &StoryBoxes) -> Vec<ElementRef<'a>> {
    let selected = rules.body.as_ref().map(|css| outermost(tree, css.selector())).unwrap_or_default();
    let holds_any = |root: &ElementRef| !text_of(*root).is_empty() || root.select(css!("img")).next().is_some();
    if selected.iter().any(holds_any) {
        return selected;
    }
    body::find(tree, boxes).into_iter().collect()
}

fn holds(root: ElementRef, element: ElementRef) -> bool {
    element.id() == root.id() || element.ancestors().any(|ancestor| ancestor.id() == root.id())
}

fn read_body(tree: &Html, base: &Url, rules: &ArticleRules, roots: &[ElementRef]) -> Vec<Block> {
    let mut removed: HashSet<NodeId> = HashSet::new();
    for css in &rules.remove {
        removed.extend(tree.select(css.selector()).map(|element| element.id()));
    }
    let selected = |root: &ElementRef| rules.body.as_ref().is_some_and(|css| css.selector().matches(root));
    for root in roots.iter().filter(|root| !selected(root)) {
        removed.extend(body::furniture(*root));
    }
    roots.iter().flat_map(|root| read_blocks(*root, base, &removed)).collect()
}

/// The matches that stand in no other match.
fn outermost<'a>(tree: &'a Html, selector: &Selector) -> Vec<ElementRef<'a>> {
    let all: Vec<ElementRef> = tree.select(selector).collect();
    let ids: HashSet<NodeId> = all.iter().map(|element| element.id()).collect();
    all.into_iter().filter(|element| !element.ancestors().any(|ancestor| ids.contains(&ancestor.id()))).collect()
}

fn lead_image(tree: &Html, base: &Url, rules: &ArticleRules, meta: &Metadata, body: &[Block]) -> Option<Image> {
    if let Some(css) = &rules.image {
        let img = tree.select(css.selector()).find_map(|img| picture(img, base));
        return img.map(|address| Image { caption: caption_of(body, address.as_str()), address: address.into() });
    }
    let in_body = body.iter().find_map(|block| match block {
        Block::Figure { image, caption, .. } => {
            Some(Image { address: image.clone(), caption: caption.as_ref().map(|line| line.text.clone()) })
        }
        _ => None,
    });
    let in_head = || meta.image.clone().filter(|image| !image.path().contains("logo"));
    in_body.or_else(|| in_head().map(|address| Image { address: address.into(), caption: None }))
}

fn caption_of(body: &[Block], address: &str) -> Option<String> {
    body.iter().find_map(|block| match block {
        Block::Figure { image, caption: Some(line), .. } if image == address => Some(line.text.clone()),
        _ => None,
    })
}
