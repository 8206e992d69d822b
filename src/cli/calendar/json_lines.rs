//! `--jsonl`: each line of standard input is answered on a line of standard output.

use std::io::{self, BufRead, BufReader, Write};
use std::num::NonZero;
use std::thread::available_parallelism;

use chrono_tz::Tz;
use wvl::calendar::batch::{Lines, Question};
use wvl::error::{Error, Kind, Result};

use crate::cli::Context;

/// Read at once, if there is as much: what a block costs besides its lines is then nothing beside them.
const BLOCK: usize = 1024 * 1024;
/// Reading and writing is done by one thread; beyond these the others would wait for it.
const MOST_THREADS: usize = 8;

/// Answers all lines. The first wrong one ends the run as bad data, after the lines before it were answered; empty
/// lines are passed over.
pub fn answer(context: &mut Context, question: Question, zone: Tz) -> Result<()> {
    let threads = available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let mut lines = Lines::new(question, zone, threads.min(NonZero::new(MOST_THREADS).unwrap_or(threads)));
    let mut input = BufReader::with_capacity(BLOCK, io::stdin().lock());
    let mut outcome = Ok(());
    if context.global.output.is_some() {
        // a file is complete or not there at all
        let mut answers = Vec::new();
        answer_lines(&mut lines, &mut input, &mut answers, &mut outcome)
            .map_err(|error| Error::new(Kind::Failed, "cannot collect the answers").caused_by(error))?;
        return outcome.and_then(|()| context.printer.data(&String::from_utf8_lossy(&answers)));
    }
    context.printer.stream(|out| answer_lines(&mut lines, &mut input, out, &mut outcome))?;
    outcome
}

/// The result is that of writing; what is wrong with the input goes to `outcome`.
fn answer_lines(
    lines: &mut Lines,
    input: &mut impl BufRead,
    out: &mut dyn Write,
    outcome: &mut Result<()>,
) -> io::Result<()> {
    // lines that are there as a whole, after these the beginning of one that is not
    let mut block = Vec::new();
    let mut answers = Vec::new();
    loop {
        let read = match input.fill_buf() {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                *outcome = Err(unreadable(lines.next_number(), error));
                return Ok(());
            }
        };
        let length = read.len();
        let (ending, beginning) = match read.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => read.split_at(end + 1),
            // without any end there is nothing to answer, but what is left at the end of the input is a line
            None => (&read[..0], read),
        };
        if !ending.is_empty() || length == 0 {
            block.extend_from_slice(ending);
            let answered = lines.answer(&block, &mut answers);
            // at once: an asker may wait for each answer
            out.write_all(&answers)?;
            out.flush()?;
            if let Err(wrong) = answered {
                *outcome = Err(Error::data(format!("line {}: {}", wrong.number, wrong.message)));
            }
            if length == 0 || outcome.is_err() {
                return Ok(());
            }
            block.clear();
            answers.clear();
        }
        block.extend_from_slice(beginning);
        input.consume(length);
    }
}

fn unreadable(number: u64, error: io::Error) -> Error {
    Error::new(Kind::Temporary, format!("cannot read line {number} of standard input")).caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"start":"2027-01-31","every":"1m","count":1}"#;

    fn answered(input: impl BufRead) -> (String, Result<()>) {
        let mut input = input;
        let mut out = Vec::new();
        let mut outcome = Ok(());
        let mut lines = Lines::new(Question::Recur, chrono_tz::Europe::Berlin, NonZero::new(2).unwrap());
        answer_lines(&mut lines, &mut input, &mut out, &mut outcome).unwrap();
        (String::from_utf8(out).unwrap(), outcome)
    }

    #[test]
    fn good_lines_before_a_bad_one_are_answered_and_its_number_is_named() {
        let input = format!("{GOOD}\n\n{GOOD}\r\n{{\n{GOOD}\n");
        // whatever a read brings
        for size in [1, 7, 64, 4096] {
            let (out, outcome) = answered(BufReader::with_capacity(size, input.as_bytes()));
            assert_eq!(out.lines().count(), 2);
            let error = outcome.unwrap_err();
            assert_eq!(error.kind(), Kind::Data);
            assert!(error.to_string().starts_with("line 4: "), "{error}");
        }
    }

    #[test]
    fn the_last_line_needs_no_end() {
        let (out, outcome) = answered(GOOD.as_bytes());
        assert!(outcome.is_ok());
        assert_eq!(out, "{\"start\":\"2027-01-31\",\"every\":\"1m\",\"count\":1,\"dates\":[\"2027-01-31\"]}\n");
    }

    #[test]
    fn what_is_no_utf_8_is_bad_data() {
        let (_, outcome) = answered(&b"{\"start\":\"\xff\"}\n"[..]);
        let error = outcome.unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (Kind::Data, "line 1: not valid UTF-8"));
    }

    /// An asker that writes a line, waits for its answer, and then breaks off.
    struct Asker(u8);

    impl io::Read for Asker {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            match self.0 {
                1 => Err(io::ErrorKind::Interrupted.into()),
                2 => (&GOOD.as_bytes()[..9]).read(buffer),
                3 => format!("{}\n{{\"half", &GOOD[9..]).as_bytes().read(buffer),
                _ => Err(io::ErrorKind::ConnectionReset.into()),
            }
        }
    }

    #[test]
    fn a_read_that_fails_is_named_by_its_line_after_the_answers_so_far() {
        let (out, outcome) = answered(BufReader::new(Asker(0)));
        assert_eq!(out.lines().count(), 1);
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), Kind::Temporary);
        assert!(error.to_string().starts_with("cannot read line 2 "), "{error}");
    }
}
