//! What the fuzz targets do: one function for each parser, and mutators that know the format, so that deep code is
//! reached.
//!
//! A check is more than "no panic": what is accepted must be readable again, mean the same, and, where it is signed,
//! be what was signed. The signatures come from test certificates in `material/`, whose keys were thrown away when
//! they were made (`src/bin/seeds.rs`), so whatever else is accepted is a forgery.

pub mod check;
pub mod material;
pub mod mutate;

/// The entry points of one target: what is checked, and how inputs are changed. Nothing else is in a target's file.
#[macro_export]
macro_rules! target {
    ($check:path, $mutate:path) => {
        libfuzzer_sys::fuzz_target!(|data: &[u8]| $check(data));
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            $mutate(data, size, max_size, seed, libfuzzer_sys::fuzzer_mutate)
        });
    };
}
