//! What the registers' verbs share: printing a list or a record, and one transaction around an edit that says what it
//! changed.

use diesel::PgConnection;
use wvl::calendar::dates::Moment;
use wvl::calendar::german;
use wvl::db;
use wvl::error::{Error, Kind, Result};
use wvl::output::{Cell, Column, Output, Printer, Table};
use wvl::register::{Field, Filter, Record, Register, When, Wording};

use super::Context;
use super::filter::Asked;

/// Prints the records that were asked for: row by row where the format can, so that a million of them need no memory.
pub fn list(context: &mut Context, register: &Register, asked: &Asked<'_>) -> Result<()> {
    // first of all the connection: its clock counts, also for --from and --to
    let (when, wording) = (when(context)?, wording(context));
    let mut filter = asked.read(context)?;
    let picked = context.global.columns.clone();
    let fields = if picked.is_empty() { register.listed() } else { register.picked(&picked)? };
    let columns = Register::columns(&fields);
    let (connection, printer) = context.connection_and_printer()?;
    let count = db::read_only(connection, |connection| {
        db::set_instant(connection, when.now, when.zone)?;
        asked.look_up(connection, &mut filter)?;
        print(connection, printer, register, (&fields, &columns), &filter, when, wording)
    })?;
    found(context, count, asked.every.is_some_and(|every| every.fail_empty), register.noun)
}

/// Prints these fields of the records, under these columns, and says how many there were.
pub fn print(
    connection: &mut PgConnection,
    printer: &Printer,
    register: &Register,
    (fields, columns): (&[&Field], &[Column]),
    filter: &Filter,
    when: When,
    wording: Wording,
) -> Result<u64> {
    if printer.format().is_by_row() {
        let mut rows = printer.rows(register.title, columns)?;
        let count = register.each(connection, fields, filter, when, wording, |row| rows.push(row))?;
        rows.finish()?;
        return Ok(count);
    }
    let waiting = printer.waiting(register.title);
    let table = register.list(connection, fields, filter, when, wording)?;
    drop(waiting);
    printer.page(&table)?;
    Ok(table.rows.len() as u64)
}

/// What a list says that is empty: at a terminal a word, with `--fail-empty` an error.
pub fn found(context: &Context, count: u64, fail_empty: bool, noun: &str) -> Result<()> {
    if count > 0 {
        return Ok(());
    }
    if fail_empty {
        return Err(Error::new(Kind::NotFound, format!("no {noun} found")));
    }
    if context.printer.to_terminal() {
        context.printer.note("nichts gefunden");
    }
    Ok(())
}

/// Rows that belong to a record: the lines of a document.
pub struct Part {
    /// Its key in JSON.
    pub key: &'static str,
    /// Its heading at a terminal.
    pub heading: &'static str,
    /// Its rows; the register's filter `owner` finds them.
    pub register: Register,
}

/// A record with what belongs to it.
struct Shown {
    title: String,
    record: Table,
    parts: Vec<(&'static str, &'static str, Table)>,
}

impl Output for Shown {
    fn title(&self) -> &str {
        &self.title
    }

    fn table(&self) -> Table {
        self.record.clone()
    }

    fn parts(&self) -> Vec<(&'static str, Table)> {
        self.parts.iter().map(|(_, heading, table)| (*heading, table.clone())).collect()
    }

    fn json(&self) -> serde_json::Value {
        let mut rows = self.record.json_rows();
        if let Some(object) = rows.get_mut(0).and_then(serde_json::Value::as_object_mut) {
            for (key, _, table) in &self.parts {
                object.insert((*key).to_owned(), table.json_rows());
            }
        }
        rows
    }
}

/// Prints one record with its parts.
pub fn show(
    context: &mut Context,
    register: &Register,
    number: &str,
    kind: Option<&str>,
    parts: Vec<Part>,
) -> Result<()> {
    let (when, wording) = (when(context)?, wording(context));
    // a mistyped column is told before the record is looked for
    register.picked(&context.global.columns)?;
    let shown = db::read_only(context.connection()?, |connection| {
        db::set_instant(connection, when.now, when.zone)?;
        let record = register.one(connection, number, kind, when, wording)?;
        let filter = Filter { owner: Some(record.id), ..Filter::default() };
        let mut tables = Vec::new();
        for part in &parts {
            let rows = part.register.list(connection, &part.register.listed(), &filter, when, wording)?;
            tables.push((part.key, part.heading, rows));
        }
        Ok(Shown { title: register.title.to_owned(), record: record.table, parts: tables })
    })?;
    context.printer.record(&shown)
}

/// Changes records in one transaction and says for each what became of it; `-n` rolls back and says what would.
///
/// `change` gets the record as it is, locked.
pub fn edit(
    context: &mut Context,
    register: &Register,
    numbers: &[String],
    kind: Option<&str>,
    mut change: impl FnMut(&mut PgConnection, &Record) -> Result<()>,
) -> Result<()> {
    let when = when(context)?;
    let edited = write(context, when, |connection| {
        let mut edited = Vec::new();
        for number in numbers {
            let stored = register.locked(connection, number, kind, when, Wording::Stored)?;
            let before = register.again(connection, stored.id, when, Wording::Office)?;
            let print = register.fingerprint(connection, stored.id)?;
            change(connection, &stored)?;
            let after = register.again(connection, stored.id, when, Wording::Office)?;
            let is_same = register.fingerprint(connection, stored.id)? == print;
            let said = what_changed(differences(&before.table, &after.table), is_same);
            let number = register.number_of(&after).unwrap_or_else(|| number.clone());
            edited.push((format!("{} {number}: {said}", register.title_of(&after)), number));
        }
        Ok(edited)
    })?;
    for (said, number) in edited {
        let kind = kind.map(|kind| format!(" --kind {kind}")).unwrap_or_default();
        say(context, &said, &format!("wvl {} show {}{kind}", register.noun, quoted(&number)), &number)?;
    }
    Ok(())
}

/// What an edit did, in a sentence. Not everything that changes is shown: the reason of an absence, a line of a document.
fn what_changed(differences: Vec<String>, is_same: bool) -> String {
    match differences.as_slice() {
        [] if is_same => "keine sichtbare Änderung".to_owned(),
        [] => "geändert".to_owned(),
        changed => changed.join("; "),
    }
}

/// Takes records away in one transaction and says which; `-n` rolls back and says which it would be.
pub fn remove(
    context: &mut Context,
    register: &Register,
    numbers: &[String],
    mut delete: impl FnMut(&mut PgConnection, i64) -> Result<()>,
) -> Result<()> {
    let when = when(context)?;
    let removed = write(context, when, |connection| {
        let mut removed = Vec::new();
        for number in numbers {
            let id = register.locked(connection, number, None, when, Wording::Stored)?.id;
            let record = register.again(connection, id, when, Wording::Office)?;
            delete(connection, id)?;
            removed.push((number, format!("{} {number} gelöscht: {}", register.title_of(&record), told(&record))));
        }
        Ok(removed)
    })?;
    for (number, said) in removed {
        say(context, &said, &format!("wvl {} list", register.noun), number)?;
    }
    Ok(())
}

/// Makes a record in one transaction and says which; `-n` rolls back and says what would be made.
///
/// `make` returns the new record's number.
pub fn create(
    context: &mut Context,
    register: &Register,
    next_command: &str,
    make: impl FnOnce(&mut PgConnection) -> Result<String>,
) -> Result<()> {
    let when = when(context)?;
    let (number, record) = write(context, when, |connection| {
        let number = make(connection)?;
        let record = register.one(connection, &number, None, when, Wording::Office)?;
        Ok((number, record))
    })?;
    let said = format!("{} {number} angelegt: {}", register.title_of(&record), told(&record));
    say(context, said.trim_end_matches(": "), &next_command.replace("{}", &quoted(&number)), &number)
}

/// What a record says behind its number.
fn told(record: &Record) -> String {
    let filled = record.table.rows.first().into_iter().flatten().zip(&record.table.columns).skip(1);
    let told = filled.filter(|(cell, column)| column.key != "created_at" && **cell != Cell::Empty);
    told.map(|(cell, column)| format!("{} {}", column.heading, spoken(cell))).collect::<Vec<_>>().join("; ")
}

/// A number or name as a shell takes it.
pub fn quoted(number: &str) -> String {
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./:+".contains(letter);
    if number.chars().all(is_plain) { number.to_owned() } else { format!("'{}'", number.replace('\'', "'\\''")) }
}

/// What dates on this command line are relative to; asks the database for its clock.
pub fn with_moment<T>(context: &mut Context, read: impl FnOnce(&Moment<'_>) -> Result<T>) -> Result<T> {
    context.connection()?;
    let now = context.now()?;
    let settings = context.settings()?;
    read(&settings.moment(now))
}

/// Instant and zone of this command; asks the database for its clock.
pub fn when(context: &mut Context) -> Result<When> {
    context.connection()?;
    Ok(When { now: context.now()?, zone: context.settings()?.zone })
}

/// In whose words this command answers.
pub fn wording(context: &Context) -> Wording {
    if context.printer.format().is_for_people() { Wording::Office } else { Wording::Stored }
}

/// One transaction at the instant of this command; `-n` rolls it back.
pub fn write<T>(context: &mut Context, when: When, work: impl FnOnce(&mut PgConnection) -> Result<T>) -> Result<T> {
    let rehearsal = context.global.dry_run;
    let connection = context.connection()?;
    let work = |connection: &mut PgConnection| {
        db::set_instant(connection, when.now, when.zone)?;
        work(connection)
    };
    if rehearsal { db::rehearse(connection, work) } else { db::transaction(connection, work) }
}

/// Says what an edit did, and the next command; of a rehearsal, what it would do.
pub fn say(context: &Context, said: &str, next_command: &str, number: &str) -> Result<()> {
    if context.global.dry_run {
        context.printer.note(&format!("{said} (nur Probe, nichts geändert)"));
        return Ok(());
    }
    context.printer.edited(said, Some(next_command), number)
}

/// What two states of a record differ in: "Fällig Mo 23.11.2026 → Mo 30.11.2026".
fn differences(before: &Table, after: &Table) -> Vec<String> {
    let (Some(old), Some(new)) = (before.rows.first(), after.rows.first()) else { return Vec::new() };
    let cells = old.iter().zip(new).zip(&after.columns);
    cells
        .filter(|((old, new), _)| old != new)
        .map(|((old, new), column)| format!("{} {} → {}", column.heading, spoken(old), spoken(new)))
        .collect()
}

/// A cell in a sentence: dates with their weekday.
fn spoken(cell: &Cell) -> String {
    match cell {
        Cell::Empty => "–".to_owned(),
        Cell::Day(day) => german::day(*day),
        Cell::Instant(at) => german::day_and_time(at.naive_local()),
        other => other.for_people(),
    }
}

#[cfg(test)]
mod tests {
    use wvl::output::column;

    use super::*;

    #[test]
    fn an_edit_says_what_differs_with_weekdays() {
        let mut before = Table::new(vec![column("title", "Titel"), column("due_at", "Fällig")]);
        let mut after = before.clone();
        before.push(vec![Cell::Text("Anruf".into()), Cell::Empty]);
        after.push(vec![Cell::Text("Anruf".into()), Cell::Day("2026-11-23".parse().unwrap())]);
        assert_eq!(differences(&before, &after), ["Fällig – → Mo 23.11.2026"]);
    }
}
