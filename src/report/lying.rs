//! "Liegt herum": money that waits for somebody to do something. What somebody has silenced lies there all the same.

use chrono::{Days, NaiveDate};
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

/// Delivery notes that are to be invoiced: of v_unbilled and of the escalation alike.
pub(super) const UNBILLED: &str = "d.kind = 'delivery_note' AND d.status = 'open' AND d.invoicing_status <> 'complete'";
/// Invoices that are to be paid.
pub(super) const OPEN_ITEMS: &str = "d.kind = 'invoice' AND d.status = 'open' AND d.open_amount > 0";

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
    let (day, zone) = (question.day, question.settings.zone);
    let before = |days: u64| day.checked_sub_days(Days::new(days)).unwrap_or(day);
    let currency = &question.settings.report.currency;
    let unbilled = include_str!("lying/unbilled.sql").replace("{unbilled}", UNBILLED);
    let unbilled = diesel::sql_query(unbilled.replace("{scope}", &documents_of(question.scope)))
        .bind::<Date, _>(before(OLD_DELIVERY_NOTE))
        .bind::<Text, _>(zone.name());
    let (unbilled, unbilled_old) = piles(connection, unbilled, currency)?;
    let overdue = include_str!("lying/overdue.sql").replace("{overdue}", OPEN_ITEMS);
    let overdue = diesel::sql_query(overdue.replace("{scope}", &documents_of(question.scope)))
        .bind::<Timestamptz, _>(midnight(day, zone))
        .bind::<Timestamptz, _>(midnight(before(OLD_OPEN_ITEM), zone))
        .bind::<Text, _>(zone.name());
    let (overdue, overdue_old) = piles(connection, overdue, currency)?;
    let contracts = include_str!("lying/contracts.sql").replace("{scope}", &of_contracts(question));
    let contracts =
        diesel::sql_query(contracts).bind::<Timestamptz, _>(end_of_day(day, zone)).bind::<Text, _>(zone.name());
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
