//! How the requests of a channel look: what of `[channel.NAME]` is about HTTP.
//!
//! URL, headers and body are templates, each text of them by itself: what is put into one is encoded for its place, so that
//! no name of a customer can change the request around it. A secret stands in none of them but as `{{ secret }}`.

use serde_json::Value;

use super::request::{self, Place};
use crate::config::{Complaint, SecretSource, Section};

/// Words in the name of a header or field whose value is a secret.
const SECRET_WORDS: [&str; 6] = ["authorization", "api-key", "apikey", "token", "password", "secret"];

/// How a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// With a body.
    Post,
    /// The same.
    Put,
    /// Everything stands in the URL.
    Get,
}

impl Method {
    /// As it stands in the request.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Get => "GET",
        }
    }
}

/// What a request carries; every text in it is a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    Empty,
    /// Fields of a form.
    Form(Vec<(String, String)>),
    /// JSON of any depth.
    Json(Value),
    /// A text.
    Text {
        /// The template.
        text: String,
        /// Its kind.
        content_type: String,
    },
}

/// When an answer means that the message was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Success {
    /// Such a status; empty: every 2xx.
    pub status: Vec<u16>,
    /// What stands at this JSON pointer …
    pub json: Option<String>,
    /// … is this; none: anything but false, null and 0.
    pub is: Option<String>,
    /// The answer holds this text.
    pub contains: Option<String>,
    /// An answer that holds this text says never.
    pub refused_contains: Option<String>,
}

/// The way of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewaySettings {
    /// GET, POST or PUT.
    pub method: Method,
    /// Template of the address; may be the secret itself.
    pub url: String,
    /// Names and templates.
    pub headers: Vec<(String, String)>,
    /// Template of the body.
    pub body: Body,
    /// What counts as taken.
    pub success: Success,
    /// Where `{{ secret }}` comes from.
    pub secret: Option<SecretSource>,
    /// Seconds that a request may take with its answer.
    pub timeout_seconds: u64,
}

/// Reads the keys of a channel that are about HTTP.
pub fn read(section: &mut Section<'_>) -> GatewaySettings {
    // whoever writes the secret into the address, against all advice, does not find it in config show
    let url = section.optional_masked("url", masked).unwrap_or_default();
    let method =
        section.choice("method", Method::Post, &[("POST", Method::Post), ("PUT", Method::Put), ("GET", Method::Get)]);
    let settings = GatewaySettings {
        method,
        headers: read_texts(section, "headers"),
        body: read_body(section, method),
        success: read_success(section),
        secret: SecretSource::read(section),
        timeout_seconds: section.integer("timeout_seconds", 20, 1..=300).unsigned_abs(),
        url,
    };
    check(section, &settings);
    settings
}

/// A table of texts in the order of the file.
fn read_texts(section: &mut Section<'_>, key: &str) -> Vec<(String, String)> {
    let mut inner = section.section(key);
    inner.keys().into_iter().map(|name| (name.clone(), inner.text(&name, ""))).collect()
}

fn read_body(section: &mut Section<'_>, method: Method) -> Body {
    let given: Vec<&str> = ["form", "json", "body"].into_iter().filter(|key| section.has(key)).collect();
    if let [_, second, ..] = given.as_slice() {
        section.wrong(second, "a request has one body: form, json or body");
    }
    let form = read_texts(section, "form");
    let json = section.tree("json");
    let text = section.optional_text("body");
    let content_type = section.text("content_type", "text/plain; charset=utf-8");
    if section.has("content_type") && text.is_none() {
        section.wrong("content_type", "goes with body; form and json have their own");
    }
    match (method, given.first().copied()) {
        (Method::Get, Some(key)) => {
            section.wrong(key, "a GET has no body: put it into the url, or set method = \"POST\"");
            Body::Empty
        }
        (Method::Post | Method::Put, None) => {
            let missing = "a request says nothing to the gateway: set form, json or body, or method = \"GET\" with all of it in the url";
            // without an address that is said first
            if section.has("url") {
                section.wrong("", missing);
            }
            Body::Empty
        }
        (_, Some("form")) => Body::Form(form),
        (_, Some("json")) => json.map_or(Body::Empty, Body::Json),
        (_, Some(_)) => text.map_or(Body::Empty, |text| Body::Text { text, content_type }),
        (_, None) => Body::Empty,
    }
}

fn read_success(section: &mut Section<'_>) -> Success {
    let status = section.integers("success_status", &[], 100..=599);
    let success = Success {
        status: status.into_iter().filter_map(|code| u16::try_from(code).ok()).collect(),
        json: section.optional_parsed("success_json", None, pointer),
        is: section.optional_text("success_is"),
        contains: section.optional_text("success_contains"),
        refused_contains: section.optional_text("refused_contains"),
    };
    if success.is.is_some() && !section.has("success_json") {
        section.wrong("success_is", "goes with success_json, which says where in the answer it stands");
    }
    success
}

/// RFC 6901.
fn pointer(text: &str) -> Result<String, Complaint> {
    match text.starts_with('/') {
        true => Ok(text.to_owned()),
        false => Err(Complaint {
            message: format!("\"{text}\" is no place in a JSON answer"),
            suggestion: Some(format!("write \"/{text}\"; \"/data/0/status\" goes deeper")),
        }),
    }
}

fn check(section: &mut Section<'_>, settings: &GatewaySettings) {
    if settings.url.is_empty() && section.is_valid("url") {
        section.wrong(if section.has("url") { "url" } else { "" }, "no url says where its messages go");
    } else if !settings.url.is_empty()
        && !settings.url.trim_start().starts_with("{{")
        && let Err(why) = request::check_address(&settings.url)
    {
        section.wrong("url", why);
    }
    if let Some(error) = settings.secret.as_ref().and_then(|secret| secret.check().err()) {
        let key = if section.has("password_file") { "password_file" } else { "password_command" };
        section.wrong_secret(key, error);
    }
    let mut asks_for_secret = false;
    for template in request::templates(settings) {
        let key = match template.place {
            Place::Url => "url",
            Place::Header => "headers",
            Place::Form => "form",
            Place::Json => "json",
            Place::Body => "body",
        };
        // each field of a table has a place of its own
        let mut wrong = |complaint: Complaint| match template.place {
            Place::Header | Place::Form => section.section(key).wrong(&template.name, complaint),
            Place::Json => section
                .wrong(key, Complaint { message: format!("{}: {}", template.name, complaint.message), ..complaint }),
            Place::Url | Place::Body => section.wrong(key, complaint),
        };
        if template.place == Place::Header && !is_header(&template.name) {
            wrong("a header's name is made of letters, digits and hyphens".into());
        }
        match request::variables(&template.text) {
            Err(why) => wrong(why.into()),
            Ok(variables) => {
                asks_for_secret |= variables.iter().any(|variable| variable == request::SECRET);
                let unknown = variables.iter().find(|variable| !request::VARIABLES.contains(&variable.as_str()));
                if let Some(unknown) = unknown {
                    let known = request::VARIABLES.join(", ");
                    wrong(format!("there is no {unknown}, only {known}").into());
                }
            }
        }
        let name = template.name.to_lowercase().replace('_', "-");
        if SECRET_WORDS.iter().any(|word| name.contains(word)) && !template.text.contains("{{") {
            wrong(Complaint {
                message: "a secret does not stand in the configuration".to_owned(),
                suggestion: Some("put it into password_file (chmod 600) and write {{ secret }} here".to_owned()),
            });
        }
    }
    let has_secret = ["password_file", "password_command", "password"].iter().any(|key| section.has(key));
    if asks_for_secret && !has_secret {
        section.wrong("", "{{ secret }} is asked for: set password_file or password_command");
    }
}

fn is_header(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"-_".contains(&letter))
}

/// `https://gateway.example/…`: a path may be the key to a room.
fn masked(url: &str) -> String {
    let shown = url.find("://").and_then(|at| url[at + 3..].find(['/', '?']).map(|end| at + 3 + end));
    match shown {
        Some(end) if !url.starts_with("{{") && end + 1 < url.len() => format!("{}/…", &url[..end]),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::channels::tests::channels;

    fn problems(text: &str) -> Vec<String> {
        channels(text).1
    }

    #[test]
    fn a_request_says_something_and_names_what_there_is() {
        let text = "[channel.sms]\nurl = \"gateway.example\"\n\
                    [channel.b]\nurl = \"http://gateway.example/x\"\nform = { to = \"{{ adress }}\" }\njson = {}\n\
                    [channel.c]\nurl = \"https://x.example\"\nmethod = \"GET\"\nbody = \"{{ text\"\n\
                    success_is = \"1\"\nsuccess_json = \"ok\"\n\
                    [channel.d]\nurl = \"{{ secret }}\"\nform = { api_key = \"4711\", to = 1 }\n\
                    [channel.e]\nurl = \"https://x.example\"\nform = { api_key = \"4711\" }\nheaders = { Authorization = \"Bearer x\" }\n";
        let found = problems(text);
        let told = |starts: &str, says: &str| {
            assert!(found.iter().any(|it| it.starts_with(starts) && it.contains(says)), "{starts} {says}: {found:#?}");
        };
        told("wvl.toml:1:10: channel.sms: ", "says nothing to the gateway");
        told("wvl.toml:2:7: channel.sms.url: ", "is no address such as https://");
        told("wvl.toml:4:7: channel.b.url: ", "only to this machine");
        told(
            "wvl.toml:5:15: channel.b.form.to: ",
            "there is no adress, only id, kind, subject, text, link, address, secret",
        );
        told("wvl.toml:6:8: channel.b.json: ", "one body");
        told("wvl.toml:10:8: channel.c.body: ", "a GET has no body");
        told("wvl.toml:12:16: channel.c.success_json: ", "write \"/ok\"");
        told("wvl.toml:13:10: channel.d: ", "set password_file");
        told("wvl.toml:15:33: channel.d.form.to: ", "expected text in quotes");
        told("wvl.toml:18:20: channel.e.form.api_key: ", "a secret does not stand");
        told("wvl.toml:19:29: channel.e.headers.Authorization: ", "a secret does not stand");
    }

    #[test]
    fn nobody_reads_the_rest_of_an_address() {
        for (url, shown) in [
            ("https://chat.example/hooks/5a5a", "https://chat.example/…"),
            ("https://chat.example?key=1", "https://chat.example/…"),
            ("https://chat.example", "https://chat.example"),
            ("{{ secret }}", "{{ secret }}"),
        ] {
            assert_eq!(super::masked(url), shown);
        }
    }
}
