//! What was refused for good goes to somebody else with the next run: once, and named.

use super::house::{environment, offer, texts};
use crate::env::TestEnvironment;

const OFFERS: &str = "[escalation.offer-follow-up]\nactive = true\n";

/// A company whose reminder of the offer A-1 to Arno was refused by his mail server.
fn refused(sections: &str) -> TestEnvironment {
    let environment = environment(sections);
    environment.database.execute(&offer("A-1", "2026-11-19 00:00"));
    environment.ok(&["escalate", "run", "--no-flush", "--as-of", "2026-11-23T08:00"]);
    assert_eq!(recipients(&environment), "arno:queued");
    refuse(&environment, "arno");
    environment
}

fn refuse(environment: &TestEnvironment, name: &str) {
    environment.database.execute(&format!(
        "UPDATE outbox_recipients SET state = 'failed', attempt = 1, done_at = '2026-11-23T07:05Z',
             last_reply = '550 5.1.1 no such user' WHERE address = '{name}@firma.example'"
    ));
}

fn recipients(environment: &TestEnvironment) -> String {
    environment
        .database
        .text("SELECT string_agg(split_part(address, '@', 1) || ':' || state, ' ' ORDER BY id) FROM outbox_recipients")
}

fn outcomes(environment: &TestEnvironment) -> String {
    environment
        .database
        .text("SELECT coalesce(string_agg(outcome, ' ' ORDER BY recipient_id, step_id), '') FROM escalation_fallbacks")
}

#[test]
fn the_company_head_gets_it_once_and_hears_why() {
    let environment = refused(OFFERS);
    let looked = environment.wvl(&["escalate", "run", "-n", "--json", "--as-of", "2026-11-23T09:00"]);
    assert_eq!((looked.code, outcomes(&environment).as_str()), (3, ""), "{}", looked.stderr);
    let steps: serde_json::Value = looked.stdout.parse().unwrap();
    assert_eq!((&steps[0]["reference"], &steps[0]["stage"]), (&"A-1".into(), &1.into()));
    let recipient = &steps[0]["recipients"][0];
    assert_eq!(
        (&recipient["employee"], &recipient["role"], &recipient["instead_of"]),
        (&101.into(), &"fallback".into(), &103.into())
    );

    let run = environment.wvl(&["escalate", "run", "--as-of", "2026-11-23T09:00"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(
        run.stderr.contains("employee 103 cannot be reached by mail (“550 5.1.1 no such user”): employee 101 gets it"),
        "{}",
        run.stderr
    );
    assert_eq!(
        (recipients(&environment).as_str(), outcomes(&environment).as_str()),
        ("arno:failed carla:sent", "sent")
    );
    let mails = texts(&environment);
    assert!(mails[0].contains("Arno Außendienst: 550 5.1.1 no such"), "{}", mails[0]);
    assert!(mails[0].contains("A-1"), "{}", mails[0]);
    let again = environment.wvl(&["escalate", "run", "--as-of", "2026-11-23T09:10"]);
    assert_eq!((again.code, again.stderr.as_str(), environment.mails().len()), (0, "", 1));
    let history = environment.ok(&["escalate", "history", "A-1", "--json"]);
    let history: serde_json::Value = history.parse().unwrap();
    let told = &history[0]["recipients"];
    assert_eq!((told.as_array().unwrap().len(), &told[1]), (2, &"Carla Chef <carla@firma.example>".into()));
}

#[test]
fn who_is_refused_too_is_followed_by_the_next_one_until_there_is_nobody() {
    let environment = refused(&format!("{OFFERS}fallback = \"employee:106\"\n"));
    let run = |now: &str| environment.wvl(&["escalate", "run", "--as-of", now]);
    assert_eq!(run("2026-11-23T09:00").code, 3);
    assert_eq!(recipients(&environment), "arno:failed hans:sent");
    refuse(&environment, "hans");
    let second = run("2026-11-23T09:10");
    assert!(second.stderr.contains("employee 106 cannot be reached"), "{}", second.stderr);
    assert_eq!(recipients(&environment), "arno:failed hans:failed carla:sent");
    refuse(&environment, "carla");
    let third = run("2026-11-23T09:20");
    assert!(third.code == 3 && third.stderr.contains("there is nobody else to write to"), "{}", third.stderr);
    assert!(third.stderr.contains("offer-follow-up:A-1"), "{}", third.stderr);
    assert_eq!(outcomes(&environment), "sent sent nobody");
    assert_eq!((run("2026-11-23T09:30").code, environment.mails().len()), (0, 2));
}

#[test]
fn it_waits_for_the_window_and_for_what_is_acknowledged() {
    let environment = refused(OFFERS);
    let run = |now: &str| environment.wvl(&["escalate", "run", "--as-of", now]).code;
    assert_eq!((run("2026-11-23T21:00"), outcomes(&environment).as_str()), (0, ""), "at night");
    environment.ok(&["escalate", "ack", "A-1", "--as-of", "2026-11-23T09:00"]);
    assert_eq!((run("2026-11-23T09:10"), outcomes(&environment).as_str()), (0, ""), "somebody takes care of it");
    environment.ok(&["escalate", "unmute", "A-1", "--as-of", "2026-11-23T09:20"]);
    assert_eq!((run("2026-11-23T09:30"), outcomes(&environment).as_str()), (3, "sent"));
}

#[test]
fn what_is_closed_discarded_old_or_rehearsed_goes_to_nobody() {
    for (sql, outcome) in [
        ("UPDATE documents SET status = 'won'", "closed"),
        ("UPDATE outbox_recipients SET state = 'discarded'", ""),
        ("UPDATE outbox_recipients SET original_address = address, address = 'probe@firma.example'", ""),
        ("UPDATE escalation_steps SET rehearsal = true", ""),
        ("UPDATE escalation_steps SET baseline = true", ""),
    ] {
        let environment = refused(OFFERS);
        environment.database.execute(sql);
        let run = environment.wvl(&["escalate", "run", "--as-of", "2026-11-23T09:00"]);
        assert_eq!((run.code, outcomes(&environment).as_str()), (0, outcome), "{sql}: {}", run.stderr);
        assert_eq!(environment.mails().len(), 0, "{sql}");
    }
}

#[test]
fn what_was_refused_long_ago_is_named_and_goes_to_nobody() {
    let environment = environment(OFFERS);
    for number in 1..=12 {
        environment.database.execute(&offer(&format!("A-{number}"), "2026-11-19 00:00"));
    }
    environment.ok(&["escalate", "run", "--no-flush", "--as-of", "2026-11-23T08:00"]);
    refuse(&environment, "arno");
    // closed over Christmas
    environment.database.execute("UPDATE outbox_recipients SET done_at = '2026-11-05'");
    let run = environment.wvl(&["escalate", "run", "--as-of", "2026-11-23T09:00"]);
    let said = "offer-follow-up: refused more than 14 days ago, and nobody else was written to: A-1, A-10, A-11, A-12, \
                A-2 and 7 more";
    assert!(run.code == 3 && run.stderr.contains(said), "{}", run.stderr);
    assert_eq!((outcomes(&environment), environment.mails().len()), (["late"; 12].join(" "), 0));
    assert_eq!(environment.wvl(&["escalate", "run", "--as-of", "2026-11-23T09:10"]).code, 0);
}

#[test]
fn the_caps_of_a_run_hold_for_both_halves_of_it() {
    let environment = environment(&format!("{OFFERS}at_once = true\nbundle = false\nstage1.to = \"adm\"\n"));
    environment.database.execute(&offer("A-1", "2026-11-19 00:00"));
    environment.ok(&["escalate", "run", "--no-flush", "--as-of", "2026-11-23T08:00"]);
    refuse(&environment, "arno");
    environment.database.execute("UPDATE partners SET field_rep_id = 1 WHERE id = 1");
    environment.database.execute(&offer("A-2", "2026-11-19 00:00"));
    let text = std::fs::read_to_string(environment.config()).unwrap();
    environment.write("wvl.toml", text.replace("max_mails_per_recipient = 0", "max_mails_per_recipient = 1"));
    let run = environment.wvl(&["escalate", "run", "--as-of", "2026-11-23T09:00"]);
    assert!(!run.stderr.contains("gets it"), "what waits is not told as done: {}", run.stderr);
    assert_eq!((recipients(&environment).as_str(), outcomes(&environment).as_str()), ("arno:failed carla:sent", ""));
    let run = environment.wvl(&["escalate", "run", "--as-of", "2026-11-23T09:10"]);
    assert!(run.stderr.contains("employee 101 gets it"), "{}", run.stderr);
    assert_eq!((environment.mails().len(), outcomes(&environment).as_str()), (2, "sent"));
}

#[test]
fn many_at_once_are_one_mail_and_stay_within_the_caps() {
    let environment = environment(OFFERS);
    for number in 1..=5 {
        environment.database.execute(&offer(&format!("A-{number}"), "2026-11-19 00:00"));
    }
    environment.ok(&["escalate", "run", "--no-flush", "--as-of", "2026-11-23T08:00"]);
    refuse(&environment, "arno");
    let run = environment.wvl(&["escalate", "run", "--as-of", "2026-11-23T09:00"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert_eq!(run.stderr.matches("cannot be reached").count(), 1, "{}", run.stderr);
    assert_eq!((environment.mails().len(), outcomes(&environment).as_str()), (1, "sent sent sent sent sent"));
}

#[test]
fn the_record_that_was_reminded_of_shows_what_became_of_the_mails() {
    let environment = refused(OFFERS);
    environment.wvl(&["escalate", "run", "--as-of", "2026-11-23T09:00"]);
    let shown: serde_json::Value = environment.ok(&["document", "show", "A-1", "--json"]).parse().unwrap();
    let state = |place: usize| shown["mails"][place]["state"].as_str().unwrap().to_owned();
    assert_eq!([state(0), state(1)], ["failed", "sent"]);
    assert_eq!(shown["mails"][0]["last_reply"], "550 5.1.1 no such user");
    let history: serde_json::Value = environment.ok(&["escalate", "history", "A-1", "--json"]).parse().unwrap();
    assert_eq!(history[0]["mails"][1]["state"], "sent");
    let line = environment.ok(&["escalate", "history", "A-1"]);
    assert!(line.trim_end().ends_with("1 gescheitert, 1 zugestellt"), "{line}");
    let watched = environment.wvl(&["escalate", "history", "A-1", "--watch"]);
    assert_eq!((watched.code, watched.stdout.lines().count()), (3, 2), "{}", watched.stderr);
    assert_eq!(environment.wvl(&["escalate", "history", "--watch"]).code, 2);
}

#[test]
fn reminders_show_at_the_record_also_where_the_item_is_only_a_part_of_it() {
    let environment = environment(OFFERS);
    environment.database.execute(
        "INSERT INTO documents (id, kind, number, title, partner_id, document_date)
             VALUES (70, 'invoice', 'R-1', 'Lizenz', 1, '2026-11-02');
         INSERT INTO document_lines (id, document_id, line) VALUES (71, 70, 1);
         INSERT INTO contact_persons (id, number, partner_id, last_name) VALUES (80, 'AP-80', 1, 'Muster')",
    );
    for (type_key, item, show) in [
        ("customer-acquisition", "2", &["customer", "show", "I-2"][..]),
        ("invoice-licence-expiry", "71", &["document", "show", "R-1"]),
        ("invoice-follow-up", "70", &["document", "show", "R-1"]),
        ("birthday", "contact-person-80", &["contact-person", "show", "AP-80"]),
        ("birthday", "employee-3", &["employee", "show", "103"]),
    ] {
        let address = format!("{type_key}-{item}@firma.example");
        environment.database.execute(&format!(
            "WITH message AS (
                 INSERT INTO outbox_messages (id, message_id, channel, kind, class, envelope_from, subject, raw, sha256)
                 VALUES (gen_random_uuid(), '<{item}@{type_key}>', 'mail', 'escalation', 'internal', 'w@firma.example',
                     'x', 'x', sha256('x'))
                 RETURNING id
             ), step AS (
                 INSERT INTO escalation_steps (type, item_id, due_version, step, at, due_at, reference, title, recipients)
                 VALUES ('{type_key}', '{item}', 1, 1, now(), now(), 'x', 'x', '{{}}')
                 RETURNING id
             ), link AS (
                 INSERT INTO escalation_step_messages (step_id, message_id) SELECT step.id, message.id FROM step, message
             )
             INSERT INTO outbox_recipients (message_id, address) SELECT id, '{address}' FROM message"
        ));
        let shown: serde_json::Value = environment.ok(&[show, &["--json"]].concat()).parse().unwrap();
        let mails = shown["mails"].as_array().unwrap();
        assert_eq!((mails.len(), &mails[0]["address"]), (1, &address.into()), "{type_key}");
    }
}
