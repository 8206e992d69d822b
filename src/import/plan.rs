//! A register, the columns that a file has of it, and what each column will hold: the SQL that puts the file's records
//! beside the stored ones (`import_heads`).

use std::collections::BTreeSet;
use std::fmt::Write as _;

use diesel::PgConnection;
use diesel::connection::SimpleConnection;

use super::heading::Headings;
use super::register::{Cell, Column, Lines, Need, Place, Reference, Register};
use crate::error::Result;

/// How deep derived columns may build on each other.
const DEEPEST: usize = 4;

/// A register and the columns that this file has of it.
pub(super) struct Plan<'a> {
    pub register: &'a Register,
    /// Every row that is wrong is named, also where one word for all of them would do.
    pub names_every_row: bool,
    present: Vec<&'static str>,
}

impl<'a> Plan<'a> {
    pub fn new(register: &'a Register, headings: &Headings, names_every_row: bool) -> Plan<'a> {
        Plan { register, names_every_row, present: headings.keys(register).collect() }
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
        // xmin tells whether somebody has changed the row since
        let mut columns = String::from("s.file_line, t.id AS id, t.xmin AS seen");
        let mut joins = format!("LEFT JOIN {} t ON {}", register.table, same_record(register, "t", "s"));
        match register.lines.as_ref() {
            Some(lines) if self.is_grouped() => {
                connection.batch_execute(&self.sums(lines))?;
                let same = conjunction(register.key, "z", "s");
                write_to(&mut joins, format_args!(" LEFT JOIN import_sums z ON {same}"));
            }
            Some(lines) => {
                let none: Vec<String> = lines.sums.iter().map(|sum| format!("NULL::numeric AS {}", sum.name)).collect();
                write_to(&mut joins, format_args!(" LEFT JOIN (SELECT {}) z ON true", none.join(", ")));
            }
            None => {}
        }
        if let Some((table, parent)) = register.details {
            joins.push_str(&format!(" LEFT JOIN {table} d ON d.{parent:?} = t.id"));
            columns.push_str(", d.id AS details_id, d.xmin AS details_seen");
        }
        for column in register.columns.iter().filter(|column| self.is_needed(column)) {
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

    /// Whether anything reads what the column will hold. A million rows are narrower without the others.
    fn is_needed(&self, column: &Column) -> bool {
        let prefix = match column.place {
            Place::Head => "n_",
            Place::Details => "d_",
            Place::Line | Place::Own => return false,
        };
        let name = format!("{prefix}{}", column.stored);
        let register = self.register;
        self.has(column.key)
            || column.need != Need::Optional
            || register.derived.iter().any(|derived| derived.column == column.stored)
            || [register.check, register.after].iter().any(|sql| sql.contains(&name))
    }

    /// The file's records, one row each.
    fn heads(&self) -> String {
        let register = self.register;
        if !self.is_grouped() {
            return "SELECT * FROM import_rows".to_owned();
        }
        let mut columns = String::new();
        let key = list(register.key, "");
        for column in self.present().filter(|column| !column.is_key()) {
            if matches!(column.place, Place::Head | Place::Details) {
                write_to(&mut columns, format_args!(", {} AS {:?}", self.aggregate("min", column), column.key));
            }
        }
        // rows without a key have nothing in common
        format!(
            "SELECT min(file_line) AS file_line, {key}{columns} FROM import_rows \
             GROUP BY {key}, CASE WHEN num_nulls({key}) > 0 THEN file_line END"
        )
    }

    /// SQL that makes `import_sums`: a row for each record of which the file has lines, with the sums over all lines that
    /// it will have. They are known before anything is written, so that a head is written once and what follows from
    /// its sums follows in the same step.
    fn sums(&self, lines: &Lines) -> String {
        let (register, Lines { table, parent, number, sums }) = (self.register, lines);
        let needed: BTreeSet<&str> = sums.iter().flat_map(|sum| sum.of).copied().collect();
        let columns: Vec<&Column> = register
            .columns
            .iter()
            .filter(|column| column.place == Place::Line && needed.contains(column.stored))
            .collect();
        let aggregates: String = sums.iter().fold(String::new(), |mut text, sum| {
            let is_said = columns.iter().any(|column| sum.of.contains(&column.stored) && self.has(column.key));
            let sql = if is_said { sum.sql } else { "NULL::numeric" };
            write_to(&mut text, format_args!(", {sql} AS {}", sum.name));
            text
        });
        let in_file = columns.iter().fold(String::new(), |mut text, column| {
            write_to(&mut text, format_args!(", {} AS {:?}", self.plain_value(column, "l"), column.stored));
            text
        });
        let kept = columns.iter().fold(String::new(), |mut text, column| {
            write_to(&mut text, format_args!(", l.{:?}", column.stored));
            text
        });
        let same = conjunction(register.key, "t", "s");
        format!(
            "CREATE TEMP TABLE import_sums ON COMMIT DROP AS \
             WITH lines AS ( \
             SELECT {file_key}{in_file} FROM import_rows s LEFT JOIN {heads} t ON {same} \
             LEFT JOIN {table} l ON l.{parent:?} = t.id AND l.{number:?} = s.{number:?} WHERE s.{number:?} IS NOT NULL \
             UNION ALL \
             SELECT {stored_key}{kept} FROM {heads} t JOIN {table} l ON l.{parent:?} = t.id \
             WHERE EXISTS (SELECT FROM import_rows s WHERE {same} AND s.{number:?} IS NOT NULL) \
             AND NOT EXISTS (SELECT FROM import_rows s WHERE {same} AND s.{number:?} = l.{number:?})) \
             SELECT {key}{aggregates} FROM lines GROUP BY {key}; ANALYZE import_sums",
            file_key = list(register.key, "s."),
            stored_key = list(register.key, "t."),
            key = list(register.key, ""),
            heads = register.table,
        )
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

    /// SQL for what a column will hold that follows from no other; `table` is the stored row's alias.
    pub fn plain_value(&self, column: &Column, table: &str) -> String {
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

/// The stored record `stored` has the key that the file's row `file` says.
pub(super) fn same_record(register: &Register, stored: &str, file: &str) -> String {
    let pairs: Vec<String> = register
        .key_columns()
        .map(|column| {
            let (key, own) = (column.key, column.stored);
            let said = match column.reference {
                None => format!("{file}.{key:?}"),
                Some(Reference { table, by, .. }) => {
                    format!("(SELECT r.id FROM {table} r WHERE r.{by:?} = {file}.{key:?})")
                }
            };
            match (column.need, column.default) {
                (Need::KeyIfAny, Some(default)) => format!("{stored}.{own:?} = coalesce({said}, {default})"),
                (Need::KeyIfAny, None) => format!("{stored}.{own:?} IS NOT DISTINCT FROM {said}"),
                _ => format!("{stored}.{own:?} = {said}"),
            }
        })
        .collect();
    pairs.join(" AND ")
}

/// A text of ours as an SQL literal.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Appends to SQL.
pub(super) fn write_to(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    // writing to a string cannot fail
    let _ = text.write_fmt(arguments);
}
