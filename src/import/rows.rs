//! The rows of a CSV text (RFC 4180): cells in quotes may hold delimiters, line breaks and doubled quotes.
//!
//! Written here and not taken from a library because it must name the line on which a quote was opened that nobody
//! closed, and must not read gigabytes into one cell on the way there. A quote inside a cell that does not begin with
//! one is an ordinary character: `19" Rack`.

use super::row::{Row, Written};
use super::text::Text;
use crate::error::Result;

/// No cell is longer, bytes.
pub(super) const LONGEST_CELL: usize = 1024 * 1024;
/// No row has more cells; a table of ours has fewer by far.
const MOST_CELLS: usize = 4096;

/// Why reading stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// The text cannot be taken apart from this line on.
    Broken {
        /// The line with the cause.
        line: u64,
        /// What is wrong with it.
        message: String,
    },
    /// The source could not be read.
    Source(crate::error::Error),
}

/// Reads rows out of text.
pub(super) struct Rows {
    text: Option<Text>,
    delimiter: u8,
    buffer: Vec<u8>,
    position: usize,
    line: u64,
    written: Option<Written>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    CellStart,
    Plain,
    Quoted,
    /// After a quote inside a quoted cell: its end, or the first of two.
    Closed,
}

impl Rows {
    /// Reads `begun` (text already read) and then the rest of the source.
    pub fn new(begun: Vec<u8>, text: Option<Text>, delimiter: u8) -> Rows {
        Rows { text, delimiter, buffer: begun, position: 0, line: 1, written: None }
    }

    /// From now on the rows are also kept as they stand in the file.
    pub fn keep_written(&mut self) {
        self.written = Some(Written::default());
    }

    /// The last row as it stands in the file, if it was to be kept.
    pub fn written(&mut self) -> Option<&Written> {
        self.take_written();
        self.written.as_ref()
    }

    /// What is read.
    pub fn text(&self) -> Option<&Text> {
        self.text.as_ref()
    }

    fn take_written(&mut self) {
        if let Some(written) = &mut self.written {
            written.bytes.extend_from_slice(&self.buffer[written.from..self.position]);
            written.from = self.position;
        }
    }

    /// Whether nothing is left of what has been read so far.
    pub fn is_at_end(&self) -> bool {
        self.position == self.buffer.len()
    }

    /// How many bytes of the source have been read.
    pub fn bytes_read(&self) -> u64 {
        self.text.as_ref().map_or(0, Text::position)
    }

    /// Reads the next row that is not blank; false at the end.
    pub fn next(&mut self, row: &mut Row) -> Result<bool, Stop> {
        loop {
            if !self.next_any(row)? {
                return Ok(false);
            }
            if !row.is_blank() {
                return Ok(true);
            }
        }
    }

    fn next_any(&mut self, row: &mut Row) -> Result<bool, Stop> {
        row.clear(self.line);
        if let Some(written) = &mut self.written {
            written.bytes.clear();
            written.last_delimiter = 0;
            written.from = self.position;
        }
        let mut state = State::CellStart;
        let mut opened = self.line;
        loop {
            if self.position == self.buffer.len() && !self.fill()? {
                return match state {
                    State::Quoted => Err(never_closed(opened)),
                    State::CellStart if row.ends.is_empty() => Ok(false),
                    _ => {
                        row.ends.push(row.bytes.len());
                        Ok(true)
                    }
                };
            }
            let delimiter = self.delimiter;
            let rest = &self.buffer[self.position..];
            match state {
                State::CellStart | State::Plain => {
                    if state == State::CellStart && rest[0] == b'"' {
                        opened = self.line;
                        state = State::Quoted;
                        self.position += 1;
                        continue;
                    }
                    let end = rest.iter().position(|byte| *byte == delimiter || matches!(byte, b'\n' | b'\r'));
                    let taken = end.unwrap_or(rest.len());
                    row.bytes.extend_from_slice(&rest[..taken]);
                    self.position += taken;
                    if taken > 0 {
                        state = State::Plain;
                    }
                    check_length(row, self.line)?;
                    if end.is_some() && self.end_cell(row)? {
                        return Ok(true);
                    } else if end.is_some() {
                        state = State::CellStart;
                    }
                }
                State::Quoted => {
                    let end = rest.iter().position(|byte| *byte == b'"');
                    let taken = end.unwrap_or(rest.len());
                    self.line += rest[..taken].iter().filter(|byte| **byte == b'\n').count() as u64;
                    row.bytes.extend_from_slice(&rest[..taken]);
                    self.position += taken + usize::from(end.is_some());
                    if row.cell_length() > LONGEST_CELL {
                        return Err(never_closed(opened));
                    }
                    if end.is_some() {
                        state = State::Closed;
                    }
                }
                State::Closed => match rest[0] {
                    b'"' => {
                        row.bytes.push(b'"');
                        self.position += 1;
                        state = State::Quoted;
                    }
                    byte if byte == delimiter || matches!(byte, b'\n' | b'\r') => {
                        if self.end_cell(row)? {
                            return Ok(true);
                        }
                        state = State::CellStart;
                    }
                    b' ' => self.position += 1,
                    _ => {
                        let message = if opened == self.line {
                            "text after the closing quote of a cell (a quote inside of a cell in quotes is doubled)"
                                .to_owned()
                        } else {
                            format!("the cell whose quote opens here ends in line {} with text behind it", self.line)
                        };
                        return Err(Stop::Broken { line: opened, message });
                    }
                },
            }
        }
    }

    /// Ends a cell at a delimiter or a line break; true if the row ends too.
    fn end_cell(&mut self, row: &mut Row) -> Result<bool, Stop> {
        row.ends.push(row.bytes.len());
        if row.ends.len() > MOST_CELLS {
            return Err(Stop::Broken { line: row.line, message: format!("more than {MOST_CELLS} cells") });
        }
        let byte = self.buffer[self.position];
        self.position += 1;
        if byte == self.delimiter {
            self.take_written();
            if let Some(written) = &mut self.written {
                written.last_delimiter = written.bytes.len() - 1;
            }
            return Ok(false);
        }
        self.line += 1;
        if byte == b'\r' && (self.position < self.buffer.len() || self.fill()?) && self.buffer[self.position] == b'\n' {
            self.position += 1;
        }
        Ok(true)
    }

    fn fill(&mut self) -> Result<bool, Stop> {
        self.take_written();
        if let Some(written) = &mut self.written {
            written.from = 0;
        }
        self.buffer.clear();
        self.position = 0;
        let Some(text) = &mut self.text else { return Ok(false) };
        while self.buffer.is_empty() {
            if !text.next_chunk(&mut self.buffer).map_err(Stop::Source)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn check_length(row: &Row, line: u64) -> Result<(), Stop> {
    if row.cell_length() <= LONGEST_CELL {
        return Ok(());
    }
    Err(Stop::Broken { line, message: "a cell of more than 1 MB; is this a CSV file?".to_owned() })
}

fn never_closed(opened: u64) -> Stop {
    Stop::Broken { line: opened, message: "a quote is opened here and never closed".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Found = Vec<(u64, Vec<String>)>;

    fn read(text: &str) -> Result<Found, (u64, String)> {
        let mut rows = Rows::new(text.as_bytes().to_vec(), None, b';');
        let mut row = Row::default();
        let mut found = Vec::new();
        loop {
            match rows.next(&mut row) {
                Ok(true) => found.push((row.line, row.cells().into_iter().map(str::to_owned).collect())),
                Ok(false) => return Ok(found),
                Err(Stop::Broken { line, message }) => return Err((line, message)),
                Err(Stop::Source(error)) => panic!("{error}"),
            }
        }
    }

    fn cells(text: &str) -> Vec<Vec<String>> {
        read(text).unwrap().into_iter().map(|(_, cells)| cells).collect()
    }

    #[test]
    fn quotes_delimiters_and_line_breaks() {
        assert_eq!(cells("a;b\r\n\"c;d\";\"e \"\"f\"\"\"\n"), [["a", "b"], ["c;d", "e \"f\""]]);
        assert_eq!(cells("a;\n;b"), [["a", ""], ["", "b"]]);
        assert_eq!(cells("a\rb\r"), [["a"], ["b"]]);
        assert_eq!(cells("19\" Rack;5\"\n"), [["19\" Rack", "5\""]]);
        assert_eq!(cells("\"\";\"x\" \n"), [["", "x"]]);
        assert_eq!(cells(""), Vec::<Vec<String>>::new());
    }

    #[test]
    fn rows_know_their_line() {
        let rows = read("a;b\n\n\"c\nd\";e\n;;\nf;g").unwrap();
        let lines: Vec<_> = rows.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [1, 3, 6]);
        assert_eq!(rows[1].1, ["c\nd", "e"]);
    }

    #[test]
    fn an_open_quote_is_named_where_it_opens() {
        let mut text = "a;b\n".repeat(99_998);
        text.push_str("x;\"y\n");
        text.push_str(&"a;b\n".repeat(10));
        assert_eq!(read(&text).unwrap_err(), (99_999, "a quote is opened here and never closed".to_owned()));
        text.push_str(&"0123456789;abc\n".repeat(200_000));
        text.push_str("\";\n");
        assert_eq!(read(&text).unwrap_err().0, 99_999, "more than 1 MB in one cell");
        assert_eq!(read("a\n\"b\nc\" d\n").unwrap_err().0, 2);
    }

    #[test]
    fn a_cell_has_an_end() {
        let text = "0".repeat(LONGEST_CELL + 1);
        assert_eq!(read(&text).unwrap_err(), (1, "a cell of more than 1 MB; is this a CSV file?".to_owned()));
        assert_eq!(cells(&text[1..])[0][0].len(), LONGEST_CELL);
    }
}
