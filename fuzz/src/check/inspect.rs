//! The inspector, which takes anything.

use konvolutt_shared::inspect::{Confidence, Kind, Node, Options, Report, inspect as look};

use crate::material::{CONTAINER_POLICY, limits};

/// Parts drawn for each byte looked at, and for nothing: a report is a display, not a dump.
const NODES: usize = 20_000;

/// Never fails, says nothing about bytes that are not there, and the report survives its way through JSON.
pub fn inspect(data: &[u8]) {
    for policy in [None, Some(CONTAINER_POLICY.clone())] {
        let report = look(data, &Options { limits: limits(), policy });
        assert_eq!(report.size, data.len() as u64);
        assert_eq!(report.kind == Kind::Unknown, report.confidence == Confidence::None);
        let mut nodes = 0;
        report.tree.iter().for_each(|node| check(node, report.size, &mut nodes));
        assert!(nodes <= NODES, "{nodes} parts");
        let json = serde_json::to_vec(&report).expect("a report is JSON");
        let again: Report = serde_json::from_slice(&json).expect("our own report");
        assert_eq!(again, report, "another report after JSON");
    }
}

fn check(node: &Node, size: u64, nodes: &mut usize) {
    *nodes += 1;
    assert!(node.offset.checked_add(node.length).is_some_and(|end| end <= size), "{} lies outside", node.label);
    node.children.iter().for_each(|child| check(child, size, nodes));
}
