//! `wvl mail resolve`: of some mails nobody knows whether they arrived.

use wvl::db;
use wvl::error::{Error, Result};
use wvl::outbox::queue;
use wvl::outbox::resolve::Decision;
use wvl::register::Filter;

use super::decide::{Counted, Wanted, Whom, carry_out};
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
    let decision = match (args.arrived, args.again) {
        (true, _) => Decision::Arrived,
        (_, true) => Decision::Again,
        _ if args.numbers.is_empty() => return list(context),
        _ => {
            return Err(Error::usage("has it arrived?")
                .hint("--arrived notes that it did, --again sends it once more; wvl mail queue discard gives it up"));
        }
    };
    let named = db::read_only(context.connection()?, |connection| queue::named(connection, &args.numbers))?;
    let (done, next) = match decision {
        Decision::Arrived => (
            Counted {
                german: ["1 Mail ist angekommen", "{} Mails sind angekommen"],
                english: ["1 mail has arrived", "{} mails have arrived"],
            },
            "wvl mail resolve",
        ),
        _ => (
            Counted {
                german: ["1 Mail wird noch einmal versandt", "{} Mails werden noch einmal versandt"],
                english: ["1 mail is sent once more", "{} mails are sent once more"],
            },
            "wvl mail flush",
        ),
    };
    let note = args.note.as_deref().filter(|note| !note.is_empty());
    carry_out(context, &Whom::Named(named), &Wanted { decision, reason: note, question: None, done, next })
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
