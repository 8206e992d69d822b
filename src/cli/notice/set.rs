//! `wvl notice set`

use wvl::agenda::notice;
use wvl::error::Result;
use wvl::output::Cell;
use wvl::party::customer;

use crate::cli::{Context, flags, registers};

/// Move, hand over or reword a notice
///
/// Where a value may be empty, keine empties it.
///
/// Example: wvl notice set B-2026-0001 --on mo
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The notices' numbers
    #[arg(required = true)]
    numbers: Vec<String>,
    #[command(flatten)]
    changes: Changes,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct Changes {
    /// When to tell
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    on: Option<String>,
    /// The customer it is about; keine: one of the system
    #[arg(long, value_name = "NUMBER")]
    customer: Option<String>,
    /// Who is to be told
    #[arg(long, value_name = "NUMBER")]
    handler: Option<String>,
    /// The team that is to be told
    #[arg(long, value_name = "NAME")]
    team: Option<String>,
    /// What it says
    #[arg(long, value_name = "TEXT", value_parser = flags::filled_line)]
    title: Option<String>,
    /// Address of the download or record
    #[arg(long, value_name = "URL", value_parser = flags::line)]
    link: Option<String>,
    /// Whether somebody took note: yes or no
    #[arg(long, value_name = "YES|NO", value_parser = flags::yes_or_no)]
    done: Option<bool>,
    /// Details
    #[arg(long, value_name = "TEXT", value_parser = flags::prose)]
    description: Option<String>,
}

/// Changes the notices.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let given = &args.changes;
    let (at, now) = registers::with_moment(context, |moment| {
        let at = given.on.as_deref().map(|text| flags::event("--on", text, moment)).transpose()?;
        Ok((at, moment.now))
    })?;
    registers::edit(context, &notice::register(), &args.numbers, None, |connection, stored| {
        let was_done = *stored.cell("done_at") != Cell::Empty;
        let customer = flags::clearable(given.customer.as_ref(), |number| customer::id_by_number(connection, number))?;
        let moved = match (customer, stored.cell("due_at")) {
            (Some(customer), Cell::Instant(due)) => notice::about(customer, at.unwrap_or_else(|| due.to_utc())),
            (Some(customer), _) => notice::about(customer, at.unwrap_or(now)),
            (None, _) => at.map(|at| notice::moved(&stored.cell("kind").for_programs(), at)).unwrap_or_default(),
        };
        let change = notice::Change {
            title: given.title.clone(),
            description: flags::text(given.description.as_ref()),
            handler_id: flags::employee(connection, given.handler.as_ref())?,
            team_id: flags::team(connection, given.team.as_ref())?,
            link: flags::text(given.link.as_ref()),
            done_at: given.done.filter(|done| *done != was_done).map(|done| done.then_some(now)),
            ..moved
        };
        notice::update(connection, stored.id, &change)
    })
}
