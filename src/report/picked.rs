//! Which documents a report counts, as parts of its statements: a figure and the rows behind it are picked by the same text.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::pg::Pg;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{Array, Date, Timestamptz};

use super::evening::{Question, Scope};
use super::settings::CountBy;
use crate::calendar::{end_of_day, midnight};

/// Documents by their own date: `$1` are days.
const BY_DATE: [&str; 3] = ["wvl.documents d", "d.document_date", "d.document_date = ANY ($1)"];
/// Documents by the instant of their booking: `$2` and `$3` are the instants at which the days `$1` begin and end, because
/// only the calendar knows when a day of 23 hours begins.
const BY_BOOKING: [&str; 3] = [
    "unnest($1, $2, $3) AS b (day, begins, ends) JOIN wvl.documents d ON d.booked_at >= b.begins AND d.booked_at < b.ends",
    "b.day",
    "true",
];

/// What picks the documents of some days: the days as three parameters, and the text of the statement.
#[derive(Clone, Debug)]
pub(super) struct Picked {
    /// `$1`.
    pub days: Vec<NaiveDate>,
    /// `$2`: when each of them begins.
    pub begins: Vec<DateTime<Utc>>,
    /// `$3`: when each of them ends.
    pub ends: Vec<DateTime<Utc>>,
    parts: [&'static str; 3],
    scope: String,
}

impl Picked {
    /// The documents of these days that the question is about.
    pub fn new(question: &Question<'_>, days: Vec<NaiveDate>) -> Picked {
        let zone = question.settings.zone;
        Picked {
            begins: days.iter().map(|day| midnight(*day, zone)).collect(),
            ends: days.iter().map(|day| end_of_day(*day, zone)).collect(),
            days,
            parts: match question.settings.report.count_by {
                CountBy::DocumentDate => BY_DATE,
                CountBy::BookedAt => BY_BOOKING,
            },
            scope: documents_of(question.scope),
        }
    }

    /// A statement with its places filled in and the days bound; what else it needs is `$4` and so on.
    pub fn query(&self, sql: &str) -> BoxedSqlQuery<'static, Pg, SqlQuery> {
        diesel::sql_query(self.statement(sql))
            .into_boxed::<Pg>()
            .bind::<Array<Date>, _>(self.days.clone())
            .bind::<Array<Timestamptz>, _>(self.begins.clone())
            .bind::<Array<Timestamptz>, _>(self.ends.clone())
    }

    /// A statement with its places filled in: `{documents}` as `d`, the day that each counts for (`{day}`), the condition on
    /// both days and scope (`{picked}`).
    pub fn statement(&self, sql: &str) -> String {
        let [documents, day, picked] = self.parts;
        let picked = format!("{picked} AND d.status <> 'void' AND {}", self.scope);
        sql.replace("{documents}", documents).replace("{day}", day).replace("{picked}", &picked)
    }
}

/// The condition on a document `d`.
///
/// A department has what is booked under it, and of what is booked under none what its people handle. An employee has what he
/// or she handles, and what he or she sells as field rep.
pub(super) fn documents_of(scope: Scope) -> String {
    match scope {
        Scope::House => "true".to_owned(),
        Scope::Department(id) => format!("{} = {id}", department_of("d", "d.document_date")),
        Scope::Employee(id) => format!(
            "(d.handler_id = {id} OR coalesce(d.field_rep_id, \
             (SELECT p.field_rep_id FROM wvl.partners p WHERE p.id = d.partner_id)) = {id})"
        ),
    }
}

/// The condition on a contract `d`, by the same rules; departments are those of the question's day.
pub(super) fn of_contracts(question: &Question<'_>) -> String {
    match question.scope {
        Scope::House => "true".to_owned(),
        Scope::Department(id) => format!("{} = {id}", department_of("d", &today(question))),
        Scope::Employee(id) => format!(
            "(d.handler_id = {id} OR coalesce(d.field_rep_id, \
             (SELECT p.field_rep_id FROM wvl.partners p WHERE p.id = d.partner_id)) = {id})"
        ),
    }
}

/// The condition on a ticket, task or purchase order `d`, which has a handler and no field rep.
pub(super) fn of_tickets(question: &Question<'_>) -> String {
    match question.scope {
        Scope::House => "true".to_owned(),
        Scope::Department(id) => format!("{} = {id}", department_of("d", &today(question))),
        Scope::Employee(id) => format!("d.handler_id = {id}"),
    }
}

/// The condition on a birthday `b`: a department has those of its people, an employee those of the own customers.
pub(super) fn of_birthdays(question: &Question<'_>) -> String {
    match question.scope {
        Scope::House => "true".to_owned(),
        Scope::Department(id) => format!("b.department_id = {id}"),
        Scope::Employee(id) => format!("b.partner_id IS NOT NULL AND {id} IN (b.field_rep_id, b.inside_rep_id)"),
    }
}

fn today(question: &Question<'_>) -> String {
    format!("'{}'::date", question.day)
}

/// The department of a row: its own, else its handler's on a day, which is an expression.
pub(super) fn department_of(row: &str, day: &str) -> String {
    format!(
        "coalesce({row}.department_id, (SELECT a.department_id FROM wvl.employee_assignments a \
         WHERE a.employee_id = {row}.handler_id AND a.valid_from <= {day} ORDER BY a.valid_from DESC LIMIT 1))"
    )
}
