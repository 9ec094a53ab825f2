//! `bantin extract`

use std::io::{BufRead, Write};

use chrono::{DateTime, FixedOffset, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use url::Url;

use super::CommandError;
use crate::clock::Clock;
use crate::config::families;
use crate::date::{Reader, write};
use crate::harvest::{Reading, read_page};
use crate::model::{ArticleRules, DateOrder, Origin, Precision};

#[derive(Deserialize)]
struct Input {
    url: String,
    html: String,
    seen_at: Option<String>,
}

#[derive(Default, Serialize)]
struct Output {
    url: String,
    title: Option<String>,
    lead: Option<String>,
    text: Option<String>,
    html: Option<String>,
    author: Option<String>,
    published: Option<String>,
    precision: Option<&'static str>,
    date_origin: Option<&'static str>,
    image: Option<String>,
    canonical: Option<String>,
}

/// Each line in gives one line out; a line that is no page stops the work and is named.
pub(super) fn extract() -> Result<(), CommandError> {
    let clock = Clock::system();
    let rules = ArticleRules { families: families(), ..ArticleRules::default() };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for (number, line) in std::io::stdin().lock().lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let refuse = |why: String| CommandError::Failed(format!("standard input, line {}: {why}", number + 1));
        let input: Input = serde_json::from_str(&line)
            .map_err(|error| refuse(format!("not {{\"url\",\"html\"[,\"seen_at\"]}}: {error}")))?;
        let url = Url::parse(&input.url).map_err(|error| refuse(format!("url `{}`: {error}", input.url)))?;
        let seen_at = match &input.seen_at {
            Some(text) => DateTime::parse_from_rfc3339(text)
                .map_err(|error| refuse(format!("seen_at `{text}`: {error}; write RFC 3339")))?
                .to_utc(),
            None => clock.now(),
        };
        let output = read(&url, &input.html, &rules, seen_at).unwrap_or_default();
        let output = Output { url: input.url, ..output };
        serde_json::to_writer(&mut out, &output).map_err(std::io::Error::from)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}

/// The instant on the clock that the page itself shows: its own offset where it states one, else Hanoi's.
fn stated(instant: DateTime<Utc>, offset_seconds: Option<i32>, zone: Tz) -> String {
    match offset_seconds.and_then(FixedOffset::east_opt) {
        Some(offset) => instant.with_timezone(&offset).format("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        None => write::rfc3339(instant, zone),
    }
}

fn read(url: &Url, html: &str, rules: &ArticleRules, seen_at: DateTime<Utc>) -> Option<Output> {
    let zone = Tz::Asia__Ho_Chi_Minh;
    let reader =
        Reader { order: DateOrder::Dmy, zone, naive_local: false, month_minutes: false, seen_at: Some(seen_at) };
    let Reading { clean, published, canonical, .. } = read_page(html, url, rules, &reader).ok()?;
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    let opening = clean.lead.clone().filter(|_| clean.lead_opens_body);
    let text: Vec<String> = opening.into_iter().chain(some(clean.text)).collect();
    Some(Output {
        url: String::new(),
        title: some(clean.title),
        lead: clean.lead,
        text: some(text.join("\n\n")),
        html: some(clean.html),
        author: clean.author,
        published: published.instant.map(|instant| stated(instant, published.offset_seconds, zone)),
        precision: published.precision.map(Precision::as_str),
        date_origin: published.origin.map(Origin::as_str),
        image: clean.image.map(|image| image.address),
        canonical: canonical.map(String::from),
    })
}
