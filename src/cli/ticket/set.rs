//! `wvl ticket set`

use wvl::error::Result;
use wvl::party::{contact_person, customer};
use wvl::{contract, ticket};

use crate::cli::{Context, flags, registers};

/// Move, classify or hand over a ticket
///
/// Where a value may be empty, keine empties it. A closed ticket is reopened by another state.
///
/// Examples:
///   wvl ticket set 2026-0001 --due +1d --severity hoch
///   wvl ticket set 2026-0001 --status wartet
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The tickets' numbers
    #[arg(required = true)]
    numbers: Vec<String>,
    #[command(flatten)]
    changes: Changes,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct Changes {
    /// Until when it is to be solved; a day means its end
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    due: Option<String>,
    /// immediate, high, standard, low or very_low
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&ticket::SEVERITY), hide_possible_values = true)]
    severity: Option<&'static str>,
    /// unread, read, assigned, in_progress, waiting or closed
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&ticket::STATUS), hide_possible_values = true)]
    status: Option<&'static str>,
    /// Whom it is assigned to
    #[arg(long, value_name = "NUMBER")]
    handler: Option<String>,
    /// The team it is assigned to
    #[arg(long, value_name = "NAME")]
    team: Option<String>,
    /// The department it belongs to
    #[arg(long, value_name = "NAME")]
    department: Option<String>,
    /// The customer; keine: an internal ticket
    #[arg(long, value_name = "NUMBER")]
    customer: Option<String>,
    /// Who asked
    #[arg(long, value_name = "NUMBER")]
    contact_person: Option<String>,
    /// The contract whose calendar counts
    #[arg(long, value_name = "NUMBER")]
    contract: Option<String>,
    /// Subject
    #[arg(long, value_name = "TEXT", value_parser = flags::filled_line)]
    title: Option<String>,
    /// What is the matter
    #[arg(long, value_name = "TEXT", value_parser = flags::prose)]
    description: Option<String>,
    /// Address of the ticket elsewhere
    #[arg(long, value_name = "URL", value_parser = flags::line)]
    link: Option<String>,
}

/// Changes the tickets.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let given = &args.changes;
    let due_at = registers::with_moment(context, |moment| {
        flags::clearable(given.due.as_ref(), |text| flags::promise("--due", text, moment))
    })?;
    registers::edit(context, &ticket::register(), &args.numbers, None, |connection, stored| {
        let (contract, person) = (given.contract.as_ref(), given.contact_person.as_ref());
        let change = ticket::Change {
            title: given.title.clone(),
            description: flags::text(given.description.as_ref()),
            status: given.status,
            severity: given.severity,
            contract_id: flags::clearable(contract, |number| contract::id_by_number(connection, number))?,
            handler_id: flags::employee(connection, given.handler.as_ref())?,
            team_id: flags::team(connection, given.team.as_ref())?,
            department_id: flags::department(connection, given.department.as_ref())?,
            partner_id: flags::clearable(given.customer.as_ref(), |number| customer::id_by_number(connection, number))?,
            contact_person_id: flags::clearable(person, |number| contact_person::id_by_number(connection, number))?,
            link: flags::text(given.link.as_ref()),
            due_at,
        };
        ticket::update(connection, stored.id, &change)
    })
}
