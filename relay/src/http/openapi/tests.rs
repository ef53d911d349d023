use std::path::Path;

use serde_json::{Value, json};

use super::document;

/// The document that is kept; `KONVOLUTT_BLESS=1` keeps the present one.
const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");

fn as_json() -> Value {
    serde_json::to_value(document()).unwrap()
}

/// Every operation with its name.
fn operations(document: &Value) -> Vec<(String, Value)> {
    let items = document["paths"].as_object().unwrap().values();
    let operations =
        items.flat_map(|item| item.as_object().unwrap().values().filter(|one| one["operationId"].is_string()));
    operations.map(|one| (one["operationId"].as_str().unwrap().to_owned(), one.clone())).collect()
}

/// A schema of the document, for itself.
fn validator(document: &Value, schema: &Value) -> jsonschema::Validator {
    let whole = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "components": document["components"],
        "allOf": [schema],
    });
    jsonschema::options().should_validate_formats(true).build(&whole).unwrap()
}

#[test]
fn the_document_is_the_one_that_is_kept() {
    let present = serde_json::to_string_pretty(&as_json()).unwrap() + "\n";
    if std::env::var_os("KONVOLUTT_BLESS").is_some() {
        std::fs::write(KEPT, &present).unwrap();
    }
    let kept = std::fs::read_to_string(KEPT).unwrap_or_default();
    assert!(kept == present, "the API has changed: if that is meant, run this test with KONVOLUTT_BLESS=1");
}

#[test]
fn every_operation_is_told_of_in_full() {
    let document = as_json();
    let operations = operations(&document);
    assert!(operations.len() > 35, "{}", operations.len());
    for (name, operation) in &operations {
        assert!(operation["summary"].as_str().is_some_and(|summary| !summary.is_empty()), "{name} has no summary");
        assert!(operation["tags"][0].is_string(), "{name} has no tag");
        let refusal = &operation["responses"]["default"]["content"]["application/problem+json"];
        assert_eq!(refusal["schema"]["$ref"], "#/components/schemas/Problem", "{name}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["name"].is_string() && parameter["schema"].is_object(), "{name}: {parameter}");
        }
    }
    let mut names: Vec<_> = operations.iter().map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), operations.len(), "two operations have the same name");
}

#[test]
fn every_json_body_has_an_example_that_its_schema_allows() {
    let document = as_json();
    let mut seen = 0;
    for (name, operation) in operations(&document) {
        let answers = operation["responses"].as_object().unwrap().iter().filter(|(status, _)| *status != "default");
        let bodies = answers.map(|(_, answer)| answer).chain([&operation["requestBody"]]);
        for body in bodies.filter_map(|body| body["content"].get("application/json")) {
            let example = body.get("example").unwrap_or_else(|| panic!("{name} has no example"));
            let wrong: Vec<_> =
                validator(&document, &body["schema"]).iter_errors(example).map(|one| one.to_string()).collect();
            assert!(wrong.is_empty(), "{name}: {wrong:?}");
            // The schema must be able to say no.
            assert!(!validator(&document, &body["schema"]).is_valid(&json!(17)), "{name} allows anything");
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn the_page_shows_every_operation_and_escapes() {
    let document = as_json();
    let page = super::page::render(&document, Path::new("/nowhere"));
    for (name, _) in operations(&document) {
        assert!(page.contains(&format!("id=\"{name}\"")), "{name}");
    }
    assert!(!page.contains("<script") && !page.contains(" style="));
    let mut hostile = document;
    hostile["info"]["title"] = json!("<b>\"&");
    let page = super::page::render(&hostile, Path::new("/nowhere"));
    assert!(page.contains("&lt;b&gt;&quot;&amp;") && !page.contains("<b>"));
}

#[test]
fn every_reference_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let document = as_json();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 20, "{}", found.len());
    for reference in found {
        let there = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
        assert!(there.is_some(), "{reference} leads nowhere");
    }
}
