use std::path::Path;

use super::*;

/// The arguments of every call of a logging macro in a folder, with the file.
fn calls(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            calls(&path, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for name in ["error", "warn", "info", "debug", "trace"] {
            for form in [format!("tracing::{name}!("), format!("tracing::{name}_span!(")] {
                for (at, _) in text.match_indices(&form) {
                    found.push((path.display().to_string(), arguments(&text[at + form.len()..])));
                }
            }
        }
    }
}

/// Up to the bracket that closes the call.
fn arguments(text: &str) -> String {
    let mut depth = 0;
    let end = text.find(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth < 0
    });
    text[..end.unwrap()].to_owned()
}

/// Names of fields: what stands before `=`, or the value itself, without its sigil.
fn fields(arguments: &str) -> Vec<String> {
    let (mut parts, mut depth, mut quoted) = (vec![String::new()], 0, false);
    for c in arguments.chars() {
        quoted ^= c == '"';
        depth += i32::from("([{".contains(c)) - i32::from(")]}".contains(c));
        if c == ',' && depth == 0 && !quoted {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(c);
        }
    }
    let parts = parts.into_iter().map(|part| part.trim().to_owned());
    let parts = parts.filter(|part| !part.is_empty() && !part.starts_with('"') && !part.starts_with("parent:"));
    parts
        .map(|part| part.split('=').next().unwrap_or_default().trim().trim_start_matches(['%', '?']).to_owned())
        .collect()
}

#[test]
fn every_field_in_the_sources_is_in_the_list_and_every_one_of_the_list_is_used() {
    let mut found = Vec::new();
    calls(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    let calls: Vec<_> = found.iter().filter(|(file, _)| !file.ends_with("observe/tests.rs")).collect();
    assert!(calls.len() >= 15, "the search finds the calls: {}", calls.len());
    let mut used = std::collections::BTreeSet::new();
    for (file, arguments) in calls {
        for field in fields(arguments) {
            assert!(FIELDS.contains(&field.as_str()), "{file}: field «{field}» is not in observe::FIELDS");
            used.insert(field);
        }
    }
    let unused: Vec<_> = FIELDS.iter().filter(|field| !used.contains(**field)).collect();
    assert!(unused.is_empty(), "{unused:?} are used nowhere");
}

#[test]
fn fields_are_found_however_they_are_written() {
    let found = fields(r#"%error, message = lease.message, code = %find(a, b), ?attempts, parent: &span, "a, b""#);
    assert_eq!(found, ["error", "message", "code", "attempts"]);
}

#[test]
fn what_was_counted_is_told() {
    let metrics = Metrics::default();
    metrics.envelope(false);
    metrics.envelope(false);
    metrics.envelope(true);
    metrics.refusal(Code::SignedOut);
    metrics.bytes_in().inc_by(12);
    metrics.request("GET", "/api/v1/messages/{id}", 200, Duration::from_millis(7));
    let now = Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_millis(1500);
    let backlog = Backlog { waiting: 3, oldest: Some(Timestamp::UNIX_EPOCH), next: None };
    metrics.backlog("DPO", &backlog, now);
    let text = metrics.text();
    for line in [
        "efm_envelopes_total{result=\"accepted\"} 2",
        "efm_envelopes_total{result=\"repeated\"} 1",
        &format!("efm_refusals_total{{code=\"{}\"}} 1", Code::SignedOut),
        "efm_http_body_bytes_total{direction=\"in\"} 12",
        "efm_queue_depth{channel=\"DPO\"} 3",
        "efm_oldest_pending_seconds{channel=\"DPO\"} 1.5",
        "efm_http_request_duration_seconds_bucket{le=\"0.01\",method=\"GET\",route=\"/api/v1/messages/{id}\",status=\"200\"} 1",
        "# EOF",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}

#[test]
fn the_words_of_a_status_are_those_on_the_wire() {
    for word in ["OPPRETTET", "SENDT", "MOTTATT", "LEVERT", "LEST", "FEIL", "ANNET", "INNKOMMENDE_MOTTATT"] {
        let wire: Status = serde_json::from_value(word.into()).unwrap();
        assert_eq!(status(wire), word);
    }
    for word in ["INNKOMMENDE_LEVERT", "LEVETID_UTLOPT"] {
        assert_eq!(status(serde_json::from_value(word.into()).unwrap()), word);
    }
}
