//! Two relays on one PostgreSQL and one S3 store; the outside world is played by the test, which nobody kills.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use konvolutt_sandbox::Options;
use konvolutt_tests::Server;
use konvolutt_tests::server::How;

use super::kills;
use super::writers::{LONG, Writers, random};

/// How long both live together at most before one is killed, and how long that one is gone, in milliseconds.
const TOGETHER: u64 = 2_500;
const ALONE: u64 = 4_000;

/// Now one is killed, now the other; at last one for good, with what it had in hands. The other goes on.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_relays_one_is_killed_and_nothing_is_lost_or_doubled() -> Result<()> {
    let Some(shared) = How::shared()? else { return Ok(()) };
    let kills = kills()?;
    let world = tempfile::tempdir()?;
    // The same speed as a server's own.
    let options = Options { data: world.path().join("sandbox"), listen: ([127, 0, 0, 1], 0).into(), speed: 8.0 };
    let sandbox = konvolutt_sandbox::start(options).await?;
    let how = shared.with(&["--join", &world.path().to_string_lossy()]);
    let mut relays = [Server::start_as(how.clone())?, Server::start_as(how)?];
    let writers = Writers::start(&[relays[0].base(), relays[1].base()], kills >= LONG).await?;
    let start = Instant::now();
    let mut times = [0_u64; 2];
    for _ in 1..kills {
        tokio::time::sleep(Duration::from_millis(random(TOGETHER))).await;
        let victim = random(2) as usize;
        times[victim] += 1;
        relays[victim].kill()?;
        tokio::time::sleep(Duration::from_millis(random(ALONE))).await;
        tokio::task::block_in_place(|| relays[victim].start_again())?;
    }
    tokio::time::sleep(Duration::from_millis(random(TOGETHER))).await;
    relays[1].kill()?;
    times[1] += 1;
    let alone = start.elapsed();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (accepted, line) = writers.finish().await?;
    println!(
        "two relays, killed {} and {} times in {:.0} s, the second then for good; {line}",
        times[0],
        times[1],
        alone.as_secs_f64()
    );
    ensure!(accepted as u64 >= kills / 2, "too little was sent to mean anything");
    sandbox.stop().await;
    Ok(())
}
