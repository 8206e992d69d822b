//! Employees: who they are, and who leads, deputises for and employs them on which day.

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::db::schema::{employee_assignments, employees};
use crate::error::{Error, Kind as Failure, Result};
use crate::party::{LANGUAGE, department};
use crate::register::{Field, Filters, Kind, Register};

/// How employees are listed and shown; supervisor, deputy and department are those of the day of `wvl.as_of()`.
pub fn register() -> Register {
    Register {
        noun: "employee",
        title: "Mitarbeiter",
        from: "wvl.employees d",
        key: "d.number::text",
        titled_by_kind: false,
        fields: vec![
            Field::new("number", "Personalnummer", Kind::Int, "d.number"),
            Field::text("first_name", "Vorname", "d.first_name"),
            Field::text("last_name", "Nachname", "d.last_name"),
            Field::text("department", "Abteilung", department::name(&assigned("department_id"))).optional(),
            Field::text("supervisor", "Vorgesetzter", name(&assigned("supervisor_id"))),
            Field::text("deputy", "Vertretung", name(&assigned("deputy_id"))).optional(),
            Field::text("email", "E-Mail", "d.email").optional(),
            Field::new("active", "Aktiv", Kind::Flag, "d.active"),
            Field::new("supervisor_number", "Nr. Vorgesetzter", Kind::Int, number(&assigned("supervisor_id"))).detail(),
            Field::new("deputy_number", "Nr. Vertretung", Kind::Int, number(&assigned("deputy_id"))).detail(),
            Field::new(
                "teams",
                "Teams",
                Kind::List,
                "(SELECT json_agg(t.name ORDER BY t.name) FROM wvl.team_members m JOIN wvl.teams t ON t.id = m.team_id
                  WHERE m.employee_id = d.id)",
            )
            .detail(),
            Field::text("phone", "Telefon", "d.phone").detail(),
            Field::text("mobile", "Mobil", "d.mobile").detail(),
            Field::text("channels", "Erreichbar über", "d.channels").detail(),
            Field::text("site", "Standort", "(SELECT s.name FROM wvl.sites s WHERE s.id = d.site_id)").detail(),
            Field::text("working_days", "Arbeitstage (Mo–So)", "d.working_days").detail(),
            // told only of those who agreed
            Field::new(
                "birthday",
                "Geburtstag",
                Kind::Day,
                "(SELECT b.birthday FROM wvl.employee_birthdays b WHERE b.employee_id = d.id)",
            )
            .detail(),
            Field::word("language", "Sprache", &LANGUAGE, "d.language").detail(),
            Field::text("pg_role", "Datenbankrolle", "d.pg_role").detail(),
            Field::new("left_on", "Letzter Arbeitstag", Kind::Day, "d.left_on").detail(),
        ],
        filters: Filters {
            employee: "d.id = {}",
            team: "d.id IN (SELECT employee_id FROM wvl.team_members WHERE team_id = {})",
            open: "d.active AND (d.left_on IS NULL OR d.left_on >= (wvl.as_of() AT TIME ZONE wvl.zone())::date)",
            search: "concat_ws(' ', d.number, d.first_name, d.last_name, d.email)",
            ..Filters::default()
        },
        order: "d.number",
    }
}

/// Who works under the employee that owns the list, today.
pub fn led() -> Register {
    owned(
        "d.active AND {} = (SELECT a.supervisor_id FROM wvl.employee_assignments a WHERE a.employee_id = d.id
        AND a.valid_from <= (wvl.as_of() AT TIME ZONE wvl.zone())::date ORDER BY a.valid_from DESC LIMIT 1)",
    )
}

/// For whom the employee that owns the list stands in, today.
pub fn deputised() -> Register {
    owned(
        "d.active AND {} = (SELECT a.deputy_id FROM wvl.employee_assignments a WHERE a.employee_id = d.id
        AND a.valid_from <= (wvl.as_of() AT TIME ZONE wvl.zone())::date ORDER BY a.valid_from DESC LIMIT 1)",
    )
}

/// Who belongs to the department that owns the list, today.
pub fn of_department() -> Register {
    owned(
        "d.active AND {} = (SELECT a.department_id FROM wvl.employee_assignments a WHERE a.employee_id = d.id
        AND a.valid_from <= (wvl.as_of() AT TIME ZONE wvl.zone())::date ORDER BY a.valid_from DESC LIMIT 1)",
    )
}

/// Who works at the site that owns the list.
pub fn of_site() -> Register {
    owned("d.active AND d.site_id = {}")
}

fn owned(owner: &'static str) -> Register {
    Register { filters: Filters { owner, ..Filters::default() }, ..register() }
}

/// How the assignments of an employee are shown: what held, holds and will hold.
pub fn assignments() -> Register {
    Register {
        noun: "employee",
        title: "Zuordnung",
        from: "wvl.employee_assignments d",
        key: "d.id::text",
        titled_by_kind: false,
        fields: vec![
            Field::new("valid_from", "Ab", Kind::Day, "nullif(d.valid_from, '1900-01-01')"),
            Field::text("supervisor", "Vorgesetzter", name("d.supervisor_id")),
            Field::text("deputy", "Vertretung", name("d.deputy_id")),
            Field::text("department", "Abteilung", department::name("d.department_id")),
        ],
        filters: Filters { owner: "d.employee_id = {}", ..Filters::default() },
        order: "d.valid_from DESC",
    }
}

/// The expression for the name of the employee in this column.
pub fn name(column: &str) -> String {
    format!("(SELECT concat_ws(' ', e.first_name, e.last_name) FROM wvl.employees e WHERE e.id = {column})")
}

/// The expression for the personnel number of the employee in this column.
pub fn number(column: &str) -> String {
    format!("(SELECT e.number FROM wvl.employees e WHERE e.id = {column})")
}

/// The expression for what holds today of an employee `d`.
fn assigned(column: &str) -> String {
    format!(
        "(SELECT a.{column} FROM wvl.employee_assignments a WHERE a.employee_id = d.id
          AND a.valid_from <= (wvl.as_of() AT TIME ZONE wvl.zone())::date ORDER BY a.valid_from DESC LIMIT 1)"
    )
}

/// The employee with this personnel number.
pub fn id_by_number(connection: &mut PgConnection, typed: &str) -> Result<i64> {
    let number: i64 = typed.trim().parse().map_err(|_| {
        Error::usage(format!("“{typed}” is no personnel number")).hint("“wvl employee list --search NAME” shows it")
    })?;
    employees::table
        .filter(employees::number.eq(number))
        .select(employees::id)
        .first(connection)
        .optional()?
        .ok_or_else(|| Error::not_found("employee", number).hint("“wvl employee list” shows those there are"))
}

/// Who asks: the employee whose database role this connection has.
pub fn id_of_current_user(connection: &mut PgConnection) -> Result<i64> {
    let (role, me): (String, Option<i64>) = diesel::select((
        diesel::dsl::sql::<diesel::sql_types::Text>("current_user::text"),
        diesel::dsl::sql::<diesel::sql_types::Nullable<diesel::sql_types::BigInt>>("wvl.me()"),
    ))
    .get_result(connection)?;
    me.ok_or_else(|| {
        Error::new(Failure::NotFound, format!("no employee has the database role {role}, so nobody here is you"))
            .hint("use --employee NUMBER")
            .hint(format!("or say once whose role it is: wvl employee set NUMBER --pg-role {role}"))
    })
}

/// A new employee.
#[derive(Debug, Insertable)]
#[diesel(table_name = employees)]
pub struct NewEmployee {
    /// Personnel number.
    pub number: i64,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
}

/// What changes of an employee; `None` stays, `Some(None)` empties.
#[derive(Debug, Default, PartialEq, AsChangeset)]
#[diesel(table_name = employees)]
pub struct Change {
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Where mails go.
    pub email: Option<Option<String>>,
    /// Direct line.
    pub phone: Option<Option<String>>,
    /// Whether the employee works here.
    pub active: Option<bool>,
    /// Own working days, Monday first, as `1111100`.
    pub working_days: Option<Option<String>>,
    /// Role in the database.
    pub pg_role: Option<Option<String>>,
    /// Mobile phone.
    pub mobile: Option<Option<String>>,
    /// How the employee wants to be reminded, as [`wish`](crate::outbox::channels::wish) writes it.
    pub channels: Option<Option<String>>,
    /// Where the employee works.
    pub site_id: Option<i64>,
    /// Date of birth.
    pub birthday: Option<Option<NaiveDate>>,
    /// Whether colleagues may be told of it.
    pub birthday_consent: Option<bool>,
    /// Language of mails, see [`LANGUAGE`].
    pub language: Option<&'static str>,
    /// Last day of work.
    pub left_on: Option<Option<NaiveDate>>,
}

/// What changes of an employee's place from a day on.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Assignment {
    /// Supervisor.
    pub supervisor_id: Option<Option<i64>>,
    /// Deputy.
    pub deputy_id: Option<Option<i64>>,
    /// Department.
    pub department_id: Option<Option<i64>>,
}

/// Adds an employee; the number must be free.
pub fn insert(connection: &mut PgConnection, employee: &NewEmployee) -> Result<i64> {
    let inserted: Option<i64> = diesel::insert_into(employees::table)
        .values(employee)
        .on_conflict(employees::number)
        .do_nothing()
        .returning(employees::id)
        .get_result(connection)
        .optional()?;
    inserted.ok_or_else(|| {
        Error::data(format!("employee {} exists already", employee.number))
            .hint(format!("“wvl employee set {}” changes what is there", employee.number))
    })
}

/// Changes an employee; nothing to change is no error.
pub fn update(connection: &mut PgConnection, id: i64, change: &Change) -> Result<()> {
    if let Some(Some(role)) = &change.pg_role {
        let other = employees::pg_role.eq(role).and(employees::id.ne(id));
        let number: Option<i64> =
            employees::table.filter(other).select(employees::number).first(connection).optional()?;
        if let Some(number) = number {
            return Err(Error::data(format!("the database role {role} belongs to employee {number}"))
                .hint(format!("“wvl employee set {number} --pg-role keine” takes it from there")));
        }
    }
    diesel::update(employees::table.find(id)).set(change).execute(connection).optional_empty_changeset()?;
    Ok(())
}

/// Lets an assignment hold from this day on. What it does not name stays as it is on that day; rows that hold from a
/// later day on are left alone.
pub fn assign(connection: &mut PgConnection, id: i64, from: NaiveDate, assignment: &Assignment) -> Result<()> {
    if *assignment == Assignment::default() {
        return Ok(());
    }
    if assignment.deputy_id == Some(Some(id)) {
        return Err(Error::usage("nobody is his own deputy"));
    }
    if let Some(Some(supervisor)) = assignment.supervisor_id {
        refuse_cycle(connection, id, supervisor, from)?;
    }
    let before: Option<(Option<i64>, Option<i64>, Option<i64>)> = employee_assignments::table
        .filter(employee_assignments::employee_id.eq(id).and(employee_assignments::valid_from.le(from)))
        .order(employee_assignments::valid_from.desc())
        .select((
            employee_assignments::supervisor_id,
            employee_assignments::deputy_id,
            employee_assignments::department_id,
        ))
        .first(connection)
        .optional()?;
    let (supervisor, deputy, department) = before.unwrap_or_default();
    let values = (
        employee_assignments::supervisor_id.eq(assignment.supervisor_id.unwrap_or(supervisor)),
        employee_assignments::deputy_id.eq(assignment.deputy_id.unwrap_or(deputy)),
        employee_assignments::department_id.eq(assignment.department_id.unwrap_or(department)),
    );
    diesel::insert_into(employee_assignments::table)
        .values((employee_assignments::employee_id.eq(id), employee_assignments::valid_from.eq(from), values))
        .on_conflict((employee_assignments::employee_id, employee_assignments::valid_from))
        .do_update()
        .set(values)
        .execute(connection)?;
    Ok(())
}

/// A supervisor must not be below the employee on that day: escalations would go round in circles.
fn refuse_cycle(connection: &mut PgConnection, id: i64, supervisor: i64, on: NaiveDate) -> Result<()> {
    let mut above = Some(supervisor);
    let mut seen = Vec::new();
    while let Some(current) = above.filter(|current| !seen.contains(current)) {
        seen.push(current);
        if current == id {
            let numbers: Vec<(i64, i64)> = employees::table
                .filter(employees::id.eq_any(&seen))
                .select((employees::id, employees::number))
                .load(connection)?;
            let number = |id: &i64| numbers.iter().find(|(known, _)| known == id).map_or(0, |(_, number)| *number);
            let path: Vec<String> = seen.iter().map(|id| number(id).to_string()).collect();
            let number = number(&id);
            return Err(Error::usage(format!(
                "employee {number} would be above himself: {number} → {}",
                path.join(" → ")
            )));
        }
        above = employee_assignments::table
            .filter(employee_assignments::employee_id.eq(current).and(employee_assignments::valid_from.le(on)))
            .order(employee_assignments::valid_from.desc())
            .select(employee_assignments::supervisor_id)
            .first::<Option<i64>>(connection)
            .optional()?
            .flatten();
    }
    Ok(())
}
