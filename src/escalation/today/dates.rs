//! The days that come up for an employee: tasks, contracts, birthdays, and who is away.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date, Nullable, Text, Timestamptz};

use super::circle::Circle;
use crate::calendar::{PromiseDay, end_of_day, local_day, midnight};
use crate::error::Result;

/// What a date is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateKind {
    /// An open task; also one that is overdue.
    Task,
    /// The last day on which a contract can be ended.
    NoticeBy,
    /// A contract ends.
    ContractEnd,
    /// A contract is billed.
    Billing,
    /// Somebody's birthday.
    Birthday,
    /// Somebody is away.
    Absence,
}

/// The words of queries and JSON, in the order of the kinds.
const WORDS: [(DateKind, &str); 6] = [
    (DateKind::Task, "task"),
    (DateKind::NoticeBy, "contract-notice"),
    (DateKind::ContractEnd, "contract-end"),
    (DateKind::Billing, "contract-billing"),
    (DateKind::Birthday, "birthday"),
    (DateKind::Absence, "absence"),
];

impl DateKind {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        WORDS[self as usize].1
    }

    /// The escalation types that speak of the same thing, so that nothing is shown twice.
    pub(super) fn types(self) -> &'static [&'static str] {
        match self {
            DateKind::Task => &["task", "customer-activity"],
            DateKind::NoticeBy | DateKind::ContractEnd => &["contract-expiry"],
            DateKind::Billing => &["contract-billing"],
            DateKind::Birthday => &["birthday"],
            DateKind::Absence => &[],
        }
    }

    /// Whether it is kept until the end of its day; the others begin with it.
    fn is_promise(self) -> bool {
        matches!(self, DateKind::Task | DateKind::NoticeBy | DateKind::ContractEnd)
    }
}

/// Something with a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occasion {
    /// What it is.
    pub kind: DateKind,
    /// Its day; of an absence that has begun, today.
    pub day: NaiveDate,
    /// The time of day, where it has one.
    pub time: Option<NaiveTime>,
    /// The office's number.
    pub reference: Option<String>,
    /// What, or who.
    pub title: String,
    /// The customer.
    pub partner: Option<String>,
    /// The last day of an absence.
    pub until: Option<NaiveDate>,
}

#[derive(QueryableByName)]
pub(super) struct Row {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<Text>)]
    reference: Option<String>,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Nullable<Text>)]
    partner: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Date>)]
    first_day: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    last_day: Option<NaiveDate>,
}

/// What lies between today and so many days later, and tasks that are overdue; today's and tomorrow's absences. A superset.
pub(super) fn load(
    connection: &mut PgConnection,
    circle: &Circle,
    today: NaiveDate,
    days: u32,
    zone: Tz,
) -> Result<Vec<Occasion>> {
    let others: Vec<i64> = circle.others.iter().chain(&circle.replaced).copied().collect();
    let rows: Vec<Row> = diesel::sql_query(include_str!("dates.sql"))
        .bind::<BigInt, _>(circle.me)
        .bind::<Array<BigInt>, _>(&others)
        .bind::<Timestamptz, _>(midnight(today, zone))
        .bind::<Timestamptz, _>(end_of_day(later(today, days), zone))
        .bind::<Date, _>(today)
        .bind::<Date, _>(later(today, 1))
        .load(connection)?;
    Ok(rows.into_iter().filter_map(|row| occasion(row, today, zone)).collect())
}

fn occasion(row: Row, today: NaiveDate, zone: Tz) -> Option<Occasion> {
    let kind = WORDS.iter().find(|(_, word)| *word == row.kind)?.0;
    let (day, time) = match row.at {
        None => (row.first_day?.max(today), None),
        Some(at) if kind.is_promise() => {
            let promise = PromiseDay::of(at, zone);
            (promise.day(), promise.time())
        }
        Some(at) => {
            let day = local_day(at, zone);
            (day, (at != midnight(day, zone)).then(|| at.with_timezone(&zone).time()))
        }
    };
    let (reference, title, partner, until) = (row.reference, row.title, row.partner, row.last_day);
    Some(Occasion { kind, day, time, reference, title, partner, until })
}

/// Those up to so many days after today, the nearest first; of the past only tasks.
pub(super) fn in_order(occasions: Vec<Occasion>, today: NaiveDate, days: u32) -> Vec<Occasion> {
    let last = later(today, days);
    let is_wanted = |it: &Occasion| match it.kind {
        DateKind::Absence => true,
        DateKind::Task => it.day <= last,
        _ => (today..=last).contains(&it.day),
    };
    let mut wanted: Vec<Occasion> = occasions.into_iter().filter(is_wanted).collect();
    wanted.sort_by(|a, b| {
        (a.day, a.time, a.kind, &a.reference, &a.title).cmp(&(b.day, b.time, b.kind, &b.reference, &b.title))
    });
    wanted
}

fn later(day: NaiveDate, days: u32) -> NaiveDate {
    day.checked_add_days(Days::new(days.into())).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: Tz = chrono_tz::Europe::Berlin;

    fn day(text: &str) -> NaiveDate {
        format!("2026-11-{text}").parse().unwrap()
    }

    fn row(kind: &str, at: &str) -> Row {
        let at = Some(format!("2026-11-{at}:00Z").parse().unwrap());
        let title = kind.to_owned();
        Row { kind: kind.to_owned(), reference: None, title, partner: None, at, first_day: None, last_day: None }
    }

    fn read(row: Row) -> Occasion {
        occasion(row, day("23"), BERLIN).unwrap()
    }

    #[test]
    fn the_words_stand_in_the_order_of_the_kinds() {
        for (kind, word) in WORDS {
            assert_eq!(kind.as_str(), word);
        }
    }

    #[test]
    fn a_promise_at_midnight_is_the_day_that_ends_there() {
        let task = read(row("task", "23T23:00"));
        assert_eq!((task.day, task.time), (day("23"), None));
        let task = read(row("task", "24T09:30"));
        assert_eq!((task.day, task.time.unwrap().to_string()), (day("24"), "10:30:00".to_owned()));
        assert_eq!(read(row("contract-notice", "23T23:00")).day, day("23"));
        assert_eq!(read(row("contract-billing", "23T23:00")).day, day("24"));
        assert_eq!(read(row("birthday", "23T23:00")).day, day("24"));
        assert_eq!(occasion(row("mystery", "23T23:00"), day("23"), BERLIN), None);
    }

    #[test]
    fn an_absence_that_has_begun_is_todays() {
        let away = |first: &str| Row { at: None, first_day: Some(day(first)), ..row("absence", "01T00:00") };
        assert_eq!(read(away("16")).day, day("23"));
        assert_eq!(read(away("24")).day, day("24"));
    }

    #[test]
    fn only_tasks_come_from_the_past_and_the_nearest_first() {
        let occasions = [
            "task 19T23:00",
            "birthday 19T23:00",
            "task 30T22:00",
            "task 30T23:00",
            "contract-end 21T23:00",
            "contract-end 23T23:00",
            "birthday 22T23:00",
            "task 24T09:30",
            "task 24T23:00",
        ];
        let read = occasions.map(|text| text.split_once(' ').map(|(kind, at)| read(row(kind, at))).unwrap());
        let ordered: Vec<String> = in_order(read.to_vec(), day("23"), 7)
            .iter()
            .map(|it| format!("{} {}", it.day.format("%d"), it.kind.as_str()))
            .collect();
        assert_eq!(ordered, ["19 task", "23 contract-end", "23 birthday", "24 task", "24 task", "30 task", "30 task"]);
    }
}
