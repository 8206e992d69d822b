//! `wvl employee leave`

use chrono::NaiveDate;
use diesel::PgConnection;
use wvl::calendar::{end_of_day, english, german};
use wvl::error::{Error, Result};
use wvl::output::{Cell, Table, column};
use wvl::party::leave::{self, Person};
use wvl::register::handover::{Handover, Holding, Share};
use wvl::register::{Wording, Words};
use wvl::template::Language;
use wvl::{agenda, contract, sales, ticket};

use crate::cli::{Context, flags, registers};

/// Somebody leaves: what is open changes hands, so that nothing is forgotten
///
/// --on is the last day of work. Supervisor and deputy change with the day after. While the last day lies ahead, what is due
/// until then stays, and so do customers, teams and departments; run it again with the same arguments on that day, and the
/// rest changes hands. What is finished keeps its names. With -n it shows what would change hands.
///
/// Examples:
///   wvl employee leave 14 --on 31.12. --successor 7 -n
///   wvl employee leave 14 --on heute --successor 7
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Personnel number of who leaves
    number: String,
    /// Last day of work
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    on: String,
    /// Who takes over
    #[arg(long, value_name = "NUMBER", conflicts_with = "keep")]
    successor: Option<String>,
    /// Nobody takes over: everything keeps the name of who leaves, and escalates to the supervisor
    #[arg(long)]
    keep: bool,
}

/// What became of one leaving.
struct Left {
    leaver: Person,
    successor: Option<Person>,
    handed: Vec<Share>,
    staying: Vec<Share>,
}

/// Notes the day and hands over.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let (last_day, today) =
        registers::with_moment(context, |moment| Ok((flags::day("--on", &args.on, moment)?, moment.today())))?;
    let when = registers::when(context)?;
    let last_moment = (last_day > today).then(|| end_of_day(last_day, when.zone));
    let left = registers::write(context, when, |connection| {
        let (leaver, successor) = leave::locked(connection, &args.number, args.successor.as_deref())?;
        let mut handed = Vec::new();
        match &successor {
            Some(successor) => {
                leave::check_successor(&leaver, successor, last_day, today)?;
                let handover = Handover { leaver: leaver.id, successor: successor.id, last_moment };
                handed = hand_over(connection, &handover, last_day)?;
            }
            None if args.keep => {}
            None => refuse_orphans(&leaver, held_by(connection, leaver.id, last_day)?)?,
        }
        leave::note(connection, leaver.id, last_day, today)?;
        let staying = held_by(connection, leaver.id, last_day)?;
        Ok(Left { leaver, successor, handed, staying })
    })?;
    warn_of_heads(context, left.leaver.number)?;
    say(context, &left, last_day)
}

/// What somebody can hold, and as what.
static HELD: Words = Words(&[
    ("documents", &["Belege"]),
    ("purchase_orders", &["Bestellungen"]),
    ("contracts", &["Verträge"]),
    ("tickets", &["Tickets"]),
    ("tasks", &["Aufgaben"]),
    ("notices", &["Benachrichtigungen"]),
    ("customers", &["Kunden"]),
    ("teams", &["Teams"]),
    ("departments", &["Abteilungen"]),
    ("employees", &["Mitarbeiter"]),
    ("handler", &["Bearbeiter"]),
    ("field_rep", &["ADM"]),
    ("inside_rep", &["IDM"]),
    ("lead", &["Leitung"]),
    ("member", &["Mitglied"]),
    ("supervisor", &["Vorgesetzter"]),
    ("deputy", &["Vertretung"]),
]);

/// Every column of every register that holds an employee.
fn holdings() -> impl Iterator<Item = Holding> {
    let slices = [&sales::HELD[..], &contract::HELD, &ticket::HELD, &agenda::HELD, &leave::HELD];
    slices.into_iter().flatten().copied()
}

/// What is open in these hands, and whom they lead.
fn held_by(connection: &mut PgConnection, id: i64, last_day: NaiveDate) -> Result<Vec<Share>> {
    let mut shares = Vec::new();
    for holding in holdings() {
        shares.push(holding.held_by(connection, id)?);
    }
    shares.extend(leave::relations(connection, id, last_day)?);
    Ok(filled(shares))
}

fn hand_over(connection: &mut PgConnection, handover: &Handover, last_day: NaiveDate) -> Result<Vec<Share>> {
    let mut handed = Vec::new();
    for holding in holdings() {
        handed.push(holding.hand_over(connection, handover)?);
    }
    let before = leave::relations(connection, handover.leaver, last_day)?;
    leave::hand_over_assignments(connection, handover, last_day)?;
    leave::hand_over_teams(connection, handover)?;
    let after = leave::relations(connection, handover.leaver, last_day)?;
    // each of the relations goes as a whole or stays
    handed.extend(before.into_iter().zip(after).filter(|(before, after)| before != after).map(|(before, _)| before));
    Ok(filled(handed))
}

fn filled(shares: Vec<Share>) -> Vec<Share> {
    shares.into_iter().filter(|share| share.count > 0).collect()
}

/// Nothing may be left to nobody by mistake.
fn refuse_orphans(leaver: &Person, held: Vec<Share>) -> Result<()> {
    if held.is_empty() {
        return Ok(());
    }
    let number = leaver.number;
    let lines: Vec<String> = held.iter().map(|share| format!("\n  {}: {}", told(share), named(share))).collect();
    Err(Error::usage(format!("nobody would see to what employee {number} leaves behind:{}", lines.concat()))
        .hint("--successor NUMBER says who takes over; -n with it shows what changes hands")
        .hint(format!("--keep leaves everything with {number}; it then escalates to the supervisor")))
}

/// "3 Tickets (Bearbeiter)".
fn told(share: &Share) -> String {
    format!("{} {} ({})", share.count, share.title, share.role)
}

fn named(share: &Share) -> String {
    let more = if i64::try_from(share.first.len()).is_ok_and(|first| first < share.count) { " …" } else { "" };
    format!("{}{more}", share.first.join(", "))
}

/// The configuration names company heads by their number, and only the administrator changes it.
fn warn_of_heads(context: &mut Context, number: i64) -> Result<()> {
    if context.settings()?.escalation.company_heads.contains(&number) {
        context.printer.warn(&format!(
            "employee {number} stands in escalation.company_heads of the configuration; put the successor there"
        ));
    }
    Ok(())
}

fn say(context: &mut Context, left: &Left, last_day: NaiveDate) -> Result<()> {
    let Left { leaver, successor, handed, staying } = left;
    let (leaves, goes_to, stays_with, only) = match context.global.language() {
        Language::German => {
            (format!("geht am {}", german::day(last_day)), "an", "noch bei", "nur Probe, nichts geändert")
        }
        Language::English => {
            (format!("leaves on {}", english::day(last_day)), "to", "still with", "dry run, nothing was changed")
        }
    };
    let leaves = format!("{} ({}) {leaves}", leaver.name, leaver.number);
    if context.global.dry_run {
        context.printer.note(&format!("{leaves} ({only})"));
        return context.printer.list(&table(handed, staying, registers::wording(context)));
    }
    let wording = registers::wording(context);
    let counted =
        |share: &Share| format!("{} {} ({})", share.count, word(share.title, wording), word(share.role, wording));
    let list = |shares: &[Share]| shares.iter().map(counted).collect::<Vec<_>>().join(", ");
    let goes = successor.as_ref().filter(|_| !handed.is_empty()).map_or_else(String::new, |successor| {
        format!("; {goes_to} {} ({}): {}", successor.name, successor.number, list(handed))
    });
    let stays =
        if staying.is_empty() { String::new() } else { format!("; {stays_with} {}: {}", leaver.number, list(staying)) };
    let next = match successor {
        Some(successor) if !staying.is_empty() => {
            format!("wvl employee leave {} --on {last_day} --successor {}", leaver.number, successor.number)
        }
        Some(successor) => format!("wvl employee show {}", successor.number),
        None => format!("wvl employee show {}", leaver.number),
    };
    context.printer.edited(&format!("{leaves}{goes}{stays}"), Some(&next), &leaver.number.to_string())
}

/// What is held and as what, in this wording.
fn word(office: &str, wording: Wording) -> String {
    let stored = HELD.find(office).unwrap_or(office);
    HELD.said(stored, wording).into_owned()
}

/// What changes hands and what stays until the last day.
fn table(handed: &[Share], staying: &[Share], wording: Wording) -> Table {
    let mut table = Table::new(vec![
        column("changes_hands", "Geht über"),
        column("kind", "Was"),
        column("role", "Als"),
        column("count", "Anzahl"),
        column("first", "Die ersten"),
    ]);
    for (goes, share) in handed.iter().map(|share| (true, share)).chain(staying.iter().map(|share| (false, share))) {
        table.push(vec![
            Cell::Flag(goes),
            Cell::Text(word(share.title, wording)),
            Cell::Text(word(share.role, wording)),
            Cell::Int(share.count),
            Cell::List(share.first.clone()),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_can_be_held_has_a_word_for_programs() {
        for holding in holdings() {
            assert!(HELD.find(holding.title).is_some() && HELD.find(holding.role).is_some(), "{holding:?}");
        }
        assert_eq!(word("Bestellungen", Wording::Stored), "purchase_orders");
        assert_eq!(word("Bestellungen", Wording::English), "purchase orders");
    }
}
