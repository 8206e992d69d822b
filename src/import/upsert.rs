//! The statements that bring a file's records into their tables: what is new is inserted, what differs is updated, and
//! only in columns that the file has. All of it set-wise; no statement is run a row.

use std::fmt::Write as _;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::Counts;
use super::heading::Headings;
use super::register::{Cell, Column, Lines, Need, Place, Register};
use crate::error::Result;

/// How deep derived columns may build on each other.
const DEEPEST: usize = 4;

/// A register and the columns that this file has of it.
pub(super) struct Plan<'a> {
    pub register: &'a Register,
    present: Vec<&'static str>,
}

impl<'a> Plan<'a> {
    pub fn new(register: &'a Register, headings: &Headings) -> Plan<'a> {
        Plan { register, present: headings.keys(register).collect() }
    }

    /// Whether the file has the column.
    pub fn has(&self, key: &str) -> bool {
        self.present.contains(&key)
    }

    /// The register's columns that the file has.
    pub fn present(&self) -> impl Iterator<Item = &'a Column> + '_ {
        self.register.columns.iter().filter(|column| self.has(column.key))
    }

    /// Whether a record may stand in several rows.
    pub fn is_grouped(&self) -> bool {
        self.register.lines.as_ref().is_some_and(|lines| self.has(lines.number))
    }

    /// The one value of a head that several rows repeat.
    pub fn aggregate(&self, function: &str, column: &Column) -> String {
        let key = column.key;
        match (column.cell, column.cell.sql_type()) {
            (Cell::YesNo, _) => format!("{function}({key:?}::int)::boolean"),
            (_, "text") => format!("{function}({key:?} COLLATE \"C\")"),
            _ => format!("{function}({key:?})"),
        }
    }

    /// Makes `import_heads`: a row for each record with its line in the file, its id if it is known (`id`), what the
    /// file says where it names other records (`f_…`, found as `r_…`), and what each column will hold (`n_…`, in the
    /// details `d_…`).
    pub fn resolve(&self, connection: &mut PgConnection) -> Result<()> {
        let register = self.register;
        let mut columns = String::from("s.file_line, t.id AS id");
        let mut joins = format!("LEFT JOIN {} t ON {}", register.table, conjunction(register.key, "t", "s"));
        if let Some((table, parent)) = register.details {
            joins.push_str(&format!(" LEFT JOIN {table} d ON d.{parent:?} = t.id"));
            columns.push_str(", d.id AS details_id");
        }
        for column in register.columns.iter().filter(|column| matches!(column.place, Place::Head | Place::Details)) {
            let (stored, prefix) = (column.stored, if column.place == Place::Head { "n" } else { "d" });
            write_to(&mut columns, format_args!(", {} AS \"{prefix}_{stored}\"", self.value(column)));
            let Some(reference) = column.reference.filter(|_| self.has(column.key)) else { continue };
            let key = column.key;
            write_to(&mut columns, format_args!(", s.{key:?} AS \"f_{key}\", \"{key}\".id AS \"r_{key}\""));
            write_to(
                &mut joins,
                format_args!(" LEFT JOIN {} {key:?} ON {key:?}.{:?} = s.{key:?}", reference.table, reference.by),
            );
        }
        for derived in register.derived.iter().filter(|derived| self.stored_in(derived.column).is_none()) {
            write_to(&mut columns, format_args!(", {} AS \"n_{}\"", self.value_of(derived.column, 0), derived.column));
        }
        connection.batch_execute(&format!(
            "CREATE TEMP TABLE import_heads ON COMMIT DROP AS WITH heads AS ({}) SELECT {columns} FROM heads s {joins}; \
             ANALYZE import_heads",
            self.heads()
        ))?;
        Ok(())
    }

    /// Writes the records, then their details and lines.
    pub fn write(&self, connection: &mut PgConnection) -> Result<Counts> {
        let new = self.write_heads(connection)?;
        self.write_details(connection)?;
        if let Some(lines) = self.register.lines.as_ref().filter(|_| self.is_grouped()) {
            self.write_lines(lines, connection)?;
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

    /// The file's records, one row each.
    fn heads(&self) -> String {
        let register = self.register;
        let sums = register.lines.iter().flat_map(|lines| lines.sums);
        let mut columns = String::new();
        if !self.is_grouped() {
            sums.for_each(|(name, _, _)| write_to(&mut columns, format_args!(", NULL::numeric AS {name}")));
            return format!("SELECT *{columns} FROM import_rows");
        }
        let key = list(register.key, "");
        for column in self.present().filter(|column| column.need != Need::Key) {
            if matches!(column.place, Place::Head | Place::Details) {
                write_to(&mut columns, format_args!(", {} AS {:?}", self.aggregate("min", column), column.key));
            }
        }
        for (name, needs, sql) in sums {
            let can_be_known = needs.iter().all(|key| self.has(key));
            let sum = if can_be_known { sql } else { "NULL::numeric" };
            write_to(&mut columns, format_args!(", {sum} AS {name}"));
        }
        format!("SELECT min(file_line) AS file_line, {key}{columns} FROM import_rows GROUP BY {key}")
    }

    /// SQL for what the column will hold.
    fn value(&self, column: &Column) -> String {
        match column.place {
            Place::Head => self.value_of(column.stored, 0),
            _ => self.plain_value(column, "d"),
        }
    }

    /// SQL for what the column `stored` of the register's table, or `details.stored`, will hold.
    fn value_of(&self, stored: &str, depth: usize) -> String {
        if let Some(stored) = stored.strip_prefix("details.") {
            let column =
                self.register.columns.iter().find(|column| column.place == Place::Details && column.stored == stored);
            return column.map_or_else(|| format!("d.{stored:?}"), |column| self.plain_value(column, "d"));
        }
        let column = self.stored_in(stored);
        let derived = self.register.derived.iter().find(|derived| derived.column == stored);
        let Some(derived) = derived.filter(|_| depth < DEEPEST) else {
            return column.map_or_else(|| format!("t.{stored:?}"), |column| self.plain_value(column, "t"));
        };
        let mut sql = derived.sql.to_owned();
        while let Some((before, rest)) = sql.split_once('{')
            && let Some((name, behind)) = rest.split_once('}')
        {
            sql = format!("{before}({}){behind}", self.value_of(name, depth + 1));
        }
        match column.filter(|column| self.has(column.key)) {
            Some(column) => format!("coalesce({}, {sql})", said(column)),
            None => sql,
        }
    }

    fn plain_value(&self, column: &Column, table: &str) -> String {
        let stored = format!("{table}.{:?}", column.stored);
        let said = self.has(column.key).then(|| said(column));
        match (said, column.default) {
            (Some(said), Some(default)) => format!("coalesce({said}, {stored}, {default})"),
            (None, Some(default)) => format!("coalesce({stored}, {default})"),
            // what a record needs is kept where the file is silent
            (Some(said), None) if column.need == Need::New => format!("coalesce({said}, {stored})"),
            (Some(said), None) => said,
            (None, None) => stored,
        }
    }

    fn stored_in(&self, stored: &str) -> Option<&'a Column> {
        self.register.columns.iter().find(|column| column.place == Place::Head && column.stored == stored)
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

/// What the file's cell says: the value, or the id of the record it names.
fn said(column: &Column) -> String {
    let table = if column.reference.is_some() { column.key } else { "s" };
    let name = if column.reference.is_some() { "id" } else { column.key };
    format!("{table:?}.{name:?}")
}

/// `"a", "b"`, each with a prefix.
pub(super) fn list(columns: &[&str], prefix: &str) -> String {
    let columns: Vec<String> = columns.iter().map(|column| format!("{prefix}{column:?}")).collect();
    columns.join(", ")
}

/// Both tables have the same key.
pub(super) fn conjunction(key: &[&str], left: &str, right: &str) -> String {
    let pairs: Vec<String> = key.iter().map(|key| format!("{left}.{key:?} = {right}.{key:?}")).collect();
    pairs.join(" AND ")
}

fn same_key(key: &[&str]) -> String {
    let pairs: Vec<String> = key.iter().map(|key| format!("r.{key:?} = h.\"n_{key}\"")).collect();
    pairs.join(" AND ")
}

/// A text of ours as an SQL literal.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn write_to(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // writing to a string cannot fail
    let _ = text.write_fmt(arguments);
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
