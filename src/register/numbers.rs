//! The numbers of a register that begin with a text, for completions.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::Register;
use crate::error::Result;

/// What says which record it is, the first that a register has; a record that is called by its name says nothing more.
const TELLING: [&str; 5] = ["title", "last_name", "employee_name", "name", "subject"];

/// A record as a completion offers it.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Numbered {
    /// The number or name by which a record is asked for.
    #[diesel(sql_type = Text)]
    pub number: String,
    /// What it is called; empty where the number is its name.
    #[diesel(sql_type = Text)]
    pub name: String,
}

impl Register {
    /// At most so many records whose number begins with this text, in their order; `open`: of those still to be done,
    /// where the register knows what that is.
    pub fn numbers(
        &self,
        connection: &mut PgConnection,
        beginning: &str,
        open: bool,
        limit: i64,
    ) -> Result<Vec<Numbered>> {
        let called = |key: &&str| self.fields.iter().find(|field| field.key == *key && field.sql != self.key);
        let name = TELLING.iter().find_map(called).map_or("''", |field| &field.sql);
        let open = if open && !self.filters.open.is_empty() { self.filters.open } else { "true" };
        // the range walks the index of a long table, LIKE is what is meant
        let text = format!(
            "SELECT {key} AS number, coalesce({name}, '') AS name FROM {from} \
             WHERE {key} >= $1 AND {key} LIKE $2 AND ({open}) ORDER BY {key} LIMIT $3",
            key = self.key,
            from = self.from,
        );
        let mut pattern = String::with_capacity(beginning.len() + 1);
        for letter in beginning.chars() {
            if matches!(letter, '%' | '_' | '\\') {
                pattern.push('\\');
            }
            pattern.push(letter);
        }
        pattern.push('%');
        let query = diesel::sql_query(text).bind::<Text, _>(beginning).bind::<Text, _>(pattern);
        Ok(query.bind::<BigInt, _>(limit).load(connection)?)
    }
}
