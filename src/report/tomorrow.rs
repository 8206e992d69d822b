//! "Morgen": what the next working day brings.

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Integer, Nullable, Numeric, Text, Timestamptz};
use rust_decimal::Decimal;

use super::evening::{Date, DateKind, Question, Scope, Tomorrow};
use super::exceptions::notice_until;
use super::fair::fair;
use super::load::calendar;
use super::picked::{documents_of, of_birthdays, of_contracts};
use crate::calendar::{PromiseDay, end_of_day, local_day, working_day_add};
use crate::error::Result;
use crate::escalation::people::{self, Person};

/// Notices are told so many days ahead.
const DAYS_OF_NOTICES: u64 = 7;
/// At most so many dates by name.
const MOST: usize = 5;

/// The words of the query, in the order of the mail.
const KINDS: [(DateKind, &str); 4] = [
    (DateKind::Delivery, "delivery"),
    (DateKind::FollowUp, "follow-up"),
    (DateKind::Notice, "notice"),
    (DateKind::Birthday, "birthday"),
];

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    reference: String,
    #[diesel(sql_type = Nullable<Text>)]
    partner: Option<String>,
    #[diesel(sql_type = Nullable<Numeric>)]
    amount: Option<Decimal>,
    #[diesel(sql_type = Nullable<Text>)]
    currency: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    at: DateTime<Utc>,
}

/// What is on the days up to the next working day.
pub(super) fn load(connection: &mut PgConnection, question: &Question<'_>) -> Result<Tomorrow> {
    let (day, zone) = (question.day, question.settings.zone);
    let next = working_day_add(calendar(question)?, day, 1).unwrap_or(day);
    let evening = end_of_day(day, zone);
    let week = day.checked_add_days(Days::new(DAYS_OF_NOTICES)).unwrap_or(day);
    // what stands under the exceptions need not stand here too
    let told = notice_until(question)?.unwrap_or(evening).max(evening);
    let sql = include_str!("tomorrow/dates.sql")
        .replace("{documents}", &documents_of(question.scope))
        .replace("{contracts}", &of_contracts(question))
        .replace("{birthdays}", &of_birthdays(question));
    let rows: Vec<Row> = diesel::sql_query(sql)
        .bind::<Timestamptz, _>(evening)
        .bind::<Timestamptz, _>(end_of_day(next, zone))
        .bind::<Numeric, _>(question.settings.report.big_amount)
        .bind::<Timestamptz, _>(told)
        .bind::<Timestamptz, _>(end_of_day(week, zone))
        .bind::<Array<Integer>, _>(days_of_years(day, next))
        .load(connection)?;
    let all = rows.len();
    let dates = fair(in_order(rows, question), MOST);
    let more = i64::try_from(all - dates.len()).unwrap_or(0);
    Ok(Tomorrow { day: next, away: away(connection, question, next)?, dates, more })
}

/// The days after one up to another as they are in any year: 1123. Who was born on 29 February has the birthday on the 28th.
fn days_of_years(after: NaiveDate, up_to: NaiveDate) -> Vec<i32> {
    const LEAP: (i32, i32) = (228, 229);
    let of_year = |day: NaiveDate| i32::try_from(day.month() * 100 + day.day()).unwrap_or_default();
    let mut days: Vec<i32> = after.iter_days().skip(1).take_while(|day| *day <= up_to).map(of_year).collect();
    if days.contains(&LEAP.0) {
        days.push(LEAP.1);
    }
    days
}

/// By kind, the nearest first and of one day the largest.
fn in_order(rows: Vec<Row>, question: &Question<'_>) -> Vec<Vec<Date>> {
    let mut kinds: Vec<Vec<Date>> = KINDS.iter().map(|_| Vec::new()).collect();
    for row in rows {
        let Some(place) = KINDS.iter().position(|(_, word)| *word == row.kind) else { continue };
        let kind = KINDS[place].0;
        let day = match kind {
            DateKind::Delivery | DateKind::Notice => PromiseDay::of(row.at, question.settings.zone).day(),
            DateKind::FollowUp | DateKind::Birthday => local_day(row.at, question.settings.zone),
        };
        let amount = row.amount.zip(row.currency);
        kinds[place].push(Date { kind, day, reference: row.reference, partner: row.partner, amount });
    }
    for dates in &mut kinds {
        let worth = |date: &Date| date.amount.as_ref().map_or(Decimal::ZERO, |(amount, _)| -*amount);
        dates.sort_by(|a, b| (a.day, worth(a), &a.reference).cmp(&(b.day, worth(b), &b.reference)));
    }
    kinds
}

/// How many of those who would work on that day are away. Of an employee's mail: in the own department.
fn away(connection: &mut PgConnection, question: &Question<'_>, day: NaiveDate) -> Result<i64> {
    let house = calendar(question)?;
    let named = |name: Option<&str>| name.and_then(|name| question.settings.calendars.get(name)).unwrap_or(house);
    let people = people::load(connection, day, named)?;
    let department = match question.scope {
        Scope::House => None,
        Scope::Department(id) => Some(Some(id)),
        Scope::Employee(id) => people.persons.get(&id).map(|person| person.department),
    };
    let is_missed = |person: &&Person| {
        let own = person.working_days.is_none_or(|days| days[day.weekday().num_days_from_monday() as usize]);
        person.active && person.absent && own && named(person.calendar.as_deref()).opens_on(day)
    };
    let is_asked = |person: &&Person| department.is_none_or(|department| person.department == department);
    let away = people.persons.values().filter(is_missed).filter(is_asked).count();
    Ok(i64::try_from(away).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leap_day_is_told_in_every_year() {
        let days = |after: &str, up_to: &str| days_of_years(after.parse().unwrap(), up_to.parse().unwrap());
        assert_eq!(days("2026-12-30", "2027-01-04"), [1231, 101, 102, 103, 104]);
        assert_eq!(days("2026-02-27", "2026-03-02"), [228, 301, 302, 229]);
    }
}
