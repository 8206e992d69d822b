//! Sites (Standorte), and by which calendar their people work.

use diesel::prelude::*;

use crate::db::schema::sites;
use crate::error::{Error, Result};
use crate::party::{company, named};
use crate::register::{Field, Filters, Kind, Register};

/// How sites are listed.
pub fn register() -> Register {
    Register {
        noun: "site",
        title: "Standort",
        from: "wvl.sites d",
        key: "d.name",
        titled_by_kind: false,
        fields: vec![
            Field::text("name", "Name", "d.name"),
            Field::text("calendar", "Kalender", "d.calendar"),
            Field::text("company", "Mandant", company::name("d.company_id")),
            Field::new(
                "employees",
                "Mitarbeiter",
                Kind::Int,
                "(SELECT count(*) FROM wvl.employees e WHERE e.site_id = d.id AND e.active)",
            ),
        ],
        filters: Filters { search: "d.name", ..Filters::default() },
        order: "d.name",
    }
}

/// The site of this name, whatever its capitals; the error names those there are.
pub fn id_by_name(connection: &mut PgConnection, name: &str) -> Result<i64> {
    let sites: Vec<(i64, String)> =
        sites::table.select((sites::id, sites::name)).order(sites::name).load(connection)?;
    named::id_of(&sites, "site", "sites", name)
}

/// Adds a site with what is known of it; the name must be free.
pub fn insert(connection: &mut PgConnection, name: &str, change: &Change) -> Result<()> {
    let inserted: Option<i64> = diesel::insert_into(sites::table)
        .values(sites::name.eq(name))
        .on_conflict(sites::name)
        .do_nothing()
        .returning(sites::id)
        .get_result(connection)
        .optional()?;
    let id = inserted.ok_or_else(|| {
        Error::data(format!("site {name} exists already")).hint("“wvl site set NAME” changes what is there")
    })?;
    update(connection, id, change)
}

/// What changes of a site; `None` stays, `Some(None)` empties.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = sites)]
pub struct Change {
    /// Its name.
    pub name: Option<String>,
    /// The calendar by which its people work, as in the configuration; none means `default`.
    pub calendar: Option<Option<String>>,
    /// The company of the group that it belongs to.
    pub company_id: Option<i64>,
}

/// Changes a site; nothing to change is no error.
pub fn update(connection: &mut PgConnection, id: i64, change: &Change) -> Result<()> {
    if let Some(name) = &change.name {
        let other = sites::table.filter(sites::name.eq(name).and(sites::id.ne(id)));
        if diesel::select(diesel::dsl::exists(other)).get_result(connection)? {
            return Err(Error::data(format!("site {name} exists already")));
        }
    }
    diesel::update(sites::table.find(id)).set(change).execute(connection).optional_empty_changeset()?;
    Ok(())
}
