//! Addresses of articles: what is published, and what tells two of them apart.

use std::borrow::Cow;
use std::ops::Range;

use url::Url;

/// Query keys that say where a visitor came from, not what is shown. A key that ends in `*` is a prefix.
///
/// Seen on provincial sites: `utm_*` everywhere, `inheritRedirect` and `redirect` on Liferay portals, `share` on
/// `WordPress`, `zarsrc` and `zalo_*` from Zalo; the rest are the advertising networks' own click marks.
const TRACKING_KEYS: [&str; 21] = [
    "utm_*",
    "zalo_*",
    "zarsrc",
    "fbclid",
    "gclid",
    "gclsrc",
    "dclid",
    "msclkid",
    "yclid",
    "twclid",
    "igshid",
    "mc_cid",
    "mc_eid",
    "_ga",
    "_gl",
    "inheritredirect",
    "redirect",
    "share",
    "replytocom",
    "gidzl",
    "fb_comment_id",
];

/// Shorter numbers at the end of an address may count something in its title.
const NUMBER_DIGITS_MIN: usize = 6;
/// A longer link leads nowhere; servers refuse addresses from about half of it on.
const LINK_BYTES_MAX: usize = 16 << 10;

/// Prefixes of hosts that show the same pages to other devices.
const HOST_TWINS: [&str; 4] = ["www.", "m.", "mobile.", "amp."];

/// The address to publish: as [`resolved`], without fragment and tracking keys.
#[must_use]
pub fn publishable(base: &Url, link: &str) -> Option<Url> {
    resolved(base, link).map(without_tracking)
}

/// The address that `link` means on the page at `base`; http and https only, without a login, and https on the site of
/// a page that came by https.
#[must_use]
pub fn resolved(base: &Url, link: &str) -> Option<Url> {
    let link = link.trim();
    let mut url = (link.len() <= LINK_BYTES_MAX).then(|| base.join(link).ok())??;
    if url.scheme() == "http" && base.scheme() == "https" && same_site(&url, base) {
        // Cannot fail: both schemes are special (URL Standard, "scheme state").
        let _ = url.set_scheme("https");
    }
    matches!(url.scheme(), "http" | "https").then(|| without_login(url))
}

/// The address without a user and a password, which are nobody else's business.
#[must_use]
pub fn without_login(mut url: Url) -> Url {
    // Cannot fail for http and https; other addresses without a host have no login.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

/// The address without login, fragment and tracking keys.
#[must_use]
pub fn without_tracking(url: Url) -> Url {
    let mut url = without_login(url);
    url.set_fragment(None);
    if let Some(query) = url.query() {
        let kept: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && !is_tracking(pair)).collect();
        let kept = kept.join("&");
        url.set_query((!kept.is_empty()).then_some(&kept));
    }
    url
}

/// What two addresses of one page have in common: no scheme, no `www.` or `m.`, no default port, no final slash or
/// `/amp`, parameters in order, percent signs decoded where that is safe.
#[must_use]
pub fn identity(url: &Url) -> String {
    let mut identity = home(url);
    let path = plain_percents(url.path());
    let path = path.trim_end_matches('/');
    identity.push_str(path.strip_suffix("/amp").unwrap_or(path));
    if let Some(query) = url.query() {
        let pairs = query.split('&').filter(|pair| !is_tracking(pair)).map(plain_percents);
        let mut pairs: Vec<Cow<str>> = pairs.filter(|pair| !pair.is_empty()).collect();
        pairs.sort();
        if !pairs.is_empty() {
            identity += &format!("?{}", pairs.join("&"));
        }
    }
    identity
}

/// What the addresses of a site's pages have in common: host and port, as above.
fn home(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    let twin = HOST_TWINS.iter().find_map(|twin| host.strip_prefix(twin)).filter(|rest| rest.contains('.'));
    let mut home = String::with_capacity(url.as_str().len());
    home += twin.unwrap_or(&host);
    if let Some(port) = url.port().filter(|port| ![80, 443].contains(port)) {
        home += &format!(":{port}");
    }
    home
}

/// The host and the number under which a site's editing system files an article, whatever its address says before it:
/// `bao.example#8181690` of `/kinh-te/202008/cau-moi-8181690/`, `-post312785.html`, `-a123456.html`, `-e4914ab/`.
///
/// Numbers of fewer than `NUMBER_DIGITS_MIN` digits and those that may be a day are none.
#[must_use]
pub fn number(url: &Url) -> Option<String> {
    let last = url.path().trim_end_matches('/').rsplit('/').next()?;
    let (slug, tail) = last.split('.').next()?.rsplit_once('-')?;
    let digits = tail.trim_start_matches(|c: char| c.is_ascii_lowercase());
    let long = digits.len() >= NUMBER_DIGITS_MIN && digits.bytes().all(|byte| byte.is_ascii_digit());
    let part = |range: Range<usize>| digits.get(range).and_then(|part| part.parse::<u32>().ok()).unwrap_or_default();
    let day_first =
        (1..=31).contains(&part(0..2)) && (1..=12).contains(&part(2..4)) && (1990..2100).contains(&part(4..8));
    let day = digits.len() == 8 && (digits.starts_with("19") || digits.starts_with("20") || day_first);
    let named = ["", "a", "d", "n", "post", "postid", "art", "id"].contains(&&tail[..tail.len() - digits.len()]);
    // The VNPT family counts in hexadecimal digits, seven of them (since about 2021).
    let hexadecimal = tail.len() == 7
        && tail.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && tail.bytes().filter(u8::is_ascii_digit).count() >= 2;
    let number = if long && named { digits } else { tail };
    let filed = (long && named && !day) || hexadecimal;
    (filed && !slug.is_empty()).then(|| format!("{}#{number}", home(url)))
}

/// Whether both addresses belong to one site: the same host and port, `www.` and `m.` aside.
#[must_use]
pub fn same_site(a: &Url, b: &Url) -> bool {
    let site = |url: &Url| {
        let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
        let bare = HOST_TWINS.iter().find_map(|twin| host.strip_prefix(twin)).unwrap_or(&host).to_owned();
        (bare, url.port_or_known_default().map(|port| if port == 443 { 80 } else { port }))
    };
    site(a) == site(b)
}

fn is_tracking(pair: &str) -> bool {
    let key = pair.split('=').next().unwrap_or_default().to_ascii_lowercase();
    TRACKING_KEYS.iter().any(|tracking| match tracking.strip_suffix('*') {
        Some(prefix) => key.starts_with(prefix),
        None => key == *tracking,
    })
}

/// Decodes the percent signs of unreserved characters (RFC 3986 §6.2.2.2) and writes the others in upper case.
fn plain_percents(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return text.into();
    }
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok()))
            .flatten();
        match code {
            Some(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => out.push(char::from(byte)),
            Some(byte) => out.push_str(&format!("%{byte:02X}")),
            None => {
                let rest = &text[at..];
                let c = rest.chars().next().unwrap_or_default();
                out.push(c);
                at += c.len_utf8();
                continue;
            }
        }
        at += 3;
    }
    out.into()
}
