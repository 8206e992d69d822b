//! Who may do what: the database roles of people and jobs, and the group roles that give them their rights.
//!
//! A right is membership in a group role of Postgres ([`GROUP_ROLES`](crate::db::migrations::GROUP_ROLES)) and nothing else:
//! what psql as that role may not do, no command may. Which table a group may read and write stands in the migrations.

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};

use crate::error::{Error, Kind, Result};
use crate::output::{Cell, Output, Table, column};
use crate::register::Wording;

/// Postgres cuts longer names off without an error.
const LONGEST_NAME: usize = 63;

/// What a role may do in wvl's database, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// Look at everything but the private sides of employees.
    Read,
    /// Look at and change the registers.
    Work,
    /// What the jobs of cron need: work, escalate, send.
    Cron,
    /// Everything in the tables.
    Admin,
}

impl Right {
    /// All of them.
    pub const ALL: [Right; 4] = [Right::Read, Right::Work, Right::Cron, Right::Admin];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Right::Read => "read",
            Right::Work => "work",
            Right::Cron => "cron",
            Right::Admin => "admin",
        }
    }

    /// The group role that stands for it.
    pub fn group(self) -> String {
        format!("wvl_{}", self.name())
    }
}

/// A role that has to do with wvl.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Role {
    /// Its name in Postgres.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// What it may do, as names of [`Right`].
    #[diesel(sql_type = Array<Text>)]
    pub rights: Vec<String>,
    /// The employee whose role it is.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub employee_number: Option<i64>,
    /// That employee's name.
    #[diesel(sql_type = Nullable<Text>)]
    pub employee: Option<String>,
    /// Whether it exists: an employee may have the name of a role that was dropped.
    #[diesel(sql_type = Bool)]
    pub exists: bool,
    /// Whether it may log in.
    #[diesel(sql_type = Bool)]
    pub login: bool,
    /// Whether it owns the tables, and so may do anything with them.
    #[diesel(sql_type = Bool)]
    pub owner: bool,
    /// Whether no right is asked of it at all.
    #[diesel(sql_type = Bool)]
    pub superuser: bool,
}

/// Everybody who may do something here, and every employee's role.
pub struct Roles {
    /// By name.
    pub roles: Vec<Role>,
    /// In whose words they are printed.
    pub wording: Wording,
}

impl Output for Roles {
    fn title(&self) -> &str {
        "Rollen"
    }

    fn table(&self) -> Table {
        let mut table = Table::new(vec![
            column("role", "Rolle"),
            column("rights", "Rechte"),
            column("employee_number", "Personalnr."),
            column("employee", "Mitarbeiter"),
            column("login", "Anmeldung"),
            column("note", "Hinweis"),
        ]);
        for role in &self.roles {
            table.push(vec![
                Cell::Text(role.name.clone()),
                Cell::List(role.rights.clone()),
                role.employee_number.map_or(Cell::Empty, Cell::Int),
                Cell::text(role.employee.clone()),
                Cell::Flag(role.login),
                Cell::text(note(role, self.wording)),
            ]);
        }
        table
    }
}

/// What the rights alone do not say.
fn note(role: &Role, wording: Wording) -> Option<&'static str> {
    let (stored, office, english) = match role {
        Role { exists: false, .. } => ("missing", "gibt es nicht in Postgres", "does not exist in Postgres"),
        Role { superuser: true, .. } => ("superuser", "Superuser: darf alles", "superuser: may do anything"),
        Role { owner: true, .. } => {
            ("owner", "Eigentümer der Tabellen: darf alles", "owns the tables: may do anything")
        }
        Role { rights, .. } if rights.is_empty() => ("nothing", "darf nichts", "may do nothing"),
        _ => return None,
    };
    Some(match wording {
        Wording::Stored => stored,
        Wording::Office => office,
        Wording::English => english,
    })
}

/// The roles that have to do with wvl, by name.
pub fn list(connection: &mut PgConnection, wording: Wording) -> Result<Roles> {
    Ok(Roles { roles: diesel::sql_query(include_str!("list.sql")).load(connection)?, wording })
}

/// Makes a role that may log in; how it proves who it is (peer, certificate, password) is Postgres' business.
///
/// Errors: [`Kind::Data`] if it exists, [`Kind::Forbidden`] with the statement for a superuser.
pub fn create(connection: &mut PgConnection, name: &str) -> Result<()> {
    if exists(connection, name)? {
        return Err(Error::data(format!("the role {name} exists already")).hint("leave --create out"));
    }
    run(connection, &format!("CREATE ROLE {} LOGIN", quoted(name)))
}

/// Gives a role this right. False if it has it already.
///
/// Errors: [`Kind::NotFound`] for an unknown role, [`Kind::Forbidden`] with the statement for a superuser.
pub fn grant(connection: &mut PgConnection, name: &str, right: Right) -> Result<bool> {
    require(connection, name)?;
    if has(connection, name, right)? {
        return Ok(false);
    }
    run(connection, &format!("GRANT {} TO {}", right.group(), quoted(name)))?;
    if !has(connection, name, right)? {
        return Err(Error::data(format!("the role {name} does not inherit what it is a member of"))
            .hint(format!("ALTER ROLE {} INHERIT", quoted(name))));
    }
    Ok(true)
}

/// Takes this right from a role. False if it does not have it.
///
/// Errors: [`Kind::Data`] if it keeps the right by another way.
pub fn revoke(connection: &mut PgConnection, name: &str, right: Right) -> Result<bool> {
    require(connection, name)?;
    if !has(connection, name, right)? {
        return Ok(false);
    }
    run(connection, &format!("REVOKE {} FROM {}", right.group(), quoted(name)))?;
    if has(connection, name, right)? {
        let by = keeps_by(connection, name, right)?;
        return Err(Error::data(format!("{name} would keep the right {} {by}", right.name())));
    }
    Ok(true)
}

/// Whether the role has the right, by whatever way.
pub fn has(connection: &mut PgConnection, name: &str, right: Right) -> Result<bool> {
    Ok(diesel::select(
        diesel::dsl::sql::<Bool>("pg_has_role(")
            .bind::<Text, _>(name)
            .sql("::name, ")
            .bind::<Text, _>(right.group())
            .sql("::name, 'usage')"),
    )
    .get_result(connection)?)
}

/// Whether the role may connect to this database at all; by default everybody may.
pub fn may_connect(connection: &mut PgConnection, name: &str) -> Result<bool> {
    Ok(diesel::select(
        diesel::dsl::sql::<Bool>("has_database_privilege(")
            .bind::<Text, _>(name)
            .sql("::name, current_database(), 'CONNECT')"),
    )
    .get_result(connection)?)
}

fn exists(connection: &mut PgConnection, name: &str) -> Result<bool> {
    Ok(diesel::select(
        diesel::dsl::sql::<Bool>("EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ")
            .bind::<Text, _>(name)
            .sql(")"),
    )
    .get_result(connection)?)
}

fn require(connection: &mut PgConnection, name: &str) -> Result<()> {
    if exists(connection, name)? {
        return Ok(());
    }
    Err(Error::not_found("role", name)
        .hint("--create makes it, if that is how it is to be called")
        .hint("wvl role list shows those there are"))
}

/// Refuses what is no role for a person or a job.
pub fn check_name(name: &str) -> Result<()> {
    if name.len() > LONGEST_NAME {
        return Err(Error::usage(format!("the name of a role has {LONGEST_NAME} bytes at most")));
    }
    if Right::ALL.iter().any(|right| right.group() == name) {
        return Err(Error::usage(format!("{name} is one of the groups, not a role of somebody")));
    }
    if name.starts_with("pg_") || ["public", "none"].contains(&name) {
        return Err(Error::usage(format!("{name} is a word of Postgres, not a role of somebody")));
    }
    Ok(())
}

/// By which way a right stays where its own membership is gone.
fn keeps_by(connection: &mut PgConnection, name: &str, right: Right) -> Result<String> {
    #[derive(QueryableByName)]
    struct Way {
        #[diesel(sql_type = Nullable<Text>)]
        through: Option<String>,
        #[diesel(sql_type = Bool)]
        superuser: bool,
    }
    let way: Way = diesel::sql_query(
        "SELECT (SELECT string_agg(g.rolname, ', ' ORDER BY g.rolname) \
                 FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles g ON g.oid = m.roleid \
                 WHERE m.member = r.oid AND pg_has_role(g.oid, $2::name, 'usage')) AS through, \
                r.rolsuper AS superuser \
         FROM pg_catalog.pg_roles r WHERE r.rolname = $1",
    )
    .bind::<Text, _>(name)
    .bind::<Text, _>(right.group())
    .get_result(connection)?;
    Ok(match way {
        Way { superuser: true, .. } => "as a superuser".to_owned(),
        Way { through: Some(groups), .. } => format!("as a member of {groups}"),
        Way { through: None, .. } => "by another way".to_owned(),
    })
}

/// Who may make roles and hand out groups is Postgres' decision; where it says no, somebody else can run the same statement.
fn run(connection: &mut PgConnection, statement: &str) -> Result<()> {
    connection.batch_execute(statement).map_err(|error| match Error::from(error) {
        error if error.kind() == Kind::Forbidden => {
            Error::new(Kind::Forbidden, "the role that wvl is connected as may not make roles or hand out these rights")
                .caused_by(error)
                .hint(format!("a superuser, or a role with CREATEROLE that owns the groups, runs: {statement};"))
        }
        error => error,
    })
}

/// A name as SQL takes it, whatever is in it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_those_of_the_migrations() {
        let mut groups: Vec<String> = Right::ALL.iter().map(|right| right.group()).collect();
        groups.sort();
        let mut known = crate::db::migrations::GROUP_ROLES.to_vec();
        known.sort_unstable();
        assert_eq!(groups, known);
    }

    #[test]
    fn a_name_is_not_a_way_into_sql() {
        assert_eq!(quoted("anna\"; DROP ROLE wvl; --"), "\"anna\"\"; DROP ROLE wvl; --\"");
        for wrong in ["wvl_admin", "pg_read_all_data", "public", &"x".repeat(64)] {
            assert_eq!(check_name(wrong).unwrap_err().kind(), Kind::Usage, "{wrong}");
        }
    }
}
