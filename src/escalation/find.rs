//! What somebody means who names an item: `TYPE:REFERENCE`, or a reference alone where only one type has it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};

use super::items::{self, Item};
use super::rules::TypeRules;
use crate::calendar::german;
use crate::config::nearest;
use crate::db::schema::escalation_steps as steps;
use crate::error::{Error, Kind, Result};
use crate::settings::Settings;

/// A misspelt reference is compared with this many of the latest steps.
const STEPS_COMPARED: i64 = 5_000;
/// More candidates than these help nobody.
const CANDIDATES_NAMED: usize = 10;

/// What was typed: the reference, and the type if it stands before it.
struct Name<'t> {
    type_key: Option<&'t str>,
    reference: &'t str,
}

impl<'t> Name<'t> {
    /// A colon may also belong to the reference: only what `is_type` knows is a type.
    fn read(text: &'t str, is_type: impl Fn(&str) -> bool) -> Name<'t> {
        let text = text.trim();
        match text.split_once(':') {
            Some((key, reference)) if is_type(key) => Name { type_key: Some(key), reference },
            _ => Name { type_key: None, reference: text },
        }
    }
}

/// An item that has said something once, or is in its view now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its type; perhaps one that is no longer configured.
    pub type_key: String,
    /// Its number.
    pub reference: String,
    /// Its keys: a record that was deleted and entered again under the same number has another one.
    pub item_ids: Vec<String>,
}

impl Known {
    /// As it is named on the command line.
    pub fn name(&self) -> String {
        format!("{}:{}", self.type_key, self.reference)
    }
}

/// The item in its view, due or not.
///
/// Errors: `NotFound` if no view has it, `Usage` with the candidates if several do.
pub fn open<'a>(connection: &mut PgConnection, settings: &'a Settings, text: &str) -> Result<(&'a TypeRules, Item)> {
    let name = Name::read(text, |key| settings.escalation.rules(key).is_some());
    let mut found = in_views(connection, settings, &name)?;
    // an active type is what is meant where the same item stands in several
    if found.iter().filter(|(rules, _)| rules.active).count() == 1 {
        found.retain(|(rules, _)| rules.active);
    }
    match found.len() {
        0 => Err(not_open(connection, settings, &name, text)?),
        1 => found.pop().ok_or_else(|| Error::bug("an item was lost")),
        _ => Err(ambiguous(text, found.iter().map(|(rules, item)| format!("{}:{}", rules.key, item.reference)))),
    }
}

/// The item, also if it has left its view: then by what was said about it.
///
/// Errors: `NotFound` if nothing was ever said about it, `Usage` with the candidates if several types know it.
pub fn known(connection: &mut PgConnection, settings: &Settings, text: &str) -> Result<Known> {
    let recorded = match text.trim().split_once(':') {
        Some((key, _)) => recorded_type(connection, key)?,
        None => None,
    };
    let is_type = |key: &str| settings.escalation.rules(key).is_some() || recorded.as_deref() == Some(key);
    let name = Name::read(text, is_type);
    let mut by_type: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut open = BTreeMap::new();
    for (rules, item) in in_views(connection, settings, &name)? {
        by_type.entry(rules.key.clone()).or_default().insert(item.id);
        open.insert(rules.key.clone(), rules.active);
    }
    for (type_key, item_id) in on_record(connection, &name)? {
        by_type.entry(type_key).or_default().insert(item_id);
    }
    let type_key = match by_type.len() {
        0 => return Err(not_open(connection, settings, &name, text)?),
        1 => by_type.keys().next(),
        _ => meant(&open),
    };
    let all = by_type.keys().map(|key| format!("{key}:{}", name.reference));
    let type_key = type_key.cloned().ok_or_else(|| ambiguous(text, all))?;
    let item_ids = by_type.remove(&type_key).unwrap_or_default().into_iter().collect();
    Ok(Known { type_key, reference: name.reference.to_owned(), item_ids })
}

/// Of the types in whose view it is (and whether they are active): the only active one, else the only one.
fn meant(open: &BTreeMap<String, bool>) -> Option<&String> {
    let mut active = open.iter().filter(|(_, active)| **active);
    match (active.next(), active.next()) {
        (Some((key, _)), None) => Some(key),
        (None, None) if open.len() == 1 => open.keys().next(),
        _ => None,
    }
}

fn ambiguous(text: &str, candidates: impl Iterator<Item = String>) -> Error {
    let names: Vec<String> = candidates.take(CANDIDATES_NAMED).collect();
    Error::usage(format!("“{text}” is known to several types")).hint(format!("say which: {}", names.join(", ")))
}

/// The items with this reference in the views: of the type that was named, else of all.
fn in_views<'a>(
    connection: &mut PgConnection,
    settings: &'a Settings,
    name: &Name<'_>,
) -> Result<Vec<(&'a TypeRules, Item)>> {
    let mut found = Vec::new();
    let mut unreadable = None;
    let wanted = |rules: &&TypeRules| name.type_key.is_none_or(|key| key == rules.key);
    let types: Vec<&TypeRules> = settings.escalation.types.iter().filter(wanted).collect();
    let views = items::views(connection, &types)?;
    for (rules, view) in types.into_iter().zip(views) {
        // a view of somebody else that cannot be read must not hide the item of another: it has a savepoint of its own
        let read = |connection: &mut PgConnection| items::find_by_reference(connection, &view, name.reference);
        let items = match rules.source.is_builtin() {
            true => read(connection),
            false => view.columns.check(&rules.source).and_then(|()| connection.transaction(read)),
        };
        match items {
            Ok(items) => found.extend(items.into_iter().map(|item| (rules, item))),
            Err(error) if error.kind() == Kind::Temporary => return Err(error),
            Err(error) => {
                let named = Error::new(error.kind(), format!("the items of {} cannot be read", rules.key));
                unreadable.get_or_insert(named.caused_by(error));
            }
        }
    }
    match unreadable {
        Some(error) if found.is_empty() => Err(error),
        _ => Ok(found),
    }
}

#[derive(QueryableByName)]
struct RecordRow {
    #[diesel(sql_type = Text)]
    type_key: String,
    #[diesel(sql_type = Text)]
    item_id: String,
}

/// Type and item of everything that was said about this reference, or to it.
fn on_record(connection: &mut PgConnection, name: &Name<'_>) -> Result<Vec<(String, String)>> {
    let rows: Vec<RecordRow> = diesel::sql_query(
        "SELECT type AS type_key, item_id FROM wvl.escalation_steps
         WHERE reference = $1 AND ($2 IS NULL OR type = $2)
         UNION
         SELECT type, item_id FROM wvl.escalation_silences
         WHERE reference = $1 AND ($2 IS NULL OR type = $2)",
    )
    .bind::<Text, _>(name.reference)
    .bind::<Nullable<Text>, _>(name.type_key)
    .load(connection)?;
    Ok(rows.into_iter().map(|row| (row.type_key, row.item_id)).collect())
}

/// The type, if steps bear its name: it may no longer be configured.
fn recorded_type(connection: &mut PgConnection, key: &str) -> Result<Option<String>> {
    Ok(steps::table.filter(steps::type_.eq(key)).select(steps::type_).first(connection).optional()?)
}

/// Refuses a type that is neither configured nor has ever said anything.
pub fn check_type(connection: &mut PgConnection, settings: &Settings, key: &str) -> Result<()> {
    if settings.escalation.rules(key).is_some() || recorded_type(connection, key)?.is_some() {
        return Ok(());
    }
    let error = Error::usage(format!("there is no escalation type “{key}”")).hint("wvl escalate types lists them");
    match nearest(key, settings.escalation.types.iter().map(|rules| rules.key.as_str())) {
        Some(meant) => Err(error.hint(format!("did you mean {meant}?"))),
        None => Err(error),
    }
}

/// What to say of a reference that no view yields: perhaps it is done, perhaps it is misspelt.
fn not_open(connection: &mut PgConnection, settings: &Settings, name: &Name<'_>, text: &str) -> Result<Error> {
    let mut said = steps::table.filter(steps::reference.eq(name.reference)).into_boxed();
    if let Some(key) = name.type_key {
        said = said.filter(steps::type_.eq(key));
    }
    let last: Option<(String, DateTime<Utc>)> =
        said.order(steps::at.desc()).select((steps::type_, steps::at)).first(connection).optional()?;
    if let Some((key, at)) = last {
        let reference = name.reference;
        let at = german::instant(at, settings.zone);
        let closed = format!("{key}:{reference} is no longer open; it was last escalated on {at}");
        return Ok(Error::new(Kind::NotFound, closed).hint(format!("wvl escalate history {key}:{reference}")));
    }
    let error = Error::not_found("open item", text).hint("wvl escalate list shows what is due");
    Ok(match suggestion(connection, settings, name)? {
        Some(meant) => error.hint(format!("did you mean {meant}?")),
        None => error,
    })
}

/// The type or the reference that was probably meant.
fn suggestion(connection: &mut PgConnection, settings: &Settings, name: &Name<'_>) -> Result<Option<String>> {
    if let (None, Some((key, reference))) = (name.type_key, name.reference.split_once(':'))
        && let Some(key) = nearest(key, settings.escalation.types.iter().map(|rules| rules.key.as_str()))
    {
        return Ok(Some(format!("{key}:{reference}")));
    }
    let latest: Vec<(String, String)> = steps::table
        .order(steps::id.desc())
        .select((steps::type_, steps::reference))
        .limit(STEPS_COMPARED)
        .load(connection)?;
    let mut candidates = latest.iter().filter(|(key, _)| name.type_key.is_none_or(|typed| typed == key));
    // the number without what stands before it: 137325 for AN-137325
    let ending = candidates.clone().find(|(_, reference)| reference.ends_with(name.reference));
    let meant = ending.or_else(|| {
        let near = nearest(name.reference, candidates.clone().map(|(_, reference)| reference.as_str()))?;
        candidates.find(|(_, reference)| reference == near)
    });
    Ok(meant.filter(|_| !name.reference.is_empty()).map(|(key, reference)| format!("{key}:{reference}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colon_may_belong_to_the_reference() {
        let is_type = |key: &str| key == "task";
        for (text, type_key, reference) in [
            ("task:T-1", Some("task"), "T-1"),
            (" T-1 ", None, "T-1"),
            ("X:T:1", None, "X:T:1"),
            ("task:a:b", Some("task"), "a:b"),
        ] {
            let name = Name::read(text, is_type);
            assert_eq!((name.type_key, name.reference), (type_key, reference), "{text}");
        }
    }

    #[test]
    fn of_several_types_the_only_active_one_is_meant_else_the_only_one_that_has_it_open() {
        let open = |types: &[(&str, bool)]| types.iter().map(|(key, active)| ((*key).to_owned(), *active)).collect();
        for (types, expected) in [
            (&[("a", true), ("b", false)][..], Some("a")),
            (&[("a", false)], Some("a")),
            (&[("a", true), ("b", true)], None),
            (&[("a", false), ("b", false)], None),
            (&[], None),
        ] {
            assert_eq!(meant(&open(types)).map(String::as_str), expected, "{types:?}");
        }
    }
}
