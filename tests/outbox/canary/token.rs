//! The access token that a command prints (XOAUTH2).

use wvl::outbox::Class;

use super::{look_at_processes, message, prints, queue, refuse, refuse_in, refuse_in_family, whole};
use crate::env::TestEnvironment;
use crate::env::smtp::{SmtpServer, Step};

/// As it is, and as base64 has it wherever it stands in what is sent (without the ends that depend on what stands beside it).
pub const SECRET: [&str; 4] =
    ["canary-of-the-token", "Y2FuYXJ5LW9mLXRoZS10b2tl", "NhbmFyeS1vZi10aGUtdG9rZW", "jYW5hcnktb2YtdGhlLXRva2Vu"];

fn house(port: u16) -> TestEnvironment {
    let environment = TestEnvironment::new();
    let script = prints(&environment, "token.sh", SECRET[0]);
    environment.write(
        "wvl.toml",
        format!(
            "[calendar.default]\nstate = \"DE-BW\"\n[database]\nurl = {:?}\n\n[mail]\nmode = \"live\"\nfrom = \"wvl@firma.example\"\n\
             signing_keys_file = \"signing-keys\"\n\n[mail.smtp]\nhost = \"localhost\"\nport = {port}\ntls = \"none\"\n\
             timeout_seconds = 1\nuser = \"wvl\"\ntoken_command = [{:?}]\n",
            environment.database.url,
            script.display().to_string()
        ),
    );
    queue(
        &environment.database,
        &[message(Class::Internal, "AN-1", &["a@x"]), message(Class::Customer, "AN-2", &["b@x"])],
    );
    environment
}

/// A server that repeats the login at this step, in every form that it has seen.
fn parrot(step: &'static str, code: u16) -> SmtpServer {
    let heard = std::sync::Mutex::new(String::new());
    SmtpServer::start(&["PIPELINING", "AUTH XOAUTH2"], move |command| {
        let mut heard = heard.lock().unwrap();
        look_at_processes();
        if command.starts_with("AUTH") {
            *heard = command.to_owned();
        }
        match command.starts_with(step) {
            true => {
                let (secret, said) = (SECRET[0], heard.trim_start_matches("AUTH XOAUTH2 "));
                Step::Say(format!("{code}-{secret} {said}\r\n{code} {heard} (\"{secret}\") {said}{secret}"))
            }
            // let in
            false if command.starts_with("AUTH") => Step::Say("235 2.7.0 welcome".to_owned()),
            false => Step::Usual,
        }
    })
}

#[test]
fn a_token_is_nowhere_whatever_the_server_repeats() {
    for (step, code) in
        [("AUTH", 334), ("AUTH", 535), ("AUTH", 454), ("MAIL", 550), ("RCPT", 450), (".", 250), (".", 554)]
    {
        let server = parrot(step, code);
        let environment = house(server.port);
        let test = ["mail", "test", "c@x.example"];
        for arguments in [
            &["mail", "flush"][..],
            &["mail", "flush", "--json"],
            &test,
            &["doctor"],
            &["check"],
            &["config", "show"],
            &["mail", "queue", "list", "--all", "--json"],
        ] {
            refuse_in(&environment.wvl(arguments), &format!("{arguments:?} after {step} {code}"));
        }
        let logins = server.commands().into_iter().filter(|command| command.starts_with("AUTH")).collect::<String>();
        assert!(SECRET.iter().any(|form| logins.contains(form)), "{step}: nobody logged in: {logins}");
        refuse(&whole(&environment.database), &format!("the database after {step} {code}"));
        refuse_in_family(&environment);
    }
}

#[test]
fn a_command_for_the_token_that_fails_tells_nothing_of_it() {
    let server = SmtpServer::start(&["AUTH XOAUTH2"], |_| Step::Usual);
    let environment = house(server.port);
    let secret = SECRET[0];
    for script in [
        format!("#!/bin/sh\necho {secret}\nexit 1\n"),
        format!("#!/bin/sh\necho {secret}\nkill -9 $$\n"),
        format!("#!/bin/sh\necho {secret} {secret}\n"),
        format!("#!/bin/sh\nprintf '{secret}\\033'\n"),
    ] {
        environment.write("token.sh", &script);
        super::super::make_due(&environment.database);
        for arguments in [&["mail", "flush"][..], &["doctor"], &["mail", "test", "c@x.example"]] {
            let run = environment.wvl(arguments);
            assert_ne!((run.code, run.stderr.len()), (0, 0), "{script}: {arguments:?} noticed nothing");
            refuse_in(&run, &format!("{arguments:?} whose token_command fails"));
        }
        refuse(&whole(&environment.database), "the database");
    }
}
