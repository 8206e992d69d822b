//! The filters a template may use beside Tera's own: dates, hours, money and numbers as the mail's language writes them,
//! and lines of plain text.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use tera::{Error, Kwargs, State, Tera, TeraResult, Value};

use super::{Language, text};

/// Plain text mails are 72 columns wide: what is quoted twice still fits 80.
const TEXT_WIDTH: usize = 72;

/// The longest label, "Stunden seit letzter Eskalation:", and two blanks.
const LABEL_WIDTH: usize = 34;

/// The filters of the templates of one language; each comment shows the German answer.
pub(super) fn register(tera: &mut Tera, language: Language) {
    // "2021-03-08" → "Mo, 08.03.2021"
    tera.register_filter("date", move |value: &str, _: Kwargs, _: &State| date(value, language));
    // seconds → "32,22 Std."
    tera.register_filter("hours", move |seconds: i64, _: Kwargs, _: &State| text::hours(seconds, language));
    // amount | money(currency="EUR") → "1.234,50 €"
    tera.register_filter("money", move |value: &Value, kwargs: Kwargs, _: &State| -> TeraResult<String> {
        Ok(text::money(decimal_of(value)?, kwargs.must_get::<&str>("currency")?, language))
    });
    // number | number(places=2) → "1.234,50"
    tera.register_filter("number", move |value: &Value, kwargs: Kwargs, _: &State| -> TeraResult<String> {
        Ok(text::decimal(decimal_of(value)?, kwargs.get::<u32>("places")?.unwrap_or(0), language))
    });
    // value | field(label="Kunde") → "Kunde:   Deizisau GmbH", wrapped under itself
    tera.register_filter("field", field);
    // text | wrap(indent=2) → lines of at most 72 columns
    tera.register_filter("wrap", wrap);
    // text | clip(length=60) → "… …" cut by an ellipsis
    tera.register_filter("clip", |value: &str, kwargs: Kwargs, _: &State| -> TeraResult<String> {
        Ok(text::clip(value, kwargs.must_get::<usize>("length")?))
    });
    // text | underline(with="=") → the text with a line of that sign below it
    tera.register_filter("underline", |value: &str, kwargs: Kwargs, _: &State| -> TeraResult<String> {
        let sign = kwargs.get::<&str>("with")?.unwrap_or("-").to_owned();
        let longest = value.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        Ok(format!("{value}\n{}", sign.repeat(longest.min(TEXT_WIDTH))))
    });
}

fn date(value: &str, language: Language) -> TeraResult<String> {
    let day: NaiveDate = value
        .parse()
        .map_err(|cause| Error::message(format!("{value:?} is no date of the form 2026-11-23: {cause}")))?;
    Ok(text::day(day, language))
}

/// Decimals reach templates as text, so that no digit is lost on the way.
fn decimal_of(value: &Value) -> TeraResult<Decimal> {
    let text = value.as_str().map(str::to_owned).unwrap_or_else(|| value.to_string());
    text.parse().map_err(|_| Error::message(format!("{text:?} is no number")))
}

fn field(value: &Value, kwargs: Kwargs, _: &State) -> TeraResult<String> {
    let label = kwargs.must_get::<&str>("label")?;
    let shown = if value.is_none() { String::new() } else { value.to_string() };
    // a dash says "we do not know it", an empty line looks like a fault
    let shown = if shown.is_empty() { "–".to_owned() } else { shown };
    let label = format!("{label}:");
    let start = LABEL_WIDTH.max(label.chars().count() + 1);
    Ok(format!("{label:<LABEL_WIDTH$}{}", text::wrap(&shown, TEXT_WIDTH, start, LABEL_WIDTH)))
}

fn wrap(value: &str, kwargs: Kwargs, _: &State) -> TeraResult<String> {
    let indent = kwargs.get::<usize>("indent")?.unwrap_or(0);
    let lines: Vec<String> = value.lines().map(|line| text::wrap(line, TEXT_WIDTH, indent, indent)).collect();
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tera::Context;

    use super::Language;

    fn rendered(template: &str) -> tera::TeraResult<String> {
        rendered_in(Language::German, template)
    }

    fn rendered_in(language: Language, template: &str) -> tera::TeraResult<String> {
        let mut tera = tera::Tera::new();
        super::register(&mut tera, language);
        tera.add_raw_template("t.txt", template)?;
        let values = json!({"day": "2021-03-08", "amount": "1234.5", "seconds": 115_980, "none": null, "empty": "",
            "long": "Gesellschaft für angewandte Netzwerktechnik und Datenverarbeitung mbH & Co. KG"});
        tera.render("t.txt", &Context::from_serialize(&values)?)
    }

    #[test]
    fn filters_print_german() {
        let table = [
            ("{{ day | date }}", "Mo, 08.03.2021"),
            ("{{ seconds | hours }}", "32,22 Std."),
            ("{{ amount | money(currency=\"EUR\") }}", "1.234,50 €"),
            ("{{ amount | number(places=1) }}", "1.234,5"),
            ("{{ 4000 | number }}", "4.000"),
            ("{{ \"Stufe 3\" | underline(with=\"=\") }}", "Stufe 3\n======="),
            ("{{ \"x\" | field(label=\"Kunde\") }}", "Kunde:                            x"),
            ("{{ none | field(label=\"Kunde\") }}", "Kunde:                            –"),
            ("{{ empty | field(label=\"Kunde\") }}", "Kunde:                            –"),
        ];
        for (template, expected) in table {
            assert_eq!(rendered(template).unwrap(), expected, "{template}");
        }
    }

    #[test]
    fn filters_print_english() {
        let table = [
            ("{{ day | date }}", "Mon 8 Mar 2021"),
            ("{{ seconds | hours }}", "32.22 h"),
            ("{{ amount | money(currency=\"EUR\") }}", "1,234.50 EUR"),
            ("{{ amount | number(places=1) }}", "1,234.5"),
        ];
        for (template, expected) in table {
            assert_eq!(rendered_in(Language::English, template).unwrap(), expected, "{template}");
        }
    }

    #[test]
    fn a_long_field_goes_on_below_itself() {
        let text = rendered("{{ long | field(label=\"Kunde\") }}").unwrap();
        assert!(text.lines().count() == 3 && text.lines().all(|line| line.chars().count() <= 72), "{text}");
        assert!(text.lines().skip(1).all(|line| line.starts_with(&" ".repeat(34))), "{text}");
    }

    #[test]
    fn wrong_values_are_errors() {
        for template in ["{{ long | date }}", "{{ amount | money }}", "{{ long | number }}", "{{ unknown | hours }}"] {
            assert!(rendered(template).is_err(), "{template}");
        }
    }
}
