//! Purchase orders (Bestellungen): what we have ordered from suppliers.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use rust_decimal::Decimal;

use crate::db::number_ranges;
use crate::db::schema::{purchase_order_lines, purchase_orders};
use crate::error::{Error, Result};
use crate::party::{customer, department, employee};
use crate::register::{Dated, Field, Filters, Kind, Register, Words};
use crate::sales::document::PROGRESS;
use crate::sales::product;

/// In which state a purchase order can be.
pub static STATUS: Words = Words(&[
    ("open", &["offen", "bestellt"]),
    ("closed", &["erledigt", "geschlossen", "abgeschlossen"]),
    ("void", &["storniert", "Storno"]),
]);

/// How purchase orders are listed and shown.
pub fn register() -> Register {
    Register {
        noun: "purchase-order",
        title: "Bestellung",
        from: "wvl.purchase_orders d",
        key: "d.number",
        titled_by_kind: false,
        fields: vec![
            Field::text("number", "Nummer", "d.number"),
            Field::new("order_date", "Datum", Kind::Day, "d.order_date").optional(),
            Field::word("status", "Status", &STATUS, "d.status").optional(),
            Field::promise("expected_at", "Erwartet", "d.expected_at"),
            Field::word("receipt_status", "Wareneingang", &PROGRESS, "d.receipt_status").optional(),
            Field::text("supplier", "Lieferantennummer", customer::number("d.partner_id")).optional(),
            Field::text("supplier_name", "Lieferant", customer::name("d.partner_id")),
            Field::text("title", "Titel", "d.title"),
            Field::money("net_amount", "Netto", "d.net_amount").optional(),
            Field::text("currency", "Währung", "d.currency").optional(),
            Field::text("handler", "Bearbeiter", employee::name("d.handler_id")).optional(),
            Field::text("department", "Abteilung", department::name("d.department_id")).detail(),
            Field::instant("closed_at", "Erledigt am", "d.closed_at").detail(),
            Field::text("link", "Link", "d.link").detail(),
        ],
        filters: Filters {
            employee: "d.handler_id = {}",
            team: "d.handler_id IN (SELECT employee_id FROM wvl.team_members WHERE team_id = {})",
            partner: "d.partner_id = {}",
            open: "d.status = 'open'",
            overdue: "d.status = 'open' AND d.receipt_status <> 'complete' AND d.expected_at < {}",
            dated: Some(Dated::Day("d.order_date")),
            search: "concat_ws(' ', d.number, d.title)",
            ..Filters::default()
        },
        order: "d.id DESC",
    }
}

/// How the lines of a purchase order are shown.
pub fn lines() -> Register {
    Register {
        noun: "purchase-order",
        title: "Position",
        from: "wvl.purchase_order_lines d",
        key: "d.line::text",
        titled_by_kind: false,
        fields: vec![
            Field::new("line", "Pos.", Kind::Int, "d.line"),
            Field::text("product", "Artikelnummer", product::number("d.product_id")),
            Field::text("description", "Positionstext", "d.description"),
            Field::new("quantity", "Menge", Kind::Number, "d.quantity"),
            Field::text("unit", "Einheit", "d.unit"),
            Field::money("unit_price", "Preis", "d.unit_price"),
            Field::new("received_quantity", "Eingegangene Menge", Kind::Number, "d.received_quantity"),
            Field::new("open_quantity", "Noch offen", Kind::Number, "greatest(d.quantity - d.received_quantity, 0)"),
        ],
        filters: Filters { owner: "d.purchase_order_id = {}", ..Filters::default() },
        order: "d.line",
    }
}

/// What changes of a purchase order; `None` stays, `Some(None)` empties.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = purchase_orders)]
pub struct Change {
    /// Subject.
    pub title: Option<String>,
    /// Who works on it.
    pub handler_id: Option<Option<i64>>,
    /// When the goods are expected; of a day its 24:00.
    pub expected_at: Option<Option<DateTime<Utc>>>,
    /// How much has come, see [`PROGRESS`].
    pub receipt_status: Option<&'static str>,
    /// The supplier.
    pub partner_id: Option<Option<i64>>,
    /// When it was ordered.
    pub order_date: Option<NaiveDate>,
    /// Net amount.
    pub net_amount: Option<Option<Decimal>>,
    /// Of the amount.
    pub currency: Option<String>,
    /// Department.
    pub department_id: Option<Option<i64>>,
    /// Address elsewhere.
    pub link: Option<Option<String>>,
    /// Its state, see [`STATUS`]; [`in_status`] sets it with its instant.
    pub status: Option<&'static str>,
    /// When it was closed.
    pub closed_at: Option<Option<DateTime<Utc>>>,
}

/// The change from one state to another; closed is since it is no longer open.
pub fn in_status(from: &str, to: &'static str, now: DateTime<Utc>) -> Change {
    let closed_at = match (from, to) {
        (_, "open") => Some(None),
        ("open", _) => Some(Some(now)),
        _ => None,
    };
    Change { status: Some(to), closed_at, ..Change::default() }
}

/// Enters a purchase order of today under this number, else the next of the range. Returns id and number.
pub fn insert(
    connection: &mut PgConnection,
    number: Option<&str>,
    title: &str,
    today: NaiveDate,
) -> Result<(i64, String)> {
    let number = number_ranges::given_or_next(connection, number, "purchase-order", today, "wvl.purchase_orders")?;
    let row =
        (purchase_orders::number.eq(&number), purchase_orders::title.eq(title), purchase_orders::order_date.eq(today));
    let inserted: Option<i64> = diesel::insert_into(purchase_orders::table)
        .values(row)
        .on_conflict(purchase_orders::number)
        .do_nothing()
        .returning(purchase_orders::id)
        .get_result(connection)
        .optional()?;
    match inserted {
        Some(id) => Ok((id, number)),
        None => Err(Error::data(format!("purchase order {number} exists already"))
            .hint(format!("“wvl purchase-order set {number}” changes what is there"))),
    }
}

/// Changes a purchase order; nothing to change is no error.
pub fn update(connection: &mut PgConnection, id: i64, change: &Change) -> Result<()> {
    diesel::update(purchase_orders::table.find(id)).set(change).execute(connection).optional_empty_changeset()?;
    Ok(())
}

/// Notes how much of a line has come in; how much of the purchase order has follows by a trigger.
///
/// Errors: there is no such line; less than nothing, or (unless that is allowed) more than was ordered.
pub fn receive(
    connection: &mut PgConnection,
    id: i64,
    line: i32,
    received: Decimal,
    more_than_ordered: bool,
) -> Result<()> {
    let of_order = purchase_order_lines::purchase_order_id.eq(id);
    let row = purchase_order_lines::table.filter(of_order.and(purchase_order_lines::line.eq(line)));
    let ordered: Option<Decimal> = row.select(purchase_order_lines::quantity).first(connection).optional()?;
    let Some(ordered) = ordered else {
        let lines: Vec<i32> = purchase_order_lines::table
            .filter(of_order)
            .select(purchase_order_lines::line)
            .order(purchase_order_lines::line)
            .limit(50)
            .load(connection)?;
        let lines: Vec<String> = lines.iter().map(i32::to_string).collect();
        return Err(Error::not_found("line", line).hint(format!("lines of this purchase order: {}", lines.join(", "))));
    };
    if received < Decimal::ZERO {
        return Err(Error::usage(format!("--received {received}: nothing less than nothing comes in")));
    }
    if received > ordered && !more_than_ordered {
        let message =
            format!("line {line}: {} would be more than the {} ordered", received.normalize(), ordered.normalize());
        return Err(Error::data(message).hint("--more-than-open allows it"));
    }
    diesel::update(row).set(purchase_order_lines::received_quantity.eq(received)).execute(connection)?;
    Ok(())
}

/// Brings the lines along where somebody says that everything, or nothing, has come in.
pub fn follow_receipt(connection: &mut PgConnection, id: i64, change: &Change) -> Result<()> {
    let value = match change.receipt_status {
        Some("complete") => "greatest(received_quantity, quantity)",
        Some("none") => "0",
        _ => return Ok(()),
    };
    diesel::sql_query(format!(
        "UPDATE wvl.purchase_order_lines SET received_quantity = {value} \
         WHERE purchase_order_id = $1 AND quantity > 0 AND received_quantity <> {value}"
    ))
    .bind::<diesel::sql_types::BigInt, _>(id)
    .execute(connection)?;
    Ok(())
}
