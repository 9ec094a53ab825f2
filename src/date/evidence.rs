//! All that a page says of its time, weighed.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, TimeDelta, Utc};

use super::habit::local_as_utc;
use super::reader::{Dateline, Reader};
use crate::model::{Candidate, Evidence, Origin, Precision, Published, Verdict};

/// Statements closer than this speak of one publication; farther apart they contradict each other.
pub const AGREEMENT_MAX: TimeDelta = TimeDelta::days(1);

/// A date found by its form that lies so close to the moment of fetching is the page's own clock.
pub const CLOCK_DISTANCE_MAX: TimeDelta = TimeDelta::minutes(2);

/// Evidence keeps the first characters of a text.
const EVIDENCE_CHARS_MAX: usize = 80;

struct Read<'a> {
    candidate: &'a Candidate,
    result: Result<Dateline, String>,
}

/// Weighs all candidates of a page into one statement with its evidence.
///
/// The order of trust is the order of [`Origin`]. The most trusted readable candidate gives the day; a less trusted
/// one that states the same day more exactly gives the clock. A time of the last change serves only where no time of
/// publication is stated.
#[must_use]
pub fn weigh(candidates: &[Candidate], reader: &Reader) -> Published {
    let lies = local_as_utc(candidates, reader) == Some(true);
    let reader = &Reader { naive_local: reader.naive_local || lies, ..*reader };
    let mut reads: Vec<Read> = candidates.iter().map(|candidate| read(candidate, reader)).collect();
    reads.sort_by_key(|read| read.candidate.origin);
    let best = |updated: bool| {
        let usable = reads.iter().filter_map(move |read| {
            let dateline = read.result.as_ref().ok()?;
            (is_update(read.candidate, dateline) == updated).then_some((read.candidate.origin, dateline))
        });
        most_exact(&usable.collect::<Vec<_>>())
    };
    let updated = best(true);
    let chosen = best(false).or_else(|| updated.clone());
    let Some((origin, dateline)) = chosen else {
        let evidence = reads.iter().map(|read| evidence(read, None)).collect();
        return Published { evidence, ..Published::default() };
    };
    let mut list: Vec<Evidence> = reads.iter().map(|read| evidence(read, Some((origin, &dateline)))).collect();
    list.sort_by_key(|evidence| evidence.verdict != Verdict::Used);
    Published {
        instant: Some(dateline.instant),
        precision: Some(dateline.precision),
        origin: Some(origin),
        offset_seconds: dateline
            .offset
            .filter(|_| !reader.naive_local && dateline.precision != Precision::Day)
            .map(|offset| shown_offset(&dateline, offset, &reads, reader)),
        updated: updated.map(|(_, updated)| updated.instant).filter(|updated| *updated > dateline.instant),
        evidence: list,
    }
}

/// The UTC offset of the clock that the page shows, in seconds: the stated one, unless that is zero, as machines have it.
/// Then it is another offset under which the page states this instant, or, where the page names the day before or after
/// for people, the nearest whole hour at which the instant lies on that day.
fn shown_offset(chosen: &Dateline, stated: FixedOffset, reads: &[Read], reader: &Reader) -> i32 {
    let stated_seconds = stated.local_minus_utc();
    if stated_seconds != 0 {
        return stated_seconds;
    }
    let mut readable = reads.iter().filter_map(|read| read.result.as_ref().ok());
    let same = |other: &Dateline| apart(other.instant, chosen.instant) < TimeDelta::seconds(1);
    let elsewhere = readable.find_map(|other| other.offset.filter(|offset| same(other) && *offset != stated));
    if let Some(offset) = elsewhere {
        return offset.local_minus_utc();
    }
    let day_at = |offset: FixedOffset| chosen.instant.with_timezone(&offset).date_naive();
    let shown = reads.iter().find_map(|read| {
        let dateline = read.result.as_ref().ok().filter(|dateline| dateline.offset.is_none())?;
        let people = matches!(read.candidate.origin, Origin::Time | Origin::Visible | Origin::Address);
        people.then(|| dateline.instant.with_timezone(&reader.zone).date_naive())
    });
    let fits = |hours: &i32| FixedOffset::east_opt(hours * 3_600).is_some_and(|offset| Some(day_at(offset)) == shown);
    match (-12..=14).filter(fits).min_by_key(|hours: &i32| hours.abs()) {
        Some(hours) if shown != Some(day_at(stated)) => hours * 3_600,
        _ => stated_seconds,
    }
}

/// Weighs the evidence of a published story once more, by what is known of its source's clock now.
#[must_use]
pub fn reweigh(published: &Published, reader: &Reader) -> Published {
    weigh(&published.candidates(), reader)
}

fn read<'a>(candidate: &'a Candidate, reader: &Reader) -> Read<'a> {
    let printed = matches!(candidate.origin, Origin::Visible | Origin::Page);
    let result = match reader.read(&candidate.text) {
        Ok(dateline) if dateline.clock_form && printed => Err("the form of a header clock".to_owned()),
        Ok(dateline) if printed && is_clock(&dateline, reader) => Err("the page's own clock".to_owned()),
        Ok(dateline) if candidate.origin == Origin::Feed && reader.month_minutes => Ok(reader.day_of(&dateline)),
        Ok(dateline) => Ok(dateline),
        Err(error) => Err(error.to_string()),
    };
    Read { candidate, result }
}

/// A clock shows the moment of fetching; a story published this minute is dated when it is next looked at.
fn is_clock(dateline: &Dateline, reader: &Reader) -> bool {
    let near = |seen: DateTime<Utc>| apart(seen, dateline.instant) <= CLOCK_DISTANCE_MAX;
    dateline.precision > Precision::Day && reader.seen_at.is_some_and(near)
}

fn is_update(candidate: &Candidate, dateline: &Dateline) -> bool {
    candidate.updated || candidate.origin == Origin::FeedUpdated || dateline.updated
}

/// The most trusted date, or the first one behind it that states the same day more exactly.
///
/// A date that people are shown more than a day before the machine's is the publication: editing systems stamp a later
/// edition anew. On 249 dated news pages of many countries the rule was measured to be right more
/// often than wrong.
fn most_exact(usable: &[(Origin, &Dateline)]) -> Option<(Origin, Dateline)> {
    let (origin, first) = *usable.first()?;
    let better = shown_earlier(usable, origin, first).or_else(|| outvoted(usable, origin, first));
    let (origin, first) = better.unwrap_or((origin, first));
    if first.precision == Precision::Day {
        let finer = usable.iter().find(|(_, other)| {
            let within = other.instant - first.instant;
            other.precision > Precision::Day && within >= TimeDelta::zero() && within < TimeDelta::days(1)
        });
        if let Some((origin, finer)) = finer {
            return Some((*origin, (*finer).clone()));
        }
    }
    Some((origin, first.clone()))
}

/// The first date shown to people, when all of them lie before a machine's.
fn shown_earlier<'a>(
    usable: &[(Origin, &'a Dateline)],
    origin: Origin,
    machine: &Dateline,
) -> Option<(Origin, &'a Dateline)> {
    let stamped = matches!(origin, Origin::Meta | Origin::JsonLd | Origin::Microdata);
    let shown = || usable.iter().filter(|(origin, _)| matches!(origin, Origin::Time | Origin::Visible));
    let earlier =
        |dateline: &Dateline| machine.instant - dateline.instant > AGREEMENT_MAX && !is_turned(dateline, machine);
    let all = stamped && shown().all(|(_, dateline)| earlier(dateline));
    shown().find(|_| all).copied()
}

/// Another machine's date, when those shown to people agree with it and none of them with the first.
fn outvoted<'a>(usable: &[(Origin, &'a Dateline)], origin: Origin, first: &Dateline) -> Option<(Origin, &'a Dateline)> {
    let machine = |origin: &Origin| matches!(origin, Origin::Meta | Origin::JsonLd | Origin::Microdata | Origin::Page);
    let shown = || usable.iter().filter(|(origin, _)| matches!(origin, Origin::Time | Origin::Visible));
    let agree = |one: &Dateline, other: &Dateline| apart(one.instant, other.instant) < AGREEMENT_MAX;
    if !machine(&origin) || shown().any(|(_, shown)| agree(shown, first)) {
        return None;
    }
    usable.iter().find(|(other, dateline)| machine(other) && shown().any(|(_, shown)| agree(shown, dateline))).copied()
}

/// Whether one day is the other with day and month exchanged: `01/11/2021` beside `2021-01-11`.
fn is_turned(shown: &Dateline, machine: &Dateline) -> bool {
    // A day's instant lies within a day of the date itself, in any zone.
    let turned = |day: NaiveDate| NaiveDate::from_ymd_opt(day.year(), day.day(), day.month());
    let near = |day: NaiveDate| (day - machine.instant.date_naive()).num_days().abs() <= 1;
    [0, 12].into_iter().any(|hours| {
        let day = (shown.instant + TimeDelta::hours(hours)).date_naive();
        turned(day).is_some_and(near)
    })
}

fn evidence(read: &Read, chosen: Option<(Origin, &Dateline)>) -> Evidence {
    let verdict = match (&read.result, chosen) {
        (Err(reason), _) => Verdict::Refused(reason.clone()),
        (Ok(dateline), Some((origin, used))) if read.candidate.origin == origin && dateline.instant == used.instant => {
            Verdict::Used
        }
        (Ok(dateline), Some((_, used))) if apart(dateline.instant, used.instant) <= AGREEMENT_MAX => Verdict::Agrees,
        (Ok(dateline), _) => Verdict::Differs(dateline.instant),
    };
    let text = &read.candidate.text;
    let end = text.char_indices().nth(EVIDENCE_CHARS_MAX).map_or(text.len(), |(end, _)| end);
    Evidence { origin: read.candidate.origin, text: text[..end].to_owned(), updated: read.candidate.updated, verdict }
}

fn apart(a: DateTime<Utc>, b: DateTime<Utc>) -> TimeDelta {
    (a - b).abs()
}
