//! Which articles a feed, a list or a page holds: the window, narrowed and filtered, and the archives.

mod address;
mod archive;
mod before;
mod choice;
mod day;
mod filter;
mod query;

use std::ops::ControlFlow;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

pub use address::FeedAddress;
pub use archive::Month;
pub use before::Before;
pub use choice::Edition;
pub use filter::{Filter, FilterError};
pub use query::Query;

use crate::model::{Article, Province, Source, SourceId, province};
use crate::publish::{self, Entry, Feed, Head, History, Site, Withdrawn};
use crate::store::{Met, Store, StoreError};
use crate::text::search_key;

/// A search looks at so many articles, the newest of those that hold all its words and of those whose words are not
/// indexed yet: whether they stand in the order that it asks for, or beside words that it does not want, the text tells.
pub const SEARCHED_ARTICLES_MAX: usize = 20_000;

/// Why articles could not be selected.
#[derive(Debug, thiserror::Error)]
pub enum EditionError {
    /// The filter cannot be used.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is published, and from which sources.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// What the feeds say of themselves.
    pub site: &'a Site,
    /// All sources.
    pub sources: &'a [Source],
    /// The zone of the feeds' own dates.
    pub zone: Tz,
    /// Where articles are kept.
    pub store: &'a dyn Store,
    /// The moment that `since = 24h` counts from.
    pub now: DateTime<Utc>,
}

impl Desk<'_> {
    fn source(&self, id: &SourceId) -> Option<&Source> {
        self.sources.iter().find(|source| source.id == *id)
    }

    /// The sources that a filter leaves; `None` for all there ever were.
    fn narrowed(&self, filter: &Filter) -> Result<Option<Vec<SourceId>>, FilterError> {
        if filter.source.is_none() && filter.province.is_none() && filter.category.is_none() {
            return Ok(None);
        }
        let mut left: Vec<&Source> = self.sources.iter().collect();
        let known = |kind, name: &String, found: bool| {
            if found { Ok(()) } else { Err(FilterError::Unknown(kind, name.clone())) }
        };
        if let Some(name) = &filter.source {
            left.retain(|source| source.id.as_str() == name);
            known("source", name, !left.is_empty())?;
        }
        if let Some(slug) = &filter.province {
            let unit = unit(slug).ok_or_else(|| FilterError::Unknown("province", slug.clone()))?;
            left.retain(|source| source.province.is_some_and(|own| unit.covers(own)));
        }
        if let Some(name) = &filter.category {
            known("category", name, self.sources.iter().any(|source| source.category.as_ref() == Some(name)))?;
            left.retain(|source| source.category.as_ref() == Some(name));
        }
        Ok(Some(left.into_iter().map(|source| source.id.clone()).collect()))
    }

    fn since(&self, filter: &Filter) -> Result<Option<DateTime<Utc>>, FilterError> {
        let Some(text) = &filter.since else { return Ok(None) };
        let wanted = "write a day such as 2020-08-24 or a span such as 24h or 7d";
        let refuse = || FilterError::Value { key: "since", value: text.clone(), wanted };
        if let Ok(day) = text.parse::<NaiveDate>() {
            let midnight = day.and_time(chrono::NaiveTime::MIN).and_local_timezone(self.zone).earliest();
            return midnight.map(|instant| Some(instant.to_utc())).ok_or_else(refuse);
        }
        let (number, unit) = text.len().checked_sub(1).and_then(|at| text.split_at_checked(at)).ok_or_else(refuse)?;
        let number: i32 = number.parse().map_err(|_| refuse())?;
        let span = match unit {
            "h" => TimeDelta::hours(number.into()),
            "d" => TimeDelta::days(number.into()),
            _ => return Err(refuse()),
        };
        self.now.checked_sub_signed(span).map(Some).ok_or_else(refuse)
    }

    /// Visits the articles that a filter leaves, newest first; the limit, and what to show of those that their papers took
    /// down, is the visitor's. What is known is not read, but where texts are searched.
    fn visit(
        &self,
        filter: &Filter,
        before: &Before,
        visit: &mut dyn FnMut(Head, Option<Article>) -> ControlFlow<()>,
    ) -> Result<(), EditionError> {
        let sources = self.narrowed(filter)?;
        let since = self.since(filter)?;
        let query = filter.query.as_deref().map(Query::parse).filter(|query| !query.is_empty());
        let sought = query.as_ref().map(Query::sought).unwrap_or_default();
        let is_known = |id, version| query.is_none() && before.head(id, version).is_some();
        let mut searched = 0;
        self.store.visit(&sought, sources.as_deref(), &is_known, &mut |Met { id, version, article }| {
            searched += usize::from(query.is_some());
            let head = match &article {
                Some(article) => Some(Head::of(article, version)),
                None => before.head(id, version).cloned(),
            };
            let Some(head) = head else { return ControlFlow::Continue(()) };
            if searched > SEARCHED_ARTICLES_MAX || since.is_some_and(|since| head.order < since) {
                return ControlFlow::Break(());
            }
            let is_found = || query.as_ref().zip(article.as_ref()).is_none_or(|(query, article)| query.finds(article));
            if is_found() { visit(head, article) } else { ControlFlow::Continue(()) }
        })?;
        Ok(())
    }

    /// Whether an article is shown that its paper took down, or did not.
    fn shows(&self, is_withdrawn: bool) -> bool {
        !is_withdrawn || self.site.withdrawn == Withdrawn::Keep
    }

    /// The newest articles that a filter leaves, at most `limit` unless the filter has its own.
    ///
    /// # Errors
    /// When the filter means nothing or the store fails.
    pub fn list(&self, filter: &Filter, limit: usize) -> Result<Vec<Article>, EditionError> {
        let mut articles = Vec::new();
        self.each(filter, limit, &mut |article| {
            articles.push(article);
            ControlFlow::Continue(())
        })?;
        Ok(articles)
    }

    /// Shows the articles of [`Desk::list`] one by one to `visit`, until it has seen enough.
    ///
    /// # Errors
    /// When the filter means nothing or the store fails.
    pub fn each(
        &self,
        filter: &Filter,
        limit: usize,
        visit: &mut dyn FnMut(Article) -> ControlFlow<()>,
    ) -> Result<(), EditionError> {
        let mut room = filter.limit.unwrap_or(limit);
        self.visit(filter, &Before::default(), &mut |head, article| {
            if !self.shows(head.is_withdrawn) {
                return ControlFlow::Continue(());
            }
            room -= 1;
            let enough = article.is_some_and(|article| visit(article).is_break()) || room == 0;
            if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    }

    /// Articles as the feed of an address.
    #[must_use]
    pub fn feed_of(&self, address: &FeedAddress, articles: &[Article], history: History) -> Feed<'_> {
        let items = articles.iter().map(|article| Entry::New(Box::new(self.item(article)))).collect();
        self.feed_with(address, items, history)
    }

    fn feed_with(&self, address: &FeedAddress, items: Vec<Entry>, history: History) -> Feed<'_> {
        Feed {
            site: self.site,
            scope: self.scope(&address.fixed),
            stem: address.stem.clone(),
            query: address.filter.to_query(),
            home: address.all().to_query(),
            history,
            zone: self.zone,
            items,
        }
    }

    fn scope(&self, fixed: &Filter) -> Option<String> {
        let source = || {
            let id = fixed.source.as_ref()?;
            self.sources.iter().find(|source| source.id.as_str() == id).map(|source| source.name.clone())
        };
        let province = || fixed.province.as_deref().and_then(unit).map(|unit| unit.name.to_owned());
        source().or_else(province).or_else(|| fixed.category.clone())
    }

    /// The sources that are read.
    fn read(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(|source| source.enabled)
    }

    /// Every narrowed feed as a pair of its title and its path.
    #[must_use]
    pub fn narrowed_feeds(&self) -> Vec<(String, String)> {
        let mut feeds = vec![(self.site.title.clone(), "feed.xml".to_owned())];
        feeds.extend(self.read().map(|source| (source.name.clone(), format!("sources/{}/feed.xml", source.id))));
        let units = self.provinces().into_iter();
        feeds.extend(units.map(|unit| (unit.name.to_owned(), format!("provinces/{}/feed.xml", unit.slug))));
        feeds.extend(self.categories().into_iter().map(|name| (name.clone(), format!("categories/{name}/feed.xml"))));
        feeds
    }

    /// An article as feeds show it.
    #[must_use]
    pub fn item(&self, article: &Article) -> publish::Item {
        publish::item(article, self.site, self.zone, &|id| self.source(id))
    }
}

/// A province by its slug or its name, with or without accents; of today or of before July 2025.
#[must_use]
pub fn unit(name: &str) -> Option<&'static Province> {
    province(name).or_else(|| province(&search_key(name).trim().replace(' ', "-")))
}
