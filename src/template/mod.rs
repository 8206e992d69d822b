//! Templates: what our mails look like, kept apart from what they say.
//!
//! Every template is compiled into the program and may be replaced by a file of the same name below one folder
//! (`mail.templates`). Data reaches a template as values only and is never parsed as one; a template sees what its
//! context struct holds and nothing else: no environment, no configuration, no files.
//! A mail is written in the language of its reader: the templates hold its shape and print `words.area` and the like, the
//! texts lie beside them by language ([`words`]). A file in the folder of one language (`mail/en/base.html` for
//! `mail/base.html`) replaces a template for that language alone.
//! An unknown variable is an error. What a template prints is capped, so a bad loop fails one mail, not the run.

mod embedded;
mod filters;
mod folder;
mod language;
mod text;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use tera::{Context, Tera};

use crate::error::{Error, Kind, Result};

pub use language::Language;
pub use text::{clip, day, decimal, hours, money, one_line, wrap};

/// What every template sees beside the values of its mail: the language's code and its texts.
const EVERYWHERE: [&str; 2] = ["language", "words"];

/// No mail of ours comes near this many bytes; a template that passes it is looping.
const OUTPUT_LIMIT: usize = 4_000_000;

/// All templates, parsed and ready.
pub struct Templates {
    german: Tera,
    english: Tera,
    overridden: Vec<String>,
    /// Files for the house's own reports, each with what is wrong with it: that must not stop other mails.
    of_reports: BTreeMap<String, Option<String>>,
    unknown_files: Vec<String>,
    unknown_words: Vec<String>,
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

/// The two renderings of one message on a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// One line without control characters.
    pub subject: String,
    /// Lines ending in LF, the last without.
    pub text: String,
}

/// What a folder of templates is for, by its name below `templates`, and the files in each of its folders.
type Parts = (&'static str, &'static [&'static str]);
const MAIL: Parts = ("mail", &["subject.txt", "body.txt", "body.html"]);
/// Templates of the house for its own reports; what one lacks is taken from the usual one.
const REPORT: Parts = ("report", MAIL.1);
const USUAL_REPORT: &str = "report-own";
const MESSAGE: Parts = ("message", &["subject.txt", "text.txt"]);

/// A mail's name with a context it must render with, see [`Templates::check`].
pub struct Fixture {
    parts: Parts,
    /// The mail's folder below `templates/mail`, as in "escalation-single", or a message's below `templates/message`.
    pub mail: &'static str,
    /// The language of the values.
    pub language: Language,
    /// What is special about this context, for the message when it fails.
    pub about: &'static str,
    /// The values.
    pub context: Context,
}

impl Fixture {
    /// A fixture from the struct the mail is really rendered with.
    pub fn new<T: Serialize>(
        mail: &'static str,
        language: Language,
        about: &'static str,
        values: &T,
    ) -> Result<Fixture> {
        Ok(Fixture { parts: MAIL, mail, language, about, context: context_of(mail, values)? })
    }

    /// The same for a message on a channel.
    pub fn of_message<T: Serialize>(
        message: &'static str,
        language: Language,
        about: &'static str,
        values: &T,
    ) -> Result<Fixture> {
        Ok(Fixture { parts: MESSAGE, ..Fixture::new(message, language, about, values)? })
    }

    /// What it is called among all: of a message its folder stands before it.
    pub fn name(&self) -> String {
        if self.parts == MAIL { self.mail.to_owned() } else { format!("{}/{}", self.parts.0, self.mail) }
    }

    fn files(&self) -> impl Iterator<Item = String> {
        let (folder, files) = self.parts;
        files.iter().map(move |file| format!("{folder}/{}/{file}", self.mail))
    }
}

impl Templates {
    /// The templates that come with the program.
    pub fn embedded() -> Result<Templates> {
        Templates::load(None)
    }

    /// The embedded templates and texts, those replaced that have a file below `folder`.
    ///
    /// Fails with [`Kind::Config`] if the folder is missing, a file leads out of it, or a template does not parse.
    pub fn load(folder: Option<&Path>) -> Result<Templates> {
        let folder = folder.map(folder::Folder::open).transpose()?;
        let mut files = BTreeSet::new();
        let mut unknown_words = Vec::new();
        let mut all_files = folder.as_ref().map(|folder| folder.files()).transpose()?.unwrap_or_default();
        let mut of_reports: BTreeMap<String, Option<String>> =
            all_files.iter().filter(|file| is_of_report(file)).map(|file| (file.clone(), None)).collect();
        let mut parsed = |language: Language| -> Result<Tera> {
            let mut tera = Tera::new();
            tera.autoescape_on([".html"]);
            filters::register(&mut tera, language);
            let (words, replaced) = words::load(language, folder.as_ref())?;
            if replaced {
                files.insert(words::file(language));
            }
            tera.global_context().insert("language", language.code());
            tera.global_context().insert("words", &words.texts);
            unknown_words.extend(words.problems);
            let mut sources = Vec::with_capacity(embedded::TEMPLATES.len());
            for (name, text) in embedded::TEMPLATES {
                let mut source = (*text).to_owned();
                for file in [(*name).to_owned(), in_language(name, language)] {
                    if let Some(text) = folder.as_ref().map(|folder| folder.read(&file)).transpose()?.flatten() {
                        source = text;
                        files.insert(file);
                    }
                }
                sources.push(((*name).to_owned(), source));
            }
            tera.add_raw_templates(sources).map_err(|cause| template_error("the templates do not parse", cause))?;
            for (file, wrong) in &mut of_reports {
                let text = folder.as_ref().map(|folder| folder.read(file)).transpose()?.flatten();
                let mut with_it = tera.clone();
                match with_it.add_raw_template(file, &text.unwrap_or_default()) {
                    Ok(()) => tera = with_it,
                    Err(cause) => *wrong = Some(told(&cause)),
                }
            }
            Ok(tera)
        };
        let (german, english) = (parsed(Language::German)?, parsed(Language::English)?);
        all_files.retain(|file| !files.contains(file) && !of_reports.contains_key(file));
        Ok(Templates {
            german,
            english,
            overridden: files.into_iter().collect(),
            of_reports,
            unknown_files: all_files,
            unknown_words,
        })
    }

    /// The files of the folder that replace something, sorted.
    pub fn overridden(&self) -> &[String] {
        &self.overridden
    }

    /// Names of all files that can be replaced, sorted: every template, every template for one language alone, and the
    /// texts of each language.
    pub fn names() -> Vec<String> {
        let of = |language| embedded::TEMPLATES.iter().map(move |(name, _)| in_language(name, language));
        let mut names: Vec<String> = embedded::TEMPLATES.iter().map(|(name, _)| (*name).to_owned()).collect();
        names.extend(Language::ALL.into_iter().flat_map(of));
        names.extend(Language::ALL.map(words::file));
        names.sort_unstable();
        names
    }

    fn of(&self, language: Language) -> &Tera {
        match language {
            Language::German => &self.german,
            Language::English => &self.english,
        }
    }

    /// Renders the subject and both parts of `mail` (its folder below `templates/mail`) with the same values.
    pub fn mail<T: Serialize>(&self, mail: &str, language: Language, values: &T) -> Result<Mail> {
        self.mail_from(mail, language, &context_of(mail, values)?)
    }

    /// Renders a report of the house's own: by the files of its template (a folder below `report/` in the house's folder),
    /// and by the usual ones where it has none.
    ///
    /// Fails with [`Kind::Config`] if there is no such folder, or a file names something that no report has.
    pub fn report<T: Serialize>(&self, template: Option<&str>, language: Language, values: &T) -> Result<Mail> {
        let (folder, files) = REPORT;
        let own = |part: &str| template.map(|template| format!("{folder}/{template}/{part}"));
        if let Some(template) = template
            && !files.iter().any(|part| own(part).is_some_and(|name| self.of_reports.contains_key(&name)))
        {
            return Err(Error::config(format!("there is no template {folder}/{template} in the folder of templates"))
                .hint(format!("mail.templates names the folder; {folder}/{template}/body.html is a file in it")));
        }
        let context = context_of(template.unwrap_or(USUAL_REPORT), values)?;
        let part = |part: &str| {
            let name = own(part).filter(|name| self.of_reports.contains_key(name));
            if let Some((name, Some(wrong))) = name.as_ref().and_then(|name| self.of_reports.get_key_value(name)) {
                return Err(Error::config(format!("template {name} does not parse")).caused_by(wrong.as_str()));
            }
            self.render(&name.unwrap_or_else(|| format!("{}/{USUAL_REPORT}/{part}", MAIL.0)), language, &context)
        };
        Ok(Mail { subject: one_line(&part("subject.txt")?), text: tidy(&part("body.txt")?), html: part("body.html")? })
    }

    /// Renders the subject alone, for one that came out too long with other values.
    pub fn subject<T: Serialize>(&self, mail: &str, language: Language, values: &T) -> Result<String> {
        Ok(one_line(&self.render(&format!("mail/{mail}/subject.txt"), language, &context_of(mail, values)?)?))
    }

    /// Renders the page of a mail that has one for the browser: `page.html` in its folder.
    pub fn page<T: Serialize>(&self, mail: &str, language: Language, values: &T) -> Result<String> {
        self.render(&format!("mail/{mail}/page.html"), language, &context_of(mail, values)?)
    }

    /// Renders both parts of a message on a channel (its folder below `templates/message`) with the same values.
    pub fn message<T: Serialize>(&self, message: &str, language: Language, values: &T) -> Result<Message> {
        let context = context_of(message, values)?;
        let part = |part: &str| self.render(&format!("message/{message}/{part}"), language, &context);
        Ok(Message { subject: one_line(&part("subject.txt")?), text: tidy(&part("text.txt")?).trim_end().to_owned() })
    }

    /// The mail of an example; one on a channel has no HTML.
    pub fn example(&self, fixture: &Fixture) -> Result<Mail> {
        if fixture.parts == MAIL {
            return self.mail_from(fixture.mail, fixture.language, &fixture.context);
        }
        let part =
            |part: &str| self.render(&format!("message/{}/{part}", fixture.mail), fixture.language, &fixture.context);
        Ok(Mail { subject: one_line(&part("subject.txt")?), text: tidy(&part("text.txt")?), html: String::new() })
    }

    fn mail_from(&self, mail: &str, language: Language, context: &Context) -> Result<Mail> {
        let part = |part: &str| self.render(&format!("mail/{mail}/{part}"), language, context);
        Ok(Mail { subject: one_line(&part("subject.txt")?), text: tidy(&part("body.txt")?), html: part("body.html")? })
    }

    fn render(&self, name: &str, language: Language, context: &Context) -> Result<String> {
        let mut output = Capped { bytes: Vec::with_capacity(8_192) };
        self.of(language)
            .render_to(name, context, &mut output)
            .map_err(|cause| template_error(&format!("template {name} cannot be rendered"), cause))?;
        String::from_utf8(output.bytes)
            .map_err(|cause| Error::config(format!("template {name} writes no UTF-8")).caused_by(cause))
    }

    /// Everything that is wrong with the templates: each fixture is rendered, every variable a mail names must exist in
    /// its fixtures (an `if` on a misspelt name would otherwise be silently false), and files and texts of the folder that
    /// replace nothing are named. Empty when all is well.
    pub fn check(&self, fixtures: &[Fixture]) -> Vec<Error> {
        let mut problems = Vec::new();
        for fixture in fixtures {
            let rendered =
                fixture.files().try_for_each(|name| self.render(&name, fixture.language, &fixture.context).map(drop));
            if let Err(error) = rendered {
                problems.push(error.hint(format!(
                    "seen with the example \"{}\", language {}",
                    fixture.about,
                    fixture.language.code()
                )));
            }
            for name in fixture.files() {
                let Ok(variables) = self.of(fixture.language).get_template_variables(&name) else { continue };
                let is_known =
                    |variable: &str| EVERYWHERE.contains(&variable) || fixture.context.contains_key(variable);
                let mut missing: Vec<&str> = variables.into_iter().filter(|variable| !is_known(variable)).collect();
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
        problems.extend(self.unknown_words.iter().map(Error::config));
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

/// `report/NAME/body.html` and the like.
fn is_of_report(file: &str) -> bool {
    let mut parts = file.split('/');
    let (folder, name, part, none) = (parts.next(), parts.next(), parts.next(), parts.next());
    folder == Some(REPORT.0) && name.is_some() && part.is_some_and(|part| REPORT.1.contains(&part)) && none.is_none()
}

/// Where a template lies that is replaced for one language alone.
fn in_language(name: &str, language: Language) -> String {
    let (kind, inner) = name.split_once('/').unwrap_or((MAIL.0, name));
    format!("{kind}/{}/{inner}", language.code())
}

fn context_of<T: Serialize>(mail: &str, values: &T) -> Result<Context> {
    Context::from_serialize(values)
        .map_err(|cause| Error::bug(format!("the values of mail {mail} are no map")).caused_by(cause.to_string()))
}

/// Tera's errors show the line and a caret below it; all of that helps the person who edits a template.
fn template_error(what: &str, cause: tera::Error) -> Error {
    Error::new(Kind::Config, what).caused_by(told(&cause))
}

/// The error with all its causes.
fn told(cause: &tera::Error) -> String {
    let mut causes = vec![cause.to_string()];
    let mut source = std::error::Error::source(cause);
    while let Some(error) = source {
        causes.push(error.to_string());
        source = error.source();
    }
    causes.join("; ")
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
        assert_eq!(templates.render(SUBJECT, Language::German, &context).unwrap(), "Eilt: x");
    }

    #[test]
    fn a_file_in_the_folder_of_a_language_is_for_it_alone() {
        let english = "mail/en/escalation-single/subject.txt";
        let (folder, _) = with_override(SUBJECT, "both: {{ name }}");
        fs::create_dir_all(folder.path().join("mail/en/escalation-single")).unwrap();
        fs::write(folder.path().join(english), "{{ words.area }} of {{ name }}, {{ language }}").unwrap();
        let templates = Templates::load(Some(folder.path())).unwrap();
        assert_eq!(templates.overridden(), [english, SUBJECT]);
        assert!(templates.check(&[]).is_empty());
        let context = Context::from_serialize(&json!({"name": "x"})).unwrap();
        let said = |language| templates.render(SUBJECT, language, &context).unwrap();
        assert_eq!([said(Language::German), said(Language::English)], ["both: x", "Area of x, en"]);
        assert!(Templates::names().contains(&english.to_owned()));
    }

    #[test]
    fn values_are_never_templates() {
        let (_folder, templates) = with_override(SUBJECT, "{{ name }}");
        let context = Context::from_serialize(&json!({"name": "{{ 7*7 }}{% include 'x' %}"})).unwrap();
        assert_eq!(
            templates.unwrap().render(SUBJECT, Language::German, &context).unwrap(),
            "{{ 7*7 }}{% include 'x' %}"
        );
    }

    #[test]
    fn html_is_escaped_and_text_is_not() {
        let (_folder, templates) = with_override("mail/escalation-single/body.html", "{{ name }}");
        let context = Context::from_serialize(&json!({"name": "<b>&\"'"})).unwrap();
        let html = templates.unwrap().render("mail/escalation-single/body.html", Language::German, &context).unwrap();
        assert!(!html.contains('<') && !html.contains('"'), "{html}");
        let (_folder, templates) = with_override(SUBJECT, "{{ name }}");
        assert_eq!(templates.unwrap().render(SUBJECT, Language::German, &context).unwrap(), "<b>&\"'");
    }

    #[test]
    fn an_unknown_variable_is_an_error_that_names_it() {
        let (_folder, templates) = with_override(SUBJECT, "Frist: {{ frist }}");
        let error = templates.unwrap().render(SUBJECT, Language::German, &Context::new()).unwrap_err();
        assert_eq!(error.kind(), Kind::Config);
        assert!(error.full_message().contains("frist"), "{}", error.full_message());
    }

    #[test]
    fn check_finds_a_misspelt_condition_and_a_misspelt_file() {
        let (_folder, templates) = with_override(SUBJECT, "{% if nmae %}x{% endif %}");
        let fixture = Fixture::new("escalation-single", Language::German, "nothing", &json!({"name": "x"})).unwrap();
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
        let error = templates.unwrap().render(SUBJECT, Language::German, &Context::new()).unwrap_err();
        assert!(error.full_message().contains("more than"), "{}", error.full_message());
        let (_folder, templates) = with_override(SUBJECT, "{% for a in range(end=1000000000) %}{% endfor %}");
        assert!(templates.unwrap().render(SUBJECT, Language::German, &Context::new()).is_err());
    }

    #[test]
    fn an_include_finds_no_file() {
        for name in ["../../../etc/passwd", "/etc/passwd"] {
            let (_folder, templates) = with_override(SUBJECT, &format!("{{% include \"{name}\" %}}"));
            assert!(templates.is_err(), "{name}");
        }
    }

    #[test]
    fn a_template_of_a_report_may_have_some_files_only() {
        let (_folder, templates) = with_override("report/umsatz/subject.txt", "Umsatz: {{ said }}");
        let templates = templates.unwrap();
        assert!(templates.overridden().is_empty() && templates.check(&[]).is_empty());
        let values = json!({
            "company": "", "preheader": "", "reason": "", "title": "x", "description": "", "about": "", "said": "3 Zeilen",
            "note": "", "columns": [], "rows": [], "table": "", "rest": "",
        });
        let mail = templates.report(Some("umsatz"), Language::German, &values).unwrap();
        assert_eq!(mail.subject, "Umsatz: 3 Zeilen");
        assert!(mail.html.contains("3 Zeilen"));
        assert_eq!(templates.report(None, Language::German, &values).unwrap().subject, "x · 3 Zeilen");
        // one that cannot be read stops no other mail
        let (_folder, broken) = with_override("report/umsatz/body.html", "{% if %}");
        let broken = broken.unwrap();
        assert!(broken.report(None, Language::German, &values).is_ok());
        let error = broken.report(Some("umsatz"), Language::German, &values).unwrap_err();
        assert!(error.to_string().contains("report/umsatz/body.html does not parse"), "{error}");
        let error = templates.report(Some("none"), Language::German, &values).unwrap_err();
        assert!(error.to_string().contains("no template report/none"), "{error}");
    }

    #[test]
    fn tidy_leaves_single_blank_lines() {
        assert_eq!(tidy("\n\na  \n\n\n\nb\n-- \nc\n\n"), "a\n\nb\n-- \nc\n");
    }
}
