//! Secrets of gateways: the address of a webhook, which is one itself, and a key in a header or field.

use std::time::Duration;

use wvl::outbox::message::Payload;
use wvl::outbox::{Class, NewMessage};

use super::{look_at_processes, message, prints, queue, refuse, refuse_in, refuse_in_family, whole};
use crate::env::TestEnvironment;
use crate::env::http::{HttpServer, Reply};

/// Path and query of the webhook, and the key.
pub const SECRET: [&str; 3] = ["canary-of-the-room-4711", "canary-of-the-query-0815", "canary-of-the-key-4712"];

/// A room whose address comes from a command, and an SMS provider whose key does.
fn house(url: &str) -> TestEnvironment {
    let environment = TestEnvironment::new();
    let room = format!("{url}/hooks/{}?key={}", SECRET[0], SECRET[1]);
    let room = prints(&environment, "room.sh", &format!("'{room}'")).display().to_string();
    let key = prints(&environment, "key.sh", SECRET[2]).display().to_string();
    environment.configure(&format!(
        "[channel.chat]\nurl = \"{{{{ secret }}}}\"\naddress = \"none\"\njson = {{ text = \"{{{{ text }}}}\" }}\n\
         password_command = [{room:?}]\ntimeout_seconds = 1\nmax_per_minute = 0\n\
         [channel.sms]\nurl = \"{url}/sms?key={{{{ secret }}}}\"\nheaders = {{ X-Api-Key = \"{{{{ secret }}}}\" }}\n\
         form = {{ to = \"{{{{ address }}}}\", key = \"{{{{ secret }}}}\" }}\npassword_command = [{key:?}]\n\
         timeout_seconds = 1\nmax_per_minute = 0\n"
    ));
    let payload = Payload { subject: "AN-1".into(), text: "AN-1".into(), link: String::new() };
    let on = |channel: &str, class, address: &str| NewMessage {
        channel: channel.to_owned(),
        raw: payload.to_bytes().unwrap(),
        envelope_from: String::new(),
        ..message(class, "AN-1", &[address])
    };
    let messages = [
        on("chat", Class::Internal, "chat"),
        on("chat", Class::Customer, "chat"),
        on("sms", Class::Internal, "+491"),
        on("sms", Class::Customer, "+492"),
    ];
    queue(&environment.database, &messages);
    environment
}

/// Everything that a person or a monitor would ask.
fn ask(environment: &TestEnvironment, place: &str) {
    for arguments in [
        &["mail", "flush"][..],
        &["mail", "flush", "--json"],
        &["mail", "test", "chat"],
        &["mail", "test", "sms:+491715550100"],
        &["doctor"],
        &["check"],
        &["status"],
        &["config", "show"],
        &["mail", "queue", "list", "--all", "--json"],
    ] {
        super::super::make_due(&environment.database);
        refuse_in(&environment.wvl(arguments), &format!("{arguments:?} with {place}"));
    }
    refuse(&whole(&environment.database), &format!("the database with {place}"));
    refuse_in_family(environment);
}

/// A gateway that repeats the whole request, whatever it answers.
#[test]
fn a_secret_address_is_nowhere_whatever_the_gateway_repeats() {
    for (status, more) in [
        (200, ""),
        (302, "Location: http://127.0.0.1:1/canary-of-the-room-4711\r\n"),
        (400, ""),
        (401, ""),
        (404, ""),
        (429, "Retry-After: canary-of-the-key-4712\r\n"),
        (500, ""),
        (503, ""),
    ] {
        let gateway = HttpServer::start(move |request| {
            look_at_processes();
            let headers: Vec<String> = request.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            let path = request.line.split(' ').nth(1).unwrap_or_default();
            let body = format!("{path} {}\r\n{}\r\n{}", request.line, headers.join("\r\n"), request.body);
            Reply::Answer(status, more, body)
        });
        let environment = house(&gateway.url(""));
        ask(&environment, &format!("a gateway that answers {status}"));
        // they were there to be seen
        let seen: String = gateway.requests().iter().map(|request| format!("{request:?}")).collect();
        assert!(SECRET.iter().all(|secret| seen.contains(secret)), "{status}: {seen}");
    }
}

#[test]
fn a_secret_address_is_nowhere_whatever_breaks() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let silent = HttpServer::always(Reply::Silence(Duration::from_secs(2)));
    let gone = HttpServer::always(Reply::HangUp);
    for (name, url) in [
        ("a closed port", format!("http://127.0.0.1:{closed}")),
        ("a silent gateway", silent.url("")),
        ("a gateway that hangs up", gone.url("")),
        ("a gateway without TLS", gone.url("").replace("http:", "https:")),
        ("a host that is none", "https://nowhere.invalid".to_owned()),
    ] {
        ask(&house(&url), name);
    }
    // an address that may not be asked, and what is none at all
    for url in ["http://gateway.example", "gateway.example", "https://a b"] {
        let environment = house("http://127.0.0.1:1");
        prints(&environment, "room.sh", &format!("'{url}/{}'", SECRET[0]));
        ask(&environment, url);
    }
}

#[test]
fn a_command_for_a_gateways_secret_that_fails_tells_nothing_of_it() {
    let environment = house("http://127.0.0.1:1");
    for ending in ["exit 1", "kill -9 $$", "echo; echo more"] {
        for (name, secret) in [("room.sh", SECRET[0]), ("key.sh", SECRET[2])] {
            // what it says on standard error is its own affair: that goes past us to whoever started us
            environment.write(name, format!("#!/bin/sh\necho {secret}\n{ending}\n"));
        }
        for arguments in [&["mail", "flush"][..], &["doctor"], &["mail", "test", "chat"]] {
            super::super::make_due(&environment.database);
            let run = environment.wvl(arguments);
            assert_ne!((run.code, run.stderr.len()), (0, 0), "{ending}: {arguments:?} noticed nothing");
            refuse_in(&run, &format!("{arguments:?} after {ending}"));
        }
        refuse(&whole(&environment.database), "the database");
    }
}
