//! `wvl notice new`

use wvl::agenda::notice;
use wvl::error::Result;
use wvl::party::{customer, employee, team};

use crate::cli::{Context, flags, registers};

/// Make a notice; prints its number
///
/// With a customer it is told on the given day, without one the system raised it.
///
/// Examples:
///   wvl notice new "Zertifikat läuft ab" --customer 10001 --on +2w --handler 12
///   wvl notice new "Preisliste liegt bereit" --team Einkauf --link https://erp.firma.de/downloads/7
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// What it says
    title: String,
    /// The customer it is about
    #[arg(long, value_name = "NUMBER")]
    customer: Option<String>,
    /// When to tell [default: now]
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    on: Option<String>,
    /// Who is to be told
    #[arg(long, value_name = "NUMBER")]
    handler: Option<String>,
    /// The team that is to be told
    #[arg(long, value_name = "NAME")]
    team: Option<String>,
    /// Details
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Address of the download or record
    #[arg(long, value_name = "URL")]
    link: Option<String>,
}

/// Makes the notice.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let (at, today) = registers::with_moment(context, |moment| {
        let at = args.on.as_deref().map(|text| flags::event("--on", text, moment)).transpose()?;
        Ok((at.unwrap_or(moment.now), moment.today()))
    })?;
    registers::create(context, &notice::register(), "wvl notice done {}", |connection| {
        let partner_id =
            args.customer.as_deref().map(|number| customer::id_by_number(connection, number)).transpose()?;
        let new = notice::NewNotice {
            kind: if partner_id.is_some() { "customer" } else { "system" },
            title: args.title.clone(),
            description: args.description.clone(),
            partner_id,
            handler_id: args.handler.as_deref().map(|number| employee::id_by_number(connection, number)).transpose()?,
            team_id: args.team.as_deref().map(|name| team::id_by_name(connection, name)).transpose()?,
            notify_at: partner_id.map(|_| at),
            raised_at: partner_id.is_none().then_some(at),
            link: args.link.clone(),
        };
        notice::insert(connection, &new, today)
    })
}
