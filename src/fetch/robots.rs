//! robots.txt (RFC 9309), read as Google's published parser reads it: longest rule wins, allow wins a tie.
//!
//! `texting_robots` takes a file that it cannot parse for none and compares whole user-agent lines; `robotstxt` needs
//! cubic time for rules of many stars. So the matching is done here, in linear time, and asserted by Google's cases.

use std::time::Duration;

use chrono::TimeDelta;
use memchr::memmem;
use url::{Position, Url};

/// The name that a robots.txt group must carry to mean this program.
pub const PRODUCT: &str = "bantin";
/// How long a robots.txt counts (RFC 9309 §2.4).
pub(super) const FRESH: TimeDelta = TimeDelta::hours(24);
/// How long an unreachable robots.txt shuts a host before it is asked for again.
pub(super) const RETRY: TimeDelta = TimeDelta::minutes(10);
/// Of a longer line only so much is read: eight times the longest address of an old browser, as Google does.
const LINE_BYTES_MAX: usize = 2_083 * 8 - 1;

/// What a host's robots.txt says to one product.
#[derive(Debug, Default)]
pub struct Robots {
    ours: Group,
    everyones: Group,
    /// A group names the product, so that everyone's does not count.
    named: bool,
}

#[derive(Debug, Default)]
struct Group {
    rules: Vec<Rule>,
    delay: Option<Duration>,
}

#[derive(Debug)]
struct Rule {
    allow: bool,
    /// A path with `*` and a closing `$`, percent-encoded.
    pattern: Vec<u8>,
}

impl Robots {
    /// Reads what a file says to `product`. Never fails: a line that means nothing is passed over.
    #[must_use]
    pub fn read(product: &str, text: &[u8]) -> Self {
        let mut robots = Self::default();
        let (mut ours, mut everyones, mut rules_seen) = (false, false, false);
        for line in text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).split(|byte| matches!(byte, b'\n' | b'\r')) {
            let Some((key, value)) = key_and_value(&line[..line.len().min(LINE_BYTES_MAX)]) else { continue };
            match Key::of(key) {
                Key::UserAgent => {
                    if std::mem::take(&mut rules_seen) {
                        (ours, everyones) = (false, false);
                    }
                    let named = !product.is_empty() && token(value).eq_ignore_ascii_case(product.as_bytes());
                    everyones |= value.first() == Some(&b'*') && value.get(1).is_none_or(u8::is_ascii_whitespace);
                    ours |= named;
                    robots.named |= named;
                }
                Key::Rule(allow) if ours || everyones => {
                    rules_seen = true;
                    let rule = Rule { allow, pattern: escaped(value) };
                    robots.group(ours).rules.push(rule);
                }
                Key::CrawlDelay if ours || everyones => {
                    rules_seen = true;
                    let delay = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
                    let delay = delay.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
                    let group = robots.group(ours);
                    group.delay = group.delay.or(delay);
                }
                Key::Rule(_) | Key::CrawlDelay | Key::Other => {}
            }
        }
        robots
    }

    fn group(&mut self, ours: bool) -> &mut Group {
        if ours { &mut self.ours } else { &mut self.everyones }
    }

    fn spoken(&self) -> &Group {
        if self.named { &self.ours } else { &self.everyones }
    }

    /// Whether a page may be read.
    #[must_use]
    pub fn allows(&self, url: &Url) -> bool {
        self.allows_path(&url[Position::BeforePath..Position::AfterQuery])
    }

    /// Whether a path with its query, percent-encoded as in an address, may be read.
    #[must_use]
    pub fn allows_path(&self, path: &str) -> bool {
        let longest = |allow| {
            let rules = self.spoken().rules.iter().filter(|rule| rule.allow == allow);
            rules.filter_map(|rule| rule.weight(path.as_bytes())).max().unwrap_or_default()
        };
        path == "/robots.txt" || longest(true) >= longest(false)
    }

    /// The Crawl-delay, when one is stated and is a usable number.
    #[must_use]
    pub fn delay(&self) -> Option<Duration> {
        self.spoken().delay
    }
}

impl Rule {
    /// The length of the pattern when it matches; an allowed `index.html` also allows its directory.
    fn weight(&self, path: &[u8]) -> Option<usize> {
        if matches(path, &self.pattern) {
            return Some(self.pattern.len());
        }
        let slash = memchr::memrchr(b'/', &self.pattern).filter(|_| self.allow)?;
        let directory = self.pattern[slash..].starts_with(b"/index.htm").then(|| &self.pattern[..=slash])?;
        matches(path, &[directory, b"$"].concat()).then_some(directory.len() + 1)
    }
}

enum Key {
    UserAgent,
    /// Allow, or else disallow.
    Rule(bool),
    CrawlDelay,
    Other,
}

impl Key {
    /// Common misspellings count, as with Google.
    fn of(key: &[u8]) -> Self {
        let key = key.to_ascii_lowercase();
        let is = |names: &[&str]| names.iter().any(|name| key.starts_with(name.as_bytes()));
        if is(&["user-agent", "useragent", "user agent"]) {
            Self::UserAgent
        } else if is(&["allow"]) {
            Self::Rule(true)
        } else if is(&["disallow", "dissallow", "dissalow", "disalow", "diasllow", "disallaw"]) {
            Self::Rule(false)
        } else if is(&["crawl-delay", "crawldelay"]) {
            Self::CrawlDelay
        } else {
            Self::Other
        }
    }
}

/// Splits `key: value # comment`; a blank may stand for a forgotten colon when only two words are there.
fn key_and_value(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = memchr::memchr(b'#', line).map_or(line, |at| &line[..at]).trim_ascii();
    let colon = memchr::memchr(b':', line);
    let at = colon.or_else(|| {
        let blank = line.iter().position(u8::is_ascii_whitespace)?;
        let rest = line[blank..].trim_ascii();
        (!rest.iter().any(u8::is_ascii_whitespace)).then_some(blank)
    })?;
    let key = line[..at].trim_ascii();
    (!key.is_empty()).then(|| (key, line[at + 1..].trim_ascii()))
}

/// The part of a user-agent line that names a product (RFC 9309 §2.2.1).
fn token(value: &[u8]) -> &[u8] {
    let end = value.iter().position(|byte| !(byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_')));
    &value[..end.unwrap_or(value.len())]
}

/// Percent-encodes what is not ASCII and writes the hexadecimal digits of escapes large.
fn escaped(path: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.len());
    let mut at = 0;
    while at < path.len() {
        match &path[at..] {
            [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                out.extend([b'%', high.to_ascii_uppercase(), low.to_ascii_uppercase()]);
                at += 3;
                continue;
            }
            [byte, ..] if !byte.is_ascii() => out.extend(format!("%{byte:02X}").bytes()),
            [byte, ..] => out.push(*byte),
            [] => {}
        }
        at += 1;
    }
    out
}

/// Whether a path begins as a pattern says: `*` stands for anything, a closing `$` for the end of the path.
fn matches(path: &[u8], pattern: &[u8]) -> bool {
    let (pattern, to_the_end) = pattern.strip_suffix(b"$").map_or((pattern, false), |pattern| (pattern, true));
    let mut parts = pattern.split(|byte| *byte == b'*');
    let Some(mut rest) = path.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return !to_the_end || rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if to_the_end && parts.peek().is_none() {
            return rest.ends_with(part);
        }
        let Some(at) = memmem::find(rest, part) else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}
