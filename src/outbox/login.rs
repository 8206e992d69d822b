//! How we log in to a mail server: with a password (PLAIN, LOGIN), or with an access token that a command prints (XOAUTH2, as
//! Microsoft 365 and Google want it).
//!
//! lettre knows XOAUTH2, but takes the server's reason for a refusal (`334` and JSON) for a challenge that it cannot answer; so
//! that dialogue is ours. A token that is refused has mostly expired: the command is asked once more, and a token other than
//! the refused one gets a second chance. All connections of a process share one token.

use std::sync::{Mutex, PoisonError};

use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS, Mechanism};
use lettre::transport::smtp::client::SmtpConnection;
use serde_json::Value;

use super::dialogue::{Said, said, said_by};
use super::reply;
use super::settings::SmtpSettings;
use crate::config::{Secret, SecretSource};
use crate::error::{Error, Kind, Result};

/// RFC 4954 §6: the credentials are wrong.
const WRONG_CREDENTIALS: u16 = 535;

/// Who logs in, and with what.
pub(super) struct Login {
    user: String,
    way: Way,
}

enum Way {
    Password { credentials: Credentials, forms: Vec<String> },
    Token { source: SecretSource, known: Mutex<Known> },
}

/// What the command has printed so far.
#[derive(Default)]
struct Known {
    token: Option<Secret>,
    /// What must not come back in an answer, of earlier tokens too.
    forms: Vec<String>,
}

/// Why a server did not let us in; not cleaned yet.
pub(super) enum Refused {
    /// It said so.
    Said(String),
    /// There was nothing to log in with.
    NoToken(Error),
    /// The token was refused, and there is another one: another connection may do.
    Renewed,
}

impl Login {
    /// Fetches the password; a token is fetched when it is needed. None if nobody logs in.
    pub fn new(settings: &SmtpSettings) -> Result<Option<Login>> {
        let Some(user) = settings.user.clone() else { return Ok(None) };
        let way = match (&settings.password, &settings.token) {
            (Some(source), _) => {
                let password = source.resolve()?;
                Way::Password {
                    credentials: Credentials::new(user.clone(), password.expose().to_owned()),
                    forms: reply::forms_of_secret(&user, password.expose()),
                }
            }
            (None, Some(source)) => Way::Token { source: source.clone(), known: Mutex::default() },
            (None, None) => return Ok(None),
        };
        Ok(Some(Login { user, way }))
    }

    /// What must not come back in an answer: everything secret that this process has sent so far.
    pub fn forms(&self) -> Vec<String> {
        match &self.way {
            Way::Password { forms, .. } => forms.clone(),
            Way::Token { known, .. } => known.lock().unwrap_or_else(PoisonError::into_inner).forms.clone(),
        }
    }

    /// Logs in on a connection that stands, encrypted if it should be. With `is_last` a refused token is no longer renewed.
    pub fn log_in(&self, connection: &mut SmtpConnection, is_last: bool) -> Result<(), Refused> {
        match &self.way {
            Way::Password { credentials, .. } => match connection.auth(DEFAULT_MECHANISMS, credentials) {
                Ok(_) => Ok(()),
                Err(error) => Err(Refused::Said(said_by(&error))),
            },
            Way::Token { .. } => {
                if !connection.server_info().supports_auth_mechanism(Mechanism::Xoauth2) {
                    return Err(Refused::Said("it offers no XOAUTH2, which a token needs".to_owned()));
                }
                let token = self.token(None).map_err(Refused::NoToken)?.unwrap_or_else(|| Secret::new(""));
                let answer =
                    said(connection.command(format!("AUTH XOAUTH2 {}\r\n", initial(&self.user, token.expose()))));
                let (answer, reason) = match answer {
                    // the reason, in base64; an empty line asks for the verdict
                    Said::Yes(334, text) => (said(connection.command("\r\n")), status_of(&text)),
                    other => (other, None),
                };
                match answer {
                    Said::Yes(200..300, _) => Ok(()),
                    Said::No(WRONG_CREDENTIALS, _) if !is_last && self.is_renewed(&token)? => Err(Refused::Renewed),
                    Said::Yes(_, text) | Said::No(_, text) | Said::Nothing(text) => {
                        Err(Refused::Said(reason.map_or(text.clone(), |reason| format!("{text} (status {reason})"))))
                    }
                }
            }
        }
    }

    fn is_renewed(&self, refused: &Secret) -> Result<bool, Refused> {
        self.token(Some(refused)).map(|token| token.is_some()).map_err(Refused::NoToken)
    }

    /// The token at hand, or another one than the refused; none if there is no other.
    fn token(&self, refused: Option<&Secret>) -> Result<Option<Secret>> {
        let Way::Token { source, known } = &self.way else { return Ok(None) };
        // whoever waits here waits for the token that he wants too
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.token.is_some() && known.token.as_ref() != refused {
            return Ok(known.token.clone());
        }
        // a token service that is down is no fault of the configuration
        let fresh = source.resolve().map_err(|error| error.with_kind(Kind::Unavailable))?;
        if !fresh.expose().bytes().all(|letter| letter.is_ascii_graphic()) {
            return Err(Error::new(Kind::Unavailable, "what token_command prints is no token"));
        }
        known.forms.extend(forms_of_token(&self.user, fresh.expose()));
        let is_other = Some(&fresh) != refused;
        known.token = Some(fresh);
        Ok(known.token.clone().filter(|_| is_other))
    }
}

/// What a client sends with AUTH XOAUTH2.
fn initial(user: &str, token: &str) -> String {
    reply::base64(format!("user={user}\x01auth=Bearer {token}\x01\x01").as_bytes())
}

fn forms_of_token(user: &str, token: &str) -> Vec<String> {
    let bare = reply::base64(token.as_bytes());
    vec![initial(user, token), bare.trim_end_matches('=').to_owned(), token.to_owned()]
}

/// The member `status` of the JSON behind `334`: an HTTP status such as 400 or 401.
fn status_of(answer: &str) -> Option<String> {
    let coded = answer.split_whitespace().nth(1)?;
    let value: Value = serde_json::from_slice(&reply::from_base64(coded)?).ok()?;
    match value.get("status")? {
        Value::String(status) => Some(status.chars().take(20).collect()),
        Value::Number(status) => Some(status.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_providers_describe_it() {
        // the example of Google's description
        assert_eq!(
            initial("someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"),
            "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ=="
        );
        let refusal = reply::base64(br#"{"status":"401","schemes":"bearer","scope":"https://mail.example/"}"#);
        assert_eq!(status_of(&format!("334 {refusal}")).as_deref(), Some("401"));
        assert_eq!(status_of(&format!("334 {}", reply::base64(br#"{"status":400}"#))).as_deref(), Some("400"));
        for none in ["334", "334 ", "334 ***", "334 e30=", "334 ü"] {
            assert_eq!(status_of(none), None, "{none}");
        }
    }

    #[test]
    fn neither_a_token_nor_a_part_of_it_comes_back() {
        let token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.canary.4711";
        let forms = forms_of_token("büro@firma.example", token);
        let whole = initial("büro@firma.example", token);
        for echo in [
            format!("535 bad AUTH XOAUTH2 {whole}"),
            format!("535 {whole}"),
            format!("535 you said {}", &whole[..60]),
            format!("535 {token}"),
            format!("535 {}…", &token[..40]),
        ] {
            let shown = reply::clean(&echo, &forms);
            assert!(!shown.contains("eyJ0") && !shown.contains("dXNlcj1") && !shown.contains("canary"), "{shown}");
        }
    }
}
