//! `wvl document new`

use chrono::{Days, NaiveDate};
use diesel::PgConnection;
use rust_decimal::Decimal;
use wvl::calendar::dates::Moment;
use wvl::error::{Error, Result};
use wvl::party::contact_person;
use wvl::register::{When, Wording};
use wvl::sales::document;
use wvl::sales::document::draft::{self, Details, Draft, Head, Line};
use wvl::sales::document::follow_on::Wanted;
use wvl::sales::document::predecessor::{self, Predecessor};
use wvl::sales::document::spelling::{self, Asked};

use crate::cli::{Context, flags, registers};

/// Who pays an invoice without a date is in arrears 30 days after it at the latest (BGB § 286 III).
const DAYS_TO_PAY: u64 = 30;

/// Enter a document, or make one from another; prints its number
///
/// A line is “3 x ART-100” (a product), “2 Std x Beratung @ 120,00” (a text with its price)
/// or “4 x SW-24 @ 349,00 - 10%”.
///
/// With --of the document is made from another: an order from an offer (which is won), a
/// delivery note from an order, an invoice from an order or a delivery note, a credit note from
/// an invoice. It takes over customer, people, tax rate and all that is still open; --line 2
/// takes the rest of line 2 alone, --line 1=3 three of line 1. What is taken counts there as
/// delivered, invoiced or credited. Credit notes are written with positive quantities and
/// prices: their kind subtracts.
///
/// --invoice-kind advance --amount 300,00 bills an order in advance; --invoice-kind final bills
/// the rest and takes off what advances have billed.
///
/// Examples:
///   wvl document new Firewall --kind Angebot --customer 10001 --line "2 x FW-1 @ 980,00"
///   wvl document new --kind Lieferschein --of AB-2026-0001 --line 1=3
///   wvl document new --kind Rechnung --of LS-2026-0001 --payment-due +14d
///   nr=$(wvl document new --kind Gutschrift --of RE-2026-0001 --line 1=1)
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Subject [default: that of the document it is made from]
    #[arg(value_parser = flags::filled_line, required_unless_present = "of")]
    title: Option<String>,
    /// offer, order, delivery_note, invoice or credit_note
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&document::KIND), hide_possible_values = true)]
    kind: &'static str,
    /// The number in the ERP [default: the next of ours]
    #[arg(long, value_name = "NUMBER", value_parser = flags::filled_line)]
    number: Option<String>,
    /// The document it is made from
    #[arg(long, value_name = "NUMBER")]
    of: Option<String>,
    /// What that is; needed if several kinds share the number
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&document::KIND), hide_possible_values = true, requires = "of")]
    of_kind: Option<&'static str>,
    /// A line, as “3 x ART-100”, “Beratung @ 120,00”; with --of also 2 or 1=3; may be repeated
    #[arg(long = "line", value_name = "LINE", value_parser = spelling::line, allow_hyphen_values = true)]
    lines: Vec<Asked>,
    /// Net amount of a document without lines, or of an advance
    #[arg(long, value_name = "AMOUNT", value_parser = flags::amount, allow_hyphen_values = true)]
    amount: Option<Decimal>,
    /// What an invoice is for: normal, advance, partial or final
    #[arg(long, value_name = "WORD", value_parser = flags::Word(&document::INVOICE_KIND), hide_possible_values = true)]
    invoice_kind: Option<&'static str>,
    /// Take more than is open, or of a document that is closed
    #[arg(long, requires = "of")]
    more_than_open: bool,
    /// The customer
    #[arg(long, value_name = "NUMBER")]
    customer: Option<String>,
    /// Date of the document [default: today]
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    date: Option<String>,
    /// Of the amounts [default: EUR]
    #[arg(long, value_name = "CODE", value_parser = flags::currency)]
    currency: Option<String>,
    /// VAT in per cent; without it an invoice owes its net amount
    #[arg(long, value_name = "PERCENT", value_parser = tax_rate)]
    tax_rate: Option<Decimal>,
    #[command(flatten)]
    people: People,
    #[command(flatten)]
    dates: Dates,
    /// Address of the document elsewhere
    #[arg(long, value_name = "URL", value_parser = flags::line)]
    link: Option<String>,
    /// Internal remark
    #[arg(long, value_name = "TEXT", value_parser = flags::prose)]
    note: Option<String>,
}

#[derive(Debug, clap::Args)]
struct People {
    /// Who works on it
    #[arg(long, value_name = "NUMBER")]
    handler: Option<String>,
    /// ADM of this document [default: the customer's]
    #[arg(long, value_name = "NUMBER")]
    field_rep: Option<String>,
    /// IDM of this document [default: the customer's]
    #[arg(long, value_name = "NUMBER")]
    inside_rep: Option<String>,
    /// Department
    #[arg(long, value_name = "NAME")]
    department: Option<String>,
    /// Whom it is addressed to
    #[arg(long, value_name = "NUMBER")]
    contact_person: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Dates {
    /// When to come back to it
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    follow_up: Option<String>,
    /// Until when an order is to be picked; a day means its end
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    commissioning_due: Option<String>,
    /// Until when an order is to be delivered; a day means its end
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    delivery_due: Option<String>,
    /// When a delivery note was delivered [default: its date]
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    delivered: Option<String>,
    /// Until when an invoice is to be paid; a day means its end [default: 30 days after its date]
    #[arg(long, value_name = "WHEN", allow_hyphen_values = true)]
    payment_due: Option<String>,
}

/// Enters the document.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    args.check()?;
    let (date, dates) = registers::with_moment(context, |moment| {
        let date = args.date.as_deref().map(|text| flags::past_day("--date", text, moment)).transpose()?;
        let date = date.unwrap_or_else(|| moment.today());
        Ok((date, args.dates.read(args.kind, date, moment)?))
    })?;
    let next = format!("wvl document show {{}} --kind {}", args.kind);
    registers::create_of_kind(context, &document::register(), Some(args.kind), &next, |connection, when| {
        let predecessor = args.predecessor(connection, when)?;
        let said = args.people.look_up(connection)?;
        let head = Head {
            title: args.title.clone(),
            partner_id: flags::customer(connection, args.customer.as_ref())?,
            currency: args.currency.clone(),
            follow_up_at: dates.follow_up_at,
            commissioning_due_at: dates.commissioning_due_at,
            delivery_due_at: dates.delivery_due_at,
            delivered_at: dates.delivered_at,
            payment_due_at: dates.payment_due_at,
            ..said
        };
        let (lines, net_amount) = args.lines(connection, predecessor.as_ref())?;
        let person = args.people.contact_person.as_ref();
        let person = flags::clearable(person, |number| contact_person::id_by_number(connection, number))?.flatten();
        let details = Details {
            contact_person_id: person.or_else(|| predecessor.as_ref()?.contact_person_id),
            tax_rate: args.tax_rate.or_else(|| predecessor.as_ref()?.tax_rate),
            invoice_kind: args.invoice_kind,
            predecessor_id: predecessor.as_ref().map(Predecessor::id),
            link: flags::text(args.link.as_ref()).flatten(),
            note: flags::text(args.note.as_ref()).flatten(),
        };
        let head = match &predecessor {
            Some(predecessor) => head.or(&predecessor.head),
            None => head,
        };
        let draft = Draft { kind: args.kind, number: args.number.clone(), date, head, details, lines, net_amount };
        let (id, number) = draft::insert(connection, &draft, when.now)?;
        predecessor::settle_without_lines(connection, id)?;
        Ok(number)
    })
}

impl Args {
    /// What contradicts itself on the command line alone.
    fn check(&self) -> Result<()> {
        let has_numbers = self.lines.iter().any(|line| matches!(line, Asked::Of { .. }));
        if has_numbers && self.of.is_none() {
            return Err(Error::usage("--line with a number alone is a line of another document")
                .hint("name that with --of, or write a text with its price: “Beratung @ 120,00”"));
        }
        if self.invoice_kind.is_some_and(|kind| kind != "normal") && self.kind != "invoice" {
            return Err(Error::usage("--invoice-kind: only invoices are of a kind"));
        }
        if self.amount.is_some() && (has_numbers || self.of.is_none() && !self.lines.is_empty()) {
            return Err(Error::usage("--amount is the sum of a document without lines"));
        }
        match (self.invoice_kind, &self.of, self.amount) {
            (Some(kind @ ("advance" | "final")), None, _) => {
                Err(Error::usage(format!("--invoice-kind {kind} needs --of: the order it is about")))
            }
            (Some("advance"), _, None) => {
                Err(Error::usage("--invoice-kind advance needs --amount: how much is billed"))
            }
            (Some("final"), _, Some(_)) => {
                Err(Error::usage("--invoice-kind final bills what is left: it takes no --amount"))
            }
            _ => Ok(()),
        }
    }

    /// The document it is made from, locked.
    fn predecessor(&self, connection: &mut PgConnection, when: When) -> Result<Option<Predecessor>> {
        let Some(number) = &self.of else { return Ok(None) };
        let kind = match self.of_kind {
            Some(kind) => Some(kind.to_owned()),
            None => predecessor::kind_of_predecessor(connection, number, self.kind)?,
        };
        let stored = document::register().one(connection, number, kind.as_deref(), when, Wording::Stored)?;
        predecessor::load(connection, stored.id, self.kind).map(Some)
    }

    /// The lines, and the net amount if there are none.
    fn lines(&self, connection: &mut PgConnection, of: Option<&Predecessor>) -> Result<(Vec<Line>, Option<Decimal>)> {
        let (mut numbers, mut own) = (Vec::new(), Vec::new());
        for asked in &self.lines {
            match asked {
                Asked::Of { line, quantity } => numbers.push((*line, *quantity)),
                Asked::Own(line) => own.push(line),
            }
        }
        let own = draft::own_lines(connection, &own)?;
        let Some(of) = of else { return Ok((own, self.amount)) };
        let (mut lines, net_amount) = of.follow_on(Wanted {
            kind: self.kind,
            invoice_kind: self.invoice_kind.unwrap_or("normal"),
            lines: &numbers,
            amount: self.amount,
            more_than_open: self.more_than_open,
        })?;
        if lines.is_empty() && !own.is_empty() {
            return Err(Error::usage("lines of its own cannot be added to the sum of a document without lines"));
        }
        lines.extend(own);
        Ok((lines, net_amount))
    }
}

impl People {
    fn look_up(&self, connection: &mut PgConnection) -> Result<Head> {
        Ok(Head {
            handler_id: flags::employee(connection, self.handler.as_ref())?.flatten(),
            field_rep_id: flags::employee(connection, self.field_rep.as_ref())?.flatten(),
            inside_rep_id: flags::employee(connection, self.inside_rep.as_ref())?.flatten(),
            department_id: flags::department(connection, self.department.as_ref())?.flatten(),
            ..Head::default()
        })
    }
}

impl Dates {
    /// The dates of a document of this kind and date; nothing that is delivered or billed is left without one.
    fn read(&self, kind: &str, date: NaiveDate, moment: &Moment<'_>) -> Result<Head> {
        let promise = |flag: &str, text: Option<&String>| {
            flags::clearable(text, |text| flags::promise(flag, text, moment)).map(Option::flatten)
        };
        let usual = |is_usual: bool, day: Option<NaiveDate>| day.filter(|_| is_usual).map(|day| day.to_string());
        let delivered = self.delivered.clone().or_else(|| usual(kind == "delivery_note", Some(date)));
        let due = date.checked_add_days(Days::new(DAYS_TO_PAY));
        let payment_due = self.payment_due.clone().or_else(|| usual(kind == "invoice", due));
        Ok(Head {
            follow_up_at: flags::clearable(self.follow_up.as_ref(), |text| flags::event("--follow-up", text, moment))?
                .flatten(),
            commissioning_due_at: promise("--commissioning-due", self.commissioning_due.as_ref())?,
            delivery_due_at: promise("--delivery-due", self.delivery_due.as_ref())?,
            delivered_at: flags::clearable(delivered.as_ref(), |text| flags::past_event("--delivered", text, moment))?
                .flatten(),
            payment_due_at: promise("--payment-due", payment_due.as_ref())?,
            ..Head::default()
        })
    }
}

/// VAT in per cent.
fn tax_rate(text: &str) -> Result<Decimal, String> {
    let rate = wvl::import::amount(text)?;
    let is_rate = rate >= Decimal::ZERO && rate < Decimal::ONE_HUNDRED;
    if is_rate { Ok(rate) } else { Err("a tax rate lies between 0 and 100".to_owned()) }
}
