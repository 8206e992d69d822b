//! Whose files are, and who may read and change them. Whoever may write the configuration decides where mails go and which
//! commands run; whoever reads a key can sign in our name.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::unistd::{AccessFlags, Uid, User, access};

use super::report::{Area, Report};
use crate::outbox::settings::signing_keys;
use crate::settings::{Inspection, Settings};

/// The configuration file: mistakes, secrets, and who may write it.
pub fn config(found: &Inspection, report: &mut Report) {
    match &found.settings.file {
        Some(file) => {
            match found.problems.len() {
                0 => report.ok(Area::Config, format!("{}: no mistakes", file.display())),
                _ => {
                    for problem in &found.problems {
                        report.error(Area::Config, problem.to_string(), "wvl config validate tells all of them");
                    }
                }
            }
            only_ours_to_write(file, report);
        }
        None => report.warn(
            Area::Config,
            "there is no configuration file, everything stands at its default",
            "wvl config generate /etc/wvl/wvl.toml",
        ),
    }
    // some are told by who looks at calendars and types
    let is_news = |text: &String| !["no state is set", "no stage has hours"].iter().any(|told| text.contains(told));
    for warning in found.warnings.iter().map(ToString::to_string).filter(is_news) {
        report.warn(Area::Config, warning, "");
    }
    for closed in &found.closed {
        report.warn(
            Area::Files,
            closed.to_string(),
            "run wvl doctor as the user who runs the jobs: sudo -u USER wvl doctor",
        );
    }
}

/// Keys, state folder, and the folders of templates and of reports. Password files and configured keys are looked at with the configuration.
pub fn own(settings: &Settings, state_folder: &Path, report: &mut Report) {
    let keys = state_folder.join("signing-keys");
    match &settings.mail.signing_keys_file {
        Some(file) => {
            if signing_keys(file).is_ok() {
                report.ok(Area::Files, format!("{}: signs mails, and nobody else may read it", file.display()));
            }
        }
        None if keys.exists() => match signing_keys(&keys) {
            Ok(_) => report.ok(Area::Files, format!("{}: signs mails, and nobody else may read it", keys.display())),
            Err(error) => report.failed(Area::Files, &error),
        },
        None => report.ok(Area::Files, format!("{} will be made with the first mail", keys.display())),
    }
    let of_reports = settings.report.folder.as_deref();
    for folder in [Some(state_folder), settings.mail.templates.as_deref(), of_reports].into_iter().flatten() {
        only_ours_to_write(folder, report);
    }
    if let Some(folder) = &settings.import.folder {
        may_write(folder, "files are imported from there and moved within", report);
    }
}

/// Whether mails can be written into a folder, which may have to be made.
pub fn may_write(folder: &Path, what_for: &str, report: &mut Report) {
    let existing = folder.ancestors().find(|place| place.exists());
    let Some(existing) = existing else { return };
    if !existing.is_dir() {
        return report.error(
            Area::Files,
            format!("{} is no folder; {what_for}", existing.display()),
            "move it away, or name another one in the configuration",
        );
    }
    match access(existing, AccessFlags::W_OK | AccessFlags::X_OK) {
        Ok(()) if existing == folder => report.ok(Area::Files, format!("{}: can be written", folder.display())),
        Ok(()) => report.ok(Area::Files, format!("{}: will be made when it is needed", folder.display())),
        Err(error) => report.error(
            Area::Files,
            format!("{} cannot be written ({error}); {what_for}", existing.display()),
            way_to_write(existing),
        ),
    }
}

/// A folder of root's can be given away; in one of somebody else's there may be his private cluster.
fn way_to_write(folder: &Path) -> String {
    let owner = std::fs::metadata(folder).map(|found| Uid::from_raw(found.uid()));
    let owner = owner.ok().filter(|owner| !owner.is_root()).and_then(|owner| User::from_uid(owner).ok().flatten());
    match owner {
        Some(User { name, .. }) => {
            format!("it belongs to {name}: sudo -u {name} wvl doctor, or name a folder of your own")
        }
        None => format!("chown it to the user who runs the jobs: chown USER {}", folder.display()),
    }
}

fn only_ours_to_write(path: &Path, report: &mut Report) {
    let Ok(found) = std::fs::metadata(path) else { return };
    let me = nix::unistd::geteuid().as_raw();
    // the private cluster's folder belongs to its server's user
    let is_strange = found.uid() != 0 && found.uid() != me && path.is_file();
    if found.mode() & 0o022 != 0 && found.mode() & 0o1000 == 0 {
        report.error(
            Area::Files,
            format!("{} may be changed by others than its owner", path.display()),
            format!("chmod go-w {}", path.display()),
        );
    } else if is_strange {
        report.warn(
            Area::Files,
            format!("{} belongs to neither root nor this user, who can change what wvl does", path.display()),
            format!("chown root {}", path.display()),
        );
    }
}
