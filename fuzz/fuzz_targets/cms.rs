#![no_main]

konvolutt_fuzz::target!(konvolutt_fuzz::check::cms::cms, konvolutt_fuzz::mutate::ber_after_sizes);
