//! The outside world of eFormidling on loopback: Maskinporten, Altinn's token exchange, system users and Broker, the service
//! registry, Enhetsregisteret, the contact register, KS SvarUt and SvarInn, the access point of digital post to people,
//! an OpenID provider, and counterparts that receive, open, verify and answer.
//!
//! The services are emulated from public sources and have never been compared with the live ones. The broker is
//! blind: it moves bytes. Counterparts live in [`persona`] and use only the public endpoints, with their own keys, so
//! that what is sealed to them stays sealed to everybody else, the sandbox's own store and logs included.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod authority;
mod broker;
mod clock;
mod control;
mod correspondence;
mod database;
mod dpi;
mod enhetsregister;
mod error;
mod fault;
mod jws;
mod kontaktregister;
mod mailbox;
mod openid;
mod persona;
mod registry;
mod seed;
mod serve;
mod site;
mod start;
mod svarut;
mod switch;
mod system_user;
mod token;
mod unavailable;
mod wishes;
mod world;

pub use self::broker::state as transfer;
pub use self::dpi::state as post;
pub use self::error::Error;
pub use self::start::{
    Endpoints, MaskinportenClient, OpenIdClient, Options, Sandbox, SvarUtAccount, SvarUtClient, Transit, Trust, join,
    start,
};
pub use self::svarut::state as shipment;
pub use self::system_user::state as system_user_request;
