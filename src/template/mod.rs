//! Templates: what our mails look like, kept apart from what they say.
//!
//! Every template is compiled into the program and may be replaced by a file of the same name below one folder
//! (`mail.templates`). Data reaches a template as values only and is never parsed as one; a template sees what its
//! context struct holds and nothing else: no environment, no configuration, no files.
//! An unknown variable is an error. What a template prints is capped, so a bad loop fails one mail, not the run.

mod embedded;
mod filters;
mod folder;
mod text;

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use tera::{Context, Tera};

use crate::error::{Error, Kind, Result};

pub use text::{clip, decimal, hours, money, one_line, wrap};

/// No mail of ours comes near this many bytes; a template that passes it is looping.
const OUTPUT_LIMIT: usize = 4_000_000;

/// All templates, parsed and ready.
pub struct Templates {
    tera: Tera,
    overridden: Vec<String>,
    unknown_files: Vec<String>,
}

/// The three renderings of one mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// One line without control characters.
    pub subject: String,
    /// The plain text part, lines ending in LF.
    pub text: String,
    /// The HTML part, lines ending in LF.
    pub html: String,
}

/// A mail's name with a context it must render with, see [`Templates::check`].
pub struct Fixture {
    /// The mail's folder below `templates/mail`, as in "escalation-single".
    pub mail: &'static str,
    /// What is special about this context, for the message when it fails.
    pub about: &'static str,
    /// The values.
    pub context: Context,
}

impl Fixture {
    /// A fixture from the struct the mail is really rendered with.
    pub fn new<T: Serialize>(mail: &'static str, about: &'static str, values: &T) -> Result<Fixture> {
        Ok(Fixture { mail, about, context: context_of(mail, values)? })
    }
}

impl Templates {
    /// The templates that come with the program.
    pub fn embedded() -> Result<Templates> {
        Templates::load(None)
    }

    /// The embedded templates, those replaced that have a file of the same name below `folder`.
    ///
    /// Fails with [`Kind::Config`] if the folder is missing, a file leads out of it, or a template does not parse.
    pub fn load(folder: Option<&Path>) -> Result<Templates> {
        let mut tera = Tera::new();
        tera.autoescape_on([".html"]);
        filters::register(&mut tera);

        let mut sources: Vec<(String, String)> =
            embedded::TEMPLATES.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let mut overridden = Vec::new();
        let mut unknown_files = Vec::new();
        if let Some(folder) = folder {
            let folder = folder::Folder::open(folder)?;
            for (name, source) in &mut sources {
                if let Some(text) = folder.read(name)? {
                    *source = text;
                    overridden.push(name.clone());
                }
            }
            unknown_files = folder.files()?;
            unknown_files.retain(|file| !sources.iter().any(|(name, _)| name == file));
        }
        tera.add_raw_templates(sources).map_err(|cause| template_error("the templates do not parse", cause))?;
        Ok(Templates { tera, overridden, unknown_files })
    }

    /// Names of the templates that a file of the folder replaces.
    pub fn overridden(&self) -> &[String] {
        &self.overridden
    }

    /// Names of all templates, sorted.
    pub fn names() -> Vec<&'static str> {
        let mut names: Vec<&str> = embedded::TEMPLATES.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names
    }

    /// Renders the subject and both parts of `mail` (its folder below `templates/mail`) with the same values.
    pub fn mail<T: Serialize>(&self, mail: &str, values: &T) -> Result<Mail> {
        self.mail_from(mail, &context_of(mail, values)?)
    }

    /// Renders the subject alone, for one that came out too long with other values.
    pub fn subject<T: Serialize>(&self, mail: &str, values: &T) -> Result<String> {
        Ok(one_line(&self.render(&format!("mail/{mail}/subject.txt"), &context_of(mail, values)?)?))
    }

    fn mail_from(&self, mail: &str, context: &Context) -> Result<Mail> {
        let part = |part: &str| self.render(&format!("mail/{mail}/{part}"), context);
        Ok(Mail { subject: one_line(&part("subject.txt")?), text: tidy(&part("body.txt")?), html: part("body.html")? })
    }

    fn render(&self, name: &str, context: &Context) -> Result<String> {
        let mut output = Capped { bytes: Vec::with_capacity(8_192) };
        self.tera
            .render_to(name, context, &mut output)
            .map_err(|cause| template_error(&format!("template {name} cannot be rendered"), cause))?;
        String::from_utf8(output.bytes)
            .map_err(|cause| Error::config(format!("template {name} writes no UTF-8")).caused_by(cause))
    }

    /// Everything that is wrong with the templates: each fixture is rendered, every variable a mail names must exist in
    /// its fixtures (an `if` on a misspelt name would otherwise be silently false), and a file of the folder that
    /// replaces nothing is named. Empty when all is well.
    pub fn check(&self, fixtures: &[Fixture]) -> Vec<Error> {
        let mut problems = Vec::new();
        for fixture in fixtures {
            if let Err(error) = self.mail_from(fixture.mail, &fixture.context) {
                problems.push(error.hint(format!("seen with the example \"{}\"", fixture.about)));
            }
            for part in ["subject.txt", "body.txt", "body.html"] {
                let name = format!("mail/{}/{part}", fixture.mail);
                let Ok(variables) = self.tera.get_template_variables(&name) else { continue };
                let mut missing: Vec<&str> =
                    variables.into_iter().filter(|variable| !fixture.context.contains_key(variable)).collect();
                missing.sort_unstable();
                for variable in missing {
                    let message =
                        format!("template {name} names the variable {variable}, which this mail does not have");
                    if !problems.iter().any(|problem: &Error| problem.to_string() == message) {
                        problems.push(Error::config(message));
                    }
                }
            }
        }
        for file in &self.unknown_files {
            let mut error = Error::config(format!("template file {file} replaces no template"));
            let closest = Templates::names()
                .into_iter()
                .max_by(|a, b| strsim::jaro_winkler(a, file).total_cmp(&strsim::jaro_winkler(b, file)));
            if let Some(closest) = closest {
                error = error.hint(format!("did you mean {closest}?"));
            }
            problems.push(error);
        }
        problems
    }
}

fn context_of<T: Serialize>(mail: &str, values: &T) -> Result<Context> {
    Context::from_serialize(values)
        .map_err(|cause| Error::bug(format!("the values of mail {mail} are no map")).caused_by(cause.to_string()))
}

/// Tera's errors show the line and a caret below it; all of that helps the person who edits a template.
fn template_error(what: &str, cause: tera::Error) -> Error {
    let mut causes = vec![cause.to_string()];
    let mut source = std::error::Error::source(&cause);
    while let Some(error) = source {
        causes.push(error.to_string());
        source = error.source();
    }
    Error::new(Kind::Config, what).caused_by(causes.join("; "))
}

/// Blank lines that conditions leave behind become one, lines lose their trailing blanks, the text ends in one LF.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut blank = true;
    for line in text.lines().map(str::trim_end) {
        if line.is_empty() && blank {
            continue;
        }
        blank = line.is_empty();
        // format=flowed is not ours: "-- " keeps its blank, it is what mail programs know a signature by
        tidied.push_str(if line == "--" { "-- " } else { line });
        tidied.push('\n');
    }
    while tidied.ends_with("\n\n") {
        tidied.pop();
    }
    tidied
}

struct Capped {
    bytes: Vec<u8>,
}

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > OUTPUT_LIMIT {
            return Err(io::Error::other(format!("it prints more than {OUTPUT_LIMIT} bytes")));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;

    fn with_override(name: &str, text: &str) -> (tempfile::TempDir, Result<Templates>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        let templates = Templates::load(Some(folder.path()));
        (folder, templates)
    }

    const SUBJECT: &str = "mail/escalation-single/subject.txt";

    #[test]
    fn embedded_templates_parse() {
        assert!(Templates::embedded().is_ok_and(|templates| templates.overridden().is_empty()));
    }

    #[test]
    fn a_file_of_the_folder_replaces_a_template() {
        let (_folder, templates) = with_override(SUBJECT, "Eilt: {{ name }}");
        let templates = templates.unwrap();
        assert_eq!(templates.overridden(), [SUBJECT]);
        let context = Context::from_serialize(&json!({"name": "x"})).unwrap();
        assert_eq!(templates.render(SUBJECT, &context).unwrap(), "Eilt: x");
    }

    #[test]
    fn values_are_never_templates() {
        let (_folder, templates) = with_override(SUBJECT, "{{ name }}");
        let context = Context::from_serialize(&json!({"name": "{{ 7*7 }}{% include 'x' %}"})).unwrap();
        assert_eq!(templates.unwrap().render(SUBJECT, &context).unwrap(), "{{ 7*7 }}{% include 'x' %}");
    }

    #[test]
    fn html_is_escaped_and_text_is_not() {
        let (_folder, templates) = with_override("mail/escalation-single/body.html", "{{ name }}");
        let context = Context::from_serialize(&json!({"name": "<b>&\"'"})).unwrap();
        let html = templates.unwrap().render("mail/escalation-single/body.html", &context).unwrap();
        assert!(!html.contains('<') && !html.contains('"'), "{html}");
        let (_folder, templates) = with_override(SUBJECT, "{{ name }}");
        assert_eq!(templates.unwrap().render(SUBJECT, &context).unwrap(), "<b>&\"'");
    }

    #[test]
    fn an_unknown_variable_is_an_error_that_names_it() {
        let (_folder, templates) = with_override(SUBJECT, "Frist: {{ frist }}");
        let error = templates.unwrap().render(SUBJECT, &Context::new()).unwrap_err();
        assert_eq!(error.kind(), Kind::Config);
        assert!(error.full_message().contains("frist"), "{}", error.full_message());
    }

    #[test]
    fn check_finds_a_misspelt_condition_and_a_misspelt_file() {
        let (_folder, templates) = with_override(SUBJECT, "{% if nmae %}x{% endif %}");
        let fixture = Fixture::new("escalation-single", "nothing", &json!({"name": "x"})).unwrap();
        let problems = templates.unwrap().check(&[fixture]);
        assert!(problems.iter().any(|problem| problem.to_string().contains("nmae")), "{problems:?}");

        let (_folder, templates) = with_override("mail/escalation-singel/subject.txt", "x");
        let problems = templates.unwrap().check(&[]);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].hints(), ["did you mean mail/escalation-single/subject.txt?"]);
    }

    #[test]
    fn a_template_that_does_not_parse_is_a_configuration_error_with_its_name() {
        let (_folder, templates) = with_override(SUBJECT, "{% if %}");
        let error = templates.err().unwrap();
        assert_eq!(error.kind(), Kind::Config);
        assert!(error.full_message().contains(SUBJECT), "{}", error.full_message());
    }

    #[test]
    fn an_endless_template_fails_alone() {
        let endless =
            "{% for a in range(end=90000) %}{% for b in range(end=90000) %}xxxxxxxxxx{% endfor %}{% endfor %}";
        let (_folder, templates) = with_override(SUBJECT, endless);
        let error = templates.unwrap().render(SUBJECT, &Context::new()).unwrap_err();
        assert!(error.full_message().contains("more than"), "{}", error.full_message());
        let (_folder, templates) = with_override(SUBJECT, "{% for a in range(end=1000000000) %}{% endfor %}");
        assert!(templates.unwrap().render(SUBJECT, &Context::new()).is_err());
    }

    #[test]
    fn an_include_finds_no_file() {
        for name in ["../../../etc/passwd", "/etc/passwd"] {
            let (_folder, templates) = with_override(SUBJECT, &format!("{{% include \"{name}\" %}}"));
            assert!(templates.is_err(), "{name}");
        }
    }

    #[test]
    fn tidy_leaves_single_blank_lines() {
        assert_eq!(tidy("\n\na  \n\n\n\nb\n-- \nc\n\n"), "a\n\nb\n-- \nc\n");
    }
}
