#![no_main]

konvolutt_fuzz::target!(konvolutt_fuzz::check::documents::sbd, konvolutt_fuzz::mutate::text);
