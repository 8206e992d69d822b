//! `wvl mail queue discard`

use wvl::error::Result;
use wvl::outbox::resolve::Decision;

use super::chosen::{Chosen, Question};
use crate::cli::{Context, flags, registers};

/// Give mails up: they are not sent any more
///
/// Nothing is deleted: wvl mail queue list --state discarded shows them with who gave them up and why. A reminder that was
/// discarded goes to nobody else. What arrived meanwhile cannot be discarded, nor what is being sent just now.
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
    let question = Question {
        asked: &|count| match count {
            1 => "Diese Mail nicht mehr versenden?".to_owned(),
            count => format!("{count} Mails nicht mehr versenden?"),
        },
        danger: "what is discarded is not sent any more",
        always: true,
    };
    let usual = ["queued", "retry", "held", "unknown", "failed"];
    let reason = args.reason.as_deref().filter(|reason| !reason.is_empty());
    let count = args.chosen.decide(context, &usual, Decision::Discard, reason, &question)?;
    let said = match count {
        0 => return Ok(()),
        1 => "1 Mail verworfen".to_owned(),
        count => format!("{count} Mails verworfen"),
    };
    registers::say(context, &said, "wvl mail queue list --state discarded", &count.to_string())
}
