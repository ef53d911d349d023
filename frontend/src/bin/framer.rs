//! The worker that frames and hashes what the other one has sealed.

fn main() {
    konvolutt_frontend::worker::serve_framer();
}
