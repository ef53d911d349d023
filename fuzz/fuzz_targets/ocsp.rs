#![no_main]

konvolutt_fuzz::target!(konvolutt_fuzz::check::pki::ocsp, konvolutt_fuzz::mutate::ber);
