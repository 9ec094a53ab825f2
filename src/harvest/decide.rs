//! What an incoming article is: new, revised, a copy, or known. Pure.

use chrono::{DateTime, TimeDelta, Utc};

use crate::dedupe::{COPY_MIN, MergeMode, MergeRules, Told, likeness};
use crate::model::{Appearance, Article, Published};
use crate::store::{Decision, Incoming, Known};
use crate::text::comparison_words;

/// Decides on one article by what the store knows of it.
///
/// An address that is known means its story, whatever became of the text. A guid of the same source means its story
/// when the title or the text agrees, for sources that give one guid to several stories. The same text within the
/// window is a copy, and so is one that tells nearly the same; see [`likeness`].
#[must_use]
pub fn decide(incoming: &Incoming, known: &Known, rules: &MergeRules) -> Decision {
    if let Some(story) = &known.by_address {
        return revise(story, incoming, false);
    }
    if known.dropped {
        return Decision::Dropped;
    }
    if let Some(story) = known.by_guid.as_ref().filter(|story| agrees(story, &incoming.article)) {
        return match revise(story, incoming, true) {
            Decision::Revised(story) | Decision::Amended(story) => Decision::Revised(with_appearance(story, incoming)),
            _ => Decision::Copy(with_appearance(story.clone(), incoming)),
        };
    }
    let twin =
        known.by_text.as_ref().filter(|twin| apart(twin.first_seen, incoming.article.first_seen) <= rules.window);
    let exact = twin.is_some();
    let twin = twin.or_else(|| alike(incoming, known, rules));
    match (twin, rules.mode) {
        (Some(twin), MergeMode::Merge) => Decision::Copy(with_appearance(twin.clone(), incoming)),
        (Some(twin), MergeMode::Off | MergeMode::Link) if exact && twin.source == incoming.article.source => {
            Decision::Copy(with_appearance(twin.clone(), incoming))
        }
        (Some(twin), MergeMode::Link) => {
            let other = Appearance { source: twin.source.clone(), address: twin.address.clone(), item: Some(twin.id) };
            Decision::New(Article { also_in: vec![other], ..incoming.article.clone() })
        }
        _ => Decision::New(incoming.article.clone()),
    }
}

/// The most similar article that tells the same story within the window.
fn alike<'a>(incoming: &Incoming, known: &'a Known, rules: &MergeRules) -> Option<&'a Article> {
    let seen = incoming.article.first_seen;
    let near = known.alike.iter().filter(|other| apart(other.first_seen, seen) <= rules.window);
    let compared = near.map(|other| (likeness(told(&incoming.article), told(other)), other));
    // A paper's own longer report of a short notice is a story of its own.
    let own = |other: &Article| other.source == incoming.article.source;
    let same = compared.filter(|(likeness, other)| likeness.same && (likeness.together >= COPY_MIN || !own(other)));
    same.max_by(|(a, _), (b, _)| a.together.total_cmp(&b.together)).map(|(_, other)| other)
}

fn told(article: &Article) -> Told<'_> {
    Told { title: &article.title, lead: article.lead.as_deref(), text: &article.text }
}

/// A known story, read again at a known address. Its text comes from the address that represents it, unless it moved:
/// sections may print one story under different titles.
fn revise(story: &Article, incoming: &Incoming, moved: bool) -> Decision {
    let fresh = &incoming.article;
    if fresh.source != story.source {
        let known = story.also_in.iter().any(|other| other.source == fresh.source && other.address == fresh.address);
        let own = story.address == fresh.address && story.also_in.iter().any(|other| other.source == fresh.source);
        return if known || own {
            Decision::Unchanged(story.id)
        } else {
            Decision::Amended(with_appearance(story.clone(), incoming))
        };
    }
    let emptied = fresh.text.is_empty() && !story.text.is_empty();
    let elsewhere = fresh.address != story.address && !moved;
    let same = fresh.title == story.title && fresh.lead == story.lead && fresh.text == story.text;
    let published = better(&story.published, &fresh.published);
    let mut next = Article {
        author: story.author.clone().or_else(|| fresh.author.clone()),
        agency: story.agency.clone().or_else(|| fresh.agency.clone()),
        image: story.image.clone().or_else(|| fresh.image.clone()),
        published: published.clone(),
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

fn agrees(story: &Article, fresh: &Article) -> bool {
    comparison_words(&story.title) == comparison_words(&fresh.title)
        || (!story.text.is_empty() && story.text == fresh.text)
}

fn with_appearance(mut story: Article, incoming: &Incoming) -> Article {
    let fresh = &incoming.article;
    let known = story.source == fresh.source && story.address == fresh.address
        || story.also_in.iter().any(|other| other.source == fresh.source && other.address == fresh.address);
    if !known {
        let source = fresh.source.clone();
        story.also_in.push(Appearance { source, address: fresh.address.clone(), item: None });
    }
    story
}

fn apart(a: DateTime<Utc>, b: DateTime<Utc>) -> TimeDelta {
    (a - b).abs()
}
