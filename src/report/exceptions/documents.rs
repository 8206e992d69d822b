//! Documents to look at: what brings too little, what was lost, the largest order.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Numeric, Text, Timestamptz};
use rust_decimal::Decimal;

use super::{Found, placed};
use crate::calendar::{end_of_day, midnight};
use crate::error::Result;
use crate::report::daily::NET;
use crate::report::days::Span;
use crate::report::evening::{Exception, Question, Rule};
use crate::report::picked::{Picked, documents_of};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = Nullable<Text>)]
    partner: Option<String>,
    #[diesel(sql_type = Numeric)]
    amount: Decimal,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = Nullable<Text>)]
    link: Option<String>,
    #[diesel(sql_type = Nullable<Numeric>)]
    percent: Option<Decimal>,
    #[diesel(sql_type = BigInt)]
    found: i64,
}

/// Orders and invoices below the threshold, the worst first.
pub(super) fn low_margin(
    connection: &mut PgConnection,
    question: &Question<'_>,
    now: Span,
    limit: &str,
) -> Result<Found> {
    let exceptions = &question.settings.report.exceptions;
    let Some(below) = exceptions.margin_below else { return Ok(Found::default()) };
    let sql = placed(include_str!("low_margin.sql"), "", limit).replace("{net}", NET);
    let rows: Vec<Row> = Picked::new(question, now.days().collect())
        .query(&sql)
        .bind::<Numeric, _>(exceptions.margin_from)
        .bind::<Numeric, _>(below)
        .load(connection)?;
    Ok(found(rows, |row| Rule::LowMargin { kind: row.kind.clone(), percent: row.percent.unwrap_or_default() }))
}

/// Offers that were lost, the largest first.
pub(super) fn lost(connection: &mut PgConnection, question: &Question<'_>, now: Span, limit: &str) -> Result<Found> {
    let Some(from) = question.settings.report.exceptions.lost_from else { return Ok(Found::default()) };
    let zone = question.settings.zone;
    let rows: Vec<Row> = diesel::sql_query(placed(include_str!("lost.sql"), &documents_of(question.scope), limit))
        .bind::<Timestamptz, _>(midnight(now.first, zone))
        .bind::<Timestamptz, _>(end_of_day(now.last, zone))
        .bind::<Numeric, _>(from)
        .load(connection)?;
    Ok(found(rows, |_| Rule::Lost))
}

/// The largest order of the days, where it is large.
pub(super) fn largest(connection: &mut PgConnection, question: &Question<'_>, now: Span) -> Result<Found> {
    let settings = &question.settings.report;
    let Some(from) = settings.exceptions.largest_from else { return Ok(Found::default()) };
    let rows: Vec<Row> = Picked::new(question, now.days().collect())
        .query(include_str!("largest.sql"))
        .bind::<Text, _>(settings.currency.clone())
        .bind::<Numeric, _>(from)
        .load(connection)?;
    Ok(found(rows, |_| Rule::Largest))
}

fn found(rows: Vec<Row>, rule: impl Fn(&Row) -> Rule) -> Found {
    let all = rows.first().map_or(0, |row| row.found);
    let named = rows.into_iter().map(|row| Exception {
        rule: rule(&row),
        reference: row.number,
        partner: row.partner,
        amount: Some((row.amount, row.currency)),
        link: row.link,
    });
    Found { named: named.collect(), all }
}
