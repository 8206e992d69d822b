//! What a gateway can answer, and what it means for the message and for those behind it.

use std::time::Duration;

use wvl::error::Kind;
use wvl::outbox::{Class, NewMessage};

use super::{flush, make_due, message, queue, settings, sms, states};
use crate::env::TestDatabase;
use crate::env::http::{HttpServer, Reply};

fn several(class: Class, count: usize) -> Vec<NewMessage> {
    (0..count).map(|number| message("sms", class, &format!("+49{number:02}"))).collect()
}

/// How many recipients are in which state: `retry 9, sent 1`.
fn counts(database: &TestDatabase) -> String {
    database.text(
        "SELECT string_agg(format('%s %s', state, count), ', ' ORDER BY state)
         FROM (SELECT state, count(*) FROM outbox_recipients GROUP BY state) s",
    )
}

#[test]
fn each_answer_has_its_outcome() {
    for (reply, more, state) in [
        (Reply::ok(), "", "sent"),
        (Reply::status(204), "", "sent"),
        (Reply::status(202), "success_status = [200]", "retry"),
        (Reply::body("{\"success\":\"900\"}"), "success_json = \"/success\"\nsuccess_is = \"100\"", "retry"),
        (Reply::body("Nummer ungueltig"), "success_contains = \"OK\"\nrefused_contains = \"ungueltig\"", "failed"),
        (Reply::status(400), "", "failed"),
        (Reply::status(503), "", "retry"),
        (Reply::Answer(200, "", "x".repeat(1_000_000)), "", "sent"),
        (Reply::body("\u{1b}]52;c;eA==\u{7} {{7*7}} \u{202e}"), "success_contains = \"OK\"", "retry"),
    ] {
        let database = TestDatabase::new();
        let gateway = HttpServer::always(reply.clone());
        let settings = settings("live", &sms(&gateway.url("/"), more));
        queue(&database, &[message("sms", Class::Internal, "+491")]);
        let report = flush(&database, &settings);
        assert_eq!(states(&database), format!("+491:{state}:1"), "{reply:?}");
        assert!(report.stopped.is_none(), "{reply:?} {report:?}");
        let said = database.text("SELECT last_reply FROM outbox_recipients");
        assert!(said.chars().count() <= 500 && !said.contains(char::is_control), "{said:?}");
    }
    let database = TestDatabase::new();
    let gateway = HttpServer::always(Reply::Answer(429, "Retry-After: 7200\r\n", "slowly".to_owned()));
    queue(&database, &[message("sms", Class::Internal, "+491")]);
    flush(&database, &settings("live", &sms(&gateway.url("/"), "")));
    let waits =
        database.number("SELECT extract(epoch FROM next_attempt_at - now())::bigint / 60 FROM outbox_recipients");
    assert!((118..=120).contains(&waits), "{waits}");
}

#[test]
fn an_answer_that_never_came_may_have_been_a_yes() {
    for reply in [Reply::HangUp, Reply::Silence(Duration::from_secs(3)), Reply::Drip] {
        let database = TestDatabase::new();
        let gateway = HttpServer::always(reply.clone());
        let settings = settings("live", &sms(&gateway.url("/"), ""));
        queue(&database, &[message("sms", Class::Internal, "+491"), message("sms", Class::Customer, "+492")]);
        let report = flush(&database, &settings);
        assert_eq!(states(&database), "+491:retry:1 +492:unknown:1", "{reply:?}");
        assert_eq!((report.unknown, report.stopped.is_none()), (1, true));
        make_due(&database);
        flush(&database, &settings);
        let requests = gateway.requests();
        assert_eq!(requests.len(), 3, "{reply:?}");
        let again: Vec<&str> =
            requests.iter().map(|request| request.body.as_str()).filter(|body| body.contains("%2B491")).collect();
        assert_eq!(again[0], again[1], "the same words and the same id, so that the gateway can tell");
    }
}

#[test]
fn a_gateway_that_is_closed_loses_nothing_and_keeps_no_mail_back() {
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let denying = HttpServer::always(Reply::status(401));
    let moved = HttpServer::always(Reply::Answer(302, "Location: http://127.0.0.1:1/\r\n", String::new()));
    let gone = HttpServer::always(Reply::status(404));
    for (url, said) in [
        (format!("http://127.0.0.1:{unused}/"), "cannot send on channel sms: the connection failed"),
        (denying.url("/"), "cannot send on channel sms: it answers 401"),
        (moved.url("/"), "cannot send on channel sms: it answers 302"),
        (gone.url("/"), "cannot send on channel sms: it answers 404"),
        ("https://nowhere.invalid/".to_owned(), "cannot send on channel sms: "),
    ] {
        let database = TestDatabase::new();
        let settings = settings("live", &sms(&url, ""));
        let mut mail = message("mail", Class::Internal, "a@x.example");
        mail.raw = b"Subject: x\r\n\r\n".to_vec();
        queue(&database, &[message("sms", Class::Customer, "+491"), message("sms", Class::Customer, "+492"), mail]);
        let report = flush(&database, &settings);
        let stopped = report.stopped.unwrap();
        assert_eq!(stopped.kind(), Kind::Unavailable, "{url}");
        assert!(stopped.to_string().starts_with(said), "{stopped}");
        assert_eq!(states(&database), "+491:retry:1 +492:retry:1 a@x.example:sent:1", "{url}");
    }
    assert_eq!(denying.requests().len(), 1, "who is not let in does not knock for every message");
}

/// A customer's message that may have arrived is not sent again; one of ours is, and not for ever.
#[test]
fn an_answer_that_leaves_it_open_is_asked_about_or_repeated_a_few_times() {
    for (reply, more) in [
        (Reply::status(500), ""),
        (Reply::status(502), ""),
        (Reply::status(504), ""),
        (Reply::status(202), "success_status = [200]"),
        (Reply::body("queued"), "success_contains = \"OK\""),
    ] {
        let database = TestDatabase::new();
        let gateway = HttpServer::always(reply.clone());
        let settings = settings("live", &sms(&gateway.url("/"), more));
        queue(&database, &[message("sms", Class::Internal, "+491"), message("sms", Class::Customer, "+492")]);
        for attempt in 1..=4 {
            flush(&database, &settings);
            assert_eq!(states(&database), format!("+491:retry:{attempt} +492:unknown:1"), "{reply:?}");
            make_due(&database);
        }
        let report = flush(&database, &settings);
        assert_eq!((states(&database).as_str(), report.failed), ("+491:failed:5 +492:unknown:1", 1), "{reply:?}");
        assert!(report.troubles[0].reply.starts_with("nobody knows whether it arrived"), "{}", report.troubles[0]);
        make_due(&database);
        flush(&database, &settings);
        assert_eq!(gateway.requests().len(), 6, "{reply:?}");
    }
}

#[test]
fn a_gateway_that_has_had_enough_is_left_alone_for_a_while() {
    for (reply, more, requests, state, said) in [
        (Reply::status(429), "", 1, "retry 10", "it answers 429"),
        (Reply::status(503), "", 3, "retry 10", "it answers 503, again and again"),
        (Reply::status(502), "", 3, "retry 7, unknown 3", "it answers 502, again and again"),
        (Reply::status(202), "success_status = [200]", 3, "retry 7, unknown 3", "it answers 202, again and again"),
        (Reply::HangUp, "", 3, "retry 7, unknown 3", "it does not answer, again and again"),
    ] {
        let database = TestDatabase::new();
        let gateway = HttpServer::always(reply.clone());
        let more = format!("max_per_minute = 0\n{more}");
        queue(&database, &several(Class::Customer, 10));
        let stopped = flush(&database, &settings("live", &sms(&gateway.url("/"), &more))).stopped.unwrap();
        assert_eq!(stopped.kind(), Kind::Temporary, "{reply:?}");
        assert_eq!(stopped.to_string(), format!("cannot send on channel sms: {said}"));
        assert_eq!((gateway.requests().len(), counts(&database).as_str()), (requests, state), "{reply:?}");
    }
    // a single one is no reason to keep the others waiting
    let database = TestDatabase::new();
    let gateway = HttpServer::start(|request| match request.body.contains("to=%2B4903") {
        true => Reply::status(503),
        false => Reply::ok(),
    });
    queue(&database, &several(Class::Customer, 10));
    let report = flush(&database, &settings("live", &sms(&gateway.url("/"), "max_per_minute = 0")));
    assert_eq!((report.sent, report.retry, report.stopped.is_none()), (9, 1, true));
}

/// What is wrong with every request is no fault of a message: none fails for it.
#[test]
fn an_answer_about_us_fails_no_message() {
    let get = |url: String| format!("[channel.sms]\nurl = \"{url}\"\nmethod = \"GET\"\n");
    let query = "?to={{ address }}&text={{ text }}";
    for status in [404, 405, 410, 411, 415, 421, 426, 431, 501] {
        let gateway = HttpServer::always(Reply::status(status));
        let (to_all, to_one) = (format!("/sms{query}"), "/sms/{{ address }}?text={{ text }}");
        for (path, is_about_us) in [(to_all.as_str(), true), (to_one, !matches!(status, 404 | 410))] {
            let database = TestDatabase::new();
            queue(&database, &several(Class::Internal, 2));
            let report = flush(&database, &settings("live", &get(gateway.url(path))));
            assert_eq!(report.stopped.is_some(), is_about_us, "{status} {path}");
            let state = if is_about_us { "retry 2" } else { "failed 2" };
            assert_eq!(counts(&database), state, "{status} {path}");
        }
    }
}

/// A request without a body has nothing to wait with: it asks before it leaves whether the message is still ours, and of a
/// customer's it is noted that it may arrive.
#[test]
fn a_request_without_a_body_asks_before_it_leaves() {
    for method in ["POST\"\nbody = \"", "PUT\"\nbody = \"{{ link }}", "GET"] {
        let database = TestDatabase::new();
        let gateway = HttpServer::always(Reply::HangUp);
        let url = gateway.url("/?to={{ address }}&text={{ text }}");
        let settings = settings("live", &format!("[channel.sms]\nurl = \"{url}\"\nmethod = \"{method}\"\n"));
        queue(&database, &[message("sms", Class::Internal, "+491"), message("sms", Class::Customer, "+492")]);
        let report = flush(&database, &settings);
        assert_eq!((states(&database).as_str(), report.stopped.is_none()), ("+491:retry:1 +492:unknown:1", true));
        let offered = "SELECT string_agg(address, ' ') FROM outbox_recipients WHERE offered_attempt = attempt";
        assert_eq!(database.text(offered), "+492", "{method}");
        let requests = gateway.requests();
        assert_eq!(requests.len(), 2);
        let length = requests.iter().map(|request| request.header("content-length")).collect::<String>();
        assert_eq!(length, if method == "GET" { "" } else { "00" });
    }
}

/// The first one in the queue, and no request can be made of it: it fails, and the others leave.
#[test]
fn a_message_that_no_request_can_be_made_of_keeps_no_other_back() {
    use wvl::outbox::message::Payload;
    let mut long = message("sms", Class::Internal, "+491");
    let text = "ü".repeat(20_000);
    long.raw = Payload { subject: "AN-1".into(), text, link: String::new() }.to_bytes().unwrap();
    let database = TestDatabase::new();
    let gateway = HttpServer::always(Reply::ok());
    queue(&database, &[long, message("sms", Class::Internal, "+492")]);
    let url = gateway.url("/?to={{ address }}&text={{ text }}");
    let channel = format!("[channel.sms]\nurl = \"{url}\"\nmethod = \"GET\"\nmax_length = 20000\n");
    let report = flush(&database, &settings("live", &channel));
    assert_eq!((states(&database).as_str(), report.stopped.is_none()), ("+491:failed:1 +492:sent:1", true));
    let said = &report.troubles[0].reply;
    assert_eq!(said, "no request can be made of it: url: it becomes longer than a URL can be, or is none");
    // what fails for all is the configuration's fault, and none fails for it
    let database = TestDatabase::new();
    queue(&database, &several(Class::Internal, 2));
    let channel = sms(&gateway.url("/"), "headers = { X-Key = \"{{ text | nth(n=3) }}\" }");
    let stopped = flush(&database, &settings("live", &channel)).stopped.unwrap();
    assert_eq!((stopped.kind(), counts(&database).as_str()), (Kind::Config, "retry 2"), "{stopped}");
}
