//! What a page says of itself in its head: meta elements, `OpenGraph`, JSON-LD, microdata.

use scraper::{ElementRef, Html};
use serde_json::Value;
use url::Url;

use super::json_ld::{self, has_type, image_of};
use super::nodes::{css, text_of};
use super::picture::{media_type, pixels};
use crate::address::resolved;
use crate::model::{Candidate, Origin, PictureFile};
use crate::text::tidy;

/// Names under which pages give their time of publication; `:`, `_` and `.` count as `-`.
const PUBLISHED_NAMES: [&str; 32] = [
    "article-published-time",
    "og-article-published-time",
    "article-published",
    "article-post-date",
    "article-created",
    "bt-pubdate",
    "citation-date",
    "citation-publication-date",
    "created",
    "cxenseparse-recs-publishtime",
    "date",
    "date-published",
    "datecreated",
    "datepublished",
    "dc-date",
    "dc-date-created",
    "dc-date-issued",
    "dcterms-created",
    "dcterms-date",
    "dcterms-issued",
    "displaydate",
    "og-published-time",
    "originalpublicationdate",
    "parsely-pub-date",
    "pubdate",
    "publication-date",
    "publish-date",
    "publishdate",
    "publishtime",
    "rnews-datepublished",
    "sailthru-date",
    "sw-pubdate",
];

/// Of these, names that do not say which date they mean; what stands under them gives way to any other statement.
const VAGUE_NAMES: [&str; 7] =
    ["created", "date", "dc.date", "dc.date.created", "dc.date.issued", "dcterms.created", "dcterms.date"];

/// Endings of such names behind a site's own word, as in `five_hundred_pixels:uploaded`.
const PUBLISHED_ENDINGS: [&str; 4] = ["-published-time", "-pubdate", "-publish-date", "-uploaded"];

/// Names under which pages give the time of their last change, by the same rule.
const UPDATED_NAMES: [&str; 12] = [
    "article-modified-time",
    "article-modified",
    "datemodified",
    "date-modified",
    "dc-date-modified",
    "dcterms-modified",
    "lastmod",
    "last-modified",
    "modified",
    "og-updated-time",
    "revised",
    "updated-time",
];

/// JSON-LD types that are articles (schema.org).
const ARTICLE_TYPES: [&str; 9] = [
    "NewsArticle",
    "Article",
    "ReportageNewsArticle",
    "BlogPosting",
    "AnalysisNewsArticle",
    "OpinionNewsArticle",
    "LiveBlogPosting",
    "BackgroundNewsArticle",
    "WebPage",
];

/// How much a name in JSON-LD counts beside printed ones.
const AUTHOR_JSON_LD: u32 = 3;
/// How much a name in a meta element counts.
const AUTHOR_META: u32 = 3;

/// Titles kept of one page ...
const TITLES_MAX: usize = 8;
/// ... and characters of each.
const TITLE_CHARS_MAX: usize = 300;
/// Names of authors kept of one page, people of one author, and articles of JSON-LD that are read.
const AUTHORS_MAX: usize = 20;
/// Pictures that a page may offer for sharing.
const PICTURES_MAX: usize = 20;

/// What a page says of itself.
#[derive(Debug, Default)]
pub(super) struct Metadata {
    /// What the head calls the story: `OpenGraph`, JSON-LD, then `<title>`.
    pub(super) titles: Vec<String>,
    pub(super) description: Option<String>,
    /// Names of the author, each with the weight of its place.
    pub(super) authors: Vec<(u32, String)>,
    /// The name of the site or its publisher.
    pub(super) site: Option<String>,
    pub(super) image: Option<Url>,
    /// The pictures of `OpenGraph`, and what is said behind each of its file.
    shared: Vec<(Option<Url>, PictureFile)>,
    pub(super) canonical: Option<Url>,
    pub(super) dates: Vec<Candidate>,
    /// `twitter:label1` says that `twitter:data1` is the author.
    labelled: bool,
}

impl Metadata {
    /// What the head says of the file of a picture.
    pub(super) fn file_of(&self, address: &str) -> Option<&PictureFile> {
        let of_it = |image: &Option<Url>| image.as_ref().is_some_and(|image| image.as_str() == address);
        let said = |(image, file): &&(Option<Url>, PictureFile)| of_it(image) && *file != PictureFile::default();
        self.shared.iter().find(said).map(|(_, file)| file)
    }
}

pub(super) fn read(html: &Html, base: &Url) -> Metadata {
    let mut out = Metadata::default();
    read_json_ld(html, base, &mut out);
    for meta in html.select(css!("meta[content]")) {
        read_meta(meta, base, &mut out);
    }
    for item in html.select(css!("[itemprop=datePublished], [itemprop=dateModified]")) {
        let value = item.value();
        let text = value.attr("content").or(value.attr("datetime")).map_or_else(|| text_of(item), str::to_owned);
        let updated = value.attr("itemprop") == Some("dateModified");
        out.dates.push(Candidate { origin: Origin::Microdata, text, updated });
    }
    for element in html.select(css!("body [property][content], abbr.published[title], abbr.updated[title]")) {
        let value = element.value();
        let text = value.attr("content").or(value.attr("title")).unwrap_or_default().to_owned();
        let names = value.attr("property").unwrap_or(if value.classes().any(|class| class == "updated") {
            "modified"
        } else {
            "created"
        });
        let kind = names.split_whitespace().find_map(|name| dated(&name.to_ascii_lowercase().replace("schema:", "")));
        out.dates.extend(kind.map(|updated| Candidate { origin: Origin::Microdata, text, updated }));
    }
    let printed = html.select(css!("title")).map(|title| tidy(&title.text().collect::<String>()));
    out.titles.extend(printed.filter(|title| !title.is_empty()).take(1));
    out.canonical = html
        .select(css!("link[rel~=canonical][href]"))
        .find_map(|link| resolved(base, link.value().attr("href")?))
        .or(out.canonical);
    out.titles.truncate(TITLES_MAX);
    for title in &mut out.titles {
        *title = title.chars().take(TITLE_CHARS_MAX).collect();
    }
    out.authors.truncate(AUTHORS_MAX);
    out.dates.retain(|date| !tidy(&date.text).is_empty());
    out
}

fn read_meta(meta: ElementRef, base: &Url, out: &mut Metadata) {
    let value = meta.value();
    let Some(name) = ["property", "name", "itemprop", "http-equiv"].iter().find_map(|key| value.attr(key)) else {
        return;
    };
    let Some(content) = value.attr("content").map(tidy).filter(|content| !content.is_empty()) else { return };
    let name = name.trim().to_ascii_lowercase();
    match name.as_str() {
        "og:title" if out.titles.len() < TITLES_MAX => out.titles.insert(0, content),
        "og:description" | "description" => set(&mut out.description, content),
        "og:site_name" => set(&mut out.site, content),
        "author" | "article:author" | "article.author" | "dc.creator" | "dcterms.creator" | "parsely-author"
        | "sailthru.author" | "cxenseparse:author" | "citation_author" | "byl" | "og:article:author" | "og:author"
        | "authors" => {
            out.authors.push((AUTHOR_META, content));
        }
        "twitter:label1" => out.labelled = content.to_lowercase().contains("written"),
        "twitter:data1" if out.labelled => out.authors.push((AUTHOR_META, content)),
        "og:image" | "twitter:image" => {
            let image = resolved(base, &content);
            if name == "og:image" && out.shared.len() < PICTURES_MAX {
                out.shared.push((image.clone(), PictureFile::default()));
            }
            out.image = out.image.take().or(image);
        }
        name if name.starts_with("og:image:") => {
            // What follows one picture too many is said of none that is kept.
            let kept = out.shared.len() < PICTURES_MAX;
            let Some((_, file)) = out.shared.last_mut().filter(|_| kept) else { return };
            match name {
                "og:image:width" => file.width_pixels = pixels(&content),
                "og:image:height" => file.height_pixels = pixels(&content),
                "og:image:type" => file.media_type = media_type(&content),
                _ => {}
            }
        }
        "og:url" if out.canonical.is_none() => {
            out.canonical = resolved(base, &content);
        }
        name => {
            let origin = if VAGUE_NAMES.contains(&name) { Origin::Page } else { Origin::Meta };
            out.dates.extend(dated(name).map(|updated| Candidate { origin, text: content, updated }));
        }
    }
}

/// Whether a name stands for a time of change (true) or of publication (false).
fn dated(name: &str) -> Option<bool> {
    let name: String = name.chars().map(|c| if matches!(c, ':' | '_' | '.') { '-' } else { c }).collect();
    match name.as_str() {
        name if PUBLISHED_NAMES.contains(&name) => Some(false),
        name if UPDATED_NAMES.contains(&name) => Some(true),
        name if PUBLISHED_ENDINGS.iter().any(|ending| name.ends_with(ending)) => Some(false),
        _ => None,
    }
}

fn read_json_ld(html: &Html, base: &Url, out: &mut Metadata) {
    let nodes = json_ld::nodes(html);
    let kind = |node: &Value| ARTICLE_TYPES.iter().position(|kind| has_type(node, kind));
    let mut articles: Vec<&Value> = nodes.iter().filter(|node| kind(node).is_some()).collect();
    articles.sort_by_key(|node| kind(node));
    for node in articles.into_iter().take(AUTHORS_MAX) {
        read_article_node(node, &nodes, base, out);
    }
}

fn read_article_node(node: &Value, people: &[Value], base: &Url, out: &mut Metadata) {
    for (key, updated) in [("datePublished", false), ("dateCreated", false), ("dateModified", true)] {
        if let Some(text) = node[key].as_str() {
            out.dates.push(Candidate { origin: Origin::JsonLd, text: text.to_owned(), updated });
        }
    }
    if has_type(node, "WebPage") {
        return;
    }
    if let Some(headline) = node["headline"].as_str().or(node["name"].as_str()) {
        out.titles.push(tidy(headline));
    }
    if let Some(description) = node["description"].as_str() {
        set(&mut out.description, tidy(description));
    }
    let names = names_of(&node["author"], people);
    if !names.is_empty() {
        out.authors.push((AUTHOR_JSON_LD, names.join(", ")));
    }
    if let Some(site) = node["publisher"]["name"].as_str() {
        set(&mut out.site, tidy(site));
    }
    if out.image.is_none() {
        out.image = image_of(&node["image"]).and_then(|image| resolved(base, image));
    }
}

/// The names of an author; one that is given by its `@id` alone is looked up among the page's nodes.
fn names_of(author: &Value, nodes: &[Value]) -> Vec<String> {
    match author {
        Value::String(name) => vec![tidy(name)],
        Value::Object(person) => match (person.get("name"), person.get("@id")) {
            (Some(name), _) => names_of(name, nodes),
            (None, Some(id)) => {
                let named = nodes.iter().find(|node| node.get("@id") == Some(id) && node["name"].is_string());
                named.and_then(|node| node["name"].as_str()).map(|name| vec![tidy(name)]).unwrap_or_default()
            }
            (None, None) => Vec::new(),
        },
        Value::Array(people) => people.iter().take(AUTHORS_MAX).flat_map(|person| names_of(person, nodes)).collect(),
        _ => Vec::new(),
    }
}

fn set(slot: &mut Option<String>, value: String) {
    if slot.is_none() && !value.is_empty() {
        *slot = Some(value);
    }
}
