//! The search looks only at what is due or changed since, and forgets nothing.

use super::house::{House, at, offer};

const OFFERS: &str = "[escalation.offer-follow-up]\nactive = true\n";

/// The instant of the last search over everything, in Berlin.
fn swept_at(house: &House) -> String {
    house.database.text("SELECT to_char(swept_at AT TIME ZONE 'Europe/Berlin', 'DD. HH24:MI') FROM escalation_searches")
}

#[test]
fn what_lies_below_the_last_search_is_found_when_it_changes() {
    let house = House::new();
    house.database.execute(&offer("OLD", "2026-11-02 00:00"));
    assert_eq!(house.run(OFFERS, at("2026-11-23 08:00")), ["OLD 1: 103"]);
    assert_eq!(swept_at(&house), "23. 08:00");
    // backdated; moved back from a date to come; reopened
    house.database.execute(&format!(
        "{}{}{}UPDATE documents SET status = 'lost' WHERE number = 'CLOSED'",
        offer("BACKDATED", "2026-11-03 00:00"),
        offer("MOVED", "2027-01-04 00:00"),
        offer("CLOSED", "2026-11-04 00:00")
    ));
    assert_eq!(house.run(OFFERS, at("2026-11-23 13:00")), ["BACKDATED 1: 103"]);
    house.database.execute(
        "UPDATE documents SET follow_up_at = '2026-11-05 00:00 Europe/Berlin' WHERE number = 'MOVED';
         UPDATE documents SET status = 'open' WHERE number = 'CLOSED'",
    );
    let config = format!("{OFFERS}collect_at = [\"08:00\", \"13:00\", \"14:00\"]\n");
    assert_eq!(house.run(OFFERS, at("2026-11-23 13:30")), [""; 0]);
    assert_eq!(swept_at(&house), "23. 08:00");
    // other rules are another search
    assert_eq!(house.run(&config, at("2026-11-23 14:00")), ["MOVED 1: 103", "CLOSED 1: 103"]);
    assert_eq!(swept_at(&house), "23. 14:00");
    // the net of the next day
    house.run(&config, at("2026-11-24 07:00"));
    assert_eq!(swept_at(&house), "24. 07:00");
}

#[test]
fn a_chain_whose_item_is_gone_rests_and_goes_on_when_it_returns() {
    let house = House::new();
    house.database.execute(&offer("A-1", "2026-11-19 00:00"));
    assert_eq!(house.run(OFFERS, at("2026-11-23 08:00")), ["A-1 1: 103"]);
    house.database.execute("UPDATE documents SET status = 'lost'");
    // stage 2 would leave now: the chain is looked at, and its item is not there
    assert_eq!(house.run(OFFERS, at("2026-11-24 08:00")), [""; 0]);
    let state = || house.database.text("SELECT state || ' ' || step FROM escalation_chains");
    assert_eq!(state(), "gone 1");
    assert_eq!(house.run(OFFERS, at("2026-11-24 08:30")), [""; 0]);
    house.database.execute("UPDATE documents SET status = 'open'");
    assert_eq!(house.run(OFFERS, at("2026-11-24 09:00")), [""; 0]);
    assert_eq!(state(), "live 1");
    assert_eq!(swept_at(&house), "24. 08:00");
    assert_eq!(house.run(OFFERS, at("2026-11-24 13:00")), ["A-1 2: 102, 103"]);
}

#[test]
fn a_restored_database_is_searched_whole() {
    let house = House::new();
    house.run(OFFERS, at("2026-11-23 08:00"));
    // as a dump would bring it: numbers of transactions that mean nothing here
    house.database.execute(&format!(
        "{}UPDATE escalation_searches SET origin = '7000000000000000000/5', txid = 9000000000;
         ALTER TABLE documents DISABLE TRIGGER USER; UPDATE documents SET changed_txid = 3;
         ALTER TABLE documents ENABLE TRIGGER USER",
        offer("A-1", "2026-11-02 00:00")
    ));
    assert_eq!(house.run(OFFERS, at("2026-11-23 13:00")), ["A-1 1: 103"]);
}

#[test]
fn a_licence_line_returns_with_its_invoice() {
    let house = House::new();
    let config = "[escalation.invoice-licence-expiry]\nactive = true\nstage1.hours = 1\n";
    house.database.execute(
        "INSERT INTO documents (id, kind, number, title, partner_id, document_date, status)
         VALUES (1, 'invoice', 'R-1', 'Firewall', 1, '2026-01-01', 'void');
         INSERT INTO document_lines (document_id, line, description, licence_expires_at)
         VALUES (1, 1, 'Lizenz', '2026-11-20 00:00 Europe/Berlin')",
    );
    assert_eq!(house.run(config, at("2026-11-23 08:00")), [""; 0]);
    house.database.execute("UPDATE documents SET status = 'open'");
    assert_eq!(house.run(config, at("2026-11-23 13:00")), ["R-1/1 1: 103, 102"]);
    assert_eq!(swept_at(&house), "23. 08:00");
}
