//! `wvl document set`

use rust_decimal::Decimal;
use wvl::calendar::dates::Moment;
use wvl::error::{Error, Result};
use wvl::sales::document::{self, Change, LineChange, predecessor};

use crate::cli::{Context, flags, registers};

/// Change the state of a document, move its dates, renew a licence
///
/// Where a value may be empty, keine empties it. What documents deliver, invoice and credit
/// they say by themselves (document new --of); --line with --delivered or --invoiced says what
/// happened without one.
///
/// Examples:
///   wvl document set 137325 --follow-up +2w
///   wvl document set 137325 --kind offer --status gewonnen
///   wvl document set 2026-0815 --line 3 --renewed
///   wvl document set AB-2026-0001 --line 1 --delivered 3
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The documents' numbers
    #[arg(required = true)]
    numbers: Vec<String>,
    /// offer, order, delivery_note, invoice or credit_note; needed if several kinds share the number
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&document::KIND), hide_possible_values = true)]
    kind: Option<&'static str>,
    #[command(flatten)]
    changes: Changes,
    /// The line that --quantity, --delivered, --invoiced, --renewed and --licence-expires are about
    #[arg(long, value_name = "N")]
    line: Option<i32>,
    /// More of a line may be delivered or invoiced than its quantity
    #[arg(long, requires = "line")]
    more_than_open: bool,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true)]
struct Changes {
    /// open, won, lost, paid, closed or void
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&document::STATUS), hide_possible_values = true)]
    status: Option<&'static str>,
    /// When to come back to it
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    follow_up: Option<String>,
    /// Until when an order is to be picked; a day means its end
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    commissioning_due: Option<String>,
    /// An order was picked [default: now]
    #[arg(long, value_name = "WHEN", num_args = 0..=1, default_missing_value = flags::NOW)]
    picked: Option<String>,
    /// Until when an order is to be delivered; a day means its end
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    delivery_due: Option<String>,
    /// How much of an order is delivered: none, partial or complete
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&document::PROGRESS), hide_possible_values = true)]
    delivery: Option<&'static str>,
    /// When a delivery note was delivered; with --line, how much of the line is delivered
    #[arg(long, value_name = "WHEN|QUANTITY", allow_hyphen_values = true)]
    delivered: Option<String>,
    /// How much of it is invoiced: none, partial or complete
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&document::PROGRESS), hide_possible_values = true)]
    invoicing: Option<&'static str>,
    /// Until when an invoice is to be paid; a day means its end
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    payment_due: Option<String>,
    /// What is still to be paid of an invoice, as 119,00 or 119.00
    #[arg(long, value_name = "AMOUNT", value_parser = wvl::import::amount, allow_hyphen_values = true)]
    open_amount: Option<Decimal>,
    /// Who works on it
    #[arg(long, value_name = "NUMBER")]
    handler: Option<String>,
    /// Subject
    #[arg(long, value_name = "TEXT", value_parser = flags::filled_line)]
    title: Option<String>,
    /// The licence of a line was renewed [default: now]
    #[arg(long, value_name = "WHEN", num_args = 0..=1, default_missing_value = flags::NOW, requires = "line")]
    renewed: Option<String>,
    /// How much of a line is invoiced
    #[arg(long, value_name = "QUANTITY", value_parser = flags::amount, allow_hyphen_values = true, requires = "line")]
    invoiced: Option<Decimal>,
    /// How much a line is about
    #[arg(long, value_name = "QUANTITY", value_parser = flags::amount, allow_hyphen_values = true, requires = "line")]
    quantity: Option<Decimal>,
    /// Last day of the licence of a line
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true, requires = "line")]
    licence_expires: Option<String>,
}

/// Changes the documents.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let given = &args.changes;
    let (dates, line, now) = registers::with_moment(context, |moment| {
        Ok((read_dates(given, args.line, moment)?, read_line(given, args.line, moment)?, moment.now))
    })?;
    if args.line.is_some() && line.is_empty() {
        return Err(Error::usage("--line says which line is meant, but not what becomes of it")
            .hint("add --quantity, --delivered, --invoiced, --renewed or --licence-expires"));
    }
    registers::edit(context, &document::register(), &args.numbers, args.kind, |connection, stored| {
        let mut change = Change {
            title: given.title.clone(),
            handler_id: flags::employee(connection, given.handler.as_ref())?,
            open_amount: given.open_amount,
            delivery_status: given.delivery,
            invoicing_status: given.invoicing,
            ..dates.clone()
        };
        if let Some(status) = given.status.filter(|status| stored.cell("status").for_programs() != *status) {
            change = document::in_status(connection, stored.id, change, status, now)?;
        }
        // lines first: what follows from them gives way to what is said
        if let Some(number) = args.line {
            document::update_line(connection, stored.id, number, &line, args.more_than_open)?;
        }
        document::line_change::follow_progress(connection, stored.id, &change)?;
        document::update(connection, stored.id, &change)?;
        if change.status.is_some() {
            predecessor::settle_without_lines(connection, stored.id)?;
        }
        Ok(())
    })
}

fn read_dates(given: &Changes, line: Option<i32>, moment: &Moment<'_>) -> Result<Change> {
    let promise =
        |flag: &str, text: &Option<String>| flags::clearable(text.as_ref(), |text| flags::promise(flag, text, moment));
    Ok(Change {
        follow_up_at: flags::clearable(given.follow_up.as_ref(), |text| flags::event("--follow-up", text, moment))?,
        commissioning_due_at: promise("--commissioning-due", &given.commissioning_due)?,
        delivery_due_at: promise("--delivery-due", &given.delivery_due)?,
        payment_due_at: promise("--payment-due", &given.payment_due)?,
        delivered_at: flags::clearable(given.delivered.as_ref().filter(|_| line.is_none()), |text| {
            flags::past_event("--delivered", text, moment)
        })?,
        picked_at: flags::clearable(given.picked.as_ref(), |text| flags::past_event("--picked", text, moment))?,
        ..Change::default()
    })
}

fn read_line(given: &Changes, line: Option<i32>, moment: &Moment<'_>) -> Result<LineChange> {
    let delivered = given.delivered.as_deref().filter(|_| line.is_some()).map(flags::amount).transpose();
    Ok(LineChange {
        quantity: given.quantity,
        delivered_quantity: delivered.map_err(|message| Error::usage(format!("--delivered: {message}")))?,
        invoiced_quantity: given.invoiced,
        renewed_at: flags::clearable(given.renewed.as_ref(), |text| flags::past_event("--renewed", text, moment))?,
        licence_expires_at: flags::clearable(given.licence_expires.as_ref(), |text| {
            flags::promise("--licence-expires", text, moment)
        })?,
    })
}
