//! A document that another is made from: found, locked with its family, and loaded with what is open of it.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Integer, Nullable, Numeric, Text, Timestamptz};
use rust_decimal::Decimal;

use super::draft::{Head, Line};
use super::remainder::{self, Advance};
use crate::db::schema::{document_details, documents};
use crate::error::{Error, Result};

/// From which kinds a document of this kind is made; the nearest first.
pub fn predecessors_of(kind: &str) -> &'static [&'static str] {
    match kind {
        "order" => &["offer"],
        "delivery_note" => &["order"],
        "invoice" => &["delivery_note", "order"],
        "credit_note" => &["invoice"],
        _ => &[],
    }
}

/// Which kind of document with this number a document of this kind can be made from.
///
/// Errors: several of them have it.
pub fn kind_of_predecessor(connection: &mut PgConnection, number: &str, kind: &str) -> Result<Option<String>> {
    let found: Vec<String> = documents::table
        .filter(documents::number.eq(number).and(documents::kind.eq_any(predecessors_of(kind))))
        .select(documents::kind)
        .order(documents::kind)
        .load(connection)?;
    match found.as_slice() {
        [several @ .., _] if !several.is_empty() => {
            Err(Error::usage(format!("--of {number}: {} have this number", found.join(" and ")))
                .hint(format!("add --of-kind {}", found.join(" or --of-kind "))))
        }
        _ => Ok(found.into_iter().next()),
    }
}

/// A document that another is made from, locked.
#[derive(Debug, Default)]
pub struct Predecessor {
    pub(super) id: i64,
    pub(super) kind: String,
    pub(super) number: String,
    pub(super) date: NaiveDate,
    pub(super) status: String,
    pub(super) net_amount: Option<Decimal>,
    /// What the new document takes over.
    pub head: Head,
    /// VAT in per cent.
    pub tax_rate: Option<Decimal>,
    /// Whom it is addressed to.
    pub contact_person_id: Option<i64>,
    pub(super) lines: Vec<OpenLine>,
    /// Advances that the rest must not forget.
    pub(super) advances: Vec<Advance>,
    /// The order that they are about.
    pub(super) order: Option<String>,
    /// What was invoiced of its lines.
    pub(super) invoiced: Decimal,
    /// Whether it has its final invoice.
    pub(super) final_invoice: Option<String>,
}

/// A line with what of it is taken by documents of the wanted kind.
#[derive(Debug, Default, QueryableByName)]
pub(super) struct OpenLine {
    #[diesel(sql_type = BigInt)]
    pub(super) id: i64,
    #[diesel(sql_type = Integer)]
    pub(super) line: i32,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(super) product_id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) product_group: Option<String>,
    #[diesel(sql_type = Text)]
    pub(super) description: String,
    #[diesel(sql_type = Numeric)]
    pub(super) quantity: Decimal,
    #[diesel(sql_type = Text)]
    pub(super) unit: String,
    #[diesel(sql_type = Nullable<Numeric>)]
    pub(super) unit_price: Option<Decimal>,
    #[diesel(sql_type = Numeric)]
    pub(super) discount_percent: Decimal,
    #[diesel(sql_type = Nullable<Numeric>)]
    pub(super) unit_cost: Option<Decimal>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub(super) licence_expires_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Numeric)]
    pub(super) taken: Decimal,
}

impl OpenLine {
    pub(super) fn open(&self) -> Decimal {
        remainder::open(self.quantity, self.taken)
    }

    pub(super) fn take(&self, quantity: Decimal) -> Line {
        Line {
            product_id: self.product_id,
            product_group: self.product_group.clone(),
            description: self.description.clone(),
            quantity,
            unit: self.unit.clone(),
            unit_price: self.unit_price,
            discount_percent: self.discount_percent,
            unit_cost: self.unit_cost,
            licence_expires_at: self.licence_expires_at,
            predecessor_line_id: Some(self.id),
        }
    }
}

/// Locks a document with those that it was made from, and loads what is open of it for one of this kind.
pub fn load(connection: &mut PgConnection, id: i64, kind: &str) -> Result<Predecessor> {
    diesel::sql_query(include_str!("lock_family.sql")).bind::<BigInt, _>(id).execute(connection)?;
    let (of_kind, number, date, status, net_amount, head): (String, String, NaiveDate, String, Option<Decimal>, Head) =
        documents::table
            .find(id)
            .select((
                documents::kind,
                documents::number,
                documents::document_date,
                documents::status,
                documents::net_amount,
                (
                    documents::title.nullable(),
                    documents::partner_id,
                    documents::company_id.nullable(),
                    documents::department_id,
                    documents::handler_id,
                    documents::field_rep_id,
                    documents::inside_rep_id,
                    documents::follow_up_at,
                    documents::commissioning_due_at,
                    documents::delivery_due_at,
                    documents::delivered_at,
                    documents::payment_due_at,
                    documents::currency.nullable(),
                ),
            ))
            .first(connection)?;
    let details: Option<(Option<Decimal>, Option<i64>)> = document_details::table
        .filter(document_details::document_id.eq(id))
        .select((document_details::tax_rate, document_details::contact_person_id))
        .first(connection)
        .optional()?;
    let (tax_rate, contact_person_id) = details.unwrap_or_default();
    let lines = diesel::sql_query(include_str!("open_lines.sql"))
        .bind::<BigInt, _>(id)
        .bind::<Text, _>(kind)
        .load(connection)?;
    let billed = match (kind, of_kind.as_str()) {
        ("invoice", "order") => billed(connection, id, &number)?,
        ("invoice", "delivery_note") => billed_behind(connection, id)?,
        _ => Billed::default(),
    };
    Ok(Predecessor {
        id,
        kind: of_kind,
        number,
        date,
        status,
        net_amount,
        head,
        tax_rate,
        contact_person_id,
        lines,
        advances: billed.advances,
        order: billed.order,
        invoiced: billed.invoiced,
        final_invoice: billed.final_invoice,
    })
}

/// What invoices have billed of an order.
#[derive(Debug, Default)]
struct Billed {
    advances: Vec<Advance>,
    order: Option<String>,
    invoiced: Decimal,
    final_invoice: Option<String>,
}

fn billed(connection: &mut PgConnection, order: i64, number: &str) -> Result<Billed> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<BigInt>)]
        line_id: Option<i64>,
        #[diesel(sql_type = Text)]
        number: String,
        #[diesel(sql_type = Date)]
        date: NaiveDate,
        #[diesel(sql_type = Numeric)]
        net: Decimal,
        #[diesel(sql_type = Numeric)]
        settled: Decimal,
    }
    #[derive(QueryableByName)]
    struct Sums {
        #[diesel(sql_type = Numeric)]
        invoiced: Decimal,
        #[diesel(sql_type = Nullable<Text>)]
        final_invoice: Option<String>,
    }
    let rows: Vec<Row> = diesel::sql_query(include_str!("advances.sql")).bind::<BigInt, _>(order).load(connection)?;
    let Sums { invoiced, final_invoice } =
        diesel::sql_query(include_str!("billed.sql")).bind::<BigInt, _>(order).get_result(connection)?;
    let advances = rows.into_iter().map(|row| {
        let Row { line_id, number, date, net, settled } = row;
        Advance { line_id, number, date, net, settled }
    });
    Ok(Billed { advances: advances.collect(), order: Some(number.to_owned()), invoiced, final_invoice })
}

/// The advances of the order of a delivery note, if this is the last of it that is to be invoiced.
fn billed_behind(connection: &mut PgConnection, note: i64) -> Result<Billed> {
    #[derive(QueryableByName)]
    struct Order {
        #[diesel(sql_type = BigInt)]
        id: i64,
        #[diesel(sql_type = Text)]
        number: String,
    }
    let order: Option<Order> = diesel::sql_query(include_str!("order_of_last_note.sql"))
        .bind::<BigInt, _>(note)
        .get_result(connection)
        .optional()?;
    let Some(order) = order else { return Ok(Billed::default()) };
    let billed = billed(connection, order.id, &order.number)?;
    Ok(Billed { invoiced: Decimal::ZERO, final_invoice: None, ..billed })
}

/// Says of the predecessor of a document, where it has no lines, how far it is delivered and invoiced by the amounts of what
/// was made from it. Of one with lines the triggers say so.
pub fn settle_without_lines(connection: &mut PgConnection, successor: i64) -> Result<()> {
    diesel::sql_query(include_str!("settle.sql")).bind::<BigInt, _>(successor).execute(connection)?;
    Ok(())
}
