//! From a message to a request: every template is rendered by itself and encoded for the place where it stands.

use std::fmt::Write;

use serde_json::Value;
use tera::{Context, Tera};
use ureq::http::Uri;

use super::settings::{Body, GatewaySettings};

/// What a template may ask for. The number of the attempt is not among it: a repeated request is the same one.
pub(super) const VARIABLES: [&str; 7] = ["id", "kind", "subject", "text", "link", "address", SECRET];
/// The variable that is kept apart.
pub(super) const SECRET: &str = "secret";

/// No server takes a longer one: most end at 8,000 bytes, the library at 65,534.
const LONGEST_URL: usize = 65_000;

/// No request of ours comes near this many bytes; a template that passes it is looping.
const MAX_BYTES: usize = 1_000_000;

/// The values of one message.
#[derive(Clone, Debug)]
pub(super) struct Values<'v> {
    /// The same at every attempt: what a gateway can tell a repetition by.
    pub id: String,
    pub kind: &'v str,
    pub subject: &'v str,
    pub text: &'v str,
    pub link: &'v str,
    pub address: &'v str,
    pub secret: &'v str,
}

/// Where a template stands, which decides how its values are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Url,
    Header,
    Form,
    Json,
    Body,
}

/// One text of the configuration.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pub place: Place,
    /// The field or header, else the key.
    pub name: String,
    pub text: String,
}

/// A request, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub content_type: Option<String>,
    pub body: Vec<u8>,
}

/// All templates of a channel.
pub(super) fn templates(settings: &GatewaySettings) -> Vec<Template> {
    let template = |place, name: &str, text: &str| Template { place, name: name.to_owned(), text: text.to_owned() };
    let mut all = vec![template(Place::Url, "url", &settings.url)];
    all.extend(settings.headers.iter().map(|(name, text)| template(Place::Header, name, text)));
    match &settings.body {
        Body::Empty => {}
        Body::Form(fields) => all.extend(fields.iter().map(|(name, text)| template(Place::Form, name, text))),
        Body::Json(value) => leaves(value, "json", &mut |name, text| all.push(template(Place::Json, name, text))),
        Body::Text { text, .. } => all.push(template(Place::Body, "body", text)),
    }
    all
}

/// Every text in a JSON value, with the name of its field. Its depth is what the TOML parser lets through, 80 levels.
fn leaves(value: &Value, name: &str, take: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(text) => take(name, text),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, name, take)),
        Value::Object(members) => members.iter().for_each(|(name, member)| leaves(member, name, take)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The variables a template names; an error says why it is none.
pub(super) fn variables(text: &str) -> Result<Vec<String>, String> {
    const NAME: &str = "it";
    let mut tera = Tera::new();
    tera.add_raw_template(NAME, text).map_err(|error| in_words(&error))?;
    let mut names: Vec<String> =
        tera.get_template_variables(NAME).map_err(|error| in_words(&error))?.into_iter().map(str::to_owned).collect();
    names.sort_unstable();
    Ok(names)
}

/// Whether a URL may be asked: encrypted, or on this machine. What it holds is not in the message.
pub(super) fn check_address(url: &str) -> Result<(), String> {
    let (is_safe, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => (true, ""),
    };
    let host = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    if host.is_empty() || host.contains('@') || url.contains(|letter: char| letter.is_control()) {
        return Err("it is no address such as https://gateway.example/sms".to_owned());
    }
    let name = if host.starts_with('[') { host } else { host.split(':').next().unwrap_or_default() };
    let is_here = name == "localhost" || name.starts_with("127.") || name.starts_with("[::1]");
    match is_safe || is_here {
        true => Ok(()),
        false => Err("messages and secrets go unencrypted only to this machine: write https://".to_owned()),
    }
}

/// The request for one message. An error says which template cannot be rendered, never what it would have held.
pub(super) fn render(settings: &GatewaySettings, values: &Values<'_>) -> Result<Request, String> {
    let plain = context(values, |_, text| text.to_owned());
    let of = |name: &str, text: &str| rendered(name, text, &plain);
    let url = url(&settings.url, values)?;
    let headers = settings.headers.iter().map(|(name, text)| {
        // a line break would begin another header
        let value = of(name, text)?.replace(|letter: char| letter.is_control(), " ");
        Ok((name.clone(), value.trim().to_owned()))
    });
    let (content_type, body) = match &settings.body {
        Body::Empty => (None, Vec::new()),
        Body::Form(fields) => {
            let mut body = String::new();
            for (name, text) in fields {
                let mark = if body.is_empty() { "" } else { "&" };
                // writing to a String cannot fail
                let _ = write!(body, "{mark}{}={}", percent(name), percent(&of(name, text)?));
            }
            (Some("application/x-www-form-urlencoded".to_owned()), body.into_bytes())
        }
        Body::Json(value) => {
            let filled = filled(value, "json", &of)?;
            (Some("application/json".to_owned()), filled.to_string().into_bytes())
        }
        Body::Text { text, content_type } => (Some(content_type.clone()), of("body", text)?.into_bytes()),
    };
    Ok(Request { url, headers: headers.collect::<Result<_, String>>()?, content_type, body })
}

/// Whether a message with nothing special in it can be asked for: then it is not the configuration that fails for another one.
pub(super) fn works(settings: &GatewaySettings, values: &Values<'_>) -> bool {
    let usual = Values {
        subject: "AN-1",
        text: "AN-1",
        link: "https://x.example/",
        address: "+491715550100",
        ..values.clone()
    };
    render(settings, &usual).is_ok()
}

fn filled(value: &Value, name: &str, of: &impl Fn(&str, &str) -> Result<String, String>) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => Value::String(of(name, text)?),
        Value::Array(items) => Value::Array(items.iter().map(|item| filled(item, name, of)).collect::<Result<_, _>>()?),
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, member)| Ok((name.clone(), filled(member, name, of)?)))
                .collect::<Result<_, String>>()?,
        ),
        other => other.clone(),
    })
}

/// The address to ask. Values are encoded, but for a secret that the address begins with: that is one itself.
pub(super) fn url(template: &str, values: &Values<'_>) -> Result<String, String> {
    let is_secret = template.trim_start().starts_with("{{");
    let encoded = context(values, |name, text| match name == SECRET && is_secret {
        true => text.trim().to_owned(),
        false => percent(text),
    });
    let url = rendered("url", template.trim(), &encoded)?;
    check_address(&url).map_err(|why| format!("url: {why}"))?;
    match url.len() > LONGEST_URL || url.parse::<Uri>().is_err() {
        true => Err("url: it becomes longer than a URL can be, or is none".to_owned()),
        false => Ok(url),
    }
}

fn context(values: &Values<'_>, encoded: impl Fn(&str, &str) -> String) -> Context {
    let mut context = Context::new();
    for (name, text) in [
        ("id", values.id.as_str()),
        ("kind", values.kind),
        ("subject", values.subject),
        ("text", values.text),
        ("link", values.link),
        ("address", values.address),
        (SECRET, values.secret),
    ] {
        context.insert(name, &encoded(name, text));
    }
    context
}

fn rendered(name: &str, template: &str, context: &Context) -> Result<String, String> {
    // most texts of a configuration are no templates at all
    if !template.contains('{') {
        return Ok(template.to_owned());
    }
    let mut tera = Tera::new();
    let wrong = |error: tera::Error| format!("{name}: {}", in_words(&error));
    tera.add_raw_template(name, template).map_err(wrong)?;
    let mut output = Capped(Vec::new());
    tera.render_to(name, context, &mut output).map_err(wrong)?;
    String::from_utf8(output.0).map_err(|_| format!("{name}: it writes no UTF-8"))
}

/// The first line says what is wrong; the others quote the template.
fn in_words(error: &tera::Error) -> String {
    let text = error.to_string();
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it cannot be read");
    line.chars().take(200).collect()
}

struct Capped(Vec<u8>);

impl std::io::Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_BYTES {
            return Err(std::io::Error::other("it prints too much"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// RFC 3986 §2.3: what is not unreserved is encoded, byte by byte. Forms read it too.
pub(super) fn percent(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // writing to a String cannot fail
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::settings::{Method, Success};
    use super::*;

    fn settings(url: &str, body: Body) -> GatewaySettings {
        GatewaySettings {
            method: Method::Post,
            url: url.to_owned(),
            headers: vec![("X-Api-Key".to_owned(), "{{ secret }}".to_owned())],
            body,
            success: Success::default(),
            secret: None,
            timeout_seconds: 1,
        }
    }

    fn values<'v>(text: &'v str, secret: &'v str) -> Values<'v> {
        Values { id: "7-1".into(), kind: "escalation", subject: "S", text, link: "", address: "+49171", secret }
    }

    #[test]
    fn a_value_stays_in_its_place() {
        let hostile = "a&to=+1 \"}{{ secret }}\r\nX: y";
        let form = Body::Form(vec![("to".into(), "{{ address }}".into()), ("text".into(), "{{ text }}!".into())]);
        let request =
            render(&settings("https://x.example/{{ address }}?q={{ text }}", form), &values(hostile, "k\r\n1"))
                .unwrap();
        assert_eq!(
            request.url,
            "https://x.example/%2B49171?q=a%26to%3D%2B1%20%22%7D%7B%7B%20secret%20%7D%7D%0D%0AX%3A%20y"
        );
        assert_eq!(
            String::from_utf8(request.body).unwrap(),
            "to=%2B49171&text=a%26to%3D%2B1%20%22%7D%7B%7B%20secret%20%7D%7D%0D%0AX%3A%20y%21"
        );
        assert_eq!(request.headers, [("X-Api-Key".to_owned(), "k  1".to_owned())]);

        let body =
            Body::Json(json!({ "text": "**{{ subject }}**\n{{ text }}", "more": [{ "n": 1, "to": "{{ address }}" }] }));
        let request =
            render(&settings("{{ secret }}", body), &values(hostile, "https://chat.example/hooks/5a?x=1")).unwrap();
        assert_eq!(request.url, "https://chat.example/hooks/5a?x=1");
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(body, json!({ "text": format!("**S**\n{hostile}"), "more": [{ "n": 1, "to": "+49171" }] }));
    }

    #[test]
    fn a_template_that_fails_says_so_without_its_values() {
        let failing = |text: &str| {
            let body = Body::Text { text: text.to_owned(), content_type: "text/plain".to_owned() };
            render(&settings("https://x.example", body), &values("x", "geheim")).unwrap_err()
        };
        assert!(failing("{{ nobody }}").starts_with("body: "));
        assert!(!failing("{{ secret | nofilter }}").contains("geheim"));
        assert!(failing("{% for i in range(end=99999999) %}xxxxxxxxxx{% endfor %}").starts_with("body: "));
        let away = render(&settings("{{ secret }}", Body::Empty), &values("x", "http://geheim.example/x")).unwrap_err();
        assert_eq!(away, "url: messages and secrets go unencrypted only to this machine: write https://");
    }

    #[test]
    fn only_this_machine_is_asked_in_the_clear() {
        for url in
            ["https://a", "https://a.example/x?y", "http://localhost:8065/x", "http://127.0.0.1", "http://[::1]:1/"]
        {
            assert_eq!(check_address(url), Ok(()), "{url}");
        }
        for url in
            ["http://a.example", "ftp://a", "https://", "https:///x", "http://localhost.example/", "https://u:p@a", "a"]
        {
            assert!(check_address(url).is_err(), "{url}");
        }
    }
}
