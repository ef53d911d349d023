#![no_main]

konvolutt_fuzz::target!(konvolutt_fuzz::check::cms::ber, konvolutt_fuzz::mutate::ber);
