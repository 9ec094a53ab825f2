use bantin::model::Crontab;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use proptest::prelude::*;

/// The runs after `from` in `zone`, as they show on a clock there.
#[track_caller]
fn runs(expression: &str, from: &str, zone: Tz, expected: &[&str]) {
    let crontab = Crontab::parse(expression).unwrap();
    let mut moment: DateTime<Utc> = from.parse().unwrap();
    for expected in expected {
        moment = crontab.next_after(moment, zone).unwrap();
        let shown = moment.with_timezone(&zone).format("%a %Y-%m-%d %H:%M %z").to_string();
        assert_eq!(shown, *expected, "{expression}");
    }
}

#[track_caller]
fn refused(expression: &str, reason: &str) {
    let error = Crontab::parse(expression).unwrap_err().to_string();
    assert!(error.contains(reason), "{expression}: {error}");
}

const HANOI: Tz = Tz::Asia__Ho_Chi_Minh;

#[test]
fn fields_mean_what_crontab_5_says() {
    let monday = "2026-08-23T17:00:00Z";
    runs("*/10 5-23 * * 1-6", monday, HANOI, &["Mon 2026-08-24 05:00 +0700", "Mon 2026-08-24 05:10 +0700"]);
    runs("30 4 1,15 * *", monday, HANOI, &["Tue 2026-09-01 04:30 +0700", "Tue 2026-09-15 04:30 +0700"]);
    runs("0 22 * * mon-fri", monday, HANOI, &["Mon 2026-08-24 22:00 +0700", "Tue 2026-08-25 22:00 +0700"]);
    runs("5 0 * aug *", monday, HANOI, &["Mon 2026-08-24 00:05 +0700"]);
    runs(
        "0-20/10,45 7 * * *",
        monday,
        HANOI,
        &[
            "Mon 2026-08-24 07:00 +0700",
            "Mon 2026-08-24 07:10 +0700",
            "Mon 2026-08-24 07:20 +0700",
            "Mon 2026-08-24 07:45 +0700",
            "Tue 2026-08-25 07:00 +0700",
        ],
    );
    runs("@weekly", monday, HANOI, &["Sun 2026-08-30 00:00 +0700"]);
}

#[test]
fn sunday_is_0_and_7_and_monday_is_1() {
    let monday = "2026-08-24T03:00:00Z";
    for sunday in ["0 6 * * 0", "0 6 * * 7", "0 6 * * sun", "0 6 * * SUN"] {
        runs(sunday, monday, HANOI, &["Sun 2026-08-30 06:00 +0700"]);
    }
    runs("0 6 * * 1", monday, HANOI, &["Mon 2026-08-31 06:00 +0700"]);
    runs(
        "0 6 * * 5-7",
        monday,
        HANOI,
        &["Fri 2026-08-28 06:00 +0700", "Sat 2026-08-29 06:00 +0700", "Sun 2026-08-30 06:00 +0700"],
    );
}

#[test]
fn two_restricted_day_fields_mean_either_and_a_star_means_both() {
    let monday = "2026-08-24T03:00:00Z";
    runs("0 6 28 * 3", monday, HANOI, &["Wed 2026-08-26 06:00 +0700", "Fri 2026-08-28 06:00 +0700"]);
    runs("0 6 */2 * 3", monday, HANOI, &["Wed 2026-09-09 06:00 +0700"]);
}

#[test]
fn times_are_on_the_clock_of_the_source() {
    runs("0 6 * * *", "2026-08-24T00:00:00Z", Tz::UTC, &["Mon 2026-08-24 06:00 +0000"]);
    runs("0 6 * * *", "2026-08-24T00:00:00Z", HANOI, &["Tue 2026-08-25 06:00 +0700"]);
}

#[test]
fn a_job_in_a_skipped_hour_runs_at_the_jump_and_one_in_a_repeated_hour_runs_once() {
    let spring = "2026-03-28T12:00:00Z";
    runs("30 2 * * *", spring, Tz::Europe__Paris, &["Sun 2026-03-29 03:00 +0200", "Mon 2026-03-30 02:30 +0200"]);
    let autumn = "2026-10-24T12:00:00Z";
    runs("30 2 * * *", autumn, Tz::Europe__Paris, &["Sun 2026-10-25 02:30 +0200", "Mon 2026-10-26 02:30 +0100"]);
    runs(
        "*/30 * * * *",
        "2026-10-25T00:15:00Z",
        Tz::Europe__Paris,
        &[
            "Sun 2026-10-25 02:30 +0200",
            "Sun 2026-10-25 02:00 +0100",
            "Sun 2026-10-25 02:30 +0100",
            "Sun 2026-10-25 03:00 +0100",
        ],
    );
}

#[test]
fn what_crontab_5_does_not_allow_is_refused_with_the_way_out() {
    refused("* * * *", "five fields");
    refused("0 0 */15 * * *", "this has 6");
    refused("60 * * * *", "minute 60 does not exist: write 0 to 59");
    refused("* * * * 8", "day of week 8 does not exist");
    refused("* * 0 * *", "day of month 0 does not exist");
    refused("5/10 * * * *", "`5-59/10`");
    refused("*/0 * * * *", "never comes");
    refused("* 22-5 * * *", "runs backwards");
    refused("x * * * *", "`x` is no value");
    refused("0 0 31 2 *", "no month has");
    refused("@reboot", "is not a time");
}

/// One part of a field: `*`, `*/n`, `n`, `n-m`, `n-m/s`.
fn part(low: u32, high: u32) -> impl Strategy<Value = String> {
    let range = (low..=high, low..=high).prop_map(|(a, b)| (a.min(b), a.max(b)));
    prop_oneof![
        2 => Just("*".to_owned()),
        1 => (1..=high).prop_map(|step| format!("*/{step}")),
        3 => (low..=high).prop_map(|n| n.to_string()),
        2 => range.clone().prop_map(|(a, b)| format!("{a}-{b}")),
        1 => (range, 1..=high).prop_map(|((a, b), step)| format!("{a}-{b}/{step}")),
    ]
}

fn field(low: u32, high: u32) -> impl Strategy<Value = String> {
    prop_oneof![
        3 => part(low, high),
        1 => prop::collection::vec(part(low, high).prop_filter("a list of values", |part| !part.starts_with('*')), 2..4)
            .prop_map(|parts| parts.join(",")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// The crate `croner` is another author's reading of crontab(5); the zones here never move their clocks.
    #[test]
    fn another_implementation_names_the_same_runs(
        minute in field(0, 59), hour in field(0, 23), day in field(1, 31), month in field(1, 12), weekday in field(0, 7),
        seconds in 1_577_836_800i64..1_893_456_000, zone in prop::sample::select(vec![Tz::UTC, HANOI]),
    ) {
        let expression = format!("{minute} {hour} {day} {month} {weekday}");
        let parsed = Crontab::parse(&expression);
        prop_assume!(parsed.is_ok());
        let crontab = parsed.unwrap();
        // cron(8) joins the day fields with "and" when one of them starts with a star, with "or" otherwise.
        let both = day.starts_with('*') || weekday.starts_with('*');
        let parser = croner::parser::CronParser::builder().seconds(croner::parser::Seconds::Disallowed).dom_and_dow(both).build();
        let other = parser.parse(&expression).unwrap();
        let mut moment = DateTime::from_timestamp(seconds, 0).unwrap();
        for _ in 0..4 {
            let ours = crontab.next_after(moment, zone);
            let theirs = other.find_next_occurrence(&moment.with_timezone(&zone), false).ok().map(|next| next.to_utc());
            // A day such as Friday the 29th of February may lie beyond what either looks at.
            let (Some(ours), Some(theirs)) = (ours, theirs) else { break };
            prop_assert_eq!(ours, theirs, "{} after {}", expression, moment);
            moment = ours;
        }
    }
}
