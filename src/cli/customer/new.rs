//! `wvl customer new`

use wvl::error::Result;
use wvl::party::customer;

use super::Address;
use crate::cli::{Context, flags, registers};

/// Add a customer, prospect or supplier; prints its number
///
/// Example: wvl customer new 10815 "Müller Bau GmbH" --kind prospect --field-rep 12 --follow-up +2w
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Its number, as in the ERP
    #[arg(value_parser = flags::filled_line)]
    number: String,
    /// Its name
    #[arg(value_parser = flags::filled_line)]
    name: String,
    /// customer, prospect or supplier
    #[arg(long, value_name = "WORD", default_value = "customer", value_parser = flags::Word(&customer::KIND), hide_possible_values = true)]
    kind: &'static str,
    /// Phone
    #[arg(long, value_name = "TEXT", value_parser = flags::line)]
    phone: Option<String>,
    /// Address of mails
    #[arg(long, value_name = "ADDRESS", value_parser = flags::address)]
    email: Option<String>,
    /// Field representative (ADM)
    #[arg(long, value_name = "NUMBER")]
    field_rep: Option<String>,
    /// Inside representative (IDM)
    #[arg(long, value_name = "NUMBER")]
    inside_rep: Option<String>,
    /// When to come back to it
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    follow_up: Option<String>,
    /// About what
    #[arg(long, value_name = "TEXT", value_parser = flags::line)]
    note: Option<String>,
    #[command(flatten)]
    address: Address,
}

/// Adds the customer.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let follow_up_at = registers::with_moment(context, |moment| {
        flags::clearable(args.follow_up.as_ref(), |text| flags::event("--follow-up", text, moment))
    })?
    .flatten();
    registers::create(context, &customer::register(), "wvl customer show {}", |connection| {
        let new = customer::NewCustomer {
            number: args.number.clone(),
            kind: args.kind,
            name: args.name.clone(),
            phone: flags::text(args.phone.as_ref()).flatten(),
            email: flags::text(args.email.as_ref()).flatten(),
            field_rep_id: flags::employee(connection, args.field_rep.as_ref())?.flatten(),
            inside_rep_id: flags::employee(connection, args.inside_rep.as_ref())?.flatten(),
            follow_up_at,
            follow_up_note: flags::text(args.note.as_ref()).flatten(),
        };
        let id = customer::insert(connection, &new)?;
        customer::update(connection, id, &args.address.change())?;
        Ok(new.number)
    })
}
