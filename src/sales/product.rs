//! Products.

use diesel::prelude::*;
use rust_decimal::Decimal;

use crate::db::schema::products;
use crate::error::{Error, Result};
use crate::register::{Field, Filters, Kind, Register};

/// How products are listed and shown.
pub fn register() -> Register {
    Register {
        noun: "product",
        title: "Artikel",
        from: "wvl.products d",
        key: "d.number",
        titled_by_kind: false,
        fields: vec![
            Field::text("number", "Artikelnummer", "d.number"),
            Field::text("name", "Bezeichnung", "d.name"),
            Field::text("product_group", "Warengruppe", "d.product_group").optional(),
            Field::text("unit", "Einheit", "d.unit").optional(),
            Field::money("price", "Preis", "d.price"),
            Field::new("active", "Aktiv", Kind::Flag, "d.active").optional(),
            // what we pay for it is not for every list that leaves the house
            Field::money("cost", "Einkaufspreis", "d.cost").detail(),
        ],
        filters: Filters {
            open: "d.active",
            search: "concat_ws(' ', d.number, d.name, d.product_group)",
            ..Filters::default()
        },
        order: "d.number",
    }
}

/// The expression for the number of the product in this column.
pub fn number(column: &str) -> String {
    format!("(SELECT a.number FROM wvl.products a WHERE a.id = {column})")
}

/// What changes of a product; `None` stays, `Some(None)` empties.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = products)]
pub struct Change {
    /// What it is called.
    pub name: Option<String>,
    /// Hardware, Software, Dienstleistung …
    pub product_group: Option<Option<String>>,
    /// Unit of quantity.
    pub unit: Option<String>,
    /// Net price of a unit.
    pub price: Option<Option<Decimal>>,
    /// What we pay for a unit.
    pub cost: Option<Option<Decimal>>,
    /// Whether it is still sold.
    pub active: Option<bool>,
}

/// Adds a product; the number must be free. Returns its id.
pub fn insert(connection: &mut PgConnection, number: &str, name: &str) -> Result<i64> {
    let inserted: Option<i64> = diesel::insert_into(products::table)
        .values((products::number.eq(number), products::name.eq(name)))
        .on_conflict(products::number)
        .do_nothing()
        .returning(products::id)
        .get_result(connection)
        .optional()?;
    inserted.ok_or_else(|| {
        Error::data(format!("product {number} exists already"))
            .hint(format!("“wvl product set {number}” changes what is there"))
    })
}

/// Changes a product; nothing to change is no error.
pub fn update(connection: &mut PgConnection, id: i64, change: &Change) -> Result<()> {
    diesel::update(products::table.find(id)).set(change).execute(connection).optional_empty_changeset()?;
    Ok(())
}
