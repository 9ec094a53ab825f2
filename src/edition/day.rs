//! The stories of one day, and what there is to choose from.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate, NaiveTime};

use super::{Desk, EditionError, Filter, Query};
use crate::model::{Article, Province, SourceId};

/// Stories of one day on one page.
const DAY_ARTICLES_MAX: usize = 500;

impl Desk<'_> {
    /// The articles of a day on the site's clock that a filter leaves, newest first.
    ///
    /// # Errors
    /// When the filter means nothing or the store fails.
    pub fn of_day(&self, day: NaiveDate, filter: &Filter) -> Result<Vec<Article>, EditionError> {
        let sources = self.narrowed(filter)?;
        let since = self.since(filter)?;
        let query = filter.query.as_deref().map(Query::parse).unwrap_or_default();
        let most = filter.limit.unwrap_or(DAY_ARTICLES_MAX).min(DAY_ARTICLES_MAX);
        let mut articles = Vec::new();
        for id in self.store.between(None, self.midnight(day), self.midnight(next(day)))?.into_iter().rev() {
            let Some(article) = self.store.article(id)? else { continue };
            let of_source = |sources: &Vec<SourceId>| {
                sources.contains(&article.source) || article.also_in.iter().any(|other| sources.contains(&other.source))
            };
            let wanted = sources.as_ref().is_none_or(of_source) && since.is_none_or(|since| article.order() >= since);
            if wanted && self.shows(article.withdrawn.is_some()) && query.finds(&article) {
                articles.push(article);
            }
            if articles.len() == most {
                break;
            }
        }
        Ok(articles)
    }

    /// How many stories of a source each of the last days has, today's last.
    ///
    /// # Errors
    /// When the store fails.
    pub fn per_day(&self, source: &SourceId, days: u64) -> Result<Vec<usize>, EditionError> {
        let today = self.now.with_timezone(&self.zone).date_naive();
        let count = |ago| {
            let day = today.checked_sub_days(Days::new(ago)).unwrap_or(today);
            Ok(self.store.between(Some(source), self.midnight(day), self.midnight(next(day)))?.len())
        };
        (0..days).rev().map(count).collect()
    }

    /// The categories that sources have, by name.
    #[must_use]
    pub fn categories(&self) -> BTreeSet<String> {
        self.read().filter_map(|source| source.category.clone()).collect()
    }

    /// The provinces that sources have, by name.
    #[must_use]
    pub fn provinces(&self) -> Vec<&'static Province> {
        let mut units: Vec<&'static Province> = self.read().filter_map(|source| source.province).collect();
        units.sort_by_key(|unit| unit.slug);
        units.dedup();
        units
    }

    fn midnight(&self, day: NaiveDate) -> chrono::DateTime<chrono::Utc> {
        let midnight = day.and_time(NaiveTime::MIN);
        midnight.and_local_timezone(self.zone).earliest().map_or_else(|| midnight.and_utc(), |start| start.to_utc())
    }
}

fn next(day: NaiveDate) -> NaiveDate {
    day.succ_opt().unwrap_or(day)
}
