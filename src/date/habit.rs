//! Sources that lie about their clock, recognised from what they print.
//!
//! Two habits are known. A site prints its local clock with the offset of UTC (`2020-08-24T10:08:00+00:00` for 10:08
//! in Hanoi; 45 of 267 Vietnamese domains with date rules in a public crawler do). And the RSS of `NukeViet` prints the
//! month where the minutes belong (`gmdate('D, j M Y H:m:s')`).
//!
//! A single page may prove the first habit: the date that it prints for people, which is local, equals the machine's
//! clock digit for digit where the two instants differ; or its machine time lies hours after the moment of fetching,
//! while the same clock read as local does not. It may as well prove the opposite: the instants agree. A source is
//! called a liar after [`PROOFS_MIN`] proofs and none against; an honest source gives only proofs against, since its
//! printed date and its machine time name one instant, and states no time hours ahead.
//!
//! The second habit is a matter of chance: minutes equal the month once in sixty. [`MONTH_MINUTES_MIN`] items in a
//! row, without any other minute, happen by chance once in 60⁸. Times set by a timetable are no chance, such as a
//! bulletin at eight past every hour; they have no seconds, so only a time with seconds counts as proof.

use chrono::{Datelike, TimeDelta, Timelike};

use super::AHEAD_MAX;
use super::reader::{Dateline, Reader};
use crate::model::{Candidate, Habits, Origin, Precision};

/// Pages that prove a local clock under UTC's name before a source is called by it.
pub const PROOFS_MIN: u32 = 2;
/// Feed items with the month for minutes before a source is called by it.
pub const MONTH_MINUTES_MIN: u32 = 8;
/// A page first seen this long after the time it states says nothing by lying ahead.
const FRESH_MAX: TimeDelta = TimeDelta::days(1);

/// Whether the source's stated offsets are to be passed over.
#[must_use]
pub fn states_local_as_utc(habits: &Habits) -> bool {
    habits.local_as_utc >= PROOFS_MIN && habits.honest == 0
}

/// Whether the minutes of the source's feed are to be passed over.
#[must_use]
pub fn prints_month_for_minutes(habits: &Habits) -> bool {
    habits.month_minutes >= MONTH_MINUTES_MIN && habits.free_minutes == 0
}

/// Adds what the candidates of one new article prove.
pub fn observe(habits: &mut Habits, candidates: &[Candidate], reader: &Reader) {
    match local_as_utc(candidates, reader) {
        Some(true) => habits.local_as_utc += 1,
        Some(false) => habits.honest += 1,
        None => {}
    }
    let plain = Reader { month_minutes: false, ..*reader };
    for read in candidates.iter().filter(|candidate| candidate.origin == Origin::Feed) {
        let Ok(Dateline { instant, precision: Precision::Second, .. }) = plain.read(&read.text) else { continue };
        if instant.minute() != instant.month() {
            habits.free_minutes += 1;
        } else if instant.second() != 0 {
            habits.month_minutes += 1;
        }
    }
}

/// Whether one page proves that its machine times are local clocks under another name, or proves that they are not.
pub(super) fn local_as_utc(candidates: &[Candidate], reader: &Reader) -> Option<bool> {
    let believing = Reader { naive_local: false, ..*reader };
    let doubting = Reader { naive_local: true, ..*reader };
    let shown: Vec<Dateline> = candidates
        .iter()
        .filter(|candidate| matches!(candidate.origin, Origin::Selector | Origin::Time | Origin::Visible))
        .filter_map(|candidate| believing.read(&candidate.text).ok())
        .filter(|dateline| dateline.offset.is_none() && !dateline.clock_form)
        .collect();
    let unbounded = Reader { seen_at: None, ..believing };
    let machine = || candidates.iter().filter(|candidate| is_machine(candidate.origin));
    let stated = machine().filter_map(|candidate| unbounded.read(&candidate.text).ok());
    let stated: Vec<Dateline> = stated.filter(|dateline| dateline.precision > Precision::Day).collect();
    let twice = |one: &Dateline| {
        let other = |other: &&Dateline| other.offset.is_some() && other.offset != one.offset;
        one.offset.is_some() && stated.iter().filter(other).any(|other| other.instant == one.instant)
    };
    // A page that knows one instant by two clocks knows what an offset is.
    if stated.iter().any(twice) {
        return Some(false);
    }
    let mut verdict = None;
    for candidate in machine() {
        let (Ok(stated), Ok(local)) = (unbounded.read(&candidate.text), doubting.read(&candidate.text)) else {
            continue;
        };
        if stated.offset.is_none() || stated.instant == local.instant || stated.precision == Precision::Day {
            continue;
        }
        let ahead =
            reader.seen_at.is_some_and(|seen| stated.instant > seen + AHEAD_MAX && seen - local.instant <= FRESH_MAX);
        let proofs = shown.iter().filter_map(|shown| compare(shown, &stated, &local, reader));
        for lie in proofs.chain(ahead.then_some(true)) {
            if !lie {
                return Some(false);
            }
            verdict = Some(true);
        }
    }
    verdict
}

/// Whether a date printed for people names the local reading of a machine time and not the stated one.
fn compare(shown: &Dateline, stated: &Dateline, local: &Dateline, reader: &Reader) -> Option<bool> {
    let same = |machine: &Dateline| match shown.precision {
        Precision::Day => {
            let day = |dateline: &Dateline| dateline.instant.with_timezone(&reader.zone).date_naive();
            day(shown) == day(machine)
        }
        _ => (shown.instant - machine.instant).abs() < TimeDelta::minutes(1),
    };
    match (same(stated), same(local)) {
        (true, false) => Some(false),
        (false, true) => Some(true),
        _ => None,
    }
}

fn is_machine(origin: Origin) -> bool {
    matches!(origin, Origin::JsonLd | Origin::Meta | Origin::Microdata | Origin::Feed)
}
