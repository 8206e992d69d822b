//! Teams that items can be assigned to.

use diesel::prelude::*;

use crate::db::schema::{team_members, teams};
use crate::error::{Error, Result};
use crate::party::{employee, named};
use crate::register::{Field, Filters, Kind, Register};

/// How teams are listed.
pub fn register() -> Register {
    Register {
        noun: "team",
        title: "Team",
        from: "wvl.teams d",
        key: "d.name",
        titled_by_kind: false,
        fields: vec![
            Field::text("name", "Name", "d.name"),
            Field::text("lead", "Leitung", employee::name("d.lead_id")),
            Field::new(
                "members",
                "Mitglieder",
                Kind::List,
                "(SELECT json_agg(concat_ws(' ', e.first_name, e.last_name) ORDER BY e.last_name, e.first_name)
                  FROM wvl.team_members m JOIN wvl.employees e ON e.id = m.employee_id
                  WHERE m.team_id = d.id AND e.active)",
            ),
        ],
        filters: Filters {
            employee: "d.id IN (SELECT team_id FROM wvl.team_members WHERE employee_id = {})",
            search: "d.name",
            ..Filters::default()
        },
        order: "d.name",
    }
}

/// The expression for the name of the team in this column.
pub fn name(column: &str) -> String {
    format!("(SELECT t.name FROM wvl.teams t WHERE t.id = {column})")
}

/// The team of this name, whatever its capitals; the error names those there are.
pub fn id_by_name(connection: &mut PgConnection, name: &str) -> Result<i64> {
    let teams: Vec<(i64, String)> =
        teams::table.select((teams::id, teams::name)).order(teams::name).load(connection)?;
    named::id_of(&teams, "team", "teams", name)
}

/// What changes of a team.
#[derive(Debug, Default)]
pub struct Change {
    /// Its name.
    pub name: Option<String>,
    /// Who leads it; `None` stays, `Some(None)` empties.
    pub lead_id: Option<Option<i64>>,
    /// Who joins; who belongs to it already is no error.
    pub joining: Vec<i64>,
    /// Who leaves; who does not belong to it is no error.
    pub leaving: Vec<i64>,
}

/// Adds a team; the name must be free. Returns its id.
pub fn insert(connection: &mut PgConnection, name: &str) -> Result<i64> {
    let inserted: Option<i64> = diesel::insert_into(teams::table)
        .values(teams::name.eq(name))
        .on_conflict(teams::name)
        .do_nothing()
        .returning(teams::id)
        .get_result(connection)
        .optional()?;
    inserted.ok_or_else(|| {
        Error::data(format!("team {name} exists already")).hint("“wvl team set NAME” changes what is there")
    })
}

/// Changes a team.
pub fn update(connection: &mut PgConnection, id: i64, change: &Change) -> Result<()> {
    if let Some(name) = &change.name {
        let other = teams::table.filter(teams::name.eq(name).and(teams::id.ne(id)));
        if diesel::select(diesel::dsl::exists(other)).get_result(connection)? {
            return Err(Error::data(format!("team {name} exists already")));
        }
        diesel::update(teams::table.find(id)).set(teams::name.eq(name)).execute(connection)?;
    }
    if let Some(lead_id) = change.lead_id {
        diesel::update(teams::table.find(id)).set(teams::lead_id.eq(lead_id)).execute(connection)?;
    }
    let members = team_members::table.filter(team_members::team_id.eq(id));
    diesel::delete(members.filter(team_members::employee_id.eq_any(&change.leaving))).execute(connection)?;
    let joining = change.joining.iter();
    let rows: Vec<_> =
        joining.map(|employee| (team_members::team_id.eq(id), team_members::employee_id.eq(employee))).collect();
    diesel::insert_into(team_members::table).values(rows).on_conflict_do_nothing().execute(connection)?;
    Ok(())
}
