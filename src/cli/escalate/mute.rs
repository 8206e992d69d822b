//! `wvl escalate mute`: not before a day.

use wvl::calendar::PromiseDay;
use wvl::error::{Error, Result};
use wvl::escalation::find;
use wvl::escalation::silences::{self, Target};

use crate::cli::{Context, flags, registers};

/// Keep items quiet until a day, also if their due date moves
///
/// A day is included. The clock runs on: what is reached meanwhile leaves afterwards, one step a run. The last word
/// counts: muting once more changes the day.
///
/// Examples:
///   wvl escalate mute AN-137325 --until 30.11. --note "Kunde im Urlaub"
///   wvl escalate mute offer-follow-up:AN-137325 --until +10at
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// TYPE:REFERENCE, or the reference alone if only one type has it
    #[arg(value_name = "ITEM", required = true)]
    items: Vec<String>,
    /// Up to and with this day, or until this instant: 2026-11-30, 30.11., +2w, monatsende …
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    until: String,
    /// Why, for those who read the history
    #[arg(long, value_name = "TEXT", value_parser = flags::prose)]
    note: Option<String>,
}

/// Mutes the items.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let settings = context.settings()?;
    let when = registers::when(context)?;
    let until = flags::promise("--until", &args.until, &settings.moment(when.now))?;
    let day = PromiseDay::of(until, when.zone);
    if until <= when.now {
        return Err(Error::usage(format!("--until {}: {day} is over", args.until))
            .hint("name a day or an instant ahead of now: morgen, +3d, 2027-01-15"));
    }
    let note = args.note.as_deref().filter(|note| !note.is_empty());
    let muted = registers::write(context, when, |connection| {
        silences::check_permitted(connection)?;
        let mut muted = Vec::new();
        for name in &args.items {
            let (rules, item) = find::open(connection, &settings, name)?;
            let target = Target { type_key: &rules.key, item_id: &item.id, reference: &item.reference };
            silences::mute(connection, target, (when.now, until), note)?;
            muted.push((format!("{}:{}", rules.key, item.reference), item.title));
        }
        Ok(muted)
    })?;
    for (name, title) in muted {
        let said = format!("{name} {title}: stummgeschaltet bis {day}");
        registers::say(context, &said, &format!("wvl escalate unmute {}", registers::quoted(&name)), &name)?;
    }
    Ok(())
}
