//! The text of a file: UTF-8 with or without a byte order mark, UTF-16, or cp1252.
//!
//! Text is taken for UTF-8 until a byte says otherwise: if all before it was ASCII it is cp1252 from there on, which is the
//! same as if it had been from the start. If there was UTF-8 before, the file is mixed, and the error says at which byte.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, DecoderResult, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::error::{Error, Result};

/// How much is read at once, bytes.
const CHUNK: usize = 64 * 1024;

/// An encoding that a profile names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8, with or without its mark.
    Utf8,
    /// cp1252 (Windows).
    Cp1252,
    /// UTF-16; without a mark little-endian.
    Utf16,
}

/// The text of a source, chunk by chunk in UTF-8.
pub(super) struct Text {
    name: String,
    bytes: Box<dyn Read>,
    encoding: Encoding,
    /// The encoding that a profile names.
    said: Option<Charset>,
    /// Bytes are handed on as they are, without the mark.
    pub is_raw: bool,
    has_mark: bool,
    /// The beginning of a character whose end has not been read yet.
    rest: Vec<u8>,
    /// Bytes read so far.
    read: u64,
    /// The last byte before `rest`; cp1252 looks back one byte.
    last: u8,
    /// The end has been read.
    ended: bool,
}

enum Encoding {
    Unknown,
    /// Nothing but ASCII so far.
    Ascii,
    Utf8,
    Cp1252(Decoder),
    Utf16(Decoder),
}

impl Text {
    /// The text of these bytes; `said` is the encoding if somebody says it.
    pub fn new(name: String, bytes: Box<dyn Read>, said: Option<Charset>) -> Text {
        Text {
            name,
            bytes,
            encoding: Encoding::Unknown,
            said,
            is_raw: false,
            has_mark: false,
            rest: Vec::new(),
            read: 0,
            last: 0,
            ended: false,
        }
    }

    /// Appends the next piece of text; false at the end.
    pub fn next_chunk(&mut self, text: &mut Vec<u8>) -> Result<bool> {
        if self.ended {
            return Ok(false);
        }
        let mut chunk = std::mem::take(&mut self.rest);
        let kept = chunk.len();
        chunk.resize(kept + CHUNK, 0);
        let count = read_full(&mut self.bytes, &mut chunk[kept..]).map_err(|error| {
            Error::new(crate::error::Kind::Failed, format!("cannot read {}", self.name)).caused_by(error)
        })?;
        chunk.truncate(kept + count);
        let at_end = count == 0;
        self.ended = at_end;
        let start = self.read - kept as u64;
        self.read += count as u64;
        let mut bytes = chunk.as_slice();
        let mut offset = start;
        if matches!(self.encoding, Encoding::Unknown) {
            if let Some(what) = other_kind(bytes) {
                return Err(Error::data(format!("{} is {what} and no CSV file", self.name))
                    .hint("open it in a spreadsheet and save it as CSV (UTF-8)"));
            }
            let (encoding, mark) = by_first_bytes(bytes);
            self.encoding = match self.said {
                Some(Charset::Utf8) => Encoding::Utf8,
                Some(Charset::Cp1252) if mark == 0 => Encoding::Cp1252(WINDOWS_1252.new_decoder_without_bom_handling()),
                Some(Charset::Utf16) if mark == 0 => Encoding::Utf16(UTF_16LE.new_decoder_without_bom_handling()),
                _ => encoding,
            };
            self.has_mark = mark > 0;
            bytes = &bytes[mark..];
            offset += mark as u64;
        }
        if self.is_raw {
            text.extend_from_slice(bytes);
            return Ok(true);
        }
        self.decode(bytes, offset, at_end, text)?;
        Ok(true)
    }

    /// The encoding, as far as it is known.
    pub fn charset(&self) -> Charset {
        match self.encoding {
            Encoding::Cp1252(_) => Charset::Cp1252,
            Encoding::Utf16(_) => Charset::Utf16,
            _ => Charset::Utf8,
        }
    }

    /// Whether it began with a byte order mark.
    pub fn has_mark(&self) -> bool {
        self.has_mark
    }

    /// How many bytes have been read.
    pub fn position(&self) -> u64 {
        self.read
    }

    fn decode(&mut self, bytes: &[u8], offset: u64, at_end: bool, text: &mut Vec<u8>) -> Result<()> {
        match &mut self.encoding {
            Encoding::Unknown => Ok(()),
            Encoding::Ascii | Encoding::Utf8 => {
                let is_ascii = matches!(self.encoding, Encoding::Ascii);
                match std::str::from_utf8(bytes) {
                    Ok(valid) => {
                        if is_ascii && !valid.is_ascii() {
                            self.encoding = Encoding::Utf8;
                        }
                        text.extend_from_slice(bytes);
                        Ok(())
                    }
                    Err(error) => {
                        let (valid, rest) = bytes.split_at(error.valid_up_to());
                        text.extend_from_slice(valid);
                        let still_ascii = is_ascii && valid.is_ascii();
                        if error.error_len().is_none() && !at_end {
                            self.encoding = if still_ascii { Encoding::Ascii } else { Encoding::Utf8 };
                            self.rest = rest.to_vec();
                            return Ok(());
                        }
                        let at = offset + error.valid_up_to() as u64;
                        if !still_ascii {
                            return Err(self.mixed(at, "is not UTF-8, although the text before it is"));
                        }
                        self.encoding = Encoding::Cp1252(WINDOWS_1252.new_decoder_without_bom_handling());
                        self.decode(rest, at, at_end, text)
                    }
                }
            }
            Encoding::Cp1252(decoder) => {
                let mut last = self.last;
                for (index, byte) in bytes.iter().enumerate() {
                    // the two letters that UTF-8 leaves behind where it is taken for cp1252
                    let is_utf8 = matches!(last, 0xC2 | 0xC3) && matches!(byte, 0x80..=0xBF);
                    let is_nothing = matches!(byte, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D);
                    if is_utf8 || is_nothing {
                        let said = if is_utf8 {
                            "looks like UTF-8, the text before it like cp1252"
                        } else {
                            "is no character of cp1252"
                        };
                        return Err(self.mixed(offset + index as u64, said));
                    }
                    last = *byte;
                }
                self.last = last;
                let mut out = vec![0; bytes.len() * 3 + 16];
                let (result, _, written, _) = decoder.decode_to_utf8(bytes, &mut out, at_end);
                if matches!(result, CoderResult::OutputFull) {
                    return Err(Error::bug("too little room for decoded text"));
                }
                text.extend_from_slice(&out[..written]);
                Ok(())
            }
            Encoding::Utf16(decoder) => {
                let mut out = vec![0; bytes.len() * 2 + 16];
                let (result, read, written) = decoder.decode_to_utf8_without_replacement(bytes, &mut out, at_end);
                if !matches!(result, DecoderResult::InputEmpty) {
                    return Err(self.mixed(offset + read as u64, "is no UTF-16"));
                }
                text.extend_from_slice(&out[..written]);
                Ok(())
            }
        }
    }

    fn mixed(&self, at: u64, said: &str) -> Error {
        Error::data(format!("{}: byte {at} {said}", self.name))
            .hint("save the file in one encoding: UTF-8, or cp1252 (Windows)")
    }
}

/// What a file is that people take for a table and that is none of text.
fn other_kind(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [b'P', b'K', 3, 4, ..] => Some("a workbook (or another archive)"),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => Some("an old workbook"),
        [b'%', b'P', b'D', b'F', b'-', ..] => Some("a PDF"),
        _ => None,
    }
}

/// The encoding, and how many bytes its mark takes. UTF-16 without a mark is known by its zeros.
fn by_first_bytes(bytes: &[u8]) -> (Encoding, usize) {
    match bytes {
        [0xEF, 0xBB, 0xBF, ..] => (Encoding::Utf8, 3),
        [0xFF, 0xFE, ..] => (Encoding::Utf16(UTF_16LE.new_decoder_without_bom_handling()), 2),
        [0xFE, 0xFF, ..] => (Encoding::Utf16(UTF_16BE.new_decoder_without_bom_handling()), 2),
        [first, 0, ..] if *first != 0 => (Encoding::Utf16(UTF_16LE.new_decoder_without_bom_handling()), 0),
        [0, second, ..] if *second != 0 => (Encoding::Utf16(UTF_16BE.new_decoder_without_bom_handling()), 0),
        _ => (Encoding::Ascii, 0),
    }
}

fn read_full(from: &mut dyn Read, into: &mut [u8]) -> io::Result<usize> {
    let mut count = 0;
    while count < into.len() {
        match from.read(&mut into[count..]) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<String> {
        let mut text = Text::new("file.csv".to_owned(), Box::new(io::Cursor::new(bytes.to_vec())), None);
        let mut out = Vec::new();
        while text.next_chunk(&mut out)? {}
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "Straße;Größe €\n";
        let mut with_mark = vec![0xEF, 0xBB, 0xBF];
        with_mark.extend_from_slice(text.as_bytes());
        let cp1252 = b"Stra\xDFe;Gr\xF6\xDFe \x80\n";
        let utf16: Vec<u8> = "\u{feff}Straße;Größe €\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let utf16_be: Vec<u8> = "\u{feff}Straße;Größe €\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [text.as_bytes(), &with_mark, cp1252, &utf16, &utf16_be] {
            assert_eq!(read(bytes).unwrap(), text);
        }
        assert_eq!(read(b"").unwrap(), "");
    }

    #[test]
    fn a_character_across_two_chunks_stays_whole() {
        for shift in 0..3 {
            let text = format!("{}{}", "a".repeat(CHUNK - 2 + shift), "€".repeat(CHUNK));
            assert_eq!(read(text.as_bytes()).unwrap(), text);
        }
    }

    #[test]
    fn a_mixed_file_is_named_with_its_byte() {
        let error = read(b"Stra\xC3\x9Fe;M\xFCller").unwrap_err();
        assert_eq!(error.to_string(), "file.csv: byte 9 is not UTF-8, although the text before it is");
        let error = read(b"M\xFCller;Stra\xC3\x9Fe").unwrap_err();
        assert_eq!(error.to_string(), "file.csv: byte 12 looks like UTF-8, the text before it like cp1252");
        assert!(read(b"\xFF\xFEa\0\0\xD8b\0").is_err());
        assert!(read(b"abc\xC3").is_ok(), "a single Ã at the end is cp1252");
    }

    #[test]
    fn a_workbook_is_called_one() {
        let error = read(b"PK\x03\x04\x14\0\0\0").unwrap_err();
        assert_eq!(error.to_string(), "file.csv is a workbook (or another archive) and no CSV file");
        assert_eq!(error.kind().exit_code(), 65);
    }
}
