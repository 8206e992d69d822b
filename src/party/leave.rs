//! An employee leaves: the last day of work, and what belongs to staff and customers changes hands.
//!
//! Supervisor and deputy are dated, so they change with the first day without the leaver, whenever that is said. What has
//! no dates (customers, teams, departments) changes hands once the last day has come, see [`Handover::last_moment`].

use chrono::{Days, NaiveDate};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date};

use crate::db::schema::employees;
use crate::error::{Error, Result};
use crate::party::employee;
use crate::register::handover::{Counted, Handover, Holding, Share, counting};

/// In which columns of this slice employees hold what lasts.
pub const HELD: [Holding; 4] = [
    partners("ADM", "field_rep_id"),
    partners("IDM", "inside_rep_id"),
    Holding {
        title: "Teams",
        role: "Leitung",
        table: "wvl.teams",
        column: "lead_id",
        number: "d.name",
        open: "true",
        due: None,
    },
    Holding {
        title: "Abteilungen",
        role: "Leitung",
        table: "wvl.departments",
        column: "head_id",
        number: "d.name",
        open: "true",
        due: None,
    },
];

const fn partners(role: &'static str, column: &'static str) -> Holding {
    Holding { title: "Kunden", role, table: "wvl.partners", column, number: "d.number", open: "d.active", due: None }
}

/// Who leaves or takes over.
#[derive(Clone, Debug)]
pub struct Person {
    /// Internal key.
    pub id: i64,
    /// Personnel number.
    pub number: i64,
    /// First and last name.
    pub name: String,
    active: bool,
    left_on: Option<NaiveDate>,
}

/// Both, locked until the transaction ends: nobody hands over to somebody who is just leaving.
pub fn locked(
    connection: &mut PgConnection,
    leaver: &str,
    successor: Option<&str>,
) -> Result<(Person, Option<Person>)> {
    let leaver = employee::id_by_number(connection, leaver)?;
    let successor = successor.map(|number| employee::id_by_number(connection, number)).transpose()?;
    let wanted: Vec<i64> = successor.into_iter().chain([leaver]).collect();
    let rows: Vec<(i64, i64, String, String, bool, Option<NaiveDate>)> = employees::table
        .filter(employees::id.eq_any(&wanted))
        .order(employees::id)
        .select((
            employees::id,
            employees::number,
            employees::first_name,
            employees::last_name,
            employees::active,
            employees::left_on,
        ))
        .for_no_key_update()
        .load(connection)?;
    let people = rows.into_iter().map(|(id, number, first, last, active, left_on)| Person {
        id,
        number,
        name: format!("{first} {last}"),
        active,
        left_on,
    });
    let people: Vec<Person> = people.collect();
    let of = |id: i64| people.iter().find(|person| person.id == id).cloned();
    let gone = || Error::bug("an employee has gone while it was locked");
    Ok((of(leaver).ok_or_else(gone)?, successor.map(|id| of(id).ok_or_else(gone)).transpose()?))
}

/// Whether the successor can take over on the day after this one.
pub fn check_successor(leaver: &Person, successor: &Person, last_day: NaiveDate, today: NaiveDate) -> Result<()> {
    let number = successor.number;
    if successor.id == leaver.id {
        return Err(Error::usage(format!("employee {number} cannot take over from himself")));
    }
    let until = last_day.max(today);
    let gone = match successor.left_on {
        Some(day) if day <= until => format!("leaves on {day}"),
        _ if !successor.active => "does not work here any more".to_owned(),
        _ => return Ok(()),
    };
    Err(Error::usage(format!("employee {number} cannot take over: {} {gone}", successor.name))
        .hint("“wvl employee list --open” shows who works here"))
}

/// Notes the last day of work; once it lies behind us the employee is no longer active.
pub fn note(connection: &mut PgConnection, id: i64, last_day: NaiveDate, today: NaiveDate) -> Result<()> {
    diesel::update(employees::table.find(id))
        .set((employees::left_on.eq(last_day), employees::active.eq(last_day >= today)))
        .execute(connection)?;
    Ok(())
}

/// In which teams somebody is, and whose supervisor and deputy on the day after the last.
pub fn relations(connection: &mut PgConnection, id: i64, last_day: NaiveDate) -> Result<Vec<Share>> {
    let teams = counting(
        "(SELECT t.name AS number, NULL::date AS due FROM wvl.team_members m JOIN wvl.teams t ON t.id = m.team_id
          WHERE m.employee_id = $1) held",
    );
    let teams: Counted = diesel::sql_query(teams).bind::<BigInt, _>(id).get_result(connection)?;
    let mut shares = vec![teams.named("Teams", "Mitglied")];
    for (title, role, column) in
        [("Mitarbeiter", "Vorgesetzter", "supervisor_id"), ("Mitarbeiter", "Vertretung", "deputy_id")]
    {
        let text = counting(&format!(
            "(SELECT e.number, NULL::date AS due FROM wvl.employees e
              WHERE e.active AND e.id <> $1 AND (e.left_on IS NULL OR e.left_on > $2) AND (
                  $1 = (SELECT a.{column} FROM wvl.employee_assignments a WHERE a.employee_id = e.id
                        AND a.valid_from <= $2 + 1 ORDER BY a.valid_from DESC LIMIT 1)
                  OR EXISTS (SELECT FROM wvl.employee_assignments a WHERE a.employee_id = e.id
                        AND a.valid_from > $2 + 1 AND a.{column} = $1))) held"
        ));
        let counted: Counted =
            diesel::sql_query(text).bind::<BigInt, _>(id).bind::<Date, _>(last_day).get_result(connection)?;
        shares.push(counted.named(title, role));
    }
    Ok(shares)
}

/// Lets the successor be supervisor and deputy from the day after the last on; what held before stays as it was.
pub fn hand_over_assignments(connection: &mut PgConnection, handover: &Handover, last_day: NaiveDate) -> Result<()> {
    let first_day = last_day.checked_add_days(Days::new(1)).ok_or_else(|| Error::usage("that day is out of range"))?;
    for text in [include_str!("leave_from_first_day.sql"), include_str!("leave_later.sql")] {
        diesel::sql_query(text)
            .bind::<BigInt, _>(handover.leaver)
            .bind::<BigInt, _>(handover.successor)
            .bind::<Date, _>(first_day)
            .execute(connection)?;
    }
    Ok(())
}

/// Lets the successor take the leaver's place in teams, if the last day has come.
pub fn hand_over_teams(connection: &mut PgConnection, handover: &Handover) -> Result<()> {
    if handover.last_moment.is_some() {
        return Ok(());
    }
    diesel::sql_query(
        "INSERT INTO wvl.team_members (team_id, employee_id) SELECT team_id, $2 FROM wvl.team_members
         WHERE employee_id = $1 ON CONFLICT DO NOTHING",
    )
    .bind::<BigInt, _>(handover.leaver)
    .bind::<BigInt, _>(handover.successor)
    .execute(connection)?;
    diesel::sql_query("DELETE FROM wvl.team_members WHERE employee_id = $1")
        .bind::<BigInt, _>(handover.leaver)
        .execute(connection)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(id: i64, active: bool, left_on: Option<&str>) -> Person {
        Person { id, number: id, name: "X".into(), active, left_on: left_on.map(|day| day.parse().unwrap()) }
    }

    #[test]
    fn a_successor_is_somebody_else_who_stays() {
        let (last_day, today) = ("2026-12-31".parse().unwrap(), "2026-11-23".parse().unwrap());
        let check = |successor: &Person| check_successor(&person(1, true, None), successor, last_day, today);
        assert!(check(&person(2, true, None)).is_ok());
        assert!(check(&person(2, true, Some("2027-06-30"))).is_ok());
        for wrong in [person(1, true, None), person(2, false, None), person(2, true, Some("2026-12-31"))] {
            assert!(check(&wrong).is_err(), "{wrong:?}");
        }
    }
}
