//! The way of the mails: what leaves, over which server, and whether it can be rendered.

use std::collections::BTreeSet;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use super::files::may_write;
use super::report::{Area, Report};
use crate::error::{Error, Kind};
use crate::escalation::mail::sample;
use crate::outbox::gateway::Gateway;
use crate::outbox::settings::{MailMode, MailSettings, SmtpSettings, Transport};
use crate::outbox::smtp::{Probe, Smtp};
use crate::report::sample as evenings;
use crate::template::Templates;

/// A certificate that ends sooner should have been renewed: those of Let's Encrypt are, thirty days ahead.
const CERTIFICATE_ENDS_SOON: TimeDelta = TimeDelta::days(14);
/// Nobody waits longer for an answer of a server at a terminal.
const PATIENCE_SECONDS: u64 = 15;

/// What the configuration makes of mails.
pub fn mode(settings: &MailSettings, report: &mut Report) {
    match (settings.mode, settings.transport) {
        (MailMode::Off, _) => {
            report.warn(
                Area::Mail,
                "mail.mode is off: nobody gets a mail",
                "set mail.mode = \"redirect\" to try, \"live\" to begin",
            );
        }
        (MailMode::Redirect, _) => {
            let to = settings.redirect_to.as_ref().map(|to| format!(" ({to} gets all)")).unwrap_or_default();
            report.warn(
                Area::Mail,
                format!("mail.mode is redirect{to}: a rehearsal, nobody else gets a mail"),
                "set mail.mode = \"live\" when it is to begin",
            );
        }
        (MailMode::Live, Transport::Smtp) => report.ok(Area::Mail, "mail.mode is live: mails go to their recipients"),
        (MailMode::Live, _) => report.warn(
            Area::Mail,
            "mail.mode is live, but mails are only written into a folder: nobody gets one",
            "set [mail.smtp] host",
        ),
    }
}

/// The way itself: a folder that can be written, a server (if it may be tried) that answers, encrypts and lets us in.
pub fn transport(
    settings: &MailSettings,
    state_folder: &Path,
    now: DateTime<Utc>,
    tries_server: bool,
    report: &mut Report,
) {
    match settings.transport {
        Transport::Maildir => {
            let usual = state_folder.join("Maildir");
            may_write(settings.maildir.as_deref().unwrap_or(&usual), "mails are delivered there", report);
        }
        Transport::Eml => {
            if let Some(folder) = &settings.eml_dir {
                may_write(folder, "mails are written there", report);
            }
        }
        Transport::Smtp => {
            if let Some(smtp) = settings.smtp.as_ref().filter(|_| tries_server) {
                server(smtp, now, report);
            }
        }
    }
}

/// The gateways of channels, which are asked (if they may be) to answer and to nothing else.
pub fn channels(settings: &MailSettings, tries_server: bool, report: &mut Report) {
    for settings in settings.channels.iter().filter(|_| tries_server) {
        let name = &settings.channel.name;
        let mut hurried = settings.clone();
        hurried.gateway.timeout_seconds = hurried.gateway.timeout_seconds.min(PATIENCE_SECONDS);
        match Gateway::new(&hurried).probe() {
            Ok(host) => report.ok(Area::Mail, format!("the gateway of channel {name} answers: {host}")),
            Err(error) if error.hints().is_empty() => {
                let hint = format!("[channel.{name}] url: is it right, does a firewall stand between?");
                report.failed(Area::Mail, &error.hint(hint));
            }
            Err(error) => report.failed(Area::Mail, &error),
        }
    }
}

fn server(settings: &SmtpSettings, now: DateTime<Utc>, report: &mut Report) {
    let name = format!("{}:{}", settings.host, settings.port);
    let hurried = SmtpSettings { timeout_seconds: settings.timeout_seconds.min(PATIENCE_SECONDS), ..settings.clone() };
    match Smtp::new(&hurried).and_then(|smtp| smtp.probe()) {
        Ok(probe) => answered(&name, settings, probe, now, report),
        Err(error) => report.failed(Area::Mail, &with_way_out(error, &name)),
    }
}

fn answered(name: &str, settings: &SmtpSettings, probe: Probe, now: DateTime<Utc>, report: &mut Report) {
    let login = match (&settings.user, probe.is_logged_in) {
        (Some(user), true) => format!(", logged in as {user}"),
        _ => ", without a login".to_owned(),
    };
    let is_here = matches!(settings.host.as_str(), "localhost" | "127.0.0.1" | "::1");
    if probe.is_encrypted {
        report.ok(Area::Mail, format!("the mail server {name} answers, encrypted{login}"));
    } else if is_here {
        report.ok(Area::Mail, format!("the mail server {name} answers, on this machine{login}"));
    } else {
        report.warn(
            Area::Mail,
            format!("the mail server {name} answers{login}, and mails cross the network unprotected"),
            "set mail.smtp.tls = \"required\"",
        );
    }
    let Some(until) = probe.certificate_until else { return };
    let day = until.date_naive();
    match until - now {
        left if left < CERTIFICATE_ENDS_SOON => report.warn(
            Area::Mail,
            format!("the certificate of {name} ends on {day}; after that no mail leaves"),
            "have it renewed by whoever runs the mail server",
        ),
        _ => report.ok(Area::Mail, format!("its certificate is valid until {day}")),
    }
}

/// What to do about a server that does not answer is not always said by the error itself.
fn with_way_out(error: Error, name: &str) -> Error {
    if !error.hints().is_empty() {
        return error;
    }
    let said = error.full_message().to_lowercase();
    let (host, port) = name.rsplit_once(':').unwrap_or((name, "25"));
    let hint = if error.kind() == Kind::Config {
        "run wvl doctor as the user who runs the jobs".to_owned()
    } else if said.contains("log in") {
        "mail.smtp.user and the password: log in with them by hand, or ask for a new password".to_owned()
    } else if said.contains("name or service") || said.contains("resolve") || said.contains("lookup") {
        format!("getent hosts {host} must answer: mail.smtp.host, or this machine's name server")
    } else {
        format!("nc -vz {host} {port} must answer: is mail.smtp.port right, does a firewall stand between?")
    };
    error.hint(hint)
}

/// Renders every mail in both languages, Du and Sie, with the templates of one's own.
pub fn templates(settings: &MailSettings, report: &mut Report) {
    let checked = Templates::load(settings.templates.as_deref()).and_then(|templates| {
        let mut fixtures = sample::fixtures()?;
        fixtures.extend(sample::message_fixtures()?);
        fixtures.extend(evenings::fixtures()?);
        Ok((templates.check(&fixtures), templates.overridden().len()))
    });
    match checked {
        Ok((problems, own)) if problems.is_empty() => {
            let own = match own {
                0 => String::new(),
                1 => ", one of them your own".to_owned(),
                own => format!(", {own} of them your own"),
            };
            report.ok(Area::Templates, format!("all mails can be rendered, in German and English{own}"));
        }
        Ok((problems, _)) => {
            // seen with many examples, it is one mistake
            let mut told = BTreeSet::new();
            for problem in problems.iter().filter(|problem| told.insert(problem.full_message())) {
                report.failed(Area::Templates, problem);
            }
        }
        Err(error) => report.failed(Area::Templates, &error),
    }
}
