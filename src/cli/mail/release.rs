//! `wvl mail release`: what was held after a restore may leave.

use wvl::calendar::german;
use wvl::error::Result;
use wvl::outbox::guard::Change;
use wvl::outbox::release::{self, Discard, Plan};

use crate::cli::{Context, flags};

/// Let mails leave again after the database was restored or copied
///
/// A database that was restored remembers as queued what was sent after the dump. So nothing leaves a database that is not
/// the one it was: another cluster, another database of it, restored tables, or another timeline (a failover to a standby,
/// a restore to a point in time). Escalations and tickets go on meanwhile, their mails wait. This command says what waits
/// and for whom, asks, and lets it go. What was queued before the restore has probably been sent already: --discard gives it up,
/// with the reason, instead of sending it again.
///
/// After a failover nothing is old: the standby had everything but perhaps the last second, and what was sent in it goes out
/// twice.
///
/// Examples:
///   wvl mail release --dry-run                        what waits, and for whom
///   wvl mail release --discard                        send what was queued since the restore alone
///   wvl mail release --discard-before 2026-11-22T08:00 --yes
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Do not send what was queued before the restore was noticed
    #[arg(long)]
    discard: bool,
    /// Do not send what was queued before this instant
    #[arg(long, value_name = "WHEN", conflicts_with = "discard", allow_hyphen_values = true)]
    discard_before: Option<String>,
}

/// Says what waits, and lets it go.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let zone = context.settings()?.zone;
    let discard = discard(context, args)?;
    let plan = release::plan(context.connection()?, discard, zone)?;
    if plan.change.is_none() {
        context.printer.note("Nichts ist angehalten.");
        return if context.global.dry_run { context.printer.record(&plan) } else { Ok(()) };
    }
    if context.global.dry_run {
        context.printer.record(&plan)?;
        context.printer.note(&told(&plan).join("\n"));
        return Ok(());
    }
    if !context.global.yes {
        context.printer.note(&told(&plan).join("\n"));
        context.confirm("Freigeben?", "mails that were sent before the restore may go out again")?;
    }
    let done = release::release(context.connection()?, discard, zone)?;
    let sent = done.waiting - done.discarded;
    let said = match done.discarded {
        0 => format!("Freigegeben: {}.", mails(sent)),
        discarded => format!("Freigegeben: {}, verworfen: {}.", mails(sent), mails(discarded)),
    };
    context.printer.edited(&said, Some("wvl mail flush"), &sent.to_string())
}

fn discard(context: &mut Context, args: &Args) -> Result<Discard> {
    let Some(text) = &args.discard_before else {
        return Ok(if args.discard { Discard::BeforeHold } else { Discard::Nothing });
    };
    context.connection()?;
    let (now, settings) = (context.now()?, context.settings()?);
    Ok(Discard::Before(flags::past_event("--discard-before", text, &settings.moment(now))?))
}

/// What somebody should know before he says yes.
fn told(plan: &Plan) -> Vec<String> {
    let at = |instant| german::instant(instant, plan.zone);
    let mut lines = Vec::new();
    lines.push(match plan.change {
        Some(Change::Timeline) => {
            "Der Server hat eine andere Zeitachse: ein Standby hat übernommen, oder es wurde auf einen Zeitpunkt \
             zurückgesetzt. Nach einer Übernahme fehlt höchstens die letzte Sekunde, und alles kann hinaus."
                .to_owned()
        }
        Some(Change::Cluster) => {
            "Die Datenbank liegt in einem anderen Postgres als beim letzten Versand: wiederhergestellt, kopiert oder auf \
             eine neue Version gehoben."
                .to_owned()
        }
        _ => "Die Datenbank wurde wiederhergestellt oder kopiert.".to_owned(),
    });
    if let Some(since) = plan.held_since {
        lines.push(format!("Angehalten seit {}.", at(since)));
    }
    let Some(oldest) = plan.oldest else {
        lines.push("Es wartet keine Mail.".to_owned());
        return lines;
    };
    let (waiting, addresses) = (mails(plan.waiting), plan.addresses.len());
    let to = if addresses == 1 { "1 Adresse".to_owned() } else { format!("{addresses} Adressen") };
    lines.push(format!("Es warten {waiting} an {to}, die älteste seit {}.", at(oldest)));
    for row in plan.addresses.iter().take(5) {
        lines.push(format!("  {:>6}  {}", row.waiting, row.address));
    }
    if addresses > 5 {
        lines.push(format!("          und {} weitere (--dry-run zeigt sie)", addresses - 5));
    }
    match plan.from_before {
        _ if plan.discarded > 0 => {
            lines.push(format!("Davon werden {} verworfen und nicht versandt.", mails(plan.discarded)));
        }
        _ if plan.change == Some(Change::Timeline) => {}
        None => lines.push(
            "Noch kein Lauf hat es bemerkt. Was schon vor der Wiederherstellung in der Schlange stand, ist wahrscheinlich längst \
             versandt: --discard-before ZEITPUNKT verwirft es."
                .to_owned(),
        ),
        Some(0) => {}
        Some(before) => lines.push(format!(
            "{} davon standen schon vorher in der Schlange und sind wahrscheinlich längst versandt: --discard verwirft sie.",
            mails(before)
        )),
    }
    lines
}

fn mails(count: i64) -> String {
    if count == 1 { "1 Mail".to_owned() } else { format!("{count} Mails") }
}
