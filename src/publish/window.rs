//! Which articles a feed holds.

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::Article;

/// Takes articles newest first until the feed is full: `items` of them, and all that are no more than `min_age` older
/// than the newest, so that a reader who comes once in that time misses nothing.
///
/// Age counts from the newest article and not from now: a feed changes when an article does, never by itself.
#[derive(Debug)]
pub struct Window {
    items: usize,
    min_age: TimeDelta,
    newest: Option<DateTime<Utc>>,
    taken: Vec<Article>,
}

impl Window {
    /// An empty window.
    #[must_use]
    pub fn new(items: usize, min_age: TimeDelta) -> Self {
        Self { items, min_age, newest: None, taken: Vec::new() }
    }

    /// Takes the next article; `false` when the window is full without it.
    pub fn take(&mut self, article: Article) -> bool {
        let order = article.order();
        let newest = *self.newest.get_or_insert(order);
        let fits = self.taken.len() < self.items || newest - order < self.min_age;
        if fits {
            self.taken.push(article);
        }
        fits
    }

    /// The articles taken.
    #[must_use]
    pub fn into_articles(self) -> Vec<Article> {
        self.taken
    }
}
