#![no_main]

konvolutt_fuzz::target!(konvolutt_fuzz::check::documents::arkivmelding, konvolutt_fuzz::mutate::text);
