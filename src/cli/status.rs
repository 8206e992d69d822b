//! `wvl status`: the essential at a glance.

use wvl::db::Cluster;
use wvl::db::connection::address;
use wvl::error::Result;
use wvl::outbox::settings::{MailMode, Transport};
use wvl::output::Format;
use wvl::watch::attention::Attention;
use wvl::watch::limits::Limits;
use wvl::watch::status::{Place, Status};
use wvl::watch::words::Words;

use super::{Context, watching};

/// Wider lines are harder to read than broken ones.
const WIDEST: u16 = 120;

/// What is due, when each job ran last, how the queue of mails stands, and whether anything waits for a person
///
/// Reads, and changes nothing; a private database that does not run is not started. In a pipe it is one line, with
/// --json everything.
///
/// Examples:
///   wvl status
///   wvl status --attention     everything that waits for a person, each with the command that helps
///   wvl status --json | jq .due
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Everything that waits for a person, each with the command that helps
    #[arg(long)]
    attention: bool,
}

/// Looks and says.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let settings = context.settings()?;
    let place = place(context)?;
    let waiting = context.printer.waiting("Status");
    let seen = watching::look(context, &Limits::default(), !args.attention);
    drop(waiting);
    let seen = match seen {
        Ok(seen) => seen,
        Err(error) => {
            // what is known without a database may be what is wrong
            let file = place.config.as_deref().unwrap_or("none, everything stands at its default");
            context.printer.note(&format!("configuration: {file}\ndatabase: {}", place.database));
            return Err(error);
        }
    };
    let words = Words { language: context.printer.language(), zone: settings.zone, now: seen.facts.now };
    let width = context.printer.width().map_or(0, |width| usize::from(width.min(WIDEST)));
    let for_people = context.printer.format() == Format::Table && context.global.columns.is_empty();
    if args.attention {
        let attention = Attention { findings: &seen.findings, words };
        return match for_people {
            true => context.printer.data(&attention.text(width)),
            false => context.printer.list(&attention),
        };
    }
    let status =
        Status { place, facts: &seen.facts, types: &seen.types, findings: &seen.findings, guard: seen.guard, words };
    match for_people {
        true => context.printer.data(&status.text(width)),
        false => context.printer.record(&status),
    }
}

/// What is known without a database.
pub(super) fn place(context: &mut Context) -> Result<Place> {
    let settings = context.settings()?;
    let cluster = Cluster::new(&settings.database, &context.environment.places())?;
    let folder = |folder: &Option<std::path::PathBuf>| {
        folder.clone().unwrap_or_else(|| cluster.state_dir().join("Maildir")).display().to_string()
    };
    let mail = &settings.mail;
    let (transport, target) = match mail.transport {
        Transport::Maildir => ("maildir", folder(&mail.maildir)),
        Transport::Eml => ("eml", folder(&mail.eml_dir)),
        Transport::Smtp => {
            ("smtp", mail.smtp.as_ref().map(|smtp| format!("{}:{}", smtp.host, smtp.port)).unwrap_or_default())
        }
    };
    Ok(Place {
        config: settings.file.as_ref().map(|file| file.display().to_string()),
        database: match settings.database.is_private() {
            true => cluster.url(),
            false => address(&settings.database, false)?.masked(),
        },
        mode: match mail.mode {
            MailMode::Off => "off",
            MailMode::Redirect => "redirect",
            MailMode::Live => "live",
        },
        transport,
        target,
        redirect_to: mail.redirect_to.clone().filter(|_| mail.mode == MailMode::Redirect),
    })
}
