//! The explanation for programs: everything as JSON, the intervals as rows.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::intervals::merged;
use super::said::Said;
use super::thresholds::{Condition, Since, Threshold};
use super::{Explanation, NextStep};
use crate::escalation::step::Step;
use crate::escalation::step_list::hours;
use crate::outbox::MAIL;
use crate::output::{Cell, Output, Table, column};

impl Output for Explanation {
    /// The intervals, one a row.
    fn table(&self) -> Table {
        let mut table = Table::new(vec![
            column("from", "Von"),
            column("to", "Bis"),
            column("counted", "Zählt"),
            column("hours", "Stunden"),
            column("sum", "Summe"),
            column("reason", "Grund"),
            column("detail", "Erklärung"),
            column("silence", "Still"),
        ]);
        for interval in merged(&self.pieces) {
            table.push(vec![
                Cell::Instant(interval.from.with_timezone(&self.zone)),
                Cell::Instant(interval.to.with_timezone(&self.zone)),
                Cell::Flag(interval.reason.counts()),
                Cell::Number(hours(interval.seconds())),
                Cell::Number(hours(interval.sum)),
                Cell::Text(interval.reason.word().to_owned()),
                Cell::Text(interval.reason.german()),
                Cell::text(interval.silence.map(|kind| kind.as_str())),
            ]);
        }
        table
    }

    fn json(&self) -> Value {
        let subject = &self.subject;
        let due = self.due.as_ref();
        json!({
            "type": subject.type_key,
            "item": subject.item_id,
            "reference": subject.reference,
            "title": subject.title,
            "partner": subject.partner,
            "open": subject.is_open,
            "due_at": self.instant(due.map(|due| due.at)),
            "due_version": due.map(|due| due.version),
            "moved": self.times_moved(),
            "now": self.instant(Some(self.now)),
            "clock": due.map(|due| due.clock.as_str()),
            "calendar": due.map(|due| due.calendar.as_str()),
            "at_once": due.map(|due| due.at_once),
            "held": due.map(|due| due.is_held),
            "hours": self.pieces.last().map(|last| Cell::Number(hours(last.sum)).json()),
            "intervals": self.table().json_rows(),
            "days": self.days(),
            "thresholds": self.thresholds.iter().map(|threshold| self.threshold_json(threshold)).collect::<Vec<_>>(),
            "stages": self.stages(),
            "history": self.said.iter().enumerate().map(|(index, said)| self.said_json(index, said)).collect::<Vec<_>>(),
            "versions": self.versions.iter().map(|version| json!({
                "due_version": version.version, "due_at": self.instant(version.due_at), "step": version.last.code(),
            })).collect::<Vec<_>>(),
            "silences": self.silences.iter().map(|silence| json!({
                "kind": silence.kind.as_str(), "due_version": silence.due_version,
                "since": self.instant(Some(silence.since)), "until": self.instant(Some(silence.until)),
                "lifted_at": self.instant(silence.lifted_at), "by": silence.by, "note": silence.note,
                "holds": due.is_some_and(|due| silence.holds(due.version, self.now)),
            })).collect::<Vec<_>>(),
            "collections": self.collections.as_ref().map(|collections| json!({
                "times": collections.times.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "open": collections.is_open,
                "taken_at": self.instant(collections.taken_at),
                "next_at": self.instant(collections.next_at),
            })),
            "caps": { "max_mails_per_run": self.caps.0, "max_mails_per_recipient": self.caps.1 },
            "next": self.next.as_ref().map(|next| self.next_json(next)),
            "obstacles": self.obstacles.iter().map(|obstacle| obstacle.json(self.zone)).collect::<Vec<_>>(),
            "troubles": self.troubles,
            "verdict": self.verdict(),
        })
    }
}

impl Explanation {
    fn instant(&self, at: Option<DateTime<Utc>>) -> Value {
        Cell::instant(at, self.zone).json()
    }

    /// What each local day counted.
    fn days(&self) -> Vec<Value> {
        let days = self.pieces.chunk_by(|one, other| self.day_of(one) == self.day_of(other));
        let told = days.filter_map(|day| {
            let seconds = day.iter().map(super::Interval::seconds).sum();
            Some(json!({
                "day": Cell::Day(self.day_of(day.first()?)).json(),
                "hours": Cell::Number(hours(seconds)).json(),
                "sum": Cell::Number(hours(day.last()?.sum)).json(),
            }))
        });
        told.collect()
    }

    /// The thresholds that are stages, in short.
    fn stages(&self) -> Vec<Value> {
        let stages = self.thresholds.iter().filter_map(|threshold| match threshold.step {
            Step::Stage(stage) => Some(json!({
                "stage": stage,
                "hours": threshold.conditions.first().map(|first| Cell::Number(hours(first.hours.seconds())).json()),
                "reached_at": self.instant(threshold.reached_at),
            })),
            _ => None,
        });
        stages.collect()
    }

    fn threshold_json(&self, threshold: &Threshold) -> Value {
        json!({
            "step": threshold.step.code(),
            "conditions": threshold.conditions.iter().map(|condition| self.condition_json(condition)).collect::<Vec<_>>(),
            "reached_at": self.instant(threshold.reached_at),
            "taken_at": self.instant(threshold.taken_at),
            "passed_over": threshold.is_passed_over,
        })
    }

    fn condition_json(&self, condition: &Condition) -> Value {
        json!({
            "since": match condition.since {
                Since::Due(_) => Value::from("due"),
                Since::Step(step, _) | Since::Later(step) => Value::from(step.code()),
            },
            "since_at": self.instant(condition.since.instant()),
            "clock": condition.clock.as_str(),
            "hours": Cell::Number(hours(condition.hours.seconds())).json(),
            "counted": Cell::Number(hours(condition.counted)).json(),
            "reached_at": self.instant(condition.reached_at),
        })
    }

    fn said_json(&self, index: usize, said: &Said) -> Value {
        json!({
            "step": said.step.code(),
            "at": self.instant(Some(said.at)),
            "due_version": said.due_version,
            "due_at": self.instant(Some(said.due_at)),
            "recipients": said.recipients,
            "rehearsal": said.rehearsal,
            "baseline": said.baseline,
            "collection": self.instant(self.collection_of(index)),
            "mails": said.deliveries.iter().map(|delivery| delivery.json(self.zone)).collect::<Vec<_>>(),
        })
    }

    fn next_json(&self, next: &NextStep) -> Value {
        json!({
            "step": next.steps.last().map(|step| step.code()),
            "steps": next.steps.iter().map(|step| step.code()).collect::<Vec<_>>(),
            "reached_at": self.instant(Some(next.reached_at)),
            "leaves_at": self.instant(next.leaves_at),
            "recipients": next.recipients.iter().map(|to| json!({
                "name": to.name,
                "channel": to.channel.as_deref().unwrap_or(MAIL),
                "address": to.address,
                "role": to.why.word(),
                "at_work": to.at_work,
                "instead_of": to.instead_of.and_then(|id| next.replaced.iter().find(|(known, _)| *known == id))
                    .map(|(_, name)| name),
            })).collect::<Vec<_>>(),
        })
    }
}
