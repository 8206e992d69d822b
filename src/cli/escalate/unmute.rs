//! `wvl escalate unmute`: speak again.

use wvl::calendar::{PromiseDay, german};
use wvl::error::{Error, Kind, Result};
use wvl::escalation::find::{self, Known};
use wvl::escalation::silences::{self, Silence, SilenceKind};

use crate::cli::{Context, registers};

/// Take back what keeps items quiet: a mute, an acknowledgement, or both
///
/// What has been reached meanwhile leaves with the next collection. Works for items that are no longer open, too.
///
/// Example: wvl escalate unmute AN-137325
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// TYPE:REFERENCE, or the reference alone if only one type has it
    #[arg(value_name = "ITEM", required = true)]
    items: Vec<String>,
}

/// Takes the silences back.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let settings = context.settings()?;
    let when = registers::when(context)?;
    let lifted = registers::write(context, when, |connection| {
        silences::check_permitted(connection)?;
        let mut lifted = Vec::new();
        for name in &args.items {
            let known = find::known(connection, &settings, name)?;
            let mut of_item = Vec::new();
            for item_id in &known.item_ids {
                of_item.extend(silences::lift(connection, &known.type_key, item_id, when.now)?);
            }
            if of_item.is_empty() {
                return Err(not_quiet(connection, &known, when)?);
            }
            lifted.push((known.name(), of_item));
        }
        Ok(lifted)
    })?;
    for (name, lifted) in lifted {
        let told: Vec<String> = lifted.iter().map(|silence| told(silence, when.zone)).collect();
        let said = format!("{name}: {} zurückgenommen", told.join(" und "));
        registers::say(context, &said, &format!("wvl escalate explain {}", registers::quoted(&name)), &name)?;
    }
    Ok(())
}

/// "Quittierung bis Do 26.11.2026 10:15"
fn told(silence: &Silence, zone: chrono_tz::Tz) -> String {
    let noun = match silence.kind {
        SilenceKind::Acknowledged => "Quittierung",
        SilenceKind::Muted => "Stummschaltung",
    };
    format!("{noun} bis {}", PromiseDay::of(silence.until, zone))
}

/// Nothing holds; perhaps something did.
fn not_quiet(connection: &mut diesel::PgConnection, known: &Known, when: wvl::register::When) -> Result<Error> {
    let mut last: Option<Silence> = None;
    for item_id in &known.item_ids {
        last = last
            .into_iter()
            .chain(silences::history(connection, &known.type_key, item_id)?)
            .max_by_key(Silence::ends_at);
    }
    let name = known.name();
    let text = match last.filter(|silence| silence.ends_at() <= when.now) {
        Some(silence) => {
            let ended = german::instant(silence.ends_at(), when.zone);
            format!("{name} is neither acknowledged nor muted any more: since {ended} it speaks again")
        }
        None => format!("{name} is neither acknowledged nor muted"),
    };
    Ok(Error::new(Kind::NotFound, text).hint("wvl escalate list --acknowledged --muted shows what is"))
}
