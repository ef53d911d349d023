//! Sealing: CMS EnvelopedData (RFC 5652, section 6) as the reference writes and reads it.

pub mod ber;
