//! Letters out.

use konvolutt_shared::finding::Code;
use std::path::{Path, PathBuf};

use konvolutt_shared::api::Status;

use super::corner::{Says, message};
use super::*;
use crate::deliver::{Breaker, Driver};
use crate::follow;

impl Stand {
    fn driver<'a>(&'a self, breaker: &'a Mutex<Breaker>) -> Driver<'a> {
        Driver {
            store: &*self.store,
            broker: &self.dpi,
            channel: channel::DPI,
            breaker,
            world: &*self.world,
            packages: &self.packages,
            follow: Some(follow::FIRST),
        }
    }

    fn offered(&self) -> usize {
        *self.corner.offered.lock().unwrap()
    }

    fn taken(&self) -> Vec<String> {
        self.corner.taken.lock().unwrap().iter().map(|taken| taken.id.clone()).collect()
    }

    fn will_say(&self, says: &[Says]) {
        *self.corner.says.lock().unwrap() = says.iter().copied().collect();
    }

    async fn send(&self, dispatch: &Dispatch) -> Result<(), Failure> {
        let transfer = self.dpi.initialize(dispatch).await?;
        self.dpi.upload(&transfer, dispatch).await
    }
}

fn code(result: Result<(), Failure>) -> (Code, bool) {
    let failure = result.unwrap_err();
    (failure.code(), matches!(failure, Failure::Refused(_)))
}

/// Every file below a folder that holds a text.
fn grep(folder: &Path, needle: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let holds = |path: &PathBuf| std::fs::read(path).unwrap().windows(needle.len()).any(|one| one == needle.as_bytes());
    entries
        .flat_map(
            |path| if path.is_dir() { grep(&path, needle) } else { vec![path].into_iter().filter(holds).collect() },
        )
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_leaves_with_the_token_that_it_holds() {
    let stand = stand().await;
    let letter = stand.letter(PROVIDER).await;
    let dispatch = stand.dispatch(&letter).await;
    assert!(!format!("{dispatch:?}").contains(&letter.token));
    stand.send(&dispatch).await.unwrap();
    let taken = stand.corner.taken.lock().unwrap()[0].clone();
    assert_eq!((&taken.id, &taken.token, taken.channel.as_str()), (&letter.id, &letter.token, "konvolutt"));
    assert_eq!(message(&taken.body), letter.message);
    let text = String::from_utf8(taken.body).unwrap();
    let package = "name=\"dokumentpakke\"; filename=\"asic.cms\"\r\nContent-Type: application/cms\r\n\r\n";
    let package = text.split(package).nth(1).unwrap().split("\r\n--").next().unwrap();
    assert_eq!(package.as_bytes(), SEALED);
    // Again, as after a restart.
    stand.send(&dispatch).await.unwrap();
    assert_eq!(stand.offered(), 1);

    let told = stand.dpi.progress(OURS, &letter.id).await.unwrap();
    assert_eq!((told.events[0].status, told.finished), (Status::Sendt, false));
    stand.corner.statuses.lock().unwrap().push(serde_json::json!({ "status": "SENDT" }));
    let told = stand.dpi.progress(OURS, &letter.id).await.unwrap();
    assert_eq!((told.events[1].status, told.finished), (Status::Mottatt, true));
    let nothing = stand.dpi.progress(OURS, &Uuid::new_v4().to_string()).await.unwrap();
    assert_eq!(nothing, Progress { events: Vec::new(), finished: false, unknown: false });
    stand.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_becomes_of_the_answer_a_letter_is_there_once() {
    let stand = stand().await;
    for (says, code_of_first, refused) in [
        (Says::Lost, Code::SendingUncertain, false),
        (Says::Yes(504), Code::ServiceDown, false),
        (Says::No(503), Code::ServiceDown, false),
        (Says::No(429), Code::ServiceBusy, false),
    ] {
        let letter = stand.letter(PROVIDER).await;
        let dispatch = stand.dispatch(&letter).await;
        stand.will_say(&[says]);
        let before = stand.offered();
        assert_eq!(code(stand.send(&dispatch).await), (code_of_first, refused), "{says:?}");
        stand.send(&dispatch).await.unwrap();
        let again = usize::from(matches!(says, Says::No(_)));
        assert_eq!(stand.offered() - before, 1 + again, "{says:?}: what is known is not offered again");
        assert_eq!(stand.taken().iter().filter(|id| **id == letter.id).count(), 1, "{says:?}");
    }
    // The try before was still under way when the network was asked: the id is used by then.
    let letter = stand.letter(PROVIDER).await;
    let dispatch = stand.dispatch(&letter).await;
    stand.will_say(&[Says::Lost]);
    assert!(matches!(stand.send(&dispatch).await, Err(Failure::Unknown(_))));
    *stand.corner.blind.lock().unwrap() = 1;
    stand.send(&dispatch).await.unwrap();
    assert_eq!(stand.taken().iter().filter(|id| **id == letter.id).count(), 1);
    // A letter that is refused for itself.
    let dispatch = stand.dispatch(&stand.letter(PROVIDER).await).await;
    stand.will_say(&[Says::No(400)]);
    let failure = stand.send(&dispatch).await.unwrap_err();
    let Failure::Refused(finding) = &failure else { panic!("not refused: {failure:?}") };
    assert_eq!(finding.code, Code::ServiceRefused);
    let told = format!("{finding:?}");
    assert!(told.contains("urn:problem:prove") && !told.contains("HEMMELIG"), "{told}");
    stand.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_good_any_more_cannot_be_mended_here() {
    let stand = stand().await;
    let expired = (Code::MailboxTokenExpired, true);
    // Not taken, though it should be good yet.
    let dispatch = stand.dispatch(&stand.letter(PROVIDER).await).await;
    stand.will_say(&[Says::No(401)]);
    assert_eq!(code(stand.send(&dispatch).await), expired);
    assert_eq!(stand.offered(), 1);
    // Sealed for another letter, or by a relay with another key.
    let other = stand.dispatch(&stand.letter(PROVIDER).await).await;
    assert_eq!(code(stand.send(&Dispatch { sbd: other.sbd, ..dispatch }).await), expired);
    // One that was taken while its token was good has left, whenever that is found out.
    let lost = stand.dispatch(&stand.letter(PROVIDER).await).await;
    stand.will_say(&[Says::Lost]);
    assert!(matches!(stand.send(&lost).await, Err(Failure::Unknown(_))));
    let late = stand.dispatch(&stand.letter(PROVIDER).await).await;
    stand.world.pass(180);
    stand.send(&lost).await.unwrap();
    assert_eq!(code(stand.send(&late).await), expired);
    assert_eq!(stand.offered(), 2, "what has expired is not offered");
    stand.sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_tries_again_while_the_token_lives_and_then_gives_up() {
    let stand = stand().await;
    let breaker = Mutex::default();
    let driver = stand.driver(&breaker);
    let letter = stand.letter(PROVIDER).await;
    let id = stand.accept(&letter, PROVIDER).await;
    stand.will_say(&[Says::No(503), Says::No(503)]);
    // The first tries come soon enough: after one second, and after five.
    for wait in [0, 2, 6] {
        stand.world.pass(wait);
        let lease = driver.take().await.unwrap().unwrap();
        driver.step(&lease).await.unwrap();
    }
    let words = |view: &MessageView| view.events.iter().map(|event| event.status).collect::<Vec<_>>();
    assert_eq!(words(&stand.view(&id).await), [Status::Opprettet, Status::Annet, Status::Sendt]);
    assert_eq!(stand.taken(), [letter.id.as_str()]);

    let late = stand.letter(PROVIDER).await;
    let id = stand.accept(&late, PROVIDER).await;
    stand.will_say(&[Says::No(503)]);
    driver.step(&driver.take().await.unwrap().unwrap()).await.unwrap();
    stand.world.pass(180);
    driver.step(&driver.take().await.unwrap().unwrap()).await.unwrap();
    let view = stand.view(&id).await;
    assert_eq!(words(&view), [Status::Opprettet, Status::Annet, Status::Feil]);
    assert_eq!(view.events[2].finding.as_ref().unwrap().code, Code::MailboxTokenExpired);
    assert_eq!((view.summary.status, view.summary.attention), (Status::Feil, true));
    assert!(driver.take().await.unwrap().is_none(), "nobody tries any more");

    // Neither tokens nor messages lie anywhere in the clear.
    let data = stand.folder.path().join("relay");
    assert!(!grep(&data, &letter.id).is_empty(), "what lies there is found");
    for letter in [&letter.token, &late.token, &letter.message, &late.message] {
        for part in letter.split('.') {
            assert_eq!(grep(&data, part), Vec::<PathBuf>::new());
        }
    }
    stand.sandbox.stop().await;
}
