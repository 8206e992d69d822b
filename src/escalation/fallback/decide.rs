//! What becomes of each refused reminder: whether anybody has to hear of it instead, and who.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::{Chain, LOOKED_BACK, Row};
use crate::error::{Error, Kind, Result};
use crate::escalation::clocks::{Clocks, ReadyClocks};
use crate::escalation::collections::{self, Marks};
use crate::escalation::gate::Gate;
use crate::escalation::items::{self, Item};
use crate::escalation::people::{People, Person};
use crate::escalation::plan::Planned;
use crate::escalation::recipients::{self, Policy, Recipient, Refused, Resolved, mailbox};
use crate::escalation::rules::{Clock, TypeRules};
use crate::escalation::settings::Deputies;
use crate::escalation::silences::{self, Silences};
use crate::escalation::step::Step;
use crate::escalation::timing::{Count, Next};
use crate::escalation::ways::address_on;
use crate::outbox::MAIL;
use crate::outbox::channels::Channels;
use crate::settings::Settings;
use crate::template::{clip, one_line};

/// So much of what a server said is enough to know why.
const LONGEST_REPLY: usize = 120;

/// So many are named in one line.
const NAMED: usize = 5;

/// What becomes of the refused reminders.
#[derive(Default)]
pub(super) struct Found<'a> {
    /// They are told to others.
    pub retold: Vec<Retold<'a>>,
    /// The item needs nobody any more.
    pub closed: Vec<Row>,
    /// There is nobody else.
    pub nobody: Vec<Row>,
    /// Whoever it was for has it another way.
    pub reached: Vec<Row>,
    /// It is too long ago.
    pub late: Vec<Row>,
    /// What somebody should put right, whatever becomes of the others.
    pub troubles: BTreeSet<String>,
}

/// An item that is told to others.
pub(super) struct Retold<'a> {
    /// To whom.
    pub step: Planned<'a>,
    /// What was refused.
    pub rows: Vec<Row>,
    /// Who cannot be reached, and who gets it: true once the mails are written.
    pub troubles: BTreeSet<String>,
}

/// What decisions depend on beside the items.
pub(super) struct Office<'a, 'r> {
    settings: &'a Settings,
    people: &'r People,
    /// Everybody by mailbox, those who work here first.
    by_mailbox: BTreeMap<String, Vec<&'r Person>>,
    company_heads: Vec<i64>,
    marks: Marks,
    silences: Silences,
    now: DateTime<Utc>,
}

impl<'a, 'r> Office<'a, 'r> {
    pub fn open(
        connection: &mut PgConnection,
        settings: &'a Settings,
        people: &'r People,
        now: DateTime<Utc>,
    ) -> Result<Office<'a, 'r>> {
        let numbers = settings.escalation.company_heads.iter();
        let head = |number: &i64| people.persons.values().find(|person| person.number == *number).map(|head| head.id);
        let mut by_mailbox: BTreeMap<String, Vec<&Person>> = BTreeMap::new();
        let (active, gone): (Vec<&Person>, Vec<&Person>) = people.persons.values().partition(|person| person.active);
        for person in active.into_iter().chain(gone) {
            for mailbox in mailboxes_of(person, &settings.mail.channels) {
                by_mailbox.entry(mailbox).or_default().push(person);
            }
        }
        Ok(Office {
            settings,
            people,
            by_mailbox,
            company_heads: numbers.filter_map(head).collect(),
            marks: collections::marks(connection)?,
            silences: silences::active(connection, now)?,
            now,
        })
    }

    /// Sorts the chains of one type. What is shut now, or silent, is looked at again by the next run.
    pub fn look(
        &self,
        connection: &mut PgConnection,
        rules: &'a TypeRules,
        chains: BTreeMap<Chain, Vec<Row>>,
        found: &mut Found<'a>,
    ) -> Result<()> {
        let ids: Vec<&str> = chains.keys().map(|(_, item, _)| item.as_str()).collect();
        let Some(view) = items::views(connection, &[rules])?.pop() else { return Ok(()) };
        let open = match items::ask(connection, rules, &view, |connection| items::find_by_ids(connection, &view, &ids))?
        {
            Ok(items) => items,
            Err(unread) if unread.spoils_commit => {
                return Err(Error::new(Kind::Temporary, "a view broke the run").caused_by(unread));
            }
            // the run has told it
            Err(_) => return Ok(()),
        };
        let mut open: BTreeMap<Chain, Item> =
            open.into_iter().map(|item| ((rules.key.clone(), item.id.clone(), item.due_version), item)).collect();
        let mut clocks = Clocks::new(&mut ReadyClocks::default(), self.settings, rules, &self.marks, self.now)?;
        let mut late = BTreeSet::new();
        for (chain, rows) in chains {
            let Some(item) = open.remove(&chain) else {
                found.closed.extend(rows);
                continue;
            };
            let is_shut = clocks.of(item.calendar.as_deref()).gate == Gate::Closed;
            if is_shut || self.silences.of(&rules.key, &item.id, item.due_version).is_some() {
                continue;
            }
            let (reached, rows): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| self.is_reached(row));
            let otherwise = |row: &Row| format!("{} and is reached otherwise", self.unreachable(row));
            found.troubles.extend(reached.iter().map(otherwise));
            found.reached.extend(reached);
            let (old, rows): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.is_late);
            late.extend(old.iter().map(|row| row.reference.clone()));
            found.late.extend(old);
            if !rows.is_empty() {
                self.decide(rules, &mut clocks, item, rows, found);
            }
        }
        if !late.is_empty() {
            let (key, days) = (&rules.key, LOOKED_BACK.num_days());
            let items = listed(&late.into_iter().collect::<Vec<_>>());
            found
                .troubles
                .insert(format!("{key}: refused more than {days} days ago, and nobody else was written to: {items}"));
        }
        Ok(())
    }

    /// Who gets it instead.
    fn decide(&self, rules: &'a TypeRules, clocks: &mut Clocks<'_>, item: Item, rows: Vec<Row>, found: &mut Found<'a>) {
        let told: BTreeSet<String> = rows.iter().flat_map(|row| &row.told).map(|place| mailbox_of(place)).collect();
        let policy = Policy {
            first_stage: rules.first_stage(),
            fallback: rules.fallback.tokens(),
            company_heads: &self.company_heads,
            deputy_instead: self.settings.escalation.deputies == Deputies::Instead,
            channels: Some(&self.settings.mail.channels),
        };
        let mut others: Vec<Recipient> = Vec::new();
        let mut refused: BTreeSet<String> = BTreeSet::new();
        let mut troubles: BTreeSet<String> = BTreeSet::new();
        let mut seen = BTreeSet::new();
        for row in rows.iter().filter(|row| seen.insert(row.mailbox())) {
            let person = self.persons_at(row).first();
            refused.insert(format!("{}: {}", person.map_or(&row.address, |person| &person.name), row.said()));
            let whom =
                Refused { person: person.map(|person| person.id), is_on_channel: row.channel != MAIL, told: &told };
            let resolved = recipients::instead_of(&whom, &item.roles, self.people, &policy);
            let Resolved { recipients, troubles: on_the_way } = resolved;
            troubles.extend(on_the_way);
            let cannot = self.unreachable(row);
            troubles.insert(match recipients.as_slice() {
                [] => format!("{}:{}: {cannot}: there is nobody else to write to", rules.key, row.reference),
                [other] if other.employee.is_some() && other.employee == whom.person => {
                    format!("{cannot}: a mail goes instead")
                }
                others => format!("{cannot}: {}", self.get_it(others)),
            });
            others.extend(recipients);
        }
        let mut mailboxes = BTreeSet::new();
        others.retain(|other| mailboxes.insert(other.mailbox()));
        if others.is_empty() {
            found.troubles.extend(troubles);
            return found.nobody.extend(rows);
        }
        let mut codes: Vec<i32> = rows.iter().map(|row| row.step).collect();
        codes.sort_unstable();
        codes.dedup();
        let steps: Vec<Step> = codes.into_iter().map(Step::from_code).collect();
        let facts = item.facts(rules.offset_days, rules.is_promise, self.settings.zone);
        let due_at = facts.due_at;
        let (_, timeline) = clocks.of(item.calendar.as_deref()).covering(facts.earliest(), self.now);
        let working_seconds = Count::new(Clock::Working, timeline, facts.pauses).seconds(due_at, self.now);
        // as it was when the step was taken: its own chain is not what came before it
        let item = Item { last: None, ..item };
        let step = Planned {
            rules,
            due_at,
            is_promise: rules.is_promise,
            next: Next { steps, reached_at: self.now },
            recipients: others,
            overdue_seconds: (self.now - due_at).num_seconds(),
            working_seconds,
            collection: String::new(),
            refused: Some(refused.into_iter().collect::<Vec<_>>().join("; ")),
            item,
        };
        found.retold.push(Retold { step, rows, troubles });
    }

    /// Whether somebody it was for has it another way, or still may: one wrong number is no reason to trouble others.
    fn is_reached(&self, row: &Row) -> bool {
        let reached: BTreeSet<String> = row.reached.iter().map(|place| mailbox_of(place)).collect();
        let channels = &self.settings.mail.channels;
        let mut mailboxes = self.persons_at(row).iter().flat_map(|person| mailboxes_of(person, channels));
        mailboxes.any(|mailbox| reached.contains(&mailbox))
    }

    /// Whose address that is.
    fn persons_at(&self, row: &Row) -> &[&'r Person] {
        self.by_mailbox.get(&row.mailbox()).map_or(&[], Vec::as_slice)
    }

    /// "employee 12 cannot be reached by sms (“422 no such number”)"
    fn unreachable(&self, row: &Row) -> String {
        let person = self.persons_at(row).first();
        let who = person.map_or_else(|| row.address.clone(), |person| format!("employee {}", person.number));
        format!("{who} cannot be reached by {} (“{}”)", row.channel, row.said())
    }

    /// "employees 12, 14 get it"
    fn get_it(&self, others: &[Recipient]) -> String {
        let person = |other: &Recipient| other.employee.and_then(|id| self.people.persons.get(&id));
        let numbers: Vec<String> = others.iter().filter_map(person).map(|person| person.number.to_string()).collect();
        let places = others.iter().filter(|other| person(other).is_none()).map(|other| other.shown_name().into_owned());
        let employees = match numbers.len() {
            0 => None,
            1 => Some(format!("employee {}", numbers[0])),
            _ => Some(format!("employees {}", listed(&numbers))),
        };
        let all: Vec<String> = employees.into_iter().chain(places).collect();
        format!("{} {} it", listed(&all), if others.len() == 1 { "gets" } else { "get" })
    }
}

/// Everywhere somebody is reached.
fn mailboxes_of(person: &Person, channels: &Channels) -> impl Iterator<Item = String> {
    let on_channels = channels.iter().filter_map(|settings| {
        let address = address_on(&settings.channel, person)?;
        Some(mailbox(Some(&settings.channel.name), &address))
    });
    person.address.iter().map(|address| mailbox(None, address)).chain(on_channels)
}

impl Row {
    fn mailbox(&self) -> String {
        mailbox(Some(self.channel.as_str()).filter(|channel| *channel != MAIL), &self.address)
    }

    /// What the other side said, as far as it fits.
    fn said(&self) -> String {
        clip(&one_line(&self.reply), LONGEST_REPLY)
    }
}

/// The mailbox of what the database calls channel, line break, address.
fn mailbox_of(place: &str) -> String {
    let (channel, address) = place.split_once('\n').unwrap_or((MAIL, place));
    mailbox(Some(channel).filter(|channel| *channel != MAIL), address)
}

/// The first of them, and how many more there are.
fn listed(all: &[String]) -> String {
    let named = all.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
