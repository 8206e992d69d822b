//! `wvl contact-person set`

use wvl::error::Result;
use wvl::party::contact_person::{self, Change};

use super::Facts;
use crate::cli::{Context, flags, registers};

/// Change a contact person
///
/// Where a value may be empty, keine empties it.
///
/// Examples:
///   wvl contact-person set AP-0001 --mobile "+49 171 4711"
///   wvl contact-person set AP-0001 --active no
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, mut_group("Facts", |group| group.args(["last_name", "customer"])))]
pub struct Args {
    /// The contact persons' numbers
    #[arg(required = true)]
    numbers: Vec<String>,
    /// Last name
    #[arg(long, value_name = "TEXT", value_parser = flags::filled_line)]
    last_name: Option<String>,
    /// The customer where the person works now
    #[arg(long, value_name = "NUMBER")]
    customer: Option<String>,
    #[command(flatten)]
    facts: Facts,
}

/// Changes the contact persons.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let birthday = args.facts.birthday(context)?;
    registers::edit(context, &contact_person::register(), &args.numbers, None, |connection, stored| {
        let change = Change {
            partner_id: flags::customer(connection, args.customer.as_ref())?,
            last_name: args.last_name.clone(),
            ..args.facts.change(birthday)
        };
        contact_person::update(connection, stored.id, &change)
    })
}
