//! A line as somebody types it: `3 x ART-100`, `2 Std x Beratung @ 120,00`, `4 x SW-24 @ 349,00 - 10%`; of another document
//! `2` (all that is open of its line 2) or `1=3` (three of its line 1).

use rust_decimal::Decimal;

/// How to write it, for messages.
const EXAMPLES: &str = "write 3 x ART-100, 2 Std x Beratung @ 120,00 or Anfahrt @ 45,00; of another document 2 or 1=3";

/// A line that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A line of the document it is made from; without a quantity all that is open.
    Of {
        /// Its number there.
        line: i32,
        /// How much of it.
        quantity: Option<Decimal>,
    },
    /// A line of its own.
    Own(Own),
}

/// A line that comes from no other document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// How much; 1 if nothing is said.
    pub quantity: Decimal,
    /// Its unit, where it is not the product's.
    pub unit: Option<String>,
    /// Number of a product, else a text.
    pub what: String,
    /// Net price of a unit, where it is not the product's.
    pub price: Option<Decimal>,
    /// Discount in per cent.
    pub discount: Decimal,
}

/// Reads a line.
pub fn line(text: &str) -> Result<Asked, String> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err("a line is one line, without control characters".to_owned());
    }
    let (left, said) = text.split_once('=').map_or((text, None), |(left, said)| (left.trim(), Some(said)));
    if !left.is_empty() && left.len() <= 6 && left.bytes().all(|byte| byte.is_ascii_digit()) {
        let line = left.parse().map_err(|_| format!("{left} is no line; {EXAMPLES}"))?;
        return Ok(Asked::Of { line, quantity: said.map(quantity).transpose()? });
    }
    let (what, price) = text.rsplit_once(" @").map_or((text, None), |(what, price)| (what.trim(), Some(price)));
    let (price, discount) = price_and_discount(price)?;
    // SW-24 - 10%: at the product's price
    let (what, discount) = match what.strip_suffix('%').and_then(|text| text.rsplit_once(" -")) {
        Some((what, percent)) if price.is_none() => (what.trim(), percentage(percent)?),
        _ => (what, discount),
    };
    let (quantity, unit, what) = quantity_and_what(what)?;
    if what.is_empty() {
        return Err(format!("a line says what it is about; {EXAMPLES}"));
    }
    Ok(Asked::Own(Own { quantity, unit, what: what.to_owned(), price, discount }))
}

fn quantity(text: &str) -> Result<Decimal, String> {
    let quantity = crate::import::amount(text)?;
    if quantity <= Decimal::ZERO || quantity >= Decimal::from(1_000_000_000_000_i64) {
        return Err(format!("{} is no quantity that can be delivered", text.trim()));
    }
    Ok(quantity)
}

/// `120,00`, `120,00 - 10%`, or nothing.
fn price_and_discount(text: Option<&str>) -> Result<(Option<Decimal>, Decimal), String> {
    let Some(text) = text.map(str::trim) else { return Ok((None, Decimal::ZERO)) };
    let (price, discount) = match text.strip_suffix('%').and_then(|text| text.rsplit_once('-')) {
        Some((price, percent)) => (price, percentage(percent)?),
        None => (text, Decimal::ZERO),
    };
    let amount = crate::import::amount(price)?;
    if amount.abs() >= Decimal::from(1_000_000_000_000_i64) {
        return Err(format!("{} is no price", price.trim()));
    }
    Ok((Some(amount), discount))
}

fn percentage(text: &str) -> Result<Decimal, String> {
    let discount = crate::import::amount(text)?;
    if discount < Decimal::ZERO || discount > Decimal::ONE_HUNDRED {
        return Err(format!("a discount lies between 0 and 100 %, not {}", text.trim()));
    }
    Ok(discount)
}

/// What stands before the x, and behind it.
fn quantity_and_what(text: &str) -> Result<(Decimal, Option<String>, &str), String> {
    const TIMES: [&str; 4] = ["x", "X", "×", "*"];
    let (first, rest) = text.split_once(char::is_whitespace).map_or((text, ""), |(first, rest)| (first, rest.trim()));
    // 3x ART-100
    if let Some(number) = TIMES.iter().find_map(|times| first.strip_suffix(times)).filter(|number| is_number(number)) {
        return Ok((quantity(number)?, None, rest));
    }
    if !is_number(first) {
        return Ok((Decimal::ONE, None, text));
    }
    let (second, behind) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    if TIMES.contains(&second) {
        return Ok((quantity(first)?, None, behind.trim()));
    }
    let (third, behind) = behind.trim().split_once(char::is_whitespace).unwrap_or((behind, ""));
    if TIMES.contains(&third) {
        return Ok((quantity(first)?, Some(second.to_owned()), behind.trim()));
    }
    Err(format!("“{text}” begins with a number but has no x; {EXAMPLES}"))
}

fn is_number(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_digit())
        && text.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, ',' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(
        quantity: &str,
        unit: Option<&str>,
        what: &str,
        price: Option<&str>,
        discount: &str,
    ) -> Result<Asked, String> {
        let number = |text: &str| text.parse::<Decimal>().unwrap();
        Ok(Asked::Own(Own {
            quantity: number(quantity),
            unit: unit.map(str::to_owned),
            what: what.to_owned(),
            price: price.map(number),
            discount: number(discount),
        }))
    }

    #[test]
    fn a_line_reads_as_it_is_said() {
        assert_eq!(line("3 x ART-100"), own("3", None, "ART-100", None, "0"));
        assert_eq!(line("3x ART-100"), own("3", None, "ART-100", None, "0"));
        assert_eq!(
            line("2,5 Std x Beratung vor Ort @ 120,00"),
            own("2.5", Some("Std"), "Beratung vor Ort", Some("120.00"), "0")
        );
        assert_eq!(line("4 × SW-24 @ 1.349,00 € - 7,5 %"), own("4", None, "SW-24", Some("1349.00"), "7.5"));
        assert_eq!(line("3 x SW-24 - 10%"), own("3", None, "SW-24", None, "10"));
        assert_eq!(line("Anfahrt @ 45"), own("1", None, "Anfahrt", Some("45"), "0"));
        assert_eq!(line("Nachlass @ -20,00"), own("1", None, "Nachlass", Some("-20.00"), "0"));
        assert_eq!(line("Postfach info@kunde.example"), own("1", None, "Postfach info@kunde.example", None, "0"));
        assert_eq!(line("1 x 2 Tage Schulung @ 900"), own("1", None, "2 Tage Schulung", Some("900"), "0"));
    }

    #[test]
    fn a_line_of_another_document_is_a_number() {
        assert_eq!(line(" 2 "), Ok(Asked::Of { line: 2, quantity: None }));
        assert_eq!(line("1=3"), Ok(Asked::Of { line: 1, quantity: Some(Decimal::from(3)) }));
        assert_eq!(line("1 = 0,5"), Ok(Asked::Of { line: 1, quantity: Some(Decimal::new(5, 1)) }));
    }

    #[test]
    fn what_cannot_be_meant_says_how_to_write_it() {
        for wrong in ["", "3 x", "2 ART-100", "1=0", "1=x", "ART @ viel", "ART @ 5 - 200%", "0 x ART", "a\nb"] {
            assert!(line(wrong).is_err(), "{wrong:?}");
        }
        assert!(line("2 ART-100").unwrap_err().contains("3 x ART-100"));
    }
}
