//! What somebody means who names an item: `TYPE:REFERENCE`, or a reference alone where only one type has it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::dsl::max;
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

/// An item that has left its view, or never was in it, by what is on record about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its type; perhaps one that is no longer configured.
    pub type_key: String,
    /// Its number.
    pub reference: String,
    /// Its title when it last spoke.
    pub title: Option<String>,
    /// Its keys, the latest first: a record that was deleted and entered again under the same number has another one.
    pub item_ids: Vec<String>,
}

impl Known {
    /// As it is named on the command line.
    pub fn name(&self) -> String {
        format!("{}:{}", self.type_key, self.reference)
    }
}

/// What somebody means.
pub enum Found<'a> {
    /// Its view has it, due or not.
    Open(&'a TypeRules, Box<Item>),
    /// No view has it, but something was said about it or to it.
    Gone(Known),
}

/// The item, in its view or by what is on record.
///
/// Errors: `NotFound` if nobody knows it, `Usage` with the candidates if several types do.
pub fn find<'a>(connection: &mut PgConnection, settings: &'a Settings, text: &str) -> Result<Found<'a>> {
    let recorded = match text.trim().split_once(':') {
        Some((key, _)) => recorded_type(connection, key)?,
        None => None,
    };
    let is_type = |key: &str| settings.escalation.rules(key).is_some() || recorded.as_deref() == Some(key);
    let name = Name::read(text, is_type);
    let InViews { mut found, troubles } = in_views(connection, settings, &name)?;
    // an active type is what is meant where the same item stands in several
    if found.iter().filter(|(rules, _)| rules.active).count() == 1 {
        found.retain(|(rules, _)| rules.active);
    }
    if found.len() > 1 {
        return Err(ambiguous(text, found.iter().map(|(rules, item)| format!("{}:{}", rules.key, item.reference))));
    }
    if let Some((rules, item)) = found.pop() {
        return Ok(Found::Open(rules, Box::new(item)));
    }
    let mut on_record = on_record(connection, &name)?.into_iter();
    let Some(latest) = on_record.next() else {
        if troubles.is_empty() {
            return Err(unknown(connection, settings, &name, text)?);
        }
        // it may well be there; a view that is configured wrongly says so itself
        if let Some(rules) = name.type_key.and_then(|key| settings.escalation.rules(key)) {
            items::view(connection, rules)?;
        }
        return Err(Error::new(Kind::Failed, format!("{text} may be among the items that cannot be read"))
            .hint(troubles.join("; ")));
    };
    let mut known = Known {
        type_key: latest.type_key,
        reference: name.reference.to_owned(),
        title: latest.title,
        item_ids: vec![latest.item_id],
    };
    let mut others = BTreeSet::new();
    for row in on_record {
        if row.type_key == known.type_key {
            known.item_ids.push(row.item_id);
        } else {
            others.insert(format!("{}:{}", row.type_key, name.reference));
        }
    }
    if others.is_empty() {
        return Ok(Found::Gone(known));
    }
    others.insert(known.name());
    Err(ambiguous(text, others.into_iter()))
}

/// The item in its view, due or not.
///
/// Errors: as those of [`find`], and `NotFound` for one that has left its view.
pub fn open<'a>(connection: &mut PgConnection, settings: &'a Settings, text: &str) -> Result<(&'a TypeRules, Item)> {
    let known = match find(connection, settings, text)? {
        Found::Open(rules, item) => return Ok((rules, *item)),
        Found::Gone(known) => known,
    };
    let name = known.name();
    let last: Option<DateTime<Utc>> = steps::table
        .filter(steps::type_.eq(&known.type_key).and(steps::item_id.eq_any(&known.item_ids)))
        .select(max(steps::at))
        .first(connection)?;
    let last = last.map(|at| format!("; it was last escalated on {}", german::instant(at, settings.zone)));
    let closed = format!("{name} is no longer open{}", last.unwrap_or_default());
    Err(Error::new(Kind::NotFound, closed).hint(format!("wvl escalate history {name} shows what was said")))
}

/// Everything that is or was this item: its key in the view, and those on record under its number.
///
/// Errors: as those of [`find`].
pub fn known(connection: &mut PgConnection, settings: &Settings, text: &str) -> Result<Known> {
    let (rules, item) = match find(connection, settings, text)? {
        Found::Open(rules, item) => (rules, item),
        Found::Gone(known) => return Ok(known),
    };
    let name = Name { type_key: Some(&rules.key), reference: &item.reference };
    let on_record = on_record(connection, &name)?.into_iter().map(|row| row.item_id);
    let mut item_ids = vec![item.id.clone()];
    item_ids.extend(on_record.filter(|id| *id != item.id));
    Ok(Known { type_key: rules.key.clone(), reference: item.reference, title: Some(item.title), item_ids })
}

fn ambiguous(text: &str, candidates: impl Iterator<Item = String>) -> Error {
    let names: Vec<String> = candidates.take(CANDIDATES_NAMED).collect();
    Error::usage(format!("“{text}” is known to several types")).hint(format!("say which: {}", names.join(", ")))
}

/// The items with a reference, and the views that could not be looked into, each a sentence.
struct InViews<'a> {
    found: Vec<(&'a TypeRules, Item)>,
    troubles: Vec<String>,
}

/// The items with this reference in the views: of the type that was named, else of all.
fn in_views<'a>(connection: &mut PgConnection, settings: &'a Settings, name: &Name<'_>) -> Result<InViews<'a>> {
    let wanted = |rules: &&TypeRules| name.type_key.is_none_or(|key| key == rules.key);
    let types: Vec<&TypeRules> = settings.escalation.types.iter().filter(wanted).collect();
    let views = items::views(connection, &types)?;
    let mut in_views = InViews { found: Vec::new(), troubles: Vec::new() };
    for (rules, view) in types.into_iter().zip(views) {
        let read = |connection: &mut PgConnection| items::find_by_reference(connection, &view, name.reference);
        // a view of somebody else that cannot be read must not hide the item of another
        match items::ask(connection, rules, &view, read)? {
            Ok(items) => in_views.found.extend(items.into_iter().map(|item| (rules, item))),
            Err(unread) => in_views.troubles.push(unread.told),
        }
    }
    Ok(in_views)
}

#[derive(QueryableByName)]
struct RecordRow {
    #[diesel(sql_type = Text)]
    type_key: String,
    #[diesel(sql_type = Text)]
    item_id: String,
    #[diesel(sql_type = Nullable<Text>)]
    title: Option<String>,
}

/// What was said about this reference, or to it, by type and item; the latest first.
fn on_record(connection: &mut PgConnection, name: &Name<'_>) -> Result<Vec<RecordRow>> {
    Ok(diesel::sql_query(
        "SELECT type AS type_key, item_id,
            (array_agg(title ORDER BY at DESC) FILTER (WHERE title IS NOT NULL))[1] AS title
         FROM (
            SELECT type, item_id, title, at FROM wvl.escalation_steps
            WHERE reference = $1 AND ($2 IS NULL OR type = $2)
            UNION ALL
            SELECT type, item_id, NULL, since FROM wvl.escalation_silences
            WHERE reference = $1 AND ($2 IS NULL OR type = $2)
         ) AS said
         GROUP BY type, item_id
         ORDER BY max(at) DESC",
    )
    .bind::<Text, _>(name.reference)
    .bind::<Nullable<Text>, _>(name.type_key)
    .load(connection)?)
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

/// What to say of a reference that nobody knows: perhaps it is misspelt.
fn unknown(connection: &mut PgConnection, settings: &Settings, name: &Name<'_>, text: &str) -> Result<Error> {
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
}
