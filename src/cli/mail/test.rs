//! `wvl mail test`: one mail to one address, and what became of it.

use std::time::{Duration, Instant};

use chrono_tz::Tz;
use rust_decimal::Decimal;
use uuid::Uuid;
use wvl::db;
use wvl::error::{Error, Kind, Result};
use wvl::escalation::token::Token;
use wvl::outbox::compose;
use wvl::outbox::guard::{self, Guard};
use wvl::outbox::settings::MailMode;
use wvl::outbox::state::{STATES, State};
use wvl::outbox::status::{self, Status};
use wvl::outbox::{self, FlushLimits, Prepared, test_mail};
use wvl::output::{Cell, Output, Table, column};
use wvl::register::Wording;
use wvl::settings::Settings;
use wvl::template::Templates;

use super::flush;
use crate::cli::{Context, follow, registers, status as shown};

/// So long another sender may take that was faster.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often that is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Send a test mail or a message on a channel, and say how it is sent and what the server answers
///
/// It goes the way of all mails: into the queue, through the configured server, and where mail.mode is redirect to
/// mail.redirect_to instead. An address on a channel is written as in the configuration: sms:on-call, sms:+491715550100, chat.
/// Nothing else that waits is sent. Ends with 0 once the server has taken it, with 3 if it has not, with 69 if the server
/// cannot be reached: then the mail stays queued, and --watch goes on looking while wvl mail flush tries it again.
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
    args.watch.check(context)?;
    let settings = context.settings()?;
    if settings.mail.mode == MailMode::Off {
        return Err(Error::new(Kind::Failed, "mail.mode is off: no mail leaves")
            .hint("mail.mode = \"redirect\" with mail.redirect_to sends everything to one address"));
    }
    let (prepared, mut tested) = prepare(context, &settings, &args.address)?;
    if let Some(to) = tested.redirected_to.as_ref().filter(|to| **to != args.address) {
        let goes = registers::in_language(context, "die Mail geht an", "the mail goes to");
        context.printer.note(&format!("mail.mode = redirect: {goes} {to}"));
    }
    if context.global.dry_run {
        let only = registers::in_language(context, "nur Probe, nichts versandt", "dry run, nothing was sent");
        context.printer.record(&tested)?;
        context.printer.note(&format!("({only})"));
        return Ok(());
    }
    enqueue(context, &prepared)?;
    let message = prepared.message().id;
    let begun = Instant::now();
    let signal = context.note_signals()?;
    let limits = FlushLimits { message: Some(message), signal: Some(&signal), ..FlushLimits::default() };
    let report = flush::send(context, limits)?;
    // senders that died were looked after on the way, and what became of that is told once
    for trouble in report.troubles.iter().filter(|trouble| trouble.message != message) {
        context.printer.warn(&trouble.to_string());
    }
    let status = settled(context, message)?;
    tested.seconds = Some(begun.elapsed().as_secs_f64());
    tested.status = Some(status.clone());
    if args.watch.watch && !status.state.is_final() {
        if let Some(error) = &report.stopped {
            context.printer.warn(&error.full_message());
        }
        return args.watch.follow(context, |connection| status::of_messages(connection, &[message]));
    }
    context.printer.record(&tested)?;
    match (status.state, report.stopped) {
        (State::Sent, _) => Ok(()),
        (_, Some(error)) => Err(error.hint("the mail stays queued: wvl mail flush tries it again")),
        (state, None) => {
            let reply = status.reply.unwrap_or_else(|| "nothing was answered yet".to_owned());
            Err(Error::new(Kind::Partial, format!("the mail has not been taken ({}): {reply}", state.as_str()))
                .hint(format!("wvl mail queue show {} --watch", status.recipient)))
        }
    }
}

/// The message, and what is known of it before it is sent.
fn prepare(context: &mut Context, settings: &Settings, address: &str) -> Result<(Prepared, Tested)> {
    let on_channel = match Token::read(address, &settings.mail.channels) {
        Ok(Token::Place { channel, address, .. }) => settings.mail.channels.find(&channel.name).zip(Some(address)),
        _ => None,
    };
    if on_channel.is_none() && compose::address(address).is_err() {
        return Err(Error::usage(format!("{address:?} is no mail address, and none on a channel"))
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
    let now = db::clock(context.connection()?)?;
    let company = settings.company.name.as_str();
    let office =
        test_mail::Office { mail: &settings.mail, company, zone: settings.zone, keys: &keys, templates: &templates };
    let language = context.global.language();
    let message = match &on_channel {
        Some((channel, address)) => test_mail::on_channel(&office, channel, address, language, now)?,
        None => test_mail::message(&office, address, language, &way, now)?,
    };
    let prepared = message.prepare()?;
    let Some(recipient) = prepared.message().recipients.first().cloned() else {
        return Err(Error::bug("a test mail to nobody"));
    };
    let redirected_to = recipient.original_address.is_some().then(|| recipient.address.clone());
    let address = recipient.original_address.unwrap_or(recipient.address);
    let (zone, wording) = (settings.zone, registers::wording(context));
    Ok((prepared, Tested { address, redirected_to, way, zone, wording, status: None, seconds: None }))
}

/// Queues it, unless everything is held.
fn enqueue(context: &mut Context, prepared: &Prepared) -> Result<()> {
    let held = db::transaction(context.connection()?, |connection| {
        let guard = guard::state(connection)?;
        if guard == Guard::Open {
            outbox::enqueue(connection, [prepared])?;
        }
        Ok(guard.complaint())
    })?;
    held.map_or(Ok(()), |complaint| Err(Error::new(Kind::Partial, complaint)))
}

/// How it stands, once no other sender has it: a flush of cron's may have been faster.
fn settled(context: &mut Context, message: Uuid) -> Result<Status> {
    let until = Instant::now() + PATIENCE;
    loop {
        let look = |connection: &mut _| status::of_messages(connection, &[message]);
        let Some(status) = db::read_only(context.connection()?, look)?.into_iter().next() else {
            return Err(Error::bug("the test mail has gone from the queue"));
        };
        if status.state != State::Sending || Instant::now() >= until {
            return Ok(status);
        }
        context.check_signals()?;
        std::thread::sleep(LOOK_AGAIN);
    }
}

/// What became of it.
struct Tested {
    address: String,
    redirected_to: Option<String>,
    way: String,
    zone: Tz,
    wording: Wording,
    /// None before it is sent.
    status: Option<Status>,
    seconds: Option<f64>,
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
        let status = self.status.as_ref();
        let seconds = self.seconds.and_then(|seconds| Decimal::try_from(seconds).ok());
        table.push(vec![
            status.map_or(Cell::Empty, |status| Cell::Int(status.recipient)),
            Cell::Text(self.address.clone()),
            Cell::text(self.redirected_to.clone()),
            Cell::Text(self.way.clone()),
            Cell::text(status.map(|status| STATES.said(status.state.as_str(), self.wording).into_owned())),
            Cell::text(status.and_then(|status| status.reply.clone())),
            seconds.map_or(Cell::Empty, |seconds| Cell::Number(seconds.round_dp(2))),
            Cell::instant(status.and_then(|status| status.next_at), self.zone),
        ]);
        table
    }
}
