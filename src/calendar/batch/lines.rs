//! Many lines at once: a block of them is shared out among threads, and the answers come back in the order of the lines.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::thread;

use chrono_tz::Tz;

use super::{Batch, Question};

/// A thread must have so many bytes to work on that starting it is worth while.
const SMALLEST_PART: usize = 16 * 1024;

/// Answers blocks of lines, several parts of each at a time.
pub struct Lines {
    question: Question,
    workers: Vec<Worker>,
    /// Lines in the blocks so far.
    passed: u64,
}

/// The first line that could not be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongLine {
    /// Its number in the whole input, from 1.
    pub number: u64,
    /// What is wrong with it.
    pub message: String,
}

impl Lines {
    /// Answers this question with so many threads; lines that name no zone mean this one.
    pub fn new(question: Question, zone: Tz, threads: NonZero<usize>) -> Lines {
        let worker = || Worker { batch: Batch::new(zone), answers: Vec::new() };
        Lines { question, workers: (0..threads.get()).map(|_| worker()).collect(), passed: 0 }
    }

    /// The number of the line after the blocks so far.
    pub fn next_number(&self) -> u64 {
        self.passed + 1
    }

    /// Writes the answers to the lines of a block, which must end where a line does. Empty lines are passed over. A wrong
    /// line ends it: the lines before it have been answered, those after it have not.
    pub fn answer(&mut self, block: &[u8], out: &mut Vec<u8>) -> Result<(), WrongLine> {
        let question = self.question;
        let count = (block.len() / SMALLEST_PART).clamp(1, self.workers.len());
        let outcomes: Vec<Result<u64, WrongLine>> = thread::scope(|scope| {
            let mut parts = self.workers.iter_mut().zip(cut_at_line_ends(block, count));
            let own_part = parts.next();
            let threads: Vec<_> =
                parts.map(|(worker, part)| scope.spawn(move || worker.answer(question, part))).collect();
            let own = own_part.map(|(worker, part)| worker.answer(question, part));
            let others = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
            own.into_iter().chain(others).collect()
        });
        for (worker, outcome) in self.workers.iter().zip(outcomes) {
            out.extend_from_slice(&worker.answers);
            match outcome {
                Ok(lines) => self.passed += lines,
                Err(wrong) => return Err(WrongLine { number: self.passed + wrong.number, ..wrong }),
            }
        }
        Ok(())
    }
}

/// What one thread works with, kept from block to block.
struct Worker {
    batch: Batch,
    answers: Vec<u8>,
}

impl Worker {
    /// The number of lines in the part, or the first wrong one, counted from the part's beginning.
    fn answer(&mut self, question: Question, part: &[u8]) -> Result<u64, WrongLine> {
        self.answers.clear();
        let text = str::from_utf8(part).unwrap_or_else(|_| complete_lines(part));
        let mut number = 0;
        for line in text.lines() {
            number += 1;
            if !line.trim().is_empty() {
                let answered = self.batch.answer(question, line, &mut self.answers);
                answered.map_err(|message| WrongLine { number, message })?;
                self.answers.push(b'\n');
            }
        }
        if text.len() < part.len() {
            return Err(WrongLine { number: number + 1, message: "not valid UTF-8".to_owned() });
        }
        Ok(number)
    }
}

/// The lines before the first one that is not UTF-8.
fn complete_lines(part: &[u8]) -> &str {
    let valid = part.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    &valid[..valid.rfind('\n').map_or(0, |end| end + 1)]
}

/// So many parts of about the same size, each of which begins where a line does; the last ones may be empty.
fn cut_at_line_ends(block: &[u8], count: usize) -> impl Iterator<Item = &[u8]> {
    let mut rest = block;
    (1..=count).rev().map(move |left| {
        let about = rest.len() / left;
        let line_end = rest[about..].iter().position(|byte| *byte == b'\n');
        let (part, later) = rest.split_at(line_end.map_or(rest.len(), |end| about + end + 1));
        rest = later;
        part
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"start":"2027-01-31","every":"1m","count":1}"#;
    const ANSWER: &str = "{\"start\":\"2027-01-31\",\"every\":\"1m\",\"count\":1,\"dates\":[\"2027-01-31\"]}\n";

    fn lines(threads: usize) -> Lines {
        Lines::new(Question::Recur, chrono_tz::Europe::Berlin, NonZero::new(threads).unwrap())
    }

    fn answered(threads: usize, block: &[u8]) -> (String, Result<(), WrongLine>) {
        let mut out = Vec::new();
        let outcome = lines(threads).answer(block, &mut out);
        (String::from_utf8(out).unwrap(), outcome)
    }

    /// Enough lines for several threads, each with a number that comes back.
    fn many(count: usize) -> String {
        (0..count).map(|id| format!("{{\"id\":{id},{}\n", &GOOD[1..])).collect()
    }

    #[test]
    fn the_answers_of_all_threads_come_in_the_order_of_the_lines() {
        let block = many(5_000);
        let (alone, outcome) = answered(1, block.as_bytes());
        assert!(outcome.is_ok());
        assert_eq!(alone.lines().count(), 5_000);
        assert!(alone.lines().last().unwrap().starts_with("{\"id\":4999,"));
        for threads in [2, 3, 16] {
            assert_eq!(answered(threads, block.as_bytes()), (alone.clone(), Ok(())));
        }
    }

    #[test]
    fn the_first_wrong_line_of_all_is_named_whichever_thread_found_it() {
        for wrong in [17, 2_499, 2_501, 4_999] {
            let mut block: Vec<String> = many(5_000).lines().map(str::to_owned).collect();
            block[wrong] = "{".to_owned();
            block[4_999] = "[".to_owned();
            for threads in [1, 2, 3] {
                let (out, outcome) = answered(threads, block.join("\n").as_bytes());
                assert_eq!(out.lines().count(), wrong);
                assert_eq!(outcome.unwrap_err().number, wrong as u64 + 1);
            }
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_named_by_their_line() {
        for threads in [1, 2, 3] {
            let mut block = many(3_000).into_bytes();
            block.extend_from_slice(format!("\n{GOOD}\n{{\"start\":\"").as_bytes());
            block.extend_from_slice(b"\xff\"}\n{\n");
            let (out, outcome) = answered(threads, &block);
            assert_eq!(out.lines().count(), 3_001);
            assert_eq!(outcome, Err(WrongLine { number: 3_003, message: "not valid UTF-8".to_owned() }));
        }
    }

    #[test]
    fn numbers_go_on_from_block_to_block() {
        let mut lines = lines(2);
        let mut out = Vec::new();
        lines.answer(many(1_000).as_bytes(), &mut out).unwrap();
        lines.answer(format!("\r\n \n{GOOD}\r\n").as_bytes(), &mut out).unwrap();
        assert_eq!(lines.next_number(), 1_004);
        assert!(String::from_utf8(out).unwrap().ends_with(ANSWER));
        assert_eq!(lines.answer(b"{}\n", &mut Vec::new()).unwrap_err().number, 1_004);
    }

    #[test]
    fn a_line_longer_than_all_parts_is_one_line() {
        let huge = format!("{{\"note\":\"{}\",{}\n", "ü".repeat(100_000), &GOOD[1..]);
        let (out, outcome) = answered(3, format!("{huge}{GOOD}\n{huge}{{").as_bytes());
        assert_eq!(outcome.unwrap_err().number, 4);
        assert_eq!(out.lines().count(), 3);
        assert_eq!(answered(3, b""), (String::new(), Ok(())));
    }
}
