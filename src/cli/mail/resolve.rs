//! `wvl mail resolve`: of some mails nobody knows whether they arrived.

use wvl::error::{Error, Result};
use wvl::outbox::queue;
use wvl::outbox::resolve::{Decision, decide};
use wvl::register::Filter;

use crate::cli::{Context, flags, registers};

/// Settle what nobody knows: mail to somebody outside whose last line was never answered
///
/// wvl sends such a mail again only if somebody says so. Without numbers it lists them with what is known; ask the recipient,
/// or look into the log of the mail server for the Message-ID (wvl mail queue show NUMBER has it).
///
/// Examples:
///   wvl mail resolve
///   wvl mail resolve 4711 --arrived
///   wvl mail resolve 4711 4712 --again --note "Kunde hat nichts bekommen"
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Numbers of recipients; none: list those that are not settled
    #[arg(value_name = "NUMBER")]
    numbers: Vec<String>,
    /// It has arrived: it is delivered
    #[arg(long, requires = "numbers", conflicts_with = "again")]
    arrived: bool,
    /// It has not arrived, or twice is better than never: send it once more
    #[arg(long, requires = "numbers")]
    again: bool,
    /// How that is known
    #[arg(long, value_name = "TEXT", requires = "numbers", value_parser = flags::prose)]
    note: Option<String>,
}

/// Lists or settles them.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let when = registers::when(context)?;
    let decision = match (args.arrived, args.again) {
        (true, _) => Decision::Arrived,
        (_, true) => Decision::Again,
        _ if args.numbers.is_empty() => return list(context),
        _ => {
            return Err(Error::usage("has it arrived?")
                .hint("--arrived notes that it did, --again sends it once more; wvl mail queue discard gives it up"));
        }
    };
    let note = args.note.as_deref().filter(|note| !note.is_empty());
    let decided = registers::write(context, when, |connection| {
        let ids = queue::named(connection, &args.numbers)?;
        decide(connection, &ids, decision, note)?.or_nothing()
    })?;
    let count = decided.changed.len();
    let mails = if count == 1 { "1 Mail".to_owned() } else { format!("{count} Mails") };
    let (said, next) = match (decision, count) {
        (Decision::Arrived, 1) => (format!("{mails} ist angekommen"), "wvl mail resolve"),
        (Decision::Arrived, _) => (format!("{mails} sind angekommen"), "wvl mail resolve"),
        (_, 1) => (format!("{mails} wird noch einmal versandt"), "wvl mail flush"),
        (_, _) => (format!("{mails} werden noch einmal versandt"), "wvl mail flush"),
    };
    registers::say(context, &said, next, &count.to_string())
}

fn list(context: &mut Context) -> Result<()> {
    let when = registers::when(context)?;
    let register = queue::register();
    let picked = context.global.columns.clone();
    let fields = if picked.is_empty() { register.listed() } else { register.picked(&picked)? };
    let (limit, sort) = (context.global.limit, context.global.sort.clone());
    let mut filter = Filter { statuses: vec!["unknown".to_owned()], limit, sort, ..Filter::default() };
    let count = registers::print(context, &register, &fields, &mut filter, when, |_, _| Ok(()))?;
    registers::found(context, count, false, "mail")
}
