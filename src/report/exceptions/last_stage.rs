//! Escalations that reached their last stage, with money in them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Text, Timestamptz};
use rust_decimal::Decimal;

use super::Found;
use crate::calendar::{end_of_day, midnight};
use crate::error::Result;
use crate::escalation::items::{self, Item};
use crate::escalation::rules::TypeRules;
use crate::outbox::settings::MailMode;
use crate::report::days::Span;
use crate::report::evening::{Exception, Question, Rule, Scope};

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = Text)]
    r#type: String,
    #[diesel(sql_type = Text)]
    item_id: String,
    #[diesel(sql_type = BigInt)]
    due_version: i64,
    #[diesel(sql_type = Timestamptz)]
    due_at: DateTime<Utc>,
}

/// Those that are still open under the same due date, the largest amount first.
pub(super) fn find(connection: &mut PgConnection, question: &Question<'_>, now: Span) -> Result<Found> {
    let settings = question.settings;
    let Some(from) = settings.report.exceptions.last_stage_from else { return Ok(Found::default()) };
    let last_stage = |rules: &TypeRules| rules.stages_with_hours().last().map(|(stage, _)| i32::from(stage.number));
    let active = settings.escalation.types.iter().filter(|rules| rules.active);
    let (types, steps): (Vec<&str>, Vec<i32>) =
        active.filter_map(|rules| Some((rules.key.as_str(), last_stage(rules)?))).unzip();
    let taken: Vec<Taken> = diesel::sql_query(include_str!("last_stage.sql"))
        .bind::<Array<Text>, _>(types)
        .bind::<Array<Integer>, _>(steps)
        .bind::<Timestamptz, _>(midnight(now.first, settings.zone))
        .bind::<Timestamptz, _>(end_of_day(now.last, settings.zone))
        // what nobody has heard of is a rehearsal, and so is this mail then
        .bind::<Bool, _>(settings.mail.mode != MailMode::Live)
        .load(connection)?;
    let mut by_type: BTreeMap<&str, Vec<&Taken>> = BTreeMap::new();
    for step in &taken {
        by_type.entry(step.r#type.as_str()).or_default().push(step);
    }
    let rules: Vec<&TypeRules> =
        settings.escalation.types.iter().filter(|rules| by_type.contains_key(rules.key.as_str())).collect();
    let people = people_of(connection, question)?;
    let mut named: Vec<(Decimal, Exception)> = Vec::new();
    for (rules, view) in rules.iter().zip(items::views(connection, &rules)?) {
        let steps = by_type.remove(rules.key.as_str()).unwrap_or_default();
        let ids: Vec<&str> = steps.iter().map(|step| step.item_id.as_str()).collect();
        // a view of the house's own that cannot be read is told of by the escalation itself
        let Ok(items) = items::ask(connection, rules, &view, |connection| items::find_by_ids(connection, &view, &ids))?
        else {
            continue;
        };
        for item in items {
            let is_its = |step: &&&Taken| step.item_id == item.id && step.due_version == item.due_version;
            let Some(step) = steps.iter().find(is_its) else { continue };
            let Some(amount) = item.amount.filter(|amount| *amount >= from) else { continue };
            if is_of(question.scope, &item, &people) {
                let due = items::due_day(step.due_at, rules.is_promise, settings.zone);
                let currency = item.currency.unwrap_or_else(|| settings.report.currency.clone());
                let exception = Exception {
                    rule: Rule::LastStage { kind: rules.key.clone(), due },
                    reference: item.reference,
                    partner: item.partner,
                    amount: Some((amount, currency)),
                    link: item.link,
                };
                named.push((amount, exception));
            }
        }
    }
    named.sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.reference.cmp(&other.reference)));
    let all = i64::try_from(named.len()).unwrap_or(i64::MAX);
    Ok(Found { named: named.into_iter().map(|(_, exception)| exception).collect(), all })
}

/// Who is in the department that is asked about.
fn people_of(connection: &mut PgConnection, question: &Question<'_>) -> Result<Vec<i64>> {
    #[derive(QueryableByName)]
    struct Member {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let Scope::Department(id) = question.scope else { return Ok(Vec::new()) };
    let members: Vec<Member> = diesel::sql_query(include_str!("../members.sql"))
        .bind::<BigInt, _>(id)
        .bind::<diesel::sql_types::Date, _>(question.day)
        .load(connection)?;
    Ok(members.into_iter().map(|member| member.id).collect())
}

fn is_of(scope: Scope, item: &Item, people: &[i64]) -> bool {
    let roles = &item.roles;
    match scope {
        Scope::House => true,
        Scope::Department(id) => match roles.department {
            Some(department) => department == id,
            None => roles.handler.is_some_and(|handler| people.contains(&handler)),
        },
        Scope::Employee(id) => [roles.handler, roles.field_rep].contains(&Some(id)),
    }
}
