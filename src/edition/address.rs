//! Where a feed stands on the site.

use super::{Filter, FilterError};
use crate::model::province;
use crate::publish::Format;

/// The address of a feed without its format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedAddress {
    /// The path under the site's address without the extension, such as `sources/bao-khanh-hoa/feed`.
    pub stem: String,
    /// What the path says.
    pub fixed: Filter,
    /// What the query says.
    pub filter: Filter,
}

impl Default for FeedAddress {
    /// The feed of everything.
    fn default() -> Self {
        Self { stem: "feed".to_owned(), fixed: Filter::default(), filter: Filter::default() }
    }
}

impl FeedAddress {
    /// The feed of everything that a filter leaves.
    #[must_use]
    pub fn filtered(filter: Filter) -> Self {
        Self { filter, ..Self::default() }
    }

    /// The feed narrowed to one of the `sources`, `provinces` or `categories`. A province goes by its slug alone, so
    /// that each feed stands at one address.
    #[must_use]
    pub fn narrowed(kind: &str, name: &str) -> Option<Self> {
        let own = Some(name.to_owned());
        let fixed = match kind {
            "sources" => Filter { source: own, ..Filter::default() },
            "provinces" => Filter { province: Some(province(name)?.slug.to_owned()), ..Filter::default() },
            "categories" => Filter { category: own, ..Filter::default() },
            _ => return None,
        };
        Some(Self { stem: format!("{kind}/{name}/feed"), fixed, filter: Filter::default() })
    }

    /// Reads a path under the site's address, such as `sources/bao-khanh-hoa/feed.xml`, and a query.
    ///
    /// # Errors
    /// When the query holds no filters. `None` when no feed is called so.
    pub fn parse(path: &str, query: &str) -> Result<Option<(Self, Format)>, FilterError> {
        let Some((stem, extension)) = path.rsplit_once('.') else { return Ok(None) };
        let parts: Vec<&str> = stem.split('/').collect();
        let address = match parts[..] {
            ["feed"] => Some(Self::default()),
            [kind, name, "feed"] => Self::narrowed(kind, name),
            _ => None,
        };
        let Some((address, format)) = address.zip(Format::of_extension(extension)) else { return Ok(None) };
        Ok(Some((Self { filter: Filter::from_query(query)?, ..address }, format)))
    }

    /// What path and query say together; the path has the last word.
    #[must_use]
    pub fn all(&self) -> Filter {
        Filter {
            source: self.fixed.source.clone().or(self.filter.source.clone()),
            province: self.fixed.province.clone().or(self.filter.province.clone()),
            category: self.fixed.category.clone().or(self.filter.category.clone()),
            ..self.filter.clone()
        }
    }
}
