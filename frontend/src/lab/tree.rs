//! The tree "Innhold" with the keyboard of the ARIA tree pattern.

use konvolutt_shared::inspect::Node;
use yew::prelude::*;

use super::state::{Move, Row, TreeState, rows};

/// Properties of [`TreeView`].
#[derive(Debug, Properties, PartialEq)]
pub(super) struct TreeProps {
    pub(super) label: AttrValue,
    pub(super) tree: std::rc::Rc<Vec<Node>>,
    pub(super) state: TreeState,
    pub(super) on_change: Callback<TreeState>,
}

/// Draws the visible rows; focus stays on the tree and `aria-activedescendant` names the chosen row.
#[component]
pub(super) fn TreeView(props: &TreeProps) -> Html {
    let onkeydown = {
        let (tree, state, on_change) = (props.tree.clone(), props.state.clone(), props.on_change.clone());
        move |event: KeyboardEvent| {
            let plain = !(event.ctrl_key() || event.meta_key() || event.alt_key());
            if let (Some(key), true) = (Move::from_key(&event.key()), plain) {
                event.prevent_default();
                on_change.emit(state.after(&tree, key));
            }
        }
    };
    let chosen = id(&props.state.chosen);
    let rows = rows(&props.tree, &props.state).into_iter().map(|row| view(row, props));
    html! {
        <ul class="lab-tree" role="tree" tabindex="0" aria-label={&props.label} aria-activedescendant={chosen} {onkeydown}>
            { for rows }
        </ul>
    }
}

fn view(row: Row, props: &TreeProps) -> Html {
    let chosen = row.path == props.state.chosen;
    let onclick = {
        let (state, path, on_change) = (props.state.clone(), row.path.clone(), props.on_change.clone());
        move |_| {
            let mut next = state.clone();
            if next.chosen == path {
                next.toggle(&path);
            }
            next.chosen.clone_from(&path);
            on_change.emit(next);
        }
    };
    let sign = match row.expanded {
        Some(true) => "▾",
        Some(false) => "▸",
        None => "·",
    };
    let level = row.path.len();
    html! {
        <li key={id(&row.path)} id={id(&row.path)} role="treeitem" class={classes!("lab-node", format!("lab-level-{}", level.min(12)))}
            aria-level={level.to_string()} aria-posinset={row.position.0.to_string()} aria-setsize={row.position.1.to_string()}
            aria-expanded={row.expanded.map(|open| open.to_string())} aria-selected={chosen.to_string()} {onclick}>
            <span class="lab-sign" aria-hidden="true">{ sign }</span>
            <span class="lab-label">{ row.label }</span>
            <span class="lab-value">{ row.value.map(|value| format!(" {value}")).unwrap_or_default() }</span>
        </li>
    }
}

fn id(path: &[usize]) -> String {
    path.iter().fold("lab-node".to_owned(), |id, index| format!("{id}-{index}"))
}
