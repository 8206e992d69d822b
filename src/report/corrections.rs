//! What happened to days that were told of before: documents booked late, changed or voided since the last mail.
//!
//! No clock can tell what a mail has seen: a transaction may have begun before it and ended after it, and an import writes its
//! documents under an earlier day. The snapshot of the mail's figures can.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, Numeric, Text, Timestamptz};
use rust_decimal::Decimal;

use super::evening::{Correction, CorrectionKind, Corrections, Question, Since};
use super::fair::fair;
use super::picked::documents_of;
use super::settings::{CountBy, Shown};
use crate::calendar::end_of_day;
use crate::error::{Error, Result};

/// At most so many by name.
const MOST: usize = 5;

/// The words of the query, the gravest first.
const KINDS: [(CorrectionKind, &str); 3] =
    [(CorrectionKind::Voided, "voided"), (CorrectionKind::Changed, "changed"), (CorrectionKind::Late, "late")];

/// A row `{row}` that the snapshot of the last mail has not seen.
const UNSEEN: &str = "({row}.changed_txid >= $2 \
                      AND NOT pg_visible_in_snapshot({row}.changed_txid::text::xid8, $1::pg_snapshot))";
/// The same of an event; those of before this was noted have been seen.
const UNSEEN_EVENT: &str = "NOT pg_visible_in_snapshot(coalesce({row}.txid, 0)::text::xid8, $1::pg_snapshot)";
/// Where the snapshot is another database's (this one was restored), the clock is all there is.
const LATER: &str = "coalesce({row}.changed_at, {row}.created_at) > $3";
const LATER_EVENT: &str = "{row}.created_at > $3";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    what: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = Nullable<Text>)]
    partner: Option<String>,
    #[diesel(sql_type = Date)]
    day: NaiveDate,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = Nullable<Numeric>)]
    before: Option<Decimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    after: Option<Decimal>,
    #[diesel(sql_type = BigInt)]
    found: i64,
    #[diesel(sql_type = Numeric)]
    worth: Decimal,
}

/// What the readers have not seen; nothing where they have seen nothing.
pub(super) fn load(connection: &mut PgConnection, question: &Question<'_>) -> Result<Corrections> {
    let Some(since) = &question.since else { return Ok(Corrections::default()) };
    let settings = question.settings;
    let rows: Vec<Row> = diesel::sql_query(statement(question, since))
        .bind::<Text, _>(since.snapshot.as_deref().unwrap_or_default())
        .bind::<BigInt, _>(oldest_open(since)?)
        .bind::<Timestamptz, _>(since.at)
        .bind::<Date, _>(since.day)
        .bind::<Timestamptz, _>(end_of_day(since.day, settings.zone))
        .bind::<Text, _>(&settings.report.currency)
        .bind::<BigInt, _>(MOST as i64)
        .load(connection)?;
    let mut corrections = Corrections::default();
    let mut groups: Vec<Vec<Correction>> = Vec::new();
    for (kind, word) in KINDS {
        let of_kind: Vec<&Row> = rows.iter().filter(|row| row.what == word).collect();
        let sum = of_kind.first().map_or((0, Decimal::ZERO), |row| (row.found, row.worth));
        match kind {
            CorrectionKind::Late => corrections.late = sum,
            CorrectionKind::Changed => corrections.changed = sum,
            CorrectionKind::Voided => corrections.voided = sum,
        }
        groups.push(of_kind.into_iter().map(|row| row.correction(kind)).collect());
    }
    corrections.named = fair(groups, MOST);
    Ok(corrections)
}

impl Row {
    fn correction(&self, what: CorrectionKind) -> Correction {
        Correction {
            what,
            kind: self.kind.clone(),
            reference: self.number.clone(),
            partner: self.partner.clone(),
            day: self.day,
            before: self.before,
            after: self.after,
            currency: self.currency.clone(),
        }
    }
}

/// The statement, whose places follow from the settings and from what is known of the last mail.
pub(super) fn statement(question: &Question<'_>, since: &Since) -> String {
    let settings = &question.settings.report;
    let (unseen, unseen_event) = match since.snapshot {
        Some(_) => (UNSEEN, UNSEEN_EVENT),
        None => (LATER, LATER_EVENT),
    };
    let covered = match settings.count_by {
        // moved away from a day that was told of, it is missing there
        CountBy::DocumentDate => "least(d.document_date, e.old_date) <= $4",
        CountBy::BookedAt => "d.booked_at < $5",
    };
    let kinds = match settings.delivery_notes {
        Shown::No => "d.kind <> 'delivery_note'",
        Shown::Auto | Shown::Yes => "true",
    };
    include_str!("corrections/corrections.sql")
        .replace("{unseen:d}", &unseen.replace("{row}", "d"))
        .replace("{unseen:l}", &unseen.replace("{row}", "l"))
        .replace("{unseen:e}", &unseen_event.replace("{row}", "e"))
        .replace("{covered}", covered)
        .replace("{kinds}", kinds)
        .replace("{scope}", &documents_of(question.scope))
}

/// The oldest transaction that was open at a snapshot, which is written `xmin:xmax:xip,…`.
pub(super) fn oldest_open(since: &Since) -> Result<i64> {
    let Some(snapshot) = &since.snapshot else { return Ok(0) };
    let oldest = snapshot.split(':').next().and_then(|oldest| oldest.parse().ok());
    oldest.ok_or_else(|| Error::bug(format!("\"{snapshot}\" is no snapshot of the database")))
}
