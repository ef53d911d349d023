//! What `cargo xtask bench relay` runs: how fast the relay accepts, and how much memory it needs, as ratios to others in
//! the same run. Prints; asserts nothing.
//!
//! The relay under test is this program in a second process (`serve`): router and store of the product with nobody who
//! delivers, so that what is measured is accepting.
#![allow(clippy::print_stdout, reason = "a measurement talks on standard output")]

mod accept;
mod direct;
mod nginx;
mod queue;
mod serve;
mod stream;

use std::path::PathBuf;

use anyhow::{Context, Result};

/// Clients at the same time.
const CLIENTS: [usize; 3] = [1, 16, 64];

/// Envelopes for each of these.
const ENVELOPES: [usize; 3] = [400, 2_000, 4_000];

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if first.as_deref() == Some("serve") {
        let data = arguments.next().context("a folder")?;
        return runtime.block_on(serve::serve(&PathBuf::from(data)));
    }
    // On the disk that is meant, not in memory: both sides lie here.
    let folder = PathBuf::from(first.context("the built server")?);
    let work = PathBuf::from(arguments.next().context("a folder to work in")?);
    std::fs::create_dir_all(&work)?;
    runtime.block_on(measure(&folder, &work))
}

async fn measure(binary: &std::path::Path, work: &std::path::Path) -> Result<()> {
    let fresh = || tempfile::tempdir_in(work);
    println!("Accepting: full check and synchronous commit, uploads done before; packages of 16 KiB");
    let server = serve::Server::start(fresh()?)?;
    let letters = accept::Letters::prepare(&server, ENVELOPES.iter().sum()).await?;
    println!("          signature, chain, revocation, claims, SBD alone: {:.0}/s on one core", letters.check_rate()?);
    let proxy = nginx::Proxy::start(fresh()?)?;
    let mut from = 0;
    for (clients, count) in CLIENTS.into_iter().zip(ENVELOPES) {
        let store = direct::accepts(fresh()?, clients, count).await?;
        let passed = accept::post(&proxy.base(), clients, letters.bodies(from, count), None).await?;
        let accepted = accept::post(&server.base(), clients, letters.bodies(from, count), Some(&server)).await?;
        from += count;
        println!("{clients:>3} clients  accepted  {accepted}");
        println!("             nginx     {passed}");
        println!("             store     {store}");
        println!(
            "             ratios: accepted/store {:.2}, accepted/nginx {:.2}",
            accepted.rate() / store.rate(),
            accepted.rate() / passed.rate()
        );
    }
    stream::measure(&server, &proxy).await?;
    drop(server);
    queue::measure(binary, work).await
}
