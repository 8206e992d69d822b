//! `wvl escalate ack`, `mute`, `unmute` and `history`: what people say to reminders.

use serde_json::Value;

use super::house::{environment, offer};
use crate::env::TestEnvironment;

const OFFERS: &str = "[escalation.offer-follow-up]\nactive = true\n";
const A1: &str = "offer-follow-up:A-1";

/// One open offer, due on Thursday 19.11.2026.
fn office() -> TestEnvironment {
    let environment = environment(OFFERS);
    environment.database.execute(&offer("A-1", "2026-11-19 00:00"));
    environment
}

fn silences(environment: &TestEnvironment) -> String {
    environment.database.text(
        "SELECT coalesce(string_agg(concat_ws(' ', kind, reference, since AT TIME ZONE 'Europe/Berlin', \
            until AT TIME ZONE 'Europe/Berlin', lifted_at AT TIME ZONE 'Europe/Berlin', note), E'\\n' ORDER BY id), '') \
         FROM escalation_silences",
    )
}

fn json(environment: &TestEnvironment, arguments: &[&str]) -> Vec<Value> {
    serde_json::from_str(&environment.ok(&[arguments, &["--json"]].concat())).unwrap()
}

#[test]
fn an_acknowledgement_lapses_after_five_working_days_at_the_same_time_of_day() {
    let environment = office();
    // before its chain exists
    let said = environment.ok(&["escalate", "ack", "A-1", "--note", " ruft an ", "--as-of", "2026-11-19T10:15"]);
    assert_eq!(said, format!("{A1}\n"));
    assert_eq!(silences(&environment), "acknowledged A-1 2026-11-19 10:15:00 2026-11-26 10:15:00 ruft an");
    // said again it holds anew; 24.12. is closed, 25. and 26. are holidays
    let shown = environment.ok(&["escalate", "ack", A1, "--as-of", "2026-12-18T16:00", "-O", "table"]);
    assert_eq!(
        shown,
        format!(
            "{A1} Neuer Server: quittiert bis Di 29.12.2026 16:00
  → wvl escalate list --acknowledged
"
        )
    );
    assert_eq!(environment.database.number("SELECT count(*) FROM escalation_silences"), 2);
    let version = environment.database.text("SELECT DISTINCT due_version::text FROM escalation_silences");
    assert_eq!(
        version,
        environment.database.text("SELECT (extract(epoch FROM follow_up_at) / 60)::bigint::text FROM documents")
    );
    // several at once: all or none
    environment.database.execute(&offer("A-2", "2026-11-19 00:00"));
    let run = environment.wvl(&["escalate", "ack", "A-2", "A-3", "--as-of", "2026-11-19T10:15"]);
    assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{}", run.stderr);
    assert_eq!(environment.database.number("SELECT count(*) FROM escalation_silences"), 2);
    let rehearsed = environment.wvl(&["escalate", "ack", "A-2", "-n"]);
    assert_eq!((rehearsed.code, rehearsed.stdout.as_str()), (0, ""));
    assert!(rehearsed.stderr.contains("nur Probe"), "{}", rehearsed.stderr);
    assert_eq!(environment.database.number("SELECT count(*) FROM escalation_silences"), 2);
}

/// The item's calendar counts: a contract's 24×7 knows neither weekends nor Christmas.
#[test]
fn an_acknowledgement_counts_the_days_of_the_items_calendar() {
    let environment = environment("acknowledged_days = 2\n[escalation.helpdesk-high]\nactive = true\n");
    environment.database.execute(
        "INSERT INTO contracts (id, number, name, partner_id, calendar) VALUES (1, 'V-1', 'Rund um die Uhr', 1, 'always');
         INSERT INTO tickets (number, title, severity, partner_id, handler_id, due_at, contract_id) VALUES
            (1, 'Server', 'high', 1, 6, '2026-11-20 12:00 Europe/Berlin', 1),
            (2, 'Drucker', 'high', 1, 6, '2026-11-20 12:00 Europe/Berlin', NULL)",
    );
    environment.ok(&["escalate", "ack", "1", "2", "--as-of", "2026-11-20T12:30"]);
    assert_eq!(
        silences(&environment),
        "acknowledged 1 2026-11-20 12:30:00 2026-11-22 12:30:00\n\
         acknowledged 2 2026-11-20 12:30:00 2026-11-24 12:30:00"
    );
}

#[test]
fn a_mute_includes_its_last_day_and_the_last_word_counts() {
    let environment = office();
    let mute =
        |until: &str| environment.wvl(&["escalate", "mute", "A-1", "--until", until, "--as-of", "2026-11-19T10:15"]);
    assert_eq!(mute("30.11.").stdout, format!("{A1}\n"));
    assert_eq!(silences(&environment), "muted A-1 2026-11-19 10:15:00 2026-12-01 00:00:00");
    // longer: both hold, the longer one counts; shorter: the longer ones end
    assert_eq!(mute("2026-12-10").code, 0);
    let shown =
        environment.ok(&["escalate", "mute", "A-1", "--until", "fr", "--as-of", "2026-11-23T10:15", "-O", "table"]);
    assert_eq!(shown, format!("{A1} Neuer Server: stummgeschaltet bis Fr 27.11.2026\n  → wvl escalate unmute {A1}\n"));
    assert_eq!(
        silences(&environment),
        "muted A-1 2026-11-19 10:15:00 2026-12-01 00:00:00 2026-11-23 10:15:00\n\
         muted A-1 2026-11-19 10:15:00 2026-12-11 00:00:00 2026-11-23 10:15:00\n\
         muted A-1 2026-11-23 10:15:00 2026-11-28 00:00:00"
    );
    // wrong: in the past, no date, no date at all, no such item
    for (until, part) in
        [("gestern", "Mi 18.11.2026 is over"), ("2026-11-19T10:15", "is over"), ("bald", "\"bald\" is not a date")]
    {
        let run = mute(until);
        assert_eq!(run.code, 2, "{until}: {}", run.stderr);
        assert!(run.stderr.contains("--until") && run.stderr.contains(part), "{until}: {}", run.stderr);
    }
    assert_eq!(mute("heute").code, 0, "until this evening");
    assert_eq!(environment.wvl(&["escalate", "mute", "A-1"]).code, 2);
    assert_eq!(environment.wvl(&["escalate", "mute", "A-9", "--until", "+3d"]).code, 4);
}

/// The clock runs on under a silence; afterwards one step a run leaves, with the collections.
#[test]
fn what_is_reached_under_a_silence_leaves_after_it() {
    let environment = office();
    let sent = |now: &str| {
        environment.ok(&["escalate", "run", "--as-of", now, "--no-flush"]);
        let taken = "SELECT coalesce(string_agg(step::text, ' ' ORDER BY step), '') FROM escalation_steps";
        environment.database.text(taken)
    };
    environment.ok(&["escalate", "ack", "A-1", "--as-of", "2026-11-20T10:15"]);
    assert_eq!(sent("2026-11-23T08:00"), "", "stage 1 is reached, and seen");
    assert_eq!(sent("2026-11-27T10:00"), "");
    assert_eq!(sent("2026-11-27T10:15"), "", "it has lapsed, but the collection of 08:00 is taken");
    assert_eq!(sent("2026-11-27T13:00"), "1");
    assert_eq!(sent("2026-11-27T13:15"), "1");
    environment.ok(&["escalate", "mute", "A-1", "--until", "2026-12-04", "--as-of", "2026-11-27T14:00"]);
    assert_eq!(sent("2026-12-03T13:00"), "1");
    environment.ok(&["escalate", "unmute", "A-1", "--as-of", "2026-12-03T14:00"]);
    assert_eq!(sent("2026-12-04T08:00"), "1 2");
    // moved: an acknowledgement of the former due date says nothing about the new one
    environment.ok(&["escalate", "ack", "A-1", "--as-of", "2026-12-04T09:00"]);
    environment.database.execute("UPDATE documents SET follow_up_at = '2026-12-01 00:00 Europe/Berlin'");
    assert_eq!(sent("2026-12-07T08:00"), "1 1 2");
}

#[test]
fn unmute_takes_back_whatever_holds_and_says_which() {
    let environment = office();
    let unmute = |now: &str| environment.wvl(&["escalate", "unmute", "A-1", "--as-of", now, "-O", "table"]);
    let nothing = unmute("2026-11-19T10:00");
    assert_eq!(nothing.code, 4);
    assert!(nothing.stderr.contains(&format!("{A1} is neither acknowledged nor muted\n")), "{}", nothing.stderr);
    environment.ok(&["escalate", "ack", "A-1", "--as-of", "2026-11-19T10:15"]);
    environment.ok(&["escalate", "mute", "A-1", "--until", "30.11.", "--as-of", "2026-11-19T10:15"]);
    // the offer is gone: what was said to it can still be taken back
    environment.database.execute("DELETE FROM documents");
    assert_eq!(
        unmute("2026-11-20T09:00").stdout,
        format!(
            "{A1}: Quittierung bis Do 26.11.2026 10:15 und Stummschaltung bis Mo 30.11.2026 zurückgenommen\n  \
             → wvl escalate explain {A1}\n"
        )
    );
    let nothing = unmute("2026-11-20T09:01");
    assert_eq!(nothing.code, 4);
    assert!(nothing.stderr.contains("since Fr 20.11.2026 09:00 it speaks again"), "{}", nothing.stderr);
}

#[test]
fn who_only_reads_says_nothing() {
    let mut environment = office();
    let reader = environment.database.url_as("wvl_test_silences_reader");
    environment.database.execute_as_superuser("GRANT wvl_read TO wvl_test_silences_reader");
    let worker = environment.database.url_as("wvl_test_silences_worker");
    environment.database.execute_as_superuser("GRANT wvl_work TO wvl_test_silences_worker");
    environment.database.url = reader;
    environment.configure(OFFERS);
    for arguments in [&["ack", "A-1"][..], &["mute", "A-1", "--until", "+3d"], &["unmute", "A-1"]] {
        let run = environment.wvl(&[&["escalate"], arguments].concat());
        assert_eq!((run.code, run.stdout.as_str()), (77, ""), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains("wvl_test_silences_reader may not acknowledge or mute"), "{}", run.stderr);
        assert!(run.stderr.contains("wvl role grant wvl_test_silences_reader work"), "{}", run.stderr);
    }
    environment.ok(&["escalate", "history", "A-1"]);
    environment.ok(&["escalate", "list", "--acknowledged"]);
    environment.database.url = worker;
    environment.configure(OFFERS);
    for arguments in [&["ack", "A-1"][..], &["mute", "A-1", "--until", "+3d"], &["unmute", "A-1"]] {
        environment.ok(&[&["escalate"], arguments].concat());
    }
    assert_eq!(
        environment.database.text("SELECT string_agg(DISTINCT created_by, ' ') FROM escalation_silences"),
        "wvl_test_silences_worker"
    );
}

#[test]
fn history_is_one_time_line_and_survives_the_item() {
    let environment = office();
    environment.ok(&["escalate", "run", "--as-of", "2026-11-23T08:00"]);
    environment.ok(&["escalate", "ack", "A-1", "--note", "ruft an", "--as-of", "2026-11-23T10:15"]);
    environment.ok(&["escalate", "unmute", "A-1", "--as-of", "2026-11-23T11:00"]);
    environment.ok(&["escalate", "mute", "A-1", "--until", "2026-11-24", "--as-of", "2026-11-23T12:00"]);
    environment.database.execute(
        "INSERT INTO escalation_steps (type, item_id, due_version, step, at, due_at, reference, title, recipients, rehearsal)
         VALUES ('offer-follow-up', '4711', 1, 1, '2026-11-22 08:00+01', '2026-11-19', 'A-7', 'Alter Server',
                 '{\"Vera Vertrieb <vera@firma.example>\"}', true),
                ('gone-type', '1', 1, 101, '2026-11-21 08:00+01', '2026-11-19', 'X-1', 'Fort', '{x@firma.example}', false);
         DELETE FROM documents",
    );
    let told = |arguments: &[&str]| -> Vec<String> {
        let rows = json(&environment, &[&["escalate", "history"], arguments].concat());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        rows.iter()
            .map(|row| format!("{} {} {}", &text(&row["at"])[5..16], text(&row["reference"]), text(&row["what"])))
            .collect()
    };
    let of_a1 = [
        "11-23T08:00 A-1 Stufe 1",
        "11-23T10:15 A-1 quittiert bis Mo 30.11.2026 10:15",
        "11-23T11:00 A-1 Quittierung bis Mo 30.11.2026 10:15 zurückgenommen",
        "11-23T12:00 A-1 stummgeschaltet bis Di 24.11.2026",
    ];
    assert_eq!(told(&["A-1"]), of_a1);
    assert_eq!(told(&[A1]), of_a1);
    assert_eq!(told(&["A-1", "--limit", "2"]), of_a1[2..]);
    let before = ["11-21T08:00 X-1 1. Wiederholung", "11-22T08:00 A-7 Stufe 1 (Probe)"];
    assert_eq!(told(&[]), [&before[..], &of_a1[..]].concat());
    assert_eq!(told(&["--type", "gone-type"]), before[..1]);
    assert_eq!(told(&["gone-type:X-1"]), before[..1]);
    assert_eq!(told(&["--to", "2026-11-22"]), before);
    assert_eq!(told(&["--from", "2026-11-22", "--to", "2026-11-22"]), before[1..]);
    assert_eq!(told(&["--employee", "102"]), before[1..]);
    assert_eq!(told(&["--employee", "103"]), of_a1[..1]);
    assert_eq!(told(&["--search", "ALTER"]), before[1..]);
    assert_eq!(told(&["--search", "100%"]), [""; 0]);
    // the whole of a row, and the line of a pipe
    let rows = json(&environment, &["escalate", "history", "A-1"]);
    assert_eq!(rows[1]["note"], "ruft an");
    assert_eq!(rows[0]["recipients"], serde_json::json!(["Arno Außendienst <arno@firma.example>"]));
    assert_eq!((&rows[0]["step"], &rows[0]["event"]), (&Value::from(1), &Value::from("step")));
    assert_eq!(rows[1]["title"], "Neuer Server");
    assert_eq!(rows[3]["until"], "2026-11-24");
    let line = environment.ok(&["escalate", "history", "gone-type:X-1"]);
    assert_eq!(line, "2026-11-21T08:00:00+01:00\tgone-type\tX-1\tFort\t1. Wiederholung\tx@firma.example\t\t\t\n");
}

#[test]
fn wrong_questions_are_answered_with_a_way_out() {
    let environment = office();
    environment.ok(&["escalate", "run", "--as-of", "2026-11-23T08:00"]);
    environment.database.execute(
        "INSERT INTO tickets (number, title, severity, partner_id, handler_id, due_at) VALUES (7, 'Drucker', 'low', 1, 6, now());
         INSERT INTO tasks (number, title, handler_id, due_at) VALUES (7, 'Anrufen', 6, now())",
    );
    for (arguments, code, part) in [
        (&["ack", "7"][..], 2, "say which: helpdesk-low:7, task:7"),
        (&["ack", "offer-folow-up:A-1"], 4, "did you mean offer-follow-up:A-1?"),
        (&["ack", "1"], 4, "did you mean offer-follow-up:A-1?"),
        (&["ack", "A-11"], 4, "did you mean offer-follow-up:A-1?"),
        (&["ack", "task:A-1"], 4, "open item task:A-1 not found"),
        (&["history", "A-99999999"], 4, "not found"),
        (&["history", "--type", "ofer-follow-up"], 2, "did you mean offer-follow-up?"),
        (&["history", "A-1", "--type", "task"], 2, "cannot be used with"),
        (&["history", "--limit", "-1"], 2, "less than nothing"),
        (&["history", "--from", "2026-12-01", "--to", "2026-11-01"], 2, "ends before it begins"),
        (&["history", "--search", "nirgends", "--fail-empty"], 4, "nothing was said"),
        (&["history", "--employee", "999"], 4, "999"),
    ] {
        let run = environment.wvl(&[&["escalate"], arguments].concat());
        assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(part), "{arguments:?}: {}", run.stderr);
    }
    environment.database.execute("UPDATE documents SET status = 'won', closed_at = now()");
    let run = environment.wvl(&["escalate", "ack", "A-1"]);
    assert_eq!(run.code, 4);
    assert!(run.stderr.contains("offer-follow-up:A-1 is no longer open"), "{}", run.stderr);
    assert!(run.stderr.contains("wvl escalate history offer-follow-up:A-1"), "{}", run.stderr);
}

#[test]
fn what_is_quiet_is_a_list() {
    let environment = office();
    environment.database.execute(&format!(
        "{}{}{}",
        offer("A-2", "2026-11-19 00:00"),
        offer("A-3", "2026-11-19 00:00"),
        offer("A-4", "2027-01-04 00:00")
    ));
    let said = "2026-11-20T10:15";
    environment.ok(&["escalate", "ack", "A-1", "A-4", "--note", "ruft an", "--as-of", said]);
    environment.ok(&["escalate", "mute", "A-1", "A-2", "--until", "2026-12-04", "--as-of", said]);
    let listed = |now: &str, arguments: &[&str]| -> Vec<String> {
        let rows = json(&environment, &[&["escalate", "list", "--as-of", now], arguments].concat());
        let text = |value: &Value| value.as_str().unwrap_or("–").to_owned();
        let told = ["reference", "silent_until", "leaves_at"].map(|key| move |row: &Value| text(&row[key]));
        rows.iter().map(|row| told.iter().map(|tell| tell(row)).collect::<Vec<_>>().join(" ")).collect()
    };
    let on_monday = "2026-11-23T08:00";
    // stage 1 is reached; after the silence the first collection on a working day
    assert_eq!(
        listed(on_monday, &[]),
        [
            "A-1 2026-12-04 2026-12-07T08:00:00+01:00",
            "A-2 2026-12-04 2026-12-07T08:00:00+01:00",
            "A-3 – 2026-11-23T08:00:00+01:00"
        ]
    );
    // A-4 is not due yet, and seen all the same; A-1 is also muted, but that was not asked
    assert_eq!(
        listed(on_monday, &["--acknowledged"]),
        [
            "A-1 2026-11-27T10:15:00+01:00 2026-12-07T08:00:00+01:00",
            "A-4 2026-11-27T10:15:00+01:00 2027-01-07T08:00:00+01:00"
        ]
    );
    assert_eq!(listed(on_monday, &["--muted", "--limit", "1"]).len(), 1);
    assert_eq!(listed(on_monday, &["--muted"]).len(), 2);
    assert_eq!(listed(on_monday, &["--muted", "--acknowledged"]).len(), 3);
    assert_eq!(listed(on_monday, &["--type", "task", "--muted"]), [""; 0]);
    let row = &json(&environment, &["escalate", "list", "--acknowledged", "--as-of", on_monday])[0];
    assert_eq!((&row["silence"], &row["note"]), (&Value::from("quittiert"), &Value::from("ruft an")));
    assert_eq!(row["silent_by"], environment.database.text("SELECT current_user::text"));
    // an acknowledgement is for one due date; a mute stays with the item
    environment
        .database
        .execute("UPDATE documents SET follow_up_at = follow_up_at - interval '7 days' WHERE number IN ('A-1', 'A-2')");
    assert_eq!(listed(on_monday, &["--acknowledged"]).len(), 1);
    assert_eq!(listed(on_monday, &["--muted"]).len(), 2);
    // what is closed is no longer a question, nor what has lapsed
    environment.database.execute("UPDATE documents SET status = 'won', closed_at = now() WHERE number = 'A-2'");
    assert_eq!(listed(on_monday, &["--muted"]).len(), 1);
    assert_eq!(listed("2026-12-05T00:00", &["--muted", "--acknowledged"]), [""; 0]);
    let empty = environment.wvl(&["escalate", "list", "--muted", "--as-of", "2026-12-05", "--fail-empty"]);
    assert_eq!(empty.code, 4);
    // people see what matters first
    let table = environment.ok(&["escalate", "list", "--acknowledged", "--as-of", on_monday, "-O", "table"]);
    assert!(table.contains("still bis") && table.contains("Notiz") && table.contains("ruft an"), "{table}");
}

#[test]
fn what_was_there_before_is_a_list_too() {
    let environment = office();
    environment.database.execute(&format!(
        "{}INSERT INTO escalation_chains (type, item_id, due_version, step, last_at, baseline)
         SELECT 'offer-follow-up', id::text, extract(epoch FROM follow_up_at)::bigint / 60, 1, '2026-11-20', number = 'A-1'
         FROM documents",
        offer("A-2", "2026-11-19 00:00")
    ));
    let rows = json(&environment, &["escalate", "list", "--baseline", "--as-of", "2026-11-23T08:00"]);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["reference"], "A-1");
}
