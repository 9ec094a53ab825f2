//! The two forms that machines write, read at a glance; all that is not exactly one of them is left to the general reader,
//! which reads these the same.

use chrono::{FixedOffset, NaiveDate, NaiveDateTime};

/// Month names of RFC 2822 §3.3.
const MONTHS: [&[u8; 3]; 12] =
    [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
const WEEKDAYS: [&[u8; 3]; 7] = [b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun"];
/// No zone lies farther from UTC.
const OFFSET_HOURS_MAX: i32 = 14;

/// The clock and the offset that `Mon, 24 Aug 2020 10:08:35 +0700` (RFC 2822) or `2020-08-24T10:08:35+07:00` (RFC 3339,
/// without fractions) states.
pub(super) fn read(text: &str) -> Option<(NaiveDateTime, FixedOffset)> {
    rfc_3339(text.as_bytes()).or_else(|| rfc_2822(text.as_bytes()))
}

fn rfc_3339(text: &[u8]) -> Option<(NaiveDateTime, FixedOffset)> {
    let (date, time) = text.split_at_checked(10)?;
    let [years @ .., b'-', m1, m2, b'-', d1, d2] = date else { return None };
    let day = day(years, number(&[*m1, *m2])?.try_into().ok()?, &[*d1, *d2])?;
    let (time, zone) = time.strip_prefix(b"T")?.split_at_checked(8)?;
    let offset = match zone {
        b"Z" => 0,
        [sign, h1, h2, b':', m1, m2] => seconds(*sign, &[*h1, *h2], &[*m1, *m2])?,
        _ => return None,
    };
    Some((clock(day, time)?, FixedOffset::east_opt(offset)?))
}

fn rfc_2822(text: &[u8]) -> Option<(NaiveDateTime, FixedOffset)> {
    let (weekday, rest) = text.split_at_checked(3)?;
    WEEKDAYS.iter().any(|name| name.eq_ignore_ascii_case(weekday)).then_some(())?;
    let rest = rest.strip_prefix(b", ")?;
    let digits = if rest.get(1)? == &b' ' { 1 } else { 2 };
    let (of_month, rest) = rest.split_at_checked(digits)?;
    let (name, rest) = rest.strip_prefix(b" ")?.split_at_checked(3)?;
    let month = u32::try_from(MONTHS.iter().position(|month| month.eq_ignore_ascii_case(name))?).ok()? + 1;
    let (years, rest) = rest.strip_prefix(b" ")?.split_at_checked(4)?;
    let (time, rest) = rest.strip_prefix(b" ")?.split_at_checked(8)?;
    let offset = match rest.strip_prefix(b" ")? {
        b"GMT" | b"UTC" => 0,
        [sign, h1, h2, m1, m2] => seconds(*sign, &[*h1, *h2], &[*m1, *m2])?,
        _ => return None,
    };
    let day = day(years, month, of_month)?;
    Some((clock(day, time)?, FixedOffset::east_opt(offset)?))
}

fn day(years: &[u8], month: u32, day: &[u8]) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(number(years)?, month, number(day)?.try_into().ok()?)
}

/// `10:08:35`
fn clock(day: NaiveDate, time: &[u8]) -> Option<NaiveDateTime> {
    let [h1, h2, b':', m1, m2, b':', s1, s2] = time else { return None };
    let part = |tens: &u8, ones: &u8| u32::try_from(number(&[*tens, *ones])?).ok();
    day.and_hms_opt(part(h1, h2)?, part(m1, m2)?, part(s1, s2)?)
}

fn seconds(sign: u8, hours: &[u8], minutes: &[u8]) -> Option<i32> {
    let sign = match sign {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours <= OFFSET_HOURS_MAX && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

fn number(digits: &[u8]) -> Option<i32> {
    digits.iter().try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i32::from(digit - b'0')))
}
