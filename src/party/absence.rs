//! Days on which an employee does not work. Others read "abwesend", never the reason.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::db::schema::absences;
use crate::error::{Error, Result};
use crate::party::employee;
use crate::register::{Dated, Field, Filters, Kind, Register, Words};

/// Why somebody is away; entered, never listed.
pub static KIND: Words = Words(&[("vacation", &["Urlaub"]), ("sick", &["krank"]), ("other", &["Sonstiges"])]);

/// How absences are listed.
pub fn register() -> Register {
    Register {
        noun: "absence",
        title: "Abwesenheit",
        from: "wvl.absences d",
        key: "d.id::text",
        titled_by_kind: false,
        fields: vec![
            Field::new("id", "Nr.", Kind::Int, "d.id").optional(),
            Field::new("employee", "Personalnummer", Kind::Int, employee::number("d.employee_id")).optional(),
            Field::text("employee_name", "Mitarbeiter", employee::name("d.employee_id")),
            Field::new("first_day", "Erster Tag", Kind::Day, "d.first_day"),
            Field::new("last_day", "Letzter Tag", Kind::Day, "d.last_day"),
            Field::text(
                "deputy",
                "Vertretung",
                employee::name(
                    "(SELECT a.deputy_id FROM wvl.employee_assignments a WHERE a.employee_id = d.employee_id
                  AND a.valid_from <= d.first_day ORDER BY a.valid_from DESC LIMIT 1)",
                ),
            ),
        ],
        filters: Filters {
            employee: "d.employee_id = {}",
            team: "d.employee_id IN (SELECT employee_id FROM wvl.team_members WHERE team_id = {})",
            open: "d.last_day >= (wvl.as_of() AT TIME ZONE wvl.zone())::date",
            dated: Some(Dated::Day("d.first_day")),
            search: "SELECT concat_ws(' ', e.number, e.first_name, e.last_name) FROM wvl.employees e
                WHERE e.id = d.employee_id",
            ..Filters::default()
        },
        order: "d.first_day DESC, d.id",
    }
}

/// An absence to be entered.
#[derive(Debug, Insertable)]
#[diesel(table_name = absences)]
pub struct NewAbsence {
    /// Who is away.
    pub employee_id: i64,
    /// First day.
    pub first_day: NaiveDate,
    /// Last day, inclusive.
    pub last_day: NaiveDate,
    /// Why, see [`KIND`].
    pub kind: &'static str,
    /// A remark for the office.
    pub note: Option<String>,
}

/// What changes of an absence.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = absences)]
pub struct Change {
    /// First day.
    pub first_day: Option<NaiveDate>,
    /// Last day, inclusive.
    pub last_day: Option<NaiveDate>,
    /// Why, see [`KIND`].
    pub kind: Option<&'static str>,
    /// A remark for the office.
    pub note: Option<Option<String>>,
}

/// Enters an absence and returns its id.
pub fn insert(connection: &mut PgConnection, absence: &NewAbsence) -> Result<i64> {
    let inserted: Option<i64> = diesel::insert_into(absences::table)
        .values(absence)
        .on_conflict((absences::employee_id, absences::first_day))
        .do_nothing()
        .returning(absences::id)
        .get_result(connection)
        .optional()?;
    inserted.ok_or_else(|| {
        Error::data(format!("the employee has an absence from {} on already", absence.first_day))
            .hint("“wvl absence list --employee NUMBER” shows its number; “wvl absence set NUMBER --to DAY” extends it")
    })
}

/// Changes an absence; nothing to change is no error.
pub fn update(connection: &mut PgConnection, id: i64, change: &Change) -> Result<()> {
    let (first, last): (NaiveDate, NaiveDate) =
        absences::table.find(id).select((absences::first_day, absences::last_day)).first(connection)?;
    check_order(change.first_day.unwrap_or(first), change.last_day.unwrap_or(last))?;
    diesel::update(absences::table.find(id)).set(change).execute(connection).optional_empty_changeset()?;
    Ok(())
}

/// Deletes an absence.
pub fn delete(connection: &mut PgConnection, id: i64) -> Result<()> {
    diesel::delete(absences::table.find(id)).execute(connection)?;
    Ok(())
}

/// An absence ends on its first day or later.
pub fn check_order(first_day: NaiveDate, last_day: NaiveDate) -> Result<()> {
    if last_day < first_day {
        return Err(Error::usage(format!("the last day {last_day} lies before the first, {first_day}")));
    }
    Ok(())
}
