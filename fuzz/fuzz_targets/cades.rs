#![no_main]

konvolutt_fuzz::target!(konvolutt_fuzz::check::signature::cades, konvolutt_fuzz::mutate::ber_after_choice);
