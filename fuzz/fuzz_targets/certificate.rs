#![no_main]

konvolutt_fuzz::target!(konvolutt_fuzz::check::pki::certificate, konvolutt_fuzz::mutate::ber);
