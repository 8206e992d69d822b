//! What people see of the queue and decide about it, through the binary.

use wvl::outbox::Class;

use super::{message, queue, states};
use crate::env::TestEnvironment;
use crate::env::smtp::{SmtpServer, Step};

/// A queue with one recipient in each state, numbered from 1 in the order of the states' names.
fn office() -> TestEnvironment {
    let environment = TestEnvironment::new();
    let all = ["discarded", "failed", "held", "queued", "retry", "sending", "sent", "unknown"];
    let messages: Vec<_> =
        all.iter().map(|state| message(Class::Customer, state, &[&format!("{state}@x.example")])).collect();
    queue(&environment.database, &messages);
    environment.database.execute(
        "UPDATE outbox_recipients SET state = split_part(address, '@', 1), attempt = 1, last_reply = '450 later';
         UPDATE outbox_recipients SET done_at = now() WHERE state IN ('sent', 'failed', 'unknown', 'discarded');
         UPDATE outbox_recipients SET leased_until = now() + interval '1 hour' WHERE state = 'sending';
         UPDATE outbox_recipients SET next_attempt_at = now() + interval '1 hour', strikes = 2 WHERE state = 'retry';
         UPDATE outbox_recipients SET id = 100 + array_position(
             ARRAY['discarded', 'failed', 'held', 'queued', 'retry', 'sending', 'sent', 'unknown'], state)",
    );
    environment
}

fn column(text: &str, at: usize) -> Vec<&str> {
    text.lines().map(|line| line.split('\t').nth(at).unwrap()).collect()
}

#[test]
fn the_list_is_what_did_not_arrive_unless_states_are_named() {
    let office = office();
    let list = office.ok(&["mail", "queue", "list"]);
    assert_eq!(column(&list, 4), ["failed", "held", "queued", "retry", "sending", "unknown"]);
    let asked = |more: &[&str]| office.ok(&[&["mail", "queue", "list", "--columns", "number"], more].concat());
    assert_eq!(asked(&["--all"]).lines().count(), 8);
    assert_eq!(asked(&["--state", "sent,discarded"]), "101\n107\n");
    assert_eq!(asked(&["--state", "gescheitert"]), "102\n");
    assert_eq!(asked(&["--search", "UNKNOWN@x"]), "108\n");
    assert_eq!(asked(&["--kind", "report"]), "");
    assert_eq!(asked(&["--from", "morgen"]), "");
    assert_eq!(office.wvl(&["mail", "queue", "list", "--kind", "report", "--fail-empty"]).code, 4);
    assert_eq!(office.wvl(&["mail", "queue", "list", "--state", "lost"]).code, 2);
}

#[test]
fn one_mail_is_shown_with_the_others_who_got_it() {
    let environment = TestEnvironment::new();
    let both = message(Class::Internal, "Zwei", &["ada@x", "bo@x"]);
    queue(&environment.database, std::slice::from_ref(&both));
    let number = environment.database.text("SELECT min(id) FROM outbox_recipients");
    for name in [&number, &both.id.to_string(), &both.message_id] {
        let shown: serde_json::Value = environment.ok(&["mail", "queue", "show", name, "--json"]).parse().unwrap();
        assert_eq!((&shown["address"], &shown["others"][0]["address"]), (&"ada@x".into(), &"bo@x".into()), "{name}");
        assert_eq!(shown["sha256"].as_str().map(str::len), Some(64));
    }
    let raw = environment.ok(&["mail", "queue", "show", &number, "--raw"]);
    assert_eq!(raw.as_bytes(), both.raw);
    let eight_bit = b"Subject: x\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\xe4\xff\r\n";
    let hex: String = eight_bit.iter().map(|byte| format!("{byte:02x}")).collect();
    environment.database.execute(&format!("UPDATE outbox_messages SET raw = decode('{hex}', 'hex')"));
    let file = environment.path().join("mail.eml").display().to_string();
    environment.ok(&["mail", "queue", "show", &number, "--raw", "-o", &file]);
    assert_eq!(std::fs::read(&file).unwrap(), eight_bit, "as they are, whatever they mean");
    environment.database.execute("UPDATE outbox_messages SET raw = NULL");
    let gone = environment.wvl(&["mail", "queue", "show", &number, "--raw"]);
    assert!(gone.code == 4 && gone.stderr.contains("keep_bodies_days"), "{}", gone.stderr);
    for unknown in ["4711", "x", "5a0b3ef4-6d5c-4a3f-9f3f-1d2f3c4b5a69"] {
        assert_eq!(environment.wvl(&["mail", "queue", "show", unknown]).code, 4, "{unknown}");
    }
}

#[test]
fn each_decision_changes_what_it_is_about_and_nothing_else() {
    let office = office();
    let at_first = states(&office.database);
    for (arguments, code, reason) in [
        (&["mail", "queue", "retry", "104"][..], 1, "was not tried yet"),
        (&["mail", "queue", "retry", "108"], 1, "mail resolve"),
        (&["mail", "queue", "retry", "102", "107"], 1, "recipient 107 was delivered"),
        (&["mail", "queue", "discard", "106", "--yes"], 1, "is being sent just now"),
        (&["mail", "queue", "discard", "102"], 2, "--yes"),
        (&["mail", "queue", "retry"], 2, "which recipients"),
        (&["mail", "queue", "retry", "102", "--state", "failed"], 2, "one of both"),
        (&["mail", "queue", "retry", "--state", "failed"], 2, "--yes"),
        (&["mail", "queue", "retry", "999"], 4, "999"),
        (&["mail", "resolve", "108"], 2, "--arrived"),
        (&["mail", "resolve", "102", "--again"], 1, "wvl mail queue retry"),
        (&["mail", "queue", "retry", "102", "-n"], 0, "nur Probe"),
        (&["mail", "queue", "discard", "--all", "-n"], 0, "nur Probe"),
    ] {
        let run = office.wvl(arguments);
        assert!(run.code == code && run.stderr.contains(reason), "{arguments:?} {} {}", run.code, run.stderr);
        assert_eq!(states(&office.database), at_first, "{arguments:?}");
    }
    assert_eq!(office.ok(&["mail", "queue", "retry", "102", "105"]), "102\n105\n");
    let due = "SELECT count(*) FROM outbox_recipients
               WHERE state = 'retry' AND next_attempt_at <= now() AND tried_since IS NOT NULL AND strikes = 0
                   AND done_at IS NULL AND last_reply = '450 later'";
    assert_eq!(office.database.number(due), 2);
    assert_eq!(office.ok(&["mail", "queue", "discard", "103", "--reason", "angerufen", "--yes"]), "103\n");
    let said = "SELECT last_reply FROM outbox_recipients WHERE id = 103 AND done_at IS NOT NULL";
    assert_eq!(office.database.text(said), "discarded by wvl: angerufen: 450 later");
    let shown = office.wvl(&["mail", "resolve"]);
    assert_eq!(column(&shown.stdout, 0), ["108"]);
    assert_eq!(office.ok(&["mail", "resolve", "108", "--arrived", "--note", "Log"]), "108\n");
    let said = office.database.text("SELECT last_reply FROM outbox_recipients WHERE id = 108 AND state = 'sent'");
    assert_eq!(said, "wvl says that it has arrived: Log: 450 later");
    assert_eq!(office.wvl(&["mail", "resolve", "108", "--again"]).code, 1, "settled once");
    assert_eq!(
        office.ok(&["mail", "queue", "discard", "--all", "--yes"]),
        "102\n104\n105\n",
        "the queued and the two that are retried"
    );
}

#[test]
fn what_filters_leave_and_stands_otherwise_is_named_and_ends_with_3() {
    let office = office();
    let refused = office.wvl(&["mail", "queue", "retry", "--state", "unknown"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (3, ""), "nothing is asked: {}", refused.stderr);
    assert!(refused.stderr.contains("recipient 108 may have arrived"), "{}", refused.stderr);
    let some = ["mail", "queue", "retry", "--state", "failed,unknown,sent"];
    let looked = office.wvl(&[&some[..], &["-n", "--columns", "number"]].concat());
    assert_eq!((looked.code, looked.stderr.contains("nur Probe")), (3, true), "{}", looked.stderr);
    assert_eq!(column(&looked.stdout, 0), ["102"]);
    assert_eq!(office.wvl(&some).code, 2, "--yes is asked for what can be done");
    let done = office.wvl(&[&some[..], &["--yes"]].concat());
    assert_eq!((done.code, done.stdout.as_str()), (3, "102\n"), "{}", done.stderr);
    assert!(
        done.stderr.contains("recipient 107 was delivered") && done.stderr.contains("2 recipients stand otherwise")
    );
    let discarded = office.wvl(&["mail", "queue", "discard", "--state", "sent,held", "--yes", "-O", "jsonl"]);
    assert_eq!((discarded.code, discarded.stdout.as_str()), (3, "{\"number\":\"103\"}\n"), "{}", discarded.stderr);
    let shown = office.wvl(&["mail", "queue", "discard", "102", "104", "-n"]);
    assert_eq!((shown.code, column(&shown.stdout, 0)), (0, vec!["102", "104"]), "-n shows those that are named too");
    let english = office.wvl(&["mail", "queue", "retry", "102", "105", "-n", "--lang", "en"]);
    assert!(english.stderr.contains("2 recipients are tried again (dry run"), "{}", english.stderr);
    let english = office.wvl(&["mail", "queue", "discard", "104", "-n", "--lang", "en"]);
    assert!(english.stderr.contains("1 mail discarded (dry run"), "{}", english.stderr);
}

#[test]
fn of_a_message_those_are_meant_that_it_can_hold_for() {
    let environment = TestEnvironment::new();
    let all = message(Class::Customer, "Drei", &["ada@x", "bo@x", "cy@x"]);
    queue(&environment.database, std::slice::from_ref(&all));
    let set = |state: &str, name: &str| {
        environment.database.execute(&format!(
            "UPDATE outbox_recipients SET state = '{state}', attempt = 1, done_at = now() WHERE address = '{name}@x'"
        ));
    };
    let number =
        |name: &str| environment.database.text(&format!("SELECT id FROM outbox_recipients WHERE address = '{name}@x'"));
    for (state, name) in [("sent", "ada"), ("failed", "bo"), ("unknown", "cy")] {
        set(state, name);
    }
    assert_eq!(environment.ok(&["mail", "queue", "retry", &all.message_id]), format!("{}\n", number("bo")));
    let arrived = ["mail", "resolve", &all.id.to_string(), "--arrived"];
    assert_eq!(environment.ok(&arrived), format!("{}\n", number("cy")));
    let run = environment.wvl(&arrived);
    assert!(run.code == 1 && run.stderr.contains("nothing was changed"), "{}", run.stderr);
    let both = environment.wvl(&["mail", "queue", "discard", &all.message_id, &number("ada"), "--yes"]);
    assert!(both.code == 1 && both.stderr.contains("was delivered"), "named by its number: {}", both.stderr);
    assert_eq!(states(&environment.database), "ada:sent:1 bo:retry:1 cy:sent:1");
}

#[test]
fn what_is_for_an_employee_is_listed_on_whatever_channel() {
    let environment = TestEnvironment::new();
    environment.database.execute(
        "INSERT INTO employees (number, first_name, last_name, email, mobile)
         VALUES (12, 'Ada', 'Eins', 'ada@x', '0171 / 555 01-12'), (13, 'Bo', 'Zwei', 'bo@x', '0171 5550113')",
    );
    // all but the first are made addresses on a channel below
    let addresses = ["ADA@x", "+491715550112@x", "12@x", "+491715550113@x", "112@x"];
    let messages: Vec<_> = addresses.iter().map(|address| message(Class::Internal, "1", &[address])).collect();
    queue(&environment.database, &messages);
    environment.database.execute(
        "UPDATE outbox_messages m SET channel = 'sms' FROM outbox_recipients r
         WHERE r.message_id = m.id AND r.address <> 'ADA@x';
         UPDATE outbox_recipients SET address = split_part(address, '@', 1) WHERE address <> 'ADA@x'",
    );
    let mine = environment.ok(&["mail", "queue", "list", "--employee", "12", "--columns", "address"]);
    assert_eq!(mine, "ADA@x\n+491715550112\n12\n");
}

#[test]
fn what_nobody_knows_is_sent_again_if_somebody_says_so() {
    let environment = TestEnvironment::new();
    queue(
        &environment.database,
        &[message(Class::Customer, "1", &["kunde@x"]), message(Class::Customer, "2", &["weg@x"])],
    );
    environment.database.execute(
        "UPDATE outbox_recipients SET state = 'unknown', attempt = 9, created_at = now() - interval '9 days', done_at = now();
         UPDATE outbox_messages SET raw = NULL WHERE subject = '2'",
    );
    environment.ok(&["mail", "flush"]);
    assert_eq!(environment.mails().len(), 0);
    let number =
        |name: &str| environment.database.text(&format!("SELECT id FROM outbox_recipients WHERE address = '{name}@x'"));
    let refused = environment.wvl(&["mail", "resolve", &number("weg"), "--again"]);
    assert!(refused.code == 1 && refused.stderr.contains("keep_bodies_days"), "{}", refused.stderr);
    environment.ok(&["mail", "resolve", &number("kunde"), "--again"]);
    environment.ok(&["mail", "flush"]);
    assert_eq!(states(&environment.database), "kunde:sent:10 weg:unknown:9");
}

#[test]
fn a_test_mail_goes_alone_and_says_what_became_of_it() {
    let environment = TestEnvironment::new();
    queue(&environment.database, &[message(Class::Internal, "1", &["ada@x"])]);
    let told: serde_json::Value = environment.ok(&["mail", "test", "it@firma.example", "--json"]).parse().unwrap();
    assert_eq!((&told["state"], &told["address"]), (&"sent".into(), &"it@firma.example".into()));
    assert_eq!(states(&environment.database), "ada:queued:0 it:sent:1", "nothing else that waits is sent");
    let mail = String::from_utf8(environment.mails().remove(0)).unwrap();
    assert!(mail.contains("To: it@firma.example") && mail.contains("X-Wvl-Kind: test"), "{mail}");
    let rehearsed = environment.wvl(&["mail", "test", "it@firma.example", "-n"]);
    assert!(rehearsed.code == 0 && rehearsed.stderr.contains("nur Probe"), "{}", rehearsed.stderr);
    let told: serde_json::Value = environment.ok(&["mail", "test", "it@x", "-n", "--json"]).parse().unwrap();
    assert_eq!((&told["address"], &told["state"]), (&"it@x".into(), &serde_json::Value::Null));
    assert_eq!(environment.wvl(&["mail", "test", "it@x", "--watch", "--json"]).code, 2, "before it is sent");
    assert_eq!(environment.wvl(&["mail", "test", "nobody"]).code, 2);
    assert_eq!(environment.database.number("SELECT count(*) FROM outbox_messages WHERE kind = 'test'"), 1);
}

#[test]
fn a_test_mail_names_what_it_found_on_the_way() {
    let environment = TestEnvironment::new();
    queue(&environment.database, &[message(Class::Customer, "1", &["kunde@x"])]);
    environment.database.execute(
        "UPDATE outbox_recipients SET state = 'sending', attempt = 1, offered_attempt = 1,
             leased_until = now() - interval '1 minute'",
    );
    let run = environment.wvl(&["mail", "test", "it@firma.example"]);
    assert!(run.code == 0 && run.stderr.contains("to kunde@x may or may not have arrived"), "{run:?}");
    assert_eq!(states(&environment.database), "it:sent:1 kunde:unknown:1");
}

#[test]
fn a_test_mail_tells_what_the_server_says_and_what_keeps_it() {
    let mut environment = TestEnvironment::new();
    let smtp = |environment: &TestEnvironment, port: u16, mode: &str| {
        environment.configure(&format!(
            "[mail.smtp]\nhost = \"localhost\"\nport = {port}\ntls = \"none\"\ntimeout_seconds = 1\n"
        ));
        let text = std::fs::read_to_string(environment.config()).unwrap();
        let text = text.replace("transport = \"maildir\"\nmaildir = \"Maildir\"", "transport = \"smtp\"");
        environment.write("wvl.toml", text.replace("mode = \"live\"", mode));
    };
    let server = SmtpServer::start(&["PIPELINING"], |command| match command {
        "RCPT TO:<gone@x.example>" => Step::Say("550 5.1.1 no such user".to_owned()),
        "RCPT TO:<later@x.example>" => Step::Say("450 4.2.0 greylisted".to_owned()),
        _ => Step::Usual,
    });
    smtp(&environment, server.port, "mode = \"live\"");
    for (address, code, said) in [
        ("gone@x.example", 3, "550 5.1.1 no such user"),
        ("later@x.example", 3, "450 4.2.0 greylisted"),
        ("good@x.example", 0, ""),
    ] {
        let run = environment.wvl(&["mail", "test", address]);
        assert!(run.code == code && run.stderr.contains(said), "{address} {} {}", run.code, run.stderr);
        assert!(run.stdout.contains(address) && run.stdout.contains("smtp localhost:"), "{}", run.stdout);
    }
    smtp(&environment, server.port, "mode = \"redirect\"\nredirect_to = \"probe@x.example\"");
    let run = environment.wvl(&["mail", "test", "kunde@x.example"]);
    assert!(run.code == 0 && run.stderr.contains("die Mail geht an probe@x.example"), "{}", run.stderr);
    assert_eq!(server.received().last().unwrap().to, ["probe@x.example"]);
    smtp(&environment, server.port, "mode = \"off\"");
    assert_eq!(environment.wvl(&["mail", "test", "it@x.example"]).code, 1);
    smtp(&environment, 1, "mode = \"live\"");
    let run = environment.wvl(&["mail", "test", "it@x.example"]);
    assert!(run.code == 69 && run.stderr.contains("stays queued"), "{} {}", run.code, run.stderr);
    let watched = environment.wvl(&["mail", "test", "it@x.example", "--watch", "--wait", "1s", "-O", "jsonl"]);
    assert_eq!((watched.code, watched.stdout.lines().count()), (75, 1), "{}", watched.stderr);
    let said: serde_json::Value = watched.stdout.lines().next().unwrap().parse().unwrap();
    assert!(said["state"] == "retry" && watched.stderr.contains("localhost"), "{watched:?}");
    environment.database = environment.database.held_copy();
    environment.configure("");
    let run = environment.wvl(&["mail", "test", "it@x.example"]);
    assert!(run.code == 3 && run.stderr.contains("wvl mail release"), "{} {}", run.code, run.stderr);
}

#[test]
fn templates_are_rendered_with_their_examples() {
    let environment = TestEnvironment::new();
    let listed = environment.ok(&["mail", "render"]);
    for line in listed.lines() {
        let (name, about) = (line.split('\t').next().unwrap(), line.split('\t').nth(1).unwrap());
        let is_mail = !name.starts_with("message/");
        for (more, length) in [(&[][..], 40), (&["--lang", "en"], 40), (&["--html"], 1_000), (&["--eml"], 1_000)] {
            let shown = environment.wvl(&[&["mail", "render", name, "--about", about], more].concat());
            let is_shown = is_mail || length < 1_000;
            assert_eq!(
                (shown.code, shown.stdout.len() > length),
                (if is_shown { 0 } else { 2 }, is_shown),
                "{name} {more:?}"
            );
        }
    }
    let file = environment.path().join("mail.html").display().to_string();
    environment.ok(&["mail", "render", "test", "--html", "-o", &file]);
    assert!(std::fs::read_to_string(&file).unwrap().contains("<html"));
    assert_eq!(environment.wvl(&["mail", "render", "-o", &file]).code, 2, "a list is no mail");
    std::fs::create_dir_all(environment.path().join("templates/mail/test")).unwrap();
    environment.write("templates/mail/test/subject.txt", "Eigener Betreff");
    let text = std::fs::read_to_string(environment.config()).unwrap();
    environment.write("wvl.toml", text.replace("[mail]\n", "[mail]\ntemplates = \"templates\"\n"));
    assert!(environment.ok(&["mail", "render", "test"]).starts_with("Eigener Betreff\n"));
    let listed = environment.ok(&["mail", "render"]);
    let own: Vec<&str> = listed.lines().filter(|line| line.contains("mail/test/subject.txt")).collect();
    assert!(own.len() == 1 && own[0].starts_with("test\t"), "{listed}");
    assert_eq!(environment.wvl(&["mail", "render", "no-such"]).code, 2);
    assert_eq!(environment.wvl(&["mail", "render", "test", "--about", "x"]).code, 2);
}

#[test]
fn who_watches_hears_of_each_change_until_all_is_settled() {
    let environment = TestEnvironment::new();
    queue(&environment.database, &[message(Class::Internal, "1", &["ada@x", "bo@x"])]);
    let number = environment.database.text("SELECT min(id) FROM outbox_recipients");
    let impatient = environment.wvl(&["mail", "queue", "show", &number, "--watch", "--wait", "1s"]);
    assert_eq!((impatient.code, impatient.stdout.lines().count()), (75, 2), "{}", impatient.stderr);
    assert_eq!(environment.wvl(&["mail", "queue", "show", &number, "--watch", "--json"]).code, 2);
    let watching = environment
        .command(&["mail", "queue", "show", &number, "--watch", "-O", "jsonl"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_secs(2));
    environment.database.execute(
        "UPDATE outbox_recipients SET state = 'failed', last_reply = '550 no', done_at = now() WHERE address = 'bo@x'",
    );
    environment.ok(&["mail", "flush"]);
    let output = watching.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let lines: Vec<serde_json::Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| line.parse().unwrap()).collect();
    let told: Vec<String> = lines
        .iter()
        .map(|line| format!("{} {}", line["address"].as_str().unwrap(), line["state"].as_str().unwrap()))
        .collect();
    assert_eq!(told, ["ada@x queued", "bo@x queued", "ada@x sent", "bo@x failed"]);
}
