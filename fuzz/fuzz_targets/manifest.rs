#![no_main]

konvolutt_fuzz::target!(konvolutt_fuzz::check::documents::manifest, konvolutt_fuzz::mutate::text);
