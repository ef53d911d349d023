//! House rules that a text search can hold. Each says where it applies, what it looks for and why.

use super::tree::Tree;

/// Words that must not stand in some files.
struct Rule {
    /// Where it applies.
    applies: fn(&str) -> bool,
    /// Any of these breaks it.
    words: &'static [&'static str],
    /// What to do instead.
    instead: &'static str,
    /// Whether tests may.
    tests_may: bool,
}

/// A line that begins a file's tests; they stand at the end.
const TESTS: &str = "#[cfg(test)]";

/// Longer files than this hide more than one thought.
const LONGEST: usize = 500;

/// Files that may be longer, and why.
const LONG: &[(&str, &str)] = &[
    ("Cargo.lock", "written by cargo"),
    ("fuzz/Cargo.lock", "written by cargo"),
    ("relay/openapi.json", "written by the relay"),
    ("tests/browser/package-lock.json", "written by npm"),
];

// The words are written in two pieces where this file would break its own rule.
const RULES: &[Rule] = &[
    Rule {
        applies: |path| {
            path.starts_with("shared/src/")
                && !["shared/src/bin/", "shared/src/cli"].iter().any(|face| path.starts_with(face))
        },
        words: &[
            "web_sys",
            "tokio",
            "std::fs",
            "std::net",
            "std::env",
            "SystemTime",
            "Instant::now",
            "Timestamp::now",
            "async fn",
        ],
        instead: "The core does no I/O, reads no clock and is not async. Take it as an argument.",
        tests_may: true,
    },
    Rule {
        applies: |path| path.starts_with("frontend/src/") && !path.starts_with("frontend/src/backend"),
        words: &["fetch_with_", "EventSource::new", "XmlHttpRequest", "WebSocket::new", "Request::new"],
        instead: "All HTTP goes through frontend/src/backend.",
        tests_may: true,
    },
    Rule {
        applies: |path| path.starts_with("frontend/src/"),
        words: &[
            " style=",
            "from_html_unchecked",
            "set_inner_html",
            "set_outer_html",
            "insert_adjacent_html",
            "js_sys::eval",
        ],
        instead: "The content policy blocks inline style and markup from text. Use a class, or typed html!.",
        tests_may: false,
    },
    Rule {
        applies: |path| path.ends_with(".html"),
        words: &[" style=", "<style", " onclick=", " onload=", "<script>", "javascript:"],
        instead: "The content policy blocks inline script and style.",
        tests_may: false,
    },
    Rule {
        applies: |path| path.starts_with("relay/src/http"),
        words: &["rusqlite", "SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM"],
        instead: "Handlers ask the outbox and the inbox; SQL stays in those.",
        tests_may: false,
    },
    Rule {
        applies: |path| path.starts_with("relay/src/") && path != "relay/src/clock.rs",
        words: &["SystemTime::now", "Timestamp::now"],
        instead: "The relay reads the clock in relay/src/clock.rs only.",
        tests_may: true,
    },
    Rule {
        applies: |path| path.starts_with("relay/src/") && !path.starts_with("relay/src/broker/dpv"),
        words: &["seal::open", "SoftKey"],
        instead: "The relay cannot read: it holds no recipient key and no open function.",
        tests_may: true,
    },
    Rule {
        applies: |path| path.ends_with(".rs"),
        words: &[concat!("dbg", "!("), concat!("todo", "!("), concat!("unimplemented", "!(")],
        instead: "Finish it, or leave it out.",
        tests_may: false,
    },
    Rule {
        applies: |_| true,
        words: &[concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/Us", "ers/")],
        instead: "No path of a machine belongs here.",
        tests_may: false,
    },
    Rule {
        applies: |_| true,
        words: &[concat!("registry.", "npmjs"), concat!("index.", "crates.io"), concat!("static.", "crates.io")],
        instead: "No package registry's address belongs here.",
        tests_may: false,
    },
    Rule {
        applies: |path| path.ends_with("package-lock.json"),
        words: &["\"resolved\""],
        instead: "The lock file names versions and hashes, not addresses. See .npmrc.",
        tests_may: false,
    },
    Rule {
        applies: |_| true,
        words: &[
            concat!("BEGIN ", "PRIVATE KEY"),
            concat!("BEGIN ", "RSA PRIVATE KEY"),
            concat!("BEGIN ", "EC PRIVATE KEY"),
        ],
        instead: "No private key belongs here, not even a test's. Make it when it is needed.",
        tests_may: false,
    },
];

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in &tree.files {
        let product = product_lines(path, text);
        for (at, line) in text.lines().enumerate() {
            for rule in RULES.iter().filter(|rule| (rule.applies)(path) && (at < product || !rule.tests_may)) {
                if let Some(word) = rule.words.iter().find(|word| line.contains(**word)) {
                    problems.push(format!("{path}:{}: «{}». {}", at + 1, word.trim(), rule.instead));
                }
            }
        }
        let length = if product == 0 { text.lines().count() } else { product };
        if length > LONGEST && !LONG.iter().any(|(file, _)| file == path) {
            problems
                .push(format!("{path}: {length} lines. Cut it by verb, or give a reason in the list of long files."));
        }
        if path.ends_with("/mod.rs") {
            problems.push(format!("{path}: write foo.rs beside foo/, not mod.rs."));
        }
        if path.ends_with("/Cargo.toml") && !text.contains("[lints]\nworkspace = true") {
            problems.push(format!("{path}: every member takes the workspace's lints."));
        }
    }
    problems
}

/// How many lines come before the tests: none in a file that holds only tests.
fn product_lines(path: &str, text: &str) -> usize {
    if ["/tests.rs", "/testing.rs"].iter().any(|end| path.ends_with(end)) || path.contains("/tests/") {
        return 0;
    }
    let lines: Vec<&str> = text.lines().collect();
    // An import only for tests may stand at the top; what counts is the module.
    let tests = lines.windows(2).position(|pair| pair[0] == TESTS && pair[1].starts_with("mod "));
    tests.unwrap_or(lines.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&Tree::from([(path, text)])).len()
    }

    #[test]
    fn each_rule_finds_what_it_looks_for_and_nothing_else() {
        for rule in RULES {
            assert!(!rule.words.is_empty() && !rule.instead.is_empty());
        }
        assert_eq!(count("shared/src/seal.rs", "use tokio::fs;"), 1);
        assert_eq!(count("shared/src/bin/envelope.rs", "use std::fs;"), 0);
        assert_eq!(count("shared/src/seal/tests.rs", "use std::fs;"), 0);
        assert_eq!(count("shared/src/seal.rs", "#[cfg(test)]\nmod tests {\n    use std::fs;\n}"), 0);
        assert_eq!(count("shared/src/seal.rs", "#[cfg(test)]\nuse std::fs;"), 1);
        assert_eq!(count("frontend/src/portal.rs", "html! { <p style=\"x\"/> }"), 1);
        assert_eq!(count("frontend/src/backend/api.rs", "window.fetch_with_request(&r)"), 0);
        assert_eq!(count("relay/src/clock.rs", "Timestamp::now()"), 0);
        assert_eq!(count("relay/src/accept.rs", "Timestamp::now()"), 1);
        assert_eq!(count("a/package-lock.json", "\"resolved\": \"\""), 1);
    }

    #[test]
    fn length_layout_and_lints_are_held() {
        assert_eq!(count("shared/src/long.rs", &"\n".repeat(LONGEST + 1)), 1);
        assert_eq!(count("shared/src/seal/mod.rs", ""), 1);
        assert_eq!(count("shared/Cargo.toml", "[package]"), 1);
        assert_eq!(count("shared/Cargo.toml", "[lints]\nworkspace = true"), 0);
    }
}
