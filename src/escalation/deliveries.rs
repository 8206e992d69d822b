//! What became of the mails that tell of steps: for whoever asks about an item, or looks at the record behind it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use uuid::Uuid;

use crate::error::Result;
use crate::outbox::queue;
use crate::outbox::state::STATES;
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
}

/// The deliveries of these steps, by step and number.
pub fn of_steps(connection: &mut PgConnection, steps: &[i64]) -> Result<Vec<Delivery>> {
    if steps.is_empty() {
        return Ok(Vec::new());
    }
    let sql = "SELECT l.step_id, r.id AS number, coalesce(r.original_address, r.address) AS address,
            CASE WHEN r.original_address IS NOT NULL THEN r.address END AS redirected_to, r.state, r.last_reply, r.done_at
        FROM wvl.escalation_step_messages l JOIN wvl.outbox_recipients r ON r.message_id = l.message_id
        WHERE l.step_id = ANY ($1)
        ORDER BY l.step_id, r.id";
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

/// The condition that a mail tells of the last step that one of these types took for the record `{}`.
macro_rules! of_last_step {
    ($types:literal) => {
        concat!(
            "d.message IN (SELECT l.message_id FROM wvl.escalation_step_messages l WHERE l.step_id = (SELECT s.id \
             FROM wvl.escalation_steps s WHERE s.type IN (",
            $types,
            ") AND s.item_id = {}::text ORDER BY s.at DESC, s.id DESC LIMIT 1))"
        )
    };
}

/// A register whose records are reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reminded {
    /// Offers, orders, delivery notes, invoices.
    Document,
    /// Purchase orders.
    PurchaseOrder,
    /// Contracts.
    Contract,
    /// Tickets.
    Ticket,
    /// Tasks.
    Task,
    /// Notices.
    Notice,
}

impl Reminded {
    /// The mails of the last reminder of a record, as a part of it.
    pub fn mails(self) -> Register {
        let mut register = queue::register();
        register.filters.owner = match self {
            Reminded::Document => of_last_step!(
                "'offer-follow-up', 'order-commissioning', 'order-delivery-overdue', 'invoice-follow-up', \
                 'invoice-overdue', 'delivery-note'"
            ),
            Reminded::PurchaseOrder => of_last_step!("'purchase-overdue'"),
            Reminded::Contract => of_last_step!("'contract-billing', 'contract-expiry'"),
            Reminded::Ticket => of_last_step!(
                "'helpdesk-immediate', 'helpdesk-high', 'helpdesk-standard', 'helpdesk-low', 'helpdesk-very-low'"
            ),
            Reminded::Task => of_last_step!("'task', 'customer-activity'"),
            Reminded::Notice => of_last_step!("'customer-notification', 'system-download'"),
        };
        register
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escalation::types;

    fn delivery(state: &str) -> Delivery {
        Delivery {
            step_id: 1,
            number: 1,
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
    fn the_types_of_records_are_types() {
        let all = [
            Reminded::Document,
            Reminded::PurchaseOrder,
            Reminded::Contract,
            Reminded::Ticket,
            Reminded::Task,
            Reminded::Notice,
        ];
        for reminded in all {
            let condition = reminded.mails().filters.owner;
            let keys = condition.split('\'').skip(1).step_by(2).collect::<Vec<_>>();
            for key in keys {
                assert!(types::find(key).is_some(), "{key}");
            }
        }
    }
}
