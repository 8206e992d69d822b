//! Events of a calendar become absences: known by their UID, so that a file brought in again changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Text};

use crate::db::schema::{absences, employees};
use crate::error::Result;
use crate::party::event::{Event, Meaning};

/// What became of the events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Absences that were not there.
    pub new: usize,
    /// Moved, longer, shorter.
    pub changed: usize,
    /// As they were.
    pub same: usize,
    /// Cancelled, and gone.
    pub removed: usize,
    /// Events that take too little of a day.
    pub short: usize,
    /// Events that could not become an absence, and why.
    pub wrong: Vec<String>,
}

/// One absence as the file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wanted {
    employee: i64,
    uid: String,
    title: String,
    days: Option<(NaiveDate, NaiveDate)>,
}

/// An absence as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Present {
    employee: i64,
    uid: Option<String>,
    first_day: NaiveDate,
    last_day: NaiveDate,
}

/// Enters what the events say, of this employee or of those who take part.
pub fn import(
    connection: &mut PgConnection,
    events: Vec<Event>,
    employee: Option<i64>,
    kind: &'static str,
) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let people = by_address(connection)?;
    let wanted = wanted(events, employee, &people, &mut outcome);
    let concerned: BTreeSet<i64> = wanted.iter().map(|wanted| wanted.employee).collect();
    let present = lock(connection, &concerned.into_iter().collect::<Vec<_>>())?;
    let wanted = without_clashes(wanted, &present, &mut outcome);
    write(connection, &wanted, kind, &mut outcome)?;
    Ok(outcome)
}

fn by_address(connection: &mut PgConnection) -> Result<BTreeMap<String, Vec<i64>>> {
    let rows: Vec<(i64, Option<String>)> = employees::table
        .filter(employees::active.and(employees::email.is_not_null()))
        .select((employees::id, employees::email))
        .load(connection)?;
    let mut people: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for (id, address) in rows {
        people.entry(address.unwrap_or_default().trim().to_lowercase()).or_default().push(id);
    }
    Ok(people)
}

/// Whose absence each event is; what cannot be one is named in the outcome.
fn wanted(
    events: Vec<Event>,
    employee: Option<i64>,
    people: &BTreeMap<String, Vec<i64>>,
    outcome: &mut Outcome,
) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    for event in events {
        let days = match event.meaning {
            Meaning::Away(first, last) => Some((first, last)),
            Meaning::Cancelled => None,
            Meaning::Short => {
                outcome.short += 1;
                continue;
            }
            Meaning::Unusable(why) => {
                outcome.wrong.push(format!("“{}”: {why}", event.title));
                continue;
            }
        };
        let of_people = || event.people.iter().filter_map(|address| people.get(address)).flatten().copied().collect();
        let whose: BTreeSet<i64> = employee.map_or_else(of_people, |employee| [employee].into());
        if whose.is_empty() {
            let addresses = if event.people.is_empty() { "nobody".to_owned() } else { event.people.join(", ") };
            outcome.wrong.push(format!("“{}”: no employee takes part ({addresses}); use --employee", event.title));
        }
        wanted.extend(whose.into_iter().map(|employee| Wanted {
            employee,
            uid: event.uid.clone(),
            title: event.title.clone(),
            days,
        }));
    }
    wanted
}

/// The absences of these employees; two imports at the same time wait for each other.
fn lock(connection: &mut PgConnection, concerned: &[i64]) -> Result<Vec<Present>> {
    let _locked: Vec<i64> = employees::table
        .filter(employees::id.eq_any(concerned))
        .order(employees::id)
        .select(employees::id)
        .for_no_key_update()
        .load(connection)?;
    let rows: Vec<(i64, Option<String>, NaiveDate, NaiveDate)> = absences::table
        .filter(absences::employee_id.eq_any(concerned))
        .select((absences::employee_id, absences::uid, absences::first_day, absences::last_day))
        .load(connection)?;
    let present = |(employee, uid, first_day, last_day)| Present { employee, uid, first_day, last_day };
    Ok(rows.into_iter().map(present).collect())
}

/// Nobody has two absences that begin on one day: of two in the file the longer counts, and what is there and stays there
/// is not pushed away. What was entered by hand and begins on the day of a new event is the same absence.
fn without_clashes(wanted: Vec<Wanted>, present: &[Present], outcome: &mut Outcome) -> Vec<Wanted> {
    let moving: BTreeSet<(i64, &str)> = wanted.iter().map(|wanted| (wanted.employee, wanted.uid.as_str())).collect();
    let known: BTreeSet<(i64, &str)> =
        present.iter().filter_map(|present| Some((present.employee, present.uid.as_deref()?))).collect();
    let staying: BTreeSet<(i64, NaiveDate)> = present
        .iter()
        .filter(|present| present.uid.as_deref().is_some_and(|uid| !moving.contains(&(present.employee, uid))))
        .map(|present| (present.employee, present.first_day))
        .collect();
    let by_hand: BTreeSet<(i64, NaiveDate)> = present
        .iter()
        .filter(|present| present.uid.is_none())
        .map(|present| (present.employee, present.first_day))
        .collect();
    let mut longest: BTreeMap<(i64, NaiveDate), (NaiveDate, &str)> = BTreeMap::new();
    for wanted in &wanted {
        let Some((first, last)) = wanted.days else { continue };
        let best = longest.entry((wanted.employee, first)).or_insert((last, &wanted.uid));
        if last > best.0 {
            *best = (last, &wanted.uid);
        }
    }
    let clashes: Vec<bool> = wanted
        .iter()
        .map(|wanted| {
            let Some((first, _)) = wanted.days else { return false };
            let place = (wanted.employee, first);
            let is_known = known.contains(&(wanted.employee, wanted.uid.as_str()));
            longest.get(&place).is_some_and(|(_, uid)| *uid != wanted.uid)
                || staying.contains(&place)
                || is_known && by_hand.contains(&place)
        })
        .collect();
    let mut kept = Vec::new();
    for (wanted, clashes) in wanted.into_iter().zip(clashes) {
        match wanted.days {
            Some((first, _)) if clashes => {
                outcome
                    .wrong
                    .push(format!("“{}”: another absence of the same employee begins on {first}", wanted.title));
            }
            _ => kept.push(wanted),
        }
    }
    kept
}

#[derive(QueryableByName)]
struct Written {
    #[diesel(sql_type = Bool)]
    is_new: bool,
}

fn write(connection: &mut PgConnection, wanted: &[Wanted], kind: &str, outcome: &mut Outcome) -> Result<()> {
    let cancelled: Vec<&Wanted> = wanted.iter().filter(|wanted| wanted.days.is_none()).collect();
    outcome.removed = diesel::sql_query(
        "DELETE FROM wvl.absences a USING unnest($1, $2) AS gone (employee_id, uid)
         WHERE a.employee_id = gone.employee_id AND a.uid = gone.uid",
    )
    .bind::<Array<BigInt>, _>(cancelled.iter().map(|wanted| wanted.employee).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(cancelled.iter().map(|wanted| wanted.uid.as_str()).collect::<Vec<_>>())
    .execute(connection)?;
    let away: Vec<(&Wanted, NaiveDate, NaiveDate)> =
        wanted.iter().filter_map(|wanted| wanted.days.map(|(first, last)| (wanted, first, last))).collect();
    let mut written: Vec<Written> = Vec::new();
    for text in [
        include_str!("absence_import_adopt.sql"),
        include_str!("absence_import_park.sql"),
        include_str!("absence_import_write.sql"),
    ] {
        written = diesel::sql_query(text)
            .bind::<Array<BigInt>, _>(away.iter().map(|(wanted, _, _)| wanted.employee).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(away.iter().map(|(wanted, _, _)| wanted.uid.as_str()).collect::<Vec<_>>())
            .bind::<Array<Date>, _>(away.iter().map(|(_, first, _)| *first).collect::<Vec<_>>())
            .bind::<Array<Date>, _>(away.iter().map(|(_, _, last)| *last).collect::<Vec<_>>())
            .bind::<Nullable<Text>, _>(Some(kind))
            .load(connection)?;
    }
    outcome.new = written.iter().filter(|written| written.is_new).count();
    outcome.changed = written.len() - outcome.new;
    outcome.same = away.len() - written.len();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 12, day).unwrap()
    }

    fn wanted(uid: &str, first: u32, last: u32) -> Wanted {
        Wanted { employee: 1, uid: uid.into(), title: uid.into(), days: Some((day(first), day(last))) }
    }

    fn present(uid: Option<&str>, first: u32) -> Present {
        Present { employee: 1, uid: uid.map(str::to_owned), first_day: day(first), last_day: day(first) }
    }

    fn kept(wanted: Vec<Wanted>, present: &[Present]) -> (Vec<String>, usize) {
        let mut outcome = Outcome::default();
        let kept = without_clashes(wanted, present, &mut outcome);
        (kept.into_iter().map(|wanted| wanted.uid).collect(), outcome.wrong.len())
    }

    #[test]
    fn two_absences_do_not_begin_on_one_day() {
        assert_eq!(kept(vec![wanted("a", 1, 2), wanted("b", 1, 5)], &[]), (vec!["b".into()], 1));
        assert_eq!(kept(vec![wanted("a", 1, 2)], &[present(Some("other"), 1)]), (vec![], 1));
        // entered by hand before: the same one
        assert_eq!(kept(vec![wanted("a", 1, 2)], &[present(None, 1)]), (vec!["a".into()], 0));
        assert_eq!(kept(vec![wanted("a", 1, 2)], &[present(None, 1), present(Some("a"), 9)]), (vec![], 1));
        // two that change places
        let swapped = vec![wanted("a", 2, 2), wanted("b", 1, 1)];
        assert_eq!(kept(swapped, &[present(Some("a"), 1), present(Some("b"), 2)]).1, 0);
    }
}
