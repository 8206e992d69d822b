//! `wvl mail test`: one mail to one address, and what became of it.

use std::time::Instant;

use chrono_tz::Tz;
use wvl::db;
use wvl::error::{Error, Kind, Result};
use wvl::escalation::token::Token;
use wvl::outbox::compose;
use wvl::outbox::guard::{self, Guard};
use wvl::outbox::settings::MailMode;
use wvl::outbox::state::{STATES, State};
use wvl::outbox::status::{self, Status};
use wvl::outbox::{self, FlushLimits, test_mail};
use wvl::output::{Cell, Output, Table, column};
use wvl::register::Wording;
use wvl::template::Templates;

use super::flush;
use crate::cli::{Context, follow, registers, status as shown};

/// Send a test mail or a message on a channel, and say how it is sent and what the server answers
///
/// It goes the way of all mails: into the queue, through the configured server, and where mail.mode is redirect to
/// mail.redirect_to instead. An address on a channel is written as in the configuration: sms:on-call, sms:+491715550100, chat.
/// Nothing else that waits is sent. Ends with 0 once the server has taken it, with 3 if it has not, with 69 if the server
/// cannot be reached: then the mail stays queued.
///
/// Examples:
///   wvl mail test it@firma.de
///   wvl mail test it@firma.de --watch   go on looking until it is delivered or given up
///   wvl mail test it@firma.de -n        only say how it would be sent
///   wvl mail test sms:+491715550100     as a message on the channel sms
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// To whom: a mail address, or an address on a channel
    #[arg(value_name = "ADDRESS")]
    address: String,
    #[command(flatten)]
    watch: follow::Watch,
}

/// Sends it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let settings = context.settings()?;
    if settings.mail.mode == MailMode::Off {
        return Err(Error::new(Kind::Failed, "mail.mode is off: no mail leaves")
            .hint("mail.mode = \"redirect\" with mail.redirect_to sends everything to one address"));
    }
    let on_channel = match Token::read(&args.address, &settings.mail.channels) {
        Ok(Token::Place { channel, address, .. }) => settings.mail.channels.find(&channel.name).zip(Some(address)),
        _ => None,
    };
    if on_channel.is_none() && compose::address(&args.address).is_err() {
        return Err(Error::usage(format!("{:?} is no mail address, and none on a channel", args.address))
            .hint("name@firma.de")
            .hint("sms:+491715550100, where there is a section [channel.sms]"));
    }
    let place = shown::place(context)?;
    let way = match &on_channel {
        Some((channel, _)) => channel.channel.name.clone(),
        None => format!("{} {}", place.transport, place.target),
    };
    let templates = Templates::load(settings.mail.templates.as_deref())?;
    let keys = context.signing_keys()?;
    context.connection()?;
    let now = db::clock(context.connection()?)?;
    let company = settings.company.name.as_str();
    let office =
        test_mail::Office { mail: &settings.mail, company, zone: settings.zone, keys: &keys, templates: &templates };
    let language = context.global.language();
    let message = match &on_channel {
        Some((channel, address)) => test_mail::on_channel(&office, channel, address, language, now)?,
        None => test_mail::message(&office, &args.address, language, &way, now)?,
    };
    let prepared = message.prepare()?;
    let Some(recipient) = prepared.message().recipients.first().cloned() else {
        return Err(Error::bug("a test mail to nobody"));
    };
    let redirected_to = recipient.original_address.is_some().then(|| recipient.address.clone());
    if let Some(to) = redirected_to.as_ref().filter(|to| **to != args.address) {
        context.printer.note(&format!("mail.mode = redirect: die Mail geht an {to}"));
    }
    if context.global.dry_run {
        context.printer.note(&format!("Versand über {way} (nur Probe, nichts versandt)"));
        return Ok(());
    }
    let held = db::transaction(context.connection()?, |connection| {
        let guard = guard::state(connection)?;
        if guard == Guard::Open {
            outbox::enqueue(connection, [&prepared])?;
        }
        Ok(guard.complaint())
    })?;
    if let Some(complaint) = held {
        return Err(Error::new(Kind::Partial, complaint));
    }
    let message = prepared.message().id;
    let begun = Instant::now();
    let signal = context.note_signals()?;
    let limits = FlushLimits { message: Some(message), signal: Some(&signal), ..FlushLimits::default() };
    let report = flush::send(context, limits)?;
    let seconds = begun.elapsed().as_secs_f64();
    let look = |connection: &mut _| status::of_messages(connection, &[message]);
    let Some(status) = db::read_only(context.connection()?, look)?.into_iter().next() else {
        return Err(Error::bug("the test mail has gone from the queue"));
    };
    let wording = registers::wording(context);
    let tested = Tested { status: status.clone(), redirected_to, way, seconds, zone: settings.zone, wording };
    if !args.watch.watch || status.state.is_final() {
        context.printer.record(&tested)?;
    }
    if let Some(error) = report.stopped {
        return Err(error.hint("the mail stays queued: wvl mail flush tries it again"));
    }
    if args.watch.watch && !status.state.is_final() {
        return args.watch.follow(context, look);
    }
    match status.state {
        State::Sent => Ok(()),
        state => {
            let reply = status.reply.unwrap_or_else(|| "nothing was answered yet".to_owned());
            Err(Error::new(Kind::Partial, format!("the mail has not been taken ({}): {reply}", state.as_str()))
                .hint(format!("wvl mail queue show {} --watch", status.recipient)))
        }
    }
}

/// What became of it.
struct Tested {
    status: Status,
    redirected_to: Option<String>,
    way: String,
    seconds: f64,
    zone: Tz,
    wording: Wording,
}

impl Output for Tested {
    fn title(&self) -> &str {
        "Testmail"
    }

    fn table(&self) -> Table {
        let mut table = Table::new(vec![
            column("number", "Nr."),
            column("address", "An"),
            column("redirected_to", "Umgeleitet an"),
            column("way", "Weg"),
            column("state", "Versandstatus"),
            column("last_reply", "Letzte Antwort"),
            column("seconds", "Sekunden"),
            column("next_attempt_at", "Nächster Versuch"),
        ]);
        let status = &self.status;
        table.push(vec![
            Cell::Int(status.recipient),
            Cell::Text(status.address.clone()),
            Cell::text(self.redirected_to.clone()),
            Cell::Text(self.way.clone()),
            Cell::Text(STATES.said(status.state.as_str(), self.wording).into_owned()),
            Cell::text(status.reply.clone()),
            Cell::Number(rust_decimal::Decimal::try_from(self.seconds).unwrap_or_default().round_dp(2)),
            Cell::instant(status.next_at, self.zone),
        ]);
        table
    }
}
