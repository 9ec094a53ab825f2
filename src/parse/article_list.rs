//! The list of articles that VNPT's CMS gives to its own scripts:
//! `GET /sc_service/api/article/list?scUnitMapId=&saArticleCateId=&first=&pageSize=` answers
//! `{"response": [{"title", "pageUrl", "publishDate", …}], "total"}`, with times such as `2020-08-24 10:08:00.0`.
//!
//! Seen in the scripts of baodaklak.vn and in a program that reads vnmedia.vn by it.

use scraper::Html;
use serde_json::Value;
use url::Url;

use super::listing::finds;
use super::nodes::{css, text_of};
use super::{ENTRIES_MAX, ParseError};
use crate::address::{publishable, same_site};
use crate::model::{Listed, Listing, ListingRules};
use crate::text::headline;

/// Articles that one request asks for.
const PAGE_SIZE: usize = 20;

/// The address of the list for a section page, by the ids that the page hides for its scripts.
pub(super) fn address_for(tree: &Html, base: &Url, api: &str) -> Option<Url> {
    let held = |element: scraper::ElementRef| {
        let value = element.value().attr("value").map_or_else(|| text_of(element), str::to_owned);
        Some(value).filter(|value| !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
    };
    let unit = tree.select(css!("#site_id")).find_map(held)?;
    let section = tree.select(css!("#cate_id")).find_map(held)?;
    let mut list = publishable(base, api).filter(|list| same_site(list, base))?;
    list.query_pairs_mut()
        .append_pair("scUnitMapId", &unit)
        .append_pair("saArticleCateId", &section)
        .append_pair("first", "0")
        .append_pair("pageSize", &PAGE_SIZE.to_string());
    Some(list)
}

/// Reads a list as a listing page; nothing when the text is no such list.
///
/// # Errors
/// [`ParseError::NoLinks`] when it holds no article that the rules accept.
pub(super) fn read(text: &str, address: &Url, rules: &ListingRules) -> Option<Result<Listing, ParseError>> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let list: Value = serde_json::from_str(text).ok()?;
    let articles = list.get("response")?.as_array()?;
    let entry = |article: &Value| {
        let told = |key: &str| article.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
        let page = address;
        let address = publishable(page, told("pageUrl")?).filter(|address| same_site(address, page))?;
        let fits = rules.pattern.as_ref().is_none_or(|pattern| finds(pattern, &address));
        let (title, date) = (told("title").map(headline), told("publishDate").map(str::to_owned));
        let lead = told("lead").map(headline);
        // The site's scripts put this in front of a picture's path.
        let picture = told("avatar").filter(|path| path.starts_with('/')).map(|path| format!("/file{path}"));
        let image = picture.and_then(|path| publishable(page, &path));
        fits.then_some(Listed { address, title, date, lead, image })
    };
    let entries: Vec<Listed> = articles.iter().filter_map(entry).take(ENTRIES_MAX).collect();
    if entries.is_empty() {
        return Some(Err(ParseError::NoLinks("in a list of articles".to_owned())));
    }
    let total = list.get("total").and_then(Value::as_u64).unwrap_or_default();
    let next = following(address, articles.len()).filter(|(_, first)| *first < total).map(|(next, _)| next);
    Some(Ok(Listing { entries, next, feeds: Vec::new() }))
}

/// The address of the list's next part, and the number of its first article.
fn following(address: &Url, read: usize) -> Option<(Url, u64)> {
    let first = |(key, value): &(String, String)| (key == "first").then(|| value.parse::<u64>().ok()).flatten();
    let pairs: Vec<(String, String)> = address.query_pairs().into_owned().collect();
    let then = pairs.iter().find_map(first)?.checked_add(u64::try_from(read).ok()?)?;
    let mut next = address.clone();
    next.query_pairs_mut().clear().extend_pairs(pairs.iter().map(|(key, value)| {
        let value = if key == "first" { then.to_string() } else { value.clone() };
        (key.clone(), value)
    }));
    Some((next, then))
}
