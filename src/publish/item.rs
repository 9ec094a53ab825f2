//! An article as the feeds show it.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::fit::fit;
use super::{Content, Site};
use crate::date::write;
use crate::model::{Article, Image, Joined, Precision, Source, SourceId};
use crate::places::provinces_named;

/// A source's names, as feeds show them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceName {
    /// Its id.
    pub id: String,
    /// Its name for people; the id when it is no longer configured.
    pub name: String,
    /// The slug of its province.
    pub province: Option<&'static str>,
    /// Its category slug.
    pub category: Option<String>,
}

/// Another place where the story stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlsoIn {
    /// The source's id.
    pub id: String,
    /// The source's name.
    pub name: String,
    /// The page's address.
    pub url: String,
    /// Why it is the same story; nothing for a second address of one page.
    pub joined: Option<Joined>,
}

/// An article as the feeds show it.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// One for life.
    pub guid: String,
    /// The original page.
    pub link: String,
    /// Plain text.
    pub title: String,
    /// Plain text.
    pub lead: Option<String>,
    /// Allow-listed HTML: dateline, lead, text, other papers; nothing when feeds hold summaries.
    pub html: Option<String>,
    /// The byline.
    pub author: Option<String>,
    /// The paper.
    pub source: SourceName,
    /// The slugs of the provinces that title and lead name, but for the paper's own.
    pub places: Vec<&'static str>,
    /// The lead picture.
    pub image: Option<Image>,
    /// The time to show; nothing when the source states none.
    pub published: Option<DateTime<Utc>>,
    /// How exactly the source states it.
    pub precision: Option<Precision>,
    /// Where it was read, as a word.
    pub origin: Option<&'static str>,
    /// `10:08, 24/08/2020`, or the day alone.
    pub dateline: Option<String>,
    /// When bantin first admitted it.
    pub first_seen: DateTime<Utc>,
    /// When its text last changed.
    pub revised: DateTime<Utc>,
    /// Other places where it stands.
    pub also_in: Vec<AlsoIn>,
    /// Since when its page is gone from its site.
    pub withdrawn: Option<DateTime<Utc>>,
    /// The zone of its dates.
    pub zone: Tz,
}

impl Item {
    /// Whether its text changed after it was first published.
    #[must_use]
    pub fn was_revised(&self) -> bool {
        self.revised > self.first_seen
    }

    /// The paper's category and province, then the other provinces that the story names.
    pub fn categories(&self) -> impl Iterator<Item = &str> {
        let own = self.source.category.as_deref().into_iter().chain(self.source.province);
        own.chain(self.places.iter().copied())
    }

    /// The instant for formats that must state a change: the last change of text, the publication, the admission.
    #[must_use]
    pub fn updated(&self) -> DateTime<Utc> {
        if self.was_revised() { self.revised } else { self.published.unwrap_or(self.first_seen) }
    }
}

/// Shows an article; `find` looks up a configured source.
pub fn item<'a>(article: &Article, site: &Site, zone: Tz, find: &dyn Fn(&SourceId) -> Option<&'a Source>) -> Item {
    let source = find(&article.source);
    let zone = source.map_or(zone, |source| source.zone);
    let name = |id: &SourceId| find(id).map_or_else(|| id.to_string(), |source| source.name.clone());
    let also_in: Vec<AlsoIn> = article
        .also_in
        .iter()
        .map(|other| AlsoIn {
            id: other.source.to_string(),
            name: name(&other.source),
            url: other.address.clone(),
            joined: other.joined,
        })
        .collect();
    let dateline = article.published.instant.map(|instant| match article.published.precision {
        Some(Precision::Day) | None => write::day(instant, zone),
        Some(_) => write::dateline(instant, zone),
    });
    let mut item = Item {
        guid: article.id.guid(),
        link: article.address.clone(),
        title: article.title.clone(),
        lead: article.lead.clone(),
        html: None,
        author: article.author.clone(),
        source: SourceName {
            id: article.source.to_string(),
            name: name(&article.source),
            province: source.and_then(|source| source.province).map(|province| province.slug),
            category: source.and_then(|source| source.category.clone()),
        },
        places: places(article, source),
        image: article.image.clone(),
        published: article.shown(),
        precision: article.published.precision,
        origin: article.published.origin.map(crate::model::Origin::as_str),
        dateline,
        first_seen: article.first_seen,
        revised: article.revised,
        also_in,
        withdrawn: article.withdrawn,
        zone,
    };
    if site.content == Content::Full {
        item.html = Some(html(&item, article, site.dateline));
    }
    fit(item)
}

fn places(article: &Article, source: Option<&Source>) -> Vec<&'static str> {
    let own = source.and_then(|source| source.province);
    let named = provinces_named(&[&article.title, article.lead.as_deref().unwrap_or_default()]);
    named.into_iter().filter(|unit| own != Some(*unit)).map(|unit| unit.slug).collect()
}

fn html(item: &Item, article: &Article, dateline: bool) -> String {
    let text = |text: &str| html_escape::encode_text(text).into_owned();
    let first = dateline.then(|| {
        let parts: Vec<String> = item.dateline.iter().chain([&item.source.name]).map(|part| text(part)).collect();
        format!("<p>{}</p>", parts.join(" · "))
    });
    let lead = item.lead.as_deref().map(|lead| format!("<p><strong>{}</strong></p>", text(lead)));
    let elsewhere: Vec<String> = item
        .also_in
        .iter()
        .filter(|other| other.id != item.source.id)
        .map(|other| {
            let href = html_escape::encode_double_quoted_attribute(&other.url);
            format!("<a href=\"{href}\">{}</a>", text(&other.name))
        })
        .collect();
    let last = (!elsewhere.is_empty()).then(|| format!("<p>Cũng đăng trên: {}</p>", elsewhere.join(", ")));
    let body = Some(article.html.as_str()).filter(|html| !html.is_empty());
    let parts: Vec<&str> = [first.as_deref(), lead.as_deref(), body, last.as_deref()].into_iter().flatten().collect();
    parts.join("\n")
}
