//! What a counterpart has to do later, kept on disk until it is done.

use jiff::Timestamp;
use konvolutt_shared::api::Status;
use rusqlite::params;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::letter::Flaw;
use crate::database::Database;
use crate::error::Error;
use crate::seed::{Behaviour, Receipt};
use crate::wishes::Wishes;

/// One answer or letter to send. `original` is the SBD that is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum Task {
    /// A `status` message.
    Status { original: String, status: Status },
    /// A `status` message with a word that nobody should send.
    Word { original: String, word: String },
    /// An `arkivmelding_kvittering`.
    Receipt { original: String, receipt: String, code: String, text: String },
    /// A letter in the same conversation, sent as many times as `copies` says.
    Reply { original: String, flaw: Flaw, copies: u8 },
    /// A letter of the counterpart's own.
    Write { to: String, flaw: Flaw },
    /// An `avtalt` without a package.
    Agreed { to: String },
    /// A `status` about a message that nobody sent.
    Stray { to: String },
}

/// A task with its number.
#[derive(Debug)]
pub(super) struct Due<T> {
    pub(super) number: i64,
    pub(super) task: T,
}

/// Keeps a task for a counterpart.
pub(crate) fn enqueue(
    connection: &rusqlite::Connection,
    persona: &str,
    due: Timestamp,
    task: &impl Serialize,
) -> Result<(), Error> {
    connection.execute(
        "INSERT INTO task (persona, due, body) VALUES (?1, ?2, ?3)",
        params![persona, due.as_microsecond(), serde_json::to_string(task)?],
    )?;
    Ok(())
}

/// The tasks whose time has come, in the order they are meant.
pub(super) fn due<T: DeserializeOwned>(
    database: &Database,
    persona: &str,
    now: Timestamp,
) -> Result<Vec<Due<T>>, Error> {
    let connection = database.lock();
    let mut statement = connection
        .prepare_cached("SELECT number, body FROM task WHERE persona = ?1 AND due <= ?2 ORDER BY due, number")?;
    let rows = statement.query_map(params![persona, now.as_microsecond()], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
    })?;
    let mut tasks = Vec::new();
    for row in rows {
        let (number, body) = row?;
        tasks.push(Due { number, task: serde_json::from_str(&body)? });
    }
    Ok(tasks)
}

/// Forgets a task that is done.
pub(super) fn done(database: &Database, number: i64) -> Result<(), Error> {
    database.lock().execute("DELETE FROM task WHERE number = ?1", [number])?;
    Ok(())
}

/// What a counterpart answers a letter that it could open, with delays in seconds: what its behaviour says, changed by
/// what the letter's title asks for.
pub(super) fn plan(behaviour: Behaviour, original: &str, wishes: &Wishes) -> Vec<(f64, Task)> {
    let mut plan = plan_behaviour(behaviour, original);
    if behaviour == Behaviour::Silent {
        return plan;
    }
    if let Some((code, text)) = wishes.refusal() {
        plan.retain(|(_, task)| matches!(task, Task::Status { status: Status::Mottatt, .. }));
        let owned = str::to_owned;
        let refusal =
            Task::Receipt { original: owned(original), receipt: owned("ERROR"), code: owned(code), text: owned(text) };
        plan.push((5.0, refusal));
    } else if wishes.reply && !plan.iter().any(|(_, task)| matches!(task, Task::Reply { .. })) {
        plan.push((10.0, Task::Reply { original: original.to_owned(), flaw: Flaw::Good, copies: 1 }));
    }
    for (seconds, _) in &mut plan {
        *seconds += wishes.delay;
    }
    plan
}

fn plan_behaviour(behaviour: Behaviour, original: &str) -> Vec<(f64, Task)> {
    let status = |status| Task::Status { original: original.to_owned(), status };
    let (mottatt, levert) = (status(Status::Mottatt), status(Status::Levert));
    let receipt = |receipt: Receipt| receipt_task(original, receipt);
    let reply = |flaw, copies| Task::Reply { original: original.to_owned(), flaw, copies };
    let mut plan = vec![(3.0, mottatt.clone()), (5.0, levert.clone())];
    match behaviour {
        Behaviour::Sender | Behaviour::NotPlayed | Behaviour::Silent | Behaviour::NeverTakes => plan.clear(),
        Behaviour::Delivers => {}
        Behaviour::Replies | Behaviour::RepliesShort => {
            plan.extend([(8.0, receipt(Receipt::Ok)), (10.0, reply(Flaw::Good, 1))]);
        }
        Behaviour::Receipts(kind) => plan.push((8.0, receipt(kind))),
        Behaviour::Unordered => plan = vec![(3.0, receipt(Receipt::Ok)), (4.0, levert), (5.0, mottatt)],
        Behaviour::Doubles => plan.extend([(3.0, mottatt), (5.0, levert), (10.0, reply(Flaw::Good, 2))]),
        Behaviour::FailsAfterSending => plan = vec![(2.0, receipt(Receipt::Error))],
        Behaviour::FailsAfterDelivery => plan.push((15.0, receipt(Receipt::Error))),
        Behaviour::ExpiresAfterDelivery => {
            let original = original.to_owned();
            plan.push((15.0, Task::Word { original, word: "LEVETID_UTLOPT".to_owned() }));
        }
        Behaviour::RejectsType => plan = vec![(3.0, mottatt), (5.0, receipt(Receipt::NotSupported))],
        Behaviour::RepliesTampered => plan.push((10.0, reply(Flaw::Tampered, 1))),
        Behaviour::RepliesIncomplete => plan.push((10.0, reply(Flaw::Incomplete, 1))),
        Behaviour::RepliesStrangeNames => plan.push((10.0, reply(Flaw::StrangeNames, 1))),
    }
    plan
}

/// What a counterpart answers a letter that it could not open or verify: never LEVERT.
pub(super) fn plan_refusal(original: &str, code: &str) -> Vec<(f64, Task)> {
    let refusal = Task::Receipt {
        original: original.to_owned(),
        receipt: "ERROR".to_owned(),
        code: code.to_owned(),
        text: "Meldingen kunne ikke åpnes og kontrolleres hos mottakeren.".to_owned(),
    };
    vec![(3.0, Task::Status { original: original.to_owned(), status: Status::Mottatt }), (5.0, refusal)]
}

fn receipt_task(original: &str, receipt: Receipt) -> Task {
    let (receipt, code, text) = match receipt {
        Receipt::Ok => ("OK", "", ""),
        Receipt::Warning => ("WARNING", "Recno", "Dokumentet ble journalført, men saksbehandleren ble ikke funnet."),
        Receipt::Error => ("ERROR", "ArkivError", "Arkivet kunne ikke ta imot meldingen."),
        Receipt::NotSupported => ("NOTSUPPORTED", "UnsupportedType", "Arkivet tar ikke imot denne meldingstypen."),
    };
    let owned = str::to_owned;
    Task::Receipt { original: owned(original), receipt: owned(receipt), code: owned(code), text: owned(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::{ORGANISATIONS, Route};

    fn delivered(plan: &[(f64, Task)]) -> bool {
        plan.iter().any(|(_, task)| matches!(task, Task::Status { status: Status::Levert, .. }))
    }

    fn delivers(behaviour: Behaviour) -> bool {
        !matches!(behaviour, Behaviour::Silent | Behaviour::FailsAfterSending | Behaviour::RejectsType)
    }

    #[test]
    fn everyone_who_delivers_says_so_and_no_refusal_does() {
        for one in ORGANISATIONS.iter().filter(|one| one.is_played() && one.route == Route::Dpo) {
            let said = delivered(&plan(one.behaviour, "{}", &Wishes::default()));
            assert_eq!(said, delivers(one.behaviour), "{}", one.name);
        }
        assert!(!delivered(&plan_refusal("{}", "signature_invalid")));
    }

    #[test]
    fn titles_change_what_is_answered() {
        let asked = |title: &str| plan(Behaviour::Delivers, "{}", &Wishes::of(title));
        assert_eq!(asked("Brev"), plan_behaviour(Behaviour::Delivers, "{}"));
        for title in ["Brev [feil]", "[virus] Brev"] {
            let plan = asked(title);
            assert!(!delivered(&plan), "{title}");
            assert!(plan.iter().any(|(_, task)| matches!(task, Task::Receipt { receipt, .. } if receipt == "ERROR")));
        }
        let late = asked("Brev [forsink 30s]");
        assert_eq!(late.iter().map(|(seconds, _)| *seconds).collect::<Vec<_>>(), [33.0, 35.0]);
        let replies = |plan: &[(f64, Task)]| plan.iter().filter(|(_, task)| matches!(task, Task::Reply { .. })).count();
        assert_eq!((replies(&asked("[svar]")), replies(&asked("Brev"))), (1, 0));
        assert_eq!(replies(&plan(Behaviour::Replies, "{}", &Wishes::of("[svar]"))), 1, "one answer is enough");
        assert_eq!(plan(Behaviour::Silent, "{}", &Wishes::of("[svar] [feil]")), Vec::new());
    }
}
