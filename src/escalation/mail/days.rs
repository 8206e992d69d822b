//! Days as the office says them: "seit gestern überfällig", "läuft ab in 41 Tagen". Pure; counts local days, not hours.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;

use crate::calendar::{PromiseDay, local_day, midnight};
use crate::template::decimal;

/// A due instant as it is printed: the local day, and the time only where it says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DueDay {
    pub(super) day: NaiveDate,
    pub(super) time: Option<NaiveTime>,
}

impl DueDay {
    /// A follow-up stands at 00:00 of its day, a promise at 24:00 of its own (DESIGN.md §3).
    pub(super) fn of(due_at: DateTime<Utc>, is_promise: bool, zone: Tz) -> DueDay {
        if is_promise {
            let promise = PromiseDay::of(due_at, zone);
            return DueDay { day: promise.day(), time: promise.time() };
        }
        let day = local_day(due_at, zone);
        let whole_day = midnight(day, zone) == due_at;
        DueDay { day, time: (!whole_day).then(|| due_at.with_timezone(&zone).time()) }
    }

    /// Local days from the due day to `today`; negative while it lies ahead.
    pub(super) fn days_past(self, today: NaiveDate) -> i64 {
        (today - self.day).num_days()
    }
}

/// "seit gestern überfällig", for an item due so many days ago; one due later today or ahead says so.
pub(super) fn overdue(days: i64) -> String {
    match days {
        ..0 => due_in(-days),
        0 => "seit heute überfällig".to_owned(),
        1 => "seit gestern überfällig".to_owned(),
        _ => format!("seit {} überfällig", dative_days(days)),
    }
}

/// "morgen fällig"
pub(super) fn due_in(days: i64) -> String {
    match days {
        ..=0 => "heute fällig".to_owned(),
        1 => "morgen fällig".to_owned(),
        _ => format!("fällig in {}", dative_days(days)),
    }
}

/// "läuft ab in 41 Tagen"
pub(super) fn runs_out_in(days: i64) -> String {
    match days {
        ..=0 => "läuft heute ab".to_owned(),
        1 => "läuft morgen ab".to_owned(),
        _ => format!("läuft ab in {}", dative_days(days)),
    }
}

/// "hat in 7 Tagen Geburtstag", "hatte gestern Geburtstag": `days` past the day, negative ahead of it.
pub(super) fn birthday(days: i64) -> String {
    match days {
        ..=-2 => format!("hat in {} Geburtstag", dative_days(-days)),
        -1 => "hat morgen Geburtstag".to_owned(),
        0 => "hat heute Geburtstag".to_owned(),
        1 => "hatte gestern Geburtstag".to_owned(),
        _ => format!("hatte vor {} Geburtstag", dative_days(days)),
    }
}

/// "1 Tag", "41 Tage"
pub(super) fn counted_days(days: i64) -> String {
    if days == 1 { "1 Tag".to_owned() } else { format!("{} Tage", decimal(Decimal::from(days), 0)) }
}

fn dative_days(days: i64) -> String {
    if days == 1 { "1 Tag".to_owned() } else { format!("{} Tagen", decimal(Decimal::from(days), 0)) }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Berlin;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn office_words() {
        let table = [
            (-41, "fällig in 41 Tagen"),
            (-1, "morgen fällig"),
            (0, "seit heute überfällig"),
            (1, "seit gestern überfällig"),
            (2, "seit 2 Tagen überfällig"),
            (3, "seit 3 Tagen überfällig"),
            (1234, "seit 1.234 Tagen überfällig"),
        ];
        for (days, words) in table {
            assert_eq!(overdue(days), words);
        }
        assert_eq!(runs_out_in(41), "läuft ab in 41 Tagen");
        assert_eq!(runs_out_in(1), "läuft morgen ab");
        assert_eq!(runs_out_in(0), "läuft heute ab");
        let birthdays = [
            (-7, "hat in 7 Tagen Geburtstag"),
            (-1, "hat morgen Geburtstag"),
            (0, "hat heute Geburtstag"),
            (1, "hatte gestern Geburtstag"),
            (3, "hatte vor 3 Tagen Geburtstag"),
        ];
        for (days, words) in birthdays {
            assert_eq!(birthday(days), words);
        }
    }

    #[test]
    fn a_follow_up_is_its_own_day() {
        // the seed's sample: Monday 8 March 2021, 00:00 in Berlin
        let due = DueDay::of(at("2021-03-07T23:00:00Z"), false, Berlin);
        assert_eq!(due, DueDay { day: day("2021-03-08"), time: None });
        assert_eq!(due.days_past(day("2021-03-09")), 1);
    }

    #[test]
    fn a_promise_at_midnight_is_the_day_before() {
        // kept until the evening of 23 November
        let due = DueDay::of(at("2026-11-23T23:00:00Z"), true, Berlin);
        assert_eq!(due, DueDay { day: day("2026-11-23"), time: None });
        let due = DueDay::of(at("2026-11-23T13:30:00Z"), true, Berlin);
        assert_eq!(due.time, NaiveTime::from_hms_opt(14, 30, 0));
    }

    #[test]
    fn days_are_local() {
        // 23:30 UTC is half past midnight of the next day in Berlin, in winter
        let due = DueDay::of(at("2026-01-10T23:30:00Z"), false, Berlin);
        assert_eq!(due.day, day("2026-01-11"));
    }
}
