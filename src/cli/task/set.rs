//! `wvl task set`

use wvl::agenda::task;
use wvl::error::Result;
use wvl::party::customer;

use crate::cli::{Context, flags, registers};

/// Move, hand over or rename a task
///
/// Where a value may be empty, keine empties it.
///
/// Examples:
///   wvl task set A-2026-0001 --due mo
///   wvl task set A-2026-0001 --handler 12 --team keine
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The task's number, as A-2026-0001
    #[arg(required = true)]
    numbers: Vec<String>,
    #[command(flatten)]
    changes: Changes,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct Changes {
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
    /// What is to be done
    #[arg(long, value_name = "TEXT", value_parser = flags::filled_line)]
    title: Option<String>,
    /// Details
    #[arg(long, value_name = "TEXT", value_parser = flags::prose)]
    description: Option<String>,
    /// low, normal or high
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&task::PRIORITY), hide_possible_values = true)]
    priority: Option<&'static str>,
    /// The customer it concerns; keine: a matter of our own
    #[arg(long, value_name = "NUMBER")]
    customer: Option<String>,
    /// Address of the matter elsewhere
    #[arg(long, value_name = "URL", value_parser = flags::line)]
    link: Option<String>,
    /// open or done
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&task::STATUS), hide_possible_values = true)]
    status: Option<&'static str>,
}

/// Changes the tasks.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let given = &args.changes;
    let (due_at, now) = registers::with_moment(context, |moment| {
        let due_at = flags::clearable(given.due.as_ref(), |text| flags::promise("--due", text, moment))?;
        Ok((due_at, moment.now))
    })?;
    registers::edit(context, &task::register(), &args.numbers, None, |connection, stored| {
        let status = match given.status {
            Some(status) if stored.cell("status").for_programs() == status => task::Change::default(),
            Some("done") => task::finished(now),
            Some(_) => task::reopened(),
            None => task::Change::default(),
        };
        let change = task::Change {
            title: given.title.clone(),
            description: flags::text(given.description.as_ref()),
            priority: given.priority,
            handler_id: flags::employee(connection, given.handler.as_ref())?,
            team_id: flags::team(connection, given.team.as_ref())?,
            department_id: flags::department(connection, given.department.as_ref())?,
            partner_id: flags::clearable(given.customer.as_ref(), |number| customer::id_by_number(connection, number))?,
            link: flags::text(given.link.as_ref()),
            due_at,
            ..status
        };
        task::update(connection, stored.id, &change)
    })
}
