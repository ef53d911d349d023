//! Where a task waits: at every call to the outside, before and after what it does.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Gives the turn away once.
pub(crate) async fn pause() {
    let mut waited = false;
    std::future::poll_fn(|_| {
        if waited {
            return Poll::Ready(());
        }
        waited = true;
        Poll::Pending
    })
    .await;
}

/// A task in a slot.
pub(crate) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Drives a task to its next wait. `true` when it is done.
pub(crate) fn drive(task: &mut Task) -> bool {
    task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready()
}

/// Drives to the end what never waits for anything but its turn.
pub(crate) fn finish<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    for _ in 0..10_000 {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
    panic!("it never ends");
}
