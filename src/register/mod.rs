//! A register as it is listed and shown: its columns, its filters, and the one query behind both. Knows no noun; the
//! slices describe theirs.
//!
//! A slice describes its table once, as a [`Register`]. The text of a query is put together from such descriptions
//! alone; what a user typed only ever travels as a parameter. Columns that stand in other tables are sub-selects of the
//! select list: Postgres computes them after the limit, so the first page of a million rows costs twenty look-ups.

mod field;
mod filter;
pub mod handover;
mod numbers;
mod row;
mod words;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::pg::{Pg, PgRowByRowLoadingMode};
use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{Array, BigInt, Date, Nullable, Text, Timestamptz};

pub use field::{Field, Kind};
pub use filter::{Dated, Filter, Filters};
pub use numbers::Numbered;
pub use words::{Words, folded};

use self::row::Row;
use crate::calendar::{PromiseDay, local_day};
use crate::error::{Error, Result};
use crate::output::{Cell, Column, Table, column, english_heading, no_column};
use crate::template::Language;

/// One table as the office sees it.
#[derive(Clone, Debug)]
pub struct Register {
    /// The noun on the command line: `purchase-order`.
    pub noun: &'static str,
    /// What the office calls one record: "Bestellung".
    pub title: &'static str,
    /// The table under its alias `d`.
    pub from: &'static str,
    /// The column by which a record is asked for.
    pub key: &'static str,
    /// Whether a record is called by its kind: an invoice is a "Rechnung", not a "Beleg".
    pub titled_by_kind: bool,
    /// The columns in the order in which they are printed.
    pub fields: Vec<Field>,
    /// The conditions that a list can be asked for.
    pub filters: Filters,
    /// How a list is ordered if nobody says otherwise; needs an index where the table can be large.
    pub order: &'static str,
}

/// In whose words coded values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wording {
    /// "offen": for people.
    Office,
    /// "in progress": for people who asked for English.
    English,
    /// "open": for programs, and as it is stored.
    Stored,
}

/// What instants mean in a query.
#[derive(Clone, Copy, Debug)]
pub struct When {
    /// Now, for what is overdue.
    pub now: DateTime<Utc>,
    /// The zone of days.
    pub zone: Tz,
}

type Query<'a> = BoxedSqlQuery<'a, Pg, SqlQuery>;

/// One record with all its fields.
#[derive(Clone, Debug)]
pub struct Record {
    /// The row's internal key.
    pub id: i64,
    /// One row under all columns.
    pub table: Table,
}

impl Record {
    /// The cell under this key; empty if there is none.
    pub fn cell(&self, key: &str) -> &Cell {
        let index = self.table.columns.iter().position(|column| column.key == key);
        index.and_then(|index| self.table.rows.first()?.get(index)).unwrap_or(&Cell::Empty)
    }
}

impl Register {
    /// The fields of a list; those of `show` are all.
    pub fn listed(&self) -> Vec<&Field> {
        self.fields.iter().filter(|field| field.listed).collect()
    }

    /// The fields with these keys, for `--columns`.
    pub fn picked(&self, keys: &[String]) -> Result<Vec<&Field>> {
        keys.iter().map(|key| self.field(key)).collect()
    }

    /// The records that a filter leaves, in its order.
    pub fn list(
        &self,
        connection: &mut PgConnection,
        fields: &[&Field],
        filter: &Filter,
        when: When,
        wording: Wording,
    ) -> Result<Table> {
        let mut table = headings(fields);
        for row in self.rows(connection, fields, filter, when, "")? {
            table.push(row.cells(fields, when.zone, wording));
        }
        Ok(table)
    }

    /// The columns of a list of these fields.
    pub fn columns(fields: &[&Field]) -> Vec<Column> {
        headings(fields).columns
    }

    /// Hands the records that a filter leaves to `print`, in its order, one by one as the server sends them: however many
    /// there are, one is in memory. Ends early where `print` answers false. Returns how many it has handed over.
    pub fn each(
        &self,
        connection: &mut PgConnection,
        fields: &[&Field],
        filter: &Filter,
        when: When,
        wording: Wording,
        mut print: impl FnMut(&[Cell]) -> Result<bool>,
    ) -> Result<u64> {
        let query = self.query(fields, filter, when, "")?;
        let mut cells = Vec::with_capacity(fields.len());
        let mut count = 0;
        for row in query.load_iter::<Row, PgRowByRowLoadingMode>(connection)? {
            cells.clear();
            row?.push_cells(fields, when.zone, wording, &mut cells);
            count += 1;
            if !print(&cells)? {
                break;
            }
        }
        Ok(count)
    }

    /// The one record with this number.
    ///
    /// A number that several kinds share is a usage error that names them.
    pub fn one(
        &self,
        connection: &mut PgConnection,
        number: &str,
        kind: Option<&str>,
        when: When,
        wording: Wording,
    ) -> Result<Record> {
        self.find(connection, number, kind, when, wording, "")
    }

    /// A record that was found before, as it is now, whatever its number has become.
    pub fn again(&self, connection: &mut PgConnection, id: i64, when: When, wording: Wording) -> Result<Record> {
        let filter = Filter { id: Some(id), ..Filter::default() };
        let fields: Vec<&Field> = self.fields.iter().collect();
        let row = self.rows(connection, &fields, &filter, when, "")?.pop();
        let row = row.ok_or_else(|| Error::bug(format!("the {} has gone while it was changed", self.noun)))?;
        let mut table = headings(&fields);
        table.push(row.cells(&fields, when.zone, wording));
        Ok(Record { id: row.id, table })
    }

    /// Everything that is stored of a record, also what is never shown, as one text to compare.
    pub fn fingerprint(&self, connection: &mut PgConnection, id: i64) -> Result<String> {
        #[derive(QueryableByName)]
        struct Print {
            #[diesel(sql_type = Text)]
            print: String,
        }
        let text = format!("SELECT md5(d::text) AS print FROM {} WHERE d.id = $1", self.from);
        let row: Print = diesel::sql_query(text).bind::<BigInt, _>(id).get_result(connection)?;
        Ok(row.print)
    }

    /// The number by which a record is asked for, if it is one of its columns.
    pub fn number_of(&self, record: &Record) -> Option<String> {
        let field = self.fields.iter().find(|field| field.sql == self.key.trim_end_matches("::text"))?;
        Some(record.cell(field.key).for_programs())
    }

    /// As [`Register::one`], and nobody else changes the record until the transaction ends.
    pub fn locked(
        &self,
        connection: &mut PgConnection,
        number: &str,
        kind: Option<&str>,
        when: When,
        wording: Wording,
    ) -> Result<Record> {
        self.find(connection, number, kind, when, wording, " FOR NO KEY UPDATE OF d")
    }

    fn find(
        &self,
        connection: &mut PgConnection,
        number: &str,
        kind: Option<&str>,
        when: When,
        wording: Wording,
        lock: &str,
    ) -> Result<Record> {
        let filter = Filter { key: Some(number.to_owned()), kind: kind.map(str::to_owned), ..Filter::default() };
        let fields: Vec<&Field> = self.fields.iter().collect();
        let mut rows = self.rows(connection, &fields, &filter, when, lock)?;
        if rows.len() > 1 {
            return Err(self.ambiguous(number, &fields, rows, when));
        }
        let row = rows.pop().ok_or_else(|| self.not_found(number, kind))?;
        let mut table = headings(&fields);
        table.push(row.cells(&fields, when.zone, wording));
        Ok(Record { id: row.id, table })
    }

    /// What one record is called.
    pub fn title_in(&self, language: Language) -> String {
        match language {
            Language::German => self.title.to_owned(),
            Language::English => english_heading(self.noun),
        }
    }

    /// What this record is called, read in the words of this language.
    pub fn title_of(&self, record: &Record, language: Language) -> String {
        match record.cell("kind") {
            Cell::Text(kind) if self.titled_by_kind && language == Language::German => kind.clone(),
            Cell::Text(kind) if self.titled_by_kind => english_heading(kind),
            _ => self.title_in(language),
        }
    }

    /// There is no record with this number.
    pub fn not_found(&self, number: &str, kind: Option<&str>) -> Error {
        let noun = kind.unwrap_or(self.noun).replace(['_', '-'], " ");
        Error::not_found(&noun, number).hint(format!("“wvl {} list --search TEXT” looks for it", self.noun))
    }

    fn ambiguous(&self, number: &str, fields: &[&Field], rows: Vec<Row>, when: When) -> Error {
        let kinds: Vec<String> = rows
            .into_iter()
            .filter_map(|row| {
                let position = fields.iter().position(|field| field.key == "kind")?;
                row.cells(fields, when.zone, Wording::Stored).get(position).map(Cell::for_programs)
            })
            .collect();
        Error::usage(format!("{} {number} exists as {}", self.noun, kinds.join(" and ")))
            .hint(format!("add --kind {}", kinds.join(" or --kind ")))
    }

    fn field(&self, key: &str) -> Result<&Field> {
        let is_meant = |field: &&Field| field.key == key || field.key.strip_suffix("_at") == Some(key);
        self.fields.iter().find(is_meant).ok_or_else(|| {
            let known: Vec<(&str, &str)> = self.fields.iter().map(|field| (field.key, field.heading)).collect();
            no_column(format!("{} has no column “{key}”", self.noun), key, &known)
        })
    }

    /// `--sort` as SQL; the keys are looked up, never copied.
    fn ordering(&self, filter: &Filter) -> Result<String> {
        let mut terms = Vec::new();
        if filter.overdue && !self.filters.overdue.is_empty() {
            // no index has this: what is overdue is found by its date, not by going back from the newest record, which
            // passes almost all of them before the first that is overdue
            terms.push("num_nulls(d.id)".to_owned());
        }
        for key in &filter.sort {
            let (key, direction) = key.strip_prefix('-').map_or((key.as_str(), "ASC"), |key| (key, "DESC"));
            terms.push(format!("{} {direction} NULLS LAST", self.field(key)?.sql));
        }
        terms.push(self.order.to_owned());
        Ok(terms.join(", "))
    }

    fn rows(
        &self,
        connection: &mut PgConnection,
        fields: &[&Field],
        filter: &Filter,
        when: When,
        lock: &str,
    ) -> Result<Vec<Row>> {
        Ok(self.query(fields, filter, when, lock)?.load(connection)?)
    }

    /// The one query behind a list; `lock` is what follows the limit.
    fn query<'a>(&self, fields: &[&Field], filter: &'a Filter, when: When, lock: &str) -> Result<Query<'a>> {
        let select: String = fields.iter().map(|field| format!(", {}", field.select())).collect();
        let conditions = filter.conditions(self);
        let condition = if conditions.is_empty() { "true".to_owned() } else { conditions.join(" AND ") };
        let text = format!(
            "SELECT d.id::int8{} FROM {} WHERE {condition} ORDER BY {} LIMIT $1{lock}",
            select,
            self.from,
            self.ordering(filter)?,
        );
        // the numbers are those of Filter::conditions
        let query = diesel::sql_query(text)
            .into_boxed::<Pg>()
            .bind::<Nullable<BigInt>, _>(filter.limit)
            .bind::<Nullable<BigInt>, _>(filter.employee)
            .bind::<Nullable<BigInt>, _>(filter.team)
            .bind::<Nullable<BigInt>, _>(filter.partner)
            .bind::<Nullable<BigInt>, _>(filter.owner)
            .bind::<Nullable<Text>, _>(&filter.key)
            .bind::<Nullable<Text>, _>(&filter.kind)
            .bind::<Array<Text>, _>(&filter.statuses)
            .bind::<Nullable<Text>, _>(filter.pattern())
            .bind::<Timestamptz, _>(when.now)
            .bind::<Nullable<Date>, _>(filter.from.map(|from| local_day(from, when.zone)))
            .bind::<Nullable<Date>, _>(filter.to.map(|to| PromiseDay::of(to, when.zone).day()))
            .bind::<Nullable<Timestamptz>, _>(filter.from)
            .bind::<Nullable<Timestamptz>, _>(filter.to)
            .bind::<Nullable<Text>, _>(&filter.severity)
            .bind::<Nullable<BigInt>, _>(filter.id)
            .bind::<Nullable<Array<BigInt>>, _>(&filter.ids);
        Ok(query)
    }
}

fn headings(fields: &[&Field]) -> Table {
    let heading = |field: &Field| match column(field.key, field.heading) {
        column if field.is_optional => column.optional(),
        column => column,
    };
    Table::new(fields.iter().map(|field| heading(field)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn register() -> Register {
        Register {
            noun: "task",
            title: "Aufgabe",
            from: "wvl.tasks d",
            key: "d.number",
            titled_by_kind: false,
            fields: vec![Field::text("number", "Nummer", "d.number"), Field::promise("due_at", "Fällig", "d.due_at")],
            filters: Filters { search: "d.title", open: "d.status = 'open'", ..Filters::default() },
            order: "d.id DESC",
        }
    }

    #[test]
    fn a_sort_key_is_looked_up_and_may_leave_out_at() {
        let sort =
            |keys: &[&str]| Filter { sort: keys.iter().map(|key| (*key).to_owned()).collect(), ..Filter::default() };
        let sorted = register().ordering(&sort(&["-due", "number"])).unwrap();
        assert_eq!(sorted, "d.due_at DESC NULLS LAST, d.number ASC NULLS LAST, d.id DESC");
        let error = register().ordering(&sort(&["id; DROP TABLE tasks"])).unwrap_err();
        assert_eq!(error.kind(), crate::error::Kind::Usage);
        assert_eq!(error.hints(), ["columns: number, due_at"]);
    }
}
