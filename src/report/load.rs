//! Reads an evening mail: everything from one snapshot of the database, section by section.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::days::Asked;
use super::evening::{Evening, Question, Scope};
use super::figure::FigureKey;
use super::section::section;
use super::{corrections, daily, exceptions, extended, lying, tomorrow};
use crate::calendar::Calendar;
use crate::db;
use crate::error::{Error, Result};
use crate::escalation::rules::DEFAULT_CALENDAR;

/// Reads everything that the mail says.
///
/// Errors: where the four figures cannot be computed; another section that fails is a [`Part::Failed`]. A failure of the
/// database itself (nobody answers any more) is always one.
pub fn evening(connection: &mut PgConnection, question: &Question<'_>) -> Result<Evening> {
    db::read_only(connection, |connection| evening_within(connection, question))
}

/// The same inside of a transaction of [`db::read_only`], which may have read what else belongs to the mail.
pub fn evening_within(connection: &mut PgConnection, question: &Question<'_>) -> Result<Evening> {
    db::set_instant(connection, question.now, question.settings.zone)?;
    let moment = moment(connection)?;
    let scope = scope_name(connection, question.scope)?;
    let calendar = calendar(question)?;
    let oldest = daily::oldest_day(connection, question)?;
    let asked = Asked::of(question.period, question.day, calendar).since(oldest);
    let core = daily::load(connection, question, &asked, calendar)?;
    let shows_delivery_notes = core.row(FigureKey::DeliveryNotes).is_some();
    Ok(Evening {
        day: question.day,
        period: question.period,
        days: asked.now.days().collect(),
        scope,
        core,
        exceptions: section(connection, "exceptions", "section-exceptions", |connection| {
            exceptions::load(connection, question, asked.now)
        })?,
        lying: section(connection, "lying", "section-lying", |connection| lying::load(connection, question))?,
        tomorrow: section(connection, "tomorrow", "section-tomorrow", |connection| {
            tomorrow::load(connection, question)
        })?,
        corrections: section(connection, "corrections", "section-corrections", |connection| {
            corrections::load(connection, question)
        })?,
        extended: match question.extended {
            true => Some(section(connection, "extended", "section-extended", |connection| {
                extended::load(connection, question, asked.now, shows_delivery_notes)
            })?),
            false => None,
        },
        snapshot: moment.snapshot,
        origin: moment.origin,
    })
}

/// The calendar of the house.
pub(super) fn calendar<'q>(question: &Question<'q>) -> Result<&'q Calendar> {
    let calendar = question.settings.calendars.get(DEFAULT_CALENDAR);
    calendar.ok_or_else(|| Error::bug("the calendar default is missing"))
}

#[derive(QueryableByName)]
struct Moment {
    #[diesel(sql_type = Text)]
    snapshot: String,
    #[diesel(sql_type = Text)]
    origin: String,
}

/// What is seen from here on; a restored database counts its transactions anew.
fn moment(connection: &mut PgConnection) -> Result<Moment> {
    let sql = "SELECT pg_current_snapshot()::text AS snapshot,
                      (SELECT system_identifier FROM pg_control_system()) || '/' || oid AS origin
               FROM pg_database WHERE datname = current_database()";
    Ok(diesel::sql_query(sql).get_result(connection)?)
}

/// Whom it is about, by name.
fn scope_name(connection: &mut PgConnection, scope: Scope) -> Result<Option<String>> {
    #[derive(QueryableByName)]
    struct Named {
        #[diesel(sql_type = Nullable<Text>)]
        name: Option<String>,
    }
    let (sql, noun, id) = match scope {
        Scope::House => return Ok(None),
        Scope::Department(id) => ("SELECT d.name FROM wvl.departments d WHERE d.id = $1", "department", id),
        Scope::Employee(id) => (
            "SELECT concat_ws(' ', e.first_name, e.last_name) AS name FROM wvl.employees e WHERE e.id = $1",
            "employee",
            id,
        ),
    };
    let named: Option<Named> = diesel::sql_query(sql).bind::<BigInt, _>(id).get_result(connection).optional()?;
    Ok(named.ok_or_else(|| Error::not_found(noun, id))?.name)
}
