#![no_main]

konvolutt_fuzz::target!(konvolutt_fuzz::check::jose::jws, konvolutt_fuzz::mutate::jws);
