//! The worker that digests while the other one seals or opens.

fn main() {
    konvolutt_frontend::worker::serve_digester();
}
