//! `wvl contact-person new`

use wvl::error::Result;
use wvl::party::{contact_person, customer};

use super::Facts;
use crate::cli::{Context, flags, registers};

/// Add a contact person to a customer; prints the number
///
/// Examples:
///   wvl contact-person new 10001 Berger --first-name Eva --email berger@mueller-bau.example
///   nr=$(wvl contact-person new 10001 Berger --phone "+49 711 4711-12")
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, mut_group("Facts", |group| group.required(false)))]
pub struct Args {
    /// The customer's number
    customer: String,
    /// Last name
    #[arg(value_parser = flags::filled_line)]
    last_name: String,
    /// The number in the ERP [default: the next of ours]
    #[arg(long, value_name = "NUMBER", value_parser = flags::filled_line)]
    number: Option<String>,
    #[command(flatten)]
    facts: Facts,
}

/// Adds the contact person.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let today = registers::with_moment(context, |moment| Ok(moment.today()))?;
    let change = args.facts.change(args.facts.birthday(context)?);
    registers::create(context, &contact_person::register(), "wvl contact-person show {}", |connection| {
        let partner = customer::id_by_number(connection, &args.customer)?;
        let given = args.number.as_deref();
        let (id, number) = contact_person::insert(connection, given, partner, &args.last_name, today)?;
        contact_person::update(connection, id, &change)?;
        Ok(number)
    })
}
