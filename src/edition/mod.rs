//! Which articles a feed, a list or a page holds: the window, narrowed and filtered.

use std::ops::ControlFlow;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::model::{Article, Source, SourceId, province};
use crate::publish::{self, Feed, Site, Window, Withdrawn};
use crate::store::{Store, StoreError};
use crate::text::search_key;

/// A search for words looks at so many articles, the newest.
pub const SEARCHED_ARTICLES_MAX: usize = 20_000;

/// Filters in an address or on the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only this source.
    pub source: Option<String>,
    /// Only sources of this province, or of the former ones that it absorbed.
    pub province: Option<String>,
    /// Only sources of this category.
    pub category: Option<String>,
    /// Words that all stand in title, lead or text, accents aside.
    pub query: Option<String>,
    /// A day such as `2020-08-24` or a span such as `24h`: nothing older.
    pub since: Option<String>,
    /// At most so many, also where the window would hold more.
    pub limit: Option<usize>,
}

/// A filter that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// An unknown key.
    #[error("unknown filter `{0}`; use q, source, province, category, since or limit")]
    Key(String),
    /// A value that means nothing.
    #[error("{key} = `{value}`: {wanted}")]
    Value {
        /// The filter.
        key: &'static str,
        /// What was given.
        value: String,
        /// What to give instead.
        wanted: &'static str,
    },
    /// A source, province or category that no source has.
    #[error("no {0} is called `{1}`")]
    Unknown(&'static str, String),
}

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

impl Filter {
    /// Reads the pairs of an address's query.
    ///
    /// # Errors
    /// Names an unknown key or a useless value.
    pub fn from_pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, FilterError> {
        let mut filter = Self::default();
        for (key, value) in pairs {
            let text = || Some(value.to_owned()).filter(|text| !text.trim().is_empty());
            match key {
                "q" => filter.query = text(),
                "source" => filter.source = text(),
                "province" => filter.province = text(),
                "category" => filter.category = text(),
                "since" => filter.since = text(),
                "limit" => filter.limit = Some(limit(value)?),
                _ => return Err(FilterError::Key(key.to_owned())),
            }
        }
        Ok(filter)
    }

    /// The pairs in one order, as a query of an address.
    #[must_use]
    pub fn to_query(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let limit = self.limit.map(|limit| limit.to_string());
        let pairs = [
            ("q", &self.query),
            ("source", &self.source),
            ("province", &self.province),
            ("category", &self.category),
            ("since", &self.since),
            ("limit", &limit),
        ];
        for (key, value) in pairs {
            if let Some(value) = value {
                query.append_pair(key, value);
            }
        }
        query.finish()
    }
}

fn limit(text: &str) -> Result<usize, FilterError> {
    let wanted = "write a number from 1 on";
    let refuse = || FilterError::Value { key: "limit", value: text.to_owned(), wanted };
    text.parse().ok().filter(|limit| *limit > 0).ok_or_else(refuse)
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
            let unit = province(slug).ok_or_else(|| FilterError::Unknown("province", slug.clone()))?;
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
        let (number, unit) = text.split_at_checked(text.len() - 1).ok_or_else(refuse)?;
        let number: i32 = number.parse().map_err(|_| refuse())?;
        let span = match unit {
            "h" => TimeDelta::hours(number.into()),
            "d" => TimeDelta::days(number.into()),
            _ => return Err(refuse()),
        };
        self.now.checked_sub_signed(span).map(Some).ok_or_else(refuse)
    }

    /// Visits the articles that a filter leaves, newest first; the limit is the visitor's.
    fn visit(&self, filter: &Filter, visit: &mut dyn FnMut(Article) -> ControlFlow<()>) -> Result<(), EditionError> {
        let sources = self.narrowed(filter)?;
        let since = self.since(filter)?;
        let words: Vec<String> =
            filter.query.as_deref().map(search_key).unwrap_or_default().split_whitespace().map(str::to_owned).collect();
        let mut searched = 0;
        self.store.newest(sources.as_deref(), &mut |article| {
            searched += usize::from(!words.is_empty());
            if searched > SEARCHED_ARTICLES_MAX {
                return ControlFlow::Break(());
            }
            if since.is_some_and(|since| article.order() < since) {
                return ControlFlow::Break(());
            }
            if article.withdrawn.is_some() && self.site.withdrawn == Withdrawn::Drop {
                return ControlFlow::Continue(());
            }
            if words.is_empty() || holds(&article, &words) { visit(article) } else { ControlFlow::Continue(()) }
        })?;
        Ok(())
    }

    /// The newest articles that a filter leaves, at most `limit` unless the filter has its own.
    ///
    /// # Errors
    /// When the filter means nothing or the store fails.
    pub fn list(&self, filter: &Filter, limit: usize) -> Result<Vec<Article>, EditionError> {
        let limit = filter.limit.unwrap_or(limit);
        let mut articles = Vec::new();
        self.visit(filter, &mut |article| {
            articles.push(article);
            if articles.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(articles)
    }

    /// The feed that a filter leaves; `path` is its address without the file, `fixed` what the path already says.
    ///
    /// # Errors
    /// When the filter means nothing or the store fails.
    pub fn feed(&self, path: String, filter: &Filter, fixed: &Filter) -> Result<Feed<'_>, EditionError> {
        let all = Filter {
            source: fixed.source.clone().or(filter.source.clone()),
            province: fixed.province.clone().or(filter.province.clone()),
            category: fixed.category.clone().or(filter.category.clone()),
            ..filter.clone()
        };
        let mut window = Window::new(self.site.items, self.site.min_age);
        let mut room = all.limit.unwrap_or(usize::MAX);
        self.visit(&all, &mut |article| {
            room -= 1;
            if window.take(article) && room > 0 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        let find = |id: &SourceId| self.source(id);
        let items = window.into_articles();
        let items = items.iter().map(|article| publish::item(article, self.site, self.zone, &find)).collect();
        let scope = self.scope(fixed);
        Ok(Feed { site: self.site, scope, path, query: filter.to_query(), zone: self.zone, items })
    }

    fn scope(&self, fixed: &Filter) -> Option<String> {
        let source = || {
            let id = fixed.source.as_ref()?;
            self.sources.iter().find(|source| source.id.as_str() == id).map(|source| source.name.clone())
        };
        let province = || fixed.province.as_deref().and_then(province).map(|unit| unit.name.to_owned());
        source().or_else(province).or_else(|| fixed.category.clone())
    }

    /// Every narrowed feed as a pair of its title and its path.
    #[must_use]
    pub fn narrowed_feeds(&self) -> Vec<(String, String)> {
        let enabled = || self.sources.iter().filter(|source| source.enabled);
        let mut feeds = vec![(self.site.title.clone(), "feed.xml".to_owned())];
        feeds.extend(enabled().map(|source| (source.name.clone(), format!("sources/{}/feed.xml", source.id))));
        let units: std::collections::BTreeSet<_> =
            enabled().filter_map(|source| source.province).map(|unit| (unit.slug, unit.name)).collect();
        feeds.extend(units.into_iter().map(|(slug, name)| (name.to_owned(), format!("provinces/{slug}/feed.xml"))));
        let categories: std::collections::BTreeSet<_> =
            enabled().filter_map(|source| source.category.clone()).collect();
        feeds.extend(categories.into_iter().map(|name| (name.clone(), format!("categories/{name}/feed.xml"))));
        feeds
    }

    /// An article as feeds show it.
    #[must_use]
    pub fn item(&self, article: &Article) -> publish::Item {
        publish::item(article, self.site, self.zone, &|id| self.source(id))
    }
}

fn holds(article: &Article, words: &[String]) -> bool {
    let text = [&article.title, article.lead.as_deref().unwrap_or_default(), &article.text].map(search_key).concat();
    words.iter().all(|word| text.contains(&format!(" {word} ")))
}
