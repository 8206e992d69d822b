//! Channels beside the mail: from a stage that asks for one to the request that a gateway gets, against a real HTTP server.

mod answers;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use uuid::Uuid;
use wvl::config::{Source, write_private};
use wvl::error::Kind;
use wvl::outbox::message::Payload;
use wvl::outbox::message_id::SigningKeys;
use wvl::outbox::reply_token;
use wvl::outbox::{self, Class, FlushLimits, FlushReport, NewMessage, NewRecipient};
use wvl::settings::Settings;

use crate::env::http::{HttpServer, Reply};
use crate::env::smtp::{SmtpServer, Step};
use crate::env::{TestDatabase, TestEnvironment};
use crate::escalation::house::{addresses, environment, offer};

const NOW: &str = "2026-11-23T08:00";

/// An SMS provider at this address, as its manual has it.
fn sms(url: &str, more: &str) -> String {
    format!(
        "[channel.sms]\nurl = \"{url}\"\nform = {{ to = \"{{{{ address }}}}\", text = \"{{{{ text }}}}\", id = \"{{{{ id }}}}\" }}\n\
         timeout_seconds = 1\n{more}\n"
    )
}

/// The settings of a company without any mail server, in this mode.
fn settings(mode: &str, channels: &str) -> Settings {
    let text = format!("[mail]\nmode = \"{mode}\"\n{channels}");
    Settings::load(&Source::from_text("wvl.toml", &text), &[]).unwrap().0
}

fn message(channel: &str, class: Class, address: &str) -> NewMessage {
    let id = Uuid::new_v4();
    let payload = Payload { subject: "AN-1".into(), text: "AN-1 überfällig & mehr".into(), link: String::new() };
    NewMessage {
        id,
        message_id: format!("<{id}.0123456789abcdef@firma.example>"),
        channel: channel.to_owned(),
        kind: "escalation".to_owned(),
        class,
        envelope_from: String::new(),
        subject: payload.subject.clone(),
        raw: payload.to_bytes().unwrap(),
        recipients: vec![NewRecipient { address: address.to_owned(), original_address: None }],
        not_before: None,
        expires_at: None,
    }
}

fn queue(database: &TestDatabase, messages: &[NewMessage]) {
    let prepared: Vec<_> = messages.iter().map(|message| message.clone().prepare().unwrap()).collect();
    wvl::db::transaction(&mut database.connect(), |connection| outbox::enqueue(connection, &prepared)).unwrap();
}

fn flush(database: &TestDatabase, settings: &Settings) -> FlushReport {
    let folder = tempfile::tempdir().unwrap();
    let lanes = outbox::lanes(&settings.mail, folder.path()).unwrap();
    let connect = || Ok(database.connect());
    outbox::flush(&mut database.connect(), &connect, &settings.mail, &lanes, FlushLimits::default()).unwrap()
}

/// "address:state:attempt" of every recipient.
fn states(database: &TestDatabase) -> String {
    database.text(
        "SELECT string_agg(format('%s:%s:%s', address, state, attempt), ' ' ORDER BY address) FROM outbox_recipients",
    )
}

fn make_due(database: &TestDatabase) {
    database.execute("UPDATE outbox_recipients SET next_attempt_at = now() - interval '1 second'");
}

#[test]
fn a_stage_reaches_people_by_mail_by_phone_and_in_a_room() {
    let (gateway, chat) = (HttpServer::always(Reply::body("{\"success\":\"100\"}")), HttpServer::always(Reply::ok()));
    let environment = environment(&format!(
        "[escalation.offer-follow-up]\nactive = true\nstage1.to = [\"adm\", \"sms:adm\", \"sms:on-call\", \"chat\"]\n{}\
         success_json = \"/success\"\nsuccess_is = \"100\"\npassword_file = \"sms.key\"\nheaders = {{ X-Api-Key = \"{{{{ secret }}}}\" }}\n\
         names = {{ on-call = \"+49 171 5550100\" }}\n\
         [channel.chat]\nurl = \"{{{{ secret }}}}\"\naddress = \"none\"\npassword_file = \"chat.url\"\n\
         json = {{ text = \"**{{{{ subject }}}}** {{{{ text }}}}\", kind = \"{{{{ kind }}}}\" }}\n",
        sms(&gateway.url("/api/sms"), "")
    ));
    write_private(&environment.path().join("sms.key"), b"canary-sms-4711\n").unwrap();
    write_private(
        &environment.path().join("chat.url"),
        format!("{}\n", chat.url("/hooks/canary-chat-4712-0815")).as_bytes(),
    )
    .unwrap();
    environment.database.execute("UPDATE employees SET mobile = '0171/555 01-03' WHERE number = 103");
    environment.database.execute(&offer("A-1", "2026-11-19 00:00"));

    let plan = environment.ok(&["escalate", "run", "--dry-run", "--json", "--as-of", NOW]);
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    let to: Vec<String> = plan[0]["recipients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|to| format!("{} {}", to["channel"], to["address"]))
        .collect();
    assert_eq!(
        to,
        [
            "\"mail\" \"arno@firma.example\"",
            "\"sms\" \"+491715550103\"",
            "\"sms\" \"+491715550100\"",
            "\"chat\" \"chat\""
        ]
    );

    let run = environment.wvl(&["escalate", "run", "--as-of", NOW]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(addresses(&environment), ["arno@firma.example"]);
    let requests = gateway.requests();
    let mut bodies: Vec<&str> = requests.iter().map(|request| request.body.split("&id=").next().unwrap()).collect();
    bodies.sort_unstable();
    let text = "text=A-1%20seit%204%20Tagen%20%C3%BCberf%C3%A4llig%2C%20Stufe%201%20%E2%80%93%20Kundin%20AG";
    assert_eq!(bodies, [format!("to=%2B491715550100&{text}"), format!("to=%2B491715550103&{text}")]);
    assert_eq!(requests[0].line, "POST /api/sms HTTP/1.1");
    assert_eq!(requests[0].header("x-api-key"), "canary-sms-4711");
    assert_eq!(requests[0].header("content-type"), "application/x-www-form-urlencoded");
    let [room] = chat.requests().try_into().unwrap();
    assert_eq!(room.line, "POST /hooks/canary-chat-4712-0815 HTTP/1.1");
    let room: serde_json::Value = serde_json::from_str(&room.body).unwrap();
    assert_eq!(
        room["text"],
        "**A-1 seit 4 Tagen überfällig (Stufe 1)** A-1 seit 4 Tagen überfällig, Stufe 1 – Kundin AG"
    );
    assert_eq!(room["kind"], "escalation");
    assert_eq!(environment.database.number("SELECT count(*) FROM outbox_recipients WHERE state = 'sent'"), 4);

    // the step is taken: nobody hears of it again
    environment.ok(&["escalate", "run", "--as-of", NOW]);
    environment.ok(&["mail", "flush"]);
    assert_eq!((gateway.requests().len(), chat.requests().len(), environment.mails().len()), (2, 1, 1));
    let history = environment.ok(&["escalate", "history", "offer-follow-up:A-1"]);
    assert!(history.contains("Arno Außendienst (sms) <+491715550103>"), "{history}");
    no_canary(&environment, &["config", "show"]);
    no_canary(&environment, &["escalate", "explain", "offer-follow-up:A-1"]);
    let stored = environment.database.text("SELECT string_agg(m::text || r::text, ' ') FROM outbox_messages m JOIN outbox_recipients r ON r.message_id = m.id");
    assert!(!stored.contains("canary"), "{stored}");
}

fn no_canary(environment: &TestEnvironment, arguments: &[&str]) {
    let run = environment.wvl(arguments);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(!run.stdout.contains("canary") && !run.stderr.contains("canary"), "{run:?}");
}

#[test]
fn who_has_no_number_gets_a_mail_and_is_named() {
    let gateway = HttpServer::always(Reply::ok());
    let environment = environment(&format!(
        "[escalation.offer-follow-up]\nactive = true\nstage1.to = \"sms:adm;sms:idm\"\n{}",
        sms(&gateway.url("/"), "")
    ));
    environment.database.execute("UPDATE employees SET mobile = '+49 171 5550104' WHERE number = 104");
    environment.database.execute(&offer("A-1", "2026-11-19 00:00"));
    let run = environment.wvl(&["escalate", "run", "--as-of", NOW]);
    assert_eq!(run.code, 3);
    assert!(
        run.stderr.contains("employee 103 has no usable mobile number for sms: a mail has to do"),
        "{}",
        run.stderr
    );
    assert_eq!(addresses(&environment), ["arno@firma.example"]);
    assert_eq!(gateway.requests().len(), 1);
}

#[test]
fn a_rehearsal_reaches_nobody() {
    let gateway = HttpServer::always(Reply::ok());
    for (redirect_to, requests) in [("", 0), ("redirect_to = \"+49 171 5550199\"", 1)] {
        let environment = environment(&format!(
            "[escalation.offer-follow-up]\nactive = true\nstage1.to = \"sms:+491715550100\"\n{}",
            sms(&gateway.url("/"), redirect_to)
        ));
        let text = std::fs::read_to_string(environment.config()).unwrap();
        environment.write("wvl.toml", text.replace("mode = \"live\"", "mode = \"redirect\""));
        environment.database.execute(&offer("A-1", "2026-11-19 00:00"));
        environment.ok(&["escalate", "run", "--as-of", NOW]);
        assert_eq!(gateway.requests().len(), requests);
        let said = environment.wvl(&["config", "validate"]);
        let warned = format!("{}{}", said.stdout, said.stderr).contains("none is written");
        assert_eq!(warned, requests == 0, "{said:?}");
        // going live sends nothing that was written before
        environment.write("wvl.toml", text);
        environment.ok(&["mail", "flush"]);
        assert_eq!(gateway.requests().len(), requests);
    }
    assert!(gateway.requests()[0].body.starts_with("to=%2B491715550199&"));
}

#[test]
fn who_is_refused_on_a_channel_gets_a_mail() {
    let gateway = HttpServer::always(Reply::status(422));
    let environment = environment(&format!(
        "[escalation.offer-follow-up]\nactive = true\nstage1.to = \"sms:adm\"\n{}",
        sms(&gateway.url("/"), "")
    ));
    environment.database.execute("UPDATE employees SET mobile = '+49 171 5550103' WHERE number = 103");
    environment.database.execute(&offer("A-1", "2026-11-19 00:00"));
    environment.wvl(&["escalate", "run", "--as-of", NOW]);
    assert_eq!(states(&environment.database), "+491715550103:failed:1");
    let run = environment.wvl(&["escalate", "run", "--as-of", "2026-11-23T08:10"]);
    assert!(run.stderr.contains("employee 103 cannot be reached by sms (“422 OK”): a mail goes instead"), "{run:?}");
    assert_eq!(addresses(&environment), ["arno@firma.example"]);
    environment.ok(&["escalate", "run", "--as-of", "2026-11-23T08:20"]);
    assert_eq!((environment.mails().len(), gateway.requests().len()), (1, 1));
}

/// The outcomes of all that was refused.
fn outcomes(environment: &TestEnvironment) -> String {
    environment
        .database
        .text("SELECT coalesce(string_agg(outcome, ' ' ORDER BY recipient_id, step_id), '') FROM escalation_fallbacks")
}

#[test]
fn a_wrong_number_is_named_and_sends_nothing_upstairs_where_the_mail_arrived() {
    let gateway = HttpServer::always(Reply::status(422));
    let environment = environment(&format!(
        "[escalation.offer-follow-up]\nactive = true\nstage1.to = [\"adm\", \"sms:adm\"]\n{}",
        sms(&gateway.url("/"), "")
    ));
    environment.database.execute("UPDATE employees SET mobile = '+49 171 5550103' WHERE number = 103");
    environment.database.execute(&offer("A-1", "2026-11-19 00:00"));
    environment.wvl(&["escalate", "run", "--as-of", NOW]);
    assert_eq!(states(&environment.database), "+491715550103:failed:1 arno@firma.example:sent:1");
    let run = environment.wvl(&["escalate", "run", "--as-of", "2026-11-23T08:10"]);
    let said = "employee 103 cannot be reached by sms (“422 OK”) and is reached otherwise";
    assert!(run.code == 3 && run.stderr.contains(said), "{run:?}");
    assert_eq!(
        (addresses(&environment), outcomes(&environment).as_str()),
        (vec!["arno@firma.example".to_owned()], "reached")
    );
    let again = environment.wvl(&["escalate", "run", "--as-of", "2026-11-23T08:20"]);
    assert_eq!((again.code, again.stderr.as_str(), environment.mails().len()), (0, "", 1));
    // the mail comes to nothing too, later: now nobody has it
    environment.database.execute(
        "UPDATE outbox_recipients SET state = 'failed', done_at = '2026-11-23T07:25Z', last_reply = '550 no'
         WHERE address = 'arno@firma.example'",
    );
    let run = environment.wvl(&["escalate", "run", "--as-of", "2026-11-23T08:30"]);
    assert!(run.stderr.contains("employee 103 cannot be reached by mail (“550 no”): employee 101 gets it"), "{run:?}");
    assert_eq!(addresses(&environment), ["arno@firma.example", "carla@firma.example"]);
}

#[test]
fn an_address_on_a_channel_is_no_mailbox() {
    let gateway = HttpServer::always(Reply::status(422));
    let environment = environment(&format!(
        "[escalation.offer-follow-up]\nactive = true\nstage1.to = \"chat:adm\"\n\
         [channel.chat]\nurl = \"{}\"\njson = {{ to = \"{{{{ address }}}}\", text = \"{{{{ text }}}}\" }}\naddress = \"email\"\n",
        gateway.url("/")
    ));
    environment.database.execute(&offer("A-1", "2026-11-19 00:00"));
    environment.wvl(&["escalate", "run", "--as-of", NOW]);
    assert_eq!(states(&environment.database), "arno@firma.example:failed:1");
    let run = environment.wvl(&["escalate", "run", "--as-of", "2026-11-23T08:10"]);
    assert!(run.stderr.contains("employee 103 cannot be reached by chat (“422 OK”): a mail goes instead"), "{run:?}");
    assert_eq!(addresses(&environment), ["arno@firma.example"]);
}

#[test]
fn a_person_is_reached_as_he_or_she_wants_it() {
    let gateway = HttpServer::always(Reply::ok());
    let environment = environment(&format!(
        "[escalation.offer-follow-up]\nactive = true\nat_once = true\nstage1.to = [\"adm\", \"idm\"]\n{}",
        sms(&gateway.url("/"), "")
    ));
    environment.ok(&["employee", "set", "103", "--mobile", "0171 5550103", "--channels", "sms"]);
    environment.ok(&["employee", "set", "104", "--mobile", "0171 5550104", "--channels", "mail, SMS"]);
    environment.write("wish.csv", "Personalnummer;Erreichbar über\n102;mail/sms\n105;pager\n");
    environment.ok(&["employee", "import", &environment.path().join("wish.csv").display().to_string()]);
    let shown = environment.ok(&["employee", "list", "--columns", "number,channels", "--search", "Vertrieb"]);
    assert_eq!(shown, "102\tmail,sms\n");
    let exported = environment.ok(&["employee", "export", "-O", "csv"]);
    assert!(exported.contains("\"mail,sms\""), "{exported}");
    environment.database.execute(&offer("A-1", "2026-11-19 00:00"));
    let plan = environment.ok(&["escalate", "run", "-n", "--json", "--as-of", NOW]);
    let plan: serde_json::Value = plan.parse().unwrap();
    let ways: Vec<String> = plan[0]["recipients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|to| format!("{} {}", to["employee"], to["channel"].as_str().unwrap()))
        .collect();
    assert_eq!(ways, ["103 sms", "104 mail", "104 sms"]);
    environment.ok(&["escalate", "run", "--as-of", NOW]);
    assert_eq!(addresses(&environment), ["ines@firma.example"]);
    let history = environment.ok(&["escalate", "history", "--employee", "103", "--columns", "reference"]);
    assert_eq!(history, "A-1\n", "also of whom only a channel reached");
    let explained: serde_json::Value = environment.ok(&["escalate", "explain", "A-1", "--json"]).parse().unwrap();
    let told = explained["history"][0]["mails"].as_array().unwrap();
    assert_eq!(told.iter().filter(|mail| mail["channel"] == "sms").count(), 2, "{explained}");
    assert_eq!(states(&environment.database), "+491715550103:sent:1 +491715550104:sent:1 ines@firma.example:sent:1");
    // a channel that there is not, and no number
    environment.database.execute("UPDATE employees SET channels = 'pager', mobile = NULL WHERE number = 103");
    environment.database.execute("UPDATE employees SET channels = 'sms', mobile = NULL WHERE number = 104");
    environment.database.execute(&offer("A-2", "2026-11-19 00:00"));
    let run = environment.wvl(&["escalate", "run", "--as-of", "2026-11-23T08:30"]);
    for said in [
        "employee 103 asks for pager, and there is no channel pager: a mail has to do",
        "employee 104 has no usable mobile number for sms: a mail has to do",
    ] {
        assert!(run.code == 3 && run.stderr.contains(said), "{run:?}");
    }
    assert_eq!(addresses(&environment), ["arno@firma.example", "ines@firma.example", "ines@firma.example"]);
    let doctor = environment.wvl(&["doctor", "--offline", "-O", "tsv"]).stdout;
    for said in [
        "there is no channel pager: employees 103, 105 ask for it and get mails instead",
        "employees 102, 104 have no usable mobile number for channel sms and get mails instead",
    ] {
        assert!(doctor.contains(said), "{said}: {doctor}");
    }
    let validated = environment.wvl(&["config", "validate"]);
    let said = "channel: there is no channel pager: employees 103, 105 ask for it and get mails instead";
    assert!(validated.code == 0 && validated.stderr.contains(said), "{validated:?}");
}

#[test]
fn the_doctor_names_those_alone_who_are_asked_for() {
    let gateway = HttpServer::always(Reply::ok());
    let environment = environment(&format!(
        "[escalation.offer-follow-up]\nactive = true\nstage1.to = [\"adm\", \"sms:employee:106\"]\n{}",
        sms(&gateway.url("/"), "")
    ));
    let doctor = || environment.wvl(&["doctor", "--offline", "-O", "tsv"]).stdout;
    let said = doctor();
    assert!(said.contains("employee 106 has no usable mobile number for channel sms and gets mails instead"), "{said}");
    assert_eq!(said.matches("mobile number").count(), 1, "{said}");
    environment.ok(&["employee", "set", "106", "--mobile", "0171 5550106"]);
    let said = doctor();
    assert!(said.contains("everybody whom channel sms is to reach has a mobile number"), "{said}");
}

#[test]
fn a_secret_that_cannot_be_read_closes_its_channel_alone() {
    let gateway = HttpServer::always(Reply::ok());
    let environment = TestEnvironment::new();
    let server = SmtpServer::start(&["PIPELINING"], |_| Step::Usual);
    let key = environment.path().join("sms.key");
    write_private(&key, b"4711\n").unwrap();
    let more = "password_file = \"sms.key\"\nheaders = { X-Api-Key = \"{{ secret }}\" }";
    let database = &environment.database.url;
    environment.write(
        "wvl.toml",
        format!(
            "[database]\nurl = {database:?}\n[mail]\nmode = \"live\"\nfrom = \"w@x.example\"\nsigning_keys_file = \"signing-keys\"\n\
             [mail.smtp]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n{}",
            server.port,
            sms(&gateway.url("/"), more)
        ),
    );
    let settings = Settings::load(&Source::find(Some(&environment.config()), None, None).unwrap(), &[]).unwrap().0;
    std::fs::remove_file(&key).unwrap();
    let mut mail = message("mail", Class::Internal, "a@x.example");
    mail.raw = b"Subject: x\r\n\r\n".to_vec();
    queue(&environment.database, &[message("sms", Class::Internal, "+491"), mail]);
    let stopped = flush(&environment.database, &settings).stopped.unwrap();
    assert_eq!(stopped.kind(), Kind::Config);
    assert_eq!(states(&environment.database), "+491:retry:1 a@x.example:sent:1");
    assert_eq!((gateway.requests().len(), server.received().len()), (0, 1));
}

#[test]
fn a_gateway_hears_a_message_only_while_it_is_ours() {
    use wvl::outbox::gateway::Gateway;
    use wvl::outbox::{Answer, Delivery, Destination, Parcel};
    let gateway = HttpServer::always(Reply::ok());
    for (method, requests) in [("POST", 1), ("GET", 0)] {
        let channel = match method {
            "GET" => format!(
                "[channel.sms]\nurl = \"{}\"\nmethod = \"GET\"\n",
                gateway.url("/?to={{ address }}&text={{ text }}")
            ),
            _ => sms(&gateway.url("/"), ""),
        };
        let settings = settings("live", &channel);
        let queued = message("sms", Class::Customer, "+49 1");
        let parcel = Parcel {
            message: queued.id,
            kind: queued.kind.clone(),
            queued_at: chrono::DateTime::UNIX_EPOCH,
            may_repeat: false,
            envelope_from: String::new(),
            raw: queued.raw.clone(),
            destinations: vec![Destination {
                recipient: 7,
                attempt: 1,
                address: "+49 1".to_owned(),
                original_address: None,
            }],
        };
        let mut delivery = Gateway::new(settings.mail.channels.find("sms").unwrap());
        let before = gateway.requests().len();
        let answers = delivery.deliver(&parcel, &mut || false).unwrap();
        assert_eq!(answers, [Answer::later("another sender has taken it over")], "{method}");
        // the head of a POST is there, and nothing of the message
        std::thread::sleep(Duration::from_millis(50));
        let seen = gateway.requests().split_off(before);
        assert!(seen.len() <= requests && seen.iter().all(|request| request.body.is_empty()), "{seen:?}");

        let asked = AtomicUsize::new(0);
        let mut gate = || asked.fetch_add(1, Ordering::Relaxed) == 0;
        assert_eq!(delivery.deliver(&parcel, &mut gate).unwrap(), [Answer::Accepted("200 OK".to_owned())]);
        assert_eq!(asked.into_inner(), 1);
        let last = gateway.requests().pop().unwrap();
        match method {
            "GET" => assert_eq!(last.line, "GET /?to=%2B49%201&text=AN-1%20%C3%BCberf%C3%A4llig%20%26%20mehr HTTP/1.1"),
            _ => assert!(last.body.ends_with(&format!("&id={}-7", queued.id)), "{last:?}"),
        }
    }
}

#[test]
fn a_test_goes_by_a_channel_too() {
    let gateway = HttpServer::always(Reply::ok());
    let environment = TestEnvironment::new();
    environment.configure(&sms(&gateway.url("/"), "names = { on-call = \"+49 171 5550100\" }"));
    environment.ok(&["mail", "test", "sms:on-call"]);
    let [request] = gateway.requests().try_into().unwrap();
    assert!(request.body.starts_with("to=%2B491715550100&text=Testnachricht%20von%20wvl"), "{}", request.body);
    let wrong = environment.wvl(&["mail", "test", "ssm:on-call"]);
    assert_eq!((wrong.code, gateway.requests().len()), (2, 1));
}

#[test]
fn the_doctor_asks_the_gateway_and_names_who_has_no_number() {
    let gateway = HttpServer::always(Reply::status(404));
    let environment = environment(&format!(
        "[escalation.offer-follow-up]\nactive = true\nstage1.to = \"sms:adm\"\n{}",
        sms(&gateway.url("/api?key=canary-4711-0815-4711"), "")
    ));
    environment.database.execute("UPDATE employees SET mobile = '+49 171 5550104' WHERE number <> 103");
    let said = environment.wvl(&["doctor", "-O", "tsv"]).stdout;
    let host = format!("the gateway of channel sms answers: 127.0.0.1:{}", gateway.port);
    for line in [host.as_str(), "employee 103 has no usable mobile number for channel sms and gets mails instead"] {
        assert!(said.contains(line), "{line}: {said}");
    }
    let requests = gateway.requests();
    assert_eq!((requests.len(), requests[0].line.as_str()), (1, "HEAD / HTTP/1.1"), "nothing that could be a message");
    assert!(!said.contains("canary"), "{said}");
    environment.wvl(&["doctor", "--offline"]);
    assert_eq!(gateway.requests().len(), 1);
}

#[test]
fn answers_to_a_mail_name_it() {
    for (keys, is_named) in [("", true), ("reply_tokens = false\n", false)] {
        let environment = environment("[escalation.offer-follow-up]\nactive = true\n");
        let text = std::fs::read_to_string(environment.config()).unwrap();
        let mail = format!("[mail]\nreply_to = \"Leitstand <leitstand@firma.example>\"\n{keys}");
        environment.write("wvl.toml", text.replace("[mail]\n", &mail));
        environment.database.execute(&offer("A-1", "2026-11-19 00:00"));
        environment.ok(&["escalate", "run", "--as-of", NOW]);
        let [mail] = environment.mails().try_into().unwrap();
        let mail = mail_parser::MessageParser::default().parse(&mail).unwrap().into_owned();
        let reply_to = mail.reply_to().unwrap().first().unwrap();
        assert_eq!(reply_to.name(), Some("Leitstand"));
        let keys = SigningKeys::read(&environment.path().join("signing-keys")).unwrap();
        let named = reply_token::read(&keys, reply_to.address().unwrap());
        assert_eq!(named, keys.verify(mail.message_id().unwrap()).filter(|_| is_named));
        assert!(is_named || reply_to.address() == Some("leitstand@firma.example"));
    }
}

#[test]
fn a_mistake_in_a_channel_has_its_place() {
    let environment = TestEnvironment::new();
    environment.configure("[channel.sms]\nurl = \"https://x.example\"\nbody = \"{{ txt }}\"\n[escalation.task]\nstage1.to = \"ssm:handler\"\n");
    let run = environment.wvl(&["config", "validate"]);
    assert_eq!(run.code, 78);
    for said in [
        "channel.sms.body: there is no txt, only id, kind",
        "\"ssm:handler\" is no recipient; did you mean \"sms:handler\"?",
    ] {
        assert!(run.stdout.contains(said) || run.stderr.contains(said), "{run:?}");
    }
    assert!(Path::new(&environment.config()).exists());
}
