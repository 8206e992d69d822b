//! What people said to an item's reminders: seen (one due date, lapses), or quiet until a day.
//!
//! Rows are added and taken back, never rewritten: an acknowledgement said again is one more row, and of several that
//! hold the longest counts. The clock of the item runs on under each of them.

use std::collections::HashMap;

use chrono::{DateTime, Days, Timelike, Utc};
use diesel::prelude::*;

use super::clocks::{Clocks, ReadyClocks};
use super::collections::Marks;
use super::items::Item;
use super::rules::TypeRules;
use crate::calendar::{Calendar, TimeOfDay, at_local, local_day, working_day_add};
use crate::db::rights::{Verb, require};
use crate::db::schema::escalation_silences;
use crate::error::Result;
use crate::settings::Settings;

/// Why an item is quiet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SilenceKind {
    /// Somebody has seen it: holds for one due date and lapses by itself.
    Acknowledged,
    /// Quiet until a day that was named, whatever becomes of the due date.
    Muted,
}

impl SilenceKind {
    /// The word in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            SilenceKind::Acknowledged => "acknowledged",
            SilenceKind::Muted => "muted",
        }
    }

    /// What the office reads.
    pub fn german(self) -> &'static str {
        match self {
            SilenceKind::Acknowledged => "quittiert",
            SilenceKind::Muted => "stummgeschaltet",
        }
    }

    fn from_word(word: &str) -> SilenceKind {
        if word == "muted" { SilenceKind::Muted } else { SilenceKind::Acknowledged }
    }
}

/// One acknowledgement or mute. It holds from `since` (inclusive) to `until` (exclusive) unless lifted before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Seen, or quiet.
    pub kind: SilenceKind,
    /// The due date that was acknowledged; none for a mute.
    pub due_version: Option<i64>,
    /// When it was said.
    pub since: DateTime<Utc>,
    /// From here on the item speaks again.
    pub until: DateTime<Utc>,
    /// When somebody took it back.
    pub lifted_at: Option<DateTime<Utc>>,
    /// Why.
    pub note: Option<String>,
    /// The database role that said it.
    pub by: String,
}

impl Silence {
    /// Whether it holds at this instant for an item under this due date.
    pub fn holds(&self, due_version: i64, at: DateTime<Utc>) -> bool {
        self.due_version.is_none_or(|version| version == due_version)
            && self.since <= at
            && at < self.until
            && self.lifted_at.is_none_or(|lifted_at| at < lifted_at)
    }

    /// The instant at which it stopped or will stop holding.
    pub fn ends_at(&self) -> DateTime<Utc> {
        self.lifted_at.map_or(self.until, |lifted_at| lifted_at.min(self.until))
    }
}

/// What holds at one instant, by type and item.
#[derive(Clone, Debug, Default)]
pub struct Silences {
    by_type: HashMap<String, HashMap<String, Vec<Silence>>>,
}

impl Silences {
    /// The one that keeps this item quiet for the longest time; a mute before an acknowledgement that ends with it.
    pub fn of(&self, type_key: &str, item_id: &str, due_version: i64) -> Option<&Silence> {
        self.of_each(type_key, item_id, due_version).max_by_key(|silence| (silence.until, silence.kind))
    }

    /// All that keep this item quiet, in no order.
    pub fn of_each(&self, type_key: &str, item_id: &str, due_version: i64) -> impl Iterator<Item = &Silence> {
        let of_item = self.by_type.get(type_key).and_then(|items| items.get(item_id));
        let is_its = move |silence: &&Silence| silence.due_version.is_none_or(|version| version == due_version);
        of_item.into_iter().flatten().filter(is_its)
    }

    /// Whether nothing holds.
    pub fn is_empty(&self) -> bool {
        self.by_type.is_empty()
    }

    /// Type and item of everything that is quiet, in no order.
    pub fn items(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_type.iter().flat_map(|(key, items)| items.keys().map(|item| (key.as_str(), item.as_str())))
    }

    fn insert(&mut self, type_key: String, item_id: String, silence: Silence) {
        self.by_type.entry(type_key).or_default().entry(item_id).or_default().push(silence);
    }
}

/// A row without the item it is about.
type Row = (String, Option<i64>, DateTime<Utc>, DateTime<Utc>, Option<DateTime<Utc>>, Option<String>, String);

/// The columns of [`Row`].
const COLUMNS: (
    escalation_silences::kind,
    escalation_silences::due_version,
    escalation_silences::since,
    escalation_silences::until,
    escalation_silences::lifted_at,
    escalation_silences::note,
    escalation_silences::created_by,
) = (
    escalation_silences::kind,
    escalation_silences::due_version,
    escalation_silences::since,
    escalation_silences::until,
    escalation_silences::lifted_at,
    escalation_silences::note,
    escalation_silences::created_by,
);

impl From<Row> for Silence {
    fn from((kind, due_version, since, until, lifted_at, note, by): Row) -> Silence {
        Silence { kind: SilenceKind::from_word(&kind), due_version, since, until, lifted_at, note, by }
    }
}

/// Everything that holds at `now`, in one statement by the index on the end.
pub fn active(connection: &mut PgConnection, now: DateTime<Utc>) -> Result<Silences> {
    let found: Vec<(String, String, Row)> = escalation_silences::table
        .filter(escalation_silences::until.gt(now).and(escalation_silences::since.le(now)))
        .filter(escalation_silences::lifted_at.is_null().or(escalation_silences::lifted_at.gt(now)))
        .select((escalation_silences::type_, escalation_silences::item_id, COLUMNS))
        .load(connection)?;
    let mut silences = Silences::default();
    for (type_key, item_id, row) in found {
        silences.insert(type_key, item_id, row.into());
    }
    Ok(silences)
}

/// Everything that was ever said to an item, oldest first.
pub fn history(connection: &mut PgConnection, type_key: &str, item_id: &str) -> Result<Vec<Silence>> {
    let found: Vec<Row> = escalation_silences::table
        .filter(escalation_silences::type_.eq(type_key).and(escalation_silences::item_id.eq(item_id)))
        .order((escalation_silences::since, escalation_silences::id))
        .select(COLUMNS)
        .load(connection)?;
    Ok(found.into_iter().map(Silence::from).collect())
}

/// When an acknowledgement of this item that is said at `now` lapses: after the configured number of working days of the
/// item's calendar, under the window of its type, at the same time of day.
pub fn lapses_at(settings: &Settings, rules: &TypeRules, item: &Item, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    let mut clocks = Clocks::new(&mut ReadyClocks::default(), settings, rules, &Marks::new(), now)?;
    let calendar = &clocks.of(item.calendar.as_deref()).calendar;
    Ok(working_days_later(calendar, now, settings.escalation.acknowledged_days))
}

/// So many working days later at the same local time; calendar days where the calendar never opens.
fn working_days_later(calendar: &Calendar, now: DateTime<Utc>, days: u32) -> DateTime<Utc> {
    let today = local_day(now, calendar.zone);
    let day = working_day_add(calendar, today, i32::try_from(days).unwrap_or(i32::MAX));
    let day = day.or_else(|| today.checked_add_days(Days::new(days.into()))).unwrap_or(today);
    let local = now.with_timezone(&calendar.zone);
    // `now` is a whole minute
    let minutes = u16::try_from(local.num_seconds_from_midnight() / 60).ok();
    let time = minutes.and_then(TimeOfDay::from_minutes).unwrap_or(TimeOfDay::MIDNIGHT);
    at_local(day, time, calendar.zone)
}

/// Says clearly who may not speak: whoever only reads.
pub fn check_permitted(connection: &mut PgConnection) -> Result<()> {
    require(connection, "escalation_silences", Verb::Insert, "acknowledge or mute")
}

/// The item that is spoken to.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Escalation type.
    pub type_key: &'a str,
    /// Item in the view of the type.
    pub item_id: &'a str,
    /// Its number, so that the row can be read without it.
    pub reference: &'a str,
}

/// Notes that somebody has seen the item under this due date; it speaks again at `until`.
pub fn acknowledge(
    connection: &mut PgConnection,
    target: Target<'_>,
    due_version: i64,
    (now, until): (DateTime<Utc>, DateTime<Utc>),
    note: Option<&str>,
) -> Result<()> {
    insert(connection, SilenceKind::Acknowledged, target, Some(due_version), (now, until), note)
}

/// Keeps the item quiet until `until`. A mute that would hold longer is taken back: the last word counts.
pub fn mute(
    connection: &mut PgConnection,
    target: Target<'_>,
    (now, until): (DateTime<Utc>, DateTime<Utc>),
    note: Option<&str>,
) -> Result<()> {
    let longer = escalation_silences::table
        .filter(escalation_silences::type_.eq(target.type_key).and(escalation_silences::item_id.eq(target.item_id)))
        .filter(
            escalation_silences::kind
                .eq(SilenceKind::Muted.as_str())
                .and(escalation_silences::lifted_at.is_null())
                .and(escalation_silences::until.gt(until)),
        );
    diesel::update(longer).set(escalation_silences::lifted_at.eq(now)).execute(connection)?;
    insert(connection, SilenceKind::Muted, target, None, (now, until), note)
}

/// Takes back whatever holds for the item, under any due date, and returns it.
pub fn lift(connection: &mut PgConnection, type_key: &str, item_id: &str, now: DateTime<Utc>) -> Result<Vec<Silence>> {
    let holding = escalation_silences::table
        .filter(escalation_silences::type_.eq(type_key).and(escalation_silences::item_id.eq(item_id)))
        .filter(
            escalation_silences::lifted_at
                .is_null()
                .and(escalation_silences::since.le(now))
                .and(escalation_silences::until.gt(now)),
        );
    let lifted: Vec<Row> = diesel::update(holding)
        .set(escalation_silences::lifted_at.eq(now))
        .returning(COLUMNS)
        .get_results(connection)?;
    let mut lifted: Vec<Silence> = lifted.into_iter().map(Silence::from).collect();
    lifted.sort_by_key(|silence| (silence.since, silence.kind));
    Ok(lifted)
}

fn insert(
    connection: &mut PgConnection,
    kind: SilenceKind,
    target: Target<'_>,
    due_version: Option<i64>,
    (since, until): (DateTime<Utc>, DateTime<Utc>),
    note: Option<&str>,
) -> Result<()> {
    diesel::insert_into(escalation_silences::table)
        .values((
            escalation_silences::kind.eq(kind.as_str()),
            escalation_silences::type_.eq(target.type_key),
            escalation_silences::item_id.eq(target.item_id),
            escalation_silences::due_version.eq(due_version),
            escalation_silences::reference.eq(target.reference),
            escalation_silences::since.eq(since),
            escalation_silences::until.eq(until),
            escalation_silences::note.eq(note),
        ))
        .execute(connection)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Window;

    fn at(text: &str) -> DateTime<Utc> {
        format!("2026-11-{text}:00Z").parse().unwrap()
    }

    fn silence(kind: SilenceKind, due_version: Option<i64>, since: &str, until: &str) -> Silence {
        let (since, until) = (at(since), at(until));
        Silence { kind, due_version, since, until, lifted_at: None, note: None, by: "vera".into() }
    }

    #[test]
    fn it_holds_from_its_beginning_up_to_its_end_for_its_due_date() {
        let seen = silence(SilenceKind::Acknowledged, Some(7), "19T10:00", "26T10:00");
        for (version, instant, holds) in [
            (7, "19T09:59", false),
            (7, "19T10:00", true),
            (7, "26T09:59", true),
            (7, "26T10:00", false),
            (8, "20T10:00", false),
        ] {
            assert_eq!(seen.holds(version, at(instant)), holds, "version {version} at {instant}");
        }
        let lifted = Silence { lifted_at: Some(at("20T08:00")), ..seen };
        assert!(lifted.holds(7, at("20T07:59")));
        assert!(!lifted.holds(7, at("20T08:00")));
        assert_eq!(lifted.ends_at(), at("20T08:00"));
    }

    #[test]
    fn working_days_are_those_of_the_calendar_and_the_time_of_day_stays() {
        let berlin = chrono_tz::Europe::Berlin;
        let mut calendar =
            Calendar::daily(berlin, Window::new("08:00".parse().unwrap(), "18:00".parse().unwrap()).unwrap());
        let always = calendar.clone();
        calendar.windows[5].clear();
        calendar.windows[6].clear();
        calendar.closed = vec!["2026-11-24".parse().unwrap()..="2026-11-24".parse().unwrap()];
        // Thursday 10:15; Fri, Mon, Wed, Thu, Fri
        assert_eq!(working_days_later(&calendar, at("19T09:15"), 5), at("27T09:15"));
        assert_eq!(working_days_later(&always, at("19T09:15"), 5), at("24T09:15"));
        // the clock goes back on Sunday 25 October: 10:15 stays 10:15
        let before = "2026-10-23T08:15:00Z".parse().unwrap();
        assert_eq!(working_days_later(&calendar, before, 1).to_rfc3339(), "2026-10-26T09:15:00+00:00");
        let never = Calendar { windows: Default::default(), ..always };
        assert_eq!(working_days_later(&never, at("19T09:15"), 5), at("24T09:15"));
    }

    #[test]
    fn of_several_the_longest_counts_and_acknowledgements_only_for_their_due_date() {
        let mut silences = Silences::default();
        for each in [
            silence(SilenceKind::Muted, None, "19T10:00", "21T00:00"),
            silence(SilenceKind::Acknowledged, Some(7), "19T10:00", "26T10:00"),
            silence(SilenceKind::Acknowledged, Some(7), "20T10:00", "27T10:00"),
        ] {
            silences.insert("task".into(), "1".into(), each);
        }
        assert_eq!(silences.of("task", "1", 7).map(|found| found.until), Some(at("27T10:00")));
        assert_eq!(silences.of("task", "1", 8).map(|found| found.kind), Some(SilenceKind::Muted));
        assert_eq!(silences.of("task", "2", 7), None);
        assert_eq!(silences.of("offer-follow-up", "1", 7), None);
    }
}
