//! `wvl task new`

use wvl::agenda::task;
use wvl::error::Result;
use wvl::party::{customer, employee, team};

use crate::cli::{Context, flags, registers};

/// Make a task; prints its number
///
/// Examples:
///   wvl task new "Angebot nachfassen" --customer 10001 --handler 12 --due fr
///   nr=$(wvl task new "Backup prüfen" --team Technik --due +3at)
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// What is to be done
    title: String,
    /// Until when; a day means its end
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    due: Option<String>,
    /// Who does it
    #[arg(long, value_name = "NUMBER")]
    handler: Option<String>,
    /// The team that does it
    #[arg(long, value_name = "NAME")]
    team: Option<String>,
    /// The customer it concerns
    #[arg(long, value_name = "NUMBER")]
    customer: Option<String>,
    /// low, normal or high
    #[arg(long, value_name = "WORD", default_value = "normal", value_parser = |word: &str| task::PRIORITY.parse(word))]
    priority: &'static str,
    /// Details
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Address of the matter elsewhere
    #[arg(long, value_name = "URL")]
    link: Option<String>,
}

/// Makes the task.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let (due_at, today) = registers::with_moment(context, |moment| {
        let due_at = args.due.as_deref().map(|text| flags::promise("--due", text, moment)).transpose()?;
        Ok((due_at, moment.today()))
    })?;
    registers::create(context, &task::register(), "wvl task done {}", |connection| {
        let new = task::NewTask {
            title: args.title.clone(),
            description: args.description.clone(),
            priority: args.priority,
            partner_id: args
                .customer
                .as_deref()
                .map(|number| customer::id_by_number(connection, number))
                .transpose()?,
            handler_id: args.handler.as_deref().map(|number| employee::id_by_number(connection, number)).transpose()?,
            team_id: args.team.as_deref().map(|name| team::id_by_name(connection, name)).transpose()?,
            due_at,
            link: args.link.clone(),
        };
        task::insert(connection, &new, today)
    })
}
