//! `wvl task new`

use wvl::agenda::task;
use wvl::error::Result;

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
    #[arg(value_parser = flags::filled_line)]
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
    /// The department it belongs to
    #[arg(long, value_name = "NAME")]
    department: Option<String>,
    /// The customer it concerns
    #[arg(long, value_name = "NUMBER")]
    customer: Option<String>,
    /// low, normal or high
    #[arg(long, value_name = "WORD", default_value = "normal", value_parser = flags::Word(&task::PRIORITY), hide_possible_values = true)]
    priority: &'static str,
    /// Details
    #[arg(long, value_name = "TEXT", value_parser = flags::prose)]
    description: Option<String>,
    /// Address of the matter elsewhere
    #[arg(long, value_name = "URL", value_parser = flags::line)]
    link: Option<String>,
}

/// Makes the task.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let (due_at, today) = registers::with_moment(context, |moment| {
        let due_at = flags::clearable(args.due.as_ref(), |text| flags::promise("--due", text, moment))?;
        Ok((due_at.flatten(), moment.today()))
    })?;
    registers::create(context, &task::register(), "wvl task done {}", |connection| {
        let new = task::NewTask {
            title: args.title.clone(),
            description: flags::text(args.description.as_ref()).flatten(),
            priority: args.priority,
            partner_id: flags::customer(connection, args.customer.as_ref())?,
            handler_id: flags::employee(connection, args.handler.as_ref())?.flatten(),
            team_id: flags::team(connection, args.team.as_ref())?.flatten(),
            department_id: flags::department(connection, args.department.as_ref())?.flatten(),
            due_at,
            link: flags::text(args.link.as_ref()).flatten(),
        };
        task::insert(connection, &new, today)
    })
}
