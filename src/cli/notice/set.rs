//! `wvl notice set`

use wvl::agenda::notice;
use wvl::error::Result;

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
    /// Who is to be told
    #[arg(long, value_name = "NUMBER")]
    handler: Option<String>,
    /// The team that is to be told
    #[arg(long, value_name = "NAME")]
    team: Option<String>,
    /// What it says
    #[arg(long, value_name = "TEXT", value_parser = flags::filled_line)]
    title: Option<String>,
    /// Details
    #[arg(long, value_name = "TEXT", value_parser = flags::prose)]
    description: Option<String>,
}

/// Changes the notices.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let given = &args.changes;
    let at = registers::with_moment(context, |moment| {
        given.on.as_deref().map(|text| flags::event("--on", text, moment)).transpose()
    })?;
    registers::edit(context, &notice::register(), &args.numbers, None, |connection, stored| {
        let moved = at.map(|at| notice::moved(&stored.cell("kind").for_programs(), at)).unwrap_or_default();
        let change = notice::Change {
            title: given.title.clone(),
            description: flags::text(given.description.as_ref()),
            handler_id: flags::employee(connection, given.handler.as_ref())?,
            team_id: flags::team(connection, given.team.as_ref())?,
            ..moved
        };
        notice::update(connection, stored.id, &change)
    })
}
