//! The document as a page for people: made once, without script, in the portal's style.

use std::fmt::Write as _;
use std::path::Path;

use axum::http::HeaderValue;
use serde_json::Value;

/// What the page may load: the portal's style sheet, and nothing else.
pub(super) const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

const METHODS: [&str; 7] = ["get", "head", "options", "post", "put", "patch", "delete"];

/// The page. Its style sheet is the one that the built front end has.
pub(super) fn render(document: &Value, dist: &Path) -> String {
    let style = style_sheet(&std::fs::read_to_string(dist.join("lab.html")).unwrap_or_default());
    let info = &document["info"];
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>API – Konvolutt</title>\n{style}\n\
         </head>\n<body data-color-scheme=\"auto\" data-size=\"md\">\n<main class=\"app-main app-stack\">\n\
         <h1 class=\"ds-heading\" data-size=\"lg\">{}</h1>\n<p class=\"ds-paragraph\">{}</p>\n\
         <p class=\"ds-paragraph\">Version {}. The same as <a class=\"ds-link\" href=\"/api/v1/openapi.json\">OpenAPI \
         {}</a>.</p>\n",
        text(&info["title"]),
        text(&info["description"]),
        text(&info["version"]),
        text(&document["openapi"]),
    );
    let tags = tags(document);
    page.push_str("<nav aria-label=\"Contents\">\n<ul>\n");
    for tag in &tags {
        let _ = writeln!(page, "<li><a class=\"ds-link\" href=\"#{}\">{}</a></li>", anchor(tag), escape(tag));
    }
    page.push_str("<li><a class=\"ds-link\" href=\"#schemas\">Schemas</a></li>\n</ul>\n</nav>\n");
    for tag in &tags {
        section(&mut page, document, tag);
    }
    schemas(&mut page, document);
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

/// The line of the built page that links the style sheet, its integrity included.
fn style_sheet(built: &str) -> String {
    built.lines().find(|line| line.contains("rel=\"stylesheet\"")).unwrap_or_default().trim().to_owned()
}

fn tags(document: &Value) -> Vec<String> {
    let mut tags = Vec::new();
    for (_, _, operation) in operations(document) {
        let tag = operation["tags"][0].as_str().unwrap_or_default().to_owned();
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &'static str, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        METHODS.iter().filter_map(move |method| Some((path.as_str(), *method, item.get(method)?)))
    })
}

fn section(page: &mut String, document: &Value, tag: &str) {
    let _ = writeln!(
        page,
        "<section class=\"app-stack\" aria-labelledby=\"{0}\">\n<h2 class=\"ds-heading\" data-size=\"md\" id=\"{0}\">{1}</h2>",
        anchor(tag),
        escape(tag)
    );
    for (path, method, operation) in operations(document).filter(|(_, _, operation)| operation["tags"][0] == tag) {
        show(page, path, method, operation);
    }
    page.push_str("</section>\n");
}

fn show(page: &mut String, path: &str, method: &str, operation: &Value) {
    let _ = writeln!(
        page,
        "<article class=\"ds-card app-card app-stack\" data-color=\"neutral\" id=\"{}\">\n\
         <h3 class=\"ds-heading\" data-size=\"xs\"><code class=\"app-break\">{} {}</code></h3>\n<p>{}</p>",
        text(&operation["operationId"]),
        method.to_uppercase(),
        escape(path),
        [&operation["summary"], &operation["description"]].map(text).join(" ").trim(),
    );
    if operation["security"].as_array().is_some_and(|any| any.iter().all(|one| one == &serde_json::json!({}))) {
        page.push_str("<p>Needs no sign-in.</p>\n");
    }
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !parameters.is_empty() {
        let rows = parameters.iter().map(|one| {
            let need = if one["required"] == true { "required" } else { "optional" };
            let kind = kind(&one["schema"]);
            [code(&one["name"]), format!("{}, {need}", text(&one["in"])), kind, text(&one["description"])]
        });
        table(page, "Parameters", ["Name", "Where", "Type", "What"], rows);
    }
    content(page, "Body", &operation["requestBody"]["content"]);
    let rows = operation["responses"].as_object().into_iter().flatten().map(|(status, answer)| {
        let kinds = answer["content"].as_object().into_iter().flatten();
        let kinds: Vec<_> =
            kinds.map(|(media, body)| format!("{}: {}", escape(media), kind(&body["schema"]))).collect();
        let headers: Vec<_> =
            answer["headers"].as_object().into_iter().flatten().map(|(name, _)| escape(name)).collect();
        [escape(status), text(&answer["description"]), kinds.join("<br>"), headers.join(", ")]
    });
    table(page, "Answers", ["Status", "What", "Body", "Headers"], rows);
    for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
        for (_, body) in answer["content"].as_object().into_iter().flatten() {
            example(page, &format!("Example of {status}"), &body["example"]);
        }
    }
    page.push_str("</article>\n");
}

fn content(page: &mut String, heading: &str, content: &Value) {
    for (media, body) in content.as_object().into_iter().flatten() {
        let _ = writeln!(page, "<p>{heading}: {}, {}</p>", escape(media), kind(&body["schema"]));
        example(page, "Example of the body", &body["example"]);
    }
}

fn example(page: &mut String, heading: &str, example: &Value) {
    if !example.is_null() {
        let pretty = serde_json::to_string_pretty(example).unwrap_or_default();
        let _ = writeln!(
            page,
            "<details><summary>{}</summary><pre class=\"app-break\" tabindex=\"0\">{}</pre></details>",
            escape(heading),
            escape(&pretty)
        );
    }
}

fn schemas(page: &mut String, document: &Value) {
    page.push_str("<section class=\"app-stack\" aria-labelledby=\"schemas\">\n<h2 class=\"ds-heading\" data-size=\"md\" id=\"schemas\">Schemas</h2>\n");
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        let _ = writeln!(
            page,
            "<article class=\"ds-card app-card app-stack\" data-color=\"neutral\">\n\
             <h3 class=\"ds-heading\" data-size=\"xs\" id=\"schema-{0}\">{0}</h3>\n<p>{1}</p>",
            escape(name),
            text(&schema["description"])
        );
        if let Some(words) = schema["enum"].as_array() {
            let words: Vec<_> = words.iter().map(code).collect();
            let _ = writeln!(page, "<p class=\"app-break\">{}</p>", words.join(" "));
        }
        members(page, schema);
        page.push_str("</article>\n");
    }
    page.push_str("</section>\n");
}

fn members(page: &mut String, schema: &Value) {
    for part in schema["allOf"].as_array().into_iter().flatten() {
        if part["$ref"].is_string() {
            let _ = writeln!(page, "<p>All of {}, and:</p>", kind(part));
        }
        members(page, part);
    }
    let Some(properties) = schema["properties"].as_object() else { return };
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let rows = properties.iter().map(|(name, member)| {
        let need = if required.iter().any(|one| one == name) { "required" } else { "optional" };
        [format!("<code>{}</code>", escape(name)), kind(member), need.to_owned(), text(&member["description"])]
    });
    table(page, "Members", ["Name", "Type", "", "What"], rows);
}

fn table(page: &mut String, caption: &str, heads: [&str; 4], rows: impl Iterator<Item = [String; 4]>) {
    let _ = writeln!(
        page,
        "<div class=\"app-wide\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\">\n<table class=\"ds-table\">\n\
         <caption>{caption}</caption>\n<thead><tr>"
    );
    for head in heads {
        let _ = writeln!(page, "<th scope=\"col\">{head}</th>");
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        let [name, rest @ ..] = row;
        let cells: Vec<_> = rest.iter().map(|cell| format!("<td>{cell}</td>")).collect();
        let _ = writeln!(page, "<tr><td class=\"app-nowrap\">{name}</td>{}</tr>", cells.concat());
    }
    page.push_str("</tbody>\n</table>\n</div>\n");
}

/// A type, with a link where it has a name.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return format!("<a class=\"ds-link\" href=\"#schema-{0}\">{0}</a>", escape(name));
    }
    if let Some(any) = schema["oneOf"].as_array() {
        return any.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    let one = |word: &Value| match word.as_str() {
        Some("array") => format!("array of {}", kind(&schema["items"])),
        Some(word) => match schema["format"].as_str() {
            Some(format) => format!("{} ({})", escape(word), escape(format)),
            None => escape(word),
        },
        None => "bytes".to_owned(),
    };
    match &schema["type"] {
        Value::Array(words) => words.iter().filter(|word| *word != "null").map(one).collect::<Vec<_>>().join(" or "),
        word => one(word),
    }
}

fn code(word: &Value) -> String {
    format!("<code>{}</code>", text(word))
}

/// Prose, with what stands between backticks as code.
fn text(value: &Value) -> String {
    let text = escape(value.as_str().unwrap_or_default());
    let pieces = text.split('`').enumerate();
    pieces.map(|(at, piece)| if at % 2 == 1 { format!("<code>{piece}</code>") } else { piece.to_owned() }).collect()
}

fn anchor(tag: &str) -> String {
    tag.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

/// For text and for quoted attributes.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
