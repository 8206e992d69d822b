//! What is wrong with a report, found before the evening: its head, its statement against the schema, its template, and
//! whether anybody gets it.

use std::collections::BTreeSet;

use diesel::PgConnection;

use super::run::Run;
use super::{Own, Value, mail};
use crate::calendar::dates::Moment;
use crate::calendar::local_day;
use crate::db;
use crate::error::{Error, Result};
use crate::escalation::people::{self, People};
use crate::escalation::token::{Recipients, Token};
use crate::settings::Settings;
use crate::template::Templates;

/// Everything that is wrong with a report that could be read. Nothing of it is computed.
pub fn check(
    connection: &mut PgConnection,
    own: &Own,
    settings: &Settings,
    templates: &Templates,
    run: &Run,
) -> Vec<Error> {
    let mut wrong = Vec::new();
    let moment = settings.moment(run.when.now);
    let values = values(own, &moment, &mut wrong);
    match own.described(connection, &values, run) {
        Ok(described) => {
            let lost = own.head.money.iter().filter(|name| !described.iter().any(|(column, _)| column.key == **name));
            wrong.extend(lost.map(|name| Error::config(format!("{}: money: there is no column {name}", own.file))));
            let told = mail::check(templates, own, &described);
            wrong.extend(told.into_iter().map(|error| super::in_file(&own.file, error)));
        }
        Err(error) => wrong.push(error),
    }
    if !own.head.to.is_empty() {
        match everybody(connection, settings, run) {
            Ok(people) => wrong.extend(
                unreachable(&own.head.to, &people, settings)
                    .into_iter()
                    .map(|who| Error::config(format!("{}: {who}", own.file))),
            ),
            Err(error) => wrong.push(error),
        }
    }
    wrong
}

/// The defaults; NULL where there is none, and where one is wrong.
fn values(own: &Own, moment: &Moment<'_>, wrong: &mut Vec<Error>) -> Vec<Value> {
    let mut values = Vec::new();
    for parameter in &own.head.parameters {
        let read = parameter.default.as_deref().map(|default| parameter.read(Some(default), moment));
        values.push(match read {
            None => parameter.unsaid(),
            Some(Ok(value)) => value,
            Some(Err(error)) => {
                wrong.push(super::in_file(&own.file, error));
                parameter.unsaid()
            }
        });
    }
    values
}

fn everybody(connection: &mut PgConnection, settings: &Settings, run: &Run) -> Result<People> {
    let day = local_day(run.when.now, run.when.zone);
    let usual = settings.calendar(crate::escalation::rules::DEFAULT_CALENDAR);
    let usual = usual.ok_or_else(|| Error::bug("there is no calendar “default”"))?;
    db::read_only(connection, |connection| {
        people::load(connection, day, |name| name.and_then(|name| settings.calendar(name)).unwrap_or(usual))
    })
}

/// Whom a report would not reach, a sentence each.
fn unreachable(to: &Recipients, people: &People, settings: &Settings) -> Vec<String> {
    let with_address = |number: i64| {
        people.persons.values().any(|person| person.number == number && person.active && person.address.is_some())
    };
    let mut wrong = Vec::new();
    for token in to.tokens() {
        match token.whom() {
            Token::CompanyHead if settings.escalation.company_heads.is_empty() => {
                wrong.push("company-head means nobody; company_heads in [escalation] names them".to_owned());
            }
            Token::CompanyHead => {
                let heads: BTreeSet<i64> = settings.escalation.company_heads.iter().copied().collect();
                let lost = heads.into_iter().filter(|number| !with_address(*number));
                wrong.extend(
                    lost.map(|number| format!("company-head {number} has no mail address, or does not work here")),
                );
            }
            Token::Employee(number) if !with_address(*number) => {
                wrong.push(format!("employee {number} has no mail address, or does not work here"));
            }
            Token::Team(name) => {
                let team =
                    people.teams.iter().find(|(_, team)| team.name.eq_ignore_ascii_case(name)).map(|(id, _)| *id);
                let members =
                    people.persons.values().filter(|person| team.is_some_and(|team| person.teams.contains(&team)));
                if !members.into_iter().any(|person| person.active && person.address.is_some()) {
                    wrong.push(format!("team {name} has nobody with a mail address"));
                }
            }
            Token::All if !people.persons.values().any(|person| person.active && person.address.is_some()) => {
                wrong.push("nobody here has a mail address".to_owned());
            }
            _ => {}
        }
    }
    wrong
}
