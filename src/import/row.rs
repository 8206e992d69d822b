//! One row of a CSV text: its cells, and the line on which it begins.

/// One row: its cells and the line on which it begins.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// The line on which it begins, counted from 1.
    pub line: u64,
    /// The text of all cells, one behind the other.
    pub(super) bytes: Vec<u8>,
    /// Where each cell ends.
    pub(super) ends: Vec<usize>,
}

impl Row {
    /// How many cells it has.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The cell, or an empty one beyond the end.
    pub fn cell(&self, index: usize) -> &str {
        let Some(end) = self.ends.get(index) else { return "" };
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        // the text is UTF-8 and is only cut at ASCII characters
        self.bytes.get(start..*end).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// All cells.
    pub fn cells(&self) -> Vec<&str> {
        (0..self.len()).map(|index| self.cell(index)).collect()
    }

    /// Whether nothing stands in it.
    pub fn is_blank(&self) -> bool {
        self.bytes.iter().all(u8::is_ascii_whitespace)
    }

    /// Begins anew on this line.
    pub(super) fn clear(&mut self, line: u64) {
        self.line = line;
        self.bytes.clear();
        self.ends.clear();
    }

    /// How long the cell has become that is being read.
    pub(super) fn cell_length(&self) -> usize {
        self.bytes.len() - self.ends.last().copied().unwrap_or(0)
    }
}

/// A row as it stands in the file, with the end of its line.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Where its last delimiter stands.
    pub last_delimiter: usize,
    /// From where the buffer has not been taken yet.
    pub(super) from: usize,
}
