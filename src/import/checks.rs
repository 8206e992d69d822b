//! What can only be found out with the whole file in the database: repeated keys, unknown references, heads that
//! contradict each other, new records without what they need. Each check is one query over the whole file.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::heading::Headings;
use super::plan::{Plan, conjunction, list, quoted};
use super::register::{Cell, Column, MOST_WHOLE_DIGITS, Need, Place, Register};
use super::report::{Problems, file_and_line};
use crate::error::Result;

/// No check names more rows than these.
const MOST: usize = 10_000;

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    file_line: i64,
    #[diesel(sql_type = Nullable<Text>)]
    column_key: Option<String>,
    #[diesel(sql_type = Text)]
    message: String,
    /// The place that `{place}` in the message stands for.
    #[diesel(sql_type = Nullable<BigInt>)]
    other: Option<i64>,
}

/// Runs all checks over `import_rows` and `import_heads`.
pub(super) fn run(
    connection: &mut PgConnection,
    plan: &Plan<'_>,
    headings: &[Headings],
    names: &[String],
    problems: &mut Problems,
) -> Result<()> {
    let register = plan.register;
    let mut queries = vec![repeated_keys(plan)];
    queries.extend(unknown_references(plan));
    queries.extend(missing_for_new(plan));
    queries.extend(contradictions(plan));
    queries.extend(lines_without_number(plan));
    queries.extend(too_much(plan));
    if !register.check.is_empty() {
        connection.batch_execute(register.check)?;
    }
    queries.push("SELECT file_line, column_key, message, NULL::bigint AS other FROM import_problems".to_owned());
    for query in queries {
        let found: Vec<Found> =
            diesel::sql_query(format!("{query} ORDER BY file_line LIMIT {MOST}")).load(connection)?;
        for Found { file_line, column_key, message, other } in found {
            let place = u64::try_from(file_line).unwrap_or_default();
            let of_file = headings.get(file_and_line(place).0);
            let name_of = |key| of_file.and_then(|headings| headings.name_of(register, key));
            let heading = column_key.as_deref().map(|key| name_of(key).unwrap_or(key));
            let message = match other.and_then(|other| u64::try_from(other).ok()) {
                Some(other) => message.replace("{place}", &told(other, place, names)),
                None => message,
            };
            problems.add(place, heading, message);
        }
    }
    Ok(())
}

/// A place as a row at `from` speaks of it.
fn told(place: u64, from: u64, names: &[String]) -> String {
    let ((file, line), (own, _)) = (file_and_line(place), file_and_line(from));
    match names.get(file).filter(|_| file != own) {
        Some(name) => format!("line {line} of {name}"),
        None => format!("line {line}"),
    }
}

/// The same record twice, or the same line of a record.
fn repeated_keys(plan: &Plan<'_>) -> String {
    let register = plan.register;
    let mut key: Vec<&str> = register.key.to_vec();
    let mut what = register.noun.to_owned();
    if let Some(lines) = register.lines.as_ref().filter(|lines| plan.has(lines.number)) {
        key.push(lines.number);
        what.push_str(" and line");
    }
    let same: Vec<String> = key.iter().map(|key| format!("s.{key:?} IS NOT DISTINCT FROM r.{key:?}")).collect();
    // the hash join needs an equality; the line's number can be NULL, and what a key may be without
    let never_empty: Vec<&str> =
        register.key_columns().filter(|column| column.need == Need::Key).map(|column| column.key).collect();
    let joined = conjunction(&never_empty, "s", "r");
    format!(
        "SELECT s.file_line, {last}::text AS column_key, 'the same {what} stands in {{place}} already' AS message, r.first AS other \
         FROM import_rows s JOIN (SELECT {columns}, min(file_line) AS first FROM import_rows GROUP BY {columns} \
         HAVING count(*) > 1) r ON {joined} AND {same} WHERE s.file_line > r.first",
        last = quoted(key_heading(register)),
        columns = list(&key, ""),
        same = same.join(" AND "),
    )
}

fn key_heading(register: &Register) -> &'static str {
    register.key.last().copied().unwrap_or("number")
}

/// Cells that name a record nobody knows.
fn unknown_references(plan: &Plan<'_>) -> Vec<String> {
    let mut queries = Vec::new();
    for column in plan.present() {
        let Some(reference) = column.reference else { continue };
        let (key, noun) = (column.key, quoted(reference.noun));
        let message =
            |cell: &str| format!("{noun} || ' ' || {cell} || ' is not known' AS message, NULL::bigint AS other");
        match column.place {
            Place::Head | Place::Details => queries.push(format!(
                "SELECT file_line, {}::text AS column_key, {} FROM import_heads \
                 WHERE \"f_{key}\" IS NOT NULL AND \"r_{key}\" IS NULL",
                quoted(key),
                message(&format!("\"f_{key}\""))
            )),
            Place::Line => queries.push(format!(
                "SELECT s.file_line, {}::text AS column_key, {} FROM import_rows s WHERE s.{key:?} IS NOT NULL \
                 AND NOT EXISTS (SELECT FROM {} r WHERE r.{:?} = s.{key:?})",
                quoted(key),
                message(&format!("s.{key:?}")),
                reference.table,
                reference.by
            )),
            Place::Own => {}
        }
    }
    queries
}

/// Records that are new and lack what a new record needs.
fn missing_for_new(plan: &Plan<'_>) -> Vec<String> {
    let noun = plan.register.noun;
    // of a row without a key nobody knows whether it is new
    let never_empty = plan.register.key_columns().filter(|column| column.need == Need::Key);
    let keys: Vec<String> = never_empty.map(|column| format!("\"n_{}\" IS NOT NULL", column.stored)).collect();
    let has_key = keys.join(" AND ");
    let needed = plan.register.columns.iter().filter(|column| column.need == Need::New && column.place == Place::Head);
    needed
        .map(|column| {
            let (key, stored) = (column.key, column.stored);
            if plan.has(key) {
                return format!(
                    "SELECT file_line, {}::text AS column_key, 'is empty, but the {noun} is new' AS message, NULL::bigint AS other \
                     FROM import_heads WHERE id IS NULL AND {has_key} AND \"n_{stored}\" IS NULL{}",
                    quoted(key),
                    // an unknown reference has been named already
                    if column.reference.is_some() { format!(" AND \"f_{key}\" IS NULL") } else { String::new() }
                );
            }
            let heading = column.headings.first().unwrap_or(&column.key);
            let (line, all) =
                if plan.names_every_row { ("file_line", "") } else { ("min(file_line)", "HAVING count(*) > 0") };
            format!(
                "SELECT {line} AS file_line, NULL::text AS column_key, \
                 'the {noun} is new, and for a new one the file needs a column {heading} ({key})' AS message, \
                 NULL::bigint AS other FROM import_heads WHERE id IS NULL AND {has_key} AND \"n_{stored}\" IS NULL {all}"
            )
        })
        .collect()
}

/// A head is repeated with each line; where it says something, it says the same.
fn contradictions(plan: &Plan<'_>) -> Option<String> {
    if !plan.is_grouped() {
        return None;
    }
    let register = plan.register;
    let key = list(register.key, "");
    let heads: Vec<&Column> = plan
        .present()
        .filter(|column| matches!(column.place, Place::Head | Place::Details) && !column.is_key())
        .collect();
    if heads.is_empty() {
        return None;
    }
    let differ: Vec<String> = heads
        .iter()
        .map(|column| format!("{} <> {}", plan.aggregate("min", column), plan.aggregate("max", column)))
        .collect();
    let cells: Vec<String> =
        heads.iter().map(|column| format!("({}, s.{:?}::text)", quoted(column.key), column.key)).collect();
    Some(format!(
        "SELECT file_line, column_key, 'says something else than {{place}} for the same {noun}' AS message, first_line AS other \
         FROM (SELECT s.file_line, v.column_key, v.cell, first_value(v.cell) OVER said AS first_cell, \
                      first_value(s.file_line) OVER said AS first_line \
               FROM import_rows s \
               JOIN (SELECT {key} FROM import_rows GROUP BY {key} HAVING count(*) > 1 AND ({differ})) r ON {same} \
               CROSS JOIN LATERAL (VALUES {cells}) AS v (column_key, cell) \
               WHERE v.cell IS NOT NULL \
               WINDOW said AS (PARTITION BY {s_key}, v.column_key ORDER BY s.file_line)) AS heads \
         WHERE cell <> first_cell",
        noun = register.noun,
        differ = differ.join(" OR "),
        same = conjunction(register.key, "s", "r"),
        cells = cells.join(", "),
        s_key = list(register.key, "s."),
    ))
}

/// What follows from the file's amounts, such as the sum of the lines, and is more than a column holds. What the cells say
/// themselves was told with them.
fn too_much(plan: &Plan<'_>) -> Vec<String> {
    let register = plan.register;
    let is_amount = |column: &&Column| column.place == Place::Head && column.cell == Cell::Decimal;
    let is_derived = |column: &&Column| register.derived.iter().any(|derived| derived.column == column.stored);
    let amounts = register.columns.iter().filter(is_amount).filter(is_derived);
    amounts
        .map(|column| {
            format!(
                "SELECT file_line, {key}::text AS column_key, \
                 'would be more than can be stored (less than 10^{MOST_WHOLE_DIGITS})' AS message, NULL::bigint AS other \
                 FROM import_heads WHERE abs(\"n_{stored}\") >= 1e{MOST_WHOLE_DIGITS}",
                key = quoted(column.key),
                stored = column.stored,
            )
        })
        .collect()
}

/// Cells of a line in a row that has no line.
fn lines_without_number(plan: &Plan<'_>) -> Option<String> {
    let lines = plan.register.lines.as_ref()?;
    let cells: Vec<&Column> =
        plan.present().filter(|column| column.place == Place::Line && column.key != lines.number).collect();
    if cells.is_empty() {
        return None;
    }
    let keys: Vec<&str> = cells.iter().map(|column| column.key).collect();
    let number = plan.register.column(lines.number);
    let heading = number.and_then(|column| column.headings.first()).copied().unwrap_or(lines.number);
    Some(format!(
        "SELECT file_line, {number}::text AS column_key, \
         'is empty, but cells of a line are filled; {heading} says which line' AS message, NULL::bigint AS other \
         FROM import_rows s WHERE s.{line:?} IS NULL AND num_nonnulls({cells}) > 0",
        number = quoted(lines.number),
        line = lines.number,
        cells = list(&keys, "s."),
    ))
}
