//! Everything in the store by months, in feeds that no longer change once the month is over (RFC 5005 §4).

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::{Desk, EditionError, FeedAddress};
use crate::model::{Article, ArticleId};
use crate::publish::{Feed, Format, History};

/// Articles in one archive; a month with more has several.
pub const ARCHIVE_ARTICLES_MAX: usize = 500;

/// How long after its end a month may still gain a late story.
const SETTLED_AFTER: TimeDelta = TimeDelta::days(1);

/// One part of a month's articles, the oldest ones in the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Month {
    first_day: NaiveDate,
    /// From 1 on.
    part: usize,
}

impl Month {
    /// Reads a year and a file name such as `08.xml` or `08-2.json`.
    #[must_use]
    pub fn parse(year: &str, file: &str) -> Option<(Self, Format)> {
        let (stem, extension) = file.split_once('.')?;
        let (month, part) = stem.split_once('-').map_or((stem, Some(1)), |(month, part)| {
            (month, part.parse().ok().filter(|number: &usize| *number > 1 && part == number.to_string()))
        });
        let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return None;
        }
        let first_day = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1)?;
        Some((Self { first_day, part: part? }, Format::of_extension(extension)?))
    }

    fn of(moment: DateTime<Utc>, zone: Tz) -> Self {
        let day = moment.with_timezone(&zone).date_naive();
        Self { first_day: day.with_day(1).unwrap_or(day), part: 1 }
    }

    /// The path under the site's address without the extension.
    #[must_use]
    pub fn stem(self) -> String {
        let month = self.first_day.format("%Y/%m");
        if self.part == 1 { format!("archive/{month}") } else { format!("archive/{month}-{}", self.part) }
    }

    fn start(self, zone: Tz) -> DateTime<Utc> {
        let midnight = self.first_day.and_time(NaiveTime::MIN);
        midnight.and_local_timezone(zone).earliest().map_or_else(|| midnight.and_utc(), |start| start.to_utc())
    }

    fn end(self, zone: Tz) -> DateTime<Utc> {
        let next = self.first_day.checked_add_months(Months::new(1)).unwrap_or(self.first_day);
        Self { first_day: next, part: 1 }.start(zone)
    }

    /// Whether the month is over for good.
    #[must_use]
    pub fn is_settled(self, zone: Tz, now: DateTime<Utc>) -> bool {
        self.end(zone) + SETTLED_AFTER <= now
    }
}

impl Desk<'_> {
    /// An archive; `None` when the month, or its part, has no articles.
    ///
    /// # Errors
    /// When the store fails.
    pub fn archive(&self, month: Month) -> Result<Option<Feed<'_>>, EditionError> {
        let ids = self.month_ids(month)?;
        let from = (month.part - 1).saturating_mul(ARCHIVE_ARTICLES_MAX);
        let Some(own) = ids.get(from..).filter(|own| !own.is_empty()) else { return Ok(None) };
        let own = &own[..own.len().min(ARCHIVE_ARTICLES_MAX)];
        let mut articles: Vec<Article> =
            own.iter().rev().filter_map(|id| self.store.article(*id).transpose()).collect::<Result<_, _>>()?;
        articles.retain(|article| self.shows(article.withdrawn.is_some()));
        let (before, after) = self.store.orders_beside(month.start(self.zone), month.end(self.zone))?;
        let at = |part| Month { part, ..month };
        let prev =
            if month.part > 1 { Some(at(month.part - 1)) } else { before.map(|at| self.last_part(at)).transpose()? };
        let more = from + own.len() < ids.len();
        let next = if more { Some(at(month.part + 1)) } else { after.map(|after| Month::of(after, self.zone)) };
        let closed = self.newest_order()?.is_some_and(|newest| newest >= month.end(self.zone));
        let history = History { archive: true, closed, prev: prev.map(Month::stem), next: next.map(Month::stem) };
        let address = FeedAddress { stem: month.stem(), ..FeedAddress::default() };
        let scope = Some(format!("tháng {}", month.first_day.format("%m/%Y")));
        Ok(Some(Feed { scope, ..self.feed_of(&address, &articles, history) }))
    }

    /// The newest archives, at most so many, the newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn archives(&self, most: usize) -> Result<Vec<Month>, EditionError> {
        let mut found = Vec::new();
        let mut newest = self.newest_order()?;
        while let Some(moment) = newest.filter(|_| found.len() < most) {
            let last = self.last_part(moment)?;
            found.extend((1..=last.part).rev().map(|part| Month { part, ..last }));
            newest = self.store.orders_beside(last.start(self.zone), last.end(self.zone))?.0;
        }
        found.truncate(most);
        Ok(found)
    }

    /// The neighbours of the feed to subscribe to: the newest archive, so that whoever follows the links back misses
    /// nothing. The running month's does not call itself an archive yet, since it still grows.
    pub(super) fn subscription(&self) -> Result<History, EditionError> {
        let newest = self.newest_order()?.map(|newest| self.last_part(newest)).transpose()?;
        Ok(History { prev: newest.map(Month::stem), ..History::default() })
    }

    fn newest_order(&self) -> Result<Option<DateTime<Utc>>, EditionError> {
        Ok(self.store.orders_beside(DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MAX_UTC)?.0)
    }

    /// The last part of the month of a moment.
    fn last_part(&self, moment: DateTime<Utc>) -> Result<Month, EditionError> {
        let month = Month::of(moment, self.zone);
        let part = self.month_ids(month)?.len().div_ceil(ARCHIVE_ARTICLES_MAX).max(1);
        Ok(Month { part, ..month })
    }

    fn month_ids(&self, month: Month) -> Result<Vec<ArticleId>, EditionError> {
        Ok(self.store.between(None, month.start(self.zone), month.end(self.zone))?)
    }
}
