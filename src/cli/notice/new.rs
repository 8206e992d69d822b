//! `wvl notice new`

use wvl::agenda::notice;
use wvl::error::Result;

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
    #[arg(value_parser = flags::filled_line)]
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
    #[arg(long, value_name = "TEXT", value_parser = flags::prose)]
    description: Option<String>,
    /// Address of the download or record
    #[arg(long, value_name = "URL", value_parser = flags::line)]
    link: Option<String>,
}

/// Makes the notice.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let (at, today) = registers::with_moment(context, |moment| {
        let at = args.on.as_deref().map(|text| flags::event("--on", text, moment)).transpose()?;
        Ok((at.unwrap_or(moment.now), moment.today()))
    })?;
    registers::create(context, &notice::register(), "wvl notice done {}", |connection| {
        let partner_id = flags::customer(connection, args.customer.as_ref())?;
        let new = notice::NewNotice {
            kind: if partner_id.is_some() { "customer" } else { "system" },
            title: args.title.clone(),
            description: flags::text(args.description.as_ref()).flatten(),
            partner_id,
            handler_id: flags::employee(connection, args.handler.as_ref())?.flatten(),
            team_id: flags::team(connection, args.team.as_ref())?.flatten(),
            notify_at: partner_id.map(|_| at),
            raised_at: partner_id.is_none().then_some(at),
            link: flags::text(args.link.as_ref()).flatten(),
        };
        notice::insert(connection, &new, today)
    })
}
