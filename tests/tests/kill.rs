//! The real thing: servers killed at random moments under load, with counterparts that misbehave, and started again on
//! the same data. Afterwards every letter that was accepted is at its counterpart exactly once, and its status is right.
//!
//! `KONVOLUTT_KILLS` says how often one is killed.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "kill/letters.rs"]
mod letters;
#[path = "kill/together.rs"]
mod together;
#[path = "kill/writers.rs"]
mod writers;

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use konvolutt_tests::Server;

use writers::{LONG, Writers, random};

/// How long the server lives at most, in milliseconds. Much less, and counterparts hardly ever come to answer.
const LIFE: u64 = 2_500;

fn kills() -> Result<u64> {
    Ok(std::env::var("KONVOLUTT_KILLS").ok().map_or(Ok(10), |text| text.parse())?)
}

/// Relay and sandbox are one process and die together, as in a power cut; both keep their state on disk.
#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_moments_it_loses_and_doubles_nothing() -> Result<()> {
    let kills = kills()?;
    let mut server = Server::start()?;
    let writers = Writers::start(&[server.base()], kills >= LONG).await?;
    let mut starting = Duration::ZERO;
    for _ in 0..kills {
        // Sometimes hardly up, sometimes in the middle of everything.
        tokio::time::sleep(Duration::from_millis(random(LIFE))).await;
        let killed = Instant::now();
        tokio::task::block_in_place(|| server.cut_power_and_start_again())?;
        starting += killed.elapsed();
    }
    let (accepted, line) = writers.finish().await?;
    println!("{kills} kills, {:.1} s a start; {line}", starting.as_secs_f64() / kills.max(1) as f64);
    ensure!(accepted as u64 >= kills / 2, "too little was sent to mean anything");
    Ok(())
}
