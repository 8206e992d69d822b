//! The statements that bring a file's records into their tables: what is new is inserted, what differs is updated, and
//! only in columns that the file has. All of it set-wise; no statement is run a row.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::Counts;
use super::plan::{Plan, conjunction, list, write_to};
use super::register::{Column, Lines, Need, Place};
use crate::error::Result;

/// So many new records change what the planner has to know of a table; the server itself looks only once a minute.
const MANY: u64 = 1_000;

impl Plan<'_> {
    /// Writes the records, then their details and lines.
    pub fn write(&self, connection: &mut PgConnection) -> Result<Counts> {
        let new = self.write_heads(connection)?;
        // a second file right behind the first would be planned as if the tables were still empty, and take hours
        let are_many = new >= MANY;
        if are_many {
            connection.batch_execute(&format!("ANALYZE {}", self.register.table))?;
        }
        self.write_details(connection)?;
        if let Some(lines) = self.register.lines.as_ref().filter(|_| self.is_grouped()) {
            self.write_lines(lines, connection)?;
            if are_many {
                connection.batch_execute(&format!("ANALYZE {}", lines.table))?;
            }
        }
        if !self.register.after.is_empty() {
            connection.batch_execute(self.register.after)?;
        }
        let known = count(connection, "SELECT count(*) AS number FROM import_heads WHERE id IS NOT NULL")?;
        let changed = count(
            connection,
            "SELECT count(DISTINCT h.id) AS number FROM import_touched i JOIN import_heads h ON h.id = i.id",
        )?;
        Ok(Counts { new, changed, same: known.saturating_sub(changed) })
    }

    /// The columns of the register's table that this import writes, without the key.
    fn written_heads(&self) -> Vec<&'static str> {
        let mut written: Vec<&str> = self
            .present()
            .filter(|column| column.place == Place::Head && column.need != Need::Key)
            .map(|column| column.stored)
            .collect();
        for derived in self.register.derived {
            if !written.contains(&derived.column) {
                written.push(derived.column);
            }
        }
        written
    }

    fn write_heads(&self, connection: &mut PgConnection) -> Result<u64> {
        let (register, written) = (self.register, self.written_heads());
        if !written.is_empty() {
            connection.batch_execute(&update(register.table, &written, "import_heads", "n", "t.id"))?;
        }
        let mut columns = register.key.to_vec();
        columns.extend(&written);
        let values: Vec<String> = columns.iter().map(|column| format!("\"n_{column}\"")).collect();
        let inserted = diesel::sql_query(format!(
            "INSERT INTO {} ({}) SELECT {} FROM import_heads WHERE id IS NULL ORDER BY file_line",
            register.table,
            list(&columns, ""),
            values.join(", ")
        ))
        .execute(connection)?;
        Ok(inserted as u64)
    }

    fn write_details(&self, connection: &mut PgConnection) -> Result<()> {
        let Some((table, parent)) = self.register.details else { return Ok(()) };
        let written: Vec<&Column> = self.present().filter(|column| column.place == Place::Details).collect();
        if written.is_empty() {
            return Ok(());
        }
        let stored: Vec<&str> = written.iter().map(|column| column.stored).collect();
        let values: Vec<String> = stored.iter().map(|stored| format!("h.\"d_{stored}\"")).collect();
        let set: Vec<String> = stored.iter().map(|stored| format!("{stored:?} = excluded.{stored:?}")).collect();
        // a record without details gets no row that says nothing but defaults
        let says_more: Vec<String> = written
            .iter()
            .map(|column| {
                let stored = column.stored;
                column.default.map_or_else(
                    || format!("h.\"d_{stored}\" IS NOT NULL"),
                    |default| format!("h.\"d_{stored}\" <> {default}"),
                )
            })
            .collect();
        connection.batch_execute(&format!(
            "WITH changed AS (INSERT INTO {table} AS t ({parent:?}, {columns}) \
             SELECT r.id, {values} FROM import_heads h JOIN {heads} r ON {same} \
             WHERE h.details_id IS NOT NULL OR {says_more} \
             ON CONFLICT ({parent:?}) DO UPDATE SET {set} WHERE ROW({t}) IS DISTINCT FROM ROW({excluded}) \
             RETURNING t.{parent:?} AS id) INSERT INTO import_touched SELECT id FROM changed",
            columns = list(&stored, ""),
            values = values.join(", "),
            heads = self.register.table,
            same = same_key(self.register.key),
            says_more = says_more.join(" OR "),
            set = set.join(", "),
            t = list(&stored, "t."),
            excluded = list(&stored, "excluded."),
        ))?;
        Ok(())
    }

    fn write_lines(&self, lines: &Lines, connection: &mut PgConnection) -> Result<()> {
        let Lines { table, parent, number, .. } = lines;
        let register = self.register;
        let columns: Vec<&Column> =
            self.present().filter(|column| column.place == Place::Line && column.key != *number).collect();
        let stored: Vec<&str> = columns.iter().map(|column| column.stored).collect();
        let mut values = String::new();
        let mut joins = String::new();
        for column in &columns {
            write_to(&mut values, format_args!(", {} AS \"n_{}\"", self.plain_value(column, "l"), column.stored));
            if let Some(reference) = column.reference {
                let key = column.key;
                write_to(
                    &mut joins,
                    format_args!(" LEFT JOIN {} {key:?} ON {key:?}.{:?} = s.{key:?}", reference.table, reference.by),
                );
            }
        }
        connection.batch_execute(&format!(
            "CREATE TEMP TABLE import_lines ON COMMIT DROP AS \
             SELECT s.file_line, t.id AS parent, l.id AS id, s.{number:?} AS number{values} FROM import_rows s \
             JOIN {heads} t ON {same} LEFT JOIN {table} l ON l.{parent:?} = t.id AND l.{number:?} = s.{number:?}{joins} \
             WHERE s.{number:?} IS NOT NULL; \
             ANALYZE import_lines; \
             INSERT INTO import_warnings \
             SELECT count(DISTINCT l.{parent:?}) || ' {noun}(s) have lines that the file does not have; these lines were kept' \
             FROM {table} l WHERE l.{parent:?} IN (SELECT parent FROM import_lines WHERE id IS NOT NULL) \
             AND NOT EXISTS (SELECT FROM import_lines i WHERE i.id = l.id) HAVING count(*) > 0",
            heads = register.table,
            same = conjunction(register.key, "t", "s"),
            noun = register.noun,
        ))?;
        if !stored.is_empty() {
            connection.batch_execute(&update(table, &stored, "import_lines", "n", &format!("t.{parent:?}")))?;
        }
        let names = if stored.is_empty() { String::new() } else { format!(", {}", list(&stored, "")) };
        let news: String = stored.iter().map(|stored| format!(", \"n_{stored}\"")).collect();
        connection.batch_execute(&format!(
            "WITH changed AS (INSERT INTO {table} ({parent:?}, {number:?}{names}) \
             SELECT parent, number{news} FROM import_lines WHERE id IS NULL ORDER BY file_line \
             RETURNING {parent:?} AS id) INSERT INTO import_touched SELECT id FROM changed"
        ))?;
        Ok(())
    }
}

/// Updates the rows that differ and notes whose they are.
fn update(table: &str, columns: &[&str], from: &str, prefix: &str, touched: &str) -> String {
    let news: Vec<String> = columns.iter().map(|column| format!("h.\"{prefix}_{column}\"")).collect();
    let set: Vec<String> = columns.iter().zip(&news).map(|(column, new)| format!("{column:?} = {new}")).collect();
    format!(
        "WITH changed AS (UPDATE {table} t SET {} FROM {from} h WHERE t.id = h.id AND \
         ROW({}) IS DISTINCT FROM ROW({}) RETURNING {touched} AS id) INSERT INTO import_touched SELECT id FROM changed",
        set.join(", "),
        list(columns, "t."),
        news.join(", ")
    )
}

fn same_key(key: &[&str]) -> String {
    let pairs: Vec<String> = key.iter().map(|key| format!("r.{key:?} = h.\"n_{key}\"")).collect();
    pairs.join(" AND ")
}

fn count(connection: &mut PgConnection, query: &str) -> Result<u64> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        number: i64,
    }
    let row: Row = diesel::sql_query(query).get_result(connection)?;
    Ok(u64::try_from(row.number).unwrap_or_default())
}
