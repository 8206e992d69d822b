//! From tokens to people, in a house of nine.

use std::collections::BTreeMap;

use crate::escalation::people::{People, Person, Team};
use crate::escalation::recipients::{Policy, Resolved, Roles, resolve};
use crate::escalation::token::Recipients;
use crate::template::Language;

const CHEF: i64 = 1;
const SALES_HEAD: i64 = 2;
const FIELD: i64 = 3;
const INSIDE: i64 = 4;
const TECH_HEAD: i64 = 5;
const TECH: i64 = 6;
const OTHER_TECH: i64 = 7;
const APPRENTICE: i64 = 8;
const OFFICE: i64 = 9;

const SALES: i64 = 10;
const TECHNIK: i64 = 11;
const HOTLINE: i64 = 20;
const SUED: i64 = 21;

/// Personnel numbers are 100 higher than the keys, so that they cannot be mixed up.
struct House {
    people: People,
    roles: Roles,
    heads: Vec<i64>,
    fallback: Recipients,
    deputy_instead: bool,
}

impl House {
    /// Chef over the heads of sales and technology; the team Hotline is led by the head of technology.
    fn new() -> House {
        let mut people = People::default();
        for (id, supervisor, department, teams) in [
            (CHEF, None, None, vec![]),
            (SALES_HEAD, Some(CHEF), Some(SALES), vec![]),
            (FIELD, Some(SALES_HEAD), Some(SALES), vec![]),
            (INSIDE, Some(SALES_HEAD), Some(SALES), vec![]),
            (TECH_HEAD, Some(CHEF), Some(TECHNIK), vec![]),
            (TECH, Some(TECH_HEAD), Some(TECHNIK), vec![HOTLINE]),
            (OTHER_TECH, Some(TECH_HEAD), Some(TECHNIK), vec![HOTLINE, SUED]),
            (APPRENTICE, Some(TECH_HEAD), Some(TECHNIK), vec![SUED]),
            (OFFICE, Some(CHEF), None, vec![]),
        ] {
            let person = Person {
                id,
                number: id + 100,
                name: format!("P{id}"),
                address: Some(format!("p{id}@firma.example")),
                active: true,
                supervisor,
                department,
                teams,
                ..Person::default()
            };
            people.persons.insert(id, person);
            people.at_work.insert(id);
        }
        let team = |name: &str, lead| Team { name: name.to_owned(), lead };
        people.teams = BTreeMap::from([(HOTLINE, team("Hotline", Some(TECH_HEAD))), (SUED, team("Technik Süd", None))]);
        people.department_heads = BTreeMap::from([(SALES, SALES_HEAD), (TECHNIK, TECH_HEAD)]);
        let roles = Roles { field_rep: Some(FIELD), inside_rep: Some(INSIDE), handler: Some(TECH), ..Roles::default() };
        House { people, roles, heads: vec![CHEF], fallback: Recipients::default(), deputy_instead: false }
    }

    fn person(&mut self, id: i64) -> &mut Person {
        self.people.persons.get_mut(&id).unwrap()
    }

    fn away(&mut self, id: i64, deputy: Option<i64>) {
        (self.person(id).absent, self.person(id).deputy) = (true, deputy);
        self.people.at_work.remove(&id);
    }

    fn gone(&mut self, id: i64) {
        self.person(id).active = false;
        self.people.at_work.remove(&id);
    }

    fn resolve_stages(&self, stages: &[&str]) -> Resolved {
        let stages: Vec<Recipients> = stages.iter().map(|stage| stage.parse().unwrap()).collect();
        let tokens: Vec<_> = stages.iter().map(Recipients::tokens).collect();
        // stage 1 of the seed's helpdesk
        let first_stage: Recipients = "handler".parse().unwrap();
        let policy = Policy {
            first_stage: first_stage.tokens(),
            fallback: self.fallback.tokens(),
            company_heads: &self.heads,
            deputy_instead: self.deputy_instead,
            channels: None,
        };
        resolve(&tokens, &self.roles, &self.people, &policy)
    }

    /// `3 adm, 9 deputy of 2, 1 fallback for 4`: keys, why, and whose place they take.
    fn to(&self, stage: &str) -> String {
        shown(&self.resolve_stages(&[stage]))
    }

    fn troubles(&self, stage: &str) -> Vec<String> {
        self.resolve_stages(&[stage]).troubles.into_iter().collect()
    }
}

fn shown(resolved: &Resolved) -> String {
    let each = resolved.recipients.iter().map(|recipient| {
        let who = recipient.employee.map_or(recipient.address.clone(), |id| id.to_string());
        match (recipient.instead_of, recipient.is_deputy) {
            (None, _) => format!("{who} {}", recipient.why.word()),
            (Some(of), true) => format!("{who} {} deputy of {of}", recipient.why.word()),
            (Some(of), false) => format!("{who} {} for {of}", recipient.why.word()),
        }
    });
    each.collect::<Vec<_>>().join(", ")
}

#[test]
fn every_token() {
    let house = House::new();
    for (stage, to) in [
        ("ADM", "3 adm"),
        ("IDM", "4 idm"),
        ("Bearbeiter", "6 handler"),
        ("Unternehmensleiter", "1 company-head"),
        ("supervisor(adm)", "2 supervisor"),
        ("supervisor(handler)", "5 supervisor"),
        // none of the item: the handler's
        ("department-head", "5 department-head"),
        ("department", "5 department, 6 department, 7 department, 8 department"),
        ("team:Technik Süd", "7 team, 8 team"),
        // the handler's team without the handler
        ("colleagues", "7 team"),
        ("employee:109", "9 named"),
        ("mail:lager@firma.example", "lager@firma.example named"),
    ] {
        assert_eq!(house.to(stage), to, "{stage}");
        assert_eq!(house.troubles(stage), [""; 0], "{stage}");
    }
    assert_eq!(house.resolve_stages(&["all"]).recipients.len(), 9);
}

#[test]
fn the_department_of_the_item_comes_first() {
    let mut house = House::new();
    house.roles.department = Some(SALES);
    assert_eq!(house.to("department-head"), "2 department-head");
    assert_eq!(house.to("department"), "2 department, 3 department, 4 department");
}

#[test]
fn the_supervisor_is_that_of_the_first_personal_role() {
    let house = House::new();
    // of stage 2 as in the seed: the field representative's
    assert_eq!(house.to("Vorgesetzter;ADM"), "2 supervisor, 3 adm");
    assert_eq!(house.to("Bearbeiter;Vorgesetzter"), "6 handler, 5 supervisor");
    assert_eq!(house.to("ADM;Bearbeiter;Vorgesetzter"), "3 adm, 6 handler, 2 supervisor");
    assert_eq!(house.to("ADM;supervisor(handler)"), "3 adm, 5 supervisor");
    // none in the stage: of stage 1, which goes to the handler
    assert_eq!(house.to("Vorgesetzter"), "5 supervisor");
}

#[test]
fn the_supervisor_is_taken_after_an_empty_role_was_replaced() {
    let mut house = House::new();
    house.roles.field_rep = None;
    assert_eq!(house.to("Vorgesetzter;ADM"), "5 supervisor, 6 adm");
}

#[test]
fn an_empty_role_is_replaced_in_the_order_handler_team_adm_idm() {
    let mut house = House::new();
    house.roles = Roles {
        field_rep: Some(FIELD),
        inside_rep: Some(INSIDE),
        handler: Some(TECH),
        team: Some(HOTLINE),
        department: None,
    };
    let mut tries = Vec::new();
    house.roles.inside_rep = None;
    tries.push(house.to("idm"));
    house.roles.handler = None;
    tries.push(house.to("idm"));
    house.roles.team = None;
    tries.push(house.to("idm"));
    house.roles = Roles { inside_rep: Some(INSIDE), ..Roles::default() };
    tries.push(house.to("adm"));
    let who: Vec<&str> = tries.iter().map(|to| to.split(' ').next().unwrap()).collect();
    assert_eq!(who, ["6", "5", "3", "4"], "{tries:?}");
    // a team without a lead is nobody
    house.roles.team = Some(SUED);
    assert_eq!(house.to("handler").split(' ').next(), Some("4"));
}

#[test]
fn an_item_without_any_role_goes_to_the_fallback_and_then_to_the_heads() {
    let mut house = House::new();
    house.roles = Roles::default();
    assert_eq!(house.to("adm"), "1 fallback");
    assert_eq!(house.to("handler;supervisor"), "1 fallback");
    assert_eq!(house.troubles("adm").len(), 1, "company heads are the last resort and reported");
    house.fallback = "employee:109".parse().unwrap();
    assert_eq!(house.to("adm"), "9 fallback");
    assert_eq!(house.troubles("adm"), [""; 0]);
}

#[test]
fn nobody_at_all_is_a_trouble_and_no_mail() {
    let mut house = House::new();
    house.roles = Roles::default();
    house.heads.clear();
    assert_eq!(house.to("adm"), "");
    assert!(house.troubles("adm").iter().any(|trouble| trouble.contains("nobody can be reached")));
}

#[test]
fn who_left_is_replaced_by_the_next_supervisor_up() {
    let mut house = House::new();
    house.gone(FIELD);
    assert_eq!(house.to("adm"), "2 adm for 3");
    // the supervisor of stage 2 is the same person: one mail
    assert_eq!(house.to("supervisor;adm"), "2 supervisor");
    house.gone(SALES_HEAD);
    assert_eq!(house.to("adm"), "1 adm for 3");
    assert_eq!(house.to("supervisor;adm"), "1 supervisor for 2");
}

#[test]
fn a_supervisor_cycle_of_people_who_left_ends_at_the_company_heads() {
    let mut house = House::new();
    house.gone(FIELD);
    house.gone(SALES_HEAD);
    house.person(SALES_HEAD).supervisor = Some(FIELD);
    assert_eq!(house.to("adm"), "1 fallback for 3");
    assert_eq!(house.troubles("adm"), ["employees 102, 103 supervise each other and have all left"]);
}

#[test]
fn who_left_without_a_supervisor_is_named() {
    let mut house = House::new();
    house.gone(OFFICE);
    house.person(OFFICE).supervisor = None;
    house.roles.handler = Some(OFFICE);
    assert_eq!(house.to("handler"), "1 fallback for 9");
    assert_eq!(house.troubles("handler").len(), 1);
}

#[test]
fn a_deputy_hears_of_it_too_or_instead() {
    let mut house = House::new();
    house.away(FIELD, Some(INSIDE));
    assert_eq!(house.to("adm"), "3 adm, 4 adm deputy of 3");
    // the supervisor stays the absent one's
    assert_eq!(house.to("supervisor;adm"), "2 supervisor, 3 adm, 4 adm deputy of 3");
    house.deputy_instead = true;
    assert_eq!(house.to("adm"), "4 adm deputy of 3");
}

#[test]
fn without_a_deputy_the_absent_one_is_written_to() {
    let mut house = House::new();
    house.deputy_instead = true;
    house.away(FIELD, None);
    assert_eq!(house.to("adm"), "3 adm");
    let resolved = house.resolve_stages(&["adm"]);
    assert!(!resolved.recipients[0].at_work);
}

#[test]
fn a_deputy_of_a_deputy() {
    let mut house = House::new();
    house.deputy_instead = true;
    house.away(FIELD, Some(INSIDE));
    house.away(INSIDE, Some(OFFICE));
    assert_eq!(house.to("adm"), "9 adm deputy of 3");
    // one who left passes it on as well
    house.person(INSIDE).absent = false;
    house.gone(INSIDE);
    assert_eq!(house.to("adm"), "9 adm deputy of 3");
}

#[test]
fn deputies_in_a_circle_are_found() {
    let mut house = House::new();
    house.deputy_instead = true;
    house.away(FIELD, Some(INSIDE));
    house.away(INSIDE, Some(FIELD));
    assert_eq!(house.to("adm"), "3 adm");
    assert_eq!(house.troubles("adm"), ["employees 103, 104 stand in for each other and are all absent"]);
    // oneself as deputy
    house.away(FIELD, Some(FIELD));
    assert_eq!(house.to("adm"), "3 adm");
}

#[test]
fn somebody_without_an_address_is_named_and_replaced() {
    let mut house = House::new();
    house.person(FIELD).address = None;
    assert_eq!(house.to("adm"), "1 fallback for 3");
    assert_eq!(house.troubles("adm"), ["employee 103 has no usable mail address"]);
    house.fallback = "employee:109;mail:zentrale@firma.example".parse().unwrap();
    assert_eq!(house.to("adm"), "9 fallback for 3, zentrale@firma.example fallback for 3");
    // the fallback has none either
    house.fallback = "employee:109".parse().unwrap();
    house.person(OFFICE).address = None;
    assert!(house.to("adm").starts_with("1 fallback"));
    assert_eq!(
        house.troubles("adm"),
        ["employee 103 has no usable mail address", "employee 109 has no usable mail address"]
    );
    // and the company head neither: it ends
    house.person(CHEF).address = None;
    assert_eq!(house.to("adm"), "");
    assert_eq!(house.troubles("adm").len(), 4, "{:?}", house.troubles("adm"));
}

#[test]
fn a_fallback_may_be_a_role() {
    let mut house = House::new();
    house.roles = Roles { team: Some(SUED), ..Roles::default() };
    house.fallback = "colleagues".parse().unwrap();
    assert_eq!(house.to("adm"), "7 fallback, 8 fallback");
}

#[test]
fn colleagues_are_those_of_the_items_team_without_a_handler() {
    let mut house = House::new();
    house.roles = Roles { team: Some(SUED), ..Roles::default() };
    assert_eq!(house.to("colleagues"), "7 team, 8 team");
    house.gone(OTHER_TECH);
    assert_eq!(house.to("colleagues"), "8 team");
    house.roles = Roles { handler: Some(OTHER_TECH), ..Roles::default() };
    house.person(OTHER_TECH).active = true;
    assert_eq!(house.to("colleagues"), "6 team, 8 team");
}

#[test]
fn an_unknown_team_or_employee_is_named() {
    let house = House::new();
    assert_eq!(house.to("team:Technik Nord"), "1 fallback");
    assert_eq!(house.troubles("team:Technik Nord"), ["there is no team “Technik Nord” to write to"]);
    assert_eq!(house.to("adm;employee:4711"), "3 adm, 1 fallback");
    assert_eq!(house.troubles("adm;employee:4711"), ["there is no employee 4711 to write to"]);
}

#[test]
fn everybody_gets_it_once() {
    let mut house = House::new();
    house.roles.inside_rep = Some(FIELD);
    assert_eq!(house.to("adm;idm;handler;adm"), "3 adm, 6 handler");
    assert_eq!(house.to("adm;mail:P3@firma.example"), "3 adm");
    // merged stages: the union
    let merged = house.resolve_stages(&["adm", "supervisor;adm", "adm;supervisor;company-head"]);
    assert_eq!(shown(&merged), "3 adm, 2 supervisor, 1 company-head");
}

#[test]
fn nobody_stands_above_a_company_head() {
    let mut house = House::new();
    house.roles.handler = Some(CHEF);
    assert_eq!(house.to("handler;supervisor"), "1 handler");
    assert_eq!(house.troubles("handler;supervisor"), [""; 0]);
    assert_eq!(house.to("supervisor(handler)"), "1 fallback");
}

#[test]
fn an_employee_without_a_supervisor_is_named() {
    let mut house = House::new();
    house.person(FIELD).supervisor = None;
    assert_eq!(house.to("supervisor;adm"), "1 fallback for 3, 3 adm");
    assert_eq!(house.troubles("supervisor;adm"), ["employee 103 has no supervisor"]);
}

#[test]
fn each_is_written_to_in_his_own_language() {
    let mut house = House::new();
    house.person(FIELD).language = Language::English;
    let languages = |stage: &str| -> Vec<&str> {
        house.resolve_stages(&[stage]).recipients.iter().map(|recipient| recipient.language.code()).collect()
    };
    assert_eq!(languages("adm;supervisor;mail:lager@firma.example"), ["en", "de", "de"]);
    // an employee's address in the configuration is still the employee's
    assert_eq!(languages("mail:P3@firma.example"), ["en"]);
}
