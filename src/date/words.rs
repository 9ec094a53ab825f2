//! Which words of a text belong to a dateline: labels, weekdays, view counters.

use super::scan::Token;

/// Words that belong to datelines, folded: labels, weekdays, view counters; Vietnamese, then other languages.
const LABELS: [&str; 121] = [
    "cap",
    "nhat",
    "luc",
    "dang",
    "ngay",
    "xuat",
    "ban",
    "thu",
    "hai",
    "ba",
    "tu",
    "nam",
    "sau",
    "bay",
    "chu",
    "cn",
    "t",
    "th",
    "gio",
    "phut",
    "giay",
    "thang",
    "luot",
    "xem",
    "so",
    "doc",
    "viet",
    "vietnam",
    "vao",
    "hoi",
    "thoi",
    "gian",
    "dua",
    "tin",
    "tao",
    "ngaydang",
    "hang",
    "gmt",
    "utc",
    "ict",
    "z",
    "views",
    "view",
    "published",
    "publish",
    "publication",
    "posted",
    "updated",
    "update",
    "created",
    "last",
    "modified",
    "on",
    "at",
    "by",
    "date",
    "mon",
    "tue",
    "wed",
    "thur",
    "thurs",
    "fri",
    "sat",
    "sun",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "est",
    "edt",
    "pst",
    "pdt",
    "cet",
    "cest",
    "am",
    "vom",
    "von",
    "den",
    "der",
    "um",
    "uhr",
    "datum",
    "stand",
    "erschienen",
    "veroffentlicht",
    "publiziert",
    "erstellt",
    "aktualisiert",
    "letzte",
    "anderung",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonntag",
    "mo",
    "di",
    "mi",
    "do",
    "fr",
    "le",
    "publie",
    "mis",
    "jour",
    "el",
    "publicado",
    "il",
    "pubblicato",
    "em",
    "fecha",
    "du",
    "de",
    "h",
    "a",
    "the",
    "og",
];

/// Words that stand in headers and footers, never in a dateline.
pub(super) const FURNITURE: [&str; 6] = ["hotline", "thoai", "phep", "license", "copyright", "email"];

/// Where the weekday that starts at `at` ends: `Thứ 2`, `T2`, `Thứ Hai`.
pub(super) fn weekday(tokens: &[Token], at: usize) -> Option<usize> {
    match tokens.get(at)? {
        Token::Word(word) if word == "thu" || word == "t" => {
            let next = if tokens.get(at + 1) == Some(&Token::Blank) { at + 2 } else { at + 1 };
            let single = matches!(tokens.get(next), Some(Token::Number(digits)) if digits.len() == 1);
            (single && !matches!(tokens.get(next + 1), Some(Token::Sign(':')))).then_some(next + 1)
        }
        _ => None,
    }
}

/// Whether a weekday is written with its number.
pub(super) fn numbered_weekday(tokens: &[Token]) -> bool {
    (0..tokens.len()).any(|at| weekday(tokens, at).is_some())
}

/// How many words and long numbers are no part of a dateline.
pub(super) fn strangers(tokens: &[Token]) -> usize {
    let mut count = 0;
    for token in tokens {
        match token {
            Token::Word(word) if !LABELS.contains(&word.as_str()) => count += 1,
            _ => {}
        }
    }
    count
}

/// Whether a label says that the time behind it is that of the last change.
pub(super) fn is_update_label(tokens: &[Token]) -> bool {
    let words: Vec<&str> = tokens
        .iter()
        .filter_map(|token| if let Token::Word(word) = token { Some(word.as_str()) } else { None })
        .collect();
    let changed = ["updated", "update", "modified", "aktualisiert", "anderung", "actualizado", "jour"];
    words.windows(2).any(|pair| pair == ["cap", "nhat"]) || words.iter().any(|word| changed.contains(word))
}
