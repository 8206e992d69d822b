//! The companies (Mandanten) of the group.

use diesel::prelude::*;

use crate::db::schema::companies;
use crate::error::{Error, Result};
use crate::register::{Field, Filters, Register};

/// How companies are listed.
pub fn register() -> Register {
    Register {
        noun: "company",
        title: "Mandant",
        from: "wvl.companies d",
        key: "d.name",
        titled_by_kind: false,
        fields: vec![Field::text("name", "Name", "d.name")],
        filters: Filters { search: "d.name", ..Filters::default() },
        order: "d.name",
    }
}

/// Gives a company another name; no other may have it, because files name companies by it.
pub fn rename(connection: &mut PgConnection, id: i64, name: &str) -> Result<()> {
    let other = companies::table.filter(companies::name.eq(name).and(companies::id.ne(id)));
    if diesel::select(diesel::dsl::exists(other)).get_result(connection)? {
        return Err(Error::data(format!("company {name} exists already")));
    }
    diesel::update(companies::table.find(id)).set(companies::name.eq(name)).execute(connection)?;
    Ok(())
}
