//! `wvl document list`

use wvl::error::Result;
use wvl::sales::document;

use crate::cli::filter::{Asked, Customer, Every, People, Range, State, Team};
use crate::cli::{Context, flags, registers};

/// Offers, orders, delivery notes, invoices and credit notes, the newest first
///
/// --from and --to look at the date of the document.
///
/// Examples:
///   wvl document list --kind offer --mine --open
///   wvl document list --customer 10001 --from 2026-q1 --limit 20
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Only this kind: offer, order, delivery_note, invoice, credit_note
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&document::KIND), hide_possible_values = true, help_heading = "Filters")]
    kind: Option<&'static str>,
    /// Only in this state: open, won, lost, paid, closed, void
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&document::STATUS), hide_possible_values = true, help_heading = "Filters")]
    status: Option<&'static str>,
    #[command(flatten)]
    people: People,
    #[command(flatten)]
    team: Team,
    #[command(flatten)]
    customer: Customer,
    #[command(flatten)]
    state: State,
    #[command(flatten)]
    range: Range,
    #[command(flatten)]
    every: Every,
}

/// Prints the list.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let asked = Asked {
        people: Some(&args.people),
        team: Some(&args.team),
        customer: Some(&args.customer),
        state: Some(&args.state),
        range: Some(&args.range),
        every: Some(&args.every),
        kind: args.kind,
        status: args.status,
        ..Asked::default()
    };
    registers::list(context, &document::register(), &asked)
}
