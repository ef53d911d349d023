#![no_main]

konvolutt_fuzz::target!(konvolutt_fuzz::check::jose::address, konvolutt_fuzz::mutate::tagged_json);
