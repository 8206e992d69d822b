//! Rows that are left out of an import: with all rows of their record, and into a file of their own, as they stand in
//! theirs, with a column that says what is wrong. Corrected, that file can be imported like any other.

use std::collections::{BTreeMap, HashSet};
use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt};
use encoding_rs::WINDOWS_1252;

use super::file::File;
use super::heading::{REASON, is_reason};
use super::plan::{conjunction, list};
use super::register::Register;
use super::report::Problems;
use super::row::Row;
use super::rows::{Rows, Stop};
use super::text::{Charset, Text};
use crate::error::{Error, Kind, Result};

/// Makes the table of the rows that were left out, with the keys of their records: what is only wrong has not vanished.
pub(super) fn prepare(connection: &mut PgConnection, register: &Register) -> Result<()> {
    connection.batch_execute(&format!(
        "CREATE TEMP TABLE import_left_out ON COMMIT DROP AS SELECT file_line, {} FROM import_rows WHERE false",
        list(register.key, "")
    ))?;
    Ok(())
}

/// Takes the rows with problems out of the staging table, with the other rows of the same records, and answers how many
/// rows that are: half a document would have wrong sums.
pub(super) fn leave_out(connection: &mut PgConnection, register: &Register, problems: &mut Problems) -> Result<usize> {
    #[derive(QueryableByName)]
    struct Left {
        #[diesel(sql_type = BigInt)]
        file_line: i64,
    }
    let bad: Vec<i64> = problems.places().filter_map(|place| i64::try_from(place).ok()).collect();
    let key = list(register.key, "");
    let left: Vec<Left> = diesel::sql_query(format!(
        "WITH bad AS (SELECT DISTINCT {key} FROM import_rows WHERE file_line = ANY($1)), \
         gone AS (DELETE FROM import_rows s WHERE s.file_line = ANY($1) OR EXISTS (SELECT FROM bad b WHERE {}) \
         RETURNING s.file_line, {}), \
         kept AS (INSERT INTO import_left_out SELECT * FROM gone) SELECT file_line FROM gone",
        conjunction(register.key, "s", "b"),
        list(register.key, "s."),
    ))
    .bind::<Array<BigInt>, _>(&bad)
    .load(connection)?;
    let known: HashSet<i64> = bad.iter().copied().collect();
    let unread = known.len() + left.iter().filter(|row| !known.contains(&row.file_line)).count();
    for row in left.iter().filter(|row| !known.contains(&row.file_line)) {
        let message = format!("another row of the same {} is wrong", register.noun);
        problems.add(u64::try_from(row.file_line).unwrap_or_default(), None, message);
    }
    connection.batch_execute("ANALYZE import_rows")?;
    // a row with too few cells never was in the table
    Ok(unread)
}

/// Writes the lines with these numbers as they stand in the file, each with its reason, under the file's own headings.
///
/// Errors: a file that cannot be read again or has changed meanwhile, and a place that cannot be written.
pub(super) fn write(file: File, reasons: &BTreeMap<u64, String>, to: &Path) -> Result<()> {
    let (charset, delimiter) = (file.charset(), file.delimiter);
    let columns = file.headings.names.len();
    let has_reasons = file.headings.names.last().is_some_and(|name| is_reason(name));
    let Some(original) = file.original else { return Err(Error::bug("rejected rows of a pipe")) };
    let name = original.name.clone();
    let is_utf16 = charset == Charset::Utf16;
    let mut rows = Rows::new(Vec::new(), Some(original.text(is_utf16)?), delimiter);
    rows.keep_written();
    let mut row = Row::default();

    let mut name_of_new = to.as_os_str().to_owned();
    name_of_new.push(".part");
    let new = Path::new(&name_of_new);
    let cannot = |error: std::io::Error| Error::file("write", to, error);
    // what lies there is left of an import that was killed; nobody's link is followed
    let _ = std::fs::remove_file(new);
    let mut out = BufWriter::new(OpenOptions::new().write(true).create_new(true).open(new).map_err(cannot)?);
    let mut found = 0;
    let (mut has_begun, mut has_headings) = (false, false);
    loop {
        match rows.next(&mut row) {
            Ok(true) => {}
            Ok(false) => break,
            Err(Stop::Source(error)) => return Err(error),
            Err(Stop::Broken { .. }) => break,
        }
        let is_first = !has_begun;
        has_begun = true;
        let has_mark = rows.text().is_some_and(Text::has_mark);
        let Some(written) = rows.written() else { break };
        let is_separator = is_first && super::dialect::sep_line(&written.bytes).is_some();
        let reason = match (is_separator, has_headings) {
            (true, _) => None,
            (false, false) => Some(REASON),
            (false, true) => match reasons.get(&row.line) {
                Some(reason) => Some(reason.as_str()),
                None => continue,
            },
        };
        if is_first && (is_utf16 || has_mark) {
            out.write_all(b"\xEF\xBB\xBF").map_err(cannot)?;
        }
        let end = written.bytes.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |at| at + 1);
        let (line, ending) = written.bytes.split_at(end);
        // the reason of the last time makes room for the new one
        let line = if has_reasons && reason.is_some() && row.len() == columns {
            &line[..written.last_delimiter.min(end)]
        } else {
            line
        };
        out.write_all(line).map_err(cannot)?;
        if let Some(reason) = reason {
            out.write_all(&[delimiter]).map_err(cannot)?;
            out.write_all(&encoded(reason, charset)).map_err(cannot)?;
            found += usize::from(has_headings);
            has_headings = true;
        }
        out.write_all(if ending.is_empty() { b"\n" } else { ending }).map_err(cannot)?;
    }
    out.flush().map_err(cannot)?;
    if found != reasons.len() {
        return Err(Error::new(Kind::Temporary, format!("{name} has changed while it was read")).hint("run it again"));
    }
    std::fs::rename(new, to).map_err(cannot)
}

/// The reason as a cell in quotes, in the encoding of its file; what that cannot say becomes a question mark.
fn encoded(reason: &str, charset: Charset) -> Vec<u8> {
    let cell = format!("\"{}\"", reason.replace('"', "\"\"").replace(['\r', '\n'], " "));
    if charset != Charset::Cp1252 {
        return cell.into_bytes();
    }
    let mut bytes = Vec::with_capacity(cell.len());
    for letter in cell.chars() {
        let mut buffer = [0; 4];
        let (encoded, _, is_unknown) = WINDOWS_1252.encode(letter.encode_utf8(&mut buffer));
        if is_unknown { bytes.push(b'?') } else { bytes.extend_from_slice(&encoded) }
    }
    bytes
}
