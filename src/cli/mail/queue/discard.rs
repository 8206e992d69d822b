//! `wvl mail queue discard`

use wvl::error::Result;
use wvl::outbox::resolve::Decision;

use super::chosen::Chosen;
use crate::cli::mail::decide::{Counted, Wanted, carry_out};
use crate::cli::{Context, flags};

/// Give mails up: they are not sent any more
///
/// Nothing is deleted: wvl mail queue list --state discarded shows them with who gave them up and why. A reminder that was
/// discarded goes to nobody else. What arrived meanwhile cannot be discarded, nor what is being sent just now: filters then end
/// with 3 and name it.
///
/// Examples:
///   wvl mail queue discard 4711 --reason "angerufen"
///   wvl mail queue discard --state unknown --to -30d --yes
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Why, for those who read it later
    #[arg(long, value_name = "TEXT", value_parser = flags::prose)]
    reason: Option<String>,
    #[command(flatten)]
    chosen: Chosen,
}

/// Gives them up.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let usual = ["queued", "retry", "held", "unknown", "failed"];
    let Some(whom) = args.chosen.whom(context, &usual)? else { return Ok(()) };
    let question = Counted {
        german: ["Diese Mail nicht mehr versenden?", "{} Mails nicht mehr versenden?"],
        english: ["Give this mail up?", "Give {} mails up?"],
    };
    let wanted = Wanted {
        decision: Decision::Discard,
        reason: args.reason.as_deref().filter(|reason| !reason.is_empty()),
        question: Some((question, "what is discarded is not sent any more")),
        done: Counted {
            german: ["1 Mail verworfen", "{} Mails verworfen"],
            english: ["1 mail discarded", "{} mails discarded"],
        },
        next: "wvl mail queue list --state discarded",
    };
    carry_out(context, &whom, &wanted)
}
