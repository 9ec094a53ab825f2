//! What an incoming article is: new, revised, a copy, or known. Pure.

use chrono::TimeDelta;
use url::Url;

use super::ties::{Telling, compared, told_by};
use crate::address::{identity, same_site};
use crate::dedupe::{Fingerprint, MergeMode, MergeRules, is_series, likeness};
use crate::model::{Appearance, Article, ArticleId, Published, Story};
use crate::store::{Decision, Incoming, Known, Ruling};
use crate::text::comparison_words;

/// Decides on one article by what the store knows of it.
///
/// An address that is known means its article, whatever became of the text; so does the number under which the site
/// files it, when the time, the title or the text agrees. A guid of the same source means its article when the title or
/// the text agrees, for sources that give one guid to several stories. The same text in the same source is one more
/// address of it. Another article within the window that tells the same makes the incoming one a copy; when it tells
/// the same as several stories, they are one; and it may show that what was taken for one story is several.
#[must_use]
pub fn decide(incoming: &Incoming, known: &Known, rules: &MergeRules) -> Ruling {
    let fresh = &incoming.article;
    if let Some(decision) = known_article(fresh, known, rules) {
        return decision.into();
    }
    if known.stories.is_empty() || rules.mode == MergeMode::Off {
        return Decision::New(fresh.clone()).into();
    }
    let Telling { of, joined, parting } = told_by(fresh, &known.stories, rules.window);
    match (joined, rules.mode) {
        (Some(joined), MergeMode::Merge) => {
            Ruling { decision: Decision::Copy { article: fresh.clone(), of, joined }, parting }
        }
        (None, MergeMode::Merge) => Ruling { decision: Decision::New(fresh.clone()), parting },
        _ => linked(fresh, known, of.first()).into(),
    }
}

/// What becomes of an article that is known, or was.
fn known_article(fresh: &Article, known: &Known, rules: &MergeRules) -> Option<Decision> {
    if let Some(article) = &known.by_address {
        // What was gone and is found at another of its addresses has moved there.
        let back = article.withdrawn.is_some() && article.source == fresh.source && !is_same_page(article, fresh);
        return Some(if back { follow(article, fresh) } else { revise(article, fresh) });
    }
    if known.dropped {
        return Some(Decision::Dropped);
    }
    let by_number = known.by_number.as_ref().filter(|article| is_edition(article, fresh));
    let by_guid = || known.by_guid.as_ref().filter(|article| agrees(article, fresh));
    if let Some(article) = by_number.or_else(by_guid) {
        return Some(follow(article, fresh));
    }
    let twin = own_twin(fresh, &known.stories, rules.window)?;
    // Two sections of a site may print one story; a site that has moved prints it elsewhere.
    let moved = is_elsewhere(twin, fresh) || twin.withdrawn.is_some();
    Some(if moved { follow(twin, fresh) } else { Decision::Moved(with_address(twin.clone(), fresh)) })
}

/// An item of its own that names the story that it tells.
fn linked(fresh: &Article, known: &Known, told: Option<&ArticleId>) -> Decision {
    let is_told = |story: &&Story| story.tellings().any(|telling| Some(&telling.article.id) == told);
    let links = known.stories.iter().filter(is_told).map(|story| Appearance {
        source: story.lead.article.source.clone(),
        address: story.lead.article.address.clone(),
        item: Some(story.id()),
        joined: None,
    });
    Decision::New(Article { also_in: links.collect(), ..fresh.clone() })
}

/// The article of the same source that holds the same text.
fn own_twin<'a>(fresh: &Article, stories: &'a [Story], window: TimeDelta) -> Option<&'a Article> {
    let tellings = stories.iter().flat_map(Story::tellings).map(|telling| &telling.article);
    let mut own = tellings.filter(|article| article.source == fresh.source).peekable();
    own.peek()?;
    let print = Fingerprint::of(&fresh.text)?;
    own.filter(|article| Fingerprint::of(&article.text) == Some(print)).find(|article| {
        let near = (article.first_seen - fresh.first_seen).abs() <= window;
        // A source that states the same time again has moved, however long it was silent.
        (near && !is_series(&article.title, &fresh.title)) || states_same_time(article, fresh)
    })
}

/// Whether a site prints two editions of one article under one number: they state one time, or tell alike.
fn is_edition(article: &Article, fresh: &Article) -> bool {
    let alike = || likeness(&compared(article), &compared(fresh)).related;
    article.source == fresh.source && (states_same_time(article, fresh) || agrees(article, fresh) || alike())
}

/// Whether two articles stand at one address, however it is written.
fn is_same_page(one: &Article, other: &Article) -> bool {
    let identity_of = |article: &Article| Url::parse(&article.address).map(|address| identity(&address)).ok();
    identity_of(one) == identity_of(other)
}

/// Whether two articles stand on two sites.
fn is_elsewhere(one: &Article, other: &Article) -> bool {
    let (one, other) = (Url::parse(&one.address), Url::parse(&other.address));
    one.ok().zip(other.ok()).is_some_and(|(one, other)| !same_site(&one, &other))
}

/// An article that its source gives another address now: the page has moved, and may have been edited.
fn follow(article: &Article, fresh: &Article) -> Decision {
    let (source, address) = (article.source.clone(), article.address.clone());
    let mut moved = Article { address: fresh.address.clone(), ..article.clone() };
    moved.also_in.retain(|other| other.item.is_some() || other.address != fresh.address);
    if address != fresh.address {
        moved.also_in.push(Appearance { source, address, item: None, joined: None });
    }
    match revise(&moved, fresh) {
        revised @ Decision::Revised(_) => revised,
        Decision::Amended(article) => Decision::Moved(article),
        _ => Decision::Moved(moved),
    }
}

/// A known article, read again at a known address. Its text comes from the address that it is published under: sections
/// may print one story under different titles.
pub(super) fn revise(story: &Article, fresh: &Article) -> Decision {
    if fresh.source != story.source {
        // Two sources read one page; the one that read it first has it, the other one's list names it too.
        return if story.listed_by().any(|source| *source == fresh.source) {
            Decision::Unchanged(story.id)
        } else {
            Decision::Amended(with_address(story.clone(), fresh))
        };
    }
    let emptied = fresh.text.is_empty() && !story.text.is_empty();
    let elsewhere = !is_same_page(fresh, story);
    let same = fresh.title == story.title && fresh.lead == story.lead && fresh.text == story.text;
    let published = better(&story.published, &fresh.published);
    let mut next = Article {
        author: story.author.clone().or_else(|| fresh.author.clone()),
        agency: story.agency.clone().or_else(|| fresh.agency.clone()),
        image: story.image.clone().or_else(|| fresh.image.clone()),
        published: published.clone(),
        priority: fresh.priority,
        withdrawn: story.withdrawn.filter(|_| elsewhere),
        ..story.clone()
    };
    if emptied || same || elsewhere {
        let gained = next != *story;
        return if gained { Decision::Amended(next) } else { Decision::Unchanged(story.id) };
    }
    next.title.clone_from(&fresh.title);
    next.lead.clone_from(&fresh.lead);
    next.html.clone_from(&fresh.html);
    next.text.clone_from(&fresh.text);
    next.author = fresh.author.clone().or(next.author);
    next.image = fresh.image.clone().or(next.image);
    next.revised = fresh.first_seen;
    next.published.updated = fresh.published.updated.or(next.published.updated);
    Decision::Revised(next)
}

/// The first statement of a time stays, unless there was none or the new one states the same day more exactly.
fn better<'a>(first: &'a Published, fresh: &'a Published) -> &'a Published {
    let finer = || {
        first.instant.zip(fresh.instant).is_some_and(|(a, b)| b - a < TimeDelta::days(1) && b >= a)
            && fresh.precision > first.precision
    };
    if fresh.instant.is_some() && (first.instant.is_none() || finer()) { fresh } else { first }
}

fn states_same_time(article: &Article, fresh: &Article) -> bool {
    fresh.published.instant.is_some() && article.published.instant == fresh.published.instant
}

fn agrees(story: &Article, fresh: &Article) -> bool {
    comparison_words(&story.title) == comparison_words(&fresh.title)
        || (!story.text.is_empty() && story.text == fresh.text)
}

/// The article with one more address, or with one more source at its address.
fn with_address(mut article: Article, fresh: &Article) -> Article {
    let (source, address) = (fresh.source.clone(), fresh.address.clone());
    let other = Appearance { source, address, item: None, joined: None };
    let own = article.source == other.source && article.address == other.address;
    if !own && !article.also_in.contains(&other) {
        article.also_in.push(other);
    }
    article
}
