//! The words and number patterns that make up a date, a time of day and a zone.

use chrono::{FixedOffset, NaiveDate, NaiveTime};

use super::DateError;
use super::scan::Token;
use crate::model::DateOrder;

/// A pattern that was found: its value and the number of tokens it spans.
pub(super) type Found<T> = Option<(T, usize)>;

/// Month words of the languages that pages linked from Vietnam are written in, folded, by month.
const MONTH_WORDS: [&[&str]; 12] = [
    &[
        "january",
        "jan",
        "januar",
        "janner",
        "januari",
        "janvier",
        "janv",
        "enero",
        "ene",
        "gennaio",
        "gen",
        "janeiro",
        "января",
        "يناير",
    ],
    &[
        "february",
        "feb",
        "februar",
        "februari",
        "fevrier",
        "fevr",
        "fev",
        "febrero",
        "febbraio",
        "fevereiro",
        "февраля",
        "فبراير",
    ],
    &["march", "mar", "marz", "maerz", "mrz", "maart", "mars", "marzo", "marco", "марта", "مارس"],
    &["april", "apr", "avril", "avr", "abril", "abr", "aprile", "апреля", "ابريل"],
    &["may", "mai", "mei", "mayo", "maggio", "mag", "maio", "maj", "мая", "مايو"],
    &["june", "jun", "juni", "juin", "junio", "giugno", "giu", "junho", "июня", "يونيو"],
    &["july", "jul", "juli", "juillet", "juil", "julio", "luglio", "lug", "julho", "июля", "يوليو"],
    &["august", "aug", "aout", "agosto", "ago", "augustus", "augusti", "августа", "اغسطس"],
    &["september", "sept", "sep", "septembre", "septiembre", "settembre", "set", "setembro", "сентября", "سبتمبر"],
    &[
        "october",
        "oct",
        "oktober",
        "okt",
        "octobre",
        "octubre",
        "ottobre",
        "ott",
        "outubro",
        "out",
        "октября",
        "اكتوبر",
    ],
    &["november", "nov", "novembre", "noviembre", "novembro", "ноября", "نوفمبر"],
    &[
        "december",
        "dec",
        "dezember",
        "dez",
        "decembre",
        "diciembre",
        "dic",
        "dicembre",
        "dezembro",
        "декабря",
        "ديسمبر",
    ],
];

/// The Vietnamese month words in order, folded; `mười một` and `mười hai` are two words.
const VIETNAMESE_MONTHS: [(&[&str], u32); 16] = [
    (&["muoi", "mot"], 11),
    (&["muoi", "hai"], 12),
    (&["muoi"], 10),
    (&["mot"], 1),
    (&["gieng"], 1),
    (&["hai"], 2),
    (&["ba"], 3),
    (&["tu"], 4),
    (&["bon"], 4),
    (&["nam"], 5),
    (&["sau"], 6),
    (&["bay"], 7),
    (&["tam"], 8),
    (&["chin"], 9),
    (&["chap"], 12),
    (&["muoimot"], 11),
];

fn number(token: Option<&Token>, digits: std::ops::RangeInclusive<usize>) -> Option<u32> {
    match token {
        Some(Token::Number(text)) if digits.contains(&text.len()) => text.parse().ok(),
        _ => None,
    }
}

fn skip_blanks(tokens: &[Token], at: usize) -> usize {
    at + tokens[at.min(tokens.len())..].iter().take_while(|token| **token == Token::Blank).count()
}

fn separator(tokens: &[Token], at: usize, signs: &str) -> Option<(char, usize)> {
    let sign_at = skip_blanks(tokens, at);
    match tokens.get(sign_at) {
        Some(Token::Sign(sign)) if signs.contains(*sign) => Some((*sign, skip_blanks(tokens, sign_at + 1))),
        _ => None,
    }
}

/// A date that starts at `tokens[0]`, with the reason where the numbers name no day.
pub(super) fn date(tokens: &[Token], order: DateOrder) -> Found<Result<NaiveDate, DateError>> {
    year_first(tokens)
        .or_else(|| year_month_word(tokens))
        .or_else(|| east_asian(tokens))
        .or_else(|| numeric(tokens, order))
        .or_else(|| day_month_word(tokens))
        .or_else(|| month_word_day(tokens))
}

fn day_of(year: u32, month: u32, day: u32) -> Result<NaiveDate, DateError> {
    i32::try_from(year)
        .ok()
        .and_then(|year| NaiveDate::from_ymd_opt(year, month, day))
        .ok_or_else(|| DateError::Impossible(format!("{day:02}/{month:02}/{year}")))
}

/// `2020-08-24`, `2020/08/24`, `2021-10-4`.
fn year_first(tokens: &[Token]) -> Found<Result<NaiveDate, DateError>> {
    let year = number(tokens.first(), 4..=4)?;
    let (sign, at) = separator(tokens, 1, "-/.")?;
    let month = number(tokens.get(at), 1..=2)?;
    let (again, at) = separator(tokens, at + 1, "-/.")?;
    let day = number(tokens.get(at), 1..=2)?;
    (sign == again).then(|| (day_of(year, month, day), at + 1))
}

/// `2020 Aug 24`, as citations of journals have it.
fn year_month_word(tokens: &[Token]) -> Found<Result<NaiveDate, DateError>> {
    let year = number(tokens.first(), 4..=4)?;
    let at = skip_blanks(tokens, 1);
    let (month, used) = month(tokens.get(at..)?)?;
    let at = skip_blanks(tokens, at + used);
    let day = number(tokens.get(at), 1..=2)?;
    Some((day_of(year, month, day), at + 1))
}

/// `2020年8月24日`
fn east_asian(tokens: &[Token]) -> Found<Result<NaiveDate, DateError>> {
    let mut at = 0;
    let mut next = |digits, sign| {
        let value = number(tokens.get(at), digits)?;
        let end = skip_blanks(tokens, at + 1);
        tokens.get(end)?.is_word(&[sign]).then_some(())?;
        at = skip_blanks(tokens, end + 1);
        Some(value)
    };
    let (year, month, day) = (next(4..=4, "年")?, next(1..=2, "月")?, next(1..=2, "日")?);
    Some((day_of(year, month, day), at))
}

/// `24/08/2020`, `24 - 08 - 2020`, `8/24/2020`; missing years are refused, and two-digit ones but for `24.08.20`.
fn numeric(tokens: &[Token], order: DateOrder) -> Found<Result<NaiveDate, DateError>> {
    let first = number(tokens.first(), 1..=2)?;
    let (sign, at) = separator(tokens, 1, "-/.")?;
    let second = number(tokens.get(at), 1..=2)?;
    let Some((again, year_at)) = separator(tokens, at + 1, "-/.").filter(|(again, _)| *again == sign) else {
        let day_like = (1..=31).contains(&first) && (1..=12).contains(&second) && sign == '/';
        return day_like.then_some((Err(DateError::NoYear), at + 1));
    };
    debug_assert_eq!(sign, again);
    let Some(year) = number(tokens.get(year_at), 4..=4) else {
        let short = number(tokens.get(year_at), 2..=2)?;
        // Padded numbers between dots are a day, a month and a year, in this order (DIN 5008).
        let ordered = sign == '.' && year_at == 4 && [0, 2].iter().all(|at| number(tokens.get(*at), 2..=2).is_some());
        let date = if ordered { day_of(2000 + short, second, first) } else { Err(DateError::NoYear) };
        return Some((date, year_at + 1));
    };
    let month_first = if second > 12 { first <= 12 } else { order == DateOrder::Mdy && first <= 12 };
    let (day, month) = if month_first { (second, first) } else { (first, second) };
    Some((day_of(year, month, day), year_at + 1))
}

/// `24 tháng 8 năm 2020`, `07 Tháng Mười Hai 2020`, `1 Tháng Bảy, 2025`, `24 Aug 2020`.
fn day_month_word(tokens: &[Token]) -> Found<Result<NaiveDate, DateError>> {
    let day = number(tokens.first(), 1..=2)?;
    let mut at = skip_blanks(tokens, 1);
    let link = |token: &Token| token.is_sign("-/.,") || token.is_word(&["de", "of", "st", "nd", "rd", "th", "er"]);
    while tokens.get(at).is_some_and(link) {
        at = skip_blanks(tokens, at + 1);
    }
    let (month, used) = month(&tokens[at.min(tokens.len())..])?;
    let (year, used) = year_after(tokens, at + used);
    Some((year.and_then(|year| day_of(year, month, day)), used))
}

/// `Tháng Tám 17, 2020`, `tháng 12 5, 2024`, `August 24, 2020`.
fn month_word_day(tokens: &[Token]) -> Found<Result<NaiveDate, DateError>> {
    let (month, used) = month(tokens)?;
    let at = skip_blanks(tokens, used);
    let day = number(tokens.get(at), 1..=2)?;
    let mut at = at + 1;
    if tokens.get(at).is_some_and(|token| token.is_word(&["st", "nd", "rd", "th"])) {
        at += 1;
    }
    let (year, used) = year_after(tokens, at);
    Some((year.and_then(|year| day_of(year, month, day)), used))
}

fn year_after(tokens: &[Token], at: usize) -> (Result<u32, DateError>, usize) {
    let mut at = skip_blanks(tokens, at);
    while tokens.get(at).is_some_and(|token| token.is_sign(",-/.") || token.is_word(&["nam", "of", "de", "del"])) {
        at = skip_blanks(tokens, at + 1);
    }
    match number(tokens.get(at), 4..=4) {
        Some(year) => (Ok(year), at + 1),
        None => (Err(DateError::NoYear), at),
    }
}

/// `tháng 8`, `Tháng Mười Một`, `Aug`, `August`.
fn month(tokens: &[Token]) -> Found<u32> {
    match tokens.first()? {
        Token::Word(word) if word == "thang" => {
            let at = skip_blanks(tokens, 1);
            if let Some(month) = number(tokens.get(at), 1..=2) {
                return Some((month, at + 1));
            }
            let (words, month) = VIETNAMESE_MONTHS.iter().find(|(words, _)| {
                let mut at = at;
                words.iter().all(|word| {
                    let here = tokens.get(at).is_some_and(|token| token.is_word(&[word]));
                    at = skip_blanks(tokens, at + 1);
                    here
                })
            })?;
            let end = (1..words.len()).fold(at, |at, _| skip_blanks(tokens, at + 1));
            Some((*month, end + 1))
        }
        Token::Word(word) => {
            let at = MONTH_WORDS.iter().position(|words| words.contains(&word.as_str()))?;
            let dot = usize::from(tokens.get(1).is_some_and(|token| token.is_sign(".")));
            Some((u32::try_from(at).ok()? + 1, 1 + dot))
        }
        _ => None,
    }
}

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeOfDay {
    pub(super) time: NaiveTime,
    pub(super) seconds: bool,
    /// `SA` or `CH` stood behind it: the clock of a Vietnamese program.
    pub(super) vietnamese_half: bool,
    /// `4:35:08 PM`: an unpadded hour with seconds, as ASP.NET prints it in its en-US culture.
    pub(super) american: bool,
}

/// A time that starts at `tokens[0]`: `10:08`, `10:08:35`, `12:0`, `11:2'`, `10h08'`, `10 giờ 08 phút`, `6:37 PM`.
pub(super) fn time(tokens: &[Token]) -> Found<Result<TimeOfDay, DateError>> {
    let hour = number(tokens.first(), 1..=2)?;
    let padded = matches!(tokens.first(), Some(Token::Number(digits)) if digits.starts_with('0'));
    let mut minute = 0;
    let mut second = None;
    let mut at = skip_blanks(tokens, 1);
    if tokens.get(1).is_some_and(|token| token.is_sign(":")) {
        minute = number(tokens.get(2), 1..=2)?;
        at = 3;
        if tokens.get(3).is_some_and(|token| token.is_sign(":")) && number(tokens.get(4), 1..=2).is_some() {
            second = number(tokens.get(4), 1..=2);
            at = 5;
            if tokens.get(5).is_some_and(|token| token.is_sign(".,")) && number(tokens.get(6), 1..=9).is_some() {
                at = 7;
            }
        }
    } else if tokens.get(at).is_some_and(|token| token.is_word(&["h", "g", "gio", "hh"])) {
        let word = at;
        at = skip_blanks(tokens, word + 1);
        match number(tokens.get(at), 1..=2) {
            Some(number) => {
                minute = number;
                at += 1;
            }
            None => at = word + 1,
        }
    } else {
        return None;
    }
    let after = skip_blanks(tokens, at);
    if tokens.get(after).is_some_and(|token| token.is_sign("'") || token.is_word(&["p", "ph", "phut"])) {
        at = after + 1;
    }
    let after = skip_blanks(tokens, at);
    let half = tokens.get(after).and_then(half_of_day);
    if half.is_some() {
        at = after + 1;
    }
    let hour = match half {
        Some((true, _)) if hour < 12 => hour + 12,
        Some((false, _)) if hour == 12 => 0,
        _ => hour,
    };
    let time = NaiveTime::from_hms_opt(hour, minute, second.unwrap_or(0))
        .map(|time| TimeOfDay {
            time,
            seconds: second.is_some(),
            vietnamese_half: half.is_some_and(|half| half.1),
            american: half.is_some_and(|half| !half.1) && second.is_some() && !padded,
        })
        .ok_or_else(|| DateError::Impossible(format!("{hour}:{minute:02}")));
    Some((time, at))
}

/// `(afternoon, Vietnamese)`.
fn half_of_day(token: &Token) -> Option<(bool, bool)> {
    let Token::Word(word) = token else { return None };
    match word.as_str() {
        "sa" => Some((false, true)),
        "ch" => Some((true, true)),
        "am" | "ص" => Some((false, false)),
        "pm" | "م" => Some((true, false)),
        _ => None,
    }
}

/// A zone that starts at `tokens[0]`: `GMT+7`, `gMt + 7`, `+0700`, `+07:00`, `+07`, `UTC`, `Z`, `ICT`.
pub(super) fn zone(tokens: &[Token]) -> Found<FixedOffset> {
    match tokens.first()? {
        Token::Word(word) if matches!(word.as_str(), "gmt" | "utc" | "z" | "ut") => {
            let at = skip_blanks(tokens, 1);
            match offset(&tokens[at.min(tokens.len())..]) {
                Some((offset, used)) => Some((offset, at + used)),
                None => FixedOffset::east_opt(0).map(|zero| (zero, 1)),
            }
        }
        Token::Word(word) if word == "ict" => FixedOffset::east_opt(7 * 3600).map(|east| (east, 1)),
        Token::Sign('+') => offset(tokens).filter(|(_, used)| !continues(tokens, *used)),
        // `10:08 - 24/08/2020` holds no offset; a negative one is written in full.
        Token::Sign('-') => offset(tokens).filter(|(_, used)| is_full(tokens) && !continues(tokens, *used)),
        _ => None,
    }
}

/// `-0500`, `-05:00`
fn is_full(tokens: &[Token]) -> bool {
    number(tokens.get(1), 4..=4).is_some() || tokens.get(2).is_some_and(|token| token.is_sign(":"))
}

/// Whether the number before `at` goes on, as that of a date or time does.
fn continues(tokens: &[Token], at: usize) -> bool {
    let at = skip_blanks(tokens, at);
    tokens.get(at).is_some_and(|token| token.is_sign("/-.:"))
}

fn offset(tokens: &[Token]) -> Found<FixedOffset> {
    let sign = match tokens.first()? {
        Token::Sign('+') => 1,
        Token::Sign('-') => -1,
        _ => return None,
    };
    let at = skip_blanks(tokens, 1);
    let Token::Number(digits) = tokens.get(at)? else { return None };
    let (hours, minutes, used): (u32, u32, usize) = match digits.len() {
        1 | 2 if tokens.get(at + 1).is_some_and(|token| token.is_sign(":")) => {
            (digits.parse().ok()?, number(tokens.get(at + 2), 2..=2)?, at + 3)
        }
        1 | 2 => (digits.parse().ok()?, 0, at + 1),
        4 if at == 1 => (digits[..2].parse().ok()?, digits[2..].parse().ok()?, at + 1),
        _ => return None,
    };
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    if hours > 14 || minutes > 59 {
        return None;
    }
    FixedOffset::east_opt(sign * seconds).map(|offset| (offset, used))
}
