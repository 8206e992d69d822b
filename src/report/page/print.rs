//! The evening on standard output or in a file, in the format that was asked for.

use super::html::page;
use super::sheets::Sheets;
use super::terminal;
use crate::error::Result;
use crate::output::{Format, Printer};
use crate::report::evening::Evening;
use crate::settings::Settings;
use crate::template::Templates;

/// Prints it: at a terminal tables with bars, as `html` a page, as `xlsx` a sheet for each table, as `json` an object, and
/// in the formats that have room for one table the figures.
///
/// Errors: of kind `Config` if a template fails, and what the stream says.
pub fn print(printer: &Printer, settings: &Settings, evening: &Evening) -> Result<()> {
    let (format, language) = (printer.format(), printer.language());
    let sheets = Sheets { settings, language, evening, for_people: format.is_for_people() };
    match format {
        Format::Table => printer.data(&terminal::text(&sheets, printer.width(), printer.has_color())),
        Format::Html => {
            let templates = Templates::load(settings.mail.templates.as_deref())?;
            printer.data(&page(&templates, settings, language, evening)?)
        }
        Format::Xlsx => sheets.all().iter().try_for_each(|sheet| {
            let mut rows = printer.rows(&sheet.title, &sheet.table.columns)?;
            for row in &sheet.table.rows {
                rows.push(row)?;
            }
            rows.finish()
        }),
        _ => printer.page(&sheets),
    }
}
