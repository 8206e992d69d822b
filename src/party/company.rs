//! The companies (Mandanten) of the group.

use diesel::prelude::*;

use crate::db::schema::companies;
use crate::error::{Error, Result};
use crate::party::named;
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

/// The expression for the name of the company in this column.
pub fn name(column: &str) -> String {
    format!("(SELECT m.name FROM wvl.companies m WHERE m.id = {column})")
}

/// Adds a company; the name must be free.
pub fn insert(connection: &mut PgConnection, name: &str) -> Result<()> {
    let inserted = diesel::insert_into(companies::table)
        .values(companies::name.eq(name))
        .on_conflict(companies::name)
        .do_nothing()
        .execute(connection)?;
    if inserted == 0 {
        return Err(
            Error::data(format!("company {name} exists already")).hint("“wvl company set NAME” gives it another name")
        );
    }
    Ok(())
}

/// The company of this name, whatever its capitals; the error names those there are.
pub fn id_by_name(connection: &mut PgConnection, name: &str) -> Result<i64> {
    let companies: Vec<(i64, String)> =
        companies::table.select((companies::id, companies::name)).order(companies::name).load(connection)?;
    named::id_of(&companies, "company", "companies", name)
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
