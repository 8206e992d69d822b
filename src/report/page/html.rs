//! The evening as a page for the browser: one file that needs no other, for a screen, a beamer or paper.

use super::view::{Shape, View};
use crate::error::Result;
use crate::report::chart;
use crate::report::evening::Evening;
use crate::report::words;
use crate::settings::Settings;
use crate::template::{Language, Templates};

/// So many rows of a table: a page of more is read by nobody, the workbook has all.
const MOST_ROWS: usize = 1_000;
/// The digits of base64 (RFC 4648 §4).
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The page. The picture is part of it: in a page, unlike in a mail, every program shows such a one.
///
/// Errors: of kind `Config` if its template fails.
pub fn page(templates: &Templates, settings: &Settings, language: Language, evening: &Evening) -> Result<String> {
    let chart = chart::png(&evening.core.chart)?.map(|png| data_uri(&png));
    let shape = Shape { chart: chart.as_deref().unwrap_or(""), most_rows: MOST_ROWS, has_workbook: false };
    let view = View::new(settings, words::of(language), evening, shape);
    templates.page(super::mail::NAME, language, &view)
}

/// A PNG as an address that holds it.
pub fn data_uri(png: &[u8]) -> String {
    format!("data:image/png;base64,{}", base64(png))
}

fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let [first, second, third] = [0, 1, 2].map(|place| three.get(place).copied().unwrap_or(0));
        let bits = u32::from_be_bytes([0, first, second, third]);
        for place in 0..4 {
            let digit = usize::try_from(bits >> (18 - 6 * place) & 63).unwrap_or(0);
            // of one byte there are two digits, of two bytes three
            text.push(if place <= three.len() { char::from(DIGITS[digit]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn base64_as_in_the_rfc() {
        // RFC 4648 §10
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_page_needs_nothing_else() {
        let templates = Templates::embedded().unwrap();
        let settings = sample::settings();
        for (about, evening) in sample::all() {
            for language in Language::ALL {
                let page = page(&templates, &settings, language, &evening).unwrap();
                assert!(page.contains("data:image/png;base64,iVBOR"), "{about}");
                for remote in ["src=\"http", "<link", "@import", "url(", "<script"] {
                    assert!(!page.contains(remote), "{about}: {remote}");
                }
            }
        }
    }
}
