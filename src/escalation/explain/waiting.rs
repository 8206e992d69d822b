//! Tickets that wait for feedback: no view shows them, and yet they are open and somebody asks.

use std::ops::Bound;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz, Tstzmultirange};

use crate::error::Result;
use crate::escalation::items::{Item, NEVER};
use crate::escalation::recipients::Roles;
use crate::escalation::rules::TypeRules;
use crate::escalation::source::Source;
use crate::escalation::step::Step;
use crate::settings::Settings;

/// How the types of tickets begin; the severity follows.
const OF_TICKETS: &str = "helpdesk-";

/// A range of instants, as Postgres has it.
type Range = (Bound<DateTime<Utc>>, Bound<DateTime<Utc>>);

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = Text)]
    severity: String,
    #[diesel(sql_type = Text)]
    item_id: String,
    #[diesel(sql_type = Text)]
    reference: String,
    #[diesel(sql_type = Text)]
    title: String,
    #[diesel(sql_type = Timestamptz)]
    due_at: DateTime<Utc>,
    #[diesel(sql_type = BigInt)]
    due_version: i64,
    #[diesel(sql_type = Nullable<Text>)]
    partner_name: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    field_rep_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    inside_rep_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    handler_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    team_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    department_id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    calendar: Option<String>,
    #[diesel(sql_type = Nullable<Tstzmultirange>)]
    paused: Option<Vec<Range>>,
    #[diesel(sql_type = Nullable<Integer>)]
    step: Option<i32>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    last_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Bool)]
    baseline: bool,
}

/// The waiting ticket with this number, as its view would show it if it did not wait.
pub fn find<'a>(
    connection: &mut PgConnection,
    settings: &'a Settings,
    name: &str,
) -> Result<Option<(&'a TypeRules, Item)>> {
    let name = name.trim();
    let typed = name.split_once(':').filter(|(key, _)| settings.escalation.rules(key).is_some());
    let reference = typed.map_or(name, |(_, reference)| reference);
    let of_tickets = settings.escalation.types.iter().filter(|rules| {
        // a view of the admin's own decides itself what it shows
        rules.source == Source::Builtin && typed.is_none_or(|(key, _)| key == rules.key)
    });
    let severities: Vec<String> =
        of_tickets.filter_map(|rules| Some(rules.key.strip_prefix(OF_TICKETS)?.replace('-', "_"))).collect();
    if severities.is_empty() {
        return Ok(None);
    }
    let row: Option<Waiting> = diesel::sql_query(include_str!("waiting.sql"))
        .bind::<Text, _>(reference)
        .bind::<Array<Text>, _>(severities)
        .get_result(connection)
        .optional()?;
    Ok(row.and_then(|row| {
        let rules = settings.escalation.rules(&format!("{OF_TICKETS}{}", row.severity.replace('_', "-")))?;
        Some((rules, row.into()))
    }))
}

impl From<Waiting> for Item {
    fn from(row: Waiting) -> Item {
        let instant = |bound, otherwise| match bound {
            Bound::Included(at) | Bound::Excluded(at) => at,
            Bound::Unbounded => otherwise,
        };
        let pause = |(start, end)| (instant(start, DateTime::<Utc>::MIN_UTC), instant(end, DateTime::<Utc>::MAX_UTC));
        Item {
            id: row.item_id,
            reference: row.reference,
            title: row.title,
            due_at: row.due_at,
            due_version: row.due_version,
            partner: row.partner_name,
            phone: None,
            email: None,
            address: None,
            roles: Roles {
                field_rep: row.field_rep_id,
                inside_rep: row.inside_rep_id,
                handler: row.handler_id,
                team: row.team_id,
                department: row.department_id,
            },
            amount: None,
            currency: None,
            link: None,
            calendar: row.calendar,
            pauses: row.paused.unwrap_or_default().into_iter().map(pause).collect(),
            last: row.step.map(|step| (Step::from_code(step), row.last_at.unwrap_or(NEVER))),
            baseline: row.baseline,
            is_live: false,
            moved: 0,
        }
    }
}
