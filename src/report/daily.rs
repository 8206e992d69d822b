//! The figures of the evening mail, day by day: one statement over the heads of documents, one over their lines.
//!
//! [`load`] reads, [`build`](build::build) adds up columns.

mod build;

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Numeric, Text, Timestamptz};
use rust_decimal::Decimal;

use super::days::Asked;
use super::evening::{Core, Question};
use super::figure::{Amount, FigureKey};
use super::picked::{Picked, documents_of};
use super::settings::{CountBy, Shown};
use super::targets;
use crate::calendar::{Calendar, end_of_day, local_day};
use crate::error::Result;

/// Delivery notes have a row where there was one in so many days.
const DAYS_OF_DELIVERY_NOTES: u64 = 60;

/// What a line is worth. A line without discount is not divided: that is most of them.
pub(super) const NET: &str = "CASE WHEN t.discount_percent = 0 THEN round(t.quantity * t.unit_price, 2) \
                              ELSE round(t.quantity * t.unit_price * (1 - t.discount_percent / 100), 2) END";

/// What was booked, by day.
#[derive(Debug, Default)]
struct Facts {
    /// By currency and figure.
    cells: BTreeMap<(String, FigureKey), BTreeMap<NaiveDate, Amount>>,
    /// Lines without cost and their net, by currency.
    uncosted: BTreeMap<String, BTreeMap<NaiveDate, (i64, Decimal)>>,
}

/// What is read beside the days.
#[derive(Debug)]
struct Around {
    uncosted: Vec<String>,
    advances: Decimal,
    shows_delivery_notes: bool,
    last_booked: Option<NaiveDate>,
}

/// The columns of the mail. `asked` knows how old the company is.
pub(super) fn load(
    connection: &mut PgConnection,
    question: &Question<'_>,
    asked: &Asked,
    calendar: &Calendar,
) -> Result<Core> {
    let settings = &question.settings.report;
    let facts = facts(connection, question, asked)?;
    let targets = targets::targets(connection, settings, &months(asked), question.scope)?;
    let around = around(connection, question, asked, &facts)?;
    Ok(build::build(&facts, asked, &targets, around, calendar, settings))
}

/// The months whose targets are wanted: those of the column and that of the chart.
fn months(asked: &Asked) -> Vec<NaiveDate> {
    let mut months = asked.target_months();
    months.extend([asked.month.first]);
    months.sort();
    months.dedup();
    months
}

/// The day of the oldest document: with days before it nothing is compared.
pub(super) fn oldest_day(connection: &mut PgConnection, question: &Question<'_>) -> Result<Option<NaiveDate>> {
    #[derive(QueryableByName)]
    struct Oldest {
        #[diesel(sql_type = Nullable<Date>)]
        day: Option<NaiveDate>,
        #[diesel(sql_type = Nullable<Timestamptz>)]
        at: Option<DateTime<Utc>>,
    }
    let sql = match question.settings.report.count_by {
        CountBy::DocumentDate => "SELECT min(d.document_date) AS day, NULL::timestamptz AS at FROM wvl.documents d",
        CountBy::BookedAt => "SELECT NULL::date AS day, min(d.booked_at) AS at FROM wvl.documents d",
    };
    let oldest: Oldest = diesel::sql_query(sql).get_result(connection)?;
    Ok(oldest.day.or_else(|| oldest.at.map(|at| local_day(at, question.settings.zone))))
}

#[derive(QueryableByName)]
struct Head {
    #[diesel(sql_type = Date)]
    day: NaiveDate,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = BigInt)]
    documents: i64,
    #[diesel(sql_type = BigInt)]
    unpriced: i64,
    #[diesel(sql_type = Numeric)]
    net: Decimal,
}

#[derive(QueryableByName)]
struct Lines {
    #[diesel(sql_type = Date)]
    day: NaiveDate,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = Bool)]
    negated: bool,
    #[diesel(sql_type = BigInt)]
    documents: i64,
    #[diesel(sql_type = BigInt)]
    credit_notes: i64,
    #[diesel(sql_type = BigInt)]
    unpriced: i64,
    #[diesel(sql_type = BigInt)]
    uncosted_lines: i64,
    #[diesel(sql_type = Nullable<Numeric>)]
    costed: Option<Decimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    cost: Option<Decimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    uncosted: Option<Decimal>,
    #[diesel(sql_type = Nullable<Array<BigInt>>)]
    special: Option<Vec<i64>>,
}

#[derive(QueryableByName)]
struct Exact {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Numeric)]
    costed: Decimal,
    #[diesel(sql_type = Numeric)]
    cost: Decimal,
    #[diesel(sql_type = Numeric)]
    uncosted: Decimal,
    #[diesel(sql_type = Bool)]
    is_unpriced: bool,
}

fn facts(connection: &mut PgConnection, question: &Question<'_>, asked: &Asked) -> Result<Facts> {
    let picked = Picked::new(question, asked.all_days());
    let mut facts = Facts::default();
    let heads: Vec<Head> = picked.query(include_str!("daily/heads.sql")).load(connection)?;
    for head in heads {
        let Some(figure) = figure_of(&head.kind) else { continue };
        let is_credit_note = head.kind == "credit_note";
        let cell = Amount {
            count: if is_credit_note { 0 } else { head.documents },
            credit_notes: if is_credit_note { head.documents } else { 0 },
            amount: head.net,
            base: Decimal::ZERO,
            unpriced: head.unpriced,
        };
        facts.add(head.currency, figure, head.day, cell);
    }
    let lines: Vec<Lines> = picked.query(&include_str!("daily/margin.sql").replace("{net}", NET)).load(connection)?;
    let special: Vec<i64> = lines.iter().flat_map(|row| row.special.iter().flatten().copied()).collect();
    let exact = exact(connection, &special)?;
    for row in lines {
        let sign = if row.negated { -Decimal::ONE } else { Decimal::ONE };
        let known = |amount: Option<Decimal>| amount.unwrap_or_default() * sign;
        let (mut costed, mut cost, mut uncosted) = (known(row.costed), known(row.cost), known(row.uncosted));
        let mut unpriced = if row.special.is_some() { 0 } else { row.unpriced };
        for document in row.special.iter().flatten().filter_map(|id| exact.get(id)) {
            costed += document.costed;
            cost += document.cost;
            uncosted += document.uncosted;
            unpriced += i64::from(document.is_unpriced);
        }
        let cell = Amount {
            count: row.documents - row.credit_notes,
            credit_notes: row.credit_notes,
            amount: costed - cost,
            base: costed,
            unpriced,
        };
        let days = facts.uncosted.entry(row.currency.clone()).or_default();
        let day = days.entry(row.day).or_default();
        *day = (day.0 + row.uncosted_lines, day.1 + uncosted);
        facts.add(row.currency, FigureKey::Margin, row.day, cell);
    }
    Ok(facts)
}

impl Facts {
    fn add(&mut self, currency: String, figure: FigureKey, day: NaiveDate, cell: Amount) {
        *self.cells.entry((currency, figure)).or_default().entry(day).or_default() += cell;
    }
}

/// What a document `d` brings, as `m`: in the words of v_margin, for those that are looked at one by one.
pub(super) fn of_document() -> &'static str {
    include_str!("daily/document_margin.sql")
}

/// The figure that a kind of document counts for.
pub(super) fn figure_of(kind: &str) -> Option<FigureKey> {
    Some(match kind {
        "offer" => FigureKey::Offers,
        "order" => FigureKey::Orders,
        "delivery_note" => FigureKey::DeliveryNotes,
        "invoice" | "credit_note" => FigureKey::Invoices,
        _ => return None,
    })
}

/// The documents that cannot be added up with the others, each for itself; most days have none.
fn exact(connection: &mut PgConnection, ids: &[i64]) -> Result<BTreeMap<i64, Exact>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<Exact> = diesel::sql_query(include_str!("daily/exact.sql").replace("{margin}", of_document()))
        .bind::<Array<BigInt>, _>(ids)
        .load(connection)?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

fn around(connection: &mut PgConnection, question: &Question<'_>, asked: &Asked, facts: &Facts) -> Result<Around> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Numeric)]
        advances: Decimal,
        #[diesel(sql_type = Bool)]
        has_delivery_notes: bool,
    }
    #[derive(QueryableByName)]
    struct Named {
        #[diesel(sql_type = Text)]
        named: String,
    }
    let settings = &question.settings.report;
    let picked = Picked::new(question, asked.now.days().collect());
    let back = (0..DAYS_OF_DELIVERY_NOTES).filter_map(|days| question.day.checked_sub_days(Days::new(days)));
    let row: Row = picked
        .query(include_str!("daily/around.sql"))
        .bind::<Text, _>(&settings.currency)
        .bind::<Array<Date>, _>(back.collect::<Vec<_>>())
        .get_result(connection)?;
    let uncosted = match build::uncosted(facts, asked, settings).0 > 0 {
        true => picked
            .query(&include_str!("daily/uncosted.sql").replace("{net}", NET))
            .bind::<Text, _>(&settings.currency)
            .load::<Named>(connection)?,
        false => Vec::new(),
    };
    let shows_delivery_notes = match settings.delivery_notes {
        Shown::Auto => row.has_delivery_notes,
        Shown::Yes => true,
        Shown::No => false,
    };
    Ok(Around {
        uncosted: uncosted.into_iter().map(|row| row.named).collect(),
        advances: row.advances,
        shows_delivery_notes,
        last_booked: match build::is_empty(facts, asked, shows_delivery_notes) {
            true => last_booked(connection, question)?,
            false => None,
        },
    })
}

/// The last day up to the question's on which anything was booked.
fn last_booked(connection: &mut PgConnection, question: &Question<'_>) -> Result<Option<NaiveDate>> {
    #[derive(QueryableByName)]
    struct Last {
        #[diesel(sql_type = Date)]
        day: NaiveDate,
        #[diesel(sql_type = Timestamptz)]
        at: DateTime<Utc>,
    }
    let zone = question.settings.zone;
    let (column, count_by) = match question.settings.report.count_by {
        CountBy::DocumentDate => ("d.document_date <= $1", "d.document_date"),
        CountBy::BookedAt => ("d.booked_at < $2", "d.booked_at"),
    };
    let sql = format!(
        "SELECT d.document_date AS day, d.booked_at AS at FROM wvl.documents d \
         WHERE {column} AND d.status <> 'void' AND {} ORDER BY {count_by} DESC LIMIT 1",
        documents_of(question.scope)
    );
    let last: Option<Last> = diesel::sql_query(sql)
        .bind::<Date, _>(question.day)
        .bind::<Timestamptz, _>(end_of_day(question.day, zone))
        .get_result(connection)
        .optional()?;
    Ok(last.map(|last| match question.settings.report.count_by {
        CountBy::DocumentDate => last.day,
        CountBy::BookedAt => local_day(last.at, zone),
    }))
}
