//! What the lab remembers, as plain data: which part is open, which is chosen, and where the keyboard goes.

use std::collections::BTreeSet;

use konvolutt_shared::inspect::Node;

/// Address of a node: the position at each level.
pub(super) type Path = Vec<usize>;

/// A row of the tree as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) path: Path,
    pub(super) label: String,
    pub(super) value: Option<String>,
    /// Whether it has parts, and whether they are shown.
    pub(super) expanded: Option<bool>,
    pub(super) offset: u64,
    pub(super) length: u64,
    /// Position among its siblings and their number, from 1.
    pub(super) position: (usize, usize),
}

/// Which nodes are open and which one is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TreeState {
    pub(super) open: BTreeSet<Path>,
    pub(super) chosen: Path,
}

/// A key of the ARIA tree pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    OpenSiblings,
    Toggle,
}

impl Move {
    pub(super) fn from_key(key: &str) -> Option<Self> {
        match key {
            "ArrowUp" => Some(Self::Up),
            "ArrowDown" => Some(Self::Down),
            "ArrowLeft" => Some(Self::Left),
            "ArrowRight" => Some(Self::Right),
            "Home" => Some(Self::Home),
            "End" => Some(Self::End),
            "*" => Some(Self::OpenSiblings),
            "Enter" | " " => Some(Self::Toggle),
            _ => None,
        }
    }
}

/// The rows that are visible, top down.
pub(super) fn rows(tree: &[Node], state: &TreeState) -> Vec<Row> {
    let mut rows = Vec::new();
    collect(tree, &mut Vec::new(), state, &mut rows);
    rows
}

fn collect(nodes: &[Node], path: &mut Path, state: &TreeState, rows: &mut Vec<Row>) {
    for (index, node) in nodes.iter().enumerate() {
        path.push(index);
        let expanded = (!node.children.is_empty()).then(|| state.open.contains(path));
        rows.push(Row {
            path: path.clone(),
            label: node.label.clone(),
            value: node.value.clone(),
            expanded,
            offset: node.offset,
            length: node.length,
            position: (index + 1, nodes.len()),
        });
        if expanded == Some(true) {
            collect(&node.children, path, state, rows);
        }
        path.pop();
    }
}

impl TreeState {
    /// The first look: the outermost parts open.
    pub(super) fn new(tree: &[Node]) -> Self {
        Self { open: (0..tree.len()).map(|index| vec![index]).collect(), chosen: vec![0] }
    }

    /// The state after a key.
    pub(super) fn after(&self, tree: &[Node], key: Move) -> Self {
        let rows = rows(tree, self);
        let Some(at) = rows.iter().position(|row| row.path == self.chosen) else {
            return Self { chosen: vec![0], ..self.clone() };
        };
        let row = &rows[at];
        let mut next = self.clone();
        match key {
            Move::Up => next.choose(&rows[at.saturating_sub(1)]),
            Move::Down => next.choose(&rows[(at + 1).min(rows.len() - 1)]),
            Move::Home => next.choose(&rows[0]),
            Move::End => next.choose(&rows[rows.len() - 1]),
            Move::Right if row.expanded == Some(false) => next.toggle(&row.path),
            Move::Right if row.expanded == Some(true) => next.choose(&rows[at + 1]),
            Move::Left if row.expanded == Some(true) => next.toggle(&row.path),
            Move::Left if row.path.len() > 1 => next.chosen = row.path[..row.path.len() - 1].to_vec(),
            Move::Toggle if row.expanded.is_some() => next.toggle(&row.path),
            Move::OpenSiblings => next.open_siblings(&rows, &row.path),
            Move::Right | Move::Left | Move::Toggle => {}
        }
        next
    }

    fn choose(&mut self, row: &Row) {
        self.chosen.clone_from(&row.path);
    }

    /// Opens a closed node and closes an open one.
    pub(super) fn toggle(&mut self, path: &Path) {
        if !self.open.remove(path) {
            self.open.insert(path.clone());
        }
    }

    fn open_siblings(&mut self, rows: &[Row], path: &[usize]) {
        let parent = &path[..path.len() - 1];
        let siblings = rows.iter().filter(|row| row.path.len() == path.len() && row.path.starts_with(parent));
        self.open.extend(siblings.filter(|row| row.expanded.is_some()).map(|row| row.path.clone()));
    }
}

/// The byte range of a node.
pub(super) fn range(tree: &[Node], path: &[usize]) -> Option<(u64, u64)> {
    let (first, rest) = path.split_first()?;
    let node = tree.get(*first)?;
    if rest.is_empty() { Some((node.offset, node.length)) } else { range(&node.children, rest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Vec<Node> {
        let leaf = |label: &str| Node { label: label.to_owned(), length: 1, ..Node::default() };
        let b = Node { children: vec![leaf("b1"), leaf("b2")], offset: 7, length: 9, ..leaf("b") };
        vec![Node { children: vec![leaf("a1"), b], ..leaf("a") }, leaf("c")]
    }

    fn visible(state: &TreeState) -> Vec<String> {
        rows(&tree(), state).into_iter().map(|row| row.label).collect()
    }

    fn walk(keys: &[Move]) -> TreeState {
        keys.iter().fold(TreeState::new(&tree()), |state, &key| state.after(&tree(), key))
    }

    #[test]
    fn the_outermost_parts_are_open_first() {
        assert_eq!(visible(&TreeState::new(&tree())), ["a", "a1", "b", "c"]);
    }

    #[test]
    fn arrows_follow_the_tree_pattern() {
        let state = walk(&[Move::Down, Move::Down, Move::Right]);
        assert_eq!(
            (state.chosen.as_slice(), visible(&state)),
            (&[0, 1][..], ["a", "a1", "b", "b1", "b2", "c"].map(str::to_owned).to_vec())
        );
        let state = walk(&[Move::Down, Move::Down, Move::Right, Move::Right, Move::Left, Move::Left, Move::Left]);
        assert_eq!(state.chosen, [0]);
        assert_eq!(visible(&state), ["a", "a1", "b", "c"]);
        assert_eq!(walk(&[Move::End, Move::Down]).chosen, [1]);
        assert_eq!(walk(&[Move::End, Move::Home, Move::Up]).chosen, [0]);
        assert_eq!(visible(&walk(&[Move::Down, Move::OpenSiblings])), ["a", "a1", "b", "b1", "b2", "c"]);
        assert_eq!(visible(&walk(&[Move::Toggle])), ["a", "c"]);
    }

    #[test]
    fn a_node_knows_its_bytes() {
        assert_eq!(range(&tree(), &[0, 1]), Some((7, 9)));
        assert_eq!(range(&tree(), &[3]), None);
    }
}
