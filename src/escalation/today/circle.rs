//! Whose an item is: the employee's own, or that of somebody he or she works with. Pure.

use std::collections::BTreeSet;

use crate::escalation::people::{People, Person};
use crate::escalation::recipients::Roles;
use crate::escalation::token::{PersonalRole, Token};

/// An employee and those whose work concerns him or her.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Circle {
    /// The employee.
    pub me: i64,
    /// Who is in a team with the employee, or reports to him or her.
    pub others: BTreeSet<i64>,
    /// Absent employees for whom this one stands in today.
    pub replaced: BTreeSet<i64>,
    /// The employee's teams, and those that he or she leads.
    pub teams: BTreeSet<i64>,
}

/// Where an item belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// To the employee; or, today, in the place of somebody absent.
    Mine { instead_of: Option<i64> },
    /// To somebody around; none: to a team and nobody in it.
    Team { of: Option<i64> },
}

impl Circle {
    pub fn of(me: i64, people: &People) -> Circle {
        let own = people.persons.get(&me).map(|person| person.teams.clone()).unwrap_or_default();
        let led = people.teams.iter().filter(|(_, team)| team.lead == Some(me)).map(|(id, _)| *id);
        let teams: BTreeSet<i64> = own.into_iter().chain(led).collect();
        let is_around = |person: &&Person| {
            person.supervisor == Some(me) || person.active && person.teams.iter().any(|team| teams.contains(team))
        };
        let persons = || people.persons.values().filter(|person| person.id != me);
        Circle {
            me,
            others: persons().filter(is_around).map(|person| person.id).collect(),
            replaced: persons()
                .filter(|person| deputy_of(person, people) == Some(me))
                .map(|person| person.id)
                .collect(),
            teams,
        }
    }

    /// Everybody whose items are wanted.
    pub fn people(&self) -> Vec<i64> {
        let all: BTreeSet<i64> = self.others.iter().chain(&self.replaced).copied().chain([self.me]).collect();
        all.into_iter().collect()
    }

    pub fn teams(&self) -> Vec<i64> {
        self.teams.iter().copied().collect()
    }

    /// Whether a stage names an employee by number, so that items need no role to be somebody's.
    pub fn is_named_in(&self, stage: &[Token]) -> bool {
        stage.iter().any(|token| matches!(token.whom(), Token::Employee(_)))
    }

    /// Where an item with these roles belongs, by the people whom its first stage names; if that names nobody, by its
    /// handler.
    pub fn place_of(&self, first_stage: &[Token], roles: &Roles, people: &People) -> Option<Place> {
        let whose = responsible(first_stage, roles, people);
        let first_of = |set: &BTreeSet<i64>| whose.iter().copied().find(|id| set.contains(id));
        if whose.contains(&self.me) {
            return Some(Place::Mine { instead_of: None });
        }
        if let Some(absent) = first_of(&self.replaced) {
            return Some(Place::Mine { instead_of: Some(absent) });
        }
        if let Some(other) = first_of(&self.others) {
            return Some(Place::Team { of: Some(other) });
        }
        let is_the_teams = roles.team.is_some_and(|team| self.teams.contains(&team));
        is_the_teams.then_some(Place::Team { of: whose.first().copied() })
    }
}

/// Who has to act, in the order in which the stage names them.
fn responsible(first_stage: &[Token], roles: &Roles, people: &People) -> Vec<i64> {
    let named = |token: &Token| match token.whom() {
        Token::Person(role) => roles.person(*role, people),
        Token::Employee(number) => people.persons.values().find(|person| person.number == *number).map(|it| it.id),
        _ => None,
    };
    let named: Vec<i64> = first_stage.iter().filter_map(named).collect();
    if named.is_empty() { roles.person(PersonalRole::Handler, people).into_iter().collect() } else { named }
}

/// Who stands in for an absent employee: the deputy, an absent one's deputy in turn.
fn deputy_of(absent: &Person, people: &People) -> Option<i64> {
    let mut seen = BTreeSet::new();
    let mut person = absent;
    while person.absent || !person.active {
        // whoever has left has nobody who stands in
        if !person.active || !seen.insert(person.id) {
            return None;
        }
        person = people.persons.get(&person.deputy?)?;
    }
    (person.id != absent.id).then_some(person.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escalation::people::Team;

    const FIELD_REP: Token = Token::Person(PersonalRole::FieldRep);
    const HANDLER: Token = Token::Person(PersonalRole::Handler);

    /// Vera (1) has Arno (2), Ines (3) and Gert, who has left (4); Theo (5) leads the hotline (7): Hans (6), Urs (8), whose
    /// deputy is Hans.
    fn people() -> People {
        let person = |id: i64, supervisor: Option<i64>, teams: &[i64]| Person {
            id,
            number: 100 + id,
            active: id != 4,
            supervisor,
            deputy: (id == 8).then_some(6),
            teams: teams.to_vec(),
            ..Person::default()
        };
        let persons = [
            person(1, None, &[]),
            person(2, Some(1), &[]),
            person(3, Some(1), &[]),
            person(4, Some(1), &[]),
            person(5, None, &[]),
            person(6, Some(5), &[7]),
            person(8, Some(5), &[7]),
        ];
        People {
            persons: persons.into_iter().map(|person| (person.id, person)).collect(),
            teams: [(7, Team { name: "Hotline".into(), lead: Some(5) })].into(),
            ..People::default()
        }
    }

    fn place(me: i64, stage: &[Token], roles: Roles, people: &People) -> Option<Place> {
        Circle::of(me, people).place_of(stage, &roles, people)
    }

    #[test]
    fn the_first_stage_says_whose_it_is() {
        let people = people();
        let roles = Roles { field_rep: Some(2), inside_rep: Some(3), ..Roles::default() };
        assert_eq!(place(2, &[FIELD_REP], roles, &people), Some(Place::Mine { instead_of: None }));
        assert_eq!(place(3, &[FIELD_REP], roles, &people), None);
        assert_eq!(place(1, &[FIELD_REP], roles, &people), Some(Place::Team { of: Some(2) }));
        assert_eq!(place(6, &[FIELD_REP], roles, &people), None);
        // a stage of nobody's role goes by the handler, and who has none by the next role
        assert_eq!(place(2, &[Token::Department], roles, &people), Some(Place::Mine { instead_of: None }));
        assert_eq!(place(3, &[Token::Employee(103)], roles, &people), Some(Place::Mine { instead_of: None }));
    }

    #[test]
    fn what_a_former_employee_left_behind_is_the_teams() {
        let roles = Roles { handler: Some(4), ..Roles::default() };
        assert_eq!(place(1, &[HANDLER], roles, &people()), Some(Place::Team { of: Some(4) }));
    }

    #[test]
    fn a_team_shares_what_nobody_has_taken() {
        let people = people();
        let of_team = Roles { team: Some(7), ..Roles::default() };
        // it is its lead's, and the members see it
        assert_eq!(place(5, &[HANDLER], of_team, &people), Some(Place::Mine { instead_of: None }));
        assert_eq!(place(6, &[HANDLER], of_team, &people), Some(Place::Team { of: Some(5) }));
        let of_hans = Roles { handler: Some(6), team: Some(7), ..Roles::default() };
        assert_eq!(place(8, &[HANDLER], of_hans, &people), Some(Place::Team { of: Some(6) }));
        assert_eq!(place(2, &[HANDLER], of_hans, &people), None);
    }

    #[test]
    fn who_stands_in_has_the_things_of_the_absent() {
        let mut people = people();
        let roles = Roles { handler: Some(8), ..Roles::default() };
        assert_eq!(place(6, &[HANDLER], roles, &people), Some(Place::Team { of: Some(8) }));
        people.persons.get_mut(&8).unwrap().absent = true;
        assert_eq!(place(6, &[HANDLER], roles, &people), Some(Place::Mine { instead_of: Some(8) }));
        assert_eq!(place(8, &[HANDLER], roles, &people), Some(Place::Mine { instead_of: None }));
        // two who stand in for each other, both absent
        people.persons.get_mut(&6).unwrap().absent = true;
        people.persons.get_mut(&6).unwrap().deputy = Some(8);
        assert_eq!(place(6, &[HANDLER], roles, &people), Some(Place::Team { of: Some(8) }));
    }
}
