//! Who gets a report. Pure: the facts are [`People`].
//!
//! A report is no reminder: nobody gets it in the place of somebody else. Who has no address is named.

use std::collections::BTreeSet;

use crate::escalation::people::{People, Person};
use crate::escalation::token::{Recipients, Token};
use crate::template::Language;

/// Which figures of single persons somebody may see, where the house has agreed to any (`report.privacy`): who leads the
/// company or the department that the mail is about all of them, who leads sales the field reps'.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// By field rep.
    pub field_reps: bool,
    /// By employee.
    pub employees: bool,
}

/// Somebody who gets a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// The employee; none for a bare address.
    pub employee: Option<i64>,
    /// Name; empty for a bare address.
    pub name: String,
    /// Mail address.
    pub address: String,
    /// What the mail is written in.
    pub language: Language,
    /// Which figures of single persons he or she may see.
    pub view: View,
}

/// Those who get a report, each once, and whom it cannot reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readers {
    /// In the order of the configuration.
    pub list: Vec<Reader>,
    /// One line each.
    pub troubles: BTreeSet<String>,
}

impl Readers {
    /// The readers that these tokens name; of a department's report also which department, by its internal key.
    pub fn of(
        report: &str,
        to: &Recipients,
        company_heads: &[i64],
        department: Option<i64>,
        people: &People,
    ) -> Readers {
        let mut readers = Readers::default();
        for token in to.tokens() {
            let active = people.persons.values().filter(|person| person.active);
            let found: Vec<&Person> = match token.whom() {
                Token::CompanyHead => active.filter(|person| company_heads.contains(&person.number)).collect(),
                Token::Employee(number) => active.filter(|person| person.number == *number).collect(),
                Token::All => active.collect(),
                Token::Team(name) => {
                    let team = people.teams.iter().find(|(_, team)| team.name.to_lowercase() == name.to_lowercase());
                    active.filter(|person| team.is_some_and(|(id, _)| person.teams.contains(id))).collect()
                }
                Token::DepartmentHead => {
                    let head = department.and_then(|id| people.department_heads.get(&id));
                    active.filter(|person| head == Some(&person.id)).collect()
                }
                Token::Department => {
                    active.filter(|person| department.is_some() && person.department == department).collect()
                }
                Token::Mail(address) => {
                    readers.add(Reader {
                        employee: None,
                        name: String::new(),
                        address: address.clone(),
                        language: people.language_of(address),
                        view: View::default(),
                    });
                    continue;
                }
                // the settings refuse those
                Token::Person(_) | Token::Supervisor(_) | Token::Colleagues | Token::Via(..) | Token::Place { .. } => {
                    Vec::new()
                }
            };
            if found.is_empty() {
                readers.troubles.insert(format!("{report}: {token} is nobody"));
            }
            let head = department.and_then(|id| people.department_heads.get(&id));
            for person in found {
                let is_head = company_heads.contains(&person.number) || head == Some(&person.id);
                readers.add_person(report, person, is_head);
            }
        }
        readers
    }

    /// One employee alone.
    pub fn alone(report: &str, person: &Person) -> Readers {
        let mut readers = Readers::default();
        readers.add_person(report, person, false);
        readers
    }

    fn add_person(&mut self, report: &str, person: &Person, is_head: bool) {
        match &person.address {
            Some(address) => self.add(Reader {
                employee: Some(person.id),
                name: person.name.clone(),
                address: address.clone(),
                language: person.language,
                view: View { field_reps: is_head, employees: is_head },
            }),
            None => {
                let trouble =
                    format!("{report}: employee {} has no mail address that can be written to", person.number);
                self.troubles.insert(trouble);
            }
        }
    }

    /// Once each, whatever the letters of the address.
    fn add(&mut self, reader: Reader) {
        if !self.list.iter().any(|known| known.address.eq_ignore_ascii_case(&reader.address)) {
            self.list.push(reader);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escalation::people::Team;

    fn people() -> People {
        let person = |id: i64, address: Option<&str>, active: bool| Person {
            id,
            number: 100 + id,
            name: format!("Person {id}"),
            address: address.map(str::to_owned),
            active,
            department: Some(7),
            teams: if id == 2 { vec![3] } else { Vec::new() },
            ..Person::default()
        };
        let persons = [
            person(1, Some("chef@firma.example"), true),
            person(2, Some("berg@firma.example"), true),
            person(3, None, true),
            person(4, Some("weg@firma.example"), false),
        ];
        People {
            persons: persons.into_iter().map(|person| (person.id, person)).collect(),
            teams: [(3, Team { name: "Vertrieb".to_owned(), lead: None })].into(),
            department_heads: [(7, 2)].into(),
            ..People::default()
        }
    }

    fn readers(to: &str) -> (Vec<String>, Vec<String>) {
        let readers = Readers::of("gf-daily", &to.parse().unwrap(), &[101, 104], Some(7), &people());
        (readers.list.into_iter().map(|reader| reader.address).collect(), readers.troubles.into_iter().collect())
    }

    #[test]
    fn each_reader_is_there_once() {
        assert_eq!(readers("company-head;mail:CHEF@firma.example;employee:101").0, ["chef@firma.example"]);
        assert_eq!(readers("team:vertrieb;department-head").0, ["berg@firma.example"]);
    }

    #[test]
    fn only_heads_see_persons() {
        let heads = |to: &str, department| {
            let readers = Readers::of("x", &to.parse().unwrap(), &[101], department, &people());
            readers
                .list
                .into_iter()
                .filter(|reader| reader.view.employees)
                .map(|reader| reader.address)
                .collect::<Vec<_>>()
        };
        assert_eq!(heads("all;mail:chefin@firma.example", None), ["chef@firma.example"]);
        assert_eq!(heads("department", Some(7)), ["chef@firma.example", "berg@firma.example"]);
    }

    #[test]
    fn who_cannot_be_reached_is_named() {
        let (list, troubles) = readers("department");
        assert_eq!(list, ["chef@firma.example", "berg@firma.example"]);
        assert_eq!(troubles, ["gf-daily: employee 103 has no mail address that can be written to"]);
        assert_eq!(readers("employee:999").1, ["gf-daily: employee:999 is nobody"]);
        // who has left is nobody
        assert_eq!(readers("employee:104").1, ["gf-daily: employee:104 is nobody"]);
    }
}
