//! `--jsonl`: each line of standard input is answered on a line of standard output.

use std::io::{self, BufRead, BufReader, Write};

use chrono_tz::Tz;
use wvl::calendar::batch::{Batch, Question};
use wvl::error::{Error, Kind, Result};

use crate::cli::Context;

/// Answers all lines. The first wrong one ends the run as bad data, after the lines before it were answered; empty
/// lines are passed over.
pub fn answer(context: &mut Context, question: Question, zone: Tz) -> Result<()> {
    let mut input = BufReader::with_capacity(64 * 1024, io::stdin().lock());
    let mut outcome = Ok(());
    if context.global.output.is_some() {
        // a file is complete or not there at all
        let mut answers = Vec::new();
        answer_lines(&mut Batch::new(zone), question, &mut input, &mut answers, &mut outcome)
            .map_err(|error| Error::new(Kind::Failed, "cannot collect the answers").caused_by(error))?;
        return outcome.and_then(|()| context.printer.data(&String::from_utf8_lossy(&answers)));
    }
    context.printer.stream(|out| answer_lines(&mut Batch::new(zone), question, &mut input, out, &mut outcome))?;
    outcome
}

/// The result is that of writing; what is wrong with the input goes to `outcome`.
fn answer_lines(
    batch: &mut Batch,
    question: Question,
    input: &mut BufReader<impl io::Read>,
    out: &mut dyn Write,
    outcome: &mut Result<()>,
) -> io::Result<()> {
    let mut line = String::new();
    for number in 1_u64.. {
        // an asker that waits for each answer gets it
        if input.buffer().is_empty() {
            out.flush()?;
        }
        line.clear();
        match input.read_line(&mut line) {
            Ok(0) => break,
            Ok(_) if line.trim().is_empty() => continue,
            Ok(_) => {}
            Err(error) => {
                *outcome = Err(unreadable(number, error));
                break;
            }
        }
        match batch.answer(question, &line) {
            Ok(answer) => writeln!(out, "{answer}")?,
            Err(message) => {
                *outcome = Err(Error::data(format!("line {number}: {message}")));
                break;
            }
        }
    }
    Ok(())
}

fn unreadable(number: u64, error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::InvalidData => Error::data(format!("line {number}: not valid UTF-8")),
        _ => Error::new(Kind::Temporary, format!("cannot read line {number} of standard input")).caused_by(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(input: &[u8]) -> (String, Result<()>) {
        let mut out = Vec::new();
        let mut outcome = Ok(());
        let mut batch = Batch::new(chrono_tz::Europe::Berlin);
        answer_lines(&mut batch, Question::Recur, &mut BufReader::new(input), &mut out, &mut outcome).unwrap();
        (String::from_utf8(out).unwrap(), outcome)
    }

    #[test]
    fn good_lines_before_a_bad_one_are_answered_and_its_number_is_named() {
        let good = r#"{"start":"2027-01-31","every":"1m","count":1}"#;
        let (out, outcome) = answered(format!("{good}\n\n{good}\r\n{{\n{good}\n").as_bytes());
        assert_eq!(out.lines().count(), 2);
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), Kind::Data);
        assert!(error.to_string().starts_with("line 4: "), "{error}");
    }

    #[test]
    fn the_last_line_needs_no_end() {
        let (out, outcome) = answered(br#"{"start":"2027-01-31","every":"1m","count":1}"#);
        assert!(outcome.is_ok());
        assert_eq!(out, "{\"start\":\"2027-01-31\",\"every\":\"1m\",\"count\":1,\"dates\":[\"2027-01-31\"]}\n");
    }

    #[test]
    fn what_is_no_utf_8_is_bad_data() {
        let (_, outcome) = answered(b"{\"start\":\"\xff\"}\n");
        assert_eq!(outcome.unwrap_err().kind(), Kind::Data);
    }
}
