//! What MAIL.md asks of every mail, as assertions.

use std::collections::BTreeSet;

use mail_parser::{Message, MessageParser};
use wvl::escalation::mail::{HTML_LIMIT, Rendered};
use wvl::outbox::compose::compose;
use wvl::template::Language;

use super::{draft, now};

/// What MAIL.md asks of every mail, whatever is in it.
pub fn hold_to_the_rules(mail: &Rendered, about: &str) {
    assert!(mail.subject.chars().count() <= 78, "{about}: {}", mail.subject);
    assert!(!mail.subject.contains(char::is_control), "{about}: {}", mail.subject);
    assert!(mail.html.len() < HTML_LIMIT, "{about}: {} bytes", mail.html.len());
    hold_html_to_the_rules(&mail.html, about);
    hold_text_to_the_rules(&mail.text, about);
    for part in [&mail.text, &mail.html] {
        assert!(!part.contains("wvl ") && !part.contains("$ "), "{about}: a shell command");
        assert!(!part.contains('\u{1b}') && !part.contains('\u{202e}'), "{about}: hidden characters");
        let said = match language_of(mail) {
            Language::German => ["utomatisch erzeugte Meldung", "diese Mail"],
            Language::English => ["utomatic message", "this mail"],
        };
        assert!(said.iter().all(|words| part.contains(words)), "{about}: what it is and why one gets it");
    }

    let bytes = compose(&draft(mail), now()).unwrap();
    let parsed = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(parsed.subject(), Some(mail.subject.as_str()), "{about}");
    assert_eq!(parsed.from().unwrap().first().unwrap().address(), Some("wvl@musterhaus.example"));
    assert_eq!(parsed.to().unwrap().first().unwrap().name(), Some("Jürgen Öztürk"));
    assert!(parsed.bcc().is_none() && parsed.cc().is_none(), "{about}");
    assert_eq!(unix(&parsed.body_text(0).unwrap()), mail.text, "{about}");
    assert_eq!(unix(&parsed.body_html(0).unwrap()), mail.html, "{about}");
    assert_eq!(parsed.attachment_count(), mail.attachments.len(), "{about}");
    for header in ["Auto-Submitted", "X-Auto-Response-Suppress", "List-Id", "X-Wvl-Kind", "X-Wvl-Rule", "X-Wvl-Stage"] {
        assert!(parsed.header_raw(header).is_some(), "{about}: {header}");
    }
    assert!(is_seen_as_automatic(&parsed));
    assert!(bytes.split(|byte| *byte == b'\n').all(|line| line.len() <= 999), "{about}: a line is too long");
    assert!(bytes.is_ascii(), "{about}");
}

/// What the HTML says it is written in.
fn language_of(mail: &Rendered) -> Language {
    let named = |language: &Language| mail.html.contains(&format!("<html lang=\"{}\"", language.code()));
    Language::ALL.into_iter().find(named).expect("the HTML names its language")
}

fn is_seen_as_automatic(mail: &Message<'_>) -> bool {
    mail.header_raw("Auto-Submitted").is_some_and(|value| value.trim() != "no")
}

fn unix(text: &str) -> String {
    text.replace("\r\n", "\n")
}

fn hold_html_to_the_rules(html: &str, about: &str) {
    for style in attributes(html, "style") {
        for forbidden in ["margin", "float", "flex", "grid", "position", "url(", "expression", "background-image"] {
            assert!(!style.contains(forbidden), "{about}: {forbidden} in {style}");
        }
    }
    for source in
        ["<img", "<link", "<script", "<iframe", "<svg", "@import", "url(", "src=", "data:", "javascript:", "srcset"]
    {
        assert!(!html.to_lowercase().contains(source), "{about}: {source}");
    }
    for link in attributes(html, "href") {
        let usual = ["https://erp.musterhaus.example/", "tel:+", "mailto:"].iter().any(|start| link.starts_with(start));
        assert!(usual, "{about}: {link}");
    }
    assert_eq!(html.matches("<style>").count(), 1);
    for tables in html.split("<table ").skip(1) {
        assert!(tables.starts_with("role=\"presentation\"") && tables.contains("cellspacing=\"0\""), "{about}");
    }
    for tag in ["table", "tr", "td", "a", "span", "b", "div"] {
        let open = html.matches(&format!("<{tag} ")).count() + html.matches(&format!("<{tag}>")).count();
        assert_eq!(open, html.matches(&format!("</{tag}>")).count(), "{about}: <{tag}> is not closed everywhere");
    }
    for wanted in ["name=\"viewport\"", "name=\"color-scheme\"", "supported-color-schemes", "prefers-color-scheme:dark"]
    {
        assert!(html.contains(wanted), "{about}: {wanted}");
    }
    assert!(!html.contains("{{7") || html.contains("{{7*7}}"), "{about}: a value was taken for a template");
}

fn hold_text_to_the_rules(text: &str, about: &str) {
    for line in text.lines() {
        // only a word that is longer by itself may stick out
        let longest_word = line.split(' ').map(|word| word.chars().count()).max().unwrap_or(0);
        assert!(line.chars().count() <= 72 || longest_word > 36, "{about}: {line}");
        assert!(!line.ends_with(' ') || line == "-- ", "{about}: blanks at the end of {line:?}");
    }
    assert!(!text.contains("\n\n\n"), "{about}: two blank lines\n{text}");
    assert!(text.contains("\n-- \n"), "{about}: no signature line");
    assert!(!text.contains("&amp;") && !text.contains("&lt;"), "{about}: escaped text");
}

fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    html.split(&start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// What a reader sees of the HTML: no tags, entities read, the hidden first line left out.
pub fn seen(html: &str) -> String {
    text_of(html.split_once("</div>").map_or(html, |(_, body)| body))
}

/// HTML without tags, entities read.
pub fn text_of(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for character in html.chars() {
        match character {
            '<' => {
                inside = true;
                text.push(' ');
            }
            '>' => inside = false,
            _ if !inside => text.push(character),
            _ => {}
        }
    }
    text.replace("&nbsp;", " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&amp;", "&")
}

/// Every number with its unit and every reference must stand in both parts equally.
pub fn numbers(text: &str) -> BTreeSet<String> {
    text.split(|character: char| !(character.is_alphanumeric() || ",.-".contains(character)))
        .map(|word| word.trim_matches([',', '.', '-']))
        .filter(|word| word.contains(|character: char| character.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}

/// Both parts say the same numbers.
pub fn same_numbers(mail: &Rendered, about: &str) {
    // the text part prints the address of the button, the HTML part carries it in the button
    let text: String = mail.text.lines().filter(|line| !line.contains("https://")).collect::<Vec<_>>().join("\n");
    assert_eq!(numbers(&text), numbers(&seen(&mail.html)), "{about}");
}
