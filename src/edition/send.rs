//! From a day to its mails: who is still without one, what stands in it, and both in one transaction.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::claim::{self, Edition, FAILED, FIRST, Known};
use super::due::{self, Due};
use super::letter::Desk;
use super::readers::{Reader, Readers, View};
use super::{DEPARTMENT_DAILY, GF_DAILY, PERSONAL_DAILY};
use crate::calendar::local_day;
use crate::db;
use crate::error::{Error, Kind, Result};
use crate::escalation::people::{self, People};
use crate::escalation::rules::DEFAULT_CALENDAR;
use crate::outbox::message_id::SigningKeys;
use crate::outbox::settings::MailMode;
use crate::outbox::{NewMessage, Prepared};
use crate::report::evening::{Evening, Question, Scope};
use crate::report::{self, Face};
use crate::settings::Settings;
use crate::template::{Language, Templates};

/// What is to be sent.
pub struct Asked<'a> {
    /// The installation.
    pub settings: &'a Settings,
    /// Its templates.
    pub templates: &'a Templates,
    /// Keys of the Message-IDs.
    pub keys: &'a SigningKeys,
    /// The instant of the run.
    pub now: DateTime<Utc>,
    /// The reports that are asked for, by name.
    pub reports: &'a [&'static str],
    /// Once more, at whatever hour, to everybody.
    pub resend: bool,
    /// Make everything and write nothing.
    pub dry_run: bool,
}

/// A mail that was queued, or would have been.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Name of the report.
    pub report: String,
    /// What it is about, if not the house: "Technik".
    pub scope: Option<String>,
    /// Whom it goes to.
    pub address: String,
    /// Its subject.
    pub subject: String,
    /// Whether it only says that there is none.
    pub failed: bool,
    /// The mail.
    pub message: NewMessage,
}

/// Why nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skipped {
    /// `mail.mode` is off.
    Off,
    /// The calendar has no work on this day.
    FreeDay,
    /// It is not yet the hour.
    TooEarly,
    /// Everybody has it.
    Done,
    /// There is nothing to tell, and nobody wants to hear so.
    Empty,
}

/// What a run did.
#[derive(Debug, Default)]
pub struct Summary {
    /// What was queued.
    pub sent: Vec<Sent>,
    /// What is wrong, one line each.
    pub troubles: BTreeSet<String>,
    /// Why nothing was sent, where nothing was.
    pub skipped: Option<Skipped>,
}

/// Queues what the day asks for and has not had.
///
/// Errors: what the database cannot do. A report that cannot be made is a trouble, and its readers are told once a day.
pub fn send(connection: &mut PgConnection, asked: &Asked<'_>) -> Result<Summary> {
    let settings = asked.settings;
    if settings.mail.mode == MailMode::Off {
        return Ok(Summary { skipped: Some(Skipped::Off), ..Summary::default() });
    }
    let today = local_day(asked.now, settings.zone);
    let of_day = asked.of_these(due::of_day(settings, today));
    if of_day.is_empty() {
        return Ok(Summary { skipped: Some(Skipped::FreeDay), ..Summary::default() });
    }
    let due = if asked.resend { of_day } else { asked.of_these(due::due(settings, asked.now)) };
    if due.is_empty() {
        return Ok(Summary { skipped: Some(Skipped::TooEarly), ..Summary::default() });
    }
    let mut summary = Summary::default();
    for due in due {
        let jobs = db::read_only(connection, |connection| asked.jobs(connection, due, &mut summary.troubles))?;
        for job in jobs {
            asked.serve(connection, due, &job, &mut summary)?;
        }
    }
    if summary.sent.is_empty() && summary.troubles.is_empty() {
        summary.skipped = Some(Skipped::Done);
    }
    Ok(summary)
}

/// What a report is about, and who gets it.
struct Audience {
    scope: Scope,
    /// As the database keeps it: "department:3".
    key: String,
    /// As the office calls it.
    name: Option<String>,
    readers: Readers,
}

/// One report about one scope, and who is still without it.
struct Job {
    scope: Scope,
    key: String,
    name: Option<String>,
    readers: Vec<Reader>,
    known: Known,
}

impl Asked<'_> {
    fn of_these(&self, due: Vec<Due>) -> Vec<Due> {
        due.into_iter().filter(|due| self.reports.contains(&due.report)).collect()
    }

    fn desk(&self) -> Desk<'_> {
        Desk { settings: self.settings, keys: self.keys, now: self.now }
    }

    fn is_rehearsal(&self) -> bool {
        self.settings.mail.mode == MailMode::Redirect
    }

    /// What is left to do of a report.
    fn jobs(&self, connection: &mut PgConnection, due: Due, troubles: &mut BTreeSet<String>) -> Result<Vec<Job>> {
        let settings = self.settings;
        db::set_instant(connection, self.now, settings.zone)?;
        let today = local_day(self.now, settings.zone);
        let usual = settings.calendar(DEFAULT_CALENDAR).ok_or_else(|| Error::bug("there is no default calendar"))?;
        let people =
            people::load(connection, today, |name| name.and_then(|name| settings.calendar(name)).unwrap_or(usual))?;
        let sales_head = self.sales_head(connection)?;
        let mut known = claim::known(connection, due.report, due.day, self.is_rehearsal())?;
        let mut jobs = Vec::new();
        for audience in self.audiences(connection, due, &people, troubles)? {
            let Audience { scope, key, name, readers } = audience;
            troubles.extend(readers.troubles);
            let known = known.remove(&key).unwrap_or_default();
            let is_missing = |reader: &Reader| {
                let last = known.editions.get(&reader.address.to_lowercase());
                self.resend || last.is_none_or(|edition| *edition < FIRST)
            };
            let mut readers: Vec<Reader> = readers.list.into_iter().filter(is_missing).collect();
            for reader in &mut readers {
                reader.view.field_reps |= sales_head.is_some() && reader.employee == sales_head;
            }
            if !readers.is_empty() {
                jobs.push(Job { scope, key, name, readers, known });
            }
        }
        Ok(jobs)
    }

    /// Who leads `report.sales_department`.
    fn sales_head(&self, connection: &mut PgConnection) -> Result<Option<i64>> {
        use crate::db::schema::departments;
        let Some(name) = self.settings.report.sales_department.as_ref().map(|name| name.to_lowercase()) else {
            return Ok(None);
        };
        let all: Vec<(String, Option<i64>)> =
            departments::table.select((departments::name, departments::head_id)).load(connection)?;
        Ok(all.into_iter().find(|(known, _)| known.to_lowercase() == name).and_then(|(_, head)| head))
    }

    fn audiences(
        &self,
        connection: &mut PgConnection,
        due: Due,
        people: &People,
        troubles: &mut BTreeSet<String>,
    ) -> Result<Vec<Audience>> {
        use crate::db::schema::departments;
        let report = &self.settings.report;
        let heads = &self.settings.escalation.company_heads;
        Ok(match due.report {
            DEPARTMENT_DAILY => {
                let all: Vec<(i64, String)> = departments::table
                    .order(departments::name)
                    .select((departments::id, departments::name))
                    .load(connection)?;
                let wanted = &report.department_daily.departments;
                let is_same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
                for name in wanted.iter().filter(|name| !all.iter().any(|(_, known)| is_same(name, known))) {
                    troubles.insert(format!("{}: there is no department {name:?}", due.report));
                }
                all.into_iter()
                    .filter(|(_, name)| wanted.is_empty() || wanted.iter().any(|wanted| is_same(wanted, name)))
                    .map(|(id, name)| {
                        let what = format!("{} {name}", due.report);
                        let mut readers = Readers::of(&what, &report.department_daily.to, heads, Some(id), people);
                        if wanted.is_empty() {
                            // a department without a head is none of those it is for
                            readers.troubles.retain(|trouble| !trouble.ends_with(" is nobody"));
                        }
                        Audience {
                            scope: Scope::Department(id),
                            key: format!("department:{id}"),
                            name: Some(name),
                            readers,
                        }
                    })
                    .collect()
            }
            PERSONAL_DAILY => {
                // who has no address cannot be written to by anybody
                let reachable = people.persons.values().filter(|person| person.active && person.address.is_some());
                reachable
                    .map(|person| Audience {
                        scope: Scope::Employee(person.id),
                        key: format!("employee:{}", person.id),
                        name: Some(person.name.clone()),
                        readers: Readers::alone(due.report, person),
                    })
                    .collect()
            }
            name => {
                let readers = Readers::of(name, &report.gf_daily.to, heads, None, people);
                vec![Audience { scope: Scope::House, key: String::new(), name: None, readers }]
            }
        })
    }

    /// Makes the mail, takes the editions, queues what was taken.
    fn serve(&self, connection: &mut PgConnection, due: Due, job: &Job, summary: &mut Summary) -> Result<()> {
        let question = Question {
            settings: self.settings,
            now: self.now,
            day: due.day,
            period: due.period,
            scope: job.scope,
            extended: self.settings.report.gf_daily.extended,
            since: job.known.since.clone(),
        };
        let made = report::evening(connection, &question).and_then(|evening| {
            let faces = self.faces(job, |(language, view)| {
                let seen = evening.without_persons(view.field_reps, view.employees);
                report::mail(self.templates, self.settings, language, &seen)
            })?;
            Ok((evening, faces))
        });
        let (evening, faces) = match made {
            Ok((evening, faces)) => (Some(evening), faces),
            Err(error) => {
                // without its database there is nobody to tell; the next run tries again
                db::clock(connection)?;
                let reason = error.full_message();
                summary.troubles.insert(format!("{}: {reason}", named(due, job)));
                let face =
                    |(language, _)| report::failed_mail(self.templates, self.settings, language, due.day, &reason);
                (None, self.faces(job, face)?)
            }
        };
        if let Some(evening) = &evening {
            for (section, reason) in evening.failed() {
                summary.troubles.insert(format!("{}: section {section} is missing: {reason}", named(due, job)));
            }
        }
        let mut mails = Vec::new();
        for reader in &job.readers {
            let Some((_, face)) = faces.iter().find(|(kind, _)| *kind == (reader.language, reader.view)) else {
                continue;
            };
            match self.mail(due, job, reader, face, evening.as_ref()) {
                Ok(mail) => mails.push(mail),
                Err(error) => {
                    summary.troubles.insert(format!(
                        "{} for {}: {}",
                        named(due, job),
                        reader.address,
                        error.full_message()
                    ));
                }
            }
        }
        // what only failed is told once
        mails.retain(|(edition, _)| edition.edition != FAILED || !job.known.editions.contains_key(&edition.address));
        if !self.dry_run {
            let taken = self.desk().queue(connection, &mails)?;
            mails.retain(|(edition, _)| taken.contains(&edition.address));
        }
        summary.sent.extend(mails.into_iter().filter_map(|(edition, message)| {
            Some(Sent {
                report: edition.report,
                scope: job.name.clone(),
                address: edition.address,
                subject: edition.subject,
                failed: edition.edition == FAILED,
                message: message?.into_message(),
            })
        }));
        Ok(())
    }

    /// A face for each language and view that somebody has.
    fn faces(
        &self,
        job: &Job,
        face: impl Fn((Language, View)) -> Result<Face>,
    ) -> Result<Vec<((Language, View), Face)>> {
        let mut kinds: Vec<(Language, View)> = Vec::new();
        for reader in &job.readers {
            let kind = (reader.language, reader.view);
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        kinds.into_iter().map(|kind| Ok((kind, face(kind)?))).collect()
    }

    fn mail(
        &self,
        due: Due,
        job: &Job,
        reader: &Reader,
        face: &Face,
        evening: Option<&Evening>,
    ) -> Result<(Edition, Option<Prepared>)> {
        let message = self.desk().letter(due.report, reader, face)?;
        let address = reader.address.to_lowercase();
        let edition = match evening {
            None => FAILED,
            Some(_) => job.known.editions.get(&address).map_or(FIRST, |last| last.saturating_add(1)).max(FIRST),
        };
        let row = Edition {
            report: due.report.to_owned(),
            scope: job.key.clone(),
            day: due.day,
            address,
            employee_id: reader.employee,
            edition,
            outcome: match evening {
                None => "failed",
                Some(evening) if evening.failed().is_empty() => "sent",
                Some(_) => "partial",
            },
            at: self.now,
            subject: face.subject.clone(),
            message_id: Some(message.message().id),
            snapshot: evening.map(|evening| evening.snapshot.clone()),
            origin: evening.map(|evening| evening.origin.clone()),
            rehearsal: self.is_rehearsal(),
        };
        Ok((row, Some(message)))
    }
}

fn named(due: Due, job: &Job) -> String {
    match &job.name {
        Some(name) => format!("{} {name}", due.report),
        None => due.report.to_owned(),
    }
}

/// Refuses to send what nobody is to get.
///
/// Errors: of kind `Config`.
pub fn wanted(settings: &Settings, reports: &[&'static str]) -> Result<()> {
    let report = &settings.report;
    let (key, is_wanted) = match reports {
        [DEPARTMENT_DAILY, ..] => (DEPARTMENT_DAILY, !report.department_daily.to.is_empty() || report.personal),
        _ => (GF_DAILY, report.gf_daily.has_readers(&settings.escalation.company_heads)),
    };
    match is_wanted {
        true => Ok(()),
        false => Err(Error::new(Kind::Config, format!("nobody is to get {key}")).hint(format!(
            "[report.{key}] to = \"…\" names its readers: company-head, department-head, employee:NUMBER, mail:ADDRESS"
        ))),
    }
}
