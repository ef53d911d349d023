//! ARCHITECTURE.md against the tree: what it names exists, and what exists at the top of a crate is named.

use std::collections::BTreeSet;

use super::tree::Tree;

const PAGE: &str = "ARCHITECTURE.md";

/// Folders whose direct children, files and folders, are the modules that the map must name.
const CRATES: [&str; 6] =
    ["shared/src/", "frontend/src/", "relay/src/", "relay/sandbox/src/", "xtask/src/", "tests/src/"];

/// What every crate has and no map needs to explain.
const PLAIN: [&str; 3] = ["lib", "main", "bin"];

pub(super) fn check(tree: &Tree) -> Vec<String> {
    let Some(page) = tree.files.get(PAGE) else { return vec![format!("{PAGE} is missing.")] };
    let named: BTreeSet<&str> = quoted(page).collect();
    let mut problems = Vec::new();
    for word in &named {
        if let Some(function) = word.strip_suffix("()") {
            let name = function.rsplit("::").next().unwrap_or(function);
            if !defines(tree, name) {
                problems.push(format!("{PAGE}: there is no function {word}."));
            }
        } else if is_path(tree, word) && !tree.has(word) {
            problems.push(format!("{PAGE}: there is no {word}."));
        }
    }
    let named: BTreeSet<&str> = named.into_iter().map(stem).collect();
    for module in modules(tree) {
        if !named.contains(module.as_str()) {
            problems.push(format!("{PAGE}: {module} is not on the map."));
        }
    }
    problems
}

/// Everything between single backticks, outside of fenced blocks.
fn quoted(page: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    page.lines()
        .filter(move |line| {
            let fence = line.starts_with("```");
            fenced ^= fence;
            !fenced && !fence
        })
        .flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// A word is a path if it has a slash and begins with a folder that exists at the top.
fn is_path(tree: &Tree, word: &str) -> bool {
    word.split_once('/').is_some_and(|(top, _)| !word.contains(' ') && !top.is_empty() && tree.has(top))
}

fn defines(tree: &Tree, name: &str) -> bool {
    let (plain, generic) = (format!("fn {name}("), format!("fn {name}<"));
    tree.files.iter().any(|(path, text)| path.ends_with(".rs") && (text.contains(&plain) || text.contains(&generic)))
}

/// `shared/src/seal.rs` and `shared/src/seal/` are one module.
fn stem(path: &str) -> &str {
    path.trim_end_matches('/').trim_end_matches(".rs")
}

fn modules(tree: &Tree) -> BTreeSet<String> {
    let mut modules = BTreeSet::new();
    for folder in CRATES {
        for (path, _) in tree.under(folder) {
            let rest = &path[folder.len()..];
            let name = rest.split_once('/').map_or_else(|| stem(rest), |(first, _)| first);
            if !PLAIN.contains(&name) {
                modules.insert(format!("{folder}{name}"));
            }
        }
    }
    modules
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: (&str, &str) = ("shared/src/seal.rs", "pub fn open() {}");

    #[test]
    fn a_true_map_passes() {
        let page = "`shared/src/seal.rs` and `seal::open()`; `text/plain` is no path.\n```\n`shared/none`\n```\n";
        assert_eq!(check(&Tree::from([CODE, (PAGE, page)])), Vec::<String>::new());
    }

    #[test]
    fn what_is_gone_or_unnamed_is_found() {
        let problems = check(&Tree::from([CODE, (PAGE, "`shared/src/gone/` and `seal::shut()`")]));
        assert_eq!(problems.len(), 3, "{problems:?}");
    }
}
