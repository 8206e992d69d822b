//! `wvl mail queue retry`

use wvl::error::Result;
use wvl::outbox::resolve::Decision;

use super::chosen::{Chosen, Question};
use crate::cli::{Context, registers};

/// Try again now, for another five days: what failed, is held back or waits for its next attempt
///
/// What may have arrived is not sent again by this: wvl mail resolve decides about it. Filters ask before they act; with
/// --dry-run they show what it would be.
///
/// Examples:
///   wvl mail queue retry 4711 4712
///   wvl mail queue retry --state failed --search @firma.de
///   wvl mail queue retry --all --dry-run
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    #[command(flatten)]
    chosen: Chosen,
}

/// Puts them back into the queue.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let question = Question {
        asked: &|count| format!("{count} Empfänger erneut versuchen?"),
        danger: "what was given up long ago is sent again too",
        always: false,
    };
    let usual = ["failed", "held", "retry"];
    let count = args.chosen.decide(context, &usual, Decision::Retry, None, &question)?;
    let said = match count {
        0 => return Ok(()),
        1 => "1 Empfänger wird erneut versucht".to_owned(),
        count => format!("{count} Empfänger werden erneut versucht"),
    };
    registers::say(context, &said, "wvl mail flush", &count.to_string())
}
