//! `wvl ticket new`

use wvl::error::Result;
use wvl::party::contact_person;
use wvl::{contract, ticket};

use crate::cli::{Context, flags, registers};

/// Open a ticket; prints its number
///
/// Without a customer it is an internal one.
///
/// Examples:
///   wvl ticket new "Drucker druckt nicht" --customer 10001 --severity hoch --due morgen --team Technik
///   nr=$(wvl ticket new "Server nachts neu starten" --handler 12)
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Subject
    #[arg(value_parser = flags::filled_line)]
    title: String,
    /// The customer
    #[arg(long, value_name = "NUMBER")]
    customer: Option<String>,
    /// Who asked
    #[arg(long, value_name = "NUMBER")]
    contact_person: Option<String>,
    /// The contract whose calendar counts
    #[arg(long, value_name = "NUMBER")]
    contract: Option<String>,
    /// immediate, high, standard, low or very_low
    #[arg(long, value_name = "WORD", default_value = "standard", value_parser = flags::Word(&ticket::SEVERITY), hide_possible_values = true)]
    severity: &'static str,
    /// Until when it is to be solved; a day means its end
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    due: Option<String>,
    /// Whom it is assigned to
    #[arg(long, value_name = "NUMBER")]
    handler: Option<String>,
    /// The team it is assigned to
    #[arg(long, value_name = "NAME")]
    team: Option<String>,
    /// The department it belongs to
    #[arg(long, value_name = "NAME")]
    department: Option<String>,
    /// What is the matter
    #[arg(long, value_name = "TEXT", value_parser = flags::prose)]
    description: Option<String>,
    /// Address of the ticket elsewhere
    #[arg(long, value_name = "URL", value_parser = flags::line)]
    link: Option<String>,
}

/// Opens the ticket.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let (due_at, now, today) = registers::with_moment(context, |moment| {
        let due_at = flags::clearable(args.due.as_ref(), |text| flags::promise("--due", text, moment))?;
        Ok((due_at.flatten(), moment.now, moment.today()))
    })?;
    registers::create(context, &ticket::register(), "wvl ticket show {}", |connection| {
        let handler_id = flags::employee(connection, args.handler.as_ref())?.flatten();
        let team_id = flags::team(connection, args.team.as_ref())?.flatten();
        let assigned = handler_id.is_some() || team_id.is_some();
        let (person, contract) = (args.contact_person.as_ref(), args.contract.as_ref());
        let new = ticket::NewTicket {
            title: args.title.clone(),
            description: flags::text(args.description.as_ref()).flatten(),
            status: if assigned { "assigned" } else { "unread" },
            severity: args.severity,
            partner_id: flags::customer(connection, args.customer.as_ref())?,
            contact_person_id: flags::clearable(person, |number| contact_person::id_by_number(connection, number))?
                .flatten(),
            contract_id: flags::clearable(contract, |number| contract::id_by_number(connection, number))?.flatten(),
            handler_id,
            team_id,
            department_id: flags::department(connection, args.department.as_ref())?.flatten(),
            opened_at: now,
            due_at,
            link: flags::text(args.link.as_ref()).flatten(),
        };
        ticket::insert(connection, &new, today)
    })
}
