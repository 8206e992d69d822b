//! From a trial to real mails: rehearsals, the baseline, caps.

use super::house::{House, at, environment, offer, texts};

const OFFERS: &str = "[escalation.offer-follow-up]\nactive = true\n";

#[test]
fn the_first_live_run_takes_back_what_was_rehearsed() {
    let environment = environment(OFFERS);
    environment.database.execute(&offer("A-1", "2026-11-19 00:00"));
    environment.ok(&["escalate", "run", "--as-of", "2026-11-23T08:00"]);
    environment.database.execute(&offer("A-2", "2026-11-19 00:00"));
    let mode = |from: &str, to: &str| {
        let text = std::fs::read_to_string(environment.config()).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(environment.config(), text.replace(from, to)).unwrap();
    };
    mode("mode = \"live\"", "mode = \"redirect\"\nredirect_to = \"probe@firma.example\"");
    for now in ["2026-11-23T13:00", "2026-11-24T08:00", "2026-11-26T08:00"] {
        environment.ok(&["escalate", "run", "--as-of", now]);
    }
    let chains = "SELECT string_agg(reference || ' ' || c.step, ', ' ORDER BY reference) FROM escalation_chains c
                  JOIN escalation_steps s ON s.item_id = c.item_id AND s.step = 1";
    assert_eq!(environment.database.text(chains), "A-1 3, A-2 2");
    assert_eq!(environment.database.number("SELECT count(*) FROM escalation_steps WHERE rehearsal"), 4);

    mode("mode = \"redirect\"", "mode = \"live\"");
    let before = environment.mails().len();
    // 13:00 of that day was taken by nobody, 08:00 by a rehearsal
    environment.ok(&["escalate", "run", "--as-of", "2026-11-26T09:00"]);
    let steps = "SELECT string_agg(reference || ' ' || step, ', ' ORDER BY reference, step) FROM escalation_steps";
    assert_eq!(environment.database.text(steps), "A-1 1, A-1 2, A-2 1");
    assert_eq!(environment.database.text(chains), "A-1 2, A-2 1");
    // two to Arno's bundle and one to Vera
    assert_eq!(environment.mails().len() - before, 2);
    assert_eq!(environment.database.number("SELECT count(*) FROM escalation_steps WHERE rehearsal"), 0);
}

#[test]
fn a_trial_of_another_day_binds_nobody() {
    let house = House::new();
    house.database.execute(&offer("A-1", "2026-11-19 00:00"));
    let old = format!("{OFFERS}max_age_days = 30\n");
    let rehearse = |now| house.run_as("redirect", &old, at(now));
    // a year later it is too old for everything
    assert_eq!(rehearse("2027-11-23 08:00"), [""; 0]);
    assert_eq!(house.database.text("SELECT state FROM escalation_chains"), "spent");
    assert_eq!(house.run(&old, at("2026-11-23 08:00")), ["A-1 1: 103"]);
}

#[test]
fn a_baseline_says_nothing_twice_and_nothing_at_the_end() {
    let house = House::new();
    house.database.execute(&format!(
        "{}{}{}",
        offer("A-1", "2026-10-01 00:00"),
        // stage 1 left Mon 08:00
        offer("A-2", "2026-11-19 00:00"),
        offer("A-3", "2026-11-20 00:00")
    ));
    let now = at("2026-11-23 12:00");
    let recorded = house.baseline(OFFERS, now, true).unwrap();
    assert_eq!(recorded.total(), 2);
    assert_eq!(house.database.number("SELECT count(*) FROM escalation_steps"), 0);
    let recorded = house.baseline(OFFERS, now, false).unwrap();
    let told: Vec<String> = recorded.chains.iter().map(|((key, stage), n)| format!("{key} {stage}: {n}")).collect();
    assert_eq!(told, ["offer-follow-up 1: 1", "offer-follow-up 3: 1"]);
    assert_eq!(house.database.number("SELECT count(*) FROM escalation_steps WHERE baseline AND NOT rehearsal"), 4);
    assert_eq!(house.database.number("SELECT count(*) FROM outbox_messages"), 0);
    // 16 h after Fri 00:00 = Mon 14:00; A-2: 8 h after the baseline = Tue 10:00
    assert_eq!(house.run(OFFERS, at("2026-11-23 13:00")), [""; 0]);
    assert_eq!(house.run(OFFERS, at("2026-11-24 08:00")), ["A-3 1: 103"]);
    assert_eq!(house.run(OFFERS, at("2026-11-24 13:00")), ["A-2 2: 102, 103"]);
    // A-1 stands at its last stage and is not repeated: not in a month either
    for day in 1..=23 {
        let said = house.run(OFFERS, at(&format!("2026-12-{day:02} 08:00")));
        assert!(said.iter().all(|step| !step.starts_with("A-1")), "{said:?}");
    }
    // moved, it is a new chain
    house.database.execute("UPDATE documents SET follow_up_at = '2026-12-10 00:00 Europe/Berlin' WHERE number = 'A-1'");
    assert!(house.run(OFFERS, at("2026-12-28 08:00")).iter().any(|step| step == "A-1 1: 103"));
}

#[test]
fn a_baseline_replaces_rehearsals_and_survives_going_live() {
    let house = House::new();
    house.database.execute(&offer("A-1", "2026-10-01 00:00"));
    assert_eq!(house.run_as("redirect", OFFERS, at("2026-11-20 08:00")), ["A-1 1: 103"]);
    house.baseline(OFFERS, at("2026-11-20 12:00"), false).unwrap();
    let steps =
        "SELECT string_agg(step || CASE WHEN baseline THEN 'b' ELSE '' END, ' ' ORDER BY step) FROM escalation_steps";
    assert_eq!(house.database.text(steps), "1b 2b 3b");
    assert_eq!(house.run(OFFERS, at("2026-11-23 08:00")), [""; 0]);
    assert_eq!(house.database.text(steps), "1b 2b 3b");
}

#[test]
fn what_is_over_the_caps_leaves_with_the_next_run() {
    let environment = environment(&format!("{OFFERS}bundle = false\n"));
    for number in 1..=5 {
        environment.database.execute(&offer(&format!("A-{number}"), &format!("2026-11-1{number} 00:00")));
    }
    let text = std::fs::read_to_string(environment.config()).unwrap();
    std::fs::write(environment.config(), text.replace("max_mails_per_recipient = 0", "max_mails_per_recipient = 2"))
        .unwrap();
    let run = |now: &str| {
        let run = environment.wvl(&["escalate", "run", "--as-of", now]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stderr.contains("max_mails_per_recipient")
    };
    let sent = "SELECT string_agg(reference, ' ' ORDER BY reference) FROM escalation_steps WHERE step = 1";
    assert!(run("2026-11-23T08:00"));
    // the longest overdue first
    assert_eq!(environment.database.text(sent), "A-1 A-2");
    run("2026-11-23T08:05");
    assert_eq!(environment.database.text(sent), "A-1 A-2 A-3 A-4");
    assert!(!run("2026-11-23T08:10"));
    assert_eq!(environment.database.text(sent), "A-1 A-2 A-3 A-4 A-5");
    // the collection was open until then, and is taken now
    environment.database.execute(&offer("A-6", "2026-11-16 00:00"));
    run("2026-11-23T08:15");
    assert_eq!(environment.database.text(sent), "A-1 A-2 A-3 A-4 A-5");
    assert_eq!(environment.mails().len(), 5);
}

#[test]
fn how_often_a_date_was_moved_stands_in_the_mail() {
    let environment = environment(OFFERS);
    environment.database.execute(&offer("A-1", "2026-11-02 00:00"));
    for (now, next) in [("2026-11-09", "2026-11-10"), ("2026-11-16", "2026-11-17"), ("2026-11-23", "2026-11-24")] {
        environment.ok(&["escalate", "run", "--as-of", &format!("{now}T08:00")]);
        environment.database.execute(&format!("UPDATE documents SET follow_up_at = '{next} 00:00 Europe/Berlin'"));
    }
    environment.ok(&["escalate", "run", "--as-of", "2026-11-27T13:00"]);
    let texts = texts(&environment);
    assert!(texts.iter().any(|text| text.contains("3× verschoben")), "{texts:#?}");
    assert!(texts.iter().any(|text| text.contains("2× verschoben")));
}
