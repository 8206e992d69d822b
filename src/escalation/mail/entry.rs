//! What the engine hands over: who gets the mail, and for each item the facts and the part this person has in it.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;

use crate::outbox::settings::AddressForm;
use crate::template::Language;

/// What is the same for every mail of a run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The company as it calls itself.
    pub company: String,
    /// Du or Sie, in languages that tell them apart.
    pub address_form: AddressForm,
    /// Where days begin and end.
    pub zone: Tz,
}

/// The person or mailbox one mail goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// As it is printed; empty for a bare mailbox.
    pub name: String,
    /// The mail address.
    pub address: String,
    /// What the mail is written in.
    pub language: Language,
}

/// Why somebody hears of an item; decides what the mail asks of him or her.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Bearbeiter
    Handler,
    /// ADM
    FieldRep,
    /// IDM
    InsideRep,
    /// Vorgesetzter of the person whose turn it is
    Supervisor,
    /// Geschäftsleitung
    CompanyHead,
    /// Abteilungsleitung
    DepartmentHead,
    /// everybody in the department
    Department,
    /// the team, or colleagues of the handler
    Team,
    /// nobody else could be reached
    Fallback,
    /// named in the configuration
    Other,
}

impl Role {
    /// Hears of an item because of others, so that their names are what to sort by.
    pub fn leads(self) -> bool {
        matches!(self, Role::Supervisor | Role::CompanyHead | Role::DepartmentHead)
    }
}

/// Where in its chain the item stands with this mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Stage 1, 2 or 3.
    Stage(u8),
    /// The advance notice configured for so many days before the due day. What is printed are the days really left.
    Announce(u16),
    /// The last stage (first field) once more, for the n-th time (second field).
    Repeat(u8, u32),
}

impl Step {
    /// 1 to 3, 0 for an advance notice: what bundles are ordered by, highest first.
    pub fn level(self) -> u8 {
        match self {
            Step::Stage(stage) | Step::Repeat(stage, _) => stage,
            Step::Announce(_) => 0,
        }
    }
}

/// One item as one recipient hears of it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// As in the configuration: "offer-follow-up". Decides the words; an unknown one gets general words.
    pub type_key: String,
    /// The seed's "Bereich", in the recipient's language: "Angebote: Wiedervorlage".
    pub area: String,
    /// The office's number of the item.
    pub reference: String,
    /// The seed's "Beschreibung"; of a birthday the person's name.
    pub title: String,
    /// Stage, advance notice or repetition.
    pub step: Step,
    /// The due instant the stages are counted from, offset included.
    pub due_at: DateTime<Utc>,
    /// The due column is a promise: local 00:00 means the day before (DESIGN.md §3).
    pub due_is_promise: bool,
    /// Real seconds since it became due.
    pub overdue_seconds: i64,
    /// Real seconds since the step before, without one since it became due.
    pub since_last_seconds: i64,
    /// Working seconds since it became due.
    pub working_seconds: i64,
    /// Customer, prospect or supplier; empty if the item has none.
    pub partner_name: String,
    /// To call about it; empty if unknown.
    pub phone: String,
    /// To write about it; empty if unknown.
    pub email: String,
    /// Postal address on one line; empty if unknown.
    pub address: String,
    /// Name of the field rep; empty if there is none.
    pub adm: String,
    /// Name of the inside rep; empty if there is none.
    pub idm: String,
    /// Names of those who handle it; empty if nobody does.
    pub handler: String,
    /// Whose turn it is: what a supervisor's mail names and groups by. Empty = handler, else adm, else idm.
    pub responsible: String,
    /// What it is about in money, in `currency`.
    pub amount: Option<Decimal>,
    /// ISO 4217 code; only looked at with an amount.
    pub currency: String,
    /// Opens the item in the ERP; only http and https become a button.
    pub link: Option<String>,
    /// How often the due date was moved.
    pub moved: u32,
    /// Names of the others who got this step.
    pub also_to: Vec<String>,
    /// This recipient's part in it.
    pub role: Role,
    /// The recipient stands in for this absent person, whose part it is.
    pub deputy_for: Option<String>,
    /// The person whose place the recipient takes, who has left or has no usable address.
    pub replaces: Option<String>,
    /// Who was written to before and refused the mail, with the answer of the server.
    pub refused: Option<String>,
}

impl Entry {
    /// Whose turn it is, or "".
    pub fn whose_turn(&self) -> &str {
        [&self.responsible, &self.handler, &self.adm, &self.idm]
            .into_iter()
            .map(|name| name.trim())
            .find(|name| !name.is_empty())
            .unwrap_or("")
    }
}
