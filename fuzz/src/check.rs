//! The checks, by what they read.

pub mod channels;
pub mod cms;
pub mod container;
pub mod documents;
pub mod headers;
pub mod inspect;
pub mod jose;
pub mod pki;
pub mod signature;
