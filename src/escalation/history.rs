//! What was ever said about items, to them, and by them: one time line, from what stands in the rows themselves, so that
//! it also tells of items that are closed or deleted.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz};
use serde_json::{Value, json};

use super::deliveries::{self, Delivery};
use super::find::Known;
use super::step::Step;
use super::step_list::due_as_cell;
use crate::calendar::PromiseDay;
use crate::error::Result;
use crate::output::{Cell, Output, Table, column};
use crate::register::Filter;

/// What is looked for in the history.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Only this type.
    pub type_key: Option<String>,
    /// Only these items of it.
    pub item_ids: Option<Vec<String>>,
    /// Range, text, employee (whom a step reached, or who said something) and number of the latest rows.
    pub filter: Filter,
}

impl Question {
    /// Everything about one item.
    pub fn about(known: Known, filter: Filter) -> Question {
        Question { type_key: Some(known.type_key), item_ids: Some(known.item_ids), filter }
    }
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A step was taken.
    Step(Step),
    /// Somebody has seen the item, until then.
    Acknowledged(DateTime<Utc>),
    /// Somebody muted it, until then.
    Muted(DateTime<Utc>),
    /// Somebody took back what would have held until then.
    Lifted(DateTime<Utc>),
}

/// One line of the history.
#[derive(Clone, Debug)]
pub struct Event {
    /// When.
    pub at: DateTime<Utc>,
    /// Escalation type.
    pub type_key: String,
    /// Item in the view of the type.
    pub item_id: String,
    /// The due date it was about; none for a mute.
    pub due_version: Option<i64>,
    /// The item's number at that time.
    pub reference: String,
    /// Its title at that time.
    pub title: Option<String>,
    /// What happened.
    pub what: Happening,
    /// Due instant of a step.
    pub due_at: Option<DateTime<Utc>>,
    /// Whom a step reached.
    pub recipients: Vec<String>,
    /// What became of its mails.
    pub deliveries: Vec<Delivery>,
    /// A step that left to nobody: `mail.mode` was off or redirect.
    pub rehearsal: bool,
    /// A step that was only recorded, by `escalate baseline`.
    pub baseline: bool,
    /// The database role that said it.
    pub by: Option<String>,
    /// Why.
    pub note: Option<String>,
}

/// The time line, oldest first.
#[derive(Clone, Debug)]
pub struct History {
    /// What happened.
    pub events: Vec<Event>,
    /// For instants.
    pub zone: Tz,
}

#[derive(QueryableByName)]
struct EventRow {
    #[diesel(sql_type = Timestamptz)]
    at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    type_key: String,
    #[diesel(sql_type = Text)]
    item_id: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    due_version: Option<i64>,
    #[diesel(sql_type = Text)]
    reference: String,
    #[diesel(sql_type = Nullable<Text>)]
    title: Option<String>,
    #[diesel(sql_type = Text)]
    event: String,
    #[diesel(sql_type = Nullable<Integer>)]
    step: Option<i32>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    due_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    until: Option<DateTime<Utc>>,
    #[diesel(sql_type = Array<Nullable<Text>>)]
    recipients: Vec<Option<String>>,
    #[diesel(sql_type = Bool)]
    rehearsal: bool,
    #[diesel(sql_type = Bool)]
    baseline: bool,
    #[diesel(sql_type = Nullable<Text>)]
    said_by: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    note: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    step_id: Option<i64>,
}

impl From<EventRow> for Event {
    fn from(row: EventRow) -> Event {
        let until = row.until.unwrap_or(row.at);
        let what = match row.event.as_str() {
            "acknowledged" => Happening::Acknowledged(until),
            "muted" => Happening::Muted(until),
            "lifted" => Happening::Lifted(until),
            _ => Happening::Step(Step::from_code(row.step.unwrap_or_default())),
        };
        Event {
            at: row.at,
            type_key: row.type_key,
            item_id: row.item_id,
            due_version: row.due_version,
            reference: row.reference,
            title: row.title,
            what,
            due_at: row.due_at,
            recipients: row.recipients.into_iter().flatten().collect(),
            deliveries: Vec::new(),
            rehearsal: row.rehearsal,
            baseline: row.baseline,
            by: row.said_by,
            note: row.note,
        }
    }
}

/// How an employee stands in steps and silences.
#[derive(Default, QueryableByName)]
struct Traces {
    #[diesel(sql_type = Array<Text>)]
    addresses: Vec<String>,
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    role: Option<String>,
}

/// An address may have changed since, so the name counts too, unless two people share it.
fn traces_of(connection: &mut PgConnection, employee: i64) -> Result<Traces> {
    Ok(diesel::sql_query(
        "SELECT array_remove(ARRAY[lower(e.email)], NULL) AS addresses, e.pg_role AS role,
             CASE WHEN NOT EXISTS (
                 SELECT FROM wvl.employees o
                 WHERE o.id <> e.id AND o.first_name = e.first_name AND o.last_name = e.last_name
             ) THEN concat_ws(' ', e.first_name, e.last_name) END AS name
         FROM wvl.employees e WHERE e.id = $1",
    )
    .bind::<BigInt, _>(employee)
    .get_result(connection)?)
}

/// The latest rows that answer the question, oldest first.
pub fn load(connection: &mut PgConnection, question: &Question, zone: Tz) -> Result<History> {
    let filter = &question.filter;
    let employee = filter.employee.map(|id| traces_of(connection, id)).transpose()?;
    let is_asked = employee.is_some();
    let Traces { addresses, name, role } = employee.unwrap_or_default();
    let rows: Vec<EventRow> = diesel::sql_query(include_str!("history.sql"))
        .bind::<Nullable<Text>, _>(&question.type_key)
        .bind::<Nullable<Array<Text>>, _>(&question.item_ids)
        .bind::<Nullable<Timestamptz>, _>(filter.from)
        .bind::<Nullable<Timestamptz>, _>(filter.to)
        .bind::<Nullable<Text>, _>(&filter.search)
        .bind::<Nullable<Array<Text>>, _>(is_asked.then_some(addresses))
        .bind::<Nullable<Text>, _>(name)
        .bind::<Nullable<Text>, _>(role)
        .bind::<Nullable<BigInt>, _>(filter.limit)
        .load(connection)?;
    let steps: Vec<i64> = rows.iter().filter_map(|row| row.step_id).collect();
    let mut of_step: BTreeMap<i64, Vec<Delivery>> = BTreeMap::new();
    for delivery in deliveries::of_steps(connection, &steps)? {
        of_step.entry(delivery.step_id).or_default().push(delivery);
    }
    let event = |row: EventRow| {
        let deliveries = row.step_id.and_then(|step| of_step.remove(&step)).unwrap_or_default();
        Event { deliveries, ..Event::from(row) }
    };
    Ok(History { events: rows.into_iter().rev().map(event).collect(), zone })
}

impl Event {
    /// The word for programs.
    fn word(&self) -> &'static str {
        match self.what {
            Happening::Step(_) => "step",
            Happening::Acknowledged(_) => "acknowledged",
            Happening::Muted(_) => "muted",
            Happening::Lifted(_) => "lifted",
        }
    }

    fn until(&self) -> Option<DateTime<Utc>> {
        match self.what {
            Happening::Step(_) => None,
            Happening::Acknowledged(until) | Happening::Muted(until) | Happening::Lifted(until) => Some(until),
        }
    }

    /// "Stufe 2 (Probe)", "quittiert bis Do 26.11.2026 10:15"
    pub fn told(&self, zone: Tz) -> String {
        let until = |until| PromiseDay::of(until, zone);
        match self.what {
            Happening::Step(step) => {
                let remarks = [(self.rehearsal, "Probe"), (self.baseline, "Bestand")];
                let remarks: Vec<&str> =
                    remarks.iter().filter(|(is_so, _)| *is_so).map(|(_, remark)| *remark).collect();
                if remarks.is_empty() { step.to_string() } else { format!("{step} ({})", remarks.join(", ")) }
            }
            Happening::Acknowledged(at) => format!("quittiert bis {}", until(at)),
            Happening::Muted(at) => format!("stummgeschaltet bis {}", until(at)),
            Happening::Lifted(at) if self.due_version.is_some() => {
                format!("Quittierung bis {} zurückgenommen", until(at))
            }
            Happening::Lifted(at) => format!("Stummschaltung bis {} zurückgenommen", until(at)),
        }
    }
}

impl Output for History {
    fn table(&self) -> Table {
        let mut table = Table::new(vec![
            column("at", "Wann"),
            column("type", "Typ").optional(),
            column("reference", "Nummer"),
            column("title", "Beschreibung").optional(),
            column("what", "Was"),
            column("recipients", "an"),
            column("by", "von").optional(),
            column("note", "Notiz").optional(),
            column("delivery", "Versandstatus"),
        ]);
        for event in &self.events {
            table.push(vec![
                Cell::instant(Some(event.at), self.zone),
                Cell::Text(event.type_key.clone()),
                Cell::Text(event.reference.clone()),
                Cell::text(event.title.clone()),
                Cell::Text(event.told(self.zone)),
                Cell::List(event.recipients.clone()),
                Cell::text(event.by.clone()),
                Cell::text(event.note.clone()),
                Cell::text(Some(deliveries::summary(&event.deliveries)).filter(|told| !told.is_empty())),
            ]);
        }
        table
    }

    fn json(&self) -> Value {
        let instant = |at: DateTime<Utc>| Cell::Instant(at.with_timezone(&self.zone)).json();
        let object = |event: &Event| {
            json!({
                "at": instant(event.at),
                "type": event.type_key,
                "item": event.item_id,
                "reference": event.reference,
                "title": event.title,
                "event": event.word(),
                "step": match event.what {
                    Happening::Step(step) => Some(step.code()),
                    _ => None,
                },
                "what": event.told(self.zone),
                "due_version": event.due_version,
                "due_at": event.due_at.map(instant),
                "until": event.until().map(|until| due_as_cell(until, true, self.zone).json()),
                "recipients": event.recipients,
                "rehearsal": event.rehearsal,
                "baseline": event.baseline,
                "by": event.by,
                "note": event.note,
                "mails": event.deliveries.iter().map(|delivery| delivery.json(self.zone)).collect::<Vec<_>>(),
            })
        };
        Value::Array(self.events.iter().map(object).collect())
    }
}
