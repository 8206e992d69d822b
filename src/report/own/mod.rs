//! Reports of the house's own: a `.sql` file with a TOML head in its first comment. Those that come with the program are such
//! files too.
//!
//! The way of a file: [`folder`] (which files there are) → [`head`] (what it says of itself) → [`scan`] (where its
//! parameters stand in the statement) → [`parameter`] (what somebody asks for) → [`run`] (its rows, by [`crate::query`]:
//! read-only, one snapshot, under a time limit). Parameters never become part of the statement's text: they are settings of
//! the transaction, which the statement reads.

mod built_in;
pub mod check;
pub mod folder;
pub mod head;
pub mod mail;
pub mod parameter;
mod run;
mod scan;

use crate::error::{Error, Result};
use crate::outbox::channels::Channels;
use crate::query::{Form, Statement};

pub use head::{Head, SentAs};
pub use parameter::{Kind, Parameter, Value};
pub use run::{Collected, Limits, Run};

/// How a report is written, for the help.
pub const HELP: &str = "\
A report of the house, reports/umsatz-je-kunde.sql:
  /* wvl
  title = \"Umsatz je Kunde\"
  counts_by = \"Belegdatum\"              # which date counts; stands with the title
  description = \"Rechnungen je Kunde\"
  to = \"company-head;mail:x@firma.de\"    # who gets it with --send
  formats = [\"mail\", \"xlsx\"]            # mail, xlsx, csv, csv-de
  money = [\"Umsatz\"]                    # columns that are amounts: written with their cents
  send_if_empty = false
  timeout_seconds = 120                  # else report.timeout_seconds
  per_person = false                     # true: only if report.privacy.per_person says so
  [parameter.from]                       # :from in the statement
  type = \"day\"
  default = \"monatsanfang\"               # without one it must be said; \"\" is NULL
  label = \"Von\"
  [parameter.to]
  type = \"day\"
  default = \"heute\"
  */
  SELECT p.name AS \"Kunde\", sum(d.net_amount) AS \"Umsatz\"
  FROM documents d JOIN partners p ON p.id = d.partner_id
  WHERE d.kind = 'invoice' AND d.status <> 'void' AND d.document_date BETWEEN :from AND :to
  GROUP BY 1 ORDER BY 2 DESC

Types of parameters: day (one called to, or with a name that ends in _to, is the last day of what is said), month, instant,
text, number, integer, flag, choice (with values = [\"a\", \"b\"]), customer, employee, department, company, product. A record
is named by its number, a department or company by its name; employee is the personnel number. In the statement wvl.as_of()
is now, and current_setting('wvl.per_person') is on where the house has agreed to figures of single persons.
A report of the same name as one that comes with wvl stands for it if it says override = true.";

/// A text longer than this is no report that somebody wrote.
pub const LONGEST: u64 = 1024 * 1024;

/// A report as its file describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// What it says of itself.
    pub head: Head,
    /// The file's name as the user knows it; of one that comes with the program its name.
    pub file: String,
    /// Whether it comes with the program.
    pub is_built_in: bool,
    /// The statement, its parameters read from settings.
    statement: Statement,
    /// The parameters that the statement names.
    used: Vec<String>,
}

impl Own {
    /// Reads a report. `name` is the one that its file has, `file` how messages call that.
    ///
    /// Errors: [`crate::error::Kind::Config`] for a head that is wrong; usage errors for a statement that is none, or that
    /// names a parameter which the head does not describe.
    pub fn read(name: &str, file: &str, text: &str, channels: &Channels) -> Result<Own> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let (head, end) = Head::read(name, file, text, channels)?;
        let bound = scan::bind(file, text, end, &head.parameters)?;
        let read = Statement::read(&bound.text).map_err(|error| in_file(file, error))?;
        if read.form != Form::Rows {
            return Err(Error::usage(format!("{file}: a report is one SELECT")));
        }
        let statement = Statement { origin: Some(bound.origin), ..read };
        Ok(Own { head, file: file.to_owned(), is_built_in: false, statement, used: bound.used })
    }

    /// The whole file.
    pub fn text(&self) -> &str {
        self.statement.origin.as_ref().map_or("", |origin| origin.text.as_str())
    }

    /// What is allowed and probably not meant.
    pub fn warnings(&self) -> Vec<String> {
        let unused = self.head.parameters.iter().filter(|parameter| !self.used.contains(&parameter.name));
        unused.map(|parameter| format!("{}: nothing in it asks for :{}", self.file, parameter.name)).collect()
    }

    /// The parameter of this name; the error knows what was meant.
    pub fn parameter(&self, name: &str) -> Result<&Parameter> {
        let folded = name.replace('-', "_");
        let found = self.head.parameters.iter().find(|parameter| parameter.name == folded);
        found.ok_or_else(|| {
            let names: Vec<&str> = self.head.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
            let error = Error::usage(format!("report {} has no parameter {name}", self.head.name));
            match (crate::config::nearest(&folded, names.iter().copied()), names.is_empty()) {
                (Some(near), _) => error.hint(format!("did you mean {near}?")),
                (None, false) => error.hint(format!("its parameters: {}", names.join(", "))),
                (None, true) => error.hint("it takes none"),
            }
        })
    }
}

/// The same error, saying in which file.
fn in_file(file: &str, error: Error) -> Error {
    let mut told = Error::new(error.kind(), format!("{file}: {error}"));
    for hint in error.hints() {
        told = told.hint(hint.as_str());
    }
    told.caused_by(error)
}
