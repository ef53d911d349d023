#![no_main]

konvolutt_fuzz::target!(konvolutt_fuzz::check::pki::pkcs12, konvolutt_fuzz::mutate::ber);
