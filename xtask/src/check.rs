//! `cargo xtask check`: what the compiler cannot hold, held by reading the files.

mod map;
mod rules;
mod tree;

use std::path::Path;

use anyhow::{Result, bail};

use tree::Tree;

/// Reports everything that is wrong, one line each, and fails if there is anything.
pub(crate) fn check(root: &Path) -> Result<()> {
    let tree = Tree::read(root)?;
    let mut problems = rules::check(&tree);
    problems.extend(map::check(&tree));
    for problem in &problems {
        println!("{problem}");
    }
    if !problems.is_empty() {
        bail!("{} house rules are broken.", problems.len());
    }
    Ok(())
}
