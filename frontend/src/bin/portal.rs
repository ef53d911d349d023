//! The portal's program.

use konvolutt_frontend::portal::Portal;

fn main() {
    let root = web_sys::window().and_then(|window| window.document()?.get_element_by_id("app"));
    if let Some(root) = root {
        yew::Renderer::<Portal>::with_root(root).render();
    }
}
