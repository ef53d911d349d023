//! Running the relay: its examination, health, metrics and its end, against a sandbox on loopback.
#![allow(clippy::unwrap_used)]

#[path = "operate/doctor.rs"]
mod doctor;
#[path = "operate/inbox.rs"]
mod inbox;
#[path = "operate/realm.rs"]
mod realm;
#[path = "operate/refuse.rs"]
mod refuse;
#[path = "operate/restored.rs"]
mod restored;
#[path = "operate/serving.rs"]
mod serving;
#[path = "operate/system_user.rs"]
mod system_user;
#[path = "operate/world.rs"]
mod world;
