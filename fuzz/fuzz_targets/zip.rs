#![no_main]

konvolutt_fuzz::target!(konvolutt_fuzz::check::container::zip, konvolutt_fuzz::mutate::zip);
