//! The evening as a mail: subject, both parts with the same numbers, the picture of the month.

use chrono::NaiveDate;
use serde::Serialize;

use super::sheets::Sheets;
use super::view::{MOST_ROWS, Shape, View};
use crate::error::Result;
use crate::outbox::compose::{Attachment, Inline};
use crate::output::workbook;
use crate::report::chart;
use crate::report::evening::Evening;
use crate::report::words::{self, plain};
use crate::settings::Settings;
use crate::template::{Fixture, Language, Mail, Templates, clip, one_line};

/// The mail's folder among the templates.
pub const NAME: &str = "report-daily";
/// The folder of the mail that says there is none.
pub const FAILED: &str = "report-failed";

/// The picture's name in an example.
pub(in crate::report) const EXAMPLE: &str = "example";

/// Gmail hides what comes after about 102 kB of HTML (MAIL.md); this leaves room for the transfer encoding.
const HTML_LIMIT: usize = 90_000;
/// A longer reason is for the log.
const REASON: usize = 400;

/// A mail, ready to be composed for each of its readers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    /// At most 78 characters, with the figures.
    pub subject: String,
    /// The plain text part, at most 72 columns.
    pub text: String,
    /// The HTML part, under 90 kB.
    pub html: String,
    /// The picture of the HTML part.
    pub inline: Vec<Inline>,
    /// The workbook, where the house wants it or the mail has no room for all.
    pub attachments: Vec<Attachment>,
}

/// The mail about an evening, in this language.
///
/// Errors: of kind `Config` if a template fails.
pub fn mail(templates: &Templates, settings: &Settings, language: Language, evening: &Evening) -> Result<Face> {
    let words = words::of(language);
    let content_id = format!("wvl-month-{}@{}", evening.day, settings.mail.domain);
    let inline = picture(evening, &content_id)?.into_iter().collect();
    let mut most_rows = MOST_ROWS;
    let (view, mail) = loop {
        let source = format!("cid:{content_id}");
        let view = View::new(settings, words, evening, Shape { chart: &source, most_rows, has_workbook: true });
        let mail = templates.mail(NAME, language, &view)?;
        if mail.html.len() < HTML_LIMIT || most_rows == 0 {
            break (view, mail);
        }
        most_rows /= 2;
    };
    let is_wanted = settings.report.gf_daily.xlsx && evening.scope.is_none();
    let attachments = match is_wanted || view.has_more() {
        true => vec![workbook_of(settings, language, evening)?],
        false => Vec::new(),
    };
    Ok(face(mail, inline, attachments))
}

/// The month as a picture, under this name.
pub(in crate::report) fn picture(evening: &Evening, content_id: &str) -> Result<Option<Inline>> {
    let png = chart::png(&evening.core.chart)?;
    Ok(png.map(|bytes| Inline { content_id: content_id.to_owned(), content_type: "image/png".to_owned(), bytes }))
}

fn workbook_of(settings: &Settings, language: Language, evening: &Evening) -> Result<Attachment> {
    let sheets = Sheets { settings, language, evening, for_people: true };
    let tables = sheets.all();
    let bytes = workbook(tables.iter().map(|sheet| (sheet.title.as_str(), &sheet.table)), language)?;
    Ok(Attachment {
        name: format!("{}.xlsx", sheets.words().file_stem(&sheets.told())),
        content_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned(),
        bytes,
    })
}

/// What the templates of the mail see that says there is none.
#[derive(Debug, Serialize)]
struct FailedView {
    company: String,
    subject: String,
    preheader: String,
    reason: String,
    sentence: String,
    what_to_do: String,
    /// What happened, as the program says it.
    cause: String,
}

impl FailedView {
    fn new(settings: &Settings, language: Language, day: NaiveDate, cause: &str) -> FailedView {
        let words = words::of(language);
        let [subject, sentence, what_to_do] = words.failed(day);
        FailedView {
            company: one_line(&settings.company.name),
            subject: plain(&subject),
            preheader: plain(&sentence),
            reason: words.reason().to_owned(),
            sentence,
            what_to_do,
            cause: clip(&one_line(cause), REASON),
        }
    }
}

/// The mail for an evening without figures: what happened, and what to do.
///
/// Errors: of kind `Config` if a template fails.
pub fn failed_mail(
    templates: &Templates,
    settings: &Settings,
    language: Language,
    day: NaiveDate,
    reason: &str,
) -> Result<Face> {
    let view = FailedView::new(settings, language, day, reason);
    Ok(face(templates.mail(FAILED, language, &view)?, Vec::new(), Vec::new()))
}

fn face(mail: Mail, inline: Vec<Inline>, attachments: Vec<Attachment>) -> Face {
    Face { subject: plain(&mail.subject), text: plain(&mail.text), html: mail.html, inline, attachments }
}

/// An example of the mail for the check of the templates.
pub(in crate::report) fn fixture(
    settings: &Settings,
    language: Language,
    about: &'static str,
    evening: &Evening,
) -> Result<Fixture> {
    let source = format!("cid:{EXAMPLE}");
    let shape = Shape { chart: &source, most_rows: MOST_ROWS, has_workbook: true };
    Fixture::new(NAME, language, about, &View::new(settings, words::of(language), evening, shape))
}

/// An example of the mail that says there is none.
pub(in crate::report) fn failed_fixture(
    settings: &Settings,
    language: Language,
    day: NaiveDate,
    reason: &str,
) -> Result<Fixture> {
    Fixture::new(FAILED, language, "a report failed", &FailedView::new(settings, language, day, reason))
}
