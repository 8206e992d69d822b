//! The part of a command's help that says which columns its file may have; made from the register itself, so that it
//! cannot differ from what is read.

use super::register::{Cell, Column, Need, Register};

/// The columns of a register's file, one a line: key, German heading, what the cells hold, meaning.
pub fn columns_help(register: &Register) -> String {
    let width = register.columns.iter().map(|column| column.key.len()).max().unwrap_or(0);
    let heading = |column: &Column| column.headings.first().copied().unwrap_or_default();
    let wide = register.columns.iter().map(|column| heading(column).chars().count()).max().unwrap_or(0);
    let mut text = String::from("Columns (English or German heading; * always needed, + needed for a new one):\n");
    for column in register.columns {
        let mark = match column.need {
            Need::Key => '*',
            Need::New => '+',
            Need::KeyIfAny | Need::Optional => ' ',
        };
        let line =
            format!(" {mark} {:width$}  {:wide$}  {}{}", column.key, heading(column), column.help, cells(column));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push_str(
        "\nCase, umlauts, spaces and punctuation of a heading do not count. Days are 30.11.2026 or 2026-11-30, with a \
         time if there is one.\n\
         Only the columns that the file has are written; an empty cell empties the value where it may be empty.\n\
         Another heading is named with --map \"Kd-Nr=number\"; --map \"Kd-Nr=\" leaves a column out. For files that come \
         every night a profile in the configuration says all of this once: --profile NAME.",
    );
    text
}

fn cells(column: &Column) -> String {
    match column.cell {
        Cell::OneOf(words) => format!(" ({})", words.office().join(", ")),
        Cell::YesNo => " (ja, nein)".to_owned(),
        Cell::Month => " (2026-11, 11/2026)".to_owned(),
        Cell::Start => " (a day means its 00:00)".to_owned(),
        Cell::Promise => " (a day means its 24:00)".to_owned(),
        Cell::Weekdays => " (Mo-Do; Mo,Di,Do; 1111000)".to_owned(),
        Cell::Channels => " (mail; sms; mail,sms)".to_owned(),
        _ => String::new(),
    }
}
