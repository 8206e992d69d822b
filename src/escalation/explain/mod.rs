//! Why an item has (or has not) been escalated: the time since due piece by piece, every threshold, everything that was
//! said about it and to it, and every obstacle that stands before the next step.
//!
//! Reads the facts that a run reads and asks the same pure decisions ([`timing`](super::timing), [`gate`](super::gate)). What is told of them is pure
//! as well: [`intervals`] cuts the time, [`thresholds`] finds where each stage falls, [`verdict`] names the [`obstacles`];
//! [`text`](Explanation::text), [`picture`] and [`json`](crate::output::Output::json) only write down what stands in the
//! [`Explanation`].

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use diesel::PgConnection;

pub mod folding;
pub mod intervals;
mod json;
pub mod obstacles;
mod open;
pub mod picture;
pub mod said;
mod text;
pub mod thresholds;
pub mod verdict;
mod waiting;

#[cfg(test)]
mod tests;

pub use text::Telling;

use self::intervals::Interval;
use self::obstacles::Obstacle;
use self::open::explain_open;
use self::picture::Scene;
use self::said::Said;
use self::thresholds::Threshold;
use super::find::{self, Known};
use super::recipients::Recipient;
use super::rules::Clock;
use super::silences::{self, Silence};
use super::step::Step;
use super::types::is_moved_by_hand;
use crate::calendar::{TimeOfDay, local_day};
use crate::error::{Kind, Result};
use crate::settings::Settings;

/// Everything about one item.
#[derive(Debug)]
pub struct Explanation {
    /// What it is.
    pub subject: Subject,
    /// When it is due and how its time is counted; none for an item that is not open any more.
    pub due: Option<Due>,
    /// The time from due to now, piece by piece; empty before due.
    pub pieces: Vec<Interval>,
    /// The thresholds of its type, as they fall for it.
    pub thresholds: Vec<Threshold>,
    /// Everything that was said about it, oldest first.
    pub said: Vec<Said>,
    /// Its due dates other than the present one, oldest first.
    pub versions: Vec<Version>,
    /// Everything that was said to it, oldest first.
    pub silences: Vec<Silence>,
    /// The collections that it leaves with; none for an item that is not open any more.
    pub collections: Option<Collections>,
    /// The step to come.
    pub next: Option<NextStep>,
    /// What stands in its way now.
    pub obstacles: Vec<Obstacle>,
    /// What somebody should put right, each a sentence.
    pub troubles: BTreeSet<String>,
    /// `max_mails_per_run` and `max_mails_per_recipient`: only a run knows whether they hold anything back.
    pub caps: (u32, u32),
    /// For a terminal.
    pub scene: Option<Scene>,
    /// The instant of the question.
    pub now: DateTime<Utc>,
    /// For instants.
    pub zone: Tz,
}

/// What is explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Escalation type.
    pub type_key: String,
    /// What the office calls the type.
    pub label: String,
    /// Key in the view.
    pub item_id: String,
    /// Number.
    pub reference: String,
    /// Title; the last one known of an item that is gone.
    pub title: Option<String>,
    /// Customer, prospect or supplier.
    pub partner: Option<String>,
    /// Whether its view has it.
    pub is_open: bool,
    /// Whether a midnight it is due at means the day that ends there.
    pub is_promise: bool,
}

/// When an item is due, and how its time is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Due, offset included.
    pub at: DateTime<Utc>,
    /// The type's `offset_days`, as they are in it.
    pub offset_days: i32,
    /// Version of the due date.
    pub version: i64,
    /// Working hours, or all.
    pub clock: Clock,
    /// The calendar, by name.
    pub calendar: String,
    /// Whether the item names that calendar itself, so that the type's window does not apply.
    pub is_own_calendar: bool,
    /// The windows of Monday to Sunday, `08:00–18:00`; holidays apart.
    pub windows: Vec<(String, String)>,
    /// Whether the steps leave in any run inside the window.
    pub at_once: bool,
    /// Found by a run, and nothing said yet.
    pub is_held: bool,
}

/// A due date that the item had under which something was found or said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Version of the due date.
    pub version: i64,
    /// Due, offset included; none where nothing was said and the version is a counter.
    pub due_at: Option<DateTime<Utc>>,
    /// The last step under it.
    pub last: Step,
}

/// When the type collects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collections {
    /// `collect_at`.
    pub times: Vec<TimeOfDay>,
    /// Whether one waits to be taken now.
    pub is_open: bool,
    /// The run that took the last one.
    pub taken_at: Option<DateTime<Utc>>,
    /// When the next one opens.
    pub next_at: Option<DateTime<Utc>>,
    /// The collection that each of [`Explanation::said`] left with, by the rules of today.
    pub of_said: Vec<Option<DateTime<Utc>>>,
}

/// The step to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextStep {
    /// Several where stages have the same threshold; the highest decides.
    pub steps: Vec<Step>,
    /// When its hours are over.
    pub reached_at: DateTime<Utc>,
    /// When it leaves, if nothing changes; none where nobody can say.
    pub leaves_at: Option<DateTime<Utc>>,
    /// To whom, as of today.
    pub recipients: Vec<Recipient>,
    /// Names of those who are replaced, by key.
    pub replaced: Vec<(i64, String)>,
}

/// Explains the item that is meant by `name` at `now`.
///
/// Errors: `NotFound` if neither a view nor history knows it, `Usage` with the candidates if several types do.
pub fn explain(
    connection: &mut PgConnection,
    settings: &Settings,
    name: &str,
    now: DateTime<Utc>,
) -> Result<Explanation> {
    let not_open = match find::open(connection, settings, name) {
        Ok((rules, item)) => return explain_open(connection, settings, rules, item, false, now),
        Err(error) if error.kind() == Kind::NotFound => error,
        Err(error) => return Err(error),
    };
    if let Some((rules, item)) = waiting::find(connection, settings, name)? {
        return explain_open(connection, settings, rules, item, true, now);
    }
    match find::known(connection, settings, name) {
        Ok(known) => explain_gone(connection, settings, known, now),
        Err(error) if error.kind() == Kind::NotFound => Err(not_open),
        Err(error) => Err(error),
    }
}

/// What is left of an item that is not open any more: history.
fn explain_gone(
    connection: &mut PgConnection,
    settings: &Settings,
    known: Known,
    now: DateTime<Utc>,
) -> Result<Explanation> {
    let rules = settings.escalation.rules(&known.type_key);
    let said = said::steps_of(connection, &known.type_key, &known.item_ids)?;
    let chains = said::chains_of(connection, &known.type_key, &known.item_ids)?;
    let mut silences = Vec::new();
    for item_id in &known.item_ids {
        silences.extend(silences::history(connection, &known.type_key, item_id)?);
    }
    silences.sort_by_key(|silence| silence.since);
    let subject = Subject {
        label: rules.map_or_else(|| known.type_key.clone(), |rules| rules.label.clone()),
        type_key: known.type_key,
        item_id: known.item_ids.join(", "),
        reference: known.reference,
        title: said.last().map(|said| said.title.clone()).filter(|title| !title.is_empty()),
        partner: None,
        is_open: false,
        is_promise: rules.is_some_and(|rules| rules.is_promise),
    };
    let is_type_off = rules.is_some_and(|rules| !rules.active);
    let obstacles = std::iter::once(Obstacle::NotOpen).chain(is_type_off.then_some(Obstacle::TypeInactive));
    Ok(Explanation {
        versions: open::versions(&said, &chains, None, |_| None),
        due: None,
        pieces: Vec::new(),
        thresholds: Vec::new(),
        said,
        silences,
        collections: None,
        next: None,
        obstacles: obstacles.collect(),
        troubles: BTreeSet::new(),
        caps: open::caps(settings),
        scene: None,
        now,
        zone: settings.zone,
        subject,
    })
}

impl Explanation {
    /// How often people moved it to another date; what comes round by itself was not moved.
    fn times_moved(&self) -> usize {
        if is_moved_by_hand(&self.subject.type_key) { self.versions.len() } else { 0 }
    }

    /// The collection that a step left with.
    fn collection_of(&self, index: usize) -> Option<DateTime<Utc>> {
        self.collections.as_ref().and_then(|collections| collections.of_said.get(index).copied().flatten())
    }

    /// The local day of a piece.
    fn day_of(&self, piece: &Interval) -> NaiveDate {
        local_day(piece.from, self.zone)
    }
}
