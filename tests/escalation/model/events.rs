//! What happens to an item between two runs: in the model, and the statements that do the same in the database.

use super::minutes::{Minute, utc};
use super::people::PersonId;
use super::rules::Register;
use super::world::{Item, Silence, World};

/// What happens to an item; what it comes to depends on how the item stands.
#[derive(Clone, Copy, Debug)]
pub enum Happens {
    /// It gets this date; `None`: the one before.
    Move(Option<Minute>),
    /// It is finished, or taken up again.
    Close,
    /// A ticket waits for feedback, or goes on.
    Wait,
    /// Acknowledged until then.
    Acknowledge(Minute),
    /// Muted until then.
    Mute(Minute),
    /// What was said to be quiet about is not any more.
    Unmute,
    /// A ticket gets a contract with a calendar of its own, or loses it.
    Contract,
    Amount(i64),
    Hand(PersonId),
}

/// An item as it is entered.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its type, by its place in the list of types.
    pub of: usize,
    pub due: Minute,
    pub amount: Option<i64>,
    pub handler: PersonId,
    pub is_always: bool,
    pub is_broken: bool,
}

/// `timestamptz '…'`.
pub fn instant(at: Minute) -> String {
    format!("timestamptz '{}'", utc(at))
}

/// The statement after which registers take this for the instant of a change.
pub fn as_of(at: Minute) -> String {
    format!("SELECT set_config('wvl.as_of', '{}', false);\n", utc(at))
}

impl World {
    /// Enters an item, the last of the list from now on.
    pub fn enter(&mut self, entry: &Entry) -> String {
        let register = self.types[entry.of].register;
        // one length for all keys, so that their order is the same as numbers and as text
        let base = 10_000 * (1 + Register::ALL.iter().position(|other| *other == register).unwrap_or_default());
        let id = (base + self.items.len()) as i64;
        self.items.push(Item {
            of: entry.of,
            id,
            due: entry.due,
            before: entry.due,
            counter: 1,
            is_closed: false,
            is_waiting: false,
            pauses: Vec::new(),
            amount: entry.amount,
            handler: entry.handler,
            is_always: entry.is_always,
            is_broken: entry.is_broken,
        });
        let (due, handler) = (instant(entry.due), entry.handler);
        let title = if entry.is_broken { "kaputt" } else { "Server" };
        let amount = entry.amount.map_or("NULL".to_owned(), |amount| amount.to_string());
        let document = |kind: &str, column: &str| {
            format!(
                "INSERT INTO documents (id, kind, number, title, partner_id, document_date, handler_id, net_amount, open_amount, {column})
                 VALUES ({id}, '{kind}', 'N-{id}', '{title}', 1, '2025-01-02', {handler}, {amount}, coalesce({amount}, 1), {due});\n"
            )
        };
        match register {
            Register::Offer => document("offer", "follow_up_at"),
            Register::InvoiceFollowUp => document("invoice", "follow_up_at"),
            Register::InvoicePayment => document("invoice", "payment_due_at"),
            Register::Task => format!(
                "INSERT INTO tasks (id, number, title, handler_id, due_at)
                 VALUES ({id}, 'N-{id}', '{title}', {handler}, {due});\n"
            ),
            Register::Ticket => {
                let contract = if entry.is_always { "1" } else { "NULL" };
                format!(
                    "INSERT INTO tickets (id, number, title, severity, status, partner_id, contract_id, handler_id, opened_at, due_at)
                     VALUES ({id}, 'N-{id}', '{title}', 'high', 'assigned', 1, {contract}, {handler}, '2025-01-02', {due});\n"
                )
            }
        }
    }

    /// Lets it happen.
    pub fn change(&mut self, at: Minute, item: usize, what: Happens) -> String {
        let version = self.version(item);
        let it = &mut self.items[item];
        let register = self.types[it.of].register;
        let (table, date, open, closed) = match register {
            Register::Ticket => ("tickets", "due_at", "in_progress", "closed"),
            Register::Task => ("tasks", "due_at", "open", "done"),
            Register::InvoicePayment => ("documents", "payment_due_at", "open", "closed"),
            Register::Offer | Register::InvoiceFollowUp => ("documents", "follow_up_at", "open", "closed"),
        };
        let set = |what: String| format!("UPDATE {table} SET {what} WHERE id = {};\n", it.id);
        match what {
            Happens::Move(to) => {
                let to = to.unwrap_or(it.before);
                let sql = set(format!("{date} = {}", instant(to)));
                if to != it.due {
                    it.before = it.due;
                    it.due = to;
                    it.counter += 1;
                }
                sql
            }
            Happens::Close if it.is_closed => {
                let sql = set(format!("status = '{open}'"));
                it.is_closed = false;
                if register == Register::Ticket {
                    // reopened without a new date it is due at the reopening
                    it.due = at;
                    it.counter += 1;
                }
                sql
            }
            Happens::Close => {
                let sql = set(format!("status = '{closed}'"));
                it.is_closed = true;
                if it.is_waiting {
                    it.is_waiting = false;
                    it.pauses.last_mut().unwrap().1 = Some(at);
                }
                sql
            }
            Happens::Wait if it.is_closed || register != Register::Ticket => String::new(),
            Happens::Wait if it.is_waiting => {
                let sql = set(format!("status = '{open}'"));
                it.is_waiting = false;
                it.pauses.last_mut().unwrap().1 = Some(at);
                sql
            }
            Happens::Wait => {
                let sql = set("status = 'waiting'".to_owned());
                it.is_waiting = true;
                it.pauses.push((at, None));
                sql
            }
            Happens::Contract if register == Register::Ticket => {
                it.is_always = !it.is_always;
                it.counter += 1;
                set(format!("contract_id = {}", if it.is_always { "1" } else { "NULL" }))
            }
            Happens::Contract => String::new(),
            Happens::Amount(amount) if register.has_amount() => {
                let sql = set(format!("net_amount = {amount}, open_amount = {amount}"));
                it.amount = Some(amount);
                sql
            }
            Happens::Amount(_) => String::new(),
            Happens::Hand(to) => {
                let sql = set(format!("handler_id = {to}"));
                it.handler = to;
                sql
            }
            Happens::Acknowledge(until) => self.silence(at, item, Some(version), until),
            Happens::Mute(until) => self.silence(at, item, None, until),
            Happens::Unmute => {
                for silence in self.silences.iter_mut().filter(|silence| silence.item == item) {
                    silence.lifted = silence.lifted.or(Some(at));
                }
                let (key, id) = (register.key(), self.items[item].id);
                format!(
                    "UPDATE escalation_silences SET lifted_at = {}
                     WHERE type = '{key}' AND item_id = '{id}' AND lifted_at IS NULL;\n",
                    instant(at)
                )
            }
        }
    }

    fn silence(&mut self, at: Minute, item: usize, version: Option<i64>, until: Minute) -> String {
        if until <= at {
            return String::new();
        }
        self.silences.push(Silence { item, version, since: at, until, lifted: None });
        let it = &self.items[item];
        let key = self.types[it.of].register.key();
        let kind = if version.is_some() { "acknowledged" } else { "muted" };
        let version = version.map_or("NULL".to_owned(), |version| version.to_string());
        format!(
            "INSERT INTO escalation_silences (kind, type, item_id, due_version, reference, since, until)
             VALUES ('{kind}', '{key}', '{id}', {version}, 'N-{id}', {}, {});\n",
            instant(at),
            instant(until),
            id = it.id
        )
    }
}
