//! What the registers' verbs share: printing a list or a record, and one transaction around an edit that says what it
//! changed.

use diesel::PgConnection;
use wvl::calendar::dates::Moment;
use wvl::calendar::{english, german};
use wvl::db;
use wvl::error::{Error, Kind, Result};
pub use wvl::job::call::quoted;
use wvl::output::{Cell, Column, Format, Output, Table, english_heading};
use wvl::register::{Field, Filter, Record, Register, When, Wording};
use wvl::template::Language;

use super::Context;
use super::filter::Asked;

/// Prints the records that were asked for: row by row where the format can, so that a million of them need no memory.
pub fn list(context: &mut Context, register: &Register, asked: &Asked<'_>) -> Result<()> {
    // first of all the connection: its clock counts, also for --from and --to
    let when = when(context)?;
    let mut filter = asked.read(context)?;
    let picked = context.global.columns.clone();
    let fields = if picked.is_empty() { register.listed() } else { register.picked(&picked)? };
    let count =
        print(context, register, &fields, &mut filter, when, |connection, filter| asked.look_up(connection, filter))?;
    found(context, count, asked.every.is_some_and(|every| every.fail_empty), register.noun)
}

/// Prints these fields of the records and says how many there were. `look_up` completes the filter.
pub fn print(
    context: &mut Context,
    register: &Register,
    fields: &[&Field],
    filter: &mut Filter,
    when: When,
    look_up: impl FnOnce(&mut PgConnection, &mut Filter) -> Result<()>,
) -> Result<u64> {
    let (wording, columns) = (wording(context), Register::columns(fields));
    let (settings, places) = (context.settings()?, context.environment.places());
    let (connection, printer) = context.connection_and_printer()?;
    let title = register.title_in(printer.language());
    db::read_only(connection, |connection| {
        db::set_instant(connection, when.now, when.zone)?;
        look_up(connection, filter)?;
        let process = db::server_process(connection)?;
        let mut waiting = Some(printer.counting(&title));
        let mut rows = printer.rows(&title, &columns)?;
        let mut printed = 0;
        let count = register.each(connection, fields, filter, when, wording, |row| {
            if printer.to_terminal() {
                // what is printed takes its place
                waiting = None;
            }
            printed += 1;
            waiting.iter().for_each(|waiting| waiting.count(printed));
            let is_read = rows.push(row)?;
            if !is_read {
                // where that fails the server goes on to the end, and we wait for it
                drop(db::cancel(&settings.database, &places, process));
            }
            Ok(is_read)
        })?;
        drop(waiting);
        rows.finish()?;
        Ok(count)
    })
}

/// The same said in the language of this run.
pub fn in_language<'t>(context: &Context, german: &'t str, english: &'t str) -> &'t str {
    match context.global.language() {
        Language::German => german,
        Language::English => english,
    }
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
        context.printer.note(in_language(context, "nichts gefunden", "nothing found"));
    }
    Ok(())
}

/// So many rows of a part are shown at a terminal unless `--limit` says otherwise; every other format gets them all.
const SHOWN_OF_A_PART: i64 = 10;

/// Rows that belong to a record: the lines of a document, the open tickets of a customer.
pub struct Part {
    /// Its key in JSON.
    pub key: &'static str,
    /// Its heading at a terminal.
    pub heading: &'static str,
    /// Its rows.
    pub register: Register,
    /// How its rows are found.
    pub belongs: Belongs,
    /// Keys of columns, where the register's own order is not what is urgent.
    pub sort: &'static [&'static str],
}

/// By which filter of its register a part finds its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belongs {
    /// `owner`: no list shows them, so they are all shown.
    Owned,
    /// What is open of a customer.
    Customer,
    /// What is open of an employee.
    Employee,
    /// What is open of a team.
    Team,
}

impl Part {
    /// Rows that only this record has.
    pub fn owned(key: &'static str, heading: &'static str, register: Register) -> Part {
        Part { key, heading, register, belongs: Belongs::Owned, sort: &[] }
    }

    /// Rows that a list has too.
    pub fn open(key: &'static str, heading: &'static str, register: Register, belongs: Belongs) -> Part {
        Part { key, heading, register, belongs, sort: &[] }
    }

    /// In this order.
    #[must_use]
    pub fn sorted(self, sort: &'static [&'static str]) -> Part {
        Part { sort, ..self }
    }

    /// Without these columns, which say of every row what the record says already.
    #[must_use]
    pub fn without(mut self, keys: &[&str]) -> Part {
        self.register.fields.retain(|field| !keys.contains(&field.key));
        self
    }

    fn filter(&self, id: i64, limit: Option<i64>) -> Filter {
        let is = |belongs: Belongs| (self.belongs == belongs).then_some(id);
        Filter {
            owner: is(Belongs::Owned),
            partner: is(Belongs::Customer),
            employee: is(Belongs::Employee),
            team: is(Belongs::Team),
            open: self.belongs != Belongs::Owned,
            limit: limit.filter(|_| self.belongs != Belongs::Owned),
            sort: self.sort.iter().map(|key| (*key).to_owned()).collect(),
            ..Filter::default()
        }
    }

    /// The list that has all of them.
    fn list_command(&self, number: &str) -> String {
        let flag = match self.belongs {
            Belongs::Owned | Belongs::Customer => "--customer",
            Belongs::Employee => "--employee",
            Belongs::Team => "--team",
        };
        let open = if self.register.filters.open.is_empty() { "" } else { " --open" };
        format!("wvl {} list {flag} {}{open}", self.register.noun, quoted(number))
    }

    /// Its rows, and how many there are in all.
    fn load(
        &self,
        connection: &mut PgConnection,
        filter: &Filter,
        when: When,
        wording: Wording,
    ) -> Result<(Table, i64)> {
        // counted before the limit cuts
        let total = Field::new("total", "", wvl::register::Kind::Int, "count(*) OVER ()");
        let fields: Vec<&Field> = self.register.listed().into_iter().chain([&total]).collect();
        let mut rows = self.register.list(connection, &fields, filter, when, wording)?;
        rows.columns.pop();
        let counts: Vec<Option<Cell>> = rows.rows.iter_mut().map(Vec::pop).collect();
        match counts.first() {
            Some(Some(Cell::Int(total))) => Ok((rows, *total)),
            _ => Ok((rows, 0)),
        }
    }
}

/// A record with what belongs to it.
struct Shown {
    title: String,
    record: Table,
    parts: Vec<ShownPart>,
}

struct ShownPart {
    key: &'static str,
    heading: String,
    rows: Table,
    remainder: Option<String>,
}

impl Output for Shown {
    fn title(&self) -> &str {
        &self.title
    }

    fn table(&self) -> Table {
        self.record.clone()
    }

    fn parts(&self) -> Vec<(&str, Table)> {
        self.parts.iter().map(|part| (part.heading.as_str(), part.rows.clone())).collect()
    }

    fn remainder(&self, part: usize) -> Option<String> {
        self.parts.get(part)?.remainder.clone()
    }

    fn json(&self) -> serde_json::Value {
        let mut rows = self.record.json_rows();
        if let Some(object) = rows.get_mut(0).and_then(serde_json::Value::as_object_mut) {
            for part in &self.parts {
                object.insert(part.key.to_owned(), part.rows.json_rows());
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
    let (when, wording, language) = (when(context)?, wording(context), context.global.language());
    let limit = match context.global.limit {
        None => (context.printer.format() == Format::Table).then_some(SHOWN_OF_A_PART),
        Some(limit) if limit < 0 => return Err(Error::usage(format!("--limit {limit} is less than nothing"))),
        limit => limit,
    };
    // a mistyped column is told before the record is looked for
    register.picked(&context.global.columns)?;
    let shown = db::read_only(context.connection()?, |connection| {
        db::set_instant(connection, when.now, when.zone)?;
        let record = register.one(connection, number, kind, when, wording)?;
        let number = register.number_of(&record).unwrap_or_else(|| number.to_owned());
        let mut shown = Vec::new();
        for part in &parts {
            let (rows, total) = part.load(connection, &part.filter(record.id, limit), when, wording)?;
            let left = total - i64::try_from(rows.rows.len()).unwrap_or(total);
            let (heading, more) = match language {
                Language::German => (part.heading.to_owned(), "weitere"),
                Language::English => (english_heading(part.key), "more"),
            };
            let remainder = (left > 0).then(|| format!("… {left} {more}: {}", part.list_command(&number)));
            shown.push(ShownPart { key: part.key, heading, rows, remainder });
        }
        Ok(Shown { title: register.title_in(language), record: record.table, parts: shown })
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
    let (when, office, language) = (when(context)?, for_people(context), context.global.language());
    let edited = write(context, when, |connection| {
        let mut edited = Vec::new();
        for number in numbers {
            let stored = register.locked(connection, number, kind, when, Wording::Stored)?;
            let before = register.again(connection, stored.id, when, office)?;
            let print = register.fingerprint(connection, stored.id)?;
            change(connection, &stored)?;
            let after = register.again(connection, stored.id, when, office)?;
            let is_same = register.fingerprint(connection, stored.id)? == print;
            let said = what_changed(&differences(&before.table, &after.table, language), is_same, language);
            let number = register.number_of(&after).unwrap_or_else(|| number.clone());
            edited.push((format!("{} {number}: {said}", register.title_of(&after, language)), number));
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
fn what_changed(differences: &[String], is_same: bool, language: Language) -> String {
    match (differences, language) {
        ([], Language::German) if is_same => "keine sichtbare Änderung".to_owned(),
        ([], Language::English) if is_same => "no visible change".to_owned(),
        ([], Language::German) => "geändert".to_owned(),
        ([], Language::English) => "changed".to_owned(),
        (changed, _) => changed.join("; "),
    }
}

/// Takes records away in one transaction and says which; `-n` rolls back and says which it would be.
pub fn remove(
    context: &mut Context,
    register: &Register,
    numbers: &[String],
    mut delete: impl FnMut(&mut PgConnection, i64) -> Result<()>,
) -> Result<()> {
    let (when, office, language) = (when(context)?, for_people(context), context.global.language());
    let deleted = in_language(context, "gelöscht", "deleted");
    let removed = write(context, when, |connection| {
        let mut removed = Vec::new();
        for number in numbers {
            let id = register.locked(connection, number, None, when, Wording::Stored)?.id;
            let record = register.again(connection, id, when, office)?;
            delete(connection, id)?;
            let title = register.title_of(&record, language);
            removed.push((number, format!("{title} {number} {deleted}: {}", told(&record, language))));
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
    create_of_kind(context, register, None, next_command, |connection, _| make(connection))
}

/// The same where records of several kinds may share a number. `make` also gets the instant and the zone.
pub fn create_of_kind(
    context: &mut Context,
    register: &Register,
    kind: Option<&str>,
    next_command: &str,
    make: impl FnOnce(&mut PgConnection, When) -> Result<String>,
) -> Result<()> {
    let (when, office, language) = (when(context)?, for_people(context), context.global.language());
    let (number, record) = write(context, when, |connection| {
        let number = make(connection, when)?;
        let record = register.one(connection, &number, kind, when, office)?;
        Ok((number, record))
    })?;
    let made = in_language(context, "angelegt", "created");
    let said = format!("{} {number} {made}: {}", register.title_of(&record, language), told(&record, language));
    say(context, said.trim_end_matches(": "), &next_command.replace("{}", &quoted(&number)), &number)
}

/// What a record says behind its number.
fn told(record: &Record, language: Language) -> String {
    let filled = record.table.rows.first().into_iter().flatten().zip(&record.table.columns).skip(1);
    let told = filled.filter(|(cell, column)| column.key != "created_at" && **cell != Cell::Empty);
    let told = told.map(|(cell, column)| format!("{} {}", heading(column, language), spoken(cell, language)));
    told.collect::<Vec<_>>().join("; ")
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
    if context.printer.format().is_for_people() { for_people(context) } else { Wording::Stored }
}

/// In whose words this command speaks to people.
fn for_people(context: &Context) -> Wording {
    match context.global.language() {
        Language::German => Wording::Office,
        Language::English => Wording::English,
    }
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
        let only = in_language(context, "nur Probe, nichts geändert", "dry run, nothing was changed");
        context.printer.note(&format!("{said} ({only})"));
        return Ok(());
    }
    context.printer.edited(said, Some(next_command), number)
}

/// What two states of a record differ in: "Fällig Mo 23.11.2026 → Mo 30.11.2026".
fn differences(before: &Table, after: &Table, language: Language) -> Vec<String> {
    let (Some(old), Some(new)) = (before.rows.first(), after.rows.first()) else { return Vec::new() };
    let cells = old.iter().zip(new).zip(&after.columns);
    cells
        .filter(|((old, new), _)| old != new)
        .map(|((old, new), column)| {
            format!("{} {} → {}", heading(column, language), spoken(old, language), spoken(new, language))
        })
        .collect()
}

/// How a sentence calls a column.
fn heading(column: &Column, language: Language) -> String {
    match language {
        Language::German => column.heading.clone(),
        Language::English => english_heading(&column.key),
    }
}

/// A cell in a sentence: dates with their weekday.
fn spoken(cell: &Cell, language: Language) -> String {
    match (cell, language) {
        (Cell::Empty, _) => "–".to_owned(),
        (Cell::Day(day), Language::German) => german::day(*day),
        (Cell::Day(day), Language::English) => english::day(*day),
        (Cell::Instant(at), Language::German) => german::day_and_time(at.naive_local()),
        (Cell::Instant(at), Language::English) => english::day_and_time(at.naive_local()),
        (other, _) => other.in_language(language),
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
        assert_eq!(differences(&before, &after, Language::German), ["Fällig – → Mo 23.11.2026"]);
        assert_eq!(differences(&before, &after, Language::English), ["Due – → Mon 2026-11-23"]);
    }
}
