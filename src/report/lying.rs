//! "Liegt herum": money that waits for somebody to do something. What somebody has silenced lies there all the same.

use chrono::{DateTime, Days, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::query_dsl::LoadQuery;
use diesel::sql_types::{BigInt, Date, Nullable, Numeric, Text, Timestamptz};
use rust_decimal::Decimal;

use super::evening::{Lying, Pile, Question};
use super::picked::{documents_of, of_contracts};
use crate::calendar::{end_of_day, midnight};
use crate::error::Result;

/// A delivery note older than this is forgotten, not just late.
const OLD_DELIVERY_NOTE: u64 = 14;
/// An open item older than this is in danger.
const OLD_OPEN_ITEM: u64 = 60;

/// Rows that lie around; their sums and `--detail` read them by the same text. `$1`, `$2` and `$3` are in [`Bounds`].
pub(super) const UNBILLED: &str = include_str!("lying/unbilled_rows.sql");
/// The same of invoices.
pub(super) const OVERDUE: &str = include_str!("lying/overdue_rows.sql");
/// The same of contracts.
pub(super) const CONTRACTS: &str = include_str!("lying/contracts_rows.sql");

/// What makes a row overdue or old at the end of the question's day.
pub(super) struct Bounds {
    /// Delivery notes of before this day are old.
    pub old_delivery: NaiveDate,
    /// Payment due up to here is overdue.
    pub overdue: DateTime<Utc>,
    /// And old up to here.
    pub old_overdue: DateTime<Utc>,
    /// Contracts that were to be billed before this have been forgotten.
    pub billing: DateTime<Utc>,
}

impl Bounds {
    /// Those of a question.
    pub fn of(question: &Question<'_>) -> Bounds {
        let (day, zone) = (question.day, question.settings.zone);
        let before = |days: u64| day.checked_sub_days(Days::new(days)).unwrap_or(day);
        Bounds {
            old_delivery: before(OLD_DELIVERY_NOTE),
            overdue: midnight(day, zone),
            old_overdue: midnight(before(OLD_OPEN_ITEM), zone),
            billing: end_of_day(day, zone),
        }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = Numeric)]
    amount: Decimal,
    #[diesel(sql_type = BigInt)]
    old_count: i64,
    #[diesel(sql_type = Numeric)]
    old_amount: Decimal,
    #[diesel(sql_type = Nullable<Date>)]
    oldest: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<Date>)]
    old_oldest: Option<NaiveDate>,
}

/// What lies around at the end of the question's day.
pub(super) fn load(connection: &mut PgConnection, question: &Question<'_>) -> Result<Lying> {
    let (bounds, zone) = (Bounds::of(question), question.settings.zone.name());
    let currency = &question.settings.report.currency;
    let documents = documents_of(question.scope);
    let sums = |sql: &str, rows: &str, scope: &str| sql.replace("{rows}", rows).replace("{scope}", scope);
    let unbilled = diesel::sql_query(sums(include_str!("lying/unbilled.sql"), UNBILLED, &documents))
        .bind::<Date, _>(bounds.old_delivery)
        .bind::<Text, _>(zone);
    let (unbilled, unbilled_old) = piles(connection, unbilled, currency)?;
    let overdue = diesel::sql_query(sums(include_str!("lying/overdue.sql"), OVERDUE, &documents))
        .bind::<Timestamptz, _>(bounds.overdue)
        .bind::<Timestamptz, _>(bounds.old_overdue)
        .bind::<Text, _>(zone);
    let (overdue, overdue_old) = piles(connection, overdue, currency)?;
    let contracts = sums(include_str!("lying/contracts.sql"), CONTRACTS, &of_contracts(question));
    let contracts = diesel::sql_query(contracts).bind::<Timestamptz, _>(bounds.billing).bind::<Text, _>(zone);
    let (contracts, _) = piles(connection, contracts, currency)?;
    Ok(Lying { unbilled, unbilled_old, overdue, overdue_old, contracts })
}

/// All of it, and the old part.
fn piles<'q>(
    connection: &mut PgConnection,
    query: impl LoadQuery<'q, PgConnection, Row> + 'q,
    currency: &str,
) -> Result<(Pile, Pile)> {
    let rows: Vec<Row> = query.load(connection)?;
    let (mut all, mut old) = (Pile::default(), Pile::default());
    for row in rows {
        all.add(&row.currency, row.count, row.amount, row.oldest, currency);
        if row.old_count > 0 {
            old.add(&row.currency, row.old_count, row.old_amount, row.old_oldest, currency);
        }
    }
    Ok((all, old))
}

impl Pile {
    fn add(&mut self, of: &str, count: i64, amount: Decimal, oldest: Option<NaiveDate>, currency: &str) {
        self.count += count;
        match of == currency {
            true => self.amount = self.amount.saturating_add(amount),
            false => self.others.push((of.to_owned(), amount)),
        }
        self.oldest = self.oldest.into_iter().chain(oldest).min();
    }
}
