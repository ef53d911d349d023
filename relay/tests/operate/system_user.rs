//! An organisation lets this relay act for it in Altinn: asked for on the command line, answered on Altinn's page.

use std::process::{Command, Output};

use konvolutt_relay::doctor::Outcome;
use toml::{Table, Value};

use crate::doctor::{complaints, find, report};
use crate::world::{Place, WORLD};

const OURS: &str = "310904007";
/// Not the usual name, which the sandbox's organisations have accepted before.
const NAME: &str = "310904007_integrasjonspunkt_systembruker_drift";

/// `konvolutt system-user WORD`.
fn run(place: &Place, arguments: &[&str]) -> Output {
    let mut run = Command::new(env!("CARGO_BIN_EXE_konvolutt"));
    run.arg("system-user").args(arguments).arg("--config").arg(place.file());
    run.args(["--organisation", OURS]).output().unwrap()
}

/// What it printed, and whether that is good news.
fn told(output: &Output) -> (String, bool) {
    (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.success())
}

/// Somebody opens the address that was printed, and presses a button.
async fn press(printed: &str, word: &str) {
    let address = printed.lines().last().unwrap();
    let url = reqwest::Url::parse(address).unwrap();
    let id = url.query_pairs().find(|(name, _)| name == "id").unwrap().1.into_owned();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    assert!(http.get(address).send().await.unwrap().status().is_success());
    let form = [("id", id.as_str()), ("person", "aud"), ("answer", word)];
    let answer = http.post(address.split('?').next().unwrap()).form(&form).send().await.unwrap();
    assert!(answer.status().is_success());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_is_asked_and_may_refuse_before_it_accepts() {
    let mut place = Place::new();
    let name: Table = toml::from_str(&format!("orgnr = '{OURS}'\nname = '{NAME}'")).unwrap();
    place.tables.insert("system_users".to_owned(), Value::Array(vec![Value::Table(name)]));
    let output = run(&place, &["request"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("altinn.system is missing"), "{output:?}");

    place.set("altinn.system", WORLD.sandbox.maskinporten_client().unwrap().system);
    let examined = report(&place).await;
    assert_eq!(complaints(&examined), [("service.broker.310904007", Outcome::Fail)], "{}", examined.text());
    let advice = find(&examined, "service.broker.310904007").advice.clone().unwrap();
    assert!(advice.contains("konvolutt system-user request"), "{advice}");

    let (text, good) = told(&run(&place, &["status"]));
    assert!(text.contains("none was asked for") && !good, "{text}");
    let (asked, good) = told(&run(&place, &["request"]));
    assert!(asked.starts_with(&format!("{NAME} for {OURS}: nobody has answered yet")) && good, "{asked}");
    assert_eq!(told(&run(&place, &["request"])).0, asked, "asking again asks nothing new");
    assert_eq!(told(&run(&place, &["status"])), (asked.clone(), false));

    press(&asked, "reject").await;
    let (text, good) = told(&run(&place, &["status"]));
    assert!(text.contains("refused") && !good, "{text}");
    assert_eq!(told(&run(&place, &["request"])).0, text, "a refusal stands");
    let (asked, _) = told(&run(&place, &["request", "--again"]));
    assert!(asked.contains("nobody has answered yet"), "{asked}");

    press(&asked, "accept").await;
    let (text, good) = told(&run(&place, &["status"]));
    assert!(text.contains("accepted") && good, "{text}");
    assert_eq!(told(&run(&place, &["request"])), (text, true), "it is there already");
    let examined = report(&place).await;
    assert_eq!(complaints(&examined), [], "{}", examined.text());
}
