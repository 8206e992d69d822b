//! Jobs for which a configuration has nothing to do: no crontab gets them, nobody waits for them. Pure.

use super::catalog::Job;
use crate::settings::Settings;

/// Why there is nothing for this job to do, in the words of the office; none: it is wanted.
pub fn reason(settings: &Settings, job: &Job) -> Option<&'static str> {
    let (report, heads) = (&settings.report, &settings.escalation.company_heads);
    let missing = |is_there: bool, why: &'static str| (!is_there).then_some(why);
    match job.key {
        "import-run" => missing(settings.import.folder.is_some(), "in [import] ist kein folder gesetzt"),
        "db-dump" => missing(settings.job.dump.is_some(), "in [job.db-dump] ist kein folder gesetzt"),
        "report-gf-daily" => missing(
            report.gf_daily.has_readers(heads),
            "in [report.gf-daily] steht kein to, oder in [escalation] keine company_heads",
        ),
        "report-department-daily" => missing(
            !report.department_daily.to.is_empty() || report.personal,
            "in [report.department-daily] steht kein to",
        ),
        _ => None,
    }
}
