//! `--complete`: what the files no longer have is closed, in their scope and in no other.
//!
//! The scope of a file of documents are the kinds it has (or that its profile says): a file of offers closes no
//! invoices. What a profile says of all rows besides, such as the company, narrows it further. Records that wvl itself
//! has numbered come from no file and are left alone, and so are those of which a row was only rejected.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::cells::Cells;
use super::decimals::Decimals;
use super::heading::Headings;
use super::plan::{Plan, list, quoted, same_record};
use super::profile::Profile;
use super::register::{Closing, Place, Register};
use super::report::Problems;
use crate::error::{Error, Result};

/// So many of what would vanish are named when it is too much …
const NAMED: usize = 10;
/// … and so many when it is right.
const SHOWN: i64 = 100;

/// SQL: whether the record `t` has its number from wvl; `{range}` is the name of the range.
const OF_OWN_RANGE: &str = include_str!("closing_own.sql");

/// What has vanished; it stands in `import_vanished (id)`.
#[derive(Debug)]
pub(super) struct Vanished {
    open: u64,
    count: u64,
    /// The first of them, by their keys.
    pub first: Vec<String>,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Label {
    #[diesel(sql_type = Text)]
    label: String,
}

/// Finds what is open in the files' scope and stands in none of them.
///
/// Errors: files that do not say what their scope is.
pub(super) fn find(
    connection: &mut PgConnection,
    plan: &Plan<'_>,
    headings: &Headings,
    profile: Option<&Profile>,
    problems: &Problems,
) -> Result<Vanished> {
    let register = plan.register;
    let Closing::By { open, scope, own_range, .. } = &register.closing else {
        return Err(Error::bug("a register that cannot be closed"));
    };
    let mut conditions = vec![format!("({open})")];
    if let Some(scope) = scope {
        conditions.push(of_scope(plan, headings, scope)?);
    }
    conditions.extend(of_profile(register, profile));
    conditions.extend(own_range.map(|range| format!("NOT {}", OF_OWN_RANGE.replace("{range}", range))));
    let in_scope = conditions.join(" AND ");
    let table = register.table;
    let open: Number = diesel::sql_query(format!("SELECT count(*) AS number FROM {table} t WHERE {in_scope}"))
        .get_result(connection)?;
    let open = u64::try_from(open.number).unwrap_or_default();

    connection.batch_execute("CREATE TEMP TABLE import_vanished (id bigint, label text) ON COMMIT DROP")?;
    if has_unknown_rows(connection, register, problems)? {
        connection.batch_execute(
            "INSERT INTO import_warnings VALUES ('rows were rejected of which nobody knows which records they mean; so \
             nothing was closed')",
        )?;
        return Ok(Vanished { open, count: 0, first: Vec::new() });
    }
    let label: Vec<String> = register.key_columns().map(|column| format!("t.{:?}", column.stored)).collect();
    connection.batch_execute(&format!(
        "INSERT INTO import_vanished SELECT t.id, concat_ws(' ', {label}) FROM {table} t WHERE {in_scope} \
         AND NOT EXISTS (SELECT FROM import_heads h WHERE h.id = t.id) \
         AND NOT EXISTS (SELECT FROM import_left_out l WHERE {same}); ANALYZE import_vanished",
        label = label.join(", "),
        same = same_record(register, "t", "l"),
    ))?;
    warn_of_closed(connection, plan)?;
    let count: Number = diesel::sql_query("SELECT count(*) AS number FROM import_vanished").get_result(connection)?;
    let first: Vec<Label> =
        diesel::sql_query(format!("SELECT label FROM import_vanished ORDER BY label COLLATE \"C\" LIMIT {SHOWN}"))
            .load(connection)?;
    let first = first.into_iter().map(|row| row.label).collect();
    Ok(Vanished { open, count: u64::try_from(count.number).unwrap_or_default(), first })
}

impl Vanished {
    /// What to say if more has vanished than may, `most` in per cent of what is open.
    pub fn too_many(&self, most: u8, register: &Register) -> Option<String> {
        if self.count * 100 <= self.open * u64::from(most) {
            return None;
        }
        let mut named = self.first.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        if self.first.len() > NAMED {
            named.push_str(" …");
        }
        let needed = (self.count * 100).div_ceil(self.open);
        Some(format!(
            "{} of {} open {}s would vanish, more than {most} %: {named}; if that is right, --max-vanish {needed}%",
            self.count, self.open, register.noun
        ))
    }

    /// Closes what has vanished and answers how many records that were.
    pub fn close(&self, connection: &mut PgConnection, register: &Register) -> Result<u64> {
        let Closing::By { open, set, .. } = &register.closing else { return Ok(0) };
        if self.count == 0 {
            return Ok(0);
        }
        let closed = diesel::sql_query(format!(
            "UPDATE {} t SET {set} FROM import_vanished v WHERE t.id = v.id AND ({open})",
            register.table
        ))
        .execute(connection)?;
        Ok(closed as u64)
    }
}

/// The values of the scope's column in the files, and the one that a profile says of a file without rows.
fn of_scope(plan: &Plan<'_>, headings: &Headings, scope: &str) -> Result<String> {
    let register = plan.register;
    let column = register.column(scope).filter(|_| plan.has(scope));
    let Some(column) = column else {
        let heading = register.column(scope).and_then(|column| column.headings.first()).copied().unwrap_or(scope);
        let message = format!("--complete: the file does not say which {}s it has all of", register.noun);
        return Err(Error::data(message).hint(format!(
            "it needs a column {heading} ({scope}), or a profile with fixed.{scope}, so that nothing else is closed"
        )));
    };
    let mut values = vec![format!("SELECT {scope:?} FROM import_rows")];
    if register.key.contains(&scope) {
        values.push(format!("SELECT {scope:?} FROM import_left_out"));
    }
    for (index, value) in &headings.fixed {
        if register.columns.get(*index).is_some_and(|fixed| fixed.key == scope) {
            let mut cells = Cells::new(chrono_tz::UTC, Decimals::unknown());
            let mut read = Vec::new();
            cells.write(column.cell, value, &mut read).map_err(Error::data)?;
            values.push(format!("SELECT {}", quoted(&String::from_utf8_lossy(&read))));
        }
    }
    Ok(format!("t.{:?} IN ({})", column.stored, values.join(" UNION ")))
}

/// What a profile says of all its rows and names a record of another register: its files are about no other.
fn of_profile(register: &Register, profile: Option<&Profile>) -> Vec<String> {
    let fixed = profile.map_or(&[][..], |profile| &profile.fixed);
    let columns = fixed.iter().filter_map(|(key, value)| Some((register.column(key)?, value)));
    let named = columns.filter(|(column, _)| column.place == Place::Head).filter_map(|(column, value)| {
        let reference = column.reference?;
        Some(format!(
            "t.{:?} = (SELECT r.id FROM {} r WHERE r.{:?}::text = {})",
            column.stored,
            reference.table,
            reference.by,
            quoted(value.trim())
        ))
    });
    named.collect()
}

/// Whether a row was rejected whose key nobody could read.
fn has_unknown_rows(connection: &mut PgConnection, register: &Register, problems: &Problems) -> Result<bool> {
    let rejected = problems.places().count();
    let known: Number = diesel::sql_query(format!(
        "SELECT count(DISTINCT file_line) AS number FROM import_left_out WHERE num_nulls({}) = 0",
        list(register.key, "")
    ))
    .get_result(connection)?;
    Ok(u64::try_from(known.number).unwrap_or_default() < rejected as u64)
}

/// A file without a state says nothing of it: what is closed here and open there is worth a word.
fn warn_of_closed(connection: &mut PgConnection, plan: &Plan<'_>) -> Result<()> {
    let register = plan.register;
    let Closing::By { open, .. } = &register.closing else { return Ok(()) };
    let state = ["status", "active", "done"].into_iter().find(|key| register.column(key).is_some());
    let Some(state) = state.filter(|state| !plan.has(state)) else { return Ok(()) };
    connection.batch_execute(&format!(
        "INSERT INTO import_warnings SELECT count(*) || ' {noun}(s) of the file are closed here and stay so; a column \
         {state}, or one in the profile, opens them' FROM import_heads h JOIN {table} t ON t.id = h.id \
         WHERE NOT ({open}) HAVING count(*) > 0",
        noun = register.noun,
        table = register.table,
    ))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::register::NO_LONGER_ACTIVE;
    use super::*;

    const REGISTER: Register = Register {
        noun: "customer",
        table: "wvl.partners",
        key: &["number"],
        closing: NO_LONGER_ACTIVE,
        ..Register::PLAIN
    };

    #[test]
    fn a_tenth_may_vanish_and_no_more() {
        let vanished = |open: u64, count: u64| {
            let first = (0..count.min(12)).map(|number| format!("K{number}")).collect();
            Vanished { open, count, first }.too_many(10, &REGISTER)
        };
        assert_eq!(vanished(100, 10), None);
        assert_eq!(vanished(0, 0), None);
        assert_eq!(
            vanished(100, 12).unwrap(),
            "12 of 100 open customers would vanish, more than 10 %: K0, K1, K2, K3, K4, K5, K6, K7, K8, K9 …; \
             if that is right, --max-vanish 12%"
        );
    }
}
