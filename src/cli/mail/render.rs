//! `wvl mail render`: what the templates make of an example.

use wvl::config::nearest;
use wvl::error::{Error, Result};
use wvl::escalation::mail::sample;
use wvl::outbox::compose::{self, Automatic, Draft};
use wvl::outbox::settings::AddressForm;
use wvl::output::{Cell, Output, Table, column};
use wvl::report::{page, sample as evenings};
use wvl::template::{Fixture, Templates};

use crate::cli::Context;

/// Show what a mail or a message on a channel looks like, with an example; without a name list what there is
///
/// The templates of mail.templates count, so that whoever changes one sees it at once. Nothing is sent, and no database is
/// needed. The mails of a real run: wvl escalate run --dry-run --eml-dir DIR.
///
/// Examples:
///   wvl mail render
///   wvl mail render escalation-single --about "advance notice"
///   wvl mail render escalation-bundle --lang en --html -o mail.html
///   wvl mail render escalation-single --eml -o mail.eml
///   wvl mail render report-daily --about "an empty day"
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// The mail's folder among the templates
    #[arg(value_name = "TEMPLATE")]
    template: Option<String>,
    /// Which example [default: the first]
    #[arg(long, value_name = "EXAMPLE", requires = "template")]
    about: Option<String>,
    /// The HTML part instead of the plain text
    #[arg(long, requires = "template", conflicts_with = "eml")]
    html: bool,
    /// The whole mail, to be opened by a mail program
    #[arg(long, requires = "template")]
    eml: bool,
}

impl Args {
    /// Whether it prints a mail as it is, and no table.
    pub fn prints_mail(&self) -> bool {
        self.template.is_some()
    }
}

/// Renders it, or lists what there is.
pub fn run(context: &mut Context, args: &Args) -> Result<()> {
    let settings = context.settings()?;
    let templates = Templates::load(settings.mail.templates.as_deref())?;
    let language = context.global.language();
    let mut fixtures: Vec<Fixture> = sample::fixtures()?;
    fixtures.extend(sample::message_fixtures()?);
    fixtures.extend(evenings::fixtures()?);
    fixtures.retain(|fixture| fixture.language == language);
    let Some(name) = &args.template else {
        return context.printer.list(&Examples { fixtures: &fixtures, overridden: templates.overridden() });
    };
    let chosen = chosen(fixtures, name, args.about.as_deref(), settings.mail.address_form)?;
    let mail = templates.example(&chosen)?;
    if mail.html.is_empty() && (args.html || args.eml) {
        return Err(Error::usage(format!("{name} is a message on a channel: it is nothing but text")));
    }
    let picture = if chosen.mail == page::mail::NAME { evenings::picture(chosen.about)? } else { None };
    if args.html {
        // a browser has no mail to look for it
        let html = picture.map(|it| mail.html.replace(&format!("cid:{}", it.content_id), &page::data_uri(&it.bytes)));
        return context.printer.data(&html.unwrap_or(mail.html));
    }
    if !args.eml {
        return context.printer.data(&format!("{}\n\n{}", mail.subject, mail.text));
    }
    let draft = Draft {
        kind: chosen.mail.to_owned(),
        list: chosen.mail.to_owned(),
        domain: settings.mail.domain.clone(),
        from: settings.mail.from.mailbox()?,
        reply_to: None,
        to: settings.mail.from.mailbox()?,
        message_id: format!("<example@{}>", settings.mail.domain),
        references: Vec::new(),
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        inline: picture.into_iter().collect(),
        attachments: Vec::new(),
        automatic: Automatic::Generated,
        rule: None,
        stage: None,
        item: None,
    };
    let bytes = compose::compose(&draft, context.now()?)?;
    context.printer.bytes(&bytes)
}

/// The example that is asked for; of those that differ in Du and Sie the one in the form of the house.
fn chosen(fixtures: Vec<Fixture>, name: &str, about: Option<&str>, form: AddressForm) -> Result<Fixture> {
    let of_mail: Vec<Fixture> = fixtures.into_iter().filter(|fixture| fixture.name() == name).collect();
    let Some(first) = of_mail.first() else {
        return Err(Error::usage(format!("there is no mail “{name}”")).hint("wvl mail render lists them"));
    };
    let about = about.unwrap_or(first.about).to_owned();
    let known: Vec<&str> = of_mail.iter().map(|fixture| fixture.about).collect();
    if !known.contains(&about.as_str()) {
        let error = Error::usage(format!("the mail {name} has no example “{about}”"));
        return Err(match nearest(&about, known.iter().copied()) {
            Some(near) => error.hint(format!("did you mean “{near}”?")),
            None => error.hint("wvl mail render lists them"),
        });
    }
    let mut meant: Vec<Fixture> = of_mail.into_iter().filter(|fixture| fixture.about == about).collect();
    // Du comes first
    let place = if form == AddressForm::Sie { meant.len() - 1 } else { 0 };
    Ok(meant.swap_remove(place))
}

/// The mails with their examples.
struct Examples<'e> {
    fixtures: &'e [Fixture],
    overridden: &'e [String],
}

impl Output for Examples<'_> {
    fn title(&self) -> &str {
        "Vorlagen"
    }

    fn table(&self) -> Table {
        let mut table = Table::new(vec![
            column("template", "Vorlage"),
            column("about", "Beispiel"),
            column("own", "Eigene Dateien"),
        ]);
        let mut seen: Vec<(String, &str)> = Vec::new();
        for fixture in self.fixtures {
            let named = (fixture.name(), fixture.about);
            if seen.contains(&named) {
                continue;
            }
            // a mail and a message may have the same name; between the two may stand a language
            let root = if named.0.starts_with("message/") { "message/" } else { "mail/" };
            let is_its = |file: &&String| file.starts_with(root) && file.contains(&format!("/{}/", fixture.mail));
            table.push(vec![
                Cell::Text(named.0.clone()),
                Cell::Text(fixture.about.to_owned()),
                Cell::List(self.overridden.iter().filter(is_its).cloned().collect()),
            ]);
            seen.push(named);
        }
        table
    }
}
