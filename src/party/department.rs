//! Departments and who heads them.

use diesel::prelude::*;

use crate::db::schema::departments;
use crate::error::{Error, Result};
use crate::party::{company, employee, named};
use crate::register::{Field, Filters, Kind, Register};

/// How departments are listed.
pub fn register() -> Register {
    Register {
        noun: "department",
        title: "Abteilung",
        from: "wvl.departments d",
        key: "d.name",
        titled_by_kind: false,
        fields: vec![
            Field::text("name", "Name", "d.name"),
            Field::text("head", "Leitung", employee::name("d.head_id")),
            Field::new(
                "employees",
                "Mitarbeiter",
                Kind::Int,
                "(SELECT count(*) FROM wvl.employees e
                  WHERE e.active AND d.id = (SELECT a.department_id FROM wvl.employee_assignments a
                      WHERE a.employee_id = e.id AND a.valid_from <= (wvl.as_of() AT TIME ZONE wvl.zone())::date
                      ORDER BY a.valid_from DESC LIMIT 1))",
            ),
            Field::text("company", "Mandant", company::name("d.company_id")).detail(),
        ],
        filters: Filters { search: "d.name", ..Filters::default() },
        order: "d.name",
    }
}

/// The expression for the name of the department in this column.
pub fn name(column: &str) -> String {
    format!("(SELECT b.name FROM wvl.departments b WHERE b.id = {column})")
}

/// The department of this name, whatever its capitals; the error names those there are.
pub fn id_by_name(connection: &mut PgConnection, name: &str) -> Result<i64> {
    let departments: Vec<(i64, String)> =
        departments::table.select((departments::id, departments::name)).order(departments::name).load(connection)?;
    named::id_of(&departments, "department", "departments", name)
}

/// Adds a department with what is known of it; the name must be free.
pub fn insert(connection: &mut PgConnection, name: &str, change: &Change) -> Result<()> {
    let inserted: Option<i64> = diesel::insert_into(departments::table)
        .values(departments::name.eq(name))
        .on_conflict(departments::name)
        .do_nothing()
        .returning(departments::id)
        .get_result(connection)
        .optional()?;
    let id = inserted.ok_or_else(|| {
        Error::data(format!("department {name} exists already")).hint("“wvl department set NAME” changes what is there")
    })?;
    update(connection, id, change)
}

/// What changes of a department; `None` stays, `Some(None)` empties.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = departments)]
pub struct Change {
    /// Its name.
    pub name: Option<String>,
    /// Who heads it.
    pub head_id: Option<Option<i64>>,
    /// The company of the group that it belongs to.
    pub company_id: Option<i64>,
}

/// Changes a department; no other may have its name, because files name departments by it.
pub fn update(connection: &mut PgConnection, id: i64, change: &Change) -> Result<()> {
    if let Some(name) = &change.name {
        let other = departments::table.filter(departments::name.eq(name).and(departments::id.ne(id)));
        if diesel::select(diesel::dsl::exists(other)).get_result(connection)? {
            return Err(Error::data(format!("department {name} exists already")));
        }
    }
    diesel::update(departments::table.find(id)).set(change).execute(connection).optional_empty_changeset()?;
    Ok(())
}
