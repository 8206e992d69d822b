//! A new document: what it says, and how it is entered.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use rust_decimal::Decimal;

use super::remainder::line_net;
use super::spelling::Own;
use super::status::{cents, gross};
use crate::db::number_ranges;
use crate::db::schema::{document_details, document_lines, documents, products};
use crate::error::{Error, Result};

/// What the head of a new document says; `None` takes what its predecessor says, or the table's default.
#[derive(Clone, Debug, Default, Insertable, Queryable, Selectable)]
#[diesel(table_name = documents)]
pub struct Head {
    /// Subject.
    pub title: Option<String>,
    /// The customer.
    pub partner_id: Option<i64>,
    /// The company that writes it.
    pub company_id: Option<i64>,
    /// Department.
    pub department_id: Option<i64>,
    /// Who works on it.
    pub handler_id: Option<i64>,
    /// ADM of this document.
    pub field_rep_id: Option<i64>,
    /// IDM of this document.
    pub inside_rep_id: Option<i64>,
    /// When to come back to it, 00:00 of the day.
    pub follow_up_at: Option<DateTime<Utc>>,
    /// Until when an order is to be picked; of a day its 24:00.
    pub commissioning_due_at: Option<DateTime<Utc>>,
    /// Until when an order is to be delivered; of a day its 24:00.
    pub delivery_due_at: Option<DateTime<Utc>>,
    /// When a delivery note was delivered, 00:00 of the day.
    pub delivered_at: Option<DateTime<Utc>>,
    /// Until when an invoice is to be paid; of a day its 24:00.
    pub payment_due_at: Option<DateTime<Utc>>,
    /// Of all its amounts.
    pub currency: Option<String>,
}

impl Head {
    /// What this head leaves open, its predecessor's says: all but dates, which are the new document's own.
    #[must_use]
    pub fn or(self, other: &Head) -> Head {
        Head {
            title: self.title.or_else(|| other.title.clone()),
            partner_id: self.partner_id.or(other.partner_id),
            company_id: self.company_id.or(other.company_id),
            department_id: self.department_id.or(other.department_id),
            handler_id: self.handler_id.or(other.handler_id),
            field_rep_id: self.field_rep_id.or(other.field_rep_id),
            inside_rep_id: self.inside_rep_id.or(other.inside_rep_id),
            currency: self.currency.or_else(|| other.currency.clone()),
            ..self
        }
    }
}

/// What lies beside the head.
#[derive(Clone, Debug, Default, Insertable)]
#[diesel(table_name = document_details)]
pub struct Details {
    /// Whom it is addressed to.
    pub contact_person_id: Option<i64>,
    /// VAT in per cent.
    pub tax_rate: Option<Decimal>,
    /// See [`super::INVOICE_KIND`].
    pub invoice_kind: Option<&'static str>,
    /// The document it is made from.
    pub predecessor_id: Option<i64>,
    /// Address elsewhere.
    pub link: Option<String>,
    /// Internal remark.
    pub note: Option<String>,
}

/// A line of a new document.
#[derive(Clone, Debug, Default, Insertable)]
#[diesel(table_name = document_lines)]
pub struct Line {
    /// The product, if it is one of ours.
    pub product_id: Option<i64>,
    /// Its group.
    pub product_group: Option<String>,
    /// Its text.
    pub description: String,
    /// How much.
    pub quantity: Decimal,
    /// Of which unit.
    pub unit: String,
    /// Net price of a unit.
    pub unit_price: Option<Decimal>,
    /// Discount in per cent.
    pub discount_percent: Decimal,
    /// Cost of a unit; `None` is unknown.
    pub unit_cost: Option<Decimal>,
    /// End of a licence.
    pub licence_expires_at: Option<DateTime<Utc>>,
    /// The line it comes from.
    pub predecessor_line_id: Option<i64>,
}

impl Line {
    /// Its net value to the cent, if its price is known.
    pub fn net(&self) -> Option<Decimal> {
        self.unit_price.map(|price| line_net(self.quantity, price, self.discount_percent))
    }

    fn cost(&self) -> Option<Decimal> {
        self.unit_cost.map(|cost| cents(self.quantity * cost))
    }
}

/// A document that is to be entered.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What it is, see [`super::KIND`].
    pub kind: &'static str,
    /// Its number; else the next of its range.
    pub number: Option<String>,
    /// Its date.
    pub date: NaiveDate,
    /// Its head.
    pub head: Head,
    /// What lies beside.
    pub details: Details,
    /// Its lines.
    pub lines: Vec<Line>,
    /// The net amount of a document without lines.
    pub net_amount: Option<Decimal>,
}

impl Draft {
    /// The net amount: the sum of the lines if each has a price, and what is said if there are none.
    pub fn net(&self) -> Option<Decimal> {
        if self.lines.is_empty() { self.net_amount } else { self.lines.iter().map(Line::net).sum() }
    }

    /// The cost, if it is known of every line.
    fn cost(&self) -> Option<Decimal> {
        if self.lines.is_empty() { None } else { self.lines.iter().map(Line::cost).sum() }
    }
}

/// Enters a document. Returns its id and number.
///
/// What it takes of its predecessor must be locked before: the number is taken last, so that nobody waits for a number.
pub fn insert(connection: &mut PgConnection, draft: &Draft, now: DateTime<Utc>) -> Result<(i64, String)> {
    let net = draft.net();
    let owed = net.filter(|_| draft.kind == "invoice").map(|net| gross(net, draft.details.tax_rate));
    let range = draft.kind.replace('_', "-");
    let number =
        number_ranges::given_or_next(connection, draft.number.as_deref(), &range, draft.date, "wvl.documents")?;
    let row = (
        documents::kind.eq(draft.kind),
        documents::number.eq(&number),
        documents::document_date.eq(draft.date),
        documents::booked_at.eq(now),
        documents::net_amount.eq(net),
        documents::cost_amount.eq(draft.cost()),
        documents::open_amount.eq(owed),
        &draft.head,
    );
    let inserted: Option<i64> = diesel::insert_into(documents::table)
        .values(row)
        .on_conflict((documents::kind, documents::number))
        .do_nothing()
        .returning(documents::id)
        .get_result(connection)
        .optional()?;
    let Some(id) = inserted else {
        let kind = draft.kind.replace('_', " ");
        return Err(Error::data(format!("{kind} {number} exists already"))
            .hint(format!("“wvl document set {number}” changes what is there")));
    };
    let lines: Vec<_> = (1..)
        .zip(&draft.lines)
        .map(|(line, said)| (document_lines::document_id.eq(id), document_lines::line.eq(line), said))
        .collect();
    diesel::insert_into(document_lines::table).values(lines).execute(connection)?;
    let details = (document_details::document_id.eq(id), &draft.details);
    diesel::insert_into(document_details::table).values(details).execute(connection)?;
    Ok((id, number))
}

/// The lines that come from no other document, with what their products say.
///
/// Errors: a text that is no product's number and has no price, which most often is a number mistyped.
pub fn own_lines(connection: &mut PgConnection, asked: &[&Own]) -> Result<Vec<Line>> {
    type Product = (String, i64, String, Option<String>, String, Option<Decimal>, Option<Decimal>);
    let numbers: Vec<&str> = asked.iter().map(|own| own.what.as_str()).collect();
    let known: Vec<Product> = products::table
        .filter(products::number.eq_any(&numbers))
        .select((
            products::number,
            products::id,
            products::name,
            products::product_group,
            products::unit,
            products::price,
            products::cost,
        ))
        .load(connection)?;
    let known: BTreeMap<&str, &Product> = known.iter().map(|product| (product.0.as_str(), product)).collect();
    asked
        .iter()
        .map(|own| {
            let product = known.get(own.what.as_str());
            let line = Line {
                quantity: own.quantity,
                discount_percent: own.discount,
                unit_price: own.price,
                unit: own.unit.clone().unwrap_or_else(|| "Stk".to_owned()),
                ..Line::default()
            };
            match product {
                Some((_, id, name, group, unit, price, cost)) => Ok(Line {
                    product_id: Some(*id),
                    product_group: group.clone(),
                    description: name.clone(),
                    unit: own.unit.clone().unwrap_or_else(|| unit.clone()),
                    unit_price: own.price.or(*price),
                    unit_cost: *cost,
                    ..line
                }),
                None if own.price.is_some() => Ok(Line { description: own.what.clone(), ..line }),
                None => Err(Error::not_found("product", &own.what)
                    .hint(format!("a text that is no product needs a price: “{} @ 120,00”", own.what))
                    .hint("“wvl product list --search TEXT” looks for it")),
            }
        })
        .collect()
}
