//! Who may ask what: every route of the API, asked by each of the six roles, by somebody with two organisations, by keys
//! and frames of every scope and by nobody, held against a table that is written out here a second time. A route that
//! the table lacks fails the test, and so does a right more or less in `shared/src/api/access.rs`.
#![allow(clippy::unwrap_used)]

#[path = "rights/world.rs"]
mod world;

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use konvolutt_shared::api::{Right, Role};
use konvolutt_tests::routes;
use world::World;

/// What somebody has come with.
#[derive(Clone, Copy, Debug)]
enum Asker {
    /// A session of a person with one role at our organisation.
    Person(Role),
    /// One of a reader at ours who may do everything at another.
    TwoOrganisations,
    /// A key of ours.
    Key(&'static [Right]),
    /// A frame that a key with every right has made.
    Frame(&'static [Right]),
    /// A frame of the sandbox's test mode: a case worker and administrator, within what frames may do.
    TestFrame,
    Nobody,
}

use Asker::{Frame, Key, Nobody, Person, TestFrame, TwoOrganisations};
use Right::{Directory, Embed, Look, Open, Send, Webhooks};

/// The columns of [`ROUTES`], in its order.
const ASKERS: [Asker; 20] = [
    Person(Role::Reader),
    Person(Role::CaseWorker),
    Person(Role::Approver),
    Person(Role::Distributor),
    Person(Role::Administrator),
    Person(Role::Auditor),
    TwoOrganisations,
    Key(&[Directory]),
    Key(&[Look]),
    Key(&[Send]),
    Key(&[Open]),
    Key(&[Webhooks]),
    Key(&[Embed]),
    Key(&[Directory, Look, Send, Open, Webhooks, Embed]),
    Frame(&[Directory]),
    Frame(&[Look]),
    Frame(&[Send]),
    Frame(&[Open]),
    TestFrame,
    Nobody,
];

/// Method, route, address, body, and what comes of it: `+` it is done, `.` 403, `0` 404, `1` 401. Columns: the roles reader,
/// case worker, approver, distributor, administrator, auditor; the one with two organisations; keys for directory, look,
/// send, open, webhooks, embed, all of it; frames for directory, look, send, open; the test frame; nobody.
///
/// The names in braces are things of our organisation; `{upload}` is the asker's own, for who may have one. `{secret-in}` and
/// `{secret-out}` are confidential.
#[rustfmt::skip]
const ROUTES: &[(&str, &str, &str, &str, &str)] = &[
    ("GET", "/session", "/session", "",                                     "++++++ + ....... ++++ + 1"),
    ("DELETE", "/session", "/session", "",                                  "++++++ + ....... ++++ + 1"),
    ("POST", "/session/everywhere", "/session/everywhere", "",              "++++++ + ....... ++++ + 1"),
    ("GET", "/sign-in", "/sign-in", "",                                     "++++++ + +++++++ ++++ + +"),
    ("GET", "/sign-in/callback", "/sign-in/callback?code=x&state=x", "",    "++++++ + +++++++ ++++ + +"),
    ("POST", "/sign-in/back-channel", "/sign-in/back-channel", "",          "++++++ + +++++++ ++++ + +"),
    ("GET", "/sign-in/front-channel", "/sign-in/front-channel?iss=x&sid=x", "", "++++++ + +++++++ ++++ + +"),
    ("GET", "/keys", "/keys", "",                                           "....+. + ....... .... . 1"),
    ("POST", "/keys", "/keys", NEW_KEY,                                     "....+. . ....... .... . 1"),
    ("DELETE", "/keys/{id}", "/keys/{key}", "",                             "....+. 0 ....... .... . 1"),
    ("GET", "/audit", "/audit?organisation={ours}", "",                     ".....+ . ....... .... . 1"),
    ("GET", "/organisations", "/organisations?query=solvik", "",            "++++.. + +.....+ +... + 1"),
    ("POST", "/recipients/lookup", "/recipients/lookup", NUMBER,            ".+.... + ..+...+ ..+. + 1"),
    ("POST", "/recipients/contact", "/recipients/contact", PERSON,          ".+.... + ..+...+ ..+. + 1"),
    ("POST", "/mail-tokens", "/mail-tokens", r#"{"sender":"{ours}"}"#,      ".+.... . ..+...+ ..+. + 1"),
    ("GET", "/print-certificate", "/print-certificate", "",                 ".+.... + ..+...+ ..+. + 1"),
    ("GET", "/revocation-lists", "/revocation-lists", "",                   "++++.. + +.....+ +... + 1"),
    ("GET", "/shipment-types", "/shipment-types", "",                       ".+.... + ..+...+ ..+. + 1"),
    ("OPTIONS", "/uploads", "/uploads", "",                                 "++++++ + +++++++ ++++ + +"),
    ("POST", "/uploads", "/uploads", "",                                    ".+.... + ..+...+ ..+. + 1"),
    ("PATCH", "/uploads/{id}", "/uploads/{upload}", "ti bytes +",           ".+.... + ..+...+ ..+. + 1"),
    ("HEAD", "/uploads/{id}", "/uploads/{upload}", "",                      ".+.... + ..+...+ ..+. + 1"),
    ("POST", "/messages", "/messages", LETTER,                              ".+.... . ..+...+ ..+. + 1"),
    ("DELETE", "/uploads/{id}", "/uploads/{upload}", "",                    ".+.... + ..+...+ ..+. + 1"),
    ("GET", "/messages", "/messages?organisation={ours}", "",               "++++.. + .+....+ .+.. + 1"),
    ("GET", "/attention", "/attention?organisation={ours}", "",             "++++.. + .+....+ .+.. + 1"),
    ("GET", "/messages/{id}", "/messages/{in}", "",                         "++++.. + .+....+ .+.. + 1"),
    ("GET", "/messages/{id}", "/messages/{secret-in}", "",                  "...+.. . ....... .... . 1"),
    ("GET", "/messages/{id}", "/messages/{secret-out}", "",                 ".+.... . ......+ .... + 1"),
    ("GET", "/messages/{id}/status", "/messages/{in}/status", "",           "++++.. + .+....+ .+.. + 1"),
    ("GET", "/messages/{id}/status", "/messages/{secret-in}/status", "",    "...+.. . ....... .... . 1"),
    ("GET", "/messages/{id}/status", "/messages/{secret-out}/status", "",   ".+.... . ......+ .... + 1"),
    ("GET", "/messages/{id}/package", "/messages/{in}/package", "",         ".+.+.. 0 ...+..+ ...+ + 1"),
    ("GET", "/messages/{id}/package", "/messages/{secret-in}/package", "",  "...+.. 0 ....... .... . 1"),
    ("POST", "/messages/{id}/acknowledge", "/messages/{in}/acknowledge", "", ".+.+.. 0 ...+..+ ...+ + 1"),
    ("POST", "/messages/{id}/acknowledge", "/messages/{secret-in}/acknowledge", "", "...+.. 0 ....... .... . 1"),
    ("POST", "/messages/{id}/receipt", "/messages/{in}/receipt", RECEIPT,   ".+.+.. 0 ...+..+ ...+ + 1"),
    ("POST", "/messages/{id}/opened", "/messages/{in}/opened", "",          ".+.+.. 0 ...+..+ ...+ + 1"),
    ("POST", "/messages/{id}/retry", "/messages/{out}/retry", "",           ".+.... 0 ..+...+ ..+. + 1"),
    ("POST", "/messages/{id}/handled", "/messages/{out}/handled", "",       ".+.... . ......+ .... + 1"),
    ("GET", "/messages/{id}/evidence", "/messages/{out}/evidence", "",      ".+.+.. 0 ...+..+ ...+ + 1"),
    ("GET", "/approvals", "/approvals?organisation={ours}", "",             "..+... . ....... .... . 1"),
    ("GET", "/approvals/{id}", "/approvals/{waits}", "",                    "..+... 0 ....... .... . 1"),
    ("GET", "/approvals/{id}/package", "/approvals/{waits}/package", "",    "..+... 0 ....... .... . 1"),
    ("POST", "/approvals/{id}/approve", "/approvals/{waits}/approve", "",   "..+... 0 ....... .... . 1"),
    ("POST", "/approvals/{id}/return", "/approvals/{waits}/return", NOTE,   "..+... 0 ....... .... . 1"),
    ("GET", "/event-log", "/event-log?after=0", "",                         "++++.. + .+....+ .+.. + 1"),
    ("GET", "/events", "/events?after=0", "",                               "++++.. + .+....+ .+.. + 1"),
    ("POST", "/embed-sessions", "/embed-sessions", TEST_FRAME,              "++++++ + +++++++ ++++ + +"),
    ("POST", "/embed/sessions", "/embed/sessions", NEW_FRAME,               "...... . ......+ .... . 1"),
    ("GET", "/webhooks", "/webhooks", "",                                   "....+. + ....+.+ .... . 1"),
    ("POST", "/webhooks", "/webhooks", NEW_WEBHOOK,                         "....+. . ....+.+ .... . 1"),
    ("POST", "/webhooks/{id}/secret", "/webhooks/{webhook}/secret", "",     "....+. 0 ....+.+ .... . 1"),
    ("POST", "/webhooks/{id}/resume", "/webhooks/{webhook}/resume", "",     "....+. 0 ....+.+ .... . 1"),
    ("GET", "/webhooks/{id}/deliveries", "/webhooks/{webhook}/deliveries", "", "....+. 0 ....+.+ .... . 1"),
    ("POST", "/webhooks/{id}/deliveries/{number}/replay", "/webhooks/{webhook}/deliveries/{notice}/replay", "",
                                                                            "....+. 0 ....+.+ .... . 1"),
    ("DELETE", "/webhooks/{id}", "/webhooks/{webhook}", "",                 "....+. 0 ....+.+ .... . 1"),
];

const NEW_KEY: &str = r#"{"organisation":"{ours}","name":"x","scope":["look"],"expires":"{soon}"}"#;
const NUMBER: &str = r#"{"identifier":"310900117"}"#;
const PERSON: &str = r#"{"identifier":"01817010136"}"#;
const LETTER: &str = r#"{"envelope":"{envelope}","upload":"{upload}"}"#;
const RECEIPT: &str = r#"{"receiptType":"OK"}"#;
const NOTE: &str = r#"{"note":"Vedlegg 2 mangler."}"#;
const TEST_FRAME: &str = r#"{"clientId":"pk_test_sandbox","origin":"http://localhost:4711"}"#;
const NEW_FRAME: &str = r#"{"origin":"http://localhost:4711","scope":["send"]}"#;
const NEW_WEBHOOK: &str = r#"{"organisation":"{ours}","address":"http://127.0.0.1:9/x"}"#;

/// Where what is sent is refused whoever sends it, with something else than 401, 403 and 404.
const NEVER_DONE: [&str; 3] = ["/sign-in/callback", "/sign-in/back-channel", "/sign-in/front-channel"];

/// The list is held against the view of each message: who must not see one hears nothing of it either.
#[tokio::test(flavor = "multi_thread")]
async fn the_event_log_tells_of_nothing_that_its_reader_must_not_see() -> Result<()> {
    let mut world = World::open().await?;
    let names = ["in", "out", "secret-in", "secret-out"];
    let mut hidden = 0;
    for asker in ASKERS {
        let mut credential = world.credential(asker).await?;
        let Some(log) = world.read(&credential, "/event-log?after=0", None).await? else { continue };
        let newest = World::newest(&log)?;
        let stream = world.read(&credential, "/events?after=0", Some(&format!("id: {newest}\n"))).await?;
        let stream = stream.with_context(|| format!("{asker:?} hears no events"))?;
        for name in names {
            let may = world.ask(&mut credential, ("GET", &format!("/messages/{{{name}}}"), "")).await?.is_success();
            hidden += u32::from(!may);
            let told = [&log, &stream].map(|text| text.contains(world.name(name).unwrap_or("?")));
            ensure!(told == [may; 2], "{asker:?} is told of {name}: {told:?}, may see it: {may}");
        }
    }
    ensure!(hidden > 0, "everybody may see everything");
    Ok(())
}

/// Who must not see it and asks for it all the same stands in the log, and who may as one who has.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_try_to_read_confidential_post_is_in_the_audit_log() -> Result<()> {
    let mut world = World::open().await?;
    let mut counts = Vec::new();
    for role in [Role::CaseWorker, Role::Distributor] {
        let mut credential = world.credential(Person(role)).await?;
        world.ask(&mut credential, ("GET", "/messages/{secret-in}", "")).await?;
        counts.push([world.logged("refused").await?, world.logged("done").await?]);
    }
    ensure!(counts == [[1, 0], [1, 1]], "{counts:?}");
    Ok(())
}

/// What comes of each column of a row.
fn expected(pattern: &str) -> Vec<char> {
    pattern.chars().filter(|mark| *mark != ' ').collect()
}

#[test]
fn the_table_has_every_route_and_every_asker() -> Result<()> {
    routes::are_all_in(ROUTES.iter().map(|(method, route, ..)| (*method, *route)))?;
    for (method, route, .., pattern) in ROUTES {
        let marks = expected(pattern);
        ensure!(marks.len() == ASKERS.len(), "{method} {route}: {} columns", marks.len());
        ensure!(marks.iter().all(|mark| "+.01".contains(*mark)), "{method} {route}: {pattern}");
    }
    let roles: BTreeSet<_> =
        ASKERS.iter().filter_map(|asker| if let Person(role) = asker { Some(role) } else { None }).collect();
    ensure!(roles.into_iter().copied().eq(Role::ALL.into_iter().collect::<BTreeSet<_>>()), "a role has no column");
    let keys = konvolutt_relay::identity::rights::OF_KEYS
        .iter()
        .all(|right| ASKERS.iter().any(|asker| matches!(asker, Key(scope) if *scope == [*right])));
    let frames = konvolutt_relay::identity::rights::OF_FRAMES
        .iter()
        .all(|right| ASKERS.iter().any(|asker| matches!(asker, Frame(scope) if *scope == [*right])));
    ensure!(keys && frames, "a scope has no column");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_is_for_those_whom_the_table_names() -> Result<()> {
    let mut world = World::open().await?;
    let (mut wrong, mut done) = (Vec::new(), BTreeSet::new());
    for (column, asker) in ASKERS.into_iter().enumerate() {
        let mut credential = world.credential(asker).await?;
        for (method, route, path, body, pattern) in ROUTES {
            world.prepare().await?;
            // What ends a session must not end the one that asks for the rest.
            let ends = route.starts_with("/session") && *method != "GET";
            let mut another = if ends { Some(world.credential(asker).await?) } else { None };
            let answer = world.ask(another.as_mut().unwrap_or(&mut credential), (method, path, body)).await?;
            let mark = expected(pattern)[column];
            let found = match answer.as_u16() {
                401 => '1',
                403 => '.',
                404 => '0',
                500.. => '!',
                _ => '+',
            };
            if found != mark {
                wrong.push(format!("{asker:?} with {method} {path}: {answer}, not {mark}"));
            }
            if answer.is_success() || answer.is_redirection() {
                done.insert((*method, *path));
            }
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    // A row that nobody gets done would only show that what it sends is wrong.
    let never = ROUTES
        .iter()
        .filter(|(method, route, path, ..)| !done.contains(&(*method, *path)) && !NEVER_DONE.contains(route));
    let never: Vec<_> = never.map(|(method, _, path, ..)| format!("{method} {path}")).collect();
    ensure!(never.is_empty(), "nobody got done: {never:?}");
    Ok(())
}
