//! Who is at the other end, and what they do with what comes.

use jiff::SignedDuration;

use super::CONFIDENTIAL;
use super::problem::{NO_ROLE, Problem, RECIPIENT_UNKNOWN, RESERVED};
use super::request::Request;
use super::state::{Habit, Order, Recipient};
use crate::clock::Clock;
use crate::seed::{self, Inbox, Organisation, Route};
use crate::token::Caller;
use crate::wishes::Wishes;
use crate::world::World;

/// Whether the caller may send for an organisation: everybody for itself, and the relay's operator for ours.
pub(super) fn may_send(caller: &Caller, sender: &str) -> bool {
    let ours = seed::organisation(sender).is_some_and(Organisation::is_ours);
    caller.organisation == sender || (caller.organisation == seed::VENDOR && ours)
}

/// One order for each recipient.
pub(super) fn orders(request: &Request, owner: &str, world: &World) -> Result<Vec<Order>, Problem> {
    let title = request.texts.title.as_str();
    let wishes = Wishes::of(title);
    let late = (wishes.delay > 0.0).then(|| world.clock.after(wishes.delay));
    let mut orders = Vec::new();
    for recipient in &request.recipients {
        let (inbox, reachable) = inbox(recipient)?;
        if inbox == Inbox::Reserved && !request.ignore_reservation {
            return Err(RESERVED);
        }
        let no_role = inbox == Inbox::NoRole || inbox == Inbox::NoConfidentialRole && request.resource == CONFIDENTIAL;
        if no_role || !reachable {
            return Err(NO_ROLE);
        }
        let seconds = |count: i64| scaled(&world.clock, SignedDuration::from_secs(count));
        let purges = title.contains("[slett]").then(|| seconds(3));
        orders.push(Order {
            resource: request.resource.clone(),
            owner: owner.to_owned(),
            recipient: recipient.clone(),
            senders_reference: request.senders_reference.clone(),
            requested_publish: request.requested_publish.max(late),
            due: request.due,
            confidential: request.confidential,
            confirmation_needed: request.confirmation_needed,
            attachments: request.attachments.clone(),
            notification: request.notification.clone(),
            habit: Habit { reads_after: inbox.reads_after().map(seconds), purges_after: purges },
            fails: inbox == Inbox::Infected || wishes.refusal().is_some(),
        });
    }
    Ok(orders)
}

/// How a recipient treats its inbox. Every organisation has one, whatever else it is reached by.
fn inbox(recipient: &Recipient) -> Result<(Inbox, bool), Problem> {
    match recipient {
        Recipient::Organisation(number) => {
            let known = seed::organisation(number).filter(|one| one.route != Route::Unknown);
            let one = known.ok_or(RECIPIENT_UNKNOWN)?;
            Ok((one.inbox(), one.route != Route::None))
        }
        Recipient::Person(number) => {
            let inbox = seed::resident(number).and_then(|one| one.inbox).ok_or(RECIPIENT_UNKNOWN)?;
            Ok((inbox, true))
        }
    }
}

fn scaled(clock: &Clock, delay: SignedDuration) -> SignedDuration {
    SignedDuration::try_from(clock.delay(delay.as_secs_f64())).unwrap_or(SignedDuration::MAX)
}
