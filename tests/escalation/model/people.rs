//! Who can be written to in the model, and whether he is there.

use std::fmt::Display;

use super::minutes::{Day, date, weekday};

/// A recipient of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The item's own.
    Handler,
    /// By personnel number.
    Employee(i64),
}

impl Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Who::Handler => f.write_str("handler"),
            Who::Employee(number) => write!(f, "employee:{number}"),
        }
    }
}

/// The key of a person is the personnel number less 100.
pub type PersonId = i64;

#[derive(Clone, Debug)]
pub struct Person {
    pub id: PersonId,
    /// In the site that never closes; the others are in the house.
    pub in_control_room: bool,
    /// Own working days, Monday first.
    pub week: Option<&'static str>,
    pub deputy: Option<PersonId>,
    /// First and last day.
    pub absences: Vec<(Day, Day)>,
}

/// Dora (9) is never away, so that nobody needs a deputy of a deputy.
pub const DEPUTY: PersonId = 9;

/// The people of every history, nobody away yet.
pub fn people() -> Vec<Person> {
    let person = |id, in_control_room, week, deputy| Person { id, in_control_room, week, deputy, absences: Vec::new() };
    vec![
        person(3, false, None, None),
        person(4, false, None, None),
        person(6, false, None, Some(DEPUTY)),
        person(7, false, Some("1110000"), None),
        person(DEPUTY, false, None, None),
        person(10, true, Some("0011111"), None),
    ]
}

impl Person {
    pub fn is_absent(&self, day: Day) -> bool {
        self.absences.iter().any(|(first, last)| (*first..=*last).contains(&day))
    }

    /// `house_opens`: whether the default office opens on that day.
    pub fn works(&self, day: Day, house_opens: bool) -> bool {
        let own = self.week.is_none_or(|week| week.as_bytes()[weekday(day)] == b'1');
        own && !self.is_absent(day) && (self.in_control_room || house_opens)
    }
}

/// The statements that make them.
pub fn sql(people: &[Person]) -> String {
    let mut text = "INSERT INTO sites (id, name, calendar) VALUES (2, 'Leitstand', 'always');
        INSERT INTO employees (id, number, first_name, last_name, email) VALUES (1, 101, 'Carla', 'Chef', 'chef@firma.example');
        INSERT INTO partners (id, kind, number, name) VALUES (1, 'customer', 'K-1', 'Kundin AG');
        INSERT INTO contracts (id, number, name, partner_id, calendar) VALUES (1, 'V-1', 'Rund um die Uhr', 1, 'always');\n"
        .to_owned();
    for Person { id, in_control_room, week, .. } in people {
        let (site, number) = (1 + i64::from(*in_control_room), id + 100);
        let week = week.map_or("NULL".to_owned(), |week| format!("'{week}'"));
        text += &format!(
            "INSERT INTO employees (id, number, first_name, last_name, email, site_id, working_days)
             VALUES ({id}, {number}, 'Person', '{number}', 'p{number}@firma.example', {site}, {week});\n"
        );
    }
    for Person { id, deputy, .. } in people {
        let deputy = deputy.map_or("NULL".to_owned(), |deputy| deputy.to_string());
        text += &format!(
            "INSERT INTO employee_assignments (employee_id, supervisor_id, deputy_id) VALUES ({id}, 1, {deputy});\n"
        );
    }
    text
}

/// The statement that sends somebody away.
pub fn absence(person: PersonId, first: Day, last: Day) -> String {
    format!(
        "INSERT INTO absences (employee_id, first_day, last_day) VALUES ({person}, '{}', '{}');\n",
        date(first),
        date(last)
    )
}
