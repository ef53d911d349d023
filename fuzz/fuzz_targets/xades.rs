#![no_main]

konvolutt_fuzz::target!(konvolutt_fuzz::check::signature::xades, konvolutt_fuzz::mutate::text);
