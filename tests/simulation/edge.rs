//! Where a task waits: at every call to the outside, before and after what it does.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::shared;

thread_local! {
    /// Whether what was polled last waits for its turn, and not for a server.
    static PAUSED: Cell<bool> = const { Cell::new(false) };
}

/// Gives the turn away once.
pub(crate) async fn pause() {
    let mut waited = false;
    std::future::poll_fn(|_| {
        if waited {
            return Poll::Ready(());
        }
        waited = true;
        PAUSED.set(true);
        Poll::Pending
    })
    .await;
}

/// A task in a slot.
pub(crate) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Drives a task to its next wait. `true` when it is done.
pub(crate) fn drive(task: &mut Task) -> bool {
    if let Some(runtime) = shared::runtime() {
        return runtime.block_on(std::future::poll_fn(|context| {
            PAUSED.set(false);
            match task.as_mut().poll(context) {
                Poll::Ready(()) => Poll::Ready(true),
                Poll::Pending if PAUSED.get() => Poll::Ready(false),
                Poll::Pending => Poll::Pending,
            }
        }));
    }
    task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

/// Drives to the end what never waits for anything but its turn.
pub(crate) fn finish<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    if let Some(runtime) = shared::runtime() {
        return runtime.block_on(std::future::poll_fn(|context| {
            loop {
                PAUSED.set(false);
                match future.as_mut().poll(context) {
                    Poll::Pending if PAUSED.get() => {}
                    other => return other,
                }
            }
        }));
    }
    for _ in 0..10_000 {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
    panic!("it never ends");
}
