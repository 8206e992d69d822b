//! Sites (Standorte), and by which calendar their people work.

use diesel::prelude::*;

use crate::db::schema::sites;
use crate::error::{Error, Result};
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
            Field::text("company", "Mandant", "(SELECT m.name FROM wvl.companies m WHERE m.id = d.company_id)"),
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

/// What changes of a site; `None` stays, `Some(None)` empties.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = sites)]
pub struct Change {
    /// Its name.
    pub name: Option<String>,
    /// The calendar by which its people work, as in the configuration; none means `default`.
    pub calendar: Option<Option<String>>,
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
