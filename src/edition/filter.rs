//! What an address or the command line may ask for.

use std::collections::HashSet;

/// Filters in an address or on the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only this source.
    pub source: Option<String>,
    /// Only sources of this province, or of the former ones that it absorbed.
    pub province: Option<String>,
    /// Only sources of this category.
    pub category: Option<String>,
    /// Words that all stand in title, lead or text, `"phrases"` and `-words` that do not, see [`super::Query`].
    pub query: Option<String>,
    /// A day such as `2020-08-24` or a span such as `24h`: nothing older.
    pub since: Option<String>,
    /// At most so many, also where the window would hold more.
    pub limit: Option<usize>,
}

/// A filter that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Unknown keys, each between backquotes.
    #[error("unknown filter {0}; use q, source, province, category, since or limit")]
    Key(String),
    /// A key that is given again.
    #[error("`{0}` is given twice; give it once")]
    Twice(String),
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

impl Filter {
    /// Reads the pairs of an address's query.
    ///
    /// # Errors
    /// Names an unknown key or a useless value.
    pub fn from_pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, FilterError> {
        let mut filter = Self::default();
        let (mut unknown, mut seen) = (Vec::new(), HashSet::new());
        for (key, value) in pairs {
            let text = || Some(value.to_owned()).filter(|text| !text.trim().is_empty());
            match key {
                "q" => filter.query = text(),
                "source" => filter.source = text(),
                "province" => filter.province = text(),
                "category" => filter.category = text(),
                "since" => filter.since = text(),
                "limit" => filter.limit = Some(limit(value)?),
                _ => unknown.push(format!("`{key}`")),
            }
            if !seen.insert(key) {
                return Err(FilterError::Twice(key.to_owned()));
            }
        }
        if unknown.is_empty() { Ok(filter) } else { Err(FilterError::Key(unknown.join(", "))) }
    }

    /// Reads the query of an address.
    ///
    /// # Errors
    /// As [`Filter::from_pairs`].
    pub fn from_query(query: &str) -> Result<Self, FilterError> {
        let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
        Self::from_pairs(pairs.iter().map(|(key, value)| (key.as_ref(), value.as_ref())))
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
