//! A page's whole way from text to article: parse, clean, date. Pure: the moment of reading is handed in.

use chrono::{DateTime, Utc};
use url::Url;

use crate::address::{identity, number};
use crate::clean::{Clean, clean, clean_lead};
use crate::date::{Reader, prints_month_for_minutes, states_local_as_utc, weigh};
use crate::dedupe::sketch;
use crate::model::{
    Article, ArticleId, ArticleRules, Candidate, Draft, Habits, Image, Listed, Origin, PARTS, Published, RULES, Source,
};
use crate::parse::{ParseError, read_article};
use crate::store::Incoming;

/// An article as it was read, before anyone knows whether it is new.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The page's address.
    pub address: Url,
    /// The page's own word for its address.
    pub canonical: Option<Url>,
    /// The feed's guid.
    pub guid: Option<String>,
    /// Title, lead, text and the rest.
    pub clean: Clean,
    /// When it was published, with the evidence.
    pub published: Published,
    /// Which of [`PARTS`] the page states; what its listing adds does not count.
    pub parts: [bool; PARTS.len()],
    /// Which of the source's selectors found nothing, in the order of [`RULES`].
    pub missed: [bool; RULES.len()],
}

/// Reads one article page.
///
/// # Errors
/// When there is no article on it.
pub fn read_page(html: &str, address: &Url, rules: &ArticleRules, reader: &Reader) -> Result<Reading, ParseError> {
    finish(read_article(html, address, rules)?, None, reader)
}

/// The reader for a source's datelines: its settings, and what its own pages have proved.
pub(super) fn reader(source: &Source, habits: &Habits, now: DateTime<Utc>) -> Reader {
    Reader {
        order: source.article.date_order,
        zone: source.zone,
        naive_local: source.article.naive_local || states_local_as_utc(habits),
        month_minutes: prints_month_for_minutes(habits),
        seen_at: Some(now),
    }
}

/// Reads the page that a listing or feed entry led to; what the page does not say is taken from there.
pub(super) fn read_followed(
    html: &str,
    address: &Url,
    listed: Option<&Listed>,
    entry: Option<Draft>,
    source: &Source,
    reader: &Reader,
) -> Result<Reading, ParseError> {
    let mut draft = read_article(html, address, &source.article)?;
    if let Some(entry) = entry {
        draft.guid = entry.guid;
        draft.title = draft.title.or(entry.title);
        draft.author = draft.author.or(entry.author);
        draft.image = draft.image.or(entry.image);
        if draft.body.is_empty() {
            draft.body = entry.body;
        }
        if draft.lead.is_none() {
            (draft.lead, draft.lead_apart) = (entry.lead, entry.lead_apart);
        }
        draft.dates.extend(entry.dates);
    }
    from_draft(draft, listed, reader)
}

/// Reads a draft, such as an entry of a feed, together with what a listing says of it.
///
/// # Errors
/// When there is no article in it.
pub fn from_draft(mut draft: Draft, listed: Option<&Listed>, reader: &Reader) -> Result<Reading, ParseError> {
    if let Some(listed) = listed {
        draft.title = draft.title.or_else(|| listed.title.clone());
        let beside = listed.date.clone().map(|text| Candidate { origin: Origin::Listing, text, updated: false });
        draft.dates.extend(beside);
    }
    finish(draft, listed, reader)
}

fn finish(mut draft: Draft, listed: Option<&Listed>, reader: &Reader) -> Result<Reading, ParseError> {
    let mut clean = clean(&mut draft);
    if clean.title.is_empty() || (clean.text.is_empty() && clean.lead.is_none() && clean.image.is_none()) {
        return Err(ParseError::NoArticle);
    }
    let published = weigh(&draft.dates, reader);
    let dated = published.instant.is_some();
    let parts = [!clean.text.is_empty(), clean.lead.is_some(), clean.author.is_some(), dated, clean.image.is_some()];
    if let Some(listed) = listed {
        complete(&mut clean, listed);
    }
    let Draft { address, canonical, guid, missed, .. } = draft;
    Ok(Reading { address, canonical, guid, clean, published, parts, missed })
}

/// Gives an article that has a text the lead and the picture of its listing, where its own page has none.
fn complete(clean: &mut Clean, listed: &Listed) {
    if clean.text.is_empty() {
        return;
    }
    // A listing may show the text's opening, cut short.
    let opens = |lead: &String| clean.text.starts_with(lead.trim_end_matches(['.', '…', ' ']));
    let beside = || listed.lead.as_deref().and_then(|lead| clean_lead(lead, &clean.title)).filter(|lead| !opens(lead));
    clean.lead = clean.lead.take().or_else(beside);
    clean.image = clean.image.take().or_else(|| listed.image.clone().map(Image::at));
}

impl Reading {
    /// The article as it would be if it were new; `first_pass` when nothing of its source has been read before.
    #[must_use]
    pub fn into_incoming(self, source: &Source, now: DateTime<Utc>, first_pass: bool) -> Incoming {
        let address = self.canonical.as_ref().unwrap_or(&self.address);
        let mut identities = vec![identity(address)];
        if *address != self.address {
            identities.push(identity(&self.address));
            identities.dedup();
        }
        let clean = self.clean;
        Incoming {
            sketch: sketch(clean.lead.as_deref(), &clean.text),
            number: number(address),
            guid: self.guid,
            article: Article {
                lead: clean.lead,
                html: clean.html,
                text: clean.text,
                author: clean.author,
                agency: clean.agency,
                image: clean.image,
                published: self.published,
                priority: source.priority,
                ..Article::bare(
                    ArticleId::of_address(&identities[0]),
                    source.id.clone(),
                    address.to_string(),
                    clean.title,
                    now,
                )
            },
            first_pass,
            identities,
        }
    }
}
