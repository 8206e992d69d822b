//! What the commands answer: the plan without the deed, lists and explanations, for people and for programs.

use serde_json::Value;

use super::house::{environment, offer};
use crate::env::TestEnvironment;

const NOW: &str = "2026-11-23T08:00";

/// Two offers due on a Monday morning, one of them worth something.
fn office() -> TestEnvironment {
    let environment = environment("[escalation.offer-follow-up]\nactive = true\n");
    environment.database.execute(&format!(
        "{}{}UPDATE documents SET net_amount = 1234.50 WHERE number = 'A-1'",
        offer("A-1", "2026-11-19 00:00"),
        offer("A-2", "2026-11-23 00:00")
    ));
    environment
}

fn json(environment: &TestEnvironment, arguments: &[&str]) -> Value {
    serde_json::from_str(&environment.ok(arguments)).unwrap()
}

/// Everything a run may write.
fn written(environment: &TestEnvironment) -> i64 {
    environment.database.number(
        "SELECT (SELECT count(*) FROM escalation_steps) + (SELECT count(*) FROM escalation_chains)
            + (SELECT count(*) FROM escalation_marks) + (SELECT count(*) FROM escalation_step_messages)
            + (SELECT count(*) FROM outbox_messages) + (SELECT count(*) FROM job_runs)",
    )
}

#[test]
fn a_dry_run_prints_the_plan_and_writes_nothing() {
    let environment = office();
    let plan = json(&environment, &["escalate", "run", "--dry-run", "--json", "--as-of", NOW]);
    assert_eq!(written(&environment), 0);
    assert_eq!(environment.mails().len(), 0);
    // and once more the same
    assert_eq!(json(&environment, &["escalate", "run", "-n", "--json", "--as-of", NOW]), plan);

    let steps = plan.as_array().unwrap();
    assert_eq!(steps.len(), 1, "{plan}");
    let mut keys: Vec<&str> = steps[0].as_object().unwrap().keys().map(String::as_str).collect();
    // the contract of CLI.md, and one key more for advance notices
    keys.retain(|key| *key != "announce_days");
    keys.sort_unstable();
    let mut contract = [
        "type",
        "item",
        "reference",
        "title",
        "stage",
        "repeat",
        "due_at",
        "hours_wall",
        "hours_working",
        "partner",
        "amount",
        "currency",
        "recipients",
        "bundle",
    ];
    contract.sort_unstable();
    assert_eq!(keys, contract);
    let step = &steps[0];
    assert_eq!(
        (&step["type"], &step["reference"], &step["stage"], &step["repeat"], &step["partner"]),
        (&"offer-follow-up".into(), &"A-1".into(), &1.into(), &0.into(), &"Kundin AG".into())
    );
    assert_eq!(step["due_at"], "2026-11-19T00:00:00+01:00");
    assert_eq!((&step["amount"], &step["currency"]), (&"1234.50".into(), &"EUR".into()));
    // Thu 00:00 to Mon 08:00, and 08-18 of Thu and Fri
    assert_eq!((step["hours_wall"].to_string(), step["hours_working"].to_string()), ("104".into(), "20".into()));
    assert_eq!(step["bundle"], false);
    assert_eq!(
        step["recipients"],
        serde_json::json!([{
            "employee": 103, "channel": "mail", "address": "arno@firma.example", "role": "adm", "instead_of": null
        }])
    );

    // the real run does what was planned
    assert_eq!(environment.ok(&["escalate", "run", "--as-of", NOW]), "");
    let done = environment
        .database
        .text("SELECT string_agg(type || ' ' || item_id || ' ' || step, ',') FROM escalation_steps");
    assert_eq!(done, format!("offer-follow-up {} 1", step["item"].as_str().unwrap()));
    assert_eq!(json(&environment, &["escalate", "run", "-n", "--json", "--as-of", NOW]), serde_json::json!([]));
}

#[test]
fn a_dry_run_can_leave_the_mails_as_files() {
    let environment = office();
    let shown = environment.ok(&["escalate", "run", "-n", "--as-of", NOW, "--eml-dir", "look"]);
    assert_eq!(shown.lines().count(), 1, "{shown}");
    assert!(shown.contains("\tA-1\t"), "{shown}");
    let files: Vec<_> = std::fs::read_dir(environment.path().join("look")).unwrap().collect();
    assert_eq!(files.len(), 1);
    let mail = std::fs::read(files[0].as_ref().unwrap().path()).unwrap();
    let mail = mail_parser::MessageParser::default().parse(&mail).unwrap();
    assert!(mail.subject().unwrap().starts_with("A-1 "), "{:?}", mail.subject());
    assert_eq!(written(&environment), 0);
}

#[test]
fn a_run_can_queue_and_leave_the_sending_to_others() {
    let environment = office();
    assert_eq!(environment.ok(&["escalate", "run", "--no-flush", "--as-of", NOW]), "");
    assert_eq!(environment.mails().len(), 0);
    assert_eq!(environment.database.number("SELECT count(*) FROM outbox_recipients WHERE state = 'queued'"), 1);
    environment.ok(&["mail", "flush"]);
    assert_eq!(environment.mails().len(), 1);
}

#[test]
fn what_is_due_is_listed() {
    let environment = office();
    let rows = json(&environment, &["escalate", "list", "--json", "--as-of", NOW]);
    let references: Vec<&Value> = rows.as_array().unwrap().iter().map(|row| &row["reference"]).collect();
    assert_eq!(references, ["A-1", "A-2"]);
    assert_eq!(rows[0]["leaves_at"], "2026-11-23T08:00:00+01:00");
    // Mon 10, Tue 6 = Tue 14:00
    assert_eq!(rows[1]["leaves_at"], "2026-11-25T08:00:00+01:00");
    let lines = environment.ok(&["escalate", "list", "--as-of", NOW]);
    assert_eq!(lines.lines().count(), 2);
    assert!(lines.starts_with("offer-follow-up\tA-1\tNeuer Server\tKundin AG\t"), "{lines}");
    assert_eq!(environment.ok(&["escalate", "list", "--as-of", "2026-11-18T08:00"]), "");
    let empty = environment.wvl(&["escalate", "list", "--fail-empty", "--as-of", "2026-11-18T08:00"]);
    assert_eq!((empty.code, empty.stdout.as_str()), (4, ""));
}

#[test]
fn an_item_is_explained() {
    let environment = office();
    let told = json(&environment, &["escalate", "explain", "A-1", "--json", "--as-of", "2026-11-23T07:30"]);
    let days: Vec<(&str, String)> = told["days"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| (day["day"].as_str().unwrap(), day["hours"].to_string()))
        .collect();
    let hours = |hours: &str| hours.to_owned();
    assert_eq!(
        days,
        [
            ("2026-11-19", hours("10")),
            ("2026-11-20", hours("10")),
            ("2026-11-21", hours("0")),
            ("2026-11-22", hours("0")),
            ("2026-11-23", hours("0")),
        ]
    );
    assert_eq!(told["stages"][0]["reached_at"], "2026-11-20T14:00:00+01:00");
    assert_eq!(told["next"]["step"], 1);
    assert_eq!(told["next"]["leaves_at"], "2026-11-23T08:00:00+01:00");
    assert_eq!(told["next"]["recipients"][0]["address"], "arno@firma.example");
    assert_eq!(told["history"], serde_json::json!([]));

    environment.ok(&["escalate", "run", "--as-of", NOW]);
    let told = json(&environment, &["escalate", "explain", "offer-follow-up:A-1", "--json", "--as-of", NOW]);
    assert_eq!(told["history"][0]["step"], 1);
    assert_eq!(told["history"][0]["at"], "2026-11-23T08:00:00+01:00");
    // spacing of 8 h after 08:00
    assert_eq!(told["next"]["reached_at"], "2026-11-23T16:00:00+01:00");
    assert_eq!(told["next"]["leaves_at"], "2026-11-24T08:00:00+01:00");

    let text = environment.ok(&["escalate", "explain", "A-1", "-O", "table", "--as-of", NOW]);
    for word in ["offer-follow-up:A-1", "Neuer Server", "Kundin AG", "Stufe 2", "24.11.2026 08:00"] {
        assert!(text.contains(word), "{word} in\n{text}");
    }
    assert_eq!(environment.ok(&["escalate", "explain", "A-1", "--as-of", NOW]), text, "piped into less or mail");
    let rows = environment.ok(&["escalate", "explain", "A-1", "-O", "tsv", "--as-of", NOW]);
    let night = "2026-11-19T00:00:00+01:00\t2026-11-19T08:00:00+01:00\tfalse\t0\t0\tnight\taußerhalb des Fensters\t\n";
    assert!(rows.starts_with(night), "{rows}");
    assert!(!text.contains('█') && !text.contains('\u{1b}'), "the picture is for a terminal\n{text}");
    let line = environment.ok(&["escalate", "explain", "A-1", "-O", "jsonl", "--as-of", NOW]);
    assert_eq!(line.lines().count(), 1);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&line).unwrap()["reference"], "A-1");
}

#[test]
fn an_unknown_item_is_not_found() {
    let environment = office();
    let run = environment.wvl(&["escalate", "explain", "A-9", "--as-of", NOW]);
    assert_eq!((run.code, run.stdout.as_str()), (4, ""));
    assert!(run.stderr.contains("A-9"), "{}", run.stderr);
    // the same number in two types: the candidates
    environment.configure(&format!(
        "{}[escalation.offer-follow-up]\nactive = true\n[escalation.invoice-follow-up]\nactive = true\nstage1.hours = 8\n",
        super::house::CONFIGURATION
    ));
    environment.database.execute(
        "INSERT INTO documents (kind, number, document_date, follow_up_at) VALUES ('invoice', 'A-1', '2026-11-02', '2026-11-19')",
    );
    let run = environment.wvl(&["escalate", "explain", "A-1", "--as-of", NOW]);
    assert_eq!(run.code, 2);
    for candidate in ["offer-follow-up:A-1", "invoice-follow-up:A-1"] {
        assert!(run.stderr.contains(candidate), "{}", run.stderr);
    }
}

#[test]
fn the_types_are_listed_with_their_rules() {
    let environment = office();
    let types = json(&environment, &["escalate", "types", "--json"]);
    assert_eq!(types.as_array().unwrap().len(), 21);
    let offer = &types[0];
    assert_eq!((&offer["type"], &offer["active"]), (&"offer-follow-up".into(), &true.into()));
    assert_eq!((&offer["from"], &offer["stage2_to"]), (&"08:00".into(), &"supervisor;adm".into()));
    let lines = environment.ok(&["escalate", "types", "--active"]);
    assert_eq!(lines.lines().count(), 1);
}

#[test]
fn a_type_that_never_speaks_is_warned_of() {
    let environment = environment("[escalation.helpdesk-low]\nactive = true\n");
    let run = environment.wvl(&["escalate", "types"]);
    assert_eq!(run.code, 0);
    assert!(
        run.stderr.contains("helpdesk-low") && run.stderr.contains("none of its stages has hours"),
        "{}",
        run.stderr
    );
}
