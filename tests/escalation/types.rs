//! Every type fires once on data of its own, at the right instant, to the right people.

use chrono::{DateTime, TimeDelta, Utc};

use super::house::{House, at};

/// One item of one type, and when it is first spoken of.
struct Row {
    /// The type that is active.
    of: &'static str,
    /// What is set beside `active`.
    rules: &'static str,
    /// The item.
    sql: String,
    /// The day of the first run.
    from: &'static str,
    /// The run it leaves with.
    leaves: &'static str,
    /// What leaves.
    what: &'static str,
}

impl Row {
    /// Runs at the opening and at each collection up to the minute before, the run itself, and one right after.
    fn hold(&self, house: &House) {
        house.database.execute(&self.sql);
        let leaves = at(self.leaves);
        let config = format!("[escalation.{}]\nactive = true\n{}", self.of, self.rules);
        for now in self.runs_before(leaves) {
            assert_eq!(house.run(&config, now), [""; 0], "{} at {now}, before {leaves}", self.of);
        }
        assert_eq!(house.run(&config, leaves), [self.what], "{} at {leaves}", self.of);
        let again = [leaves, leaves + TimeDelta::minutes(1), leaves + TimeDelta::minutes(15)];
        for now in again {
            assert_eq!(house.run(&config, now), [""; 0], "{} once more at {now}", self.of);
        }
        house.clear();
    }

    fn runs_before(&self, leaves: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let first = at(&format!("{} 00:00", self.from));
        let days = std::iter::successors(Some(first), |day| Some(*day + TimeDelta::days(1)));
        let days = days.take_while(|day| *day < leaves);
        let times = days.flat_map(|day| {
            let day = day.with_timezone(&chrono_tz::Europe::Berlin).format("%Y-%m-%d").to_string();
            ["08:00", "09:00", "13:00"].map(|time| at(&format!("{day} {time}")))
        });
        let just_before = leaves - TimeDelta::minutes(1);
        times.filter(|now| *now < just_before).chain([just_before]).collect()
    }
}

fn document(kind: &str, number: &str, column: &str, value: &str) -> String {
    format!(
        "INSERT INTO documents (kind, number, title, partner_id, document_date, handler_id, net_amount, open_amount, {column})
         VALUES ('{kind}', '{number}', 'Titel', 1, '2026-11-02', 6, 100, 119, '{value} Europe/Berlin');"
    )
}

fn ticket(number: &str, severity: &str, due: &str, columns: &str, values: &str) -> String {
    format!(
        "INSERT INTO tickets (number, title, severity, partner_id, opened_at, due_at, {columns})
         VALUES ('{number}', 'Drucker', '{severity}', 1, '2026-01-02', '{due} Europe/Berlin', {values});"
    )
}

fn notice(number: &str, kind: &str, partner: &str, column: &str, value: &str, handler: u8) -> String {
    format!(
        "INSERT INTO notices (number, kind, title, partner_id, handler_id, {column})
         VALUES ('{number}', '{kind}', 'Titel', {partner}, {handler}, '{value} Europe/Berlin');"
    )
}

fn task(number: &str, partner: &str, due: &str, handler: u8) -> String {
    format!(
        "INSERT INTO tasks (number, title, partner_id, handler_id, due_at)
         VALUES ('{number}', 'Anrufen', {partner}, {handler}, '{due} Europe/Berlin');"
    )
}

fn contract(number: &str, column: &str, value: &str) -> String {
    format!(
        "INSERT INTO contracts (number, name, partner_id, handler_id, {column})
         VALUES ('{number}', 'Wartung', 1, 6, '{value} Europe/Berlin');"
    )
}

const EIGHT_HOURS: &str = "stage1.hours = 8\nstage2.hours = 24\nstage3.hours = 40\n";

/// Sales: offers, orders, delivery notes, invoices, purchase orders. The office opens 08-17 where a type has no window.
#[test]
fn documents() {
    let house = House::new();
    let rows = [
        Row {
            of: "offer-follow-up",
            rules: "",
            // Thu 10 h, Fri 6 h = Fri 14:00, after Friday's last collection
            sql: document("offer", "A-1", "follow_up_at", "2026-11-19 00:00"),
            from: "2026-11-19",
            leaves: "2026-11-23 08:00",
            what: "A-1 1: 103",
        },
        Row {
            of: "order-commissioning",
            rules: EIGHT_HOURS,
            // promised for Fri 20.11.: Sat 00:00; Mon 08-16
            sql: document("order", "AB-1", "commissioning_due_at", "2026-11-21 00:00"),
            from: "2026-11-20",
            leaves: "2026-11-24 08:00",
            what: "AB-1 1: 106, 105",
        },
        Row {
            of: "order-delivery-overdue",
            rules: "",
            // Friday afternoon: 15-17 = 2 h, Mon 08-10 = 2 h
            sql: document("order", "AB-2", "delivery_due_at", "2026-11-20 15:00"),
            from: "2026-11-20",
            leaves: "2026-11-23 13:00",
            what: "AB-2 1: 103",
        },
        Row {
            of: "delivery-note",
            rules: "offset_days = 3",
            // delivered Thu 19.11., three days later is Sunday: Mon 08-16 = 8 h
            sql: document("delivery_note", "L-1", "delivered_at", "2026-11-19 00:00"),
            from: "2026-11-19",
            leaves: "2026-11-24 08:00",
            what: "L-1 1: 103",
        },
        Row {
            of: "invoice-follow-up",
            rules: EIGHT_HOURS,
            // Fri 08-16
            sql: document("invoice", "R-1", "follow_up_at", "2026-11-20 00:00"),
            from: "2026-11-20",
            leaves: "2026-11-23 08:00",
            what: "R-1 1: 106, 105",
        },
        Row {
            of: "invoice-overdue",
            rules: "",
            // payable until Mon 30.11., 24:00: Tue 08-16
            sql: document("invoice", "R-2", "payment_due_at", "2026-12-01 00:00"),
            from: "2026-11-30",
            leaves: "2026-12-02 08:00",
            what: "R-2 1: 103",
        },
        Row {
            of: "invoice-licence-expiry",
            rules: "",
            // until Wed 23.12., 24:00; 24th closed, 25th and 26th holidays, Sunday: Mon 28.12. 08-09
            sql: format!(
                "{}INSERT INTO document_lines (document_id, line, description, unit_price, licence_expires_at)
                 SELECT id, 1, 'Virenschutz', 100, '2026-12-24 00:00 Europe/Berlin' FROM documents;",
                document("invoice", "R-3", "paid_at", "2026-11-03 00:00")
            ),
            from: "2026-12-23",
            leaves: "2026-12-28 13:00",
            what: "R-3/1 1: 106, 105",
        },
        Row {
            of: "purchase-overdue",
            rules: EIGHT_HOURS,
            // expected on Wed 23.12.: Mon 28.12. 08-16
            sql: "INSERT INTO purchase_orders (number, title, partner_id, handler_id, order_date, expected_at)
                  VALUES ('B-1', 'Kabel', 3, 6, '2026-11-02', '2026-12-24 00:00 Europe/Berlin');"
                .to_owned(),
            from: "2026-12-23",
            leaves: "2026-12-29 08:00",
            what: "B-1 1: 106, 105",
        },
    ];
    rows.iter().for_each(|row| row.hold(&house));
}

/// Customers, contracts, tasks and notices.
#[test]
fn partners_contracts_and_tasks() {
    let house = House::new();
    let rows = [
        Row {
            of: "customer-notification",
            rules: "",
            // Wed 6.1.2027 is Heilige Drei Könige: Thu 08-09
            sql: notice("N-1", "customer", "1", "notify_at", "2027-01-06 00:00", 6),
            from: "2027-01-06",
            leaves: "2027-01-07 13:00",
            what: "N-1 1: 103",
        },
        Row {
            of: "customer-activity",
            rules: "",
            // until Fri 27.3.2026, 24:00; the clock goes forward on Sunday: Mon 08-09
            sql: task("T-1", "1", "2026-03-28 00:00", 6),
            from: "2026-03-27",
            leaves: "2026-03-30 13:00",
            what: "T-1 1: 103",
        },
        Row {
            of: "customer-acquisition",
            rules: "",
            // Saturday: Mon 08-09
            sql: "UPDATE partners SET follow_up_at = '2026-11-21 00:00 Europe/Berlin' WHERE id = 2".to_owned(),
            from: "2026-11-20",
            leaves: "2026-11-23 13:00",
            what: "I-2 1: 103",
        },
        Row {
            of: "customer-acquisition",
            rules: "saturday = true",
            // Sat 08-09, but Arno's site is closed on Saturday: the first collection of Monday
            sql: "UPDATE partners SET follow_up_at = '2026-11-21 00:00 Europe/Berlin' WHERE id = 2".to_owned(),
            from: "2026-11-20",
            leaves: "2026-11-23 08:00",
            what: "I-2 1: 103",
        },
        Row {
            of: "customer-acquisition",
            rules: "saturday = true",
            // Emil works on Saturdays
            sql: "UPDATE partners SET follow_up_at = '2026-11-21 00:00 Europe/Berlin', field_rep_id = 10 WHERE id = 2"
                .to_owned(),
            from: "2026-11-20",
            leaves: "2026-11-21 13:00",
            what: "I-2 1: 110",
        },
        Row {
            of: "contract-billing",
            rules: EIGHT_HOURS,
            // 1.1.2027 is a holiday and a Friday: Mon 4.1. 08-16
            sql: contract("V-1", "next_billing_at", "2027-01-01 00:00"),
            from: "2027-01-01",
            leaves: "2027-01-05 08:00",
            what: "V-1 1: 106, 105",
        },
        Row {
            of: "contract-expiry",
            rules: "announce_days = [30]",
            // to be cancelled until 31.12.: 30 days before the 31st
            sql: contract("V-2", "notice_by", "2027-01-01 00:00"),
            from: "2026-11-29",
            leaves: "2026-12-01 08:00",
            what: "V-2 -30: 106, 103",
        },
        Row {
            of: "contract-expiry",
            rules: "",
            // ends on 31.12.; 08-17: Mon 4.1. 08-12
            sql: contract("V-3", "ends_at", "2027-01-01 00:00"),
            from: "2026-12-31",
            leaves: "2027-01-04 13:00",
            what: "V-3 1: 106, 103",
        },
        Row {
            of: "system-download",
            rules: EIGHT_HOURS,
            // Fri 12-17 = 5 h, Mon 08-11 = 3 h; Urs is away and so is his deputy: Dora's deputy hears of it too
            sql: format!(
                "{}INSERT INTO absences (employee_id, first_day, last_day)
                 VALUES (8, '2026-11-16', '2026-11-27'), (9, '2026-11-23', '2026-11-23');",
                notice("S-1", "system", "NULL", "raised_at", "2026-11-20 12:00", 8)
            ),
            from: "2026-11-20",
            leaves: "2026-11-23 13:00",
            what: "S-1 1: 108, 110 for 108, 105",
        },
        Row {
            of: "task",
            rules: "",
            // until Wed 18.11.: Thu 08-09; Tina works Monday to Wednesday
            sql: task("T-2", "NULL", "2026-11-19 00:00", 7),
            from: "2026-11-18",
            leaves: "2026-11-23 08:00",
            what: "T-2 1: 107",
        },
        Row {
            of: "task",
            rules: "",
            // only on Wednesdays: after Fri, Mon, Tue it leaves all the same
            sql: format!(
                "{}UPDATE employees SET working_days = '0010000' WHERE id = 7;",
                task("T-3", "NULL", "2026-11-19 00:00", 7)
            ),
            from: "2026-11-18",
            leaves: "2026-11-24 08:00",
            what: "T-3 1: 107",
        },
        Row {
            of: "birthday",
            rules: "announce_days = []",
            // born on 29 February: Sun 28.2.2027
            sql: "INSERT INTO contact_persons (number, partner_id, first_name, last_name, birthday)
                  VALUES ('P-1', 1, 'Karla', 'Kundin', '1980-02-29');"
                .to_owned(),
            from: "2027-02-26",
            leaves: "2027-03-01 08:00",
            what: "P-1 1: 103",
        },
        Row {
            of: "birthday",
            rules: "",
            // a week before Sun 28.2.2027 is a Sunday, too
            sql: "INSERT INTO contact_persons (number, partner_id, last_name, birthday)
                  VALUES ('P-2', 1, 'Kundin', '1980-02-29');"
                .to_owned(),
            from: "2027-02-20",
            leaves: "2027-02-22 08:00",
            what: "P-2 -7: 103",
        },
        Row {
            of: "birthday",
            rules: "announce_days = []",
            // Ines agreed, Arno did not; her supervisor hears of it
            sql: "UPDATE employees SET birthday = '1990-11-24', birthday_consent = id = 4 WHERE id IN (3, 4)"
                .to_owned(),
            from: "2026-11-22",
            leaves: "2026-11-24 08:00",
            what: "MA-104 1: 102",
        },
    ];
    rows.iter().for_each(|row| row.hold(&house));
}

/// The help desk: 09-17, and a contract that never sleeps.
#[test]
fn tickets() {
    let house = House::new();
    let around_the_clock =
        "INSERT INTO contracts (id, number, name, calendar) VALUES (1, 'V-9', 'Rund um die Uhr', 'always');";
    let rows = [
        Row {
            of: "helpdesk-standard",
            rules: "stage1.hours = 16\nstage2.hours = 24\nstage3.hours = 40",
            // until Tue 17.11.: Wed 8, Thu 8 = Thu 17:00; Friday's collection of 08:00 is taken at 09:00
            sql: ticket("TK-1", "standard", "2026-11-18 00:00", "handler_id", "6"),
            from: "2026-11-17",
            leaves: "2026-11-20 09:00",
            what: "TK-1 1: 106, 105",
        },
        Row {
            of: "helpdesk-low",
            rules: "stage1.hours = 24\nstage2.hours = 40\nstage3.hours = 80",
            // Wed, Thu, Fri = Fri 17:00
            sql: ticket("TK-2", "low", "2026-11-18 00:00", "handler_id", "6"),
            from: "2026-11-18",
            leaves: "2026-11-23 09:00",
            what: "TK-2 1: 106, 105",
        },
        Row {
            of: "helpdesk-very-low",
            rules: "stage1.hours = 40\nstage2.hours = 80\nstage3.hours = 120",
            // Wed to Tue = Tue 17:00; a team instead of a handler: its lead, and above him the company head
            sql: ticket("TK-3", "very_low", "2026-11-18 00:00", "team_id", "1"),
            from: "2026-11-18",
            leaves: "2026-11-25 09:00",
            what: "TK-3 1: 105, 101",
        },
        Row {
            of: "helpdesk-high",
            rules: "",
            // Fri 15-17 = 2 h, Mon 8, Tue 6 = Tue 15:00, at once
            sql: ticket("TK-4", "high", "2026-11-20 15:00", "handler_id", "6"),
            from: "2026-11-20",
            leaves: "2026-11-24 15:00",
            what: "TK-4 1: 106, 105",
        },
        Row {
            of: "helpdesk-immediate",
            rules: "stage1.hours = 0.5\nstage2.hours = 1\nstage3.hours = 2",
            sql: ticket("TK-5", "immediate", "2026-11-20 10:10", "handler_id", "6"),
            from: "2026-11-20",
            leaves: "2026-11-20 10:40",
            what: "TK-5 1: 106, 105",
        },
        Row {
            of: "helpdesk-immediate",
            rules: "stage1.hours = 2\nstage2.hours = 4\nstage3.hours = 6",
            // the short night: 01:00 winter time + 2 h = 04:00 summer time
            sql: format!(
                "{around_the_clock}{}",
                ticket("TK-6", "immediate", "2026-03-29 01:00", "handler_id, contract_id", "10, 1")
            ),
            from: "2026-03-28",
            leaves: "2026-03-29T04:00:00+02:00",
            what: "TK-6 1: 110, 105",
        },
        Row {
            of: "helpdesk-high",
            rules: "",
            // the long night: Sat 12:00 summer time + 16 h = 03:00 winter time
            sql: format!(
                "{around_the_clock}{}",
                ticket("TK-7", "high", "2026-10-24 12:00", "handler_id, contract_id", "10, 1")
            ),
            from: "2026-10-24",
            leaves: "2026-10-25T03:00:00+01:00",
            what: "TK-7 1: 110, 105",
        },
    ];
    rows.iter().for_each(|row| row.hold(&house));
}

/// Waiting for feedback stops the clock, and the ticket is not spoken of meanwhile.
#[test]
fn a_ticket_that_waits() {
    let house = House::new();
    let config = "[escalation.helpdesk-high]\nactive = true\n";
    let set = |instant: &str, change: &str| {
        let instant = at(instant);
        house.database.execute(&format!(
            "BEGIN; SELECT set_config('wvl.as_of', '{instant}', true); UPDATE tickets SET {change}; COMMIT;"
        ));
    };
    house.database.execute(&ticket("TK-1", "high", "2026-11-16 10:00", "handler_id", "6"));
    // Mon 10-17 = 7 h, Tue 8 h, Wed 09-10
    assert_eq!(house.run(config, at("2026-11-18 12:00")), ["TK-1 1: 106, 105"]);
    set("2026-11-19 13:00", "status = 'waiting'");
    // waiting tickets have left the view, whatever the clock says
    assert_eq!(house.run(config, at("2026-11-20 17:00")), [""; 0]);
    set("2026-11-23 10:00", "status = 'in_progress'");
    // Wed 5, Thu 4, Mon 10-17 = 7: reached as the window closes
    assert_eq!(house.run(config, at("2026-11-23 16:59")), [""; 0]);
    assert_eq!(house.run(config, at("2026-11-23 17:00")), [""; 0]);
    assert_eq!(house.run(config, at("2026-11-24 09:00")), ["TK-1 2: 106, 105"]);
    assert_eq!(house.database.number("SELECT due_version FROM tickets"), 1);
    // closed and opened again: due at the reopening, and a chain of its own
    set("2026-11-24 10:00", "status = 'closed'");
    assert_eq!(house.run(config, at("2026-12-24 10:00")), [""; 0]);
    set("2027-01-11 09:00", "status = 'in_progress'");
    assert_eq!(house.run(config, at("2027-01-12 16:59")), [""; 0]);
    assert_eq!(house.run(config, at("2027-01-13 09:00")), ["TK-1 1: 106, 105"]);
    assert_eq!(house.database.number("SELECT due_version FROM tickets"), 2);
}
