//! Sites built on one CMS, and what their pages have in common.

use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use fancy_regex::Regex;
use url::Url;

use super::{ArticleRules, Css, ListingRules};

/// A CMS: how its sites are read, and by what its pages are told.
#[derive(Clone, Debug, Default)]
pub struct Family {
    /// Its name in `feeds.toml`, such as `vnpt`.
    pub name: String,
    /// Elements that no other CMS puts on a page.
    pub marks: Option<Css>,
    /// Finds something in the path and query of its articles' addresses and in no other CMS's.
    pub address: Option<Regex>,
    /// How its listings are read; without addresses.
    pub listing: ListingRules,
    /// How its articles are read.
    pub article: ArticleRules,
}

impl Family {
    /// Whether an address alone tells the family.
    #[must_use]
    pub fn has_shape(&self, address: &Url) -> bool {
        let text = &address[url::Position::BeforePath..url::Position::AfterQuery];
        self.address.as_ref().is_some_and(|shape| shape.is_match(text).unwrap_or(false))
    }
}

impl Hash for Family {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Self { name, marks, address, listing, article } = self;
        (name, marks, address.as_ref().map(Regex::as_str), listing, article).hash(state);
    }
}

/// The families by which pages are recognised, in the order in which they are tried; none by default.
#[derive(Clone, Debug)]
pub struct Families {
    families: Arc<[Family]>,
    /// Of all of them: each source of a configuration hashes the same ones.
    hash: u64,
}

impl Default for Families {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Hash for Families {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.hash.hash(state);
    }
}

impl Families {
    /// These families, tried in this order.
    #[must_use]
    pub fn new(families: Vec<Family>) -> Self {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(&families);
        Self { families: families.into(), hash }
    }

    /// The family of this name.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Family> {
        self.families.iter().find(|family| family.name == name)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Family> {
        self.families.iter()
    }
}
