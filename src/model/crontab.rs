//! Five-field crontab expressions as cron(8) reads them, in a time zone.
//!
//! The `cron` crate knows the calendar but another dialect: it wants seconds first, counts Sunday as 1 and joins the
//! two day fields with "and". This room checks an expression by the rules of crontab(5), translates it, and joins the
//! days as cron(8) does: with "or" when neither day field starts with `*`, with "and" otherwise.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use cron::Schedule;

/// No zone has moved its clock by more than this at once since 1970, but for changes of the date line.
const CLOCK_MOVE_MAX: TimeDelta = TimeDelta::hours(3);

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// The five fields: name, lowest and highest value, and names for the values.
const FIELDS: [Field; 5] = [
    Field { name: "minute", low: 0, high: 59, names: &[] },
    Field { name: "hour", low: 0, high: 23, names: &[] },
    Field { name: "day of month", low: 1, high: 31, names: &[] },
    Field { name: "month", low: 1, high: 12, names: &MONTHS },
    Field { name: "day of week", low: 0, high: 7, names: &DAYS },
];

struct Field {
    name: &'static str,
    low: u32,
    high: u32,
    names: &'static [&'static str],
}

/// A checked crontab expression.
#[derive(Clone, Debug)]
pub struct Crontab {
    text: String,
    /// One schedule, or two of which either may fire.
    schedules: Vec<Schedule>,
    /// The minute or hour field starts with `*`: such jobs follow the real time when a clock moves (cron(8)).
    frequent: bool,
}

/// Why an expression was refused, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CrontabError(String);

impl Crontab {
    /// Reads `minute hour day-of-month month day-of-week`, or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`.
    ///
    /// Monday is 1, Sunday 0 or 7; months and days may be named by their first three English letters.
    ///
    /// # Errors
    /// Names the field and the part that crontab(5) does not allow, or says that the days never come.
    pub fn parse(text: &str) -> Result<Self, CrontabError> {
        let expanded = match text.trim() {
            "@hourly" => "0 * * * *",
            "@daily" | "@midnight" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            "@yearly" | "@annually" => "0 0 1 1 *",
            name if name.starts_with('@') => {
                return refuse(format!("`{name}` is not a time; write @hourly, @daily, @weekly or five fields"));
            }
            fields => fields,
        };
        let fields: Vec<&str> = expanded.split_ascii_whitespace().collect();
        if fields.len() != FIELDS.len() {
            return refuse(format!(
                "a schedule has five fields (minute hour day-of-month month day-of-week), this has {}",
                fields.len()
            ));
        }
        let mut values = Vec::with_capacity(FIELDS.len());
        for (field, text) in FIELDS.iter().zip(&fields) {
            values.push(field.read(text)?);
        }
        let star = |n: usize| fields[n].starts_with('*');
        let days = numbers(&values[2]);
        let weekdays = weekday_names(&values[4]);
        let translate = |days: &str, weekdays: &str| {
            let (minutes, hours, months) = (numbers(&values[0]), numbers(&values[1]), numbers(&values[3]));
            let line = format!("0 {minutes} {hours} {days} {months} {weekdays}");
            Schedule::from_str(&line).map_err(|error| CrontabError(format!("cannot schedule `{text}`: {error}")))
        };
        let schedules = if star(2) || star(4) {
            vec![translate(&days, &weekdays)?]
        } else {
            vec![translate(&days, "*")?, translate("*", &weekdays)?]
        };
        let crontab = Self { text: text.to_owned(), schedules, frequent: star(0) || star(1) };
        if crontab.next_clock(DateTime::UNIX_EPOCH.naive_utc()).is_none() {
            return refuse(format!("`{text}` names a day that no month has"));
        }
        Ok(crontab)
    }

    /// The first run after `moment`, with the clock of `zone`.
    ///
    /// When the clock jumps forward, a job set for a skipped time runs at the jump; when it is set back, a job set
    /// for a repeated time runs once. Jobs whose minute or hour starts with `*` simply follow the clock (cron(8)).
    #[must_use]
    pub fn next_after(&self, moment: DateTime<Utc>, zone: Tz) -> Option<DateTime<Utc>> {
        let local = |moment: DateTime<Utc>| moment.with_timezone(&zone).naive_local();
        let first = self.next_clock(local(moment))?;
        if let MappedLocalTime::Single(instant) = zone.from_local_datetime(&first) {
            let instant = instant.to_utc();
            let offset = |at: DateTime<Utc>| local(at) - at.naive_utc();
            if offset(moment - CLOCK_MOVE_MAX) == offset(instant + CLOCK_MOVE_MAX) {
                return Some(instant);
            }
        }
        let mut best: Option<DateTime<Utc>> = None;
        let mut clock = local(moment) - CLOCK_MOVE_MAX;
        while let Some(next) = self.next_clock(clock) {
            if best.is_some_and(|best| next > local(best) + CLOCK_MOVE_MAX) {
                break;
            }
            let later = self.instants(next, zone).into_iter().filter(|instant| *instant > moment);
            best = later.chain(best).min();
            clock = next;
        }
        best
    }

    fn next_clock(&self, after: NaiveDateTime) -> Option<NaiveDateTime> {
        let after = after.and_utc();
        self.schedules.iter().filter_map(|schedule| schedule.after(&after).next()).min().map(|next| next.naive_utc())
    }

    /// The instants at which a clock of `zone` shows `clock` as far as a job is concerned.
    fn instants(&self, clock: NaiveDateTime, zone: Tz) -> Vec<DateTime<Utc>> {
        match zone.from_local_datetime(&clock) {
            MappedLocalTime::Single(instant) => vec![instant.to_utc()],
            MappedLocalTime::Ambiguous(first, second) if self.frequent => vec![first.to_utc(), second.to_utc()],
            MappedLocalTime::Ambiguous(first, _) => vec![first.to_utc()],
            MappedLocalTime::None if self.frequent => Vec::new(),
            MappedLocalTime::None => jump_over(clock, zone).into_iter().collect(),
        }
    }
}

/// The instant at which a clock of `zone` jumps over `clock`.
fn jump_over(clock: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    let before = |minutes: i64| zone.from_local_datetime(&(clock - TimeDelta::minutes(minutes))).latest();
    let minutes = (1..=CLOCK_MOVE_MAX.num_minutes()).find(|minutes| before(*minutes).is_some())?;
    Some(before(minutes)?.to_utc() + TimeDelta::minutes(1))
}

impl fmt::Display for Crontab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Field {
    /// The values that a field such as `*/10` or `5-23` or `mon,wed` names.
    fn read(&self, text: &str) -> Result<Vec<u32>, CrontabError> {
        let mut values = Vec::new();
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (range, self.number(step, "step").and_then(|step| self.positive(step))?),
                None => (part, 1),
            };
            let (first, last) = match range.split_once('-') {
                _ if range == "*" => (self.low, self.high),
                Some((first, last)) => (self.value(first)?, self.value(last)?),
                None if part.contains('/') => {
                    let high = self.high;
                    return refuse(format!("a step needs a range: write `{range}-{high}/{step}` or `*/{step}`"));
                }
                None => {
                    let value = self.value(range)?;
                    (value, value)
                }
            };
            if first > last {
                return refuse(format!("the {} range `{range}` runs backwards: write two parts", self.name));
            }
            values.extend((first..=last).step_by(step as usize));
        }
        values.sort_unstable();
        values.dedup();
        Ok(values)
    }

    fn value(&self, text: &str) -> Result<u32, CrontabError> {
        let lower = text.to_ascii_lowercase();
        if let Some(at) = self.names.iter().position(|name| *name == lower) {
            return Ok(self.low + u32::try_from(at).unwrap_or_default());
        }
        let value = self.number(text, "value")?;
        if (self.low..=self.high).contains(&value) {
            return Ok(value);
        }
        refuse(format!("{} {value} does not exist: write {} to {}", self.name, self.low, self.high))
    }

    fn number(&self, text: &str, what: &str) -> Result<u32, CrontabError> {
        let digits = !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(number) if digits => Ok(number),
            _ => refuse(format!("`{text}` is no {what} of a {} field", self.name)),
        }
    }

    fn positive(&self, step: u32) -> Result<u32, CrontabError> {
        if step > 0 { Ok(step) } else { refuse(format!("a {} step of 0 never comes", self.name)) }
    }
}

fn numbers(values: &[u32]) -> String {
    values.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

fn weekday_names(values: &[u32]) -> String {
    let mut days: Vec<u32> = values.iter().map(|value| value % 7).collect();
    days.sort_unstable();
    days.dedup();
    days.iter().map(|day| DAYS[*day as usize]).collect::<Vec<_>>().join(",")
}

fn refuse<T>(why: String) -> Result<T, CrontabError> {
    Err(CrontabError(why))
}
