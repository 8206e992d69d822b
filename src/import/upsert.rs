//! The statements that bring a file's records into their tables: what is new is inserted, what differs is updated, and
//! only in columns that the file has. All of it set-wise; no statement is run a row.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use super::options::Counts;
use super::plan::{Plan, conjunction, list, write_to};
use super::register::{Column, Lines, Place};
use crate::error::Result;

/// So many new records change what the planner has to know of a table; the server itself looks only once a minute.
const MANY: u64 = 1_000;

impl Plan<'_> {
    /// Writes the records, then their details and lines. `None`: somebody has changed one of them since it was read, and
    /// what follows from it would be wrong.
    pub fn write(&self, connection: &mut PgConnection) -> Result<Option<Counts>> {
        let Some(new) = self.write_heads(connection)? else { return Ok(None) };
        // a second file right behind the first would be planned as if the tables were still empty, and take hours
        let are_many = new >= MANY;
        if are_many {
            analyze(connection, self.register.table)?;
        }
        if !self.write_details(connection)? {
            return Ok(None);
        }
        if let Some(lines) = self.register.lines.as_ref().filter(|_| self.is_grouped()) {
            self.write_lines(lines, connection)?;
            if are_many {
                analyze(connection, lines.table)?;
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
        Ok(Some(Counts { new, changed, same: known.saturating_sub(changed), ..Counts::default() }))
    }

    /// The columns of the register's table that this import writes, without the key.
    fn written_heads(&self) -> Vec<&'static str> {
        let mut written: Vec<&str> = self
            .present()
            .filter(|column| column.place == Place::Head && !column.is_key())
            .map(|column| column.stored)
            .collect();
        for derived in self.register.derived {
            if !written.contains(&derived.column) {
                written.push(derived.column);
            }
        }
        written
    }

    fn write_heads(&self, connection: &mut PgConnection) -> Result<Option<u64>> {
        let (register, written) = (self.register, self.written_heads());
        if !written.is_empty() {
            let heads = Known { table: register.table, columns: &written, prefix: "n", id: "id", seen: "seen" };
            if !heads.update(connection, "t.id")? {
                return Ok(None);
            }
        }
        let mut columns: Vec<&str> = register.key_columns().map(|column| column.stored).collect();
        columns.extend(&written);
        let values: Vec<String> = columns.iter().map(|column| format!("\"n_{column}\"")).collect();
        let inserted = diesel::sql_query(format!(
            "INSERT INTO {} ({}) SELECT {} FROM import_heads WHERE id IS NULL ORDER BY file_line",
            register.table,
            list(&columns, ""),
            values.join(", ")
        ))
        .execute(connection)?;
        Ok(Some(inserted as u64))
    }

    /// False: somebody has changed some of them meanwhile.
    fn write_details(&self, connection: &mut PgConnection) -> Result<bool> {
        let Some((table, parent)) = self.register.details else { return Ok(true) };
        let written: Vec<&Column> = self.present().filter(|column| column.place == Place::Details).collect();
        if written.is_empty() {
            return Ok(true);
        }
        let stored: Vec<&str> = written.iter().map(|column| column.stored).collect();
        let details = Known { table, columns: &stored, prefix: "d", id: "details_id", seen: "details_seen" };
        if !details.update(connection, &format!("t.{parent:?}"))? {
            return Ok(false);
        }
        let values: Vec<String> = stored.iter().map(|stored| format!("h.\"d_{stored}\"")).collect();
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
            "WITH changed AS (INSERT INTO {table} ({parent:?}, {columns}) \
             SELECT r.id, {values} FROM import_heads h JOIN {heads} r ON {same} \
             WHERE h.details_id IS NULL AND ({says_more}) \
             RETURNING {parent:?} AS id) INSERT INTO import_touched SELECT id FROM changed",
            columns = list(&stored, ""),
            values = values.join(", "),
            heads = self.register.table,
            same = same_key(self.register.key),
            says_more = says_more.join(" OR "),
        ))?;
        Ok(true)
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

/// Rows that `import_heads` knows by their id, and what they will hold.
struct Known<'a> {
    table: &'a str,
    columns: &'a [&'a str],
    prefix: &'a str,
    id: &'a str,
    seen: &'a str,
}

impl Known<'_> {
    /// Updates those that differ and notes whose they are. False: one of them is no longer as it was read, so that what
    /// was computed from it may be wrong.
    fn update(&self, connection: &mut PgConnection, touched: &str) -> Result<bool> {
        let Known { table, columns, prefix, id, seen } = self;
        let news: Vec<String> = columns.iter().map(|column| format!("h.\"{prefix}_{column}\"")).collect();
        let set: Vec<String> = columns.iter().zip(&news).map(|(column, new)| format!("{column:?} = {new}")).collect();
        let changes = format!("import_changes_{prefix}");
        connection.batch_execute(&format!(
            "CREATE TEMP TABLE {changes} ON COMMIT DROP AS \
             SELECT h.{id} AS id, h.{seen} AS seen, {} FROM import_heads h JOIN {table} t ON t.id = h.{id} \
             WHERE ROW({}) IS DISTINCT FROM ROW({}); ANALYZE {changes}",
            news.join(", "),
            list(columns, "t."),
            news.join(", "),
        ))?;
        let updated = diesel::sql_query(format!(
            "WITH changed AS (UPDATE {table} t SET {} FROM {changes} h WHERE t.id = h.id AND t.xmin = h.seen \
             RETURNING {touched} AS id) INSERT INTO import_touched SELECT id FROM changed",
            set.join(", "),
        ))
        .execute(connection)?;
        Ok(updated as u64 == count(connection, &format!("SELECT count(*) AS number FROM {changes}"))?)
    }
}

/// Tells the planner what has come in. Who does not own the table may not, and says so: the server does it by itself, later.
fn analyze(connection: &mut PgConnection, table: &str) -> Result<()> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        may: bool,
    }
    let row: Row = diesel::sql_query(
        "SELECT pg_has_role(c.relowner, 'USAGE') OR CASE WHEN current_setting('server_version_num')::int >= 170000 \
         THEN has_table_privilege(c.oid, 'MAINTAIN') ELSE false END AS may FROM pg_class c WHERE c.oid = $1::regclass",
    )
    .bind::<Text, _>(table)
    .get_result(connection)?;
    if row.may {
        connection.batch_execute(&format!("ANALYZE {table}"))?;
    } else {
        connection.batch_execute(
            "INSERT INTO import_warnings SELECT 'the role ' || current_user || ' may not ANALYZE the tables; until the \
             server has done so by itself, commands can be slow' WHERE NOT EXISTS (SELECT FROM import_warnings \
             WHERE message LIKE '%may not ANALYZE%')",
        )?;
    }
    Ok(())
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
