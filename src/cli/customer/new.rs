//! `wvl customer new`

use wvl::error::Result;
use wvl::party::{customer, employee};

use crate::cli::{Context, flags, registers};

/// Add a customer, prospect or supplier; prints its number
///
/// Example: wvl customer new 10815 "Müller Bau GmbH" --kind prospect --field-rep 12 --follow-up +2w
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Its number, as in the ERP
    number: String,
    /// Its name
    name: String,
    /// customer, prospect or supplier
    #[arg(long, value_name = "WORD", default_value = "customer", value_parser = |word: &str| customer::KIND.parse(word))]
    kind: &'static str,
    /// Phone
    #[arg(long, value_name = "TEXT")]
    phone: Option<String>,
    /// Address of mails
    #[arg(long, value_name = "ADDRESS")]
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
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// Adds the customer.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let follow_up_at = registers::with_moment(context, |moment| {
        args.follow_up.as_deref().map(|text| flags::event("--follow-up", text, moment)).transpose()
    })?;
    registers::create(context, &customer::register(), "wvl customer show {}", |connection| {
        let mut id_of = |number: &Option<String>| {
            number.as_deref().map(|number| employee::id_by_number(connection, number)).transpose()
        };
        let new = customer::NewCustomer {
            number: args.number.clone(),
            kind: args.kind,
            name: args.name.clone(),
            phone: args.phone.clone(),
            email: args.email.clone(),
            field_rep_id: id_of(&args.field_rep)?,
            inside_rep_id: id_of(&args.inside_rep)?,
            follow_up_at,
            follow_up_note: args.note.clone(),
        };
        customer::insert(connection, &new)?;
        Ok(new.number)
    })
}
