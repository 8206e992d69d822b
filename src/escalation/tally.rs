//! How much is due, in numbers: for `wvl status`. Nothing is said of single items, nobody is looked for.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text, Timestamptz};

use super::items::{self, View};
use super::rules::TypeRules;
use super::step::Step;
use crate::calendar::{local_day, midnight};
use crate::error::Result;
use crate::settings::Settings;
use crate::template::{Language, one_line};

/// A view of somebody else may take long; a glance does not wait for it.
const PATIENCE: &str = "SET LOCAL statement_timeout = '5s'";
/// No type remembers for longer than that many days and forgets at all.
const DAYS_SEARCHED: usize = 800;
const USUAL_PATIENCE: &str = "SET LOCAL statement_timeout = '15min'";

/// One active type in numbers.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Its key.
    pub key: String,
    /// What the office calls it.
    pub label: String,
    /// What readers of English call it.
    pub label_en: String,
    /// Due items by the last step that was taken: [`Step::Held`] none yet, all repeats under the first.
    pub by_step: Vec<(Step, i64)>,
    /// Items that somebody has acknowledged or muted, due or not.
    pub quiet: i64,
    /// Why it could not be counted.
    pub trouble: Option<String>,
}

impl Tally {
    /// How many are due.
    pub fn due(&self) -> i64 {
        self.by_step.iter().map(|(_, items)| items).sum()
    }

    /// How many stand at a step.
    pub fn at(&self, wanted: impl Fn(Step) -> bool) -> i64 {
        self.by_step.iter().filter(|(step, _)| wanted(*step)).map(|(_, items)| items).sum()
    }

    /// What a reader of that language knows the type by.
    pub fn label_in(&self, language: Language) -> &str {
        match language {
            Language::German => &self.label,
            Language::English => &self.label_en,
        }
    }
}

#[derive(QueryableByName)]
struct StepRow {
    #[diesel(sql_type = Integer)]
    step: i32,
    #[diesel(sql_type = BigInt)]
    items: i64,
}

#[derive(QueryableByName)]
struct QuietRow {
    #[diesel(sql_type = Text)]
    type_key: String,
    #[diesel(sql_type = BigInt)]
    items: i64,
}

impl View<'_> {
    fn tally(&self) -> String {
        let parts: [(&str, &str); 3] = [
            ("{due_version}", &self.columns.due_version()),
            ("{sound}", &self.columns.sound()),
            // last: an identifier may hold braces
            ("{view}", &self.relation),
        ];
        parts.iter().fold(include_str!("tally.sql").to_owned(), |sql, (place, part)| sql.replace(place, part))
    }
}

/// Items due earlier are too old for a type that forgets: a birthday of last month. None: nothing is too old.
fn oldest_that_speaks(settings: &Settings, rules: &TypeRules, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let most = usize::try_from(rules.max_age_days?).ok()?;
    let calendar = rules.windowed(settings.calendar(rules.calendar_name(None))?);
    let today = local_day(now, settings.zone);
    let is_young = |day: &NaiveDate| calendar.open_days_between(*day, today) <= most;
    let first =
        std::iter::successors(Some(today), |day| day.pred_opt()).take(DAYS_SEARCHED).take_while(is_young).last()?;
    Some(items::shift_days(midnight(first, settings.zone), rules.offset_days.saturating_neg(), settings.zone))
}

/// The active types, in the order of the configuration. In the caller's transaction, whose instant is set.
pub fn tally(connection: &mut PgConnection, settings: &Settings, now: DateTime<Utc>) -> Result<Vec<Tally>> {
    let quiet: Vec<QuietRow> = diesel::sql_query(
        "SELECT type AS type_key, count(DISTINCT item_id) AS items FROM wvl.escalation_silences
         WHERE since <= $1 AND until > $1 AND (lifted_at IS NULL OR lifted_at > $1) GROUP BY type",
    )
    .bind::<Timestamptz, _>(now)
    .load(connection)?;
    let quiet: BTreeMap<String, i64> = quiet.into_iter().map(|row| (row.type_key, row.items)).collect();
    let active: Vec<_> = settings.escalation.types.iter().filter(|rules| rules.active).collect();
    let views = items::views(connection, &active)?;
    let mut tallies = Vec::new();
    connection.batch_execute(PATIENCE)?;
    for (rules, view) in active.into_iter().zip(views) {
        let since = oldest_that_speaks(settings, rules, now);
        let until = items::shift_days(now, rules.offset_days.saturating_neg(), settings.zone);
        let counted = items::ask(connection, rules, &view, |connection| {
            let rows: Vec<StepRow> = diesel::sql_query(view.tally())
                .bind::<Text, _>(&rules.key)
                .bind::<Timestamptz, _>(until)
                .bind::<Nullable<Timestamptz>, _>(since)
                .load(connection)?;
            Ok(rows)
        })?;
        let (rows, trouble) = match counted {
            Ok(rows) => (rows, None),
            Err(unread) => (Vec::new(), Some(one_line(&unread.told))),
        };
        tallies.push(Tally {
            by_step: rows.into_iter().map(|row| (Step::from_code(row.step), row.items)).collect(),
            quiet: quiet.get(&rules.key).copied().unwrap_or(0),
            key: rules.key.clone(),
            label: rules.label.clone(),
            label_en: rules.label_en.clone(),
            trouble,
        });
    }
    connection.batch_execute(USUAL_PATIENCE)?;
    Ok(tallies)
}
