//! A reminder that was refused for good goes to somebody else, with the next run in the window of its type: once, and the
//! run names who cannot be reached.
//!
//! [`escalation_fallbacks`](crate::db::schema::escalation_fallbacks) holds what was seen to; its key is what makes it happen
//! once, whatever two runs found. A fall-back that is refused too has a row of its own, and the run after that looks for the
//! next one: whoever was written to before is never asked again, so that this ends.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Text, Timestamptz};

use super::caps::Caps;
use super::clocks::{Clocks, ReadyClocks};
use super::collections::{self, Marks};
use super::gate::Gate;
use super::items::{self, Item};
use super::mailing::{self, Halt, Mailed, Material};
use super::messages::Workshop;
use super::people::{People, Person};
use super::plan::Planned;
use super::recipients::{self, Policy, Recipient, Refused, Resolved};
use super::rules::{Clock, TypeRules};
use super::settings::Deputies;
use super::silences::{self, Silences};
use super::step::Step;
use super::store::{StepKey, Threads};
use super::timing::{Count, Next};
use crate::error::{Error, Kind, Result};
use crate::outbox::settings::MailMode;
use crate::outbox::{MAIL, NewMessage};
use crate::settings::Settings;
use crate::template::{clip, one_line};

/// What was refused longer ago helps nobody any more.
const LOOKED_BACK: TimeDelta = TimeDelta::days(14);

/// So much of what a server said is enough to know why.
const LONGEST_REPLY: usize = 120;

/// What was sent to others.
#[derive(Debug, Default)]
pub struct Sent<'a> {
    /// The steps that were told once more.
    pub steps: Vec<Planned<'a>>,
    /// How many mails.
    pub mails: usize,
    /// The mails, if somebody wants to keep them.
    pub messages: Vec<NewMessage>,
    /// Indexes of steps that share a mail with others.
    pub bundled: BTreeSet<usize>,
    /// Steps that are over the caps and wait for the next run.
    pub over_caps: usize,
    /// Who cannot be reached, and what kept others from being written to.
    pub troubles: BTreeSet<String>,
}

/// What is the same for the whole run.
#[derive(Clone, Copy)]
pub struct Run<'r, 'w> {
    /// Settings, templates, keys, the instant.
    pub workshop: &'r Workshop<'w>,
    /// Everybody.
    pub people: &'r People,
    /// Types that cannot be read in this run.
    pub unread: &'r BTreeMap<String, String>,
    /// Mails that the run has queued before.
    pub mails: usize,
    /// Whether the mails are handed back too.
    pub keep: bool,
    /// Asked between two batches: an error ends it.
    pub check: &'r (dyn Fn() -> Result<()> + Sync),
}

/// One refused reminder, for one step.
#[derive(Clone, Debug, QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    step_id: i64,
    #[diesel(sql_type = Text)]
    type_key: String,
    #[diesel(sql_type = Text)]
    item_id: String,
    #[diesel(sql_type = BigInt)]
    due_version: i64,
    #[diesel(sql_type = Integer)]
    step: i32,
    #[diesel(sql_type = Text)]
    reference: String,
    #[diesel(sql_type = BigInt)]
    recipient_id: i64,
    #[diesel(sql_type = Text)]
    channel: String,
    #[diesel(sql_type = Text)]
    address: String,
    #[diesel(sql_type = Text)]
    reply: String,
    #[diesel(sql_type = Array<Text>)]
    told: Vec<String>,
}

/// The refused reminders of one item under one due date.
type Chain = (String, String, i64);

/// Writes to others what was refused, in the caller's transaction. Nothing while mails reach nobody anyway.
///
/// Errors: one caused by [`items::Unread`] where a type must be left out, in another transaction.
pub fn write<'a>(connection: &mut PgConnection, settings: &'a Settings, run: Run<'_, '_>) -> Result<Sent<'a>> {
    let now = run.workshop.now;
    let mut sent = Sent::default();
    if settings.mail.mode != MailMode::Live {
        return Ok(sent);
    }
    let rows: Vec<Row> =
        diesel::sql_query(include_str!("fallback.sql")).bind::<Timestamptz, _>(now - LOOKED_BACK).load(connection)?;
    if rows.is_empty() {
        return Ok(sent);
    }
    let mut types: BTreeMap<String, BTreeMap<Chain, Vec<Row>>> = BTreeMap::new();
    for row in rows {
        let chain = (row.type_key.clone(), row.item_id.clone(), row.due_version);
        types.entry(row.type_key.clone()).or_default().entry(chain).or_default().push(row);
    }
    let office = Office {
        settings,
        people: run.people,
        company_heads: company_heads(settings, run.people),
        marks: collections::marks(connection)?,
        silences: silences::active(connection, now)?,
        now,
    };
    let mut found = Found::default();
    for (key, chains) in types {
        match settings.escalation.rules(&key).filter(|rules| rules.active) {
            Some(_) if run.unread.contains_key(&key) => {}
            Some(rules) => office.look(connection, rules, chains, &mut found)?,
            None => found.closed.extend(chains.into_values().flatten()),
        }
    }
    note(connection, &found.closed, "closed", now)?;
    note(connection, &found.nobody, "nobody", now)?;
    sent.troubles = found.troubles;
    let planned = within_caps(settings, run.mails, found.planned, &mut sent.over_caps);
    if planned.is_empty() {
        return Ok(sent);
    }
    let (steps, rows): (Vec<Planned<'a>>, Vec<Vec<Row>>) = planned.into_iter().unzip();
    let by_chain: BTreeMap<Chain, &Vec<Row>> = steps.iter().map(Planned::chain).zip(&rows).collect();
    let take = |connection: &mut PgConnection, steps: &[&Planned<'_>], _: &[&Planned<'_>]| {
        let rows_of = |step: &Planned<'_>| by_chain.get(&step.chain()).map_or(&[][..], |rows| rows.as_slice());
        let wanted: Vec<Row> = steps.iter().flat_map(|step| rows_of(step)).cloned().collect();
        let ours = note(connection, &wanted, "sent", now)?;
        let is_ours = |row: &Row| ours.contains(&(row.step_id, row.recipient_id));
        let lost = |place: &usize| !rows_of(steps[*place]).iter().all(is_ours);
        let lost: Vec<usize> = (0..steps.len()).filter(lost).collect();
        if !lost.is_empty() {
            return Err(Halt::Lost(lost));
        }
        add_recipients(connection, steps, rows_of)?;
        Ok(wanted.iter().map(|row| (key_of(row), row.step_id)).collect())
    };
    let threads = Threads::new();
    let (workshop, people, keep, check) = (run.workshop, run.people, run.keep, run.check);
    let material = Material { workshop, steps: &steps, people, threads: &threads, keep, check };
    let Mailed { mails, messages, bundled, failed, lost } = mailing::write(connection, material, &take)?;
    sent.troubles.extend(failed.values().cloned());
    let out: BTreeSet<usize> = failed.keys().chain(&lost).copied().collect();
    sent.bundled = bundled.iter().map(|index| index - out.range(..index).count()).collect();
    (sent.mails, sent.messages) = (mails, messages);
    let is_written = |(index, step)| (!out.contains(&index)).then_some(step);
    sent.steps = steps.into_iter().enumerate().filter_map(is_written).collect();
    Ok(sent)
}

fn key_of(row: &Row) -> StepKey {
    StepKey {
        type_key: row.type_key.clone(),
        item_id: row.item_id.clone(),
        due_version: row.due_version,
        step: row.step,
    }
}

fn company_heads(settings: &Settings, people: &People) -> Vec<i64> {
    let numbers = settings.escalation.company_heads.iter();
    let head = |number: &i64| people.persons.values().find(|person| person.number == *number).map(|head| head.id);
    numbers.filter_map(head).collect()
}

/// What becomes of the refused reminders.
#[derive(Default)]
struct Found<'a> {
    /// They are told to others.
    planned: Vec<(Planned<'a>, Vec<Row>)>,
    /// The item needs nobody any more.
    closed: Vec<Row>,
    /// There is nobody else.
    nobody: Vec<Row>,
    troubles: BTreeSet<String>,
}

/// What decisions depend on beside the items.
struct Office<'a, 'r> {
    settings: &'a Settings,
    people: &'r People,
    company_heads: Vec<i64>,
    marks: Marks,
    silences: Silences,
    now: DateTime<Utc>,
}

impl<'a> Office<'a, '_> {
    /// Sorts the chains of one type. What is shut now, or silent, is looked at again by the next run.
    fn look(
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
        for (chain, rows) in chains {
            let Some(item) = open.remove(&chain) else {
                found.closed.extend(rows);
                continue;
            };
            let is_shut = clocks.of(item.calendar.as_deref()).gate == Gate::Closed;
            if !is_shut && self.silences.of(&rules.key, &item.id, item.due_version).is_none() {
                self.decide(rules, &mut clocks, item, rows, found);
            }
        }
        Ok(())
    }

    /// Who gets it instead.
    fn decide(&self, rules: &'a TypeRules, clocks: &mut Clocks<'_>, item: Item, rows: Vec<Row>, found: &mut Found<'a>) {
        let mut told: BTreeSet<String> = rows.iter().flat_map(|row| row.told.iter().cloned()).collect();
        told.extend(rows.iter().map(|row| row.address.to_lowercase()));
        let policy = Policy {
            first_stage: rules.first_stage(),
            fallback: rules.fallback.tokens(),
            company_heads: &self.company_heads,
            deputy_instead: self.settings.escalation.deputies == Deputies::Instead,
        };
        let mut others: Vec<Recipient> = Vec::new();
        let mut refused: BTreeSet<String> = BTreeSet::new();
        let mut seen = BTreeSet::new();
        for row in rows.iter().filter(|row| seen.insert((&row.channel, row.address.to_lowercase()))) {
            let person = self.person_at(&row.channel, &row.address);
            let reply = clip(&one_line(&row.reply), LONGEST_REPLY);
            refused.insert(format!("{}: {reply}", person.map_or(&row.address, |person| &person.name)));
            let is_on_channel = row.channel != MAIL;
            let whom = Refused { person: person.map(|person| person.id), is_on_channel, told: &told };
            let Resolved { recipients, troubles } = recipients::instead_of(&whom, &item.roles, self.people, &policy);
            found.troubles.extend(troubles);
            let got_it = match recipients.as_slice() {
                [] => "there is nobody else to write to",
                [other] if other.employee.is_some() && other.employee == whom.person => "a mail goes instead",
                _ => "the fallback gets it",
            };
            let who = person.map_or_else(|| row.address.clone(), |person| format!("employee {}", person.number));
            found.troubles.insert(match recipients.is_empty() {
                true => format!("{}:{}: {who} cannot be reached (“{reply}”): {got_it}", rules.key, row.reference),
                false => format!("{who} cannot be reached (“{reply}”): {got_it}"),
            });
            others.extend(recipients);
        }
        let mut addresses = BTreeSet::new();
        others.retain(|other| addresses.insert(other.address.to_lowercase()));
        if others.is_empty() {
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
        let planned = Planned {
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
        found.planned.push((planned, rows));
    }

    fn person_at(&self, channel: &str, address: &str) -> Option<&Person> {
        let channel = self.settings.mail.channels.find(channel).map(|settings| &settings.channel);
        let has_it = |person: &&Person| match channel {
            Some(channel) => recipients::address_on(channel, person).as_deref() == Some(address),
            None => person.address.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(address)),
        };
        self.people.persons.values().find(has_it)
    }
}

/// What the caps leave beside what the run has queued before; the rest waits for the next one.
fn within_caps<'a>(
    settings: &Settings,
    queued: usize,
    planned: Vec<(Planned<'a>, Vec<Row>)>,
    over_caps: &mut usize,
) -> Vec<(Planned<'a>, Vec<Row>)> {
    let most = settings.escalation.max_mails_per_run;
    let left = most.saturating_sub(u32::try_from(queued).unwrap_or(u32::MAX));
    let caps = Caps { per_run: left, per_recipient: settings.escalation.max_mails_per_recipient };
    let steps: Vec<Planned<'a>> = planned.iter().map(|(step, _)| step.clone()).collect();
    let is_full = most > 0 && left == 0;
    let over = if is_full { (0..steps.len()).collect() } else { caps.over(&steps) };
    *over_caps = over.len();
    let is_in = |(index, it)| (!over.contains(&index)).then_some(it);
    planned.into_iter().enumerate().filter_map(is_in).collect()
}

/// Notes what was seen to; answers with what nobody had noted before.
fn note(
    connection: &mut PgConnection,
    rows: &[Row],
    outcome: &str,
    now: DateTime<Utc>,
) -> Result<BTreeSet<(i64, i64)>> {
    #[derive(QueryableByName)]
    struct Ours {
        #[diesel(sql_type = BigInt)]
        step_id: i64,
        #[diesel(sql_type = BigInt)]
        recipient_id: i64,
    }
    if rows.is_empty() {
        return Ok(BTreeSet::new());
    }
    let ours: Vec<Ours> = diesel::sql_query(
        "INSERT INTO wvl.escalation_fallbacks (step_id, recipient_id, outcome, at)
         SELECT step_id, recipient_id, $3, $4 FROM unnest($1, $2) AS seen (step_id, recipient_id)
         ORDER BY step_id, recipient_id
         ON CONFLICT ON CONSTRAINT escalation_fallbacks_pkey DO NOTHING
         RETURNING step_id, recipient_id",
    )
    .bind::<Array<BigInt>, _>(rows.iter().map(|row| row.step_id).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(rows.iter().map(|row| row.recipient_id).collect::<Vec<_>>())
    .bind::<Text, _>(outcome)
    .bind::<Timestamptz, _>(now)
    .load(connection)?;
    Ok(ours.into_iter().map(|row| (row.step_id, row.recipient_id)).collect())
}

/// History tells who was written to in the end.
fn add_recipients<'r>(
    connection: &mut PgConnection,
    steps: &[&Planned<'_>],
    rows_of: impl Fn(&Planned<'_>) -> &'r [Row],
) -> Result<()> {
    let mut added: BTreeMap<i64, String> = BTreeMap::new();
    for step in steps {
        for row in rows_of(step) {
            added.insert(row.step_id, step.written_to());
        }
    }
    diesel::sql_query(
        "UPDATE wvl.escalation_steps s SET recipients = s.recipients || string_to_array(added.recipients, E'\\n')
         FROM unnest($1, $2) AS added (id, recipients) WHERE s.id = added.id",
    )
    .bind::<Array<BigInt>, _>(added.keys().copied().collect::<Vec<_>>())
    .bind::<Array<Text>, _>(added.values().map(String::as_str).collect::<Vec<_>>())
    .execute(connection)?;
    Ok(())
}
