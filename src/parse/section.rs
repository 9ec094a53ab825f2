//! Where a site keeps a section that is no longer at its old address.

use url::Url;

use super::ParseError;
use super::nodes::{base_of, css, document};
use crate::address::{identity, publishable, same_site};

/// Names that say what an address is made of, not which section it is.
const KINDS: [&str; 8] = ["atom", "default", "feed", "feeds", "home", "index", "rss", "sitemap"];

/// Last parts of a home page's path.
const HOMES: [&str; 8] =
    ["default.aspx", "home", "home.aspx", "index.aspx", "index.html", "index.php", "trang-chu", "trang-chu.html"];

/// Whether an address is that of its site's home page.
#[must_use]
pub fn is_home(address: &Url) -> bool {
    let path = address.path().trim_matches('/').to_ascii_lowercase();
    address.query().is_none() && (path.is_empty() || HOMES.contains(&&*path))
}

/// The first link of a page to the section that an old address or feed names, by the last word of its path.
///
/// # Errors
/// [`ParseError::TooDeep`].
pub fn find_section(html: &str, address: &Url, old: &Url) -> Result<Option<Url>, ParseError> {
    let Some(wanted) = name_of(old) else { return Ok(None) };
    let tree = document(html)?;
    let base = base_of(&tree, address);
    let mut links = tree.select(css!("a[href]")).filter_map(|link| publishable(&base, link.value().attr("href")?));
    let is_section = |link: &Url| {
        same_site(link, address) && identity(link) != identity(old) && name_of(link).as_ref() == Some(&wanted)
    };
    Ok(links.find(is_section))
}

/// `xa-hoi` of `/cu/xa-hoi/`, `/xa-hoi.html`, `/rss/xa-hoi.rss` and `/xa-hoi/index.rss`, with the query that goes with it.
fn name_of(address: &Url) -> Option<(String, Option<String>)> {
    let words = address.path().rsplit('/').map(|part| part.split('.').next().unwrap_or_default());
    let name =
        words.filter(|word| !word.is_empty()).find(|word| !KINDS.contains(&word.to_ascii_lowercase().as_str()))?;
    Some((name.to_ascii_lowercase(), address.query().map(str::to_owned)))
}
