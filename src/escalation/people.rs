//! Who works here, as the search for recipients needs it: one load a run, everything else is pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Text};

use crate::calendar::Calendar;
use crate::error::Result;
use crate::template::Language;

/// An employee on one day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Internal key.
    pub id: i64,
    /// Personnel number.
    pub number: i64,
    /// First and last name.
    pub name: String,
    /// Where mails go; none also where what is entered cannot be written to.
    pub address: Option<String>,
    /// Phone number at work, as it was entered.
    pub phone: Option<String>,
    /// Mobile number, as it was entered.
    pub mobile: Option<String>,
    /// How he or she wants to be reached: `mail`, or names of channels; none: by mail.
    pub channels: Vec<String>,
    /// What his or her mails are written in.
    pub language: Language,
    /// False once he or she has left.
    pub active: bool,
    /// Own working days, Monday first; none: the site's.
    pub working_days: Option<[bool; 7]>,
    /// The site's calendar by name; none: `default`.
    pub calendar: Option<String>,
    /// Supervisor on that day.
    pub supervisor: Option<i64>,
    /// Deputy on that day.
    pub deputy: Option<i64>,
    /// Department on that day.
    pub department: Option<i64>,
    /// Teams.
    pub teams: Vec<i64>,
    /// Away on that day.
    pub absent: bool,
}

/// A team and who leads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Team {
    /// Its name.
    pub name: String,
    /// Who stands in for it as a recipient.
    pub lead: Option<i64>,
}

/// Everybody, on one day.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// By internal key.
    pub persons: BTreeMap<i64, Person>,
    /// By internal key.
    pub teams: BTreeMap<i64, Team>,
    /// Head of each department, by internal key.
    pub department_heads: BTreeMap<i64, i64>,
    /// Those who work on that day: site's calendar, own working days, not away.
    pub at_work: BTreeSet<i64>,
}

impl People {
    /// What somebody reads whose address stands in the configuration: an employee's own language, else the usual one.
    pub fn language_of(&self, address: &str) -> Language {
        let has_it = |person: &&Person| person.address.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(address));
        self.persons.values().find(has_it).map(|person| person.language).unwrap_or_default()
    }
}

#[derive(QueryableByName)]
struct PersonRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    number: i64,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Text>)]
    address: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    phone: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    mobile: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    channels: Option<String>,
    #[diesel(sql_type = Text)]
    language: String,
    #[diesel(sql_type = Bool)]
    active: bool,
    #[diesel(sql_type = Nullable<Text>)]
    working_days: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    calendar: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    supervisor: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    deputy: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    department: Option<i64>,
    #[diesel(sql_type = Array<BigInt>)]
    teams: Vec<i64>,
    #[diesel(sql_type = Bool)]
    absent: bool,
}

/// Everybody as of that day; `calendar_named` answers with the default for a name it does not know.
pub fn load<'c>(
    connection: &mut PgConnection,
    day: NaiveDate,
    calendar_named: impl Fn(Option<&str>) -> &'c Calendar,
) -> Result<People> {
    use crate::db::schema::{departments, teams};
    let rows: Vec<PersonRow> = diesel::sql_query(include_str!("people.sql")).bind::<Date, _>(day).load(connection)?;
    let persons: BTreeMap<i64, Person> = rows.into_iter().map(|row| (row.id, row.into())).collect();
    let at_work = persons.values().filter(|person| works_on(person, day, &calendar_named)).map(|person| person.id);
    Ok(People {
        at_work: at_work.collect(),
        teams: teams::table
            .select((teams::id, teams::name, teams::lead_id))
            .load::<(i64, String, Option<i64>)>(connection)?
            .into_iter()
            .map(|(id, name, lead)| (id, Team { name, lead }))
            .collect(),
        department_heads: departments::table
            .filter(departments::head_id.is_not_null())
            .select((departments::id, departments::head_id.assume_not_null()))
            .load::<(i64, i64)>(connection)?
            .into_iter()
            .collect(),
        persons,
    })
}

fn works_on<'c>(person: &Person, day: NaiveDate, calendar_named: impl Fn(Option<&str>) -> &'c Calendar) -> bool {
    let calendar = calendar_named(person.calendar.as_deref());
    let own = person.working_days.is_none_or(|days| days[day.weekday().num_days_from_monday() as usize]);
    person.active && !person.absent && own && calendar.opens_on(day)
}

impl From<PersonRow> for Person {
    fn from(row: PersonRow) -> Person {
        Person {
            id: row.id,
            number: row.number,
            name: row.name,
            // an address that cannot be written to is none: the fall-back gets the mail, and the run says so
            address: row
                .address
                .map(|address| address.trim().to_owned())
                .filter(|address| crate::outbox::address::check(address).is_ok()),
            phone: row.phone,
            mobile: row.mobile,
            channels: row.channels.iter().flat_map(|names| names.split(',')).map(str::to_owned).collect(),
            language: Language::of_code(&row.language),
            active: row.active,
            working_days: row.working_days.map(|days| {
                let mut works = [false; 7];
                works.iter_mut().zip(days.bytes()).for_each(|(works, day)| *works = day == b'1');
                works
            }),
            calendar: row.calendar,
            supervisor: row.supervisor,
            deputy: row.deputy,
            department: row.department,
            teams: row.teams,
            absent: row.absent,
        }
    }
}
