//! What changes of a line of a document by hand.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use rust_decimal::Decimal;

use crate::db::schema::{document_lines, documents};
use crate::error::{Error, Result};

/// What changes of a line; `None` stays.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = document_lines)]
pub struct LineChange {
    /// When its licence was renewed; with it the line does not escalate.
    pub renewed_at: Option<Option<DateTime<Utc>>>,
    /// When its licence ends; of a day its 24:00.
    pub licence_expires_at: Option<Option<DateTime<Utc>>>,
    /// How much the line is about.
    pub quantity: Option<Decimal>,
    /// How much of it is delivered; delivery notes made later add to it.
    pub delivered_quantity: Option<Decimal>,
    /// How much of it is invoiced; invoices made later add to it.
    pub invoiced_quantity: Option<Decimal>,
}

impl LineChange {
    /// Whether it says anything.
    pub fn is_empty(&self) -> bool {
        self.renewed_at.is_none() && self.licence_expires_at.is_none() && !self.has_quantities()
    }

    fn has_quantities(&self) -> bool {
        self.quantity.is_some() || self.delivered_quantity.is_some() || self.invoiced_quantity.is_some()
    }

    /// Whether a line can be like that: nothing below zero, and no more delivered or invoiced than there is.
    fn check(&self, line: i32, stored: (Decimal, Decimal, Decimal), more_than_open: bool) -> Result<()> {
        let quantity = self.quantity.unwrap_or(stored.0);
        let said = [(self.delivered_quantity, stored.1, "delivered"), (self.invoiced_quantity, stored.2, "invoiced")];
        if [self.quantity, self.delivered_quantity, self.invoiced_quantity]
            .iter()
            .flatten()
            .any(|said| *said < Decimal::ZERO)
        {
            return Err(Error::usage(format!("line {line}: a quantity is not less than nothing")));
        }
        for (said, before, what) in said {
            let taken = said.unwrap_or(before);
            // what was too much before is no mistake of this change
            if taken > quantity && (said.is_some() || self.quantity.is_some()) && !more_than_open {
                let (taken, quantity) = (taken.normalize(), quantity.normalize());
                return Err(Error::data(format!(
                    "line {line}: {taken} {what} would be more than its quantity {quantity}"
                ))
                .hint("--more-than-open allows it"));
            }
        }
        Ok(())
    }
}

/// Changes a line of a document. A quantity that changes changes the sums of the document, if all its lines have prices; an
/// open invoice then owes as much more or less.
///
/// Errors: the document has no such line, or more would be delivered or invoiced than the line is about.
pub fn update_line(
    connection: &mut PgConnection,
    id: i64,
    line: i32,
    change: &LineChange,
    more_than_open: bool,
) -> Result<()> {
    let row = document_lines::table.filter(document_lines::document_id.eq(id).and(document_lines::line.eq(line)));
    let columns = (document_lines::quantity, document_lines::delivered_quantity, document_lines::invoiced_quantity);
    let Some(stored) = row.select(columns).first(connection).optional()? else {
        return Err(no_line(connection, id, line)?);
    };
    if change.has_quantities() {
        change.check(line, stored, more_than_open)?;
    }
    diesel::update(row).set(change).execute(connection)?;
    // a document changes with its lines
    diesel::update(documents::table.find(id)).set(documents::changed_at.eq(diesel::dsl::now)).execute(connection)?;
    if change.quantity.is_some() {
        diesel::sql_query(include_str!("resum.sql")).bind::<BigInt, _>(id).execute(connection)?;
    }
    Ok(())
}

/// Brings the lines along where somebody says of a whole order or delivery note that all (or nothing) of it is delivered or
/// invoiced. Nothing means: nothing but what documents say.
pub fn follow_progress(connection: &mut PgConnection, id: i64, change: &super::Change) -> Result<()> {
    let delivered = ("delivered_quantity", "greatest(delivered_quantity, quantity)", "delivered_noted");
    let invoiced = ("invoiced_quantity", "greatest(invoiced_quantity, quantity - covered_quantity)", "invoiced_noted");
    for (status, (column, all, noted)) in [(change.delivery_status, delivered), (change.invoicing_status, invoiced)] {
        let value = match status {
            Some("complete") => all.to_owned(),
            Some("none") => format!("{column} - {noted}"),
            _ => continue,
        };
        diesel::sql_query(format!(
            "UPDATE wvl.document_lines SET {column} = {value} \
             WHERE document_id = $1 AND quantity > 0 AND {column} <> {value}"
        ))
        .bind::<BigInt, _>(id)
        .execute(connection)?;
    }
    Ok(())
}

/// The document has no such line; the error names those it has.
pub fn no_line(connection: &mut PgConnection, id: i64, line: i32) -> Result<Error> {
    let lines: Vec<i32> = document_lines::table
        .filter(document_lines::document_id.eq(id))
        .select(document_lines::line)
        .order(document_lines::line)
        .limit(50)
        .load(connection)?;
    let lines: Vec<String> = lines.iter().map(i32::to_string).collect();
    Ok(Error::not_found("line", line).hint(format!("lines of this document: {}", lines.join(", "))))
}
