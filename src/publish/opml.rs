//! OPML 2.0: one outline a feed.

use super::Site;

/// Lists feeds, given as pairs of a title and a path under the site's address.
#[must_use]
pub fn opml(site: &Site, feeds: &[(String, String)]) -> Vec<u8> {
    let escape = |text: &str| html_escape::encode_double_quoted_attribute(text).into_owned();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<opml version=\"2.0\">\n<head><title>");
    out.push_str(&html_escape::encode_text(&site.title));
    out.push_str("</title></head>\n<body>\n");
    for (title, path) in feeds {
        let address = site.url.join(path).map_or_else(|_| site.url.to_string(), String::from);
        let (title, address) = (escape(title), escape(&address));
        out.push_str(&format!(
            "<outline type=\"rss\" text=\"{title}\" title=\"{title}\" xmlUrl=\"{address}\" htmlUrl=\"{}\"/>\n",
            escape(site.url.as_str())
        ));
    }
    out.push_str("</body>\n</opml>\n");
    out.into_bytes()
}
