#![no_main]

konvolutt_fuzz::target!(konvolutt_fuzz::check::channels::dpi, konvolutt_fuzz::mutate::tagged_json);
