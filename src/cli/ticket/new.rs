//! `wvl ticket new`

use wvl::error::Result;
use wvl::party::{contact_person, customer, employee, team};
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
    #[arg(long, value_name = "WORD", default_value = "standard", value_parser = |word: &str| ticket::SEVERITY.parse(word))]
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
    /// What is the matter
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Address of the ticket elsewhere
    #[arg(long, value_name = "URL")]
    link: Option<String>,
}

/// Opens the ticket.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let (due_at, now, today) = registers::with_moment(context, |moment| {
        let due_at = args.due.as_deref().map(|text| flags::promise("--due", text, moment)).transpose()?;
        Ok((due_at, moment.now, moment.today()))
    })?;
    registers::create(context, &ticket::register(), "wvl ticket show {}", |connection| {
        let assigned = args.handler.is_some() || args.team.is_some();
        let person = args.contact_person.as_deref();
        let new = ticket::NewTicket {
            title: args.title.clone(),
            description: args.description.clone(),
            status: if assigned { "assigned" } else { "unread" },
            severity: args.severity,
            partner_id: args
                .customer
                .as_deref()
                .map(|number| customer::id_by_number(connection, number))
                .transpose()?,
            contact_person_id: person.map(|number| contact_person::id_by_number(connection, number)).transpose()?,
            contract_id: args
                .contract
                .as_deref()
                .map(|number| contract::id_by_number(connection, number))
                .transpose()?,
            handler_id: args.handler.as_deref().map(|number| employee::id_by_number(connection, number)).transpose()?,
            team_id: args.team.as_deref().map(|name| team::id_by_name(connection, name)).transpose()?,
            opened_at: now,
            due_at,
            link: args.link.clone(),
        };
        ticket::insert(connection, &new, today)
    })
}
