use bantin::date::{Reader, weigh, write};
use bantin::model::{Candidate, DateOrder, Origin, Precision, Verdict};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

const HANOI: Tz = Tz::Asia__Ho_Chi_Minh;

fn reader() -> Reader {
    Reader {
        order: DateOrder::Dmy,
        zone: HANOI,
        naive_local: false,
        month_minutes: false,
        seen_at: Some(instant("2026-11-24T01:15:00Z")),
    }
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Reads `text` and compares with `2020-08-24T10:08` (or with seconds, or the day alone) on a clock in Hanoi.
#[track_caller]
fn reads_by(reader: &Reader, text: &str, expected: &str) {
    let read = reader.read(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    let form = match read.precision {
        Precision::Day => "%Y-%m-%d",
        Precision::Minute => "%Y-%m-%dT%H:%M",
        Precision::Second => "%Y-%m-%dT%H:%M:%S",
    };
    assert_eq!(read.instant.with_timezone(&HANOI).format(form).to_string(), expected, "{text:?}");
}

#[track_caller]
fn refused(text: &str, reason: &str) {
    let error = reader().read(text).unwrap_err().to_string();
    assert!(error.contains(reason), "{text:?}: {error}");
}

#[test]
fn every_form_in_the_table_is_read() {
    let table = include_str!("fixtures/datelines.tsv");
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let (text, expected) = line.split_once('\t').unwrap();
        reads_by(&reader(), text, expected);
    }
}

#[test]
fn case_and_unicode_form_and_blanks_do_not_matter() {
    let table = include_str!("fixtures/datelines.tsv");
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let (text, expected) = line.split_once('\t').unwrap();
        reads_by(&reader(), &text.to_uppercase(), expected);
        reads_by(&reader(), &text.nfd().collect::<String>(), expected);
        reads_by(&reader(), &text.replace(' ', "\u{a0}"), expected);
    }
}

#[test]
fn words_count_from_the_moment_of_fetching() {
    reads_by(&reader(), "50' trước", "2026-11-24T07:25");
    reads_by(&reader(), "3 giờ trước", "2026-11-24");
    reads_by(&reader(), "Hôm qua 10:08", "2026-11-23T10:08");
    reads_by(&reader(), "Hôm nay, 07:00", "2026-11-24T07:00");
    reads_by(&reader(), "2 tháng 2 tuần trước", "2026-09-11");
    reads_by(&reader(), "-5882 giây trước", "2026-11-24T08:15");
    reads_by(&reader(), "12/03 08:29", "2026-03-12T08:29");
    let nowhere = Reader { seen_at: None, ..reader() };
    assert!(nowhere.read("3 giờ trước").is_err());
    assert!(nowhere.read("12/03 08:29").is_err());
}

#[test]
fn month_first_only_where_the_source_says_so_or_the_numbers_do() {
    let american = Reader { order: DateOrder::Mdy, ..reader() };
    reads_by(&american, "8/9/2020 4:35:08 PM", "2020-08-09T16:35:08");
    reads_by(&american, "24/08/2020 10:08:35 SA", "2020-08-24T10:08:35");
    reads_by(&american, "8/9/2020 2:46:54 CH", "2020-09-08T14:46:54");
    reads_by(&american, "8/9/2020 16:35", "2020-08-09T16:35");
    reads_by(&reader(), "8/9/2020 16:35", "2020-09-08T16:35");
    reads_by(&reader(), "8/9/2020 4:35:08 PM", "2020-08-09T16:35:08");
    reads_by(&reader(), "04/08/2017 04:07:00 PM", "2017-08-04T16:07:00");
    reads_by(&reader(), "8/24/2020 10:08:35 AM", "2020-08-24T10:08:35");
}

#[test]
fn a_wrong_offset_is_read_as_local_where_the_source_says_so() {
    let local = Reader { naive_local: true, ..reader() };
    reads_by(&local, "2020-08-24T10:08:00+00:00", "2020-08-24T10:08:00");
    reads_by(&reader(), "2020-08-24T10:08:00+00:00", "2020-08-24T17:08:00");
}

#[test]
fn dates_of_other_languages_are_read() {
    reads_by(&reader(), "24.08.20", "2020-08-24");
    reads_by(&reader(), "2020 Aug 24", "2020-08-24");
    reads_by(&reader(), "الاثنين، 24 أغسطس 2020 - 10:08 م", "2020-08-24T22:08");
    reads_by(&reader(), "24 августа 2020, 10:08", "2020-08-24T10:08");
    reads_by(&reader(), "Lunedì 24 agosto 2020", "2020-08-24");
}

#[test]
fn what_is_no_dateline_is_refused_with_its_reason() {
    refused("dd/mm/yyyy", "no date");
    refused("31/02/2020 10:08", "31/02/2020");
    refused("25:08, 24/08/2020", "no such day or time");
    refused("20/08/2121 11:27:25 SA", "future");
    refused("24/08/1970", "before the Web");
    refused("nhiệm kỳ 2020 - 2025", "no date");
    refused("24/08/20", "year is not stated");
    refused("Ngày 17 – 9", "no date");
    refused("Ngày 3/10/2020, UBND tỉnh quyết định thành lập đoàn kiểm tra liên ngành", "running text");
    refused("Hà Nội, Thứ Hai Ngày 23/09/2019", "running text");
    refused("06/10/2024 | 00:35 GMT+7 | Điện thoại:", "a telephone");
    refused("", "no date");
}

fn candidate(origin: Origin, text: &str) -> Candidate {
    Candidate { origin, text: text.to_owned(), updated: false }
}

#[test]
fn the_most_trusted_candidate_gives_the_day_and_a_finer_one_the_clock() {
    let published = weigh(
        &[
            candidate(Origin::Listing, "19/08/2020"),
            candidate(Origin::Meta, "2020-08-24T10:08:35+07:00"),
            candidate(Origin::Selector, "Tháng Tám 24, 2020"),
        ],
        &reader(),
    );
    assert_eq!(published.instant, Some(instant("2020-08-24T03:08:35Z")));
    assert_eq!((published.precision, published.origin), (Some(Precision::Second), Some(Origin::Meta)));
    let verdicts: Vec<_> =
        published.evidence.iter().map(|evidence| (evidence.origin, evidence.verdict.clone())).collect();
    assert_eq!(verdicts[0], (Origin::Meta, Verdict::Used));
    assert_eq!(verdicts[1], (Origin::Selector, Verdict::Agrees));
    assert!(matches!(verdicts[2], (Origin::Listing, Verdict::Differs(_))));
}

#[test]
fn a_time_of_change_serves_only_where_no_other_is_stated() {
    let changed = Candidate { origin: Origin::JsonLd, text: "2020-08-25T09:00:00+07:00".to_owned(), updated: true };
    let both = weigh(&[changed.clone(), candidate(Origin::Visible, "10:08, 24/08/2020")], &reader());
    assert_eq!(both.instant, Some(instant("2020-08-24T03:08:00Z")));
    assert_eq!(both.updated, Some(instant("2020-08-25T02:00:00Z")));
    let alone = weigh(&[changed], &reader());
    assert_eq!(alone.instant, Some(instant("2020-08-25T02:00:00Z")));
}

#[test]
fn a_machine_s_date_that_nobody_is_shown_gives_way_to_one_that_people_are_shown() {
    let published = weigh(
        &[
            candidate(Origin::JsonLd, "2020-08-20T08:00:00+07:00"),
            candidate(Origin::Meta, "2020-08-24T10:08:35+07:00"),
            candidate(Origin::Visible, "24/08/2020"),
        ],
        &reader(),
    );
    assert_eq!(published.instant, Some(instant("2020-08-24T03:08:35Z")));
}

#[test]
fn a_page_that_states_one_instant_by_two_clocks_is_believed() {
    let published = weigh(
        &[
            candidate(Origin::JsonLd, "2020-08-24T10:08:00+00:00"),
            candidate(Origin::Meta, "2020-08-24T17:08:00+07:00"),
            candidate(Origin::Visible, "10:08, 24/08/2020"),
        ],
        &reader(),
    );
    assert_eq!(published.instant, Some(instant("2020-08-24T10:08:00Z")));
    assert_eq!(published.offset_seconds, Some(7 * 3600));
}

#[test]
fn nothing_readable_means_no_date_and_the_reasons_stay() {
    let published =
        weigh(&[candidate(Origin::Selector, "20/08/2121 11:27"), candidate(Origin::Meta, "hôm nào")], &reader());
    assert_eq!((published.instant, published.precision, published.origin), (None, None, None));
    assert!(published.evidence.iter().all(|evidence| matches!(evidence.verdict, Verdict::Refused(_))));
}

#[test]
fn the_clock_in_the_pages_head_is_no_dateline() {
    let published = weigh(&[candidate(Origin::Visible, "Hôm nay, 24/11/2026, 08:15:07")], &reader());
    assert_eq!(published.instant, None);
    let published = weigh(&[candidate(Origin::Visible, "Thứ 3, 24/11/2026")], &reader());
    assert_eq!(published.instant, None);
}

#[test]
fn instants_are_written_for_people_and_machines() {
    let at = instant("2020-08-24T03:08:00Z");
    assert_eq!(write::dateline(at, HANOI), "10:08, 24/08/2020");
    assert_eq!(write::rfc2822(at, HANOI), "Mon, 24 Aug 2020 10:08:00 +0700");
    assert_eq!(write::rfc3339(at, HANOI), "2020-08-24T10:08:00+07:00");
    assert_eq!(write::http(at), "Mon, 24 Aug 2020 03:08:00 GMT");
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader(text in any::<String>()) {
        let _ = reader().read(&text);
    }

    /// A sign that nobody sees hides the form of machines, but not the date.
    #[test]
    fn what_a_machine_writes_is_read_as_if_people_had_written_it(
        (year, month, day) in (1985..2030, 0usize..14, 0..33), (hour, minute, second) in (0..25, 0..61, 0..61),
        midnight in 0..4, form in 0..8, naive_local: bool, us: bool,
        zone in "[+-](0[0-9]|1[0-5]):?[0-6][0-9]|GMT|UTC|Z|z|ICT| [+-]0700||[+]7|[+]07", invisible in 0usize..30,
    ) {
        let month_name = ["Jan", "FEB", "mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Mai", "Sept"][month];
        let time = if midnight == 0 { "00:00:00".to_owned() } else { format!("{hour:02}:{minute:02}:{second:02}") };
        let text = match form {
            0 => format!("{year}-{month:02}-{day:02}T{time}{zone}"),
            1 => format!("{year}-{month:02}-{day:02} {time}{zone}"),
            2 => format!("{year}-{month:02}-{day:02}T{time}.25{zone}"),
            3 => format!("Thu, {day} {month_name} {year} {time} {zone}"),
            4 => format!("sat, {day:02} {month_name} {year} {time} {zone}"),
            5 => format!("Tuesday, {day:02} {month_name} {year} {time} {zone}"),
            6 => format!(" Mon, {day:02} {month_name} {year} {time} {zone}\n"),
            _ => format!("{day} {month_name} {year} {time} {zone}"),
        };
        let mut hidden = text.clone();
        hidden.insert(invisible.min(text.len()), '\u{200b}');
        let order = if us { DateOrder::Mdy } else { DateOrder::Dmy };
        let reader = Reader { naive_local, order, ..reader() };
        prop_assert_eq!(reader.read(&text), reader.read(&hidden), "{}", text);
    }

    /// Case, Unicode form and kind of blanks change nothing, whatever the instant and the form.
    #[test]
    fn an_instant_in_any_form_is_read_however_it_is_folded(seconds in 662_688_000i64..1_790_000_000, fold in 0usize..4) {
        let local = DateTime::from_timestamp(seconds, 0).unwrap().with_timezone(&HANOI);
        prop_assume!(local.format("%H:%M").to_string() != "00:00");
        for form in [
            "%H:%M, %d/%m/%Y",
            "%d/%m/%Y %H:%M",
            "Cập nhật lúc%H:%M, %d/%m/%Y (GMT+7)",
            "Ngày đăng: %d-%m-%Y %H:%M GMT +7",
            "%Hh%M' ngày %-d/%-m/%Y",
            "%H giờ %M phút, ngày %d tháng %m năm %Y",
            "%d.%m.%Y | %H:%M",
            "%Y-%m-%dT%H:%M:00+0700",
            "%Y-%m-%dICT%H:%M:00",
            "%a, %d %b %Y %H:%M:00 gMt + 7 ",
        ] {
            let text = local.format(form).to_string();
            let text = match fold {
                0 => text.to_uppercase(),
                1 => text.nfd().collect(),
                2 => text.replace(' ', "\u{a0}"),
                _ => text.clone(),
            };
            let minute = local.to_utc() - chrono::TimeDelta::seconds(seconds.rem_euclid(60));
            prop_assert_eq!(reader().read(&text).map(|read| read.instant), Ok(minute), "{}", text);
        }
    }

    #[test]
    fn no_mixture_of_dateline_parts_breaks_the_reader(parts in prop::collection::vec("[0-9]{1,5}|[/:.' -]|tháng|giờ|ngày|trước|SA|GMT|\\+", 0..14)) {
        let _ = reader().read(&parts.concat());
        let _ = reader().read(&parts.join(" "));
    }

    #[test]
    fn what_is_written_is_read_again(seconds in 662_688_000i64..1_790_000_000) {
        let at = DateTime::from_timestamp(seconds, 0).unwrap();
        // A clock of exactly 00:00 states the day only.
        let midnight = |zone: Tz| at.with_timezone(&zone).format("%H:%M:%S").to_string() == "00:00:00";
        prop_assume!(!midnight(HANOI) && !midnight(Tz::UTC));
        for text in [write::rfc2822(at, HANOI), write::rfc3339(at, HANOI), write::http(at), seconds.to_string()] {
            if text.len() != seconds.to_string().len() || seconds >= 1_000_000_000 {
                prop_assert_eq!(reader().read(&text).map(|read| read.instant), Ok(at), "{}", text);
            }
        }
        let minute = DateTime::from_timestamp(seconds - seconds.rem_euclid(60), 0).unwrap();
        if !write::dateline(minute, HANOI).starts_with("00:00") {
            prop_assert_eq!(reader().read(&write::dateline(minute, HANOI)).map(|read| read.instant), Ok(minute));
        }
    }
}
