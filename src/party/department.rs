//! Departments and who heads them.

use diesel::prelude::*;

use crate::db::schema::departments;
use crate::error::{Error, Result};
use crate::party::employee;
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
    let wanted = name.trim().to_lowercase();
    match departments.iter().find(|(_, name)| name.to_lowercase() == wanted) {
        Some((id, _)) => Ok(*id),
        None => {
            let known: Vec<&str> = departments.iter().map(|(_, name)| name.as_str()).collect();
            Err(Error::not_found("department", name).hint(format!("departments: {}", known.join(", "))))
        }
    }
}

/// Adds a department; the name must be free.
pub fn insert(connection: &mut PgConnection, name: &str, head_id: Option<i64>) -> Result<()> {
    let inserted = diesel::insert_into(departments::table)
        .values((departments::name.eq(name), departments::head_id.eq(head_id)))
        .on_conflict(departments::name)
        .do_nothing()
        .execute(connection)?;
    if inserted == 0 {
        return Err(Error::data(format!("department {name} exists already"))
            .hint("“wvl department set NAME” changes what is there"));
    }
    Ok(())
}

/// Gives a department another name; no other may have it, because files name departments by it.
pub fn rename(connection: &mut PgConnection, id: i64, name: &str) -> Result<()> {
    let other = departments::table.filter(departments::name.eq(name).and(departments::id.ne(id)));
    if diesel::select(diesel::dsl::exists(other)).get_result(connection)? {
        return Err(Error::data(format!("department {name} exists already")));
    }
    diesel::update(departments::table.find(id)).set(departments::name.eq(name)).execute(connection)?;
    Ok(())
}

/// Says who heads a department, or that nobody does.
pub fn set_head(connection: &mut PgConnection, id: i64, head_id: Option<i64>) -> Result<()> {
    diesel::update(departments::table.find(id)).set(departments::head_id.eq(head_id)).execute(connection)?;
    Ok(())
}
