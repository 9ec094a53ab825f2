//! One story as one or several papers tell it.

use super::{Appearance, Article, ArticleId, Joined};

/// One paper's article within a story.
#[derive(Clone, Debug, PartialEq)]
pub struct Telling {
    /// As it was read.
    pub article: Article,
    /// Why it belongs to the story; nothing for the one that opened it.
    pub joined: Option<Joined>,
    /// Articles that are never one story with it, as somebody said.
    pub apart: Vec<ArticleId>,
}

/// One story: the article that opened it, which gives it its name and its place, and those that tell the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// The article that opened it.
    pub lead: Telling,
    /// The others, in the order in which they joined.
    pub others: Vec<Telling>,
}

impl Story {
    /// A story that one paper tells.
    #[must_use]
    pub fn of(article: Article) -> Self {
        Self { lead: Telling { article, joined: None, apart: Vec::new() }, others: Vec::new() }
    }

    /// Its name for life.
    #[must_use]
    pub fn id(&self) -> ArticleId {
        self.lead.article.id
    }

    /// All its tellings, the one that opened it first.
    pub fn tellings(&self) -> impl Iterator<Item = &Telling> {
        std::iter::once(&self.lead).chain(&self.others)
    }

    /// The telling that represents it: still to be found on its site, then of the source with the highest priority,
    /// then the most complete, then the first.
    #[must_use]
    pub fn representative(&self) -> &Telling {
        let rank = |telling: &Telling| {
            let article = &telling.article;
            (article.withdrawn.is_none(), article.priority, completeness(article))
        };
        self.others.iter().fold(&self.lead, |best, other| if rank(other) > rank(best) { other } else { best })
    }

    /// The story as it is published: by the words of its representative, under the name and at the place of the article
    /// that opened it, with all its other addresses.
    #[must_use]
    pub fn published(self) -> Article {
        let shown = self.representative().article.id;
        let Self { lead, mut others } = self;
        let shown = others.iter().position(|other| other.article.id == shown);
        let Telling { article: mut story, joined: own, .. } = match shown {
            None => lead,
            Some(at) => {
                let mut shown = others.remove(at);
                let Article { id, first_seen, .. } = lead.article;
                shown.article = Article { id, first_seen, place: Some(lead.article.order()), ..shown.article };
                others.insert(0, lead);
                shown
            }
        };
        for Telling { article: Article { source, address, also_in, .. }, joined, .. } in others {
            story.also_in.push(Appearance { source, address, item: None, joined: joined.or(own) });
            story.also_in.extend(also_in);
        }
        story
    }
}

/// How much of the story an article tells, in steps of twice as many words: small differences between copies leave the
/// first one in its place.
fn completeness(article: &Article) -> Option<u32> {
    article.text.split_whitespace().count().checked_ilog2()
}
