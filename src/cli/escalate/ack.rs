//! `wvl escalate ack`: I have seen it.

use wvl::calendar::PromiseDay;
use wvl::error::Result;
use wvl::escalation::find;
use wvl::escalation::silences::{self, Target};

use crate::cli::{Context, flags, registers};

/// Say that somebody takes care of items: their reminders pause for some working days
///
/// It holds for this due date and lapses by itself ([escalation] acknowledged_days, 5 as generated); said again it holds
/// anew. The clock runs on: what is reached meanwhile leaves after the lapse, one step a run.
///
/// Examples:
///   wvl escalate ack AN-137325 --note "Kunde ruft Freitag zurück"
///   wvl escalate list --acknowledged   what is seen, but still open
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// TYPE:REFERENCE, or the reference alone if only one type has it
    #[arg(value_name = "ITEM", required = true)]
    items: Vec<String>,
    /// Why, for those who read the history
    #[arg(long, value_name = "TEXT", value_parser = flags::prose)]
    note: Option<String>,
}

/// Acknowledges the items.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let settings = context.settings()?;
    let when = registers::when(context)?;
    let note = args.note.as_deref().filter(|note| !note.is_empty());
    let acknowledged = registers::write(context, when, |connection| {
        silences::check_permitted(connection)?;
        let mut acknowledged = Vec::new();
        for name in &args.items {
            let (rules, item) = find::open(connection, &settings, name)?;
            let until = silences::lapses_at(&settings, rules, &item, when.now)?;
            let target = Target { type_key: &rules.key, item_id: &item.id, reference: &item.reference };
            silences::acknowledge(connection, target, item.due_version, (when.now, until), note)?;
            acknowledged.push((format!("{}:{}", rules.key, item.reference), item.title, until));
        }
        Ok(acknowledged)
    })?;
    for (name, title, until) in acknowledged {
        let said = format!("{name} {title}: quittiert bis {}", PromiseDay::of(until, when.zone));
        registers::say(context, &said, "wvl escalate list --acknowledged", &name)?;
    }
    Ok(())
}
