//! One text to one instant.

use chrono::{DateTime, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::calendar::{self, TimeOfDay};
use super::scan::{Token, tokens};
use super::words::{FURNITURE, is_update_label, numbered_weekday, strangers, weekday};
use super::{AHEAD_MAX, DateError, YEAR_MIN, machine, relative};
use crate::model::{DateOrder, Precision};

/// Unknown words that a text may hold before or after a bare date and still be a dateline; more is a sentence.
const WORDS_BESIDE_DATE_MAX: usize = 3;
/// The same where a time of day stands beside the date: a byline or the next element's text may be glued on.
const WORDS_BESIDE_TIME_MAX: usize = 8;
/// Tokens that may stand between a date and its time of day: `, Thứ Bảy,` and the like.
const TOKENS_BETWEEN_MAX: usize = 14;

/// A text read as an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dateline {
    /// UTC; for day precision 00:00 of the day in the reader's zone.
    pub instant: DateTime<Utc>,
    /// How exactly it is stated; a clock of exactly 00:00 counts as a day.
    pub precision: Precision,
    /// `Cập nhật` or the like stands before it.
    pub updated: bool,
    /// `Thứ 2, 24/08/2020` alone: the form that header clocks print.
    pub clock_form: bool,
    /// The UTC offset that the text states.
    pub offset: Option<FixedOffset>,
}

/// Reads datelines by the rules of one source.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    /// Which number of `8/9/2020` is the day.
    pub order: DateOrder,
    /// The zone of a clock without offset.
    pub zone: Tz,
    /// Stated offsets are wrong; the clock is local.
    pub naive_local: bool,
    /// The minutes of the source's feed are the month's number, so feed times say the day only.
    pub month_minutes: bool,
    /// The moment of fetching: bounds future dates and anchors `3 giờ trước`.
    pub seen_at: Option<DateTime<Utc>>,
}

impl Reader {
    /// Reads a dateline such as `10:08, 24/08/2020` as an instant.
    ///
    /// Day comes before month unless the source's order says otherwise or the second number exceeds 12. A clock
    /// without offset is in the reader's zone. Also read: ISO 8601 and its broken cousins, RFC 2822, epochs,
    /// `/Date(ms)/`, and words that count from the moment of fetching.
    ///
    /// # Errors
    /// See [`DateError`]; a missing year is never guessed, but for `12/03 08:29` with a known moment of fetching.
    pub fn read(&self, text: &str) -> Result<Dateline, DateError> {
        let trimmed = text.trim();
        let dateline = if let Some((clock, offset)) = machine::read(trimmed) {
            self.at(clock, Some(offset), Precision::Second)
        } else if let Some(dateline) = self.read_epoch(trimmed) {
            dateline
        } else {
            self.read_tokens(&tokens(text))?
        };
        self.plausible(dateline)
    }

    /// The day of a dateline without its clock.
    pub(super) fn day_of(&self, dateline: &Dateline) -> Dateline {
        let day = dateline.instant.with_timezone(&self.zone).date_naive();
        self.at(day.and_time(NaiveTime::MIN), None, Precision::Day)
    }

    fn plausible(&self, dateline: Dateline) -> Result<Dateline, DateError> {
        use chrono::Datelike;
        let year = dateline.instant.year();
        if year < YEAR_MIN {
            return Err(DateError::TooEarly(year));
        }
        if self.seen_at.is_some_and(|seen| dateline.instant > seen + AHEAD_MAX) {
            return Err(DateError::Future(super::write::dateline(dateline.instant, self.zone)));
        }
        Ok(dateline)
    }

    /// Seconds or milliseconds since 1970, `/Date(ms)/`, `20180604131733961`.
    fn read_epoch(&self, text: &str) -> Option<Dateline> {
        let json = text.get(..6).filter(|head| head.eq_ignore_ascii_case("/Date("));
        let digits = json.map(|_| &text[6..]).map_or(text, |rest| {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            &rest[..end]
        });
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let instant = match digits.len() {
            10 => DateTime::from_timestamp(digits.parse().ok()?, 0)?,
            13 => DateTime::from_timestamp_millis(digits.parse().ok()?)?,
            14 | 17 => {
                let clock = NaiveDateTime::parse_from_str(&digits[..14], "%Y%m%d%H%M%S").ok()?;
                return Some(self.at(clock, None, Precision::Second));
            }
            _ => return None,
        };
        Some(Dateline { instant, precision: Precision::Second, updated: false, clock_form: false, offset: None })
    }

    fn read_tokens(&self, tokens: &[Token]) -> Result<Dateline, DateError> {
        if let Some(dateline) = self.read_zone_between(tokens) {
            return Ok(dateline);
        }
        let order = printed_order(tokens).unwrap_or(self.order);
        let Some((start, date, end)) = find_date(tokens, order) else {
            return self.read_relative(tokens);
        };
        let date = match date {
            Err(DateError::NoYear) => {
                let spoken = self.read_relative(tokens);
                return spoken.or_else(|_| self.read_without_year(tokens, DateError::NoYear));
            }
            other => other?,
        };
        let time = match time_beside(tokens, start, end) {
            Some((time, range)) => Some((time?, range)),
            None => None,
        };
        let (first, last) = time.as_ref().map_or((start, end), |(_, range)| (start.min(range.0), end.max(range.1)));
        let (before, after) = (strangers(&tokens[..first]), strangers(&tokens[last..]));
        let max = if time.is_some() { WORDS_BESIDE_TIME_MAX } else { WORDS_BESIDE_DATE_MAX };
        // `Hải Phòng, ngày 8 tháng 12 năm 2019` is how letters and print headers open.
        let letter =
            time.is_none() && before > 0 && tokens[..start].iter().any(|token| token.is_word(&["ngay", "thu"]));
        let sentence = before.max(after) > max || letter;
        if tokens.iter().any(|token| token.is_word(&FURNITURE)) {
            return Err(DateError::Furniture);
        }
        if sentence {
            return Err(DateError::RunningText);
        }
        let updated = is_update_label(&tokens[..first]);
        let Some((time, range)) = time else {
            let clock_form = numbered_weekday(&tokens[..start]);
            let day = self.at(date.and_time(NaiveTime::MIN), None, Precision::Day);
            return Ok(Dateline { updated, clock_form, ..day });
        };
        let clock = date.and_time(time.time);
        let precision = if time.seconds { Precision::Second } else { Precision::Minute };
        let last = if range.1 <= start { [range.1, end] } else { [range.1; 2] };
        let offset = last.into_iter().find_map(|at| zone_behind(tokens, at));
        Ok(Dateline { updated, ..self.at(clock, offset, precision) })
    }

    /// `2020-08-24+0710:08:35`: PHP's `Y-m-dTH:i:s` prints the zone where the `T` should be (`NukeViet` 4,
    /// `modules/news/funcs/detail.php`).
    fn read_zone_between(&self, tokens: &[Token]) -> Option<Dateline> {
        let (date, end) = calendar::date(tokens, self.order)?;
        let [Token::Sign('+'), Token::Number(zone), rest @ ..] = tokens.get(end..)? else { return None };
        let (zone, hour) = zone.split_at_checked(2).filter(|(_, hour)| hour.len() == 2)?;
        let tail: Vec<Token> = [Token::Number(hour.to_owned())].into_iter().chain(rest.iter().cloned()).collect();
        let (time, _) = calendar::time(&tail)?;
        let offset = FixedOffset::east_opt(zone.parse::<i32>().ok()? * 3600);
        Some(self.at(date.ok()?.and_time(time.ok()?.time), offset, Precision::Second))
    }

    /// `12/03 08:29`: the latest such day that is not after the moment of fetching.
    fn read_without_year(&self, tokens: &[Token], error: DateError) -> Result<Dateline, DateError> {
        use chrono::Datelike;
        let seen = self.seen_at.ok_or(error.clone())?;
        let (start, _, end) = find_date(tokens, DateOrder::Dmy).ok_or(error.clone())?;
        let numbers: Vec<u32> = tokens[start..end]
            .iter()
            .filter_map(|token| if let Token::Number(digits) = token { digits.parse().ok() } else { None })
            .collect();
        let ([day, month], Some((Ok(time), _))) = (&numbers[..], time_beside(tokens, start, end)) else {
            return Err(error);
        };
        let this_year = seen.with_timezone(&self.zone).year();
        let dated = |year| NaiveDate::from_ymd_opt(year, *month, *day).map(|date| date.and_time(time.time));
        let precision = if time.seconds { Precision::Second } else { Precision::Minute };
        [this_year, this_year - 1]
            .into_iter()
            .filter_map(dated)
            .map(|clock| self.at(clock, None, precision))
            .find(|dateline| dateline.instant <= seen + AHEAD_MAX)
            .ok_or(error)
    }

    fn read_relative(&self, tokens: &[Token]) -> Result<Dateline, DateError> {
        let Some(spoken) = relative::read(tokens) else { return Err(DateError::NoDate) };
        let seen = self.seen_at.ok_or(DateError::NoReference)?;
        Ok(match spoken {
            relative::Spoken::Ago(delta, precision) => {
                let instant = seen - delta.max(TimeDelta::zero());
                if precision == Precision::Day {
                    let day = instant.with_timezone(&self.zone).date_naive();
                    self.at(day.and_time(NaiveTime::MIN), None, Precision::Day)
                } else {
                    Dateline { instant, precision, updated: false, clock_form: false, offset: None }
                }
            }
            relative::Spoken::DaysBack(days, time) => {
                let day = seen.with_timezone(&self.zone).date_naive() - TimeDelta::days(days);
                match time {
                    Some(TimeOfDay { time, seconds, .. }) => {
                        let precision = if seconds { Precision::Second } else { Precision::Minute };
                        self.at(day.and_time(time), None, precision)
                    }
                    None => self.at(day.and_time(NaiveTime::MIN), None, Precision::Day),
                }
            }
        })
    }

    /// The instant of a clock; exactly 00:00 states no more than the day.
    fn at(&self, clock: NaiveDateTime, offset: Option<FixedOffset>, precision: Precision) -> Dateline {
        let precision = if clock.time() == NaiveTime::MIN { Precision::Day } else { precision };
        let counts = offset.filter(|_| !self.naive_local && precision != Precision::Day);
        let instant = match counts {
            Some(offset) => (clock - TimeDelta::seconds(i64::from(offset.local_minus_utc()))).and_utc(),
            None => match self.zone.from_local_datetime(&clock) {
                MappedLocalTime::Single(instant) | MappedLocalTime::Ambiguous(instant, _) => instant.to_utc(),
                MappedLocalTime::None => clock.and_utc(),
            },
        };
        Dateline { instant, precision, updated: false, clock_form: false, offset }
    }
}

/// The time of day that stands next to a date, on either side.
fn time_beside(tokens: &[Token], start: usize, end: usize) -> Option<FoundTime> {
    let mut best: Option<(usize, FoundTime)> = None;
    let mut at = 0;
    while at < tokens.len() {
        if at == start {
            at = end;
            continue;
        }
        let glued = at > 0 && tokens[at - 1].is_sign(":");
        match calendar::time(&tokens[at..]).filter(|_| !glued) {
            Some((time, used)) => {
                let stop = at + used;
                let between = if at >= end { &tokens[end..at] } else { &tokens[stop.min(start)..start] };
                let apart = at >= end || stop <= start;
                let near = apart && between.len() <= TOKENS_BETWEEN_MAX && strangers(between) == 0;
                if near && best.as_ref().is_none_or(|(distance, _)| between.len() < *distance) {
                    best = Some((between.len(), (time, (at, stop))));
                }
                at = stop;
            }
            None => at += 1,
        }
    }
    best.map(|(_, found)| found)
}

type FoundTime = (Result<TimeOfDay, DateError>, (usize, usize));

/// The order that the clock beside the date gives away: `SA` and `CH` are ASP.NET's vi-VN culture, which is day first;
/// `8/9/2020 4:35:08 PM`, all unpadded, is its en-US culture, which is month first (`NukeViet` pads: `04:07:00 PM`).
fn printed_order(tokens: &[Token]) -> Option<DateOrder> {
    let padded = || matches!(find_date(tokens, DateOrder::Dmy), Some((at, ..)) if starts_with_zero(&tokens[at..]));
    (0..tokens.len()).find_map(|at| match calendar::time(&tokens[at..])? {
        (Ok(TimeOfDay { vietnamese_half: true, .. }), _) => Some(DateOrder::Dmy),
        (Ok(TimeOfDay { american: true, .. }), _) if !padded() => Some(DateOrder::Mdy),
        _ => None,
    })
}

/// Whether the day or month of the date at the start is padded with a zero.
fn starts_with_zero(tokens: &[Token]) -> bool {
    let numbers = tokens.iter().filter_map(|token| if let Token::Number(digits) = token { Some(digits) } else { None });
    numbers.take(2).any(|digits| digits.starts_with('0'))
}

/// The first date of the text: where it starts, what it is, where it ends.
fn find_date(tokens: &[Token], order: DateOrder) -> Option<(usize, Result<NaiveDate, DateError>, usize)> {
    let mut refused = None;
    let mut at = 0;
    while at < tokens.len() {
        if let Some(past) = weekday(tokens, at).filter(|past| *past > at) {
            at = past;
            continue;
        }
        // `10:24/08` is no date, `Ngày đăng:24/08/2020` holds one.
        let numbered = at > 1 && matches!(tokens[at - 2], Token::Number(_));
        let after_number_sign = at > 0 && tokens[at - 1].is_sign(":.") && (numbered || at == 1);
        if let Some((date, used)) = calendar::date(&tokens[at..], order).filter(|_| !after_number_sign) {
            if date.is_ok() {
                return Some((at, date, at + used));
            }
            refused = refused.or(Some((at, date, at + used)));
        }
        at += 1;
    }
    refused
}

fn zone_behind(tokens: &[Token], at: usize) -> Option<FixedOffset> {
    let behind = tokens.get(at..)?;
    let skip = behind
        .iter()
        .take(3)
        .take_while(|token| **token == Token::Blank || token.is_sign("([|,") || token.is_word(&["t"]))
        .count();
    calendar::zone(&behind[skip..]).map(|(zone, _)| zone)
}
