//! `wvl escalate explain`: why somebody heard of an item, or why nobody did.

use wvl::error::Result;
use wvl::escalation::explain::{self, Telling};
use wvl::outbox::settings::MailMode;
use wvl::output::{Format, Output};

use crate::cli::{Context, next};

/// Why an item was escalated, or why not yet: the time since due piece by piece, every threshold, everybody who was told,
/// and everything that stands before the next step
///
/// Long ago is told by weeks and months; -O json and -O tsv have every interval.
///
/// Examples:
///   wvl escalate explain AN-137325
///   wvl escalate explain offer-follow-up:AN-137325 --all
///   wvl escalate explain AN-137325 --json | jq -r '.obstacles[].obstacle'
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// TYPE:REFERENCE, or the reference alone if only one type has it
    #[arg(value_name = "ITEM")]
    item: String,
    /// Every interval and every step, however long ago
    #[arg(long)]
    all: bool,
}

/// Explains the item.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let settings = context.settings()?;
    context.connection()?;
    let now = context.now()?;
    // nothing is written; and where a foreign server breaks off, only a rollback is sure
    let explanation = wvl::db::rehearse(context.connection()?, |connection| {
        wvl::db::set_instant(connection, now, settings.zone)?;
        explain::explain(connection, &settings, &args.item, now)
    })?;
    let printer = &context.printer;
    let telling = Telling { all: args.all, width: printer.width().map(usize::from), color: printer.has_color() };
    let told = match printer.format() {
        Format::Table => printer.data(&explanation.text(telling)),
        // what is piped without asking for a format is read by people: less, mail
        Format::Tsv if context.global.format.is_none() => printer.data(&explanation.text(telling)),
        Format::Jsonl => printer.data(&format!("{}\n", explanation.json())),
        _ => printer.list(&explanation),
    };
    // who still tries it out wants to see the mail
    if printer.to_terminal() && (settings.mail.mode != MailMode::Live || next::is_demo(context)) {
        next::name(context, "wvl escalate run --dry-run --eml-dir mails");
    }
    told
}
