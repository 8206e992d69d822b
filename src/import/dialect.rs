//! How a file writes: which delimiter stands between its cells.

use super::heading;
use super::profile::Profile;
use super::register::Register;
use super::row::Row;
use super::rows::Rows;

/// The delimiters that are recognised, in the order in which they win a tie.
pub(super) const DELIMITERS: [u8; 4] = [b';', b',', b'\t', b'|'];

/// The delimiter under which most headings of the first row are known; a line `sep=;` (Excel) says it outright.
pub(super) fn delimiter(
    sample: &[u8],
    register: &Register,
    maps: &[(String, String)],
    profile: Option<&Profile>,
) -> u8 {
    if let Some(said) = sep_line(sample).or(profile.and_then(|profile| profile.delimiter)) {
        return said;
    }
    let count = |delimiter: u8| {
        let mut row = Row::default();
        let mut rows = Rows::new(sample.to_vec(), None, delimiter);
        let read = rows.next(&mut row).is_ok_and(|found| found);
        if read { (heading::count_known(&row.cells(), register, maps, profile), row.len()) } else { (0, 0) }
    };
    // the first of equals wins, so the order is turned around
    DELIMITERS.into_iter().rev().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b';')
}

/// The delimiter that the first line `sep=;` names.
pub(super) fn sep_line(sample: &[u8]) -> Option<u8> {
    let rest = sample.strip_prefix(b"sep=").or_else(|| sample.strip_prefix(b"\"sep="))?;
    let (said, rest) = rest.split_first()?;
    let ends = matches!(rest, [] | [b'\r' | b'\n', ..] | [b'"', b'\r' | b'\n', ..]);
    (DELIMITERS.contains(said) && ends).then_some(*said)
}
