#![no_main]

konvolutt_fuzz::target!(konvolutt_fuzz::check::headers::headers, konvolutt_fuzz::mutate::text);
