//! The list of templates that are compiled in; the texts they print are in `words.rs`. A test holds it equal to the folder `templates/`.

/// Name below `templates/`, text.
pub(super) const TEMPLATES: &[(&str, &str)] = &[
    ("mail/base.html", include_str!("../../templates/mail/base.html")),
    ("mail/base.txt", include_str!("../../templates/mail/base.txt")),
    ("mail/escalation-bundle/body.html", include_str!("../../templates/mail/escalation-bundle/body.html")),
    ("mail/escalation-bundle/body.txt", include_str!("../../templates/mail/escalation-bundle/body.txt")),
    ("mail/escalation-bundle/subject.txt", include_str!("../../templates/mail/escalation-bundle/subject.txt")),
    ("mail/escalation-single/body.html", include_str!("../../templates/mail/escalation-single/body.html")),
    ("mail/escalation-single/body.txt", include_str!("../../templates/mail/escalation-single/body.txt")),
    ("mail/escalation-single/subject.txt", include_str!("../../templates/mail/escalation-single/subject.txt")),
    ("mail/report-daily/body.html", include_str!("../../templates/mail/report-daily/body.html")),
    ("mail/report-daily/body.txt", include_str!("../../templates/mail/report-daily/body.txt")),
    ("mail/report-daily/page.html", include_str!("../../templates/mail/report-daily/page.html")),
    ("mail/report-daily/subject.txt", include_str!("../../templates/mail/report-daily/subject.txt")),
    ("mail/report-failed/body.html", include_str!("../../templates/mail/report-failed/body.html")),
    ("mail/report-failed/body.txt", include_str!("../../templates/mail/report-failed/body.txt")),
    ("mail/report-failed/subject.txt", include_str!("../../templates/mail/report-failed/subject.txt")),
    ("mail/report-own/body.html", include_str!("../../templates/mail/report-own/body.html")),
    ("mail/report-own/body.txt", include_str!("../../templates/mail/report-own/body.txt")),
    ("mail/report-own/subject.txt", include_str!("../../templates/mail/report-own/subject.txt")),
    ("mail/test/body.html", include_str!("../../templates/mail/test/body.html")),
    ("mail/test/body.txt", include_str!("../../templates/mail/test/body.txt")),
    ("mail/test/subject.txt", include_str!("../../templates/mail/test/subject.txt")),
    ("message/escalation/subject.txt", include_str!("../../templates/message/escalation/subject.txt")),
    ("message/escalation/text.txt", include_str!("../../templates/message/escalation/text.txt")),
    ("message/test/subject.txt", include_str!("../../templates/message/test/subject.txt")),
    ("message/test/text.txt", include_str!("../../templates/message/test/text.txt")),
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Language, words};
    use super::*;

    #[test]
    fn the_list_is_the_folder() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        let files = super::super::folder::Folder::open(&root).unwrap().files().unwrap();
        let mut listed: Vec<String> = TEMPLATES.iter().map(|(name, _)| (*name).to_owned()).collect();
        listed.extend(Language::ALL.map(words::file));
        listed.sort_unstable();
        assert_eq!(files, listed, "src/template/embedded.rs and templates/ differ");
    }
}
