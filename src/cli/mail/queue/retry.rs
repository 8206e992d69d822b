//! `wvl mail queue retry`

use wvl::error::Result;
use wvl::outbox::resolve::Decision;

use super::chosen::Chosen;
use crate::cli::Context;
use crate::cli::mail::decide::{Counted, Wanted, Whom, carry_out};

/// Try again now, for another five days: what failed, is held back or waits for its next attempt
///
/// What may have arrived is not sent again by this: wvl mail resolve decides about it. Filters ask before they act, and end
/// with 3 if some of what they leave cannot be tried again; each is named. --dry-run shows what it would be.
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
    let Some(whom) = args.chosen.whom(context, &["failed", "held", "retry"])? else { return Ok(()) };
    let question = Counted {
        german: ["Zustellung an 1 Empfänger erneut versuchen?", "Zustellung an {} Empfänger erneut versuchen?"],
        english: ["Try 1 recipient again?", "Try {} recipients again?"],
    };
    let done = Counted {
        german: ["Zustellung an 1 Empfänger wird erneut versucht", "Zustellung an {} Empfänger wird erneut versucht"],
        english: ["1 recipient is tried again", "{} recipients are tried again"],
    };
    let is_named = matches!(whom, Whom::Named(_));
    let wanted = Wanted {
        decision: Decision::Retry,
        reason: None,
        question: (!is_named).then_some((question, "what was given up long ago is sent again too")),
        done,
        next: "wvl mail flush",
    };
    carry_out(context, &whom, &wanted)
}
