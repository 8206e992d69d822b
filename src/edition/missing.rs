//! The evening mail that has not left by the hour at which somebody would miss it (RELIABILITY G14).

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::GF_DAILY;
use super::claim::{self, FIRST};
use super::due;
use super::readers::Readers;
use crate::calendar::{at_local, local_day};
use crate::error::{Error, Result};
use crate::escalation::people;
use crate::escalation::rules::DEFAULT_CALENDAR;
use crate::outbox::settings::MailMode;
use crate::settings::Settings;

/// Readers who are without the mail of today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Name of the report.
    pub report: &'static str,
    /// How many should have it.
    pub readers: usize,
    /// How many have not.
    pub without: usize,
}

/// Whether the evening mail of today is missing after `report.gf-daily.due_by`; none too where this role may not see who has it.
pub fn missing(connection: &mut PgConnection, settings: &Settings, now: DateTime<Utc>) -> Result<Option<Missing>> {
    let today = local_day(now, settings.zone);
    let due = due::of_day(settings, today).into_iter().find(|due| due.report == GF_DAILY);
    let Some(due) = due.filter(|_| now >= at_local(today, settings.report.gf_daily.due_by, settings.zone)) else {
        return Ok(None);
    };
    let may_look: bool =
        diesel::select(diesel::dsl::sql::<Bool>("has_table_privilege('wvl.report_editions', 'SELECT')"))
            .get_result(connection)?;
    if !may_look || settings.mail.mode == MailMode::Off {
        return Ok(None);
    }
    let usual = settings.calendar(DEFAULT_CALENDAR).ok_or_else(|| Error::bug("there is no default calendar"))?;
    let people =
        people::load(connection, today, |name| name.and_then(|name| settings.calendar(name)).unwrap_or(usual))?;
    let heads = &settings.escalation.company_heads;
    let readers = Readers::of(due.report, &settings.report.gf_daily.to, heads, None, &people).list;
    let rehearsal = settings.mail.mode == MailMode::Redirect;
    let editions = claim::known(connection, due.report, due.day, rehearsal)?.remove("").unwrap_or_default().editions;
    let has_it = |address: &str| editions.get(&address.to_lowercase()).is_some_and(|edition| *edition >= FIRST);
    let without = readers.iter().filter(|reader| !has_it(&reader.address)).count();
    Ok((without > 0).then_some(Missing { report: due.report, readers: readers.len(), without }))
}
