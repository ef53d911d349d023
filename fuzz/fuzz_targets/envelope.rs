#![no_main]

konvolutt_fuzz::target!(konvolutt_fuzz::check::jose::envelope, konvolutt_fuzz::mutate::tagged_json);
