#![no_main]

konvolutt_fuzz::target!(konvolutt_fuzz::check::signature::asic_manifest, konvolutt_fuzz::mutate::text);
