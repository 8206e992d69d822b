//! What an evening mail says, before it is worded: every number of it comes from one snapshot of the database.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::figure::{Amount, FigureKey};
use crate::settings::Settings;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question<'q> {
    /// The installation.
    pub settings: &'q Settings,
    /// The instant of the run.
    pub now: DateTime<Utc>,
    /// The day that it is about; the last one of its week or month.
    pub day: NaiveDate,
    /// How much of the past is looked at together.
    pub period: Period,
    /// Whose figures.
    pub scope: Scope,
    /// Everything there is to count, not only what fits on a screen.
    pub extended: bool,
    /// What the readers have seen last; none: nothing yet.
    pub since: Option<Since>,
}

/// How much of the past is looked at together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    /// A working day and the free days before it.
    Day,
    /// A week from Monday.
    Week,
    /// A calendar month.
    Month,
}

/// Whose figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everybody's.
    House,
    /// Those of a department, by its internal key.
    Department(i64),
    /// Those of an employee, by the internal key: for nobody else.
    Employee(i64),
}

/// The last mail of the same report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Since {
    /// When it was made.
    pub at: DateTime<Utc>,
    /// The day that it was about.
    pub day: NaiveDate,
    /// `pg_current_snapshot()` of its figures; none where another database server wrote it, before a restore: then `at` counts.
    pub snapshot: Option<String>,
}

/// A part of the mail, or why it is missing: a section that fails stops nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part<T> {
    /// It is there.
    There(T),
    /// It could not be computed.
    Failed {
        /// Its key in `report.words`: "lying".
        name: &'static str,
        /// What happened, in one line.
        reason: String,
    },
}

impl<T> Part<T> {
    /// What is there.
    pub fn there(&self) -> Option<&T> {
        match self {
            Part::There(found) => Some(found),
            Part::Failed { .. } => None,
        }
    }
}

/// Everything an evening mail says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evening {
    /// The day that it is about.
    pub day: NaiveDate,
    /// How much of the past is looked at together.
    pub period: Period,
    /// The days of its first column, oldest first: on a Monday the weekend before it too.
    pub days: Vec<NaiveDate>,
    /// The department or employee it is about; none: the house.
    pub scope: Option<String>,
    /// The four or five figures. Without them there is no mail.
    pub core: Core,
    /// "Bitte ansehen", the most urgent first.
    pub exceptions: Part<Exceptions>,
    /// "Liegt herum".
    pub lying: Part<Lying>,
    /// "Morgen".
    pub tomorrow: Part<Tomorrow>,
    /// Documents that were booked late, changed or voided since the last mail.
    pub corrections: Part<Corrections>,
    /// All counts, where they were asked for.
    pub extended: Option<Part<Extended>>,
    /// `pg_current_snapshot()` in which all of it was read.
    pub snapshot: String,
    /// The database cluster and database that the snapshot belongs to.
    pub origin: String,
}

impl Evening {
    /// The sections that failed, each with its reason.
    pub fn failed(&self) -> Vec<(&'static str, &str)> {
        fn of<T>(part: &Part<T>) -> Option<(&'static str, &str)> {
            match part {
                Part::Failed { name, reason } => Some((*name, reason)),
                Part::There(_) => None,
            }
        }
        let parts = [of(&self.exceptions), of(&self.lying), of(&self.tomorrow), of(&self.corrections)];
        parts.into_iter().chain([self.extended.as_ref().and_then(of)]).flatten().collect()
    }

    /// The same for a reader who is not to see figures of single persons: without the tables by field rep and by employee,
    /// unless one of them is his or her business.
    pub fn without_persons(&self, sees_field_reps: bool, sees_employees: bool) -> Evening {
        let mut evening = self.clone();
        if let Some(Part::There(extended)) = &mut evening.extended {
            extended.groups.retain(|group| match group.by {
                "field_rep" => sees_field_reps,
                "employee" => sees_employees,
                _ => true,
            });
        }
        evening
    }
}

/// The figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Core {
    /// In the order of the mail, in the currency of `report.currency`.
    pub rows: Vec<Row>,
    /// Figures in other currencies, by currency: never added to the others.
    pub other_currencies: Vec<(String, Vec<Row>)>,
    /// So many days stand behind the average: less than four where the company is young.
    pub compared: usize,
    /// The month day by day.
    pub chart: MonthChart,
    /// Lines of the first column's invoices whose cost nobody knows.
    pub uncosted: Uncosted,
    /// Net of the advance invoices in the first column, which bear no cost of their own.
    pub advances: Decimal,
    /// The part of the month's working days that is over, in per cent.
    pub pace: Option<Decimal>,
    /// The last day on which anything was booked, where the first column is empty.
    pub last_booked: Option<NaiveDate>,
}

impl Core {
    /// Whether nothing was booked in the first column.
    pub fn is_empty(&self) -> bool {
        let rows = self.rows.iter().chain(self.other_currencies.iter().flat_map(|(_, rows)| rows));
        rows.into_iter().all(|row| row.now.count == 0 && row.now.credit_notes == 0)
    }

    /// The row of a figure.
    pub fn row(&self, figure: FigureKey) -> Option<&Row> {
        self.rows.iter().find(|row| row.figure == figure)
    }
}

/// One row: today, what is usual, the month so far, what it is meant to bring. Of a week: the week, the average of four, the
/// month, its target; of a month: the month, the average of three, the year, its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it counts.
    pub figure: FigureKey,
    /// Today.
    pub now: Amount,
    /// The average of the last four same weekdays; none: there is nothing to compare with.
    pub usual: Option<Amount>,
    /// The month so far.
    pub total: Amount,
    /// The target of the month.
    pub target: Option<Decimal>,
}

impl Row {
    /// What is reached of the target, in per cent.
    pub fn reached(&self) -> Option<Decimal> {
        let target = self.target.filter(|target| *target > Decimal::ZERO)?;
        self.total.amount.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(target)
    }
}

/// The month day by day, added up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthChart {
    /// What is drawn.
    pub figure: FigureKey,
    /// The days up to the mail's: day, sum since the first, whether it is a working day.
    pub days: Vec<(NaiveDate, Decimal, bool)>,
    /// The last day of the month.
    pub last: NaiveDate,
    /// Working days of the whole month.
    pub working_days: u32,
    /// The target of the month.
    pub target: Option<Decimal>,
}

/// Lines without a cost: counted, named, and outside the per cent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uncosted {
    /// How many.
    pub lines: i64,
    /// Their net amount.
    pub net: Decimal,
    /// The first of them: "RE-4711 Pos. 2 Dienstleistung Technik".
    pub named: Vec<String>,
}

/// What is to be looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exceptions {
    /// The most urgent.
    pub named: Vec<Exception>,
    /// So many more were found.
    pub more: i64,
}

/// One thing to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// Which rule found it.
    pub rule: Rule,
    /// Its number.
    pub reference: String,
    /// The customer.
    pub partner: Option<String>,
    /// What it is worth, and in which currency.
    pub amount: Option<(Decimal, String)>,
    /// Where it can be opened.
    pub link: Option<String>,
}

/// The rules of "Bitte ansehen", with what each has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Mails that failed or of which nobody knows.
    Mails {
        /// How many.
        count: i64,
    },
    /// An escalation reached its last stage.
    LastStage {
        /// The key of its type.
        kind: String,
        /// When it was due.
        due: NaiveDate,
    },
    /// The last day to give notice.
    Notice {
        /// That day.
        until: NaiveDate,
    },
    /// An order or invoice under the threshold.
    LowMargin {
        /// order or invoice.
        kind: String,
        /// Its margin in per cent.
        percent: Decimal,
    },
    /// An offer was lost.
    Lost,
    /// A ticket over its limit.
    Ticket {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// The largest order.
    Largest,
}

/// Money that lies around.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lying {
    /// Delivery notes not invoiced, net.
    pub unbilled: Pile,
    /// Of them those of more than fourteen days.
    pub unbilled_old: Pile,
    /// Open items overdue, gross.
    pub overdue: Pile,
    /// Of them those of more than sixty days.
    pub overdue_old: Pile,
    /// Contracts whose date of billing has passed, net.
    pub contracts: Pile,
}

/// How many, how much, since when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pile {
    /// How many.
    pub count: i64,
    /// In the currency of the report.
    pub amount: Decimal,
    /// In others, by currency.
    pub others: Vec<(String, Decimal)>,
    /// The oldest.
    pub oldest: Option<NaiveDate>,
}

/// The next working day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tomorrow {
    /// That day.
    pub day: NaiveDate,
    /// How many are away; nobody's name, no reason.
    pub away: i64,
    /// Promises and follow-ups that are big, contracts to cancel, birthdays.
    pub dates: Vec<Date>,
    /// So many more.
    pub more: i64,
}

/// Something that is on the next working day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Date {
    /// What it is.
    pub kind: DateKind,
    /// When.
    pub day: NaiveDate,
    /// Number of the document or contract; of a birthday the name.
    pub reference: String,
    /// The customer.
    pub partner: Option<String>,
    /// What it is worth, and in which currency.
    pub amount: Option<(Decimal, String)>,
}

/// What is on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateKind {
    /// An order was promised for it.
    Delivery,
    /// A big offer is to be followed up.
    FollowUp,
    /// The last day to give notice of a contract.
    Notice,
    /// Somebody's birthday who agreed that it is told.
    Birthday,
}

/// What happened to days that were told of before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Corrections {
    /// The first of them.
    pub named: Vec<Correction>,
    /// So many were booked late, with their net amount in the currency of the report.
    pub late: (i64, Decimal),
    /// So many were changed, with the difference.
    pub changed: (i64, Decimal),
    /// So many were voided, with what they take away (not negative).
    pub voided: (i64, Decimal),
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// What happened.
    pub what: CorrectionKind,
    /// offer, order, delivery_note, invoice, credit_note.
    pub kind: String,
    /// Its number.
    pub reference: String,
    /// The customer.
    pub partner: Option<String>,
    /// The day it counts for.
    pub day: NaiveDate,
    /// Net as it was told, where it was.
    pub before: Option<Decimal>,
    /// Net as it is now.
    pub after: Option<Decimal>,
    /// ISO 4217.
    pub currency: String,
}

/// What happened to a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorrectionKind {
    /// It was booked after the mail of its day.
    Late,
    /// Amount, cost, currency or date are others.
    Changed,
    /// It does not count any more.
    Voided,
}

/// All counts of the day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extended {
    /// By name of the count, in the order of the mail.
    pub counts: Vec<Count>,
    /// By company, department, field rep and, where the house has agreed, employee.
    pub groups: Vec<Group>,
}

/// One count: how many, how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// Its key in the words of the report: "tickets_opened".
    pub name: &'static str,
    /// How many.
    pub count: i64,
    /// Net, where it has one.
    pub amount: Option<Decimal>,
    /// Margin, where it has one.
    pub margin: Option<Decimal>,
}

/// A table of the extended mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// company, department, field_rep, employee.
    pub by: &'static str,
    /// Name, then its figures of the day.
    pub rows: Vec<(String, Vec<(FigureKey, Amount)>)>,
    /// Groups that are too small to be shown stand together in a row "others" (none: there are none, or only the sum may be shown).
    pub folded: bool,
}
