#![no_main]

konvolutt_fuzz::target!(konvolutt_fuzz::check::container::container, konvolutt_fuzz::mutate::zip);
