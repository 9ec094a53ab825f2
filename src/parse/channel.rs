//! What a feed says of itself before its first entry: when it changes, and who tells when it has.

use chrono::TimeDelta;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use url::Url;

use crate::model::Channel;

/// Elements before the first entry that are looked at.
const ELEMENTS_MAX: usize = 400;
/// A `ttl` is counted up to a week.
const TTL_MINUTES_MAX: i64 = 7 * 24 * 60;
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Reads `ttl`, `skipHours`, `skipDays` and the links to a hub (RSS 2.0, Atom, JSON Feed); what is not stated is absent.
#[must_use]
pub fn read_channel(text: &str, address: &Url) -> Channel {
    if text.trim_start().starts_with('{') {
        return from_json(text, address);
    }
    let mut reader = Reader::from_str(text.trim_start());
    reader.config_mut().check_end_names = false;
    let mut channel = Channel::default();
    let mut inside = String::new();
    for _ in 0..ELEMENTS_MAX {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                inside = name(&tag);
                if matches!(inside.as_str(), "item" | "entry") {
                    break;
                }
                link(&mut channel, &tag, address);
            }
            Ok(Event::Empty(tag)) => link(&mut channel, &tag, address),
            Ok(Event::Text(text)) => {
                let text = String::from_utf8_lossy(&text);
                state(&mut channel, &inside, text.trim());
            }
            Ok(Event::End(_)) => inside.clear(),
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    channel
}

fn name(tag: &BytesStart) -> String {
    String::from_utf8_lossy(tag.local_name().as_ref()).to_ascii_lowercase()
}

fn state(channel: &mut Channel, inside: &str, text: &str) {
    match inside {
        "ttl" => {
            let minutes = text.parse().ok().filter(|minutes| (1..=TTL_MINUTES_MAX).contains(minutes));
            channel.ttl = minutes.map(TimeDelta::minutes);
        }
        // The specification counts 0 to 23, some publishers 1 to 24.
        "hour" => {
            let hour = text.parse().ok().filter(|hour: &u32| *hour <= 24);
            channel.skip_hours |= hour.map_or(0, |hour| 1 << (hour % 24));
        }
        "day" => {
            let day = DAYS.iter().position(|day| text.eq_ignore_ascii_case(day));
            channel.skip_days |= day.map_or(0, |day| 1 << day);
        }
        _ => {}
    }
}

fn link(channel: &mut Channel, tag: &BytesStart, address: &Url) {
    if name(tag) != "link" {
        return;
    }
    let attribute = |name: &str| {
        let found = tag.attributes().flatten().find(|attribute| attribute.key.as_ref() == name.as_bytes())?;
        Some(html_escape::decode_html_entities(&String::from_utf8_lossy(&found.value)).into_owned())
    };
    let (Some(rel), Some(href)) = (attribute("rel"), attribute("href")) else { return };
    let Ok(target) = address.join(href.trim()) else { return };
    match rel.as_str() {
        "hub" => channel.hub = channel.hub.take().or(Some(target)),
        "self" => channel.topic = channel.topic.take().or(Some(target)),
        _ => {}
    }
}

/// JSON Feed 1.1: `hubs` with a `type` of `WebSub`, and `feed_url`.
fn from_json(text: &str, address: &Url) -> Channel {
    let Ok(feed) = serde_json::from_str::<serde_json::Value>(text) else { return Channel::default() };
    let url = |value: &serde_json::Value| value.as_str().and_then(|text| address.join(text).ok());
    let hubs = feed["hubs"].as_array().into_iter().flatten();
    let mut hub = hubs.filter(|hub| hub["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("websub")));
    Channel { hub: hub.find_map(|hub| url(&hub["url"])), topic: url(&feed["feed_url"]), ..Channel::default() }
}
