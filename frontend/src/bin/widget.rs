//! The widget frame's program.

use konvolutt_frontend::widget::Widget;

fn main() {
    let root = web_sys::window().and_then(|window| window.document()?.get_element_by_id("app"));
    if let Some(root) = root {
        yew::Renderer::<Widget>::with_root(root).render();
    }
}
