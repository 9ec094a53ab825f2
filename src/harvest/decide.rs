//! What an incoming article is: new, revised, a copy, or known. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use crate::address::{identity, same_site};
use crate::dedupe::{COPY_MIN, Compared, Fingerprint, Likeness, MergeMode, MergeRules, Told, is_series, likeness};
use crate::model::{Appearance, Article, ArticleId, How, Joined, Published, Story};
use crate::store::{Decision, Incoming, Known};
use crate::text::comparison_words;

/// Tellings of one story that an incoming article is compared with.
const TELLINGS_COMPARED_MAX: usize = 12;

/// Decides on one article by what the store knows of it.
///
/// An address that is known means its article, whatever became of the text; so does the number under which the site
/// files it, when the time, the title or the text agrees. A guid of the same source means its article when the title or
/// the text agrees, for sources that give one guid to several stories. The same text in the same source is one more
/// address of it. Another article within the window that tells the same makes the incoming one a copy; when it tells
/// the same as several stories, they are one.
#[must_use]
pub fn decide(incoming: &Incoming, known: &Known, rules: &MergeRules) -> Decision {
    let fresh = &incoming.article;
    if let Some(article) = &known.by_address {
        // What was gone and is found at another of its addresses has moved there.
        let back = article.withdrawn.is_some() && article.source == fresh.source && !is_same_page(article, fresh);
        return if back { follow(article, fresh) } else { revise(article, fresh) };
    }
    if known.dropped {
        return Decision::Dropped;
    }
    if let Some(article) = known.by_number.as_ref().filter(|article| is_edition(article, fresh)) {
        return follow(article, fresh);
    }
    if let Some(article) = known.by_guid.as_ref().filter(|article| agrees(article, fresh)) {
        return follow(article, fresh);
    }
    if known.stories.is_empty() {
        return Decision::New(fresh.clone());
    }
    let near = |article: &Article| apart(article.first_seen, fresh.first_seen) <= rules.window;
    let print = Fingerprint::of(&fresh.text);
    let prints_same = |article: &Article| print.is_some() && Fingerprint::of(&article.text) == print;
    let is_twin = |article: &Article| prints_same(article) && near(article);
    // A source that states the same time again has moved, however long it was silent.
    let is_own = |article: &Article| {
        let apart = !near(article) || is_series(&article.title, &fresh.title);
        prints_same(article) && (!apart || states_same_time(article, fresh))
    };
    let tellings = known.stories.iter().flat_map(Story::tellings).map(|telling| &telling.article);
    if let Some(twin) = tellings.filter(|article| article.source == fresh.source).find(|article| is_own(article)) {
        // Two sections of a site may print one story; a site that has moved prints it elsewhere.
        let moved = is_elsewhere(twin, fresh) || twin.withdrawn.is_some();
        return if moved { follow(twin, fresh) } else { Decision::Moved(with_address(twin.clone(), fresh)) };
    }
    if rules.mode == MergeMode::Off {
        return Decision::New(fresh.clone());
    }
    match (told_by(fresh, known, &near, &is_twin), rules.mode) {
        ((of, Some(joined)), MergeMode::Merge) => Decision::Copy { article: fresh.clone(), of, joined },
        ((of, Some(_)), MergeMode::Link) => {
            let stories = known.stories.iter().filter(|story| of.first() == Some(&story.id()));
            let links = stories.map(|story| Appearance {
                source: story.lead.article.source.clone(),
                address: story.lead.article.address.clone(),
                item: Some(story.id()),
                joined: None,
            });
            Decision::New(Article { also_in: links.collect(), ..fresh.clone() })
        }
        _ => Decision::New(fresh.clone()),
    }
}

/// The stories that an article tells, the likeliest first, and why.
fn told_by(
    fresh: &Article,
    known: &Known,
    near: &dyn Fn(&Article) -> bool,
    is_twin: &dyn Fn(&Article) -> bool,
) -> (Vec<ArticleId>, Option<Joined>) {
    let incoming = compared(fresh);
    let mut found: Vec<(&Story, f64, How)> = Vec::new();
    for story in &known.stories {
        let tellings = story.tellings().take(TELLINGS_COMPARED_MAX).map(|telling| &telling.article);
        let likenesses: Vec<(&Article, Likeness)> =
            tellings.map(|other| (other, likeness(&incoming, &compared(other)))).collect();
        let same = likenesses.iter().filter_map(|(other, likeness)| {
            // A paper's own longer report of a short notice is a story of its own.
            let alike = likeness.same && (likeness.together >= COPY_MIN || other.source != fresh.source);
            let series = is_series(&other.title, &fresh.title);
            let exact = likeness.together >= COPY_MIN && !series && is_twin(other);
            (near(other) && (exact || alike)).then_some((likeness.score, exact))
        });
        let best = same.max_by(|a, b| (a.1, a.0).partial_cmp(&(b.1, b.0)).unwrap_or(std::cmp::Ordering::Equal));
        // A round-up that holds a notice is no telling of what else is told in the notice's place.
        let fits = likenesses.iter().any(|(_, likeness)| likeness.close)
            || likenesses.iter().all(|(_, likeness)| likeness.related);
        if let Some((score, exact)) = best.filter(|(_, exact)| fits || *exact) {
            found.push((story, score, if exact { How::SameText } else { How::Alike }));
        }
    }
    found.sort_by(|(one, a, _), (other, b, _)| b.total_cmp(a).then(one.id().cmp(&other.id())));
    let mut of: Vec<&Story> = Vec::new();
    for (story, ..) in &found {
        if of.iter().all(|other| are_related(other, story)) {
            of.push(story);
        }
    }
    let joined = found.first().map(|(_, score, how)| Joined { how: *how, score_percent: percent(*score) });
    (of.into_iter().map(Story::id).collect(), joined)
}

/// Whether two stories may be one because an article tells the same as both: those that open them are alike, or any two
/// of their tellings share much.
fn are_related(one: &Story, other: &Story) -> bool {
    let articles = |story| -> Vec<Compared> {
        Story::tellings(story).take(TELLINGS_COMPARED_MAX).map(|telling| compared(&telling.article)).collect()
    };
    let (first, second) = (articles(one), articles(other));
    let opened = first.first().zip(second.first());
    opened.is_some_and(|(a, b)| likeness(a, b).related)
        || first.iter().any(|a| second.iter().any(|b| likeness(a, b).close))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of 0 to 1")]
fn percent(share: f64) -> u8 {
    (share.clamp(0.0, 1.0) * 100.0).round() as u8
}

fn compared(article: &Article) -> Compared {
    Compared::of(Told { title: &article.title, lead: article.lead.as_deref(), text: &article.text })
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
fn revise(story: &Article, fresh: &Article) -> Decision {
    if fresh.source != story.source {
        // Two sources read one page; the one that read it first has it, the other one's list names it too.
        let listed = story.also_in.iter().any(|other| other.item.is_none() && other.source == fresh.source);
        return if listed {
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

fn apart(a: DateTime<Utc>, b: DateTime<Utc>) -> TimeDelta {
    (a - b).abs()
}
