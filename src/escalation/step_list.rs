//! The steps of a run as a table, and as the JSON that other programs read (CLI.md, `escalate run --dry-run --json`).

use chrono_tz::Tz;
use serde_json::{Value, json};

use super::plan::Planned;
use super::run::Report;
use super::step::Step;
use crate::outbox::MAIL;
use crate::output::{Cell, Output, Table, column};

/// What a run did or would do.
pub struct StepList<'a, 'r> {
    /// The run.
    pub report: &'r Report<'a>,
    /// For instants.
    pub zone: Tz,
}

impl Output for StepList<'_, '_> {
    fn table(&self) -> Table {
        let mut table = Table::new(vec![
            column("area", "Bereich"),
            column("reference", "Nummer"),
            column("title", "Beschreibung").optional(),
            column("partner", "Kunde"),
            column("step", "Stufe"),
            column("due_at", "Fällig").optional(),
            column("hours_working", "Std. Arbeit").optional(),
            column("recipients", "An"),
        ]);
        for step in &self.report.steps {
            table.push(vec![
                Cell::Text(step.rules.label.clone()),
                Cell::Text(step.item.reference.clone()),
                Cell::Text(step.item.title.clone()),
                Cell::text(step.item.partner.clone()),
                Cell::Text(step_words(step)),
                due_cell(step, self.zone),
                Cell::Number(hours(step.working_seconds)),
                Cell::List(step.recipients.iter().map(|to| to.shown_name().into_owned()).collect()),
            ]);
        }
        table
    }

    fn json(&self) -> Value {
        let steps = self.report.steps.iter().enumerate();
        Value::Array(steps.map(|(index, step)| self.step(step, self.report.bundled.contains(&index))).collect())
    }
}

impl StepList<'_, '_> {
    fn step(&self, step: &Planned<'_>, bundled: bool) -> Value {
        let number =
            |id: Option<i64>| id.and_then(|id| self.report.people.persons.get(&id)).map(|person| person.number);
        let recipients = step.recipients.iter().map(|to| {
            json!({
                "employee": number(to.employee),
                "channel": to.channel.as_deref().unwrap_or(MAIL),
                "address": to.address,
                "role": to.why.word(),
                "instead_of": number(to.instead_of),
            })
        });
        json!({
            "type": step.rules.key,
            "item": step.item.id,
            "reference": step.item.reference,
            "title": step.item.title,
            "stage": step.stage(),
            "repeat": match step.step() { Step::Repeat(times) => times, _ => 0 },
            "announce_days": match step.step() { Step::Announce(days) => Some(days), _ => None },
            "due_at": Cell::Instant(step.due_at.with_timezone(&self.zone)).json(),
            "hours_wall": Cell::Number(hours(step.overdue_seconds)).json(),
            "hours_working": Cell::Number(hours(step.working_seconds)).json(),
            "partner": step.item.partner,
            "amount": Cell::money(step.item.amount).json(),
            "currency": step.item.currency,
            "recipients": recipients.collect::<Vec<_>>(),
            "bundle": bundled,
        })
    }
}

/// "Stufe 2", "Stufe 3, 2. Wiederholung", "Vorlauf 30 Tage"
fn step_words(step: &Planned<'_>) -> String {
    match step.step() {
        Step::Repeat(times) => format!("Stufe {}, {times}. Wiederholung", step.stage()),
        other => other.to_string(),
    }
}

/// A promise at 24:00 is printed as the day that ends there.
pub(super) fn due_cell(step: &Planned<'_>, zone: Tz) -> Cell {
    due_as_cell(step.due_at, step.is_promise, zone)
}

/// The due instant as people say it.
pub(super) fn due_as_cell(due_at: chrono::DateTime<chrono::Utc>, is_promise: bool, zone: Tz) -> Cell {
    let is_midnight = due_at.with_timezone(&zone).time() == chrono::NaiveTime::MIN;
    match is_promise && is_midnight {
        true => Cell::Day(super::items::due_day(due_at, true, zone)),
        false => Cell::Instant(due_at.with_timezone(&zone)),
    }
}

/// Hours with two decimals, as the office writes them.
pub(super) fn hours(seconds: i64) -> rust_decimal::Decimal {
    (rust_decimal::Decimal::from(seconds) / rust_decimal::Decimal::from(3600)).round_dp(2)
}
