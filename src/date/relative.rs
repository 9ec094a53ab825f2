//! Words that count from the moment of fetching: `3 giờ trước`, `hôm qua 10:08`, `50' trước`.

use chrono::TimeDelta;

use super::calendar::{self, TimeOfDay};
use super::scan::Token;
use crate::model::Precision;

/// The longest span that is read; a larger number is no news.
const DAYS_BACK_MAX: i64 = 365 * 30;

/// What the words say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Spoken {
    /// So long ago; negative spans (a server's clock runs ahead) count as none.
    Ago(TimeDelta, Precision),
    /// So many days back, at this time of day.
    DaysBack(i64, Option<TimeOfDay>),
}

pub(super) fn read(tokens: &[Token]) -> Option<Spoken> {
    days_back(tokens).or_else(|| ago(tokens))
}

fn days_back(tokens: &[Token]) -> Option<Spoken> {
    let words: Vec<&Token> = tokens.iter().filter(|token| matches!(token, Token::Word(_))).collect();
    let pair = |second: &str| words.windows(2).any(|pair| pair[0].is_word(&["hom"]) && pair[1].is_word(&[second]));
    let days = match () {
        () if pair("nay") || words.iter().any(|word| word.is_word(&["today"])) => 0,
        () if pair("qua") || words.iter().any(|word| word.is_word(&["yesterday"])) => 1,
        () if pair("kia") => 2,
        () => return None,
    };
    let time = (0..tokens.len()).find_map(|at| calendar::time(&tokens[at..]));
    Some(Spoken::DaysBack(days, time.and_then(|(time, _)| time.ok())))
}

fn ago(tokens: &[Token]) -> Option<Spoken> {
    if tokens.iter().any(|token| token.is_word(&["vua"])) && tokens.iter().any(|token| token.is_word(&["xong"])) {
        return Some(Spoken::Ago(TimeDelta::zero(), Precision::Minute));
    }
    tokens.iter().find(|token| token.is_word(&["truoc", "ago"]))?;
    let mut span: Option<(TimeDelta, Precision)> = None;
    let mut at = 0;
    while at < tokens.len() {
        let Token::Number(digits) = &tokens[at] else {
            at += 1;
            continue;
        };
        let negative = at > 0 && tokens[at - 1].is_sign("-");
        let unit_at = if tokens.get(at + 1) == Some(&Token::Blank) { at + 2 } else { at + 1 };
        if let Some((seconds, precision)) = tokens.get(unit_at).and_then(unit) {
            let amount: i64 = digits.parse().ok()?;
            let total = amount.checked_mul(seconds).filter(|total| *total <= DAYS_BACK_MAX * 86_400)?;
            let part = TimeDelta::seconds(if negative { -total } else { total });
            let (sum, coarsest) = span.unwrap_or((TimeDelta::zero(), precision));
            span = Some((sum + part, coarsest.min(precision)));
        }
        at += 1;
    }
    span.map(|(delta, precision)| Spoken::Ago(delta, precision))
}

/// Seconds in a unit, and how exact a count of it is.
fn unit(token: &Token) -> Option<(i64, Precision)> {
    if token.is_sign("'") {
        return Some((60, Precision::Minute));
    }
    let Token::Word(word) = token else { return None };
    Some(match word.as_str() {
        "giay" | "s" | "second" | "seconds" | "sec" => (1, Precision::Minute),
        "phut" | "p" | "ph" | "minute" | "minutes" | "min" | "mins" => (60, Precision::Minute),
        "gio" | "h" | "hour" | "hours" | "tieng" => (3_600, Precision::Day),
        "ngay" | "day" | "days" | "hom" => (86_400, Precision::Day),
        "tuan" | "week" | "weeks" => (7 * 86_400, Precision::Day),
        "thang" | "month" | "months" => (30 * 86_400, Precision::Day),
        "nam" | "year" | "years" => (365 * 86_400, Precision::Day),
        _ => return None,
    })
}
