#![no_main]

konvolutt_fuzz::target!(konvolutt_fuzz::check::pki::crl, konvolutt_fuzz::mutate::ber);
