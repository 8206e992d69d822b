//! `wvl report gf-daily`

use std::path::PathBuf;

use wvl::edition::{GF_DAILY, GF_MONTHLY, GF_WEEKLY};
use wvl::error::Result;
use wvl::job::catalog::REPORT_GF_DAILY;
use wvl::report::evening::Scope;

use super::{sending, shown};
use crate::cli::Context;

/// How was the day? Offers, orders, invoices and margin today, as usual, this month; what to look at, and what tomorrow brings
///
/// Without --send it prints the day of --as-of. With --send it is a job: once an evening of every working day each reader of
/// [report.gf-daily] gets a mail, on the last one of a week also about the week, on the first one of a month about the month
/// before. What each figure counts says wvl-report(7).
///
/// Examples:
///   wvl report gf-daily                               the day so far, at the terminal
///   wvl report gf-daily --as-of gestern -o tag.html   a page, or tag.xlsx: a sheet for each table
///   wvl report gf-daily --detail margin:total -O csv-de
///   wvl report gf-daily --send -n --eml-dir /tmp/x    the mails as files, nothing is sent
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    #[command(flatten)]
    shown: shown::Shown,
    #[command(flatten)]
    sending: sending::Sending,
    /// Also write the mails as .eml files into this folder
    #[arg(long, value_name = "DIR")]
    eml_dir: Option<PathBuf>,
}

/// Prints or sends it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    match args.sending.sends() {
        true => {
            let reports = [GF_DAILY, GF_WEEKLY, GF_MONTHLY];
            sending::run(context, &REPORT_GF_DAILY, &reports, args.sending, args.eml_dir.as_deref())
        }
        false => shown::run(context, Scope::House, &args.shown),
    }
}
