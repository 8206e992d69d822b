//! What became of the mails that tell of steps: for whoever asks about an item, or looks at the record behind it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use serde_json::{Value, json};
use uuid::Uuid;

use super::types::{Record, TYPES, TypeInfo};
use crate::error::Result;
use crate::outbox::queue;
use crate::outbox::state::STATES;
use crate::output::Cell;
use crate::register::Register;

/// The mail of a step to one recipient.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Delivery {
    /// The step.
    #[diesel(sql_type = BigInt)]
    pub step_id: i64,
    /// Number of the recipient in the queue.
    #[diesel(sql_type = BigInt)]
    pub number: i64,
    /// How it travels.
    #[diesel(sql_type = Text)]
    pub channel: String,
    /// For whom it is.
    #[diesel(sql_type = Text)]
    pub address: String,
    /// Where it goes instead, because of `mail.redirect_to`.
    #[diesel(sql_type = Nullable<Text>)]
    pub redirected_to: Option<String>,
    /// How far it is, see [`STATES`].
    #[diesel(sql_type = Text)]
    pub state: String,
    /// What the other side said last.
    #[diesel(sql_type = Nullable<Text>)]
    pub last_reply: Option<String>,
    /// When that was settled.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub done_at: Option<DateTime<Utc>>,
}

impl Delivery {
    /// What the office reads.
    pub fn german(&self) -> &str {
        STATES.for_people(&self.state)
    }

    /// What programs read.
    pub fn json(&self, zone: Tz) -> Value {
        json!({
            "number": self.number,
            "channel": self.channel,
            "address": self.address,
            "redirected_to": self.redirected_to,
            "state": self.state,
            "last_reply": self.last_reply,
            "done_at": Cell::instant(self.done_at, zone).json(),
        })
    }
}

/// The deliveries of these steps, by step and number.
pub fn of_steps(connection: &mut PgConnection, steps: &[i64]) -> Result<Vec<Delivery>> {
    if steps.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "SELECT l.step_id, d.number, d.channel, d.address, d.redirected_to, d.state, d.last_reply, d.done_at
        FROM wvl.escalation_step_messages l JOIN wvl.v_deliveries d ON d.message = l.message_id
        WHERE l.step_id = ANY ($1)
        ORDER BY l.step_id, d.number";
    Ok(diesel::sql_query(sql).bind::<Array<BigInt>, _>(steps).load(connection)?)
}

/// The states of several mails in few words: "zugestellt", "2 zugestellt, 1 gescheitert"; nothing for no mail.
pub fn summary(deliveries: &[Delivery]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for delivery in deliveries {
        *counts.entry(delivery.german()).or_default() += 1;
    }
    match counts.first_key_value() {
        Some((state, _)) if counts.len() == 1 => (*state).to_owned(),
        _ => counts.iter().map(|(state, count)| format!("{count} {state}")).collect::<Vec<_>>().join(", "),
    }
}

/// The messages that tell of the last step of an item.
pub fn last_messages(connection: &mut PgConnection, type_key: &str, item_ids: &[String]) -> Result<Vec<Uuid>> {
    #[derive(QueryableByName)]
    struct Message {
        #[diesel(sql_type = SqlUuid)]
        message_id: Uuid,
    }
    let sql = "SELECT DISTINCT l.message_id FROM wvl.escalation_step_messages l
        WHERE l.step_id = (
            SELECT s.id FROM wvl.escalation_steps s WHERE s.type = $1 AND s.item_id = ANY ($2)
            ORDER BY s.at DESC, s.id DESC LIMIT 1
        )";
    let messages: Vec<Message> =
        diesel::sql_query(sql).bind::<Text, _>(type_key).bind::<Array<Text>, _>(item_ids).load(connection)?;
    Ok(messages.into_iter().map(|row| row.message_id).collect())
}

/// The mails of the last reminder of a record, as a part of it.
pub fn of_record(record: Record) -> Register {
    static CONDITIONS: LazyLock<BTreeMap<Record, String>> =
        LazyLock::new(|| Record::ALL.into_iter().map(|record| (record, of_last_step(record))).collect());
    let mut register = queue::register();
    register.filters.owner = CONDITIONS.get(&record).map_or("false", String::as_str);
    register
}

/// The condition that a mail tells of the last step that was taken for the record `{}`.
fn of_last_step(record: Record) -> String {
    let mut types: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for info in TYPES.iter().filter(|info| info.records.contains(&record)) {
        types.entry(item_of(info, record)).or_default().push(format!("'{}'", info.key));
    }
    let of_types =
        |(item, types): (&str, Vec<String>)| format!("s.type IN ({}) AND s.item_id {item}", types.join(", "));
    format!(
        "d.message IN (SELECT l.message_id FROM wvl.escalation_step_messages l WHERE l.step_id = (SELECT s.id \
         FROM wvl.escalation_steps s WHERE {} ORDER BY s.at DESC, s.id DESC LIMIT 1))",
        types.into_iter().map(of_types).collect::<Vec<_>>().join(" OR ")
    )
}

/// How the view of a type names the record `{}`: by its key, or as one of what belongs to it.
fn item_of(info: &TypeInfo, record: Record) -> &'static str {
    match (info.key, record) {
        ("invoice-licence-expiry", _) => "IN (SELECT i.id::text FROM wvl.document_lines i WHERE i.document_id = {})",
        ("birthday", Record::Employee) => "= 'employee-' || {}::text",
        ("birthday", _) => "= 'contact-person-' || {}::text",
        _ => "= {}::text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(state: &str) -> Delivery {
        Delivery {
            step_id: 1,
            number: 1,
            channel: "mail".to_owned(),
            address: "a@b".to_owned(),
            redirected_to: None,
            state: state.to_owned(),
            last_reply: None,
            done_at: None,
        }
    }

    #[test]
    fn several_mails_are_counted_by_their_states() {
        let told = |states: &[&str]| summary(&states.iter().map(|state| delivery(state)).collect::<Vec<_>>());
        assert_eq!(told(&[]), "");
        assert_eq!(told(&["sent", "sent"]), "zugestellt");
        assert_eq!(told(&["sent", "failed", "sent"]), "1 gescheitert, 2 zugestellt");
    }

    #[test]
    fn a_record_is_found_under_each_of_its_types() {
        let condition = |record| of_record(record).filters.owner;
        let document = condition(Record::Document);
        assert!(document.contains("'offer-follow-up', 'order-commissioning'"), "{document}");
        assert!(document.contains("s.type IN ('invoice-licence-expiry') AND s.item_id IN (SELECT"), "{document}");
        assert!(condition(Record::Employee).contains("s.type IN ('birthday') AND s.item_id = 'employee-' || {}::text"));
    }
}
