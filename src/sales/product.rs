//! Products.

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
            Field::text("product_group", "Warengruppe", "d.product_group"),
            Field::text("unit", "Einheit", "d.unit"),
            Field::money("price", "Preis", "d.price"),
            Field::new("active", "Aktiv", Kind::Flag, "d.active"),
            // what we pay for it is not for every list that leaves the house
            Field::money("cost", "Einkaufspreis", "d.cost").detail(),
        ],
        filters: Filters { search: "concat_ws(' ', d.number, d.name, d.product_group)", ..Filters::default() },
        order: "d.number",
    }
}

/// The expression for the number of the product in this column.
pub fn number(column: &str) -> String {
    format!("(SELECT a.number FROM wvl.products a WHERE a.id = {column})")
}
