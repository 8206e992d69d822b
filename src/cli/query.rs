//! `wvl query`: somebody's own SQL.

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use wvl::error::{Error, Kind, Result};
use wvl::output::{Column, Rows};
use wvl::query::{Ask, Statement};

use super::{Context, registers};

/// A longer text is no statement that somebody wrote.
const LONGEST: u64 = 1024 * 1024;

/// Run one statement of SQL that reads, and print its rows in any format
///
/// Nothing can be written: the transaction is read-only, for functions too. The views v_… keep their names and columns;
/// \d v_overdue in wvl db psql describes one. An instant has its day in the company's time zone, and wvl.as_of() is
/// now.
#[derive(Debug, clap::Args)]
#[command(
    verbatim_doc_comment,
    arg_required_else_help = true,
    after_help = "Examples:\n  wvl query \"SELECT * FROM v_overdue WHERE stage >= 2\"\n  wvl query month.sql -o month.csv\n  \
                  wvl query - --timeout 10m < month.sql"
)]
pub struct Args {
    /// The statement, a file that holds it, or - for standard input
    #[arg(value_name = "SQL|FILE")]
    sql: String,
    /// How long the server may work on it: 60s, 10m, 1h [default: database.query_timeout_seconds]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    timeout: Option<Duration>,
    /// Exit with 4 if there are no rows
    #[arg(long)]
    fail_empty: bool,
}

/// Runs it.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let statement = Statement::read(&text(&args.sql)?)?;
    let (limit, sort) = (context.global.limit, context.global.sort.clone());
    if let Some(limit) = limit.filter(|limit| *limit < 0) {
        return Err(Error::usage(format!("--limit {limit} is less than nothing")));
    }
    let when = registers::when(context)?;
    let usual = Duration::from_secs(context.settings()?.database.query_timeout_seconds);
    let columns = context.global.columns.clone();
    let ask = Ask { columns, limit, sort, ..Ask::new(statement, args.timeout.unwrap_or(usual), when) };

    let (connection, printer) = context.connection_and_printer()?;
    let mut waiting = Some(printer.counting("Abfrage"));
    let mut printed = 0;
    let mut rows: Option<Rows<'_>> = None;
    let count = wvl::query::run(connection, &ask, |columns: &[Column], fetched| {
        if printer.to_terminal() {
            // what is printed takes its place
            waiting = None;
        }
        printed += fetched.len() as u64;
        waiting.iter().for_each(|waiting| waiting.count(printed));
        let mut open = rows.take().map_or_else(|| printer.rows("Abfrage", columns), Ok)?;
        for row in &fetched {
            if !open.push(row)? {
                return Ok(false);
            }
        }
        rows = Some(open);
        Ok(true)
    })?;
    drop(waiting);
    rows.map_or(Ok(()), Rows::finish)?;
    if count > 0 {
        return Ok(());
    }
    if args.fail_empty {
        return Err(Error::new(Kind::NotFound, "the query has no rows"));
    }
    if context.printer.to_terminal() {
        context.printer.note("nichts gefunden");
    }
    Ok(())
}

/// The statement itself, or what the file or standard input holds.
fn text(given: &str) -> Result<String> {
    let path = Path::new(given);
    let mut bytes = Vec::new();
    if given == "-" {
        std::io::stdin()
            .lock()
            .take(LONGEST + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| Error::file("read", Path::new("standard input"), error))?;
    } else if is_file_name(given) || path.is_file() {
        let file = std::fs::File::open(path).map_err(|error| Error::file("read", path, error))?;
        file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|error| Error::file("read", path, error))?;
    } else {
        return Ok(given.to_owned());
    }
    if bytes.len() as u64 > LONGEST {
        return Err(Error::data(format!("{given}: a statement of more than 1 MB")));
    }
    String::from_utf8(bytes).map_err(|error| {
        Error::data(format!("{given}: not UTF-8 from byte {} on", error.utf8_error().valid_up_to() + 1))
    })
}

/// `month.sql` is meant as a file, even if it is not there.
fn is_file_name(given: &str) -> bool {
    !given.contains(char::is_whitespace) && given.to_lowercase().ends_with(".sql")
}

fn parse_time(text: &str) -> std::result::Result<Duration, String> {
    const LONGEST_TIME: u64 = 24 * 3_600;
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let factor = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" | "min" => 60,
        "h" => 3_600,
        _ => 0,
    };
    let seconds = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
    match seconds {
        Some(seconds @ 1..=LONGEST_TIME) => Ok(Duration::from_secs(seconds)),
        _ => Err("a time between 1s and 24h, such as 60s, 10m or 1h".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit() {
        assert_eq!(parse_time("60s"), Ok(Duration::from_secs(60)));
        assert_eq!(parse_time("10m"), Ok(Duration::from_secs(600)));
        assert_eq!(parse_time("5"), Ok(Duration::from_secs(5)));
        for wrong in ["0", "", "s", "25h", "1d", "-1s", "99999999999999999999h"] {
            assert!(parse_time(wrong).is_err(), "{wrong}");
        }
    }
}
