//! What the view of a type must yield (DESIGN.md §4 "View contract"), and how it is read where it yields less.
//!
//! Our own views fulfil it, and the tables below them keep absurd values out. A view of somebody else is looked at before
//! it is read: which columns it has, of which types; rows that no decision can be made about stay out of every search and
//! are named by a statement of their own.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Nullable, Text};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::source::Source;
use crate::config::{Complaint, nearest};
use crate::error::{Error, Kind, Result};

/// What a column is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// A key that can be written as text and read back.
    Key,
    /// Compared with what people type: no enumeration, which is equal to no text.
    Reference,
    Text,
    /// A key of ours, a version, a transaction.
    Whole,
    Instant,
    Amount,
    Intervals,
}

/// The columns of the contract, with what they mean. The first four must be there, each other one may be missing and is
/// empty then.
const CONTRACT: [(&str, Shape, &str); 22] = [
    ("item_id", Shape::Key, "key of the item, once in the view; what was said is kept under it"),
    ("reference", Shape::Reference, "its number in the office"),
    ("title", Shape::Text, "what it is about"),
    ("due_at", Shape::Instant, "since when it is due"),
    ("due_version", Shape::Whole, "which due date this is; else the minute of due_at. Another one begins a new chain"),
    ("company_id", Shape::Whole, "the company of the group (companies.id)"),
    ("partner_id", Shape::Whole, "the customer or supplier (partners.id)"),
    ("partner_name", Shape::Text, "name of the customer"),
    ("phone", Shape::Text, "phone of whoever is to be called"),
    ("email", Shape::Text, "address of whoever is to be written to"),
    ("address", Shape::Text, "postal address on one line"),
    ("field_rep_id", Shape::Whole, "ADM (employees.id)"),
    ("inside_rep_id", Shape::Whole, "IDM (employees.id)"),
    ("handler_id", Shape::Whole, "who works on it (employees.id)"),
    ("team_id", Shape::Whole, "whose team it is (teams.id)"),
    ("department_id", Shape::Whole, "whose department it is (departments.id)"),
    ("amount", Shape::Amount, "what is at stake"),
    ("currency", Shape::Text, "currency of the amount, three letters"),
    (
        "link",
        Shape::Text,
        "where to look at it: the button of the mail; a whole URL, or what stands behind company.link_base",
    ),
    ("calendar", Shape::Text, "name of the calendar that counts; else the type's"),
    ("paused", Shape::Intervals, "while this runs nothing counts"),
    ("changed_txid", Shape::Whole, "the transaction of the last change; only of wvl's own views"),
];
const REQUIRED: usize = 4;
/// The columns that an item is made of, in the order of the contract.
const SELECTED: [&str; 18] = [
    "reference",
    "title",
    "due_at",
    "due_version",
    "partner_name",
    "phone",
    "email",
    "address",
    "field_rep_id",
    "inside_rep_id",
    "handler_id",
    "team_id",
    "department_id",
    "amount",
    "currency",
    "link",
    "calendar",
    "paused",
];

/// A column of the contract, as it is described to whoever writes a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContractColumn {
    /// Its name.
    pub name: &'static str,
    /// The types that it may have.
    pub types: &'static str,
    /// Whether a view must have it.
    pub is_required: bool,
    /// What it means.
    pub meaning: &'static str,
}

/// The columns that a view of somebody's own must and may have.
pub fn contract() -> impl Iterator<Item = ContractColumn> {
    CONTRACT.iter().enumerate().map(|(index, (name, shape, meaning))| ContractColumn {
        name,
        types: shape.wanted(),
        is_required: index < REQUIRED,
        meaning,
    })
}

/// Between these instants lies every due date that was meant: before, it is an empty date of another system; from the
/// second on no calendar of ours counts. ERPs write "never" as the last day of 9999.
const EARLIEST: &str = "'1900-01-01 00:00:00+00'::timestamptz";
const LATEST: &str = "'10000-01-01 00:00:00+00'::timestamptz";

/// The columns of one source.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// The type of `item_id`, for a cast of the text that chains keep.
    pub item_id_type: String,
    /// Whether changed rows can be told by their transaction. Never of a view that is not ours: what lies behind it may
    /// count other transactions.
    pub has_changed_txid: bool,
    /// Changes whenever somebody defines the view anew or changes the rights on it. Empty if the view is not there.
    pub definition: String,
    /// Columns of the contract that the view lacks.
    pub missing: BTreeSet<&'static str>,
    /// What keeps the view from being read; the type must be left out, and named with it.
    pub faults: Vec<Complaint>,
    /// What is allowed and probably not meant.
    pub doubts: Vec<Complaint>,
    /// Rows may be absurd: the view is not ours.
    is_foreign: bool,
}

impl Columns {
    /// The columns of an item, from the alias `v`: the list of a SELECT. What is missing is NULL.
    pub fn select_list(&self) -> String {
        let column = |name: &&'static str| format!("{} AS {name}", self.column(name));
        let columns = SELECTED.iter().map(column).collect::<Vec<_>>().join(",\n    ");
        format!("v.item_id::text AS item_id,\n    {columns}")
    }

    /// The version of an item's due date, from the alias `v`.
    pub fn due_version(&self) -> String {
        // as a double: extract answers a numeric, which costs a sweep of a million rows a quarter of its time. Exact to the
        // microsecond until 2242, and the same for the same instant ever after.
        let minutes = "floor(date_part('epoch', v.due_at) / 60)::bigint";
        if !self.is_foreign {
            return format!("coalesce(v.due_version, {minutes})");
        }
        // infinity is no bigint, and nobody promises that `sound` is asked first
        let minutes = format!("CASE WHEN isfinite(v.due_at) THEN {minutes} END");
        match self.missing.contains("due_version") {
            true => minutes,
            false => format!("coalesce(v.due_version::bigint, {minutes})"),
        }
    }

    /// Whether no version stands for a later minute than that of the due date: it is that minute, or a small number that is
    /// counted up, as our tickets have.
    pub fn versions_tell_due(&self) -> bool {
        !self.is_foreign || self.missing.contains("due_version")
    }

    /// A condition on the alias `v` that keeps out the rows [`unsound_rows`](super::unsound::unsound_rows) names; TRUE for
    /// our own views.
    pub fn sound(&self) -> String {
        if !self.is_foreign {
            return "TRUE".to_owned();
        }
        let mut conditions = vec![
            "v.item_id IS NOT NULL".to_owned(),
            "v.reference IS NOT NULL".to_owned(),
            format!("v.due_at >= {EARLIEST}"),
            format!("v.due_at < {LATEST}"),
        ];
        if !self.missing.contains("paused") {
            conditions.push(format!("NOT {}", self.absurd_pause()));
        }
        conditions.join(" AND ")
    }

    /// The opposite of [`sound`](Columns::sound), so that a server elsewhere can answer it too.
    pub(super) fn unsound(&self) -> String {
        let mut conditions = vec![
            "v.item_id IS NULL".to_owned(),
            "v.reference IS NULL".to_owned(),
            "v.due_at IS NULL".to_owned(),
            format!("v.due_at < {EARLIEST}"),
            format!("v.due_at >= {LATEST}"),
        ];
        if !self.missing.contains("paused") {
            conditions.push(self.absurd_pause());
        }
        conditions.join(" OR ")
    }

    /// An open end is none of these; NULL and empty have no part that could be absurd.
    fn absurd_pause(&self) -> String {
        format!(
            "EXISTS (SELECT FROM unnest(v.paused) AS part WHERE lower(part) < {EARLIEST} OR lower(part) >= {LATEST} \
             OR upper(part) < {EARLIEST} OR upper(part) >= {LATEST})"
        )
    }

    fn column(&self, name: &str) -> String {
        let shape = CONTRACT.iter().find(|(known, ..)| *known == name).map_or(Shape::Text, |(_, shape, _)| *shape);
        match (name, shape) {
            ("due_version", _) => self.due_version(),
            _ if !self.is_foreign => format!("v.{name}"),
            _ if self.missing.contains(name) => format!("NULL::{}", shape.sql()),
            // what is no number for us (NaN, infinity, forty digits) is no amount
            (_, Shape::Amount) => {
                format!("CASE WHEN v.{name} BETWEEN -1e15 AND 1e15 THEN round(v.{name}::numeric, 4) END")
            }
            (_, Shape::Key | Shape::Reference | Shape::Text | Shape::Whole) => format!("v.{name}::{}", shape.sql()),
            (_, Shape::Instant | Shape::Intervals) => format!("v.{name}"),
        }
    }

    /// Whether a key that a chain keeps as text can be one of this view: it may have had keys of another type before.
    pub fn reads_key(&self, item_id: &str) -> bool {
        match self.item_id_type.as_str() {
            "smallint" => item_id.parse::<i16>().is_ok(),
            "integer" => item_id.parse::<i32>().is_ok(),
            "bigint" => item_id.parse::<i64>().is_ok(),
            "numeric" => Decimal::from_str_exact(item_id).is_ok(),
            "uuid" => Uuid::try_parse(item_id).is_ok(),
            _ => true,
        }
    }

    /// What keeps the type from being searched, as an error; see [`unreadable`](super::source::unreadable) for its name.
    pub fn check(&self, source: &Source) -> Result<()> {
        let Some(first) = self.faults.first() else { return Ok(()) };
        let mut message = first.message.clone();
        // in a sentence for the diary there is no place for hints
        message.extend(first.suggestion.iter().flat_map(|suggestion| ["; ", suggestion]));
        if let more @ 1.. = self.faults.len() - 1 {
            message.push_str(&format!(" (and {more} more: wvl config validate)"));
        }
        let kind = if source.is_builtin() { Kind::Forbidden } else { Kind::Config };
        Err(Error::new(kind, message))
    }
}

impl Shape {
    /// The type that a column is read as.
    fn sql(self) -> &'static str {
        match self {
            Shape::Key | Shape::Reference | Shape::Text => "text",
            Shape::Whole => "bigint",
            Shape::Instant => "timestamptz",
            Shape::Amount => "numeric",
            Shape::Intervals => "tstzmultirange",
        }
    }

    /// What a column may be, for people.
    fn wanted(self) -> &'static str {
        match self {
            Shape::Key => "bigint, integer, numeric, text or uuid",
            Shape::Reference | Shape::Text => "text",
            Shape::Whole => "bigint or integer",
            Shape::Instant => "timestamp with time zone",
            Shape::Amount => "numeric",
            Shape::Intervals => "tstzmultirange",
        }
    }

    /// Whether a column of this type can be read so. `category` is the one of pg_type: S text, E enumerations.
    fn takes(self, found: &str, category: &str) -> bool {
        let is_whole = matches!(found, "smallint" | "integer" | "bigint");
        let is_text = category == "S";
        match self {
            Shape::Key => is_whole || is_text || matches!(found, "numeric" | "uuid"),
            Shape::Reference => is_text,
            Shape::Text => is_text || category == "E",
            Shape::Whole => is_whole,
            Shape::Instant => found == "timestamp with time zone",
            Shape::Amount => is_whole || matches!(found, "numeric" | "real" | "double precision"),
            Shape::Intervals => found == "tstzmultirange",
        }
    }

    /// The way out of a wrong type.
    fn cure(self, column: &str, found: &str) -> String {
        match (self, found) {
            (Shape::Instant, "date" | "timestamp without time zone") => {
                format!("in the view: {column}::timestamp AT TIME ZONE 'Europe/Berlin' AS {column}")
            }
            _ => format!("in the view: {column}::{} AS {column}", self.sql()),
        }
    }
}

#[derive(QueryableByName)]
struct AttributeRow {
    #[diesel(sql_type = Text)]
    type_key: String,
    #[diesel(sql_type = Text)]
    definition: String,
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Bool)]
    may_use_schema: bool,
    #[diesel(sql_type = Bool)]
    may_select: bool,
    #[diesel(sql_type = Nullable<Text>)]
    attribute: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    data_type: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    category: Option<String>,
}

/// The columns of all sources, by type, in one statement over the catalogue: nothing is read from the views themselves.
/// A source that cannot be read has [`Columns::faults`].
pub fn columns(connection: &mut PgConnection, sources: &[(&str, &Source)]) -> Result<BTreeMap<String, Columns>> {
    let parts: Vec<(String, String)> = sources.iter().map(|(key, source)| source.parts(key)).collect();
    let rows: Vec<AttributeRow> = diesel::sql_query(include_str!("view_contract.sql"))
        .bind::<Array<Text>, _>(sources.iter().map(|(key, _)| *key).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(parts.iter().map(|(schema, _)| schema.as_str()).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(parts.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>())
        .bind::<Array<Bool>, _>(sources.iter().map(|(_, source)| source.is_builtin()).collect::<Vec<_>>())
        .load(connection)?;
    let mut by_type: BTreeMap<&str, Vec<&AttributeRow>> = BTreeMap::new();
    for row in &rows {
        by_type.entry(&row.type_key).or_default().push(row);
    }
    let mut found = BTreeMap::new();
    for (key, source) in sources {
        let columns = match by_type.get(key) {
            Some(rows) => judged(source, key, rows),
            None => {
                let near = near_names(connection, source, key)?;
                let fault = Complaint { message: "there is no such view".to_owned(), suggestion: near };
                Columns { is_foreign: !source.is_builtin(), faults: vec![fault], ..Columns::default() }
            }
        };
        found.insert((*key).to_owned(), columns);
    }
    Ok(found)
}

fn judged(source: &Source, type_key: &str, rows: &[&AttributeRow]) -> Columns {
    let Some(first) = rows.first() else { return Columns::default() };
    let of = |name: &str| rows.iter().find(|row| row.attribute.as_deref() == Some(name));
    let type_of = |name: &str| of(name).and_then(|row| row.data_type.clone()).unwrap_or_default();
    let mut columns = Columns {
        item_id_type: type_of("item_id"),
        has_changed_txid: source.is_builtin() && of("changed_txid").is_some(),
        definition: first.definition.clone(),
        is_foreign: !source.is_builtin(),
        ..Columns::default()
    };
    let (schema, _) = source.parts(type_key);
    let is_of_contract = |name: &str| CONTRACT.iter().any(|(known, ..)| *known == name);
    let may_select =
        rows.iter().all(|row| row.may_select || row.attribute.as_deref().is_some_and(|it| !is_of_contract(it)));
    if !first.may_use_schema || !may_select {
        let grants = [
            (!first.may_use_schema).then(|| format!("GRANT USAGE ON SCHEMA {} TO {};", quoted(&schema), first.role)),
            (!may_select).then(|| format!("GRANT SELECT ON {} TO {};", source.relation(type_key), first.role)),
        ];
        columns.faults.push(Complaint {
            message: format!("the role {} may not read it", first.role),
            suggestion: Some(format!("its owner says: {}", grants.into_iter().flatten().collect::<Vec<_>>().join(" "))),
        });
    }
    if source.is_builtin() {
        return columns;
    }
    let others: Vec<&str> = rows.iter().filter_map(|row| row.attribute.as_deref()).collect();
    let others: Vec<&str> = others.into_iter().filter(|name| !is_of_contract(name)).collect();
    for (index, (name, shape, _)) in CONTRACT.iter().enumerate() {
        let near = nearest(name, others.iter().copied());
        match of(name) {
            Some(row) => {
                let (data_type, category) = (row.data_type.as_deref(), row.category.as_deref());
                let (data_type, category) = (data_type.unwrap_or_default(), category.unwrap_or_default());
                if !shape.takes(data_type, category) {
                    columns.faults.push(Complaint {
                        message: format!("the column {name} is {data_type}, wanted is {}", shape.wanted()),
                        suggestion: Some(shape.cure(name, data_type)),
                    });
                }
            }
            None => {
                columns.missing.insert(name);
                if index < REQUIRED {
                    columns.faults.push(Complaint {
                        message: format!("the column {name} ({}) is missing", shape.wanted()),
                        suggestion: near.map(|near| format!("is it the column {near}?")),
                    });
                } else if let Some(near) = near {
                    columns.doubts.push(Complaint {
                        message: format!("the column {near} is not used, and there is no column {name}"),
                        suggestion: Some(format!("if it is meant: {near} AS {name}")),
                    });
                }
            }
        }
    }
    columns
}

/// What could have been meant by the name of a view that is not there.
fn near_names(connection: &mut PgConnection, source: &Source, type_key: &str) -> Result<Option<String>> {
    #[derive(QueryableByName)]
    struct Name {
        #[diesel(sql_type = Text)]
        schema: String,
        #[diesel(sql_type = Text)]
        name: String,
    }
    let names: Vec<Name> = diesel::sql_query(
        "SELECT n.nspname::text AS schema, c.relname::text AS name
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('v', 'm', 'r', 'p', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
             AND n.nspname NOT LIKE 'pg\\_toast%' AND n.nspname NOT LIKE 'pg\\_temp%'
         ORDER BY 1, 2",
    )
    .load(connection)?;
    let (schema, name) = source.parts(type_key);
    let known = |name: &Name| Source::View { schema: Some(name.schema.clone()), name: name.name.clone() }.to_string();
    // the right name in the wrong schema is nearer than a wrong name in the right one
    let elsewhere = names.iter().find(|known| known.name == name && known.schema != schema).map(known);
    let all: Vec<String> = names.iter().map(known).collect();
    let wanted = Source::View { schema: Some(schema), name }.to_string();
    let near = elsewhere.or_else(|| nearest(&wanted, all.iter().map(String::as_str)).map(str::to_owned));
    Ok(near.map(|near| format!("did you mean \"{near}\"?")))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
