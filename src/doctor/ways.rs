//! Whether everybody who is to be reached on a channel can be: by the stages of active types, or by a wish of one's own.

use std::collections::{BTreeMap, BTreeSet};

use super::office::some;
use super::report::{Area, Report};
use crate::escalation::people::{People, Person};
use crate::escalation::rules::TypeRules;
use crate::escalation::token::Token;
use crate::escalation::ways::address_on;
use crate::outbox::channels::{AddressKind, Channel};
use crate::settings::Settings;

/// Names who has no address on a channel, and who wants to be reached by one that there is not.
pub fn look(settings: &Settings, active: &[&TypeRules], people: &People, heads: &[i64], report: &mut Report) {
    let mut asked: BTreeMap<&str, (&Channel, BTreeSet<i64>)> = BTreeMap::new();
    let stages = active.iter().flat_map(|rules| rules.stages_with_hours().map(|(stage, _)| &stage.to));
    for token in stages.chain(active.iter().map(|rules| &rules.fallback)).flat_map(|to| to.tokens()) {
        if let Token::Via(channel, whom) = token {
            let (_, numbers) = asked.entry(&channel.name).or_insert_with(|| (channel, BTreeSet::new()));
            numbers.extend(meant(whom, people, heads).map(|person| person.number));
        }
    }
    let mut missing: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for person in people.persons.values().filter(|person| person.active) {
        for name in &person.channels {
            match settings.mail.channels.to_people(name) {
                Ok(None) => {}
                Ok(Some(channel)) => {
                    let (_, numbers) = asked.entry(&channel.name).or_insert_with(|| (channel, BTreeSet::new()));
                    numbers.insert(person.number);
                }
                Err(complaint) => missing.entry(complaint.message).or_default().push(person.number),
            }
        }
    }
    for (channel, numbers) in asked.values() {
        look_at(channel, numbers, people, report);
    }
    for (message, mut numbers) in missing {
        numbers.sort_unstable();
        let who = match numbers.as_slice() {
            [one] => format!("employee {one} asks for it and gets mails instead"),
            several => format!("employees {} ask for it and get mails instead", some(several)),
        };
        let first = numbers.first().copied().unwrap_or_default();
        report.warn(
            Area::Escalation,
            format!("{message}: {who}"),
            format!("wvl employee set {first} --channels mail, or a section of that name under [channel]"),
        );
    }
}

/// Whom a token may mean: exactly, where no item decides it, else everybody who works here.
fn meant<'p>(whom: &Token, people: &'p People, heads: &[i64]) -> impl Iterator<Item = &'p Person> {
    let team = match whom {
        Token::Team(name) => people.teams.iter().find(|(_, team)| team.name == *name).map(|(id, _)| *id),
        _ => None,
    };
    people.persons.values().filter(move |person| {
        person.active
            && match whom {
                Token::Team(_) => team.is_some_and(|team| person.teams.contains(&team)),
                Token::Employee(number) => person.number == *number,
                Token::CompanyHead => heads.contains(&person.id),
                Token::DepartmentHead => people.department_heads.values().any(|head| *head == person.id),
                _ => true,
            }
    })
}

fn look_at(channel: &Channel, numbers: &BTreeSet<i64>, people: &People, report: &mut Report) {
    let asked = people.persons.values().filter(|person| numbers.contains(&person.number));
    let mut without: Vec<i64> =
        asked.filter(|person| address_on(channel, person).is_none()).map(|person| person.number).collect();
    without.sort_unstable();
    let (name, kind) = (&channel.name, channel.address.words());
    let [first, ..] = without.as_slice() else {
        return report.ok(Area::Escalation, format!("everybody whom channel {name} is to reach has a {kind}"));
    };
    let flag = match channel.address {
        AddressKind::Phone => "--phone \"+49 7153 555-120\"",
        AddressKind::Email => "--email ADDRESS",
        _ => "--mobile \"+49 171 5550100\"",
    };
    let who = match without.len() {
        1 => format!("employee {first} has no usable {kind} for channel {name} and gets mails instead"),
        _ => format!("employees {} have no usable {kind} for channel {name} and get mails instead", some(&without)),
    };
    report.warn(Area::Escalation, who, format!("wvl employee set {first} {flag}"));
}
