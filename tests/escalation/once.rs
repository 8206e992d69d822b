//! Exactly once: two processes, merged stages, dates that move, switches.

use std::process::Stdio;

use super::house::{House, at, environment, offer, texts};
use crate::env::environment::Run;

const OFFERS: &str = "[escalation.offer-follow-up]\nactive = true\n";

#[test]
fn two_processes_at_the_same_instant_send_everything_once() {
    let environment = environment(&format!("{OFFERS}bundle = false\n"));
    for number in 0..40 {
        environment.database.execute(&offer(&format!("A-{number}"), "2026-11-19 00:00"));
    }
    let run = || {
        let mut command = environment.command(&["escalate", "run", "--as-of", "2026-11-23T08:00", "--wait", "30s"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let processes = [run(), run()];
    for process in processes {
        let run = Run::from(process.wait_with_output().unwrap());
        assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
    }
    assert_eq!(environment.mails().len(), 40);
    assert_eq!(environment.database.number("SELECT count(*) FROM escalation_steps"), 40);
    assert_eq!(environment.database.number("SELECT count(*) FROM job_runs WHERE job = 'escalate run'"), 2);
}

/// The lock only saves work: without it the claim still decides.
#[test]
fn two_searches_that_found_the_same_claim_it_once() {
    let house = House::new();
    for number in 0..20 {
        house.database.execute(&offer(&format!("A-{number}"), "2026-11-19 00:00"));
    }
    let sent = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let config = wvl::config::Source::from_text("wvl.toml", OFFERS);
                    let (settings, _) = wvl::settings::Settings::load(&config, &[]).unwrap();
                    let mut connection = house.database.connect();
                    wvl::db::transaction(&mut connection, |connection| {
                        wvl::db::set_instant(connection, at("2026-11-23 08:00"), settings.zone)?;
                        let plan = wvl::escalation::plan::plan(connection, &settings, at("2026-11-23 08:00"))?;
                        let keys = plan.steps.iter().map(|step| wvl::escalation::store::NewStep {
                            key: wvl::escalation::store::StepKey {
                                type_key: step.rules.key.clone(),
                                item_id: step.item.id.clone(),
                                due_version: step.item.due_version,
                                step: step.step().code(),
                            },
                            due_at: step.due_at,
                            reference: &step.item.reference,
                            title: &step.item.title,
                            recipients: String::new(),
                        });
                        let steps: Vec<_> = keys.collect();
                        wvl::escalation::store::claim(connection, &steps, at("2026-11-23 08:00"), false)
                    })
                    .unwrap()
                    .len()
                })
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).sum::<usize>()
    });
    assert_eq!(sent, 20);
}

#[test]
fn equal_thresholds_are_one_mail_and_two_keys() {
    let house = House::new();
    house.database.execute(&offer("A-1", "2026-11-19 00:00"));
    let config = format!("{OFFERS}stage2.hours = 24\nstage3.hours = 24\n");
    assert_eq!(house.run(&config, at("2026-11-23 08:00")), ["A-1 1: 103"]);
    // to the union of their recipients, at the higher stage
    assert_eq!(house.run(&config, at("2026-11-24 08:00")), ["A-1 2+3: 102, 103, 101"]);
    let codes = "SELECT string_agg(step::text, ' ' ORDER BY step) FROM escalation_steps";
    assert_eq!(house.database.text(codes), "1 2 3");
    assert_eq!(house.database.number("SELECT count(*) FROM outbox_messages"), 4);
    // both keys know the mails that were written for them
    let linked = "SELECT string_agg(n::text, ' ') FROM (SELECT count(*) n FROM escalation_step_messages GROUP BY step_id ORDER BY step_id) x";
    assert_eq!(house.database.text(linked), "1 3 3");
    assert_eq!(house.database.number("SELECT step FROM escalation_chains"), 3);
    // the repeat goes to the same people: 40 h after Tue 08:00 = Fri 18:00
    assert_eq!(house.run(&config, at("2026-11-30 08:00")), ["A-1 101: 102, 103, 101"]);
}

#[test]
fn a_moved_date_starts_afresh_and_moved_back_goes_on() {
    let house = House::new();
    house.database.execute(&offer("A-1", "2026-11-19 00:00"));
    assert_eq!(house.run(OFFERS, at("2026-11-23 08:00")), ["A-1 1: 103"]);
    let move_to = |day: &str| {
        house.database.execute(&format!("UPDATE documents SET follow_up_at = '{day} 00:00 Europe/Berlin'"));
    };
    move_to("2026-11-30");
    assert_eq!(house.run(OFFERS, at("2026-11-24 08:00")), [""; 0]);
    // Mon 10, Tue 6 = Tue 14:00
    assert_eq!(house.run(OFFERS, at("2026-12-02 08:00")), ["A-1 1: 103"]);
    // back on the first date: its chain goes on with stage 2, once
    move_to("2026-11-19");
    assert_eq!(house.run(OFFERS, at("2026-12-03 08:00")), ["A-1 2: 102, 103"]);
    assert_eq!(house.run(OFFERS, at("2026-12-03 13:00")), [""; 0]);
    // closed, and open again under the same date
    house.database.execute("UPDATE documents SET status = 'lost'");
    assert_eq!(house.run(OFFERS, at("2026-12-07 08:00")), [""; 0]);
    house.database.execute("UPDATE documents SET status = 'open'");
    // 16 h after Thu 3.12. 08:00 = Fri 14:00
    assert_eq!(house.run(OFFERS, at("2026-12-07 13:00")), ["A-1 3: 103, 102, 101"]);
}

/// The whole chain of the rules' example, by runs in the database.
#[test]
fn a_chain_from_the_first_mail_to_its_repeats() {
    let house = House::new();
    house.database.execute(&offer("A-1", "2026-11-19 00:00"));
    let mut said = Vec::new();
    for day in 19..=30 {
        for time in ["07:45", "08:00", "10:00", "13:00", "17:45"] {
            let now = at(&format!("2026-11-{day} {time}"));
            said.extend(house.run(OFFERS, now).into_iter().map(|step| format!("{day}. {time} {step}")));
        }
    }
    for now in ["2026-12-01 17:45", "2026-12-02 08:00", "2026-12-08 08:00"] {
        said.extend(house.run(OFFERS, at(now)).into_iter().map(|step| format!("{now} {step}")));
    }
    assert_eq!(
        said,
        [
            "23. 08:00 A-1 1: 103",
            "24. 08:00 A-1 2: 102, 103",
            "26. 08:00 A-1 3: 103, 102, 101",
            "2026-12-02 08:00 A-1 101: 103, 102, 101",
            "2026-12-08 08:00 A-1 102: 103, 102, 101",
        ]
    );
}

#[test]
fn a_large_amount_does_not_wait_for_the_collection() {
    let house = House::new();
    house.database.execute(&format!(
        "{}{}UPDATE documents SET net_amount = CASE number WHEN 'A-1' THEN 50000 ELSE 49999.99 END",
        offer("A-1", "2026-11-19 00:00"),
        offer("A-2", "2026-11-19 00:00")
    ));
    let config = format!("{OFFERS}at_once_amount = 50000\n");
    // reached Fri 14:00; 13:00 has been taken
    assert_eq!(house.run(&config, at("2026-11-20 13:00")), [""; 0]);
    assert_eq!(house.run(&config, at("2026-11-20 14:00")), ["A-1 1: 103"]);
    assert_eq!(house.run(&config, at("2026-11-23 08:00")), ["A-2 1: 103"]);
}

#[test]
fn several_items_for_one_person_are_one_mail() {
    let environment = environment(&format!("{OFFERS}[escalation.task]\nactive = true\n"));
    environment.database.execute(&format!(
        "{}{}INSERT INTO tasks (number, title, handler_id, due_at) VALUES ('T-1', 'Anrufen', 3, '2026-11-19')",
        offer("A-1", "2026-11-19 00:00"),
        offer("A-2", "2026-11-19 00:00")
    ));
    environment.ok(&["escalate", "run", "--as-of", "2026-11-23T08:00"]);
    assert_eq!(environment.mails().len(), 1);
    let linked = environment.database.number("SELECT count(*) FROM escalation_step_messages");
    assert_eq!(linked, 3);
    let mail = &texts(&environment)[0];
    for number in ["A-1", "A-2", "T-1"] {
        assert!(mail.contains(number), "{number} in\n{mail}");
    }
}

/// The mails about one item stand together in the reader's mailbox, and the last ones are counted.
#[test]
fn later_mails_answer_the_earlier_ones() {
    let environment = environment(OFFERS);
    environment.database.execute(&offer("A-1", "2026-11-19 00:00"));
    for now in ["2026-11-23T08:00", "2026-11-24T08:00", "2026-11-26T08:00", "2026-12-02T08:00", "2026-12-08T08:00"] {
        environment.ok(&["escalate", "run", "--as-of", now]);
    }
    let mails = environment.mails();
    let parsed: Vec<_> = mails.iter().map(|mail| mail_parser::MessageParser::default().parse(mail).unwrap()).collect();
    let to_arno: Vec<_> = parsed
        .iter()
        .filter(|mail| mail.to().unwrap().first().unwrap().address() == Some("arno@firma.example"))
        .collect();
    assert_eq!(to_arno.len(), 5);
    let first = to_arno.iter().find(|mail| mail.subject().unwrap().contains("(Stufe 1)")).unwrap();
    let of = |words: &str| *to_arno.iter().find(|mail| mail.subject().unwrap().contains(words)).unwrap();
    assert!(first.references().as_text_list().is_none());
    let second = of("(Stufe 2)");
    assert_eq!(second.references().as_text_list().unwrap(), [first.message_id().unwrap()]);
    let last = of("Stufe 3, 2. Wiederholung");
    let references = last.references().as_text_list().unwrap();
    assert_eq!((references.len(), references[0].as_ref()), (4, first.message_id().unwrap()));
    // hours since the step before: Wed 08:00 to Tue 08:00
    assert!(last.body_text(0).unwrap().contains("144,00 Std."), "{}", last.body_text(0).unwrap());
}

/// A backlog is one mail a person, and every item stands in it.
#[test]
fn three_hundred_items_are_one_mail_with_a_table() {
    let environment = environment(OFFERS);
    environment.database.execute(
        "INSERT INTO documents (kind, number, title, partner_id, document_date, follow_up_at)
         SELECT 'offer', 'A-' || n, 'Neuer Server', 1, '2026-11-02', '2026-11-19 00:00 Europe/Berlin'
         FROM generate_series(1, 300) n",
    );
    assert_eq!(environment.ok(&["escalate", "run", "--as-of", "2026-11-23T08:00"]), "");
    let mails = environment.mails();
    assert_eq!(mails.len(), 1);
    let mail = mail_parser::MessageParser::default().parse(&mails[0]).unwrap();
    let table = String::from_utf8(mail.attachment(0).unwrap().contents().to_vec()).unwrap();
    assert_eq!(table.matches("A-").count(), 300);
    assert_eq!(environment.database.number("SELECT count(*) FROM escalation_step_messages"), 300);
}

/// A run that waits for another one listens to signals.
#[test]
fn a_signal_ends_a_run_that_waits() {
    use diesel::connection::SimpleConnection;
    use nix::sys::signal::{Signal, kill};
    let environment = crate::env::TestEnvironment::new();
    let mut other = environment.database.connect();
    other.batch_execute("BEGIN; SELECT pg_advisory_xact_lock(hashtext('wvl escalate run'), 1)").unwrap();
    let mut child = environment.command(&["escalate", "run", "--wait", "60s"]).spawn().unwrap();
    while environment.database.number("SELECT count(*) FROM job_runs") == 0 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    kill(nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGTERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert_eq!(environment.database.number("SELECT exit_code FROM job_runs"), 143);
}

/// A run that is told to end takes back what it did; the next one does it.
#[test]
fn a_signal_takes_a_run_back() {
    use nix::sys::signal::{Signal, kill};
    let environment = environment(OFFERS);
    environment.database.execute(
        "INSERT INTO documents (kind, number, title, partner_id, document_date, follow_up_at)
         VALUES ('offer', 'A-1', 'Neuer Server', 1, '2026-11-02', '2026-11-19 00:00 Europe/Berlin')",
    );
    let run = ["escalate", "run", "--as-of", "2026-11-23T08:00"];
    let mut child = environment.command(&run).env("FAILPOINTS", "claimed=sleep(1000)").spawn().unwrap();
    let has_claimed =
        "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database AND datname = current_database()
         WHERE relation = 'wvl.escalation_steps'::regclass AND mode = 'RowExclusiveLock'";
    while environment.database.number(has_claimed) == 0 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    kill(nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGTERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert_eq!(environment.database.number("SELECT count(*) FROM escalation_steps"), 0);
    assert_eq!(environment.ok(&run), "");
    assert_eq!(environment.mails().len(), 1);
}
