//! The extended mail: every count, and tables in which nobody is found out.

use diesel::PgConnection;
use wvl::report::evening::{Extended, Group, Question, Scope};
use wvl::report::figure::FigureKey;
use wvl::settings::Settings;

use super::{asked, house, question, settings};
use crate::env::TestDatabase;

fn extended(connection: &mut PgConnection, settings: &Settings, scope: Scope) -> Extended {
    let question = Question { extended: true, scope, ..question(settings, "2026-11-23") };
    asked(connection, &question).extended.unwrap().there().unwrap().clone()
}

/// "department: Vertrieb 2 1500.55, others 1 7" by one figure, with a + if some were folded.
fn table(groups: &[Group], by: &str, figure: FigureKey) -> Option<String> {
    let group = groups.iter().find(|group| group.by == by)?;
    let row = |(name, figures): &(String, Vec<(FigureKey, wvl::report::figure::Amount)>)| {
        let amount = figures.iter().find(|(known, _)| *known == figure).map(|(_, amount)| amount);
        amount.map(|amount| format!("{name} {} {}", amount.count, amount.amount.normalize()))
    };
    let rows: Vec<String> = group.rows.iter().filter_map(row).collect();
    Some(rows.join(", ") + if group.folded { " +" } else { "" })
}

fn count(extended: &Extended, name: &str) -> String {
    let plain =
        |amount: Option<rust_decimal::Decimal>| amount.map(|it| format!(" {}", it.normalize())).unwrap_or_default();
    let found = extended.counts.iter().find(|count| count.name == name);
    found.map(|it| format!("{}{}{}", it.count, plain(it.amount), plain(it.margin))).unwrap_or_default()
}

#[test]
fn all_counts_of_a_day() {
    let (database, mut connection) = house();
    database.execute(
        "INSERT INTO purchase_orders (number, order_date, net_amount, currency, status) VALUES
            ('B1', '2026-11-21', 100, 'EUR', 'open'), ('B2', '2026-11-23', 50, 'CHF', 'closed'),
            ('B3', '2026-11-23', 7, 'EUR', 'void'), ('B4', '2026-11-24', 9, 'EUR', 'open');
         INSERT INTO tickets (number, title, status, opened_at, due_at) VALUES
            ('T1', '', 'read', '2026-11-20 23:59:59+01', '2026-11-23 09:00+01'), ('T2', '', 'waiting', '2026-11-21 00:00+01', '2026-11-22'),
            ('T3', '', 'read', '2026-11-23 23:59:59+01', '2026-12-01'), ('T4', '', 'read', '2026-11-24 00:00+01', NULL);
         INSERT INTO tickets (number, title, status, opened_at, closed_at) VALUES
            ('T5', '', 'closed', '2026-11-01', '2026-11-23 10:00+01'), ('T6', '', 'closed', '2026-11-01', '2026-11-20 10:00+01');
         INSERT INTO tasks (number, title, status, due_at, done_at) VALUES
            ('A1', '', 'open', '2026-11-23 09:00+01', NULL), ('A2', '', 'open', '2026-11-24', NULL),
            ('A3', '', 'done', '2026-11-20', '2026-11-22 09:00+01'), ('A4', '', 'done', '2026-11-20', '2026-11-20 09:00+01');
         INSERT INTO escalation_steps (type, item_id, due_version, step, at, due_at, reference, title, recipients, rehearsal, baseline)
            SELECT 'task', s || d, 1, s, d::timestamptz, '2026-11-20', 'A1', '', '{}', true, s = 2
            FROM unnest(ARRAY[-3, 1, 2, 3, 101, 105]) s, unnest(ARRAY['2026-11-20 12:00+01', '2026-11-23 12:00+01']) d",
    );
    let found = extended(&mut connection, &settings(""), Scope::House);
    let counts: Vec<String> = found.counts.iter().map(|it| format!("{} {}", it.name, count(&found, it.name))).collect();
    assert_eq!(
        counts,
        [
            // costed 700 of 1000 for AN-1 alone: what others cost nobody knows
            "offers 3 1500.55 300",
            "orders 2 19000 4430",
            "delivery_notes 1 400 0",
            "invoices 4 2040 599",
            "credit_notes 2",
            "purchase_orders 2 100",
            "tickets_opened 2",
            "tickets_closed 1",
            "tickets_open 4",
            "tickets_overdue 1",
            "tasks_done 1",
            "tasks_open 2",
            "tasks_overdue 1",
            "escalations_1 1",
            "escalations_2 0",
            "escalations_3 1",
            "escalations_repeat 2",
        ]
    );
}

/// Departments of these sizes, each with an order of 100, 200 … of the first of them, and one that belongs to nobody.
fn departments(sizes: &[(&str, u32)]) -> TestDatabase {
    let database = TestDatabase::new();
    for (number, (name, size)) in sizes.iter().enumerate() {
        let first = number * 100 + 1;
        database.execute(&format!(
            "INSERT INTO departments (name) VALUES ('{name}');
             INSERT INTO employees (number, first_name, last_name)
                SELECT {first} + n, '{name}', n FROM generate_series(0, {size} - 1) n;
             INSERT INTO employee_assignments (employee_id, department_id) SELECT e.id, d.id FROM employees e, departments d
                WHERE e.first_name = d.name AND d.name = '{name}';
             INSERT INTO documents (kind, number, document_date, net_amount, handler_id)
                SELECT 'order', '{name}', '2026-11-23', ({number} + 1) * 100, id FROM employees WHERE number = {first}"
        ));
    }
    database.execute(
        "INSERT INTO documents (kind, number, document_date, net_amount) VALUES ('order', 'niemand', '2026-11-23', 7)",
    );
    database
}

#[test]
fn a_group_that_is_too_small_stands_with_others() {
    let orders = |sizes: &[(&str, u32)]| {
        let database = departments(sizes);
        let found = extended(&mut database.connect(), &settings(""), Scope::House);
        table(&found.groups, "department", FigureKey::Orders)
    };
    assert_eq!(orders(&[("Lager", 5), ("Technik", 6)]).unwrap(), "Lager 1 100, Technik 1 200, others 1 7");
    // the four would be found by taking the others from the total
    assert_eq!(orders(&[("Chef", 4), ("Lager", 5), ("Technik", 6)]).unwrap(), "Technik 1 300, others 3 307 +");
    assert_eq!(orders(&[("Chef", 4), ("Lager", 1), ("Technik", 6)]).unwrap(), "Technik 1 300, others 3 307 +");
    assert_eq!(orders(&[("Chef", 4), ("Technik", 6)]).unwrap(), " +", "only the total");
    assert_eq!(orders(&[("Chef", 1), ("Technik", 4)]).unwrap(), " +");
    assert_eq!(orders(&[("Technik", 9)]), None, "of one department its table is that of the house");
}

#[test]
fn persons_are_shown_where_the_house_has_agreed_and_not_in_a_small_group() {
    let agreed = settings("[report.privacy]\nper_person = true\n");
    let database = departments(&[("Chef", 4), ("Technik", 6)]);
    let mut connection = database.connect();
    let tables = |found: &Extended| found.groups.iter().map(|group| group.by).collect::<Vec<_>>().join(" ");
    let key =
        |name: &str| Scope::Department(database.number(&format!("SELECT id FROM departments WHERE name = '{name}'")));
    let house = extended(&mut connection, &agreed, Scope::House);
    assert_eq!(
        table(&house.groups, "employee", FigureKey::Orders).unwrap(),
        "Chef 0 1 100, Technik 0 1 200, others 1 7"
    );
    assert_eq!(tables(&house), "department field_rep employee");
    let technik = extended(&mut connection, &agreed, key("Technik"));
    assert_eq!(table(&technik.groups, "employee", FigureKey::Orders).unwrap(), "Technik 0 1 200");
    assert_eq!(tables(&extended(&mut connection, &agreed, key("Chef"))), "");
    assert_eq!(tables(&extended(&mut connection, &settings(""), Scope::House)), "department");
    let one = database.number("SELECT id FROM employees WHERE number = 1");
    assert_eq!(tables(&extended(&mut connection, &agreed, Scope::Employee(one))), "");
}

#[test]
fn scopes_have_what_is_theirs() {
    let (database, mut connection) = house();
    let settings = settings("");
    let mut orders = |scope| {
        let question = Question { scope, ..question(&settings, "2026-11-23") };
        let evening = asked(&mut connection, &question);
        let row = evening.core.row(FigureKey::Orders).unwrap().clone();
        (evening.scope.unwrap_or_default(), row.now.amount.to_string(), row.total.amount.to_string())
    };
    let told = |name: &str, now: &str, total: &str| (name.to_owned(), now.to_owned(), total.to_owned());
    let department = |name: &str| database.number(&format!("SELECT id FROM departments WHERE name = '{name}'"));
    let employee = |number: i64| database.number(&format!("SELECT id FROM employees WHERE number = {number}"));
    assert_eq!(orders(Scope::House), told("", "19000", "20600.01"));
    assert_eq!(orders(Scope::Department(department("Vertrieb"))), told("Vertrieb", "18400", "19600.01"));
    assert_eq!(orders(Scope::Department(department("Technik"))), told("Technik", "600", "1000"));
    // what Anna handles, and what she sells as field rep of Müller Bau
    assert_eq!(orders(Scope::Employee(employee(1))), told("Anna Vogt", "18400", "18400"));
    database.execute(
        "UPDATE documents SET field_rep_id = (SELECT id FROM employees WHERE number = 6) WHERE number = 'AB-2'",
    );
    assert_eq!(orders(Scope::Employee(employee(6))), told("Falk Reim", "600", "600"));
}
