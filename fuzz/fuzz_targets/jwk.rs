#![no_main]

konvolutt_fuzz::target!(konvolutt_fuzz::check::jose::jwk, konvolutt_fuzz::mutate::text);
