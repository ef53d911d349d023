//! The lab's page.

fn main() {
    let root = web_sys::window().and_then(|window| window.document()?.get_element_by_id("app"));
    if let Some(root) = root {
        yew::Renderer::<konvolutt_frontend::lab::Lab>::with_root(root).render();
    }
}
