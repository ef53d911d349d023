//! The cryptographic worker.

fn main() {
    konvolutt_frontend::worker::run();
}
